// News from a feed: each item that was not there before becomes an event.
package main

import (
	"time"

	"lockgate"
	"lockgate/json"
	"lockgate/store"
	"lockgate/web"
)

const (
	// feed is where the news are: a JSON list of items.
	feed = "https://feeds.example.org/news.json"
	// again is the time until the next look.
	again = time.Minute
	// most are the items of one look; the host takes at most 100.
	most = 50
	// remembered are the items that are known again of those that are no longer in the list.
	remembered = 500
	// seen is the key under which they are kept.
	seen = "seen"
	// longest are the characters of what an item is remembered by.
	longest = 200
)

var channel = lockgate.Channel{Poll: poll}

func init() { channel.Export() }
func main() {}

// item is one of the news.
type item struct {
	ID          id
	Title, Link string
}

func poll(failures int) (lockgate.Batch, error) {
	items, err := items()
	if err != nil {
		return lockgate.Batch{}, platforms(err)
	}
	var known []string
	if _, err := store.GetJSON(seen, &known); err != nil {
		return lockgate.Batch{}, err
	}
	fresh := unknown(items, known)
	batch := lockgate.Batch{AgainAfter: again}
	// After a failure one thing at a time, and in the end past the one that fails.
	left := most
	if failures > 0 {
		left = 1
	}
	if len(fresh) > left {
		fresh, batch.AgainAfter = fresh[:left], 0
	}
	for _, raw := range fresh {
		batch.Outcome = batch.Outcome.Event(told(raw, failures))
		known = append(known, key(raw))
	}
	return batch, store.SetJSON(seen, kept(known, items))
}

// kept is what stays known: whatever stands in the list, in whichever order it was told, and the last of what does not.
func kept(known []string, items []json.RawMessage) []string {
	listed := map[string]bool{}
	for _, raw := range items {
		listed[key(raw)] = true
	}
	var stay, gone []string
	for _, key := range known {
		if listed[key] {
			stay = append(stay, key)
		} else {
			gone = append(gone, key)
		}
	}
	return append(gone[max(0, len(gone)-remembered):], stay...)
}

// items is the feed as it is now.
func items() (items []json.RawMessage, err error) {
	response, err := web.Get(feed).OK()
	if err != nil {
		return nil, err
	}
	if err := response.JSON(&items); err != nil || items == nil {
		return nil, lockgate.Malformed("the feed is no list")
	}
	return items, nil
}

// platforms is what the platform alone does wrong as a trouble of its own: malformed or rejected would count as a failure,
// and an item would pay for it.
func platforms(err error) error {
	if trouble := lockgate.TroubleOf(err); trouble.Kind == lockgate.KindMalformed || trouble.Kind == lockgate.KindRejected {
		return lockgate.Unavailable(trouble.Why)
	}
	return err
}

// unknown are the items that were not told yet, each once.
func unknown(items []json.RawMessage, known []string) []json.RawMessage {
	before := map[string]bool{}
	for _, key := range known {
		before[key] = true
	}
	var fresh []json.RawMessage
	for _, raw := range items {
		if key := key(raw); !before[key] {
			before[key] = true
			fresh = append(fresh, raw)
		}
	}
	return fresh
}

// told is what an item says. One that can't be read, or fails again and again, keeps back nothing but itself.
func told(raw json.RawMessage, failures int) lockgate.Inbound {
	var found item
	err := json.Unmarshal(raw, &found)
	switch {
	case failures >= 3:
		return lockgate.Skipped("an item that failed three times: " + key(raw))
	case err != nil:
		return lockgate.Skipped("an item that can't be read: " + err.Error())
	case found.ID == "" || found.Title == "":
		return lockgate.Skipped("an item without id or title")
	default:
		return lockgate.Service("{{name}}", found.Title+"\n"+found.Link).WithID(string(found.ID))
	}
}

// key is by what an item is known again, whether or not it can be read: of a long id the beginning and the end.
func key(raw json.RawMessage) string {
	var found struct{ ID id }
	whole := []rune("no id: " + string(raw))
	if json.Unmarshal(raw, &found) == nil && found.ID != "" {
		whole = []rune(string(found.ID))
	}
	if len(whole) <= longest {
		return string(whole)
	}
	return string(whole[:longest/2]) + string(whole[len(whole)-longest/2:])
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
