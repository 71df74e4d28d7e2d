package locktest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lockgate"
	"lockgate/command"
	"lockgate/database"
	"lockgate/locktest"
	"lockgate/store"
)

var counter = lockgate.Channel{
	Hook: func(request lockgate.Request) (lockgate.Answer, error) {
		if err := store.SetInt("count", store.GetInt("count")+1); err != nil {
			return lockgate.Answer{}, err
		}
		if request.Text() == "" {
			return lockgate.Answer{}, lockgate.Malformed("a call without a body")
		}
		return lockgate.OK().Event(lockgate.Service("counter", store.GetText("count")+": "+request.Text())), nil
	},
	Timer: func(name string, failures int) (lockgate.Outcome, error) {
		store.CheckMissing("fired")
		lockgate.Log(lockgate.Info, "%s %d", name, failures)
		again := lockgate.Wake{Name: name, After: time.Minute}
		return lockgate.Outcome{}.Effect(again), store.SetText("fired", lockgate.Now().Format(time.DateOnly))
	},
}

func TestNothingOfACallThatFailedIsKept(t *testing.T) {
	house := locktest.New(t)
	if _, err := house.Hook(counter, locktest.Post("/", "")); err == nil {
		t.Fatal("no error")
	}
	answer, err := house.Hook(counter, locktest.Post("/", "hi"))
	if err != nil || answer.Status != 200 || house.Store("count") != "1" {
		t.Fatal(answer, err, house.Store("count"))
	}
	if events := house.Events(); len(events) != 1 || events[0].Text != "1: hi" {
		t.Error(events)
	}
	if len(house.Events()) != 0 {
		t.Error("asked twice")
	}
}

func TestACheckThatFailsThrowsTheCallAway(t *testing.T) {
	house := locktest.New(t)
	if _, err := house.Timer(counter, "tick", 2); err != nil {
		t.Fatal(err)
	}
	if _, err := house.Timer(counter, "tick", 0); !errors.Is(err, locktest.ErrChecked) {
		t.Fatal(err)
	}
	if effects := house.Effects(); len(effects) != 1 || effects[0] != (lockgate.Wake{Name: "tick", After: time.Minute}) {
		t.Error(effects)
	}
	if log := house.Log(); len(log) != 2 || log[0] != "info: tick 2" {
		t.Error(log)
	}
	if house.Store("fired") != "2030-01-01" {
		t.Error(house.Store("fired"))
	}
}

func TestTheStoreHasTheHostsBounds(t *testing.T) {
	locktest.New(t)
	if err := store.SetText(strings.Repeat("k", 257), ""); !errors.Is(err, store.ErrTooLarge) {
		t.Error(err)
	}
	if err := store.Set("k", make([]byte, 1<<20+1)); !errors.Is(err, store.ErrTooLarge) {
		t.Error(err)
	}
	if err := store.SetJSON("b/2", []int{1}); err != nil {
		t.Error(err)
	}
	if err := store.SetJSON("b/1", make(chan int)); lockgate.TroubleOf(err).Kind != lockgate.KindMalformed {
		t.Error(err)
	}
	var numbers []int
	if there, err := store.GetJSON("b/2", &numbers); !there || err != nil || len(numbers) != 1 {
		t.Error(there, err, numbers)
	}
	var text string
	if there, err := store.GetJSON("b/2", &text); !there || err == nil {
		t.Error(there, err)
	}
	if keys := store.Keys("b/"); len(keys) != 1 || keys[0] != "b/2" {
		t.Error(keys)
	}
	store.Delete("b/2")
	if _, there := store.Get("b/2"); there || store.GetInt("b/2") != 0 {
		t.Error("still there")
	}
}

// text of so many bytes, two for a character.
func text(bytes int) string { return strings.Repeat("é", bytes/2) }

func TestWhatIsOverTheHostsBoundsEndsTheCall(t *testing.T) {
	said := func(change func(*lockgate.Message)) lockgate.Outcome {
		message := lockgate.Person(lockgate.Sender{ID: "7"}, lockgate.Conversation{ID: "r"}, "hi")
		change(&message)
		return lockgate.Outcome{}.Event(message)
	}
	times := func(count int, inbound lockgate.Inbound, effect lockgate.Effect) (outcome lockgate.Outcome) {
		for range count {
			if inbound != nil {
				outcome = outcome.Event(inbound)
			}
			if effect != nil {
				outcome = outcome.Effect(effect)
			}
		}
		return outcome
	}
	many := map[string]string{}
	for key := range 33 {
		many[strings.Repeat("k", key+1)] = ""
	}
	house := locktest.New(t)
	for name, check := range map[string]struct {
		outcome lockgate.Outcome
		over    bool
	}{
		"the longest text":  {said(func(m *lockgate.Message) { m.Text, m.ID = text(64<<10), text(1024) }), false},
		"text":              {said(func(m *lockgate.Message) { m.Text = text(64<<10 + 2) }), true},
		"id":                {said(func(m *lockgate.Message) { m.ID = text(1026) }), true},
		"name":              {said(func(m *lockgate.Message) { m.Author.Person.Name = text(1026) }), true},
		"conversation":      {said(func(m *lockgate.Message) { m.Conversation.Title = text(1026) }), true},
		"meta":              {said(func(m *lockgate.Message) { m.Meta = many }), true},
		"meta value":        {said(func(m *lockgate.Message) { m.Meta = map[string]string{"k": text(1026)} }), true},
		"attachments":       {said(func(m *lockgate.Message) { m.Attachments = make([]lockgate.Attachment, 21) }), true},
		"as much as can be": {times(100, lockgate.Skipped("x"), lockgate.Wake{Name: "w"}), false},
		"messages":          {times(101, lockgate.Skipped("x"), nil), true},
		"effects":           {times(101, nil, lockgate.Wake{Name: "w"}), true},
		"effect's name":     {times(1, nil, lockgate.Wake{Name: text(258)}), true},
		"publication":       {times(1, nil, lockgate.Publish{Topic: "t", Text: text(64<<10 + 2)}), true},
	} {
		start := func() (lockgate.Outcome, error) { return check.outcome, store.SetText("name", name) }
		_, err := house.Start(lockgate.Channel{Start: start})
		var excess *locktest.Excess
		if errors.As(err, &excess) != check.over || (house.Store("name") == name) == check.over {
			t.Error(name, err, house.Store("name"))
		}
		if check.over && len(house.Inbound())+len(house.Effects()) != 0 {
			t.Error(name, "was kept")
		}
		house.Inbound()
		house.Effects()
	}
}

func TestACallWritesNoMoreThanTheHostTakes(t *testing.T) {
	house := locktest.New(t)
	start := func() (lockgate.Outcome, error) {
		for _, key := range []string{"a", "b", "c", "d"} {
			if err := store.Set(key, make([]byte, 1<<20)); err != nil {
				return lockgate.Outcome{}, err
			}
		}
		return lockgate.Outcome{}, nil
	}
	if _, err := house.Start(lockgate.Channel{Start: start}); !errors.Is(err, store.ErrFull) || house.Store("a") != "" {
		t.Error(err)
	}
}

func TestWhatIsNotGrantedIsRefused(t *testing.T) {
	house := locktest.New(t)
	if _, err := database.Query("orders", "SELECT 1"); !errors.Is(err, database.ErrNotGranted) {
		t.Error(err)
	}
	if _, err := command.Run("print", nil, nil); !errors.Is(err, command.ErrNotGranted) {
		t.Error(err)
	}
	house.Database(func(_, _ string, parameters []database.Value) ([][]database.Value, error) {
		return [][]database.Value{parameters}, nil
	})
	if rows, err := database.Query("orders", "SELECT ?1", int64(7)); err != nil || rows[0][0] != int64(7) {
		t.Error(rows, err)
	}
	if _, there := lockgate.Setting("currency"); there {
		t.Error("set")
	}
	house.Setting("currency", "EUR")
	if value, there := lockgate.Setting("currency"); !there || value != "EUR" {
		t.Error(value)
	}
}
