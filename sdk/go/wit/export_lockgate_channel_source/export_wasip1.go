// Package export_lockgate_channel_source hands calls of the interface over.
package export_lockgate_channel_source

import (
	"lockgate"
	"lockgate/wit/convert"
	wit "lockgate/wit/lockgate_channel_source"
	words "lockgate/wit/lockgate_channel_words"
	witTypes "lockgate/wit/types"
)

// Poll is the contract's.
func Poll(failures uint32) witTypes.Result[wit.Batch, words.Trouble] {
	batch, err := lockgate.Exported().Poll(int(failures))
	return convert.Result(batch, err, func(batch lockgate.Batch) wit.Batch {
		return wit.Batch{Outcome: convert.Outcome(batch.Outcome), AgainAfter: lockgate.Millis(batch.AgainAfter)}
	})
}
