// Package export_lockgate_channel_life hands calls of the interface over.
package export_lockgate_channel_life

import (
	"lockgate"
	"lockgate/wit/convert"
	words "lockgate/wit/lockgate_channel_words"
	witTypes "lockgate/wit/types"
)

// Start is the contract's.
func Start() witTypes.Result[words.Outcome, words.Trouble] {
	outcome, err := lockgate.Exported().Start()
	return convert.Result(outcome, err, convert.Outcome)
}
