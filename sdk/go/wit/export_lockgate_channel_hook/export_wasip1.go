// Package export_lockgate_channel_hook hands calls of the interface over.
package export_lockgate_channel_hook

import (
	"lockgate"
	"lockgate/wit/convert"
	wit "lockgate/wit/lockgate_channel_hook"
	words "lockgate/wit/lockgate_channel_words"
	witTypes "lockgate/wit/types"
)

// Receive is the contract's.
func Receive(request wit.Request) witTypes.Result[wit.Answer, words.Trouble] {
	answer, err := lockgate.Exported().Hook(lift(request))
	return convert.Result(answer, err, lower)
}

func lift(request wit.Request) lockgate.Request {
	lifted := lockgate.Request{
		Method:   request.Method,
		Path:     request.Path,
		RawQuery: request.Query,
		Headers:  convert.HeadersOf(request.Headers),
		Rule:     request.Rule,
	}
	if request.Body.Tag() == wit.ContentFile {
		lifted.BodyFile = request.Body.File()
	} else {
		lifted.Body = request.Body.Bytes()
	}
	return lifted
}

func lower(answer lockgate.Answer) wit.Answer {
	if answer.Status < 0 || answer.Status > 0xffff {
		panic("an answer's status is a number of three digits")
	}
	return wit.Answer{
		Status:  uint16(answer.Status),
		Headers: convert.Headers(answer.Headers),
		Body:    body(answer),
		Outcome: convert.Outcome(answer.Outcome),
	}
}

func body(answer lockgate.Answer) wit.Body {
	switch {
	case answer.Topic != "":
		return wit.MakeBodySubscribe(answer.Topic)
	case answer.File != "":
		return wit.MakeBodyFile(answer.File)
	default:
		return wit.MakeBodyBytes(answer.Body)
	}
}
