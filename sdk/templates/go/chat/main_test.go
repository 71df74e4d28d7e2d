package main

import (
	"slices"
	"testing"

	"lockgate"
	"lockgate/locktest"
	"lockgate/web"
)

const hi = `{"id":7,"user":"u1","name":"Ann","room":"r1","text":"hi"}`

// answers is a platform that answers by the URL; what is not here is refused.
func answers(house *locktest.House, by map[string]string) {
	house.Web(func(request web.Request) (web.Response, error) {
		body, there := by[request.URL]
		if !there {
			return web.Response{}, locktest.Refused("no rule")
		}
		return web.Response{Status: 200, Body: []byte(body)}, nil
	})
}

func TestWhatIsWrittenComesInOnce(t *testing.T) {
	house := locktest.New(t)
	answers(house, map[string]string{
		"https://chat.example.org/updates?after=0": "[" + hi + "]",
		"https://chat.example.org/updates?after=7": "[]",
	})
	for range 2 {
		if _, err := house.Poll(channel, 0); err != nil {
			t.Fatal(err)
		}
	}
	events := house.Events()
	if len(events) != 1 || events[0].ID != "7" || events[0].Text != "hi" || events[0].Conversation.Direct {
		t.Error(events)
	}
}

func TestAMessageThatCanNotBeReadIsSteppedOver(t *testing.T) {
	house := locktest.New(t)
	answers(house, map[string]string{
		"https://chat.example.org/updates?after=0": `[{"id":6}, ` + hi + "]",
		"https://chat.example.org/updates?after=6": "[" + hi + "]",
	})
	for failures := range 3 {
		if _, err := house.Poll(channel, failures); lockgate.TroubleOf(err).Kind != lockgate.KindMalformed {
			t.Fatal(err)
		}
	}
	for _, failures := range []int{3, 0} {
		if _, err := house.Poll(channel, failures); err != nil {
			t.Fatal(err)
		}
	}
	inbound := house.Inbound()
	if len(inbound) != 2 {
		t.Fatal(inbound)
	}
	if _, is := inbound[0].(lockgate.Skipped); !is {
		t.Error(inbound)
	}
}

func TestAnAnswerGoesToItsRoom(t *testing.T) {
	house := locktest.New(t)
	for answer, expected := range map[string][]string{`{"id":"m1"}`: {"m1"}, `{"id":7}`: {"7"}, "done": nil} {
		house.Web(func(web.Request) (web.Response, error) {
			return web.Response{Status: 200, Body: []byte(answer)}, nil
		})
		place := lockgate.Place{Conversation: "r1"}
		receipt, err := house.Send(channel, lockgate.Outgoing{Place: place, Text: "hello"})
		if err != nil || !slices.Equal(receipt.Messages, expected) {
			t.Error(answer, receipt, err)
		}
		sent := house.Requests()[0]
		if sent.URL != "https://chat.example.org/send" || string(sent.Body) != `{"room":"r1","text":"hello"}` {
			t.Error(sent)
		}
	}
}
