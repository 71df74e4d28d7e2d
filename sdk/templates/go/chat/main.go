// A chat: what people write there comes in, and what the session answers goes out.
package main

import (
	"fmt"
	"time"

	"lockgate"
	"lockgate/json"
	"lockgate/store"
	"lockgate/web"
)

const (
	// chat is the platform. The host puts the credential in.
	chat = "https://chat.example.org"
	// again is the time until the next look.
	again = 2 * time.Second
	// most are the messages of one look; the host takes at most 100.
	most = 50
	// after is the key under which the number of the last message is kept.
	after = "after"
)

var channel = lockgate.Channel{Poll: poll, Send: send, Direct: direct, Fetch: fetch}

func init() { channel.Export() }
func main() {}

func poll(failures int) (lockgate.Batch, error) {
	last := store.GetInt(after)
	response, err := web.Get(fmt.Sprintf("%s/updates?after=%d", chat, last)).OK()
	if err != nil {
		return lockgate.Batch{}, err
	}
	batch := lockgate.Batch{AgainAfter: again}
	var updates []json.RawMessage
	if err := response.JSON(&updates); err != nil {
		if failures < 3 {
			return lockgate.Batch{}, err
		}
		batch.Outcome = batch.Outcome.Event(lockgate.Skipped("an answer that is no list"))
		return batch, nil
	}
	// After a failure one at a time, so that what can't be read keeps back nothing but itself.
	left := most
	if failures > 0 {
		left = 1
	}
	if len(updates) > left {
		updates, batch.AgainAfter = updates[:left], 0
	}
	for _, raw := range updates {
		// The cursor moves with what is committed, never ahead of it.
		last = max(last, number(raw))
		inbound, err := readable(raw, failures)
		if err != nil {
			return lockgate.Batch{}, err
		}
		batch.Outcome = batch.Outcome.Event(inbound)
	}
	return batch, store.SetInt(after, last)
}

// readable is a message, or after three failures what it is stepped over for.
func readable(raw json.RawMessage, failures int) (lockgate.Inbound, error) {
	found, err := message(raw)
	if err != nil && failures >= 3 {
		return lockgate.Skipped("a message that can't be read: " + err.Error()), nil
	}
	return found, err
}

// number is an update's, or 0.
func number(raw json.RawMessage) int64 {
	var found struct{ ID int64 }
	_ = json.Unmarshal(raw, &found)
	return found.ID
}

// update is a message as the platform gives it.
type update struct {
	ID   id
	User string
	Name string
	Room string
	Text string
}

// message is what an update says. A room that is called like its writer is the direct conversation with him.
func message(raw []byte) (lockgate.Message, error) {
	var found update
	err := json.Unmarshal(raw, &found)
	if err == nil && (found.ID == "" || found.User == "" || found.Room == "") {
		err = lockgate.Malformed("a message without id, user or room")
	}
	if err != nil {
		return lockgate.Message{}, err
	}
	sender := lockgate.Sender{ID: found.User, Name: found.Name}
	conversation := lockgate.Conversation{ID: found.Room, Direct: found.Room == found.User}
	return lockgate.Person(sender, conversation, found.Text).WithID(string(found.ID)), nil
}

func send(outgoing lockgate.Outgoing) (lockgate.Receipt, error) {
	said := map[string]string{"room": outgoing.Place.Conversation, "text": outgoing.Text}
	request, err := web.PostJSON(chat+"/send", said)
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
	if json.Unmarshal(raw, &number) == nil {
		*i = id(number)
		return nil
	}
	return json.Unmarshal(raw, (*string)(i))
}
