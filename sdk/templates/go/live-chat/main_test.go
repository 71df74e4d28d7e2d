package main

import (
	"reflect"
	"slices"
	"testing"

	"lockgate"
	"lockgate/locktest"
	"lockgate/web"
)

func TestItConnectsSaysHelloAndConnectsAgain(t *testing.T) {
	house := locktest.New(t)
	if _, err := house.Start(channel); err != nil {
		t.Fatal(err)
	}
	for _, happening := range []lockgate.Happening{lockgate.Opened{}, lockgate.Closed{Code: 1006}} {
		if _, err := house.Socket(channel, mainly, happening, 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := house.Timer(channel, beat, 0); err != nil {
		t.Fatal(err)
	}
	wake := lockgate.Wake{Name: beat, After: every}
	expected := []lockgate.Effect{
		connect(), wake, frame(`{"op":"hello"}`), connect(), frame(`{"op":"ping"}`), wake,
	}
	if effects := house.Effects(); !reflect.DeepEqual(effects, expected) {
		t.Error(effects)
	}
}

func TestAFrameIsAMessageOrNothingOrSteppedOver(t *testing.T) {
	house := locktest.New(t)
	text := func(text string) error {
		frame := lockgate.Received{Frame: lockgate.Frame{Text: text}}
		_, err := house.Socket(channel, mainly, frame, 0)
		return err
	}
	if err := text(`{"op":"message","id":7,"user":"u1","name":"Ann","room":"u1","text":"hi"}`); err != nil {
		t.Fatal(err)
	}
	events := house.Events()
	if len(events) != 1 || events[0].ID != "7" || events[0].Text != "hi" || !events[0].Conversation.Direct {
		t.Error(events)
	}
	if err := text(`{"op":"pong"}`); err != nil {
		t.Error(err)
	}
	if len(house.Inbound()) != 0 {
		t.Error("something came in")
	}
	odd := []string{"", "[]x", `{"op":"message"}`, `{"op":"message","id":7,"user":[],"room":"r","text":"hi"}`}
	for _, odd := range odd {
		if err := text(odd); err != nil {
			t.Error(odd, err)
		}
		if inbound := house.Inbound(); len(inbound) != 1 {
			t.Error(odd, inbound)
		} else if _, is := inbound[0].(lockgate.Skipped); !is {
			t.Error(odd, inbound)
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
		if sent.URL != "https://gateway.example.org/send" || string(sent.Body) != `{"room":"r1","text":"hello"}` {
			t.Error(sent)
		}
	}
}
