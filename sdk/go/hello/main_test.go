package main

import (
	"strconv"
	"testing"

	"lockgate/locktest"
)

func TestItGreetsAndCounts(t *testing.T) {
	house := locktest.New(t)
	for i, text := range []string{"good morning", "again"} {
		if _, err := house.Hook(channel, locktest.Post("/", text)); err != nil {
			t.Fatal(err)
		}
		events := house.Events()
		if len(events) != 1 || events[0].Text != text || events[0].Meta["count"] != strconv.Itoa(i+1) {
			t.Error(events)
		}
	}
}
