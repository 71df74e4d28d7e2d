// Package locktest stands in for the host in go test: it calls a channel as the host would, keeps what a call returned and
// wrote if the call went well, and throws everything away if it did not.
//
//	func TestItGreets(t *testing.T) {
//		house := locktest.New(t)
//		if _, err := house.Hook(channel, locktest.Post("/", "good morning")); err != nil {
//			t.Fatal(err)
//		}
//		if events := house.Events(); len(events) != 1 || events[0].Text != "good morning" {
//			t.Fatal(events)
//		}
//	}
//
// What is over the host's bounds (100 messages, 64 KiB of text, 1 MiB of a value and so on) ends a call as there: with an
// [Excess], or for the store with its own errors.
//
// The clock stands still until [House.Advance], and random bytes are the same in each run. Only one House stands at a
// time: New waits until the test that has one is over, also between parallel tests. Files are the machine's own: it has no
// /inbox.
package locktest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"lockgate"
	"lockgate/command"
	"lockgate/database"
	"lockgate/store"
	"lockgate/web"
)

// Begin is the time at which each House begins.
var Begin = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

var standing sync.Mutex

// House is a stand-in for the host, with a store, settings and a clock of its own.
type House struct {
	kept     *kept
	settings map[string]string
	now      time.Time
	drawn    uint64

	inbound  []lockgate.Inbound
	effects  []lockgate.Effect
	requests []web.Request
	log      []string
}

// New is an empty store, no settings, no web, no databases and no programs, until the test is over.
func New(t testing.TB) *House {
	t.Helper()
	standing.Lock()
	house := &House{kept: &kept{values: map[string][]byte{}}, settings: map[string]string{}, now: Begin}
	lockgate.Use(services{house})
	store.Use(house.kept)
	house.Web(func(request web.Request) (web.Response, error) {
		return web.Response{}, Refused("no rule covers " + request.URL)
	})
	house.Database(func(string, string, []database.Value) ([][]database.Value, error) {
		return nil, database.ErrNotGranted
	})
	house.Command(func(string, []string, []byte) (command.Output, error) {
		return command.Output{}, command.ErrNotGranted
	})
	t.Cleanup(standing.Unlock)
	return house
}

// Setting sets what [lockgate.Setting] gives for this key.
func (h *House) Setting(key, value string) { h.settings[key] = value }

// Web answers the requests that the channel sends, in place of whoever it sends them to.
func (h *House) Web(answer web.Host) {
	web.Use(func(request web.Request) (web.Response, error) {
		h.requests = append(h.requests, request)
		return answer(request)
	})
}

// Database answers queries.
func (h *House) Database(answer database.Host) { database.Use(answer) }

// Command runs programs.
func (h *House) Command(run command.Host) { command.Use(run) }

// Advance moves the clock on. No wake is fired by that.
func (h *House) Advance(by time.Duration) { h.now = h.now.Add(by) }

// Store is what was committed under this key, as text, or empty.
func (h *House) Store(key string) string { return string(h.kept.values[key]) }

// Put commits a value, as an earlier call would have.
func (h *House) Put(key, value string) { h.kept.values[key] = []byte(value) }

// Inbound is all that came in since it was asked last.
func (h *House) Inbound() []lockgate.Inbound {
	inbound := h.inbound
	h.inbound = nil
	return inbound
}

// Events are the messages that came in since Inbound or Events was asked last; what else came in is forgotten.
func (h *House) Events() []lockgate.Message {
	var messages []lockgate.Message
	for _, inbound := range h.Inbound() {
		if message, is := inbound.(lockgate.Message); is {
			messages = append(messages, message)
		}
	}
	return messages
}

// Effects is what the host would do for the channel, since it was asked last.
func (h *House) Effects() []lockgate.Effect {
	effects := h.effects
	h.effects = nil
	return effects
}

// Requests are those that the channel sent since it was asked last, also those of calls that failed.
func (h *House) Requests() []web.Request {
	requests := h.requests
	h.requests = nil
	return requests
}

// Log is the lines that were logged since it was asked last, also those of calls that failed.
func (h *House) Log() []string {
	log := h.log
	h.log = nil
	return log
}

// Refused is the failure of a request that no rule covers.
func Refused(why string) error { return &web.Failure{Reason: web.Refused, Text: why} }

// Unreachable is the failure of a request that nobody answered.
func Unreachable(why string) error { return &web.Failure{Reason: web.Unreachable, Text: why} }

// Get is a GET of the channel's own page: /history?limit=50. Change its Rule for one of the manifest's.
func Get(target string) lockgate.Request { return request("GET", target, nil) }

// Post is a POST with this body, likewise.
func Post(target, body string) lockgate.Request { return request("POST", target, []byte(body)) }

func request(method, target string, body []byte) lockgate.Request {
	path, query, _ := strings.Cut(target, "?")
	return lockgate.Request{Method: method, Path: path, RawQuery: query, Body: body, Rule: "page"}
}

// services are the small things of the host.
type services struct{ house *House }

func (s services) Log(level lockgate.Level, text string) {
	names := [...]string{"debug", "info", "warn", "error"}
	s.house.log = append(s.house.log, fmt.Sprintf("%s: %s", names[level], text))
}

func (s services) Setting(key string) (string, bool) {
	value, there := s.house.settings[key]
	return value, there
}

func (s services) Now() time.Time { return s.house.now }

func (s services) Random(length uint32) []byte {
	var drawn []byte
	for len(drawn) < int(min(length, 1024)) {
		s.house.drawn++
		sum := sha256.Sum256(binary.LittleEndian.AppendUint64(nil, s.house.drawn))
		drawn = append(drawn, sum[:]...)
	}
	return drawn[:min(length, 1024)]
}
