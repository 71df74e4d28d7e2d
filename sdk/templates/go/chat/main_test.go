package main

import (
	"fmt"
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

// with is a message with this id, as it stands in JSON.
func with(id int) string {
	return fmt.Sprintf(`{"id":%d,"user":"u1","room":1,"text":"text %d"}`, id, id)
}

func ids(house *locktest.House) (ids []string, skipped int) {
	for _, inbound := range house.Inbound() {
		switch inbound := inbound.(type) {
		case lockgate.Message:
			ids = append(ids, inbound.ID)
		case lockgate.Skipped:
			skipped++
		}
	}
	return ids, skipped
}

func TestIdsComeInAnyOrderAndWhatCanNotBeReadKeepsBackOnlyItself(t *testing.T) {
	const odd = `{"text":"no id"}, 7, null, {"id":"x"}, {"id":2,"user":{},"room":"r","text":"t"}`
	house := locktest.New(t)
	answers(house, map[string]string{
		"https://chat.example.org/updates?after=0": "[" + with(9) + "," + odd + "," + with(1) + "," + with(4) + "]",
		"https://chat.example.org/updates?after=9": "[]",
	})
	if _, err := house.Poll(channel, 0); err != nil {
		t.Fatal(err)
	}
	if ids, skipped := ids(house); !slices.Equal(ids, []string{"1", "4", "9"}) || skipped != 2 {
		t.Error(ids, skipped)
	}
	if _, err := house.Poll(channel, 0); err != nil {
		t.Error(err)
	}
}

func TestAfterFailuresItGoesStepByStepAndPastWhatFails(t *testing.T) {
	house := locktest.New(t)
	all := "[" + with(8) + "," + with(7) + "," + with(9) + "]"
	house.Web(func(web.Request) (web.Response, error) { return web.Response{Status: 200, Body: []byte(all)}, nil })
	for _, step := range []struct {
		failures, skipped int
		ids               []string
	}{{3, 1, nil}, {1, 0, []string{"8"}}, {0, 0, []string{"9"}}} {
		if _, err := house.Poll(channel, step.failures); err != nil {
			t.Fatal(err)
		}
		if ids, skipped := ids(house); !slices.Equal(ids, step.ids) || skipped != step.skipped {
			t.Error(step, ids, skipped)
		}
	}
}

func TestWhatThePlatformDoesWrongIsHeldAgainstNoMessage(t *testing.T) {
	house := locktest.New(t)
	for _, answer := range []web.Response{{Status: 503}, {Status: 404}, {Status: 200, Body: []byte("<html>")}} {
		house.Web(func(web.Request) (web.Response, error) { return answer, nil })
		if _, err := house.Poll(channel, 0); lockgate.TroubleOf(err).Kind != lockgate.KindUnavailable {
			t.Error(answer, err)
		}
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
