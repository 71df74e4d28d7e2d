// Package export_lockgate_channel_timer hands calls of the interface over.
package export_lockgate_channel_timer

import (
	"lockgate"
	"lockgate/wit/convert"
	words "lockgate/wit/lockgate_channel_words"
	witTypes "lockgate/wit/types"
)

// Fire is the contract's.
func Fire(name string, failures uint32) witTypes.Result[words.Outcome, words.Trouble] {
	outcome, err := lockgate.Exported().Timer(name, int(failures))
	return convert.Result(outcome, err, convert.Outcome)
}
