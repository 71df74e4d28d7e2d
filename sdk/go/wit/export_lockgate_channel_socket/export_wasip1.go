// Package export_lockgate_channel_socket hands calls of the interface over.
package export_lockgate_channel_socket

import (
	"lockgate"
	"lockgate/wit/convert"
	wit "lockgate/wit/lockgate_channel_socket"
	words "lockgate/wit/lockgate_channel_words"
	witTypes "lockgate/wit/types"
)

// Receive is the contract's.
func Receive(
	connection string, happening wit.Happening, failures uint32,
) witTypes.Result[words.Outcome, words.Trouble] {
	outcome, err := lockgate.Exported().Socket(connection, lift(happening), int(failures))
	return convert.Result(outcome, err, convert.Outcome)
}

func lift(happening wit.Happening) lockgate.Happening {
	switch happening.Tag() {
	case wit.HappeningFrame:
		return lockgate.Received{Frame: convert.FrameOf(happening.Frame())}
	case wit.HappeningClosed:
		closed := happening.Closed()
		return lockgate.Closed{Code: closed.Code.SomeOr(0), Reason: closed.Reason}
	default:
		return lockgate.Opened{}
	}
}
