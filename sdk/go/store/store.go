// Package store is what the channel keeps between calls: nothing else survives one. Writes are committed with the call's
// outcome, or not at all. Calls of one channel may overlap, so keep one thing per key.
package store

import (
	"fmt"
	"strconv"

	"lockgate"
	"lockgate/json"
)

// Failures of [Set]: as errors of a call the host sees the first as unavailable, the second as rejected.
var (
	// ErrFull: the channel's quota is used up.
	ErrFull = lockgate.Unavailable("the channel's store is full")
	// ErrTooLarge: a key over 256 bytes, or a value over 1 MiB.
	ErrTooLarge = lockgate.Rejected("a key or a value is too large for the store")
)

// Host keeps the values: lockgate in a component, locktest in tests.
type Host interface {
	Get(key string) ([]byte, bool)
	Set(key string, value []byte) error
	Delete(key string)
	Check(key string, expected []byte, there bool)
	Keys(prefix string) []string
}

var host Host

// Use replaces the host. Only tests have a reason to: locktest calls it.
func Use(h Host) { host = h }

// Get is what was committed when it is called, and this call's own writes over it; false if there is nothing.
func Get(key string) ([]byte, bool) { return host.Get(key) }

// GetText is the same as text; empty if there is nothing.
func GetText(key string) string {
	value, _ := host.Get(key)
	return string(value)
}

// GetInt is the same as a number; 0 if there is nothing, or no number.
func GetInt(key string) int64 {
	number, err := strconv.ParseInt(GetText(key), 10, 64)
	if err != nil {
		return 0
	}
	return number
}

// GetJSON reads a value that [SetJSON] wrote into what the pointer points to; false if there is nothing. What can't be read
// is malformed.
func GetJSON(key string, into any) (bool, error) {
	value, there := host.Get(key)
	if !there {
		return false, nil
	}
	if err := json.Unmarshal(value, into); err != nil {
		return true, fmt.Errorf("the store's %s: %w", key, err)
	}
	return true, nil
}

// Set writes one key: at most 256 bytes, its value at most 1 MiB. [ErrTooLarge] over those bounds, [ErrFull] if the
// channel's quota is used up.
func Set(key string, value []byte) error { return host.Set(key, value) }

// SetText is Set for a text.
func SetText(key, value string) error { return host.Set(key, []byte(value)) }

// SetInt is Set for a number.
func SetInt(key string, value int64) error { return SetText(key, strconv.FormatInt(value, 10)) }

// SetJSON is Set for any value that has a form in JSON; another is malformed.
func SetJSON(key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return host.Set(key, text)
}

// Delete takes a key away; one that is not there is no error.
func Delete(key string) { host.Delete(key) }

// Check has the host compare at commit: if the key has another value than expected then, the outcome is thrown away and
// the call runs again: three times, then it is a fault. Not for Send, Edit and Tool, whose work outside can't be repeated.
func Check(key string, expected []byte) { host.Check(key, expected, true) }

// CheckMissing is Check for a key that must not be there.
func CheckMissing(key string) { host.Check(key, nil, false) }

// Keys are all that begin with prefix, in ascending order.
func Keys(prefix string) []string { return host.Keys(prefix) }
