package lockgate

import (
	"encoding/hex"
	"maps"
	"time"
)

// Message is something that came in.
type Message struct {
	// ID is the platform's. With the channel and the conversation it makes a message unique: one that was committed before
	// is not delivered again.
	ID string
	// Author is who wrote it: an account or a thing.
	Author       Author
	Conversation Conversation
	Text         string
	// MentionsMe: the platform says that this message addresses the channel's own account.
	MentionsMe bool
	// InReplyTo is the id of the message that this one answers, or empty.
	InReplyTo string
	// Quote is what it quotes, answers or forwards, as far as the platform says.
	Quote *Quote
	// SentAt is when it was written, as the platform states it; the zero time if it does not.
	SentAt time.Time
	// Attachments: the host takes at most 20.
	Attachments []Attachment
	// Meta are more attributes for the model, shown as x_KEY. A key is an identifier; at most 32, with values of at most
	// 1 KiB.
	Meta map[string]string
}

// Author is who is behind a message: an account of the platform if Person is set, else a thing.
type Author struct {
	Person *Sender
	// Service is the thing that the channel watches: a build, a feed, a log.
	Service string
}

// Sender is an account, as the platform itself names it.
type Sender struct {
	// ID is the platform's stable id: never a display name, never a room.
	ID string
	// Name is shown to people and to the model, or empty; nothing is decided by it.
	Name string
	// Bot: it is a program's account.
	Bot bool
}

// Conversation is where a message was written, and where an answer goes.
type Conversation struct {
	ID string
	// Thread is a topic or thread inside it, or empty.
	Thread string
	// Direct: one person and the channel's own account; otherwise others can read or write it.
	Direct bool
	// Title is for people to read, or empty.
	Title string
}

// Quote is what a message quotes, answers or forwards.
type Quote struct {
	// Author is who wrote that, if the platform says.
	Author *Author
	Text   string
}

// Attachment is a file that goes with a message: one of File and Handle is set.
type Attachment struct {
	// Name, Mime and Size (bytes; 0 if unknown) are as the platform states them, so not to be trusted.
	Name, Mime string
	Size       uint64
	// File is a path under /inbox that this very call has written or been given; only for Hook.
	File string
	// Handle is the platform's own: Fetch is asked for the bytes once the message has been admitted.
	Handle string
}

// Service is what a thing says (a build, a feed, a log), in a conversation of the thing's name. The channel's events
// policy decides whether the model gets it. Its ID is random, so it is delivered each time; set one if the same thing may
// be reported twice.
func Service(name, text string) Message {
	return Message{
		ID:           randomID(),
		Author:       Author{Service: name},
		Conversation: Conversation{ID: name},
		Text:         text,
	}
}

// Person is what an account of the platform wrote. The operator's allowlist decides by the sender's ID whether the model
// gets it. Its ID is random until you set the platform's.
func Person(sender Sender, conversation Conversation, text string) Message {
	return Message{
		ID:           randomID(),
		Author:       Author{Person: &sender},
		Conversation: conversation,
		Text:         text,
	}
}

// WithID is the same message with the platform's id.
func (m Message) WithID(id string) Message {
	m.ID = id
	return m
}

// WithMeta is the same message with one attribute more.
func (m Message) WithMeta(key, value string) Message {
	meta := maps.Clone(m.Meta)
	if meta == nil {
		meta = map[string]string{}
	}
	meta[key] = value
	m.Meta = meta
	return m
}

// randomID is 128 random bits in hexadecimal.
func randomID() string { return hex.EncodeToString(Random(16)) }
