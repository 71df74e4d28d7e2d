package locktest

import (
	"fmt"

	"lockgate"
)

// The host's bounds of a call: how many, and bytes. What is over one of them is refused, and with it the whole call.
const (
	mostInbound, mostEffects    = 100, 100
	mostAttachments, mostMeta   = 20, 32
	longestText, longestShort   = 64 << 10, 1 << 10
	longestEffect               = 256
	longestKey, longestValue    = 256, 1 << 20
	mostWritten, costOfOneWrite = 4 << 20, 64
)

// Excess is the error of a call of which the host would take nothing, because something of it is too long or too many.
type Excess struct {
	// What it is, and how much of it there may be.
	What string
	Most int
}

// Error says so.
func (e *Excess) Error() string {
	return fmt.Sprintf("the host refuses the call: %s, of which there may be %d", e.What, e.Most)
}

// bounds keeps the first excess that it is shown.
type bounds struct{ found *Excess }

func (b *bounds) within(what string, size, most int) {
	if size > most && b.found == nil {
		b.found = &Excess{What: fmt.Sprintf("%d %s", size, what), Most: most}
	}
}

func (b *bounds) short(what string, texts ...string) {
	for _, text := range texts {
		b.within("bytes of "+what, len(text), longestShort)
	}
}

// bounded is the [Excess] of an outcome, or nil.
func bounded(outcome lockgate.Outcome) error {
	var b bounds
	b.within("messages of one call", len(outcome.Inbound), mostInbound)
	b.within("effects of one call", len(outcome.Effects), mostEffects)
	for _, inbound := range outcome.Inbound {
		switch inbound := inbound.(type) {
		case lockgate.Message:
			b.message(inbound)
		case lockgate.Edited:
			b.message(inbound.Now)
			b.short("a revision", inbound.Revision)
		case lockgate.Press:
			b.short("a press", inbound.Token, inbound.ID, inbound.Handle, inbound.Sender.ID, inbound.Sender.Name)
			b.conversation(inbound.Conversation)
		}
	}
	for _, effect := range outcome.Effects {
		b.effect(effect)
	}
	if b.found == nil {
		return nil
	}
	return b.found
}

func (b *bounds) message(message lockgate.Message) {
	b.short("a message's id", message.ID, message.InReplyTo)
	b.author(message.Author)
	b.conversation(message.Conversation)
	b.within("bytes of a message's text", len(message.Text), longestText)
	if message.Quote != nil {
		b.within("bytes of a quote's text", len(message.Quote.Text), longestText)
		if message.Quote.Author != nil {
			b.author(*message.Quote.Author)
		}
	}
	b.within("attachments of one message", len(message.Attachments), mostAttachments)
	for _, one := range message.Attachments {
		b.short("an attachment", one.Name, one.Mime, one.File, one.Handle)
	}
	b.within("meta keys of one message", len(message.Meta), mostMeta)
	for key, value := range message.Meta {
		b.short("a meta key or value", key, value)
	}
}

func (b *bounds) author(author lockgate.Author) {
	b.short("an author", author.Service)
	if author.Person != nil {
		b.short("an author", author.Person.ID, author.Person.Name)
	}
}

func (b *bounds) conversation(conversation lockgate.Conversation) {
	b.short("a conversation", conversation.ID, conversation.Thread, conversation.Title)
}

func (b *bounds) effect(effect lockgate.Effect) {
	name := ""
	switch effect := effect.(type) {
	case lockgate.Connect:
		name = effect.Name
	case lockgate.SendFrame:
		name = effect.Connection
	case lockgate.Disconnect:
		name = string(effect)
	case lockgate.Wake:
		name = effect.Name
	case lockgate.Publish:
		name = effect.Topic
		b.within("bytes of a publication", len(effect.Text), longestText)
	}
	b.within("bytes of an effect's name", len(name), longestEffect)
}
