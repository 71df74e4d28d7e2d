// Package convert translates between the words of the contract and those of the SDK. It decides nothing.
package convert

import (
	"maps"
	"slices"
	"strings"

	"lockgate"
	words "lockgate/wit/lockgate_channel_words"
	witTypes "lockgate/wit/types"
)

// Clean is the text as it may cross the border: what is no UTF-8, as a character cut in two, would end the call.
func Clean(text string) string { return strings.ToValidUTF8(text, "\ufffd") }

// Each is every item, converted.
func Each[A, B any](items []A, convert func(A) B) []B {
	converted := make([]B, len(items))
	for i, item := range items {
		converted[i] = convert(item)
	}
	return converted
}

// Text is nothing if it is empty.
func Text(text string) witTypes.Option[string] {
	if text == "" {
		return witTypes.None[string]()
	}
	return witTypes.Some(Clean(text))
}

// Headers go out.
func Headers(headers []lockgate.Header) []witTypes.Tuple2[string, string] {
	return Each(headers, func(header lockgate.Header) witTypes.Tuple2[string, string] {
		return witTypes.Tuple2[string, string]{F0: Clean(header.Name), F1: Clean(header.Value)}
	})
}

// HeadersOf come in.
func HeadersOf(headers []witTypes.Tuple2[string, string]) []lockgate.Header {
	return Each(headers, func(header witTypes.Tuple2[string, string]) lockgate.Header {
		return lockgate.Header{Name: header.F0, Value: header.F1}
	})
}

// Result is what a call returned, or its trouble.
func Result[A, B any](value A, err error, convert func(A) B) witTypes.Result[B, words.Trouble] {
	if err != nil {
		return witTypes.Err[B, words.Trouble](Trouble(err))
	}
	return witTypes.Ok[B, words.Trouble](convert(value))
}

// Trouble goes out.
func Trouble(err error) words.Trouble {
	trouble := lockgate.TroubleOf(err)
	switch trouble.Kind {
	case lockgate.KindBusy:
		return words.MakeTroubleBusy(lockgate.Millis(trouble.After))
	case lockgate.KindUnavailable:
		return words.MakeTroubleUnavailable(Clean(trouble.Why))
	case lockgate.KindUnauthorized:
		return words.MakeTroubleUnauthorized(Clean(trouble.Why))
	case lockgate.KindConflict:
		return words.MakeTroubleConflict(Clean(trouble.Why))
	case lockgate.KindMalformed:
		return words.MakeTroubleMalformed(Clean(trouble.Why))
	default:
		return words.MakeTroubleRejected(Clean(trouble.Why))
	}
}

// Outcome goes out.
func Outcome(outcome lockgate.Outcome) words.Outcome {
	return words.Outcome{Inbound: Each(outcome.Inbound, inbound), Effects: Effects(outcome.Effects)}
}

func inbound(inbound lockgate.Inbound) words.Inbound {
	switch inbound := inbound.(type) {
	case lockgate.Message:
		return words.MakeInboundMessage(message(inbound))
	case lockgate.Edited:
		return words.MakeInboundEdited(words.Edited{Now: message(inbound.Now), Revision: Clean(inbound.Revision)})
	case lockgate.Press:
		return words.MakeInboundPress(words.Press{
			Token:        Clean(inbound.Token),
			Id:           Clean(inbound.ID),
			Handle:       Text(inbound.Handle),
			Sender:       sender(inbound.Sender),
			Conversation: conversation(inbound.Conversation),
		})
	case lockgate.Skipped:
		return words.MakeInboundSkipped(Clean(string(inbound)))
	default:
		panic("an inbound that is none of Message, Edited, Press and Skipped")
	}
}

func message(message lockgate.Message) words.Message {
	sentAt := witTypes.None[uint64]()
	if !message.SentAt.IsZero() {
		sentAt = witTypes.Some(uint64(max(0, message.SentAt.UnixMilli())))
	}
	said := witTypes.None[words.Quote]()
	if message.Quote != nil {
		said = witTypes.Some(quote(*message.Quote))
	}
	meta := make([]witTypes.Tuple2[string, string], 0, len(message.Meta))
	for _, key := range slices.Sorted(maps.Keys(message.Meta)) {
		meta = append(meta, witTypes.Tuple2[string, string]{F0: Clean(key), F1: Clean(message.Meta[key])})
	}
	return words.Message{
		Id:           Clean(message.ID),
		Author:       author(message.Author),
		Conversation: conversation(message.Conversation),
		Text:         Clean(message.Text),
		MentionsMe:   message.MentionsMe,
		InReplyTo:    Text(message.InReplyTo),
		Quote:        said,
		SentAt:       sentAt,
		Attachments:  Each(message.Attachments, attachment),
		Meta:         meta,
	}
}

func quote(quote lockgate.Quote) words.Quote {
	by := witTypes.None[words.Author]()
	if quote.Author != nil {
		by = witTypes.Some(author(*quote.Author))
	}
	return words.Quote{Author: by, Text: Clean(quote.Text)}
}

func author(author lockgate.Author) words.Author {
	if author.Person != nil {
		return words.MakeAuthorPerson(sender(*author.Person))
	}
	return words.MakeAuthorService(Clean(author.Service))
}

func sender(sender lockgate.Sender) words.Sender {
	return words.Sender{Id: Clean(sender.ID), Name: Text(sender.Name), Bot: sender.Bot}
}

func conversation(conversation lockgate.Conversation) words.Conversation {
	scope := words.ScopeGroup
	if conversation.Direct {
		scope = words.ScopeDirect
	}
	return words.Conversation{
		Id:     Clean(conversation.ID),
		Thread: Text(conversation.Thread),
		Scope:  scope,
		Title:  Text(conversation.Title),
	}
}

func attachment(attachment lockgate.Attachment) words.Attachment {
	size := witTypes.None[uint64]()
	if attachment.Size > 0 {
		size = witTypes.Some(attachment.Size)
	}
	content := words.MakeContentHandle(Clean(attachment.Handle))
	if attachment.File != "" {
		content = words.MakeContentFile(Clean(attachment.File))
	}
	return words.Attachment{
		Name:    Text(attachment.Name),
		Mime:    Text(attachment.Mime),
		Size:    size,
		Content: content,
	}
}

// Effects go out.
func Effects(effects []lockgate.Effect) []words.Effect { return Each(effects, effect) }

func effect(effect lockgate.Effect) words.Effect {
	switch effect := effect.(type) {
	case lockgate.Connect:
		headers := Headers(effect.Headers)
		return words.MakeEffectConnect(words.Connection{Name: Clean(effect.Name), Url: Clean(effect.URL), Headers: headers})
	case lockgate.SendFrame:
		frame := words.OutgoingFrame{Connection: Clean(effect.Connection), Frame: frame(effect.Frame)}
		return words.MakeEffectSendFrame(frame)
	case lockgate.Disconnect:
		return words.MakeEffectDisconnect(Clean(string(effect)))
	case lockgate.Wake:
		return words.MakeEffectWake(words.Wake{Name: Clean(effect.Name), After: lockgate.Millis(effect.After)})
	case lockgate.Publish:
		return words.MakeEffectPublish(words.Publication{Topic: Clean(effect.Topic), Text: Clean(effect.Text)})
	default:
		panic("an effect that is none of Connect, SendFrame, Disconnect, Wake and Publish")
	}
}

func frame(frame lockgate.Frame) words.Frame {
	if frame.Binary != nil {
		return words.MakeFrameBinary(frame.Binary)
	}
	return words.MakeFrameText(Clean(frame.Text))
}

// FrameOf comes in.
func FrameOf(frame words.Frame) lockgate.Frame {
	if frame.Tag() == words.FrameBinary {
		// Never nil, which would be text.
		return lockgate.Frame{Binary: append([]byte{}, frame.Binary()...)}
	}
	return lockgate.Frame{Text: frame.Text()}
}

// PlaceOf comes in.
func PlaceOf(place words.Place) lockgate.Place {
	return lockgate.Place{Conversation: place.Conversation, Thread: place.Thread.SomeOr("")}
}
