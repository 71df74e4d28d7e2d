package lockgate

// Place is where a message stands or goes.
type Place struct {
	Conversation string
	// Thread is a topic or thread inside it, or empty.
	Thread string
}

// Format is how a text is written.
type Format uint8

const (
	// Plain is text as it is.
	Plain Format = iota
	// Markdown is what the model writes.
	Markdown
)

// Button is one that a message shows.
type Button struct {
	Label string
	// Token is opaque, at most 48 of [A-Za-z0-9_-]. It goes back in [Press] as it is.
	Token string
}

// Outgoing is one part of an answer.
type Outgoing struct {
	// Key is the same for every try at this very part: for a platform's own idempotency (a nonce), if it has one.
	Key   string
	Place Place
	// Text is within the manifest's limit, in its unit: the host has split it already.
	Text   string
	Format Format
	// ReplyTo is the id of the message that it answers, or empty.
	ReplyTo string
	// Files are paths under /outbox: copies, there for the length of the call.
	Files   []string
	Buttons []Button
}

// Receipt is what became of it.
type Receipt struct {
	// Messages are the platform's ids of what was sent, in order; also when Problem is set.
	Messages []string
	// Problem is why the rest was not sent, or nil.
	Problem error
	Effects []Effect
}

// Sent says that everything was sent, as messages of these ids, or without an id where the platform gives none.
func Sent(ids ...string) Receipt { return Receipt{Messages: ids} }

// Frame is one of a websocket: binary if Binary is not nil, else text.
type Frame struct {
	Text   string
	Binary []byte
}

// Happening is an [Opened], a [Received] or a [Closed].
type Happening interface{ happening() }

// Opened: the websocket is there.
type Opened struct{}

// Received is a frame that came in.
type Received struct{ Frame Frame }

// Closed: the websocket is gone.
type Closed struct {
	// Code is the other side's, or 0 if it gave none.
	Code   uint16
	Reason string
}

func (Opened) happening()   {}
func (Received) happening() {}
func (Closed) happening()   {}
