package lockgate

// Channel has a function for each thing that the host may ask. The sections of channel.toml say which of them it asks:
// each section's function has to be there, or the first such call panics; of [sink] that is Send alone. Where an error is
// returned, the host does with it what [Trouble] says, and nothing of the call is kept.
type Channel struct {
	// Start is [life]: called once when the channel is started or replaced, before anything else. Register commands, open
	// sockets, set the first wake.
	Start func() (Outcome, error)
	// Hook is [hook]: a request over HTTP that fulfilled a rule of the manifest, or the token of the channel's page. The
	// caller gets the answer only after its outcome has been committed; after an error he gets a status without its words.
	Hook func(Request) (Answer, error)
	// Poll is [source]: looks for news once. failures is how often in a row this call has panicked, run out of time over its
	// own work, or returned a malformed or rejected trouble: from 1 on take one thing at a time, from 3 on step over the one
	// that comes first and report it as [Skipped]. A platform that was not there is not counted.
	Poll func(failures int) (Batch, error)
	// Timer is [timer]: the [Wake] of this name is due. It is consumed by success; after a failure it fires again, later
	// each time.
	Timer func(name string, failures int) (Outcome, error)
	// Socket is [socket]: something happened on this websocket, in the order in which it happened there. A frame is given
	// three times, then dropped and counted.
	Socket func(connection string, happening Happening, failures int) (Outcome, error)
	// Send is [sink]: one part of an answer, within the manifest's limit of text. Repeated only after [Busy]. An error says
	// that nothing was sent; if a part was, return a [Receipt] with a Problem.
	Send func(Outgoing) (Receipt, error)
	// Edit replaces the text of a message of the channel's own, and takes its buttons away. Without it: rejected.
	Edit func(place Place, message, text string, format Format) ([]Effect, error)
	// React puts an emoji to a message. Without it: rejected.
	React func(place Place, message, emoji string) ([]Effect, error)
	// Typing shows that an answer is being written; called again for as long as it is. Without it nothing happens.
	Typing func(Place) ([]Effect, error)
	// Direct is the id of the direct conversation with this account, opened if need be. Without it: rejected.
	Direct func(sender string) (string, error)
	// AnswerPress tells the one who pressed a button what came of it; handle is the press's own. Without it nothing happens.
	AnswerPress func(handle, text string) ([]Effect, error)
	// Fetch is [media]: writes the bytes of the attachment of this handle to the path into, which is under /inbox.
	Fetch func(handle, into string) error
	// Tool is [[tool]]: calls the tool of this name. arguments is JSON that fits the manifest's schema: the host has checked
	// it. Never repeated by the host, whatever comes of it.
	Tool func(name, arguments string) (ToolAnswer, error)
}

var exported Channel

// Export makes this the program's channel. Call it from init: main is never run in a component.
func (c Channel) Export() { exported = c.whole() }

// Exported is the program's channel, with all that it may lack; what hands the host's calls over asks for it.
func Exported() Channel { return exported }

// whole puts something in for every function that is not there.
func (c Channel) whole() Channel {
	if c.Edit == nil {
		c.Edit = func(Place, string, string, Format) ([]Effect, error) {
			return nil, Rejected("this channel can't change what was sent")
		}
	}
	if c.React == nil {
		c.React = func(Place, string, string) ([]Effect, error) {
			return nil, Rejected("this channel can't react to messages")
		}
	}
	if c.Typing == nil {
		c.Typing = func(Place) ([]Effect, error) { return nil, nil }
	}
	if c.Direct == nil {
		c.Direct = func(string) (string, error) {
			return "", Rejected("this channel has no direct conversations")
		}
	}
	if c.AnswerPress == nil {
		c.AnswerPress = func(string, string) ([]Effect, error) { return nil, nil }
	}
	return c
}
