// News from a feed: each item that was not there before becomes an event.
package main

import (
	"slices"
	"strings"
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
	// remembered are the items that are known again, the newest ones.
	remembered = 500
	// seen is the key under which they are kept.
	seen = "seen"
)

var channel = lockgate.Channel{Poll: poll}

func init() { channel.Export() }
func main() {}

// item is one of the news.
type item struct{ ID, Title, Link string }

func poll(failures int) (lockgate.Batch, error) {
	response, err := web.Get(feed).OK()
	if err != nil {
		return lockgate.Batch{}, err
	}
	var items []json.RawMessage
	if err := response.JSON(&items); err != nil {
		if failures < 3 {
			return lockgate.Batch{}, err
		}
		// Again and again no list at all: that is what is stepped over.
		skipped := lockgate.Outcome{}.Event(lockgate.Skipped("the feed is no list of items"))
		return lockgate.Batch{Outcome: skipped, AgainAfter: again}, nil
	}
	return news(items, failures)
}

// news makes events of what was not there before, and remembers it.
func news(items []json.RawMessage, failures int) (lockgate.Batch, error) {
	var known []string
	if _, err := store.GetJSON(seen, &known); err != nil {
		return lockgate.Batch{}, err
	}
	// After a failure one at a time, so that what can't be read keeps back nothing but itself.
	left := most
	if failures > 0 {
		left = 1
	}
	batch := lockgate.Batch{AgainAfter: again}
	for _, raw := range items {
		id := key(raw)
		if slices.Contains(known, id) {
			continue
		}
		if left == 0 {
			batch.AgainAfter = 0
			break
		}
		left--
		inbound, err := message(raw, failures)
		if err != nil {
			return lockgate.Batch{}, err
		}
		batch.Outcome = batch.Outcome.Event(inbound)
		known = append(known, id)
	}
	known = known[max(0, len(known)-remembered):]
	return batch, store.SetJSON(seen, known)
}

// message is what an item says; one that can't be read is stepped over after three failures.
func message(raw json.RawMessage, failures int) (lockgate.Inbound, error) {
	var found item
	err := json.Unmarshal(raw, &found)
	if err == nil && (found.ID == "" || found.Title == "") {
		err = lockgate.Malformed("an item without id or title")
	}
	switch {
	case err == nil:
		return lockgate.Service("{{name}}", found.Title+"\n"+found.Link).WithID(found.ID), nil
	case failures < 3:
		return nil, err
	default:
		return lockgate.Skipped("an item that can't be read: " + err.Error()), nil
	}
}

// key is by what an item is known again, whether or not it can be read.
func key(raw json.RawMessage) string {
	var found struct{ ID string }
	if json.Unmarshal(raw, &found) == nil && found.ID != "" {
		return cut(found.ID)
	}
	return cut(string(raw))
}

// cut ends no text within a character: as JSON in the store it would become another, and never be known again.
func cut(text string) string { return strings.ToValidUTF8(text[:min(len(text), 200)], "") }
