package json_test

import (
	"strings"
	"testing"

	"lockgate"
	"lockgate/json"
)

func TestNestingIsBounded(t *testing.T) {
	check := func(text string, good bool) {
		t.Helper()
		var value any
		err := json.Unmarshal([]byte(text), &value)
		if (err == nil) != good {
			t.Errorf("%.40s: %v", text, err)
		}
		if err != nil && lockgate.TroubleOf(err).Kind != lockgate.KindMalformed {
			t.Error(err)
		}
	}
	lists := func(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
	check(lists(json.Deepest), true)
	check(lists(json.Deepest+1), false)
	check(strings.Repeat("[", 1<<20), false)
	check(strings.Repeat(`{"a":`, 1<<18), false)
	check(`[`+strings.Repeat(`{},`, 1000)+`{}]`, true)
	check(`"`+strings.Repeat("[", 1000)+`"`, true)
	check(`"\"`+strings.Repeat("[", 1000)+`"`, true)
	check(`"\\`+strings.Repeat("[", 1000)+`"`, true)
	check(`["\\",`+lists(json.Deepest)+`]`, false)
	check(`]]]]`+lists(2), false)
	check(`"`, false)
	check(`"\`, false)
	check("", false)
}

func TestWhatHasNoFormIsMalformed(t *testing.T) {
	if _, err := json.Marshal(make(chan int)); lockgate.TroubleOf(err).Kind != lockgate.KindMalformed {
		t.Error(err)
	}
	if text, err := json.Marshal(map[string]int{"a": 1}); err != nil || string(text) != `{"a":1}` {
		t.Error(string(text), err)
	}
}
