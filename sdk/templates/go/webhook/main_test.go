package main

import (
	"strconv"
	"testing"

	"lockgate/locktest"
)

func TestWhatIsPostedBecomesAnEvent(t *testing.T) {
	house := locktest.New(t)
	for i, text := range []string{"good morning", "again"} {
		answer, err := house.Hook(channel, locktest.Post("/", text))
		if err != nil || answer.Status != 200 {
			t.Fatal(answer, err)
		}
		events := house.Events()
		if len(events) != 1 || events[0].Text != text || events[0].Meta["count"] != strconv.Itoa(i+1) {
			t.Error(events)
		}
	}
}
