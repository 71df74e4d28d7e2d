package main

import (
	"fmt"
	"strings"
	"testing"

	"lockgate"
	"lockgate/locktest"
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
	house := locktest.New(t)
	shows(house, "["+numbered("1")+"]")
	polled(t, house, "title 1\nl")
	shows(house, "["+numbered("2")+", "+numbered("1")+"]")
	polled(t, house, "title 2\nl")
	polled(t, house)
}

// numbered is an item with this id, as it stands in JSON.
func numbered(id string) string {
	return fmt.Sprintf(`{"id":%s,"title":"title %s","link":"l"}`, id, strings.Trim(id, `"`))
}

func TestIdsComeInAnyOrderAndWhatCanNotBeReadKeepsBackOnlyItself(t *testing.T) {
	const odd = `{"title":"no id"}, 7, null, {"id":["x"],"title":"t"}, {"id":5}`
	house := locktest.New(t)
	shows(house, "["+numbered("9")+","+odd+","+numbered("3")+"]")
	if _, err := house.Poll(channel, 0); err != nil {
		t.Fatal(err)
	}
	skipped := 0
	for _, inbound := range house.Inbound() {
		if _, is := inbound.(lockgate.Skipped); is {
			skipped++
		}
	}
	if skipped != 5 {
		t.Error(skipped)
	}
	shows(house, "["+numbered("4")+","+odd+","+numbered("9")+","+numbered(`"x"`)+"]")
	polled(t, house, "title 4\nl", "title x\nl")
}

func TestIdsThatOnlyBeginAlikeAreTwo(t *testing.T) {
	long := strings.Repeat("é", 300)
	one, two := numbered(`"`+long+`1"`), numbered(`"`+long+`2"`)
	house := locktest.New(t)
	shows(house, "["+one+","+two+"]")
	polled(t, house, "title "+long+"1\nl", "title "+long+"2\nl")
	polled(t, house)
}

func TestAllOfALongListStayKnown(t *testing.T) {
	var news []string
	for id := range 620 {
		news = append(news, numbered(fmt.Sprint(id)))
	}
	house := locktest.New(t)
	shows(house, "["+strings.Join(news, ",")+"]")
	for range 13 {
		if _, err := house.Poll(channel, 0); err != nil {
			t.Fatal(err)
		}
	}
	if events := house.Events(); len(events) != 620 {
		t.Error(len(events))
	}
	polled(t, house)
}

func TestAfterFailuresItGoesStepByStepAndPastWhatFails(t *testing.T) {
	house := locktest.New(t)
	shows(house, "["+numbered("2")+","+numbered("1")+","+numbered("3")+"]")
	batch, err := house.Poll(channel, 3)
	if inbound := house.Inbound(); err != nil || batch.AgainAfter != 0 || len(inbound) != 1 {
		t.Fatal(err, inbound)
	} else if _, is := inbound[0].(lockgate.Skipped); !is {
		t.Error(inbound)
	}
	if batch, err := house.Poll(channel, 1); err != nil || batch.AgainAfter != 0 || len(house.Events()) != 1 {
		t.Error(err, batch)
	}
	polled(t, house, "title 3\nl")
}

func TestWhatThePlatformDoesWrongIsHeldAgainstNoItem(t *testing.T) {
	house := locktest.New(t)
	for _, answer := range []web.Response{{Status: 503}, {Status: 404}, {Status: 200, Body: []byte("<html>")}, {Status: 200, Body: []byte("null")}} {
		house.Web(func(web.Request) (web.Response, error) { return answer, nil })
		if _, err := house.Poll(channel, 0); lockgate.TroubleOf(err).Kind != lockgate.KindUnavailable {
			t.Error(answer, err)
		}
	}
}
