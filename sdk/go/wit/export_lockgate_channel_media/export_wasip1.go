// Package export_lockgate_channel_media hands calls of the interface over.
package export_lockgate_channel_media

import (
	"lockgate"
	"lockgate/wit/convert"
	words "lockgate/wit/lockgate_channel_words"
	witTypes "lockgate/wit/types"
)

// Fetch is the contract's.
func Fetch(handle, into string) witTypes.Result[witTypes.Unit, words.Trouble] {
	err := lockgate.Exported().Fetch(handle, into)
	return convert.Result(witTypes.Unit{}, err, func(unit witTypes.Unit) witTypes.Unit { return unit })
}
