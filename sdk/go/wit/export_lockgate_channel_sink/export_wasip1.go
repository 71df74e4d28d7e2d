// Package export_lockgate_channel_sink hands calls of the interface over.
package export_lockgate_channel_sink

import (
	"lockgate"
	"lockgate/wit/convert"
	wit "lockgate/wit/lockgate_channel_sink"
	words "lockgate/wit/lockgate_channel_words"
	witTypes "lockgate/wit/types"
)

type effects = witTypes.Result[[]words.Effect, words.Trouble]

// Send is the contract's.
func Send(outgoing wit.Outgoing) witTypes.Result[wit.Receipt, words.Trouble] {
	receipt, err := lockgate.Exported().Send(lift(outgoing))
	return convert.Result(receipt, err, lower)
}

// Edit is the contract's.
func Edit(place words.Place, message, text string, format uint8) effects {
	done, err := lockgate.Exported().Edit(convert.PlaceOf(place), message, text, lockgate.Format(format))
	return convert.Result(done, err, convert.Effects)
}

// React is the contract's.
func React(place words.Place, message, emoji string) effects {
	done, err := lockgate.Exported().React(convert.PlaceOf(place), message, emoji)
	return convert.Result(done, err, convert.Effects)
}

// Typing is the contract's.
func Typing(place words.Place) effects {
	done, err := lockgate.Exported().Typing(convert.PlaceOf(place))
	return convert.Result(done, err, convert.Effects)
}

// Direct is the contract's.
func Direct(sender string) witTypes.Result[string, words.Trouble] {
	id, err := lockgate.Exported().Direct(sender)
	return convert.Result(id, err, convert.Clean)
}

// AnswerPress is the contract's.
func AnswerPress(handle, text string) effects {
	done, err := lockgate.Exported().AnswerPress(handle, text)
	return convert.Result(done, err, convert.Effects)
}

func lift(outgoing wit.Outgoing) lockgate.Outgoing {
	return lockgate.Outgoing{
		Key:     outgoing.Key,
		Place:   convert.PlaceOf(outgoing.Place),
		Text:    outgoing.Text,
		Format:  lockgate.Format(outgoing.Format),
		ReplyTo: outgoing.ReplyTo.SomeOr(""),
		Files:   outgoing.Files,
		Buttons: convert.Each(outgoing.Buttons, func(button wit.Button) lockgate.Button {
			return lockgate.Button{Label: button.Label, Token: button.Token}
		}),
	}
}

func lower(receipt lockgate.Receipt) wit.Receipt {
	problem := witTypes.None[words.Trouble]()
	if receipt.Problem != nil {
		problem = witTypes.Some(convert.Trouble(receipt.Problem))
	}
	return wit.Receipt{
		Messages: convert.Each(receipt.Messages, convert.Clean),
		Problem:  problem,
		Effects:  convert.Effects(receipt.Effects),
	}
}
