package main

import (
	"strings"
	"testing"

	"lockgate"
	"lockgate/json"
	"lockgate/locktest"
	"lockgate/store"
	"lockgate/web"
)

// shows is a feed whose text a test may change.
func shows(house *locktest.House, text string) {
	house.Web(func(web.Request) (web.Response, error) {
		return web.Response{Status: 200, Body: []byte(text)}, nil
	})
}

func polled(t *testing.T, house *locktest.House, expected ...string) {
	t.Helper()
	if _, err := house.Poll(channel, 0); err != nil {
		t.Fatal(err)
	}
	events := house.Events()
	if len(events) != len(expected) {
		t.Fatal(events)
	}
	for i, event := range events {
		if event.Text != expected[i] {
			t.Error(event.Text)
		}
	}
}

func TestEachItemComesOnce(t *testing.T) {
	const one = `{"id":"1","title":"One","link":"https://feeds.example.org/1"}`
	const two = `{"id":"2","title":"Two","link":"https://feeds.example.org/2"}`
	house := locktest.New(t)
	shows(house, "["+one+"]")
	polled(t, house, "One\nhttps://feeds.example.org/1")
	shows(house, "["+two+", "+one+"]")
	polled(t, house, "Two\nhttps://feeds.example.org/2")
	polled(t, house)
}

func TestAnItemThatCanNotBeReadIsSteppedOver(t *testing.T) {
	house := locktest.New(t)
	shows(house, `[{"id":"1"}, {"id":"2","title":"Two","link":"l"}]`)
	for failures := range 3 {
		if _, err := house.Poll(channel, failures); lockgate.TroubleOf(err).Kind != lockgate.KindMalformed {
			t.Fatal(err)
		}
	}
	if _, err := house.Poll(channel, 3); err != nil {
		t.Fatal(err)
	}
	if inbound := house.Inbound(); len(inbound) != 1 {
		t.Error(inbound)
	} else if _, is := inbound[0].(lockgate.Skipped); !is {
		t.Error(inbound)
	}
	polled(t, house, "Two\nl")
}

func TestAnItemIsKnownAgainWhereItsNameIsCut(t *testing.T) {
	locktest.New(t)
	raw := json.RawMessage(`"` + strings.Repeat("x", 198) + `é"`)
	if err := store.SetJSON("key", key(raw)); err != nil {
		t.Fatal(err)
	}
	var kept string
	if _, err := store.GetJSON("key", &kept); err != nil || kept != key(raw) {
		t.Error(kept, err)
	}
}
