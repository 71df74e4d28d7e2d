// Package export_lockgate_channel_tools hands calls of the interface over.
package export_lockgate_channel_tools

import (
	"lockgate"
	"lockgate/wit/convert"
	wit "lockgate/wit/lockgate_channel_tools"
	words "lockgate/wit/lockgate_channel_words"
	witTypes "lockgate/wit/types"
)

// Call is the contract's.
func Call(name, arguments string) witTypes.Result[wit.Answer, words.Trouble] {
	answer, err := lockgate.Exported().Tool(name, arguments)
	return convert.Result(answer, err, func(answer lockgate.ToolAnswer) wit.Answer {
		return wit.Answer{Text: convert.Clean(answer.Text), Effects: convert.Effects(answer.Effects)}
	})
}
