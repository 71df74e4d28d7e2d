// A chat over a websocket: what people write comes in as it is written, and what the session answers goes out over HTTP.
package main

import (
	"time"

	"lockgate"
	"lockgate/json"
	"lockgate/web"
)

const (
	// gateway is where the platform's websocket is.
	gateway = "wss://gateway.example.org/socket"
	// answers is where they go.
	answers = "https://gateway.example.org/send"
	// mainly is the channel's own name for its one connection.
	mainly = "main"
	// beat is the wake that keeps the connection alive, every is its time.
	beat  = "beat"
	every = 30 * time.Second
)

var channel = lockgate.Channel{
	Start: start, Timer: fire, Socket: receive,
	Send: send, Direct: direct, Fetch: fetch,
}

func init() { channel.Export() }
func main() {}

func start() (lockgate.Outcome, error) {
	return lockgate.Outcome{}.Effect(connect(), lockgate.Wake{Name: beat, After: every}), nil
}

func fire(name string, failures int) (lockgate.Outcome, error) {
	return lockgate.Outcome{}.Effect(frame(`{"op":"ping"}`), lockgate.Wake{Name: name, After: every}), nil
}

func receive(connection string, happening lockgate.Happening, failures int) (lockgate.Outcome, error) {
	switch happening := happening.(type) {
	case lockgate.Opened:
		// The host puts the token into this frame, as channel.toml says: the code never sees it.
		return lockgate.Outcome{}.Effect(frame(`{"op":"hello"}`)), nil
	case lockgate.Received:
		if happening.Frame.Binary != nil {
			return lockgate.Outcome{}.Event(lockgate.Skipped("a binary frame")), nil
		}
		return received([]byte(happening.Frame.Text)), nil
	default:
		// The host waits longer each time.
		return lockgate.Outcome{}.Effect(connect()), nil
	}
}

// received says at once what can't be read: as a failure it would be given again, and all that follows would wait for it.
func received(raw []byte) lockgate.Outcome {
	var frame any
	if json.Unmarshal(raw, &frame) != nil {
		return lockgate.Outcome{}.Event(lockgate.Skipped("a frame that is no JSON"))
	}
	if members, _ := frame.(map[string]any); members["op"] != "message" {
		return lockgate.Outcome{}
	}
	found, err := message(raw)
	if err != nil {
		return lockgate.Outcome{}.Event(lockgate.Skipped("a message that can't be read: " + err.Error()))
	}
	return lockgate.Outcome{}.Event(found)
}

func connect() lockgate.Effect { return lockgate.Connect{Name: mainly, URL: gateway} }

func frame(text string) lockgate.Effect {
	return lockgate.SendFrame{Connection: mainly, Frame: lockgate.Frame{Text: text}}
}

// update is a message as the platform gives it.
type update struct {
	ID, User, Room id
	Name           any
	Text           *string
}

// message is what an update says. A room that is called like its writer is the direct conversation with him.
func message(raw []byte) (lockgate.Message, error) {
	var found update
	err := json.Unmarshal(raw, &found)
	if err == nil && (found.ID == "" || found.User == "" || found.Room == "" || found.Text == nil) {
		err = lockgate.Malformed("a message without id, user, room or text")
	}
	if err != nil {
		return lockgate.Message{}, err
	}
	name, _ := found.Name.(string)
	sender := lockgate.Sender{ID: string(found.User), Name: name}
	conversation := lockgate.Conversation{ID: string(found.Room), Direct: found.Room == found.User}
	return lockgate.Person(sender, conversation, *found.Text).WithID(string(found.ID)), nil
}

func send(outgoing lockgate.Outgoing) (lockgate.Receipt, error) {
	said := map[string]string{"room": outgoing.Place.Conversation, "text": outgoing.Text}
	request, err := web.PostJSON(answers, said)
	if err != nil {
		return lockgate.Receipt{}, err
	}
	response, err := request.OK()
	if err != nil {
		return lockgate.Receipt{}, err
	}
	var sent struct{ ID id }
	if response.JSON(&sent) != nil || sent.ID == "" {
		// It was sent, whatever the answer looks like: an error would say that nothing was.
		return lockgate.Sent(), nil
	}
	return lockgate.Sent(string(sent.ID)), nil
}

func direct(sender string) (string, error) { return sender, nil }

func fetch(handle, into string) error {
	return lockgate.Rejected("this platform has no attachments")
}

// id is one of the platform's, which may be a text or a number.
type id string

// UnmarshalJSON reads either.
func (i *id) UnmarshalJSON(raw []byte) error {
	var number json.Number
	if raw[0] != '"' && json.Unmarshal(raw, &number) == nil {
		*i = id(number)
		return nil
	}
	return json.Unmarshal(raw, (*string)(i))
}
