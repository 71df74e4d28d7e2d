package lockgate

import (
	"fmt"
	"time"
)

// Level is how much a line of the log matters.
type Level uint8

// The levels of the operator's log.
const (
	Debug Level = iota
	Info
	Warn
	Error
)

// Host gives the small things that every channel needs: lockgate in a component, locktest in tests.
type Host interface {
	Log(level Level, text string)
	Setting(key string) (string, bool)
	Now() time.Time
	Random(length uint32) []byte
}

var host Host

// Use replaces the host. Only tests have a reason to: locktest calls it.
func Use(h Host) { host = h }

// Log writes one line to the operator's log, with the verbs of fmt.Sprintf. Control characters are taken out; the host
// bounds how much is kept.
func Log(level Level, format string, arguments ...any) {
	host.Log(level, fmt.Sprintf(format, arguments...))
}

// Setting is one of the channel's config table, as text, and whether it is there; nested tables are reached with dots.
// Never a secret.
func Setting(key string) (string, bool) { return host.Setting(key) }

// Now is the host's time, in whole milliseconds.
func Now() time.Time { return host.Now() }

// Random are bytes from the system's generator; the host gives at most 1,024 in one call.
func Random(length uint32) []byte { return host.Random(length) }
