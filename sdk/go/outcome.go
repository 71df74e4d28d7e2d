package lockgate

import (
	"slices"
	"time"
)

// Outcome is all that a call changes, beside the store: what came in, and what the host does for the channel after the
// call has been committed. At most 100 of each.
type Outcome struct {
	Inbound []Inbound
	Effects []Effect
}

// Inbound is a [Message], an [Edited], a [Press] or a [Skipped].
type Inbound interface{ inbound() }

// Edited says that a message was changed.
type Edited struct {
	// Now is the whole of it as it is now, under the id that it had.
	Now Message
	// Revision tells two edits of one message apart: the platform's edit time or version.
	Revision string
}

// Press says that somebody pressed a button that Send showed.
type Press struct {
	// Token is the button's, returned as it was given.
	Token string
	// ID is the platform's id of the press: the same press is taken once.
	ID string
	// Handle is for AnswerPress, or empty.
	Handle       string
	Sender       Sender
	Conversation Conversation
}

// Skipped is something that the channel could not read and has stepped over: shown in the host's status, never to the
// model.
type Skipped string

func (Message) inbound() {}
func (Edited) inbound()  {}
func (Press) inbound()   {}
func (Skipped) inbound() {}

// Effect is a [Connect], a [SendFrame], a [Disconnect], a [Wake] or a [Publish].
type Effect interface{ effect() }

// Connect opens a websocket, which the host keeps: it outlives a reload of the channel. A name that is open for the same
// URL stays as it is; another URL replaces it.
type Connect struct {
	// Name is the channel's own for it.
	Name string
	// URL is a wss: one that the grant covers.
	URL     string
	Headers []Header
}

// SendFrame sends a frame on a websocket.
type SendFrame struct {
	Connection string
	Frame      Frame
}

// Disconnect closes the websocket of this name.
type Disconnect string

// Wake asks for Timer with this name after a while, in whole milliseconds. A later one of the same name replaces it.
type Wake struct {
	Name  string
	After time.Duration
}

// Publish hands this text to everyone who is subscribed to the topic: see [Subscribe].
type Publish struct{ Topic, Text string }

func (Connect) effect()    {}
func (SendFrame) effect()  {}
func (Disconnect) effect() {}
func (Wake) effect()       {}
func (Publish) effect()    {}

// Header is a name and its value.
type Header struct{ Name, Value string }

// Event is the same outcome with something more that came in.
func (o Outcome) Event(inbound ...Inbound) Outcome {
	o.Inbound = append(slices.Clip(o.Inbound), inbound...)
	return o
}

// Effect is the same outcome with something more to do.
func (o Outcome) Effect(effects ...Effect) Outcome {
	o.Effects = append(slices.Clip(o.Effects), effects...)
	return o
}

// Batch is what a look for news brought.
type Batch struct {
	Outcome
	// AgainAfter is how long until the next look, in whole milliseconds. 0 counts only after a call that waited or brought
	// something.
	AgainAfter time.Duration
}

// ToolAnswer is what one of the channel's own tools answers.
type ToolAnswer struct {
	// Text: the model sees its first 16 KiB.
	Text    string
	Effects []Effect
}
