// A chat: what people write there comes in, and what the session answers goes out.
package main

import (
	"cmp"
	"fmt"
	"slices"
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
	updates, err := updates(last)
	if err != nil {
		return lockgate.Batch{}, platforms(err)
	}
	fresh, odd := inOrder(updates, last)
	batch := lockgate.Batch{AgainAfter: again}
	// After a failure one thing at a time, and in the end past the one that fails.
	left := most
	if failures > 0 {
		left = 1
	}
	if len(fresh) > left {
		fresh, batch.AgainAfter = fresh[:left], 0
	}
	for _, one := range fresh {
		last = one.id
		batch.Outcome = batch.Outcome.Event(told(one, failures))
	}
	if odd > 0 {
		skipped := fmt.Sprintf("messages without a number for an id: %d", odd)
		batch.Outcome = batch.Outcome.Event(lockgate.Skipped(skipped))
	}
	return batch, store.SetInt(after, last)
}

// updates is what came after this one.
func updates(last int64) (updates []json.RawMessage, err error) {
	response, err := web.Get(fmt.Sprintf("%s/updates?after=%d", chat, last)).OK()
	if err != nil {
		return nil, err
	}
	if err := response.JSON(&updates); err != nil || updates == nil {
		return nil, lockgate.Malformed("the updates are no list")
	}
	return updates, nil
}

// platforms is what the platform alone does wrong as a trouble of its own: malformed or rejected would count as a failure,
// and a message would pay for it.
func platforms(err error) error {
	if trouble := lockgate.TroubleOf(err); trouble.Kind == lockgate.KindMalformed || trouble.Kind == lockgate.KindRejected {
		return lockgate.Unavailable(trouble.Why)
	}
	return err
}

// numbered is an update whose number can be read, whatever else it has.
type numbered struct {
	id  int64
	raw json.RawMessage
}

// inOrder is what comes after the last one, and how many updates have no number. The cursor is the last number that was told,
// so they are told in order, whatever order they come in.
func inOrder(updates []json.RawMessage, last int64) (fresh []numbered, odd int) {
	for _, raw := range updates {
		var found struct{ ID *int64 }
		switch err := json.Unmarshal(raw, &found); {
		case err != nil || found.ID == nil:
			odd++
		case *found.ID > last:
			fresh = append(fresh, numbered{*found.ID, raw})
		}
	}
	slices.SortStableFunc(fresh, func(one, other numbered) int { return cmp.Compare(one.id, other.id) })
	return fresh, odd
}

// told is what an update says. One that can't be read, or fails again and again, keeps back nothing but itself.
func told(one numbered, failures int) lockgate.Inbound {
	found, err := message(one.raw)
	switch {
	case failures >= 3:
		return lockgate.Skipped(fmt.Sprintf("the message %d failed three times", one.id))
	case err != nil:
		return lockgate.Skipped(fmt.Sprintf("the message %d can't be read: %v", one.id, err))
	default:
		return found
	}
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
	if raw[0] != '"' && json.Unmarshal(raw, &number) == nil {
		*i = id(number)
		return nil
	}
	return json.Unmarshal(raw, (*string)(i))
}
