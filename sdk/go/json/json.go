// Package json reads and writes JSON as encoding/json does, for what comes from outside: nesting that a call's stack can't
// take is an error instead of a trap, and errors are troubles.
package json

import (
	"encoding/json"
	"fmt"

	"lockgate"
)

// Deepest is how many lists and objects may stand in each other. A call's stack takes a thousand, but not two; no platform
// needs more than some tens.
const Deepest = 256

// RawMessage is a value that is read later.
type RawMessage = json.RawMessage

// Number is a number as it was written.
type Number = json.Number

// Unmarshal reads into what the pointer points to. What can't be read so, or is nested deeper than [Deepest], is malformed.
func Unmarshal(data []byte, into any) error {
	if depth := depth(data); depth > Deepest {
		return lockgate.Malformed(fmt.Sprintf("it is nested %d deep, and may be %d", depth, Deepest))
	}
	if err := json.Unmarshal(data, into); err != nil {
		return lockgate.Malformed(err.Error())
	}
	return nil
}

// Marshal writes a value; one that has no form in JSON is malformed.
func Marshal(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, lockgate.Malformed(err.Error())
	}
	return text, nil
}

// depth is the most brackets that are open at once, outside of texts. What is no JSON has some depth, too: at least that of
// all that a reader takes of it before it says so.
func depth(data []byte) int {
	open, most, text := 0, 0, false
	for i := 0; i < len(data); i++ {
		switch character := data[i]; {
		case text && character == '\\':
			i++
		case character == '"':
			text = !text
		case text:
		case character == '[' || character == '{':
			open++
			most = max(most, open)
		case character == ']' || character == '}':
			open--
		}
	}
	return most
}
