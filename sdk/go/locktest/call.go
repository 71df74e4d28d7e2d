package locktest

import (
	"errors"
	"maps"

	"lockgate"
)

// ErrChecked is the error of a call whose store.Check does not hold: the host would run it again, and here nothing would
// change then.
var ErrChecked = errors.New("a store.Check of the call does not hold")

// Start is [life].
func (h *House) Start(channel lockgate.Channel) (lockgate.Outcome, error) {
	return call(h, channel.Start, func(outcome lockgate.Outcome) lockgate.Outcome { return outcome })
}

// Hook is [hook].
func (h *House) Hook(channel lockgate.Channel, request lockgate.Request) (lockgate.Answer, error) {
	receive := func() (lockgate.Answer, error) { return channel.Hook(request) }
	return call(h, receive, func(answer lockgate.Answer) lockgate.Outcome { return answer.Outcome })
}

// Poll is [source].
func (h *House) Poll(channel lockgate.Channel, failures int) (lockgate.Batch, error) {
	poll := func() (lockgate.Batch, error) { return channel.Poll(failures) }
	return call(h, poll, func(batch lockgate.Batch) lockgate.Outcome { return batch.Outcome })
}

// Timer is [timer], whether or not such a wake was asked for.
func (h *House) Timer(channel lockgate.Channel, name string, failures int) (lockgate.Outcome, error) {
	fire := func() (lockgate.Outcome, error) { return channel.Timer(name, failures) }
	return call(h, fire, func(outcome lockgate.Outcome) lockgate.Outcome { return outcome })
}

// Socket is [socket].
func (h *House) Socket(
	channel lockgate.Channel, connection string, happening lockgate.Happening, failures int,
) (lockgate.Outcome, error) {
	receive := func() (lockgate.Outcome, error) { return channel.Socket(connection, happening, failures) }
	return call(h, receive, func(outcome lockgate.Outcome) lockgate.Outcome { return outcome })
}

// Send is [sink]. Its other functions change nothing but by effects: call them as they are.
func (h *House) Send(channel lockgate.Channel, outgoing lockgate.Outgoing) (lockgate.Receipt, error) {
	send := func() (lockgate.Receipt, error) { return channel.Send(outgoing) }
	return call(h, send, func(receipt lockgate.Receipt) lockgate.Outcome {
		return lockgate.Outcome{Effects: receipt.Effects}
	})
}

// Tool is [[tool]], with arguments that fit its schema: the house knows none.
func (h *House) Tool(channel lockgate.Channel, name, arguments string) (lockgate.ToolAnswer, error) {
	ask := func() (lockgate.ToolAnswer, error) { return channel.Tool(name, arguments) }
	return call(h, ask, func(answer lockgate.ToolAnswer) lockgate.Outcome {
		return lockgate.Outcome{Effects: answer.Effects}
	})
}

// call is one transaction.
func call[T any](house *House, run func() (T, error), changes func(T) lockgate.Outcome) (T, error) {
	before := maps.Clone(house.kept.values)
	house.kept.missed, house.kept.written = false, 0
	result, err := run()
	if err == nil && house.kept.missed {
		err = ErrChecked
	}
	outcome := changes(result)
	if err == nil {
		err = bounded(outcome)
	}
	if err != nil {
		house.kept.values = before
		return result, err
	}
	house.inbound = append(house.inbound, outcome.Inbound...)
	house.effects = append(house.effects, outcome.Effects...)
	return result, nil
}
