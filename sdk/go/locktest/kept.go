package locktest

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"lockgate/store"
)

// kept is a store in memory. Nothing runs beside a test's call, so a check is made at once.
type kept struct {
	values map[string][]byte
	missed bool
	// written is what the call that runs has written, in bytes.
	written int
}

func (k *kept) Get(key string) ([]byte, bool) {
	value, there := k.values[key]
	return bytes.Clone(value), there
}

func (k *kept) Set(key string, value []byte) error {
	if len(key) > longestKey || len(value) > longestValue {
		return store.ErrTooLarge
	}
	k.written += len(key) + len(value) + costOfOneWrite
	if k.written > mostWritten {
		return store.ErrFull
	}
	k.values[key] = bytes.Clone(value)
	return nil
}

func (k *kept) Delete(key string) { delete(k.values, key) }

func (k *kept) Check(key string, expected []byte, there bool) {
	value, is := k.values[key]
	k.missed = k.missed || is != there || !bytes.Equal(value, expected)
}

func (k *kept) Keys(prefix string) []string {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(k.values)) {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	return keys
}
