package lockgate_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"lockgate"
	"lockgate/locktest"
	"lockgate/store"
	"lockgate/web"
)

func TestWhatTheHostIsToldOfAnError(t *testing.T) {
	check := func(err error, kind lockgate.Kind, why string) {
		t.Helper()
		told := lockgate.TroubleOf(err)
		if told.Kind != kind || told.Why != why {
			t.Errorf("%v: %v %q", err, told.Kind, told.Why)
		}
	}
	check(errors.New("no"), lockgate.KindRejected, "no")
	check(lockgate.Malformed("odd"), lockgate.KindMalformed, "odd")
	check(fmt.Errorf("page 2: %w", lockgate.Unavailable("gone")), lockgate.KindUnavailable, "page 2: gone")
	check(&web.Failure{Reason: web.Refused, Text: "rule"}, lockgate.KindRejected, "rule")
	check(&web.Failure{Reason: web.Unreachable, Text: "dns"}, lockgate.KindUnavailable, "dns")
	check(store.ErrFull, lockgate.KindUnavailable, "the channel's store is full")
	if told := lockgate.TroubleOf(fmt.Errorf("later: %w", lockgate.Busy(time.Second))); told.After != time.Second {
		t.Error(told)
	}
}

func TestMillisAreWholeAndNeverTooShort(t *testing.T) {
	check := func(d time.Duration, expected uint32) {
		t.Helper()
		if found := lockgate.Millis(d); found != expected {
			t.Errorf("%v: %d", d, found)
		}
	}
	check(-time.Second, 0)
	check(0, 0)
	check(1, 1)
	check(time.Millisecond, 1)
	check(time.Millisecond+1, 2)
	check(time.Minute, 60_000)
	check(1<<63-1, 1<<32-1)
}

func TestARequestGivesItsParts(t *testing.T) {
	request := locktest.Post("//file/a%2Fb/?name=a+b&name=2", "caf\xc3\xa9 \xff")
	request.Headers = []lockgate.Header{{Name: "X-Kind", Value: "push"}, {Name: "x-kind", Value: "second"}}
	if request.Text() != "café \ufffd" || request.Header("x-KIND") != "push" || request.Header("other") != "" {
		t.Error(request)
	}
	if parts := request.Segments(); len(parts) != 2 || parts[0] != "file" || parts[1] != "a%2Fb" {
		t.Error(parts)
	}
	if request.Query().Get("name") != "a b" || !request.FromPage() {
		t.Error(request.Query())
	}
}

func TestAnOutcomeSharesNothingWithWhatItGrewFrom(t *testing.T) {
	base := lockgate.OK().Event(lockgate.Skipped("first"), lockgate.Skipped("second"))
	left, right := base.Event(lockgate.Skipped("left")), base.Event(lockgate.Skipped("right"))
	if left.Outcome.Inbound[2] != lockgate.Skipped("left") || right.Outcome.Inbound[2] != lockgate.Skipped("right") {
		t.Error(left, right)
	}
	locktest.New(t)
	message := lockgate.Service("ci", "red").WithMeta("a", "1")
	if other := message.WithMeta("b", "2"); len(message.Meta) != 1 || len(other.Meta) != 2 {
		t.Error(message, other)
	}
	if message.ID == lockgate.Service("ci", "red").ID || len(message.ID) != 32 {
		t.Error(message.ID)
	}
}

func TestWhatAChannelLacksIsSaid(t *testing.T) {
	lockgate.Channel{}.Export()
	channel := lockgate.Exported()
	place := lockgate.Place{Conversation: "room"}
	if _, err := channel.Edit(place, "1", "text", lockgate.Plain); err == nil {
		t.Error("edited")
	}
	if _, err := channel.React(place, "1", "+"); err == nil {
		t.Error("reacted")
	}
	if _, err := channel.Direct("7"); err == nil {
		t.Error("direct")
	}
	if _, err := channel.Typing(place); err != nil {
		t.Error(err)
	}
	if _, err := channel.AnswerPress("h", "text"); err != nil {
		t.Error(err)
	}
}

func TestTheWholeOfAHelloChannelIsSevenLines(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```go\n")
	code, _, _ := strings.Cut(rest, "```")
	lines := strings.FieldsFunc(code, func(r rune) bool { return r == '\n' })
	if len(lines) != 7 {
		t.Errorf("%d lines", len(lines))
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if !strings.Contains(string(doc), "//\t"+line) {
			t.Errorf("doc.go has no %q", line)
		}
	}
}
