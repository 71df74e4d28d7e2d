// Does what the body of its hook says.
package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"lockgate"
	"lockgate/store"
	"lockgate/web"
)

var channel = lockgate.Channel{Hook: receive, Send: send, Edit: edit}

func init() { channel.Export() }
func main() {}

func receive(request lockgate.Request) (lockgate.Answer, error) {
	command, rest, _ := strings.Cut(request.Text(), " ")
	switch command {
	case "event":
		return service(rest)
	case "store":
		count := store.GetInt("count") + 1
		if err := store.SetInt("count", count); err != nil {
			return lockgate.Answer{}, err
		}
		return service(fmt.Sprint(count))
	case "fetch":
		return service(fetched(rest))
	case "trap":
		panic("as asked")
	case "meta":
		ann := lockgate.Sender{ID: "7", Name: "Ann"}
		room := lockgate.Conversation{ID: "room", Direct: true}
		return lockgate.OK().Event(lockgate.Person(ann, room, "meta").WithMeta("k", "v")), nil
	default:
		return lockgate.Answer{}, lockgate.Rejected("as asked")
	}
}

func service(text string) (lockgate.Answer, error) {
	return lockgate.OK().Event(lockgate.Service("probe", text)), nil
}

func fetched(url string) string {
	answer, err := web.Get(url).Do()
	var failure *web.Failure
	switch {
	case err == nil:
		return fmt.Sprintf("%d %s", answer.Status, answer.Text())
	case errors.As(err, &failure) && failure.Reason == web.Refused:
		return "refused: " + err.Error()
	default:
		return "unreachable: " + err.Error()
	}
}

func send(outgoing lockgate.Outgoing) (lockgate.Receipt, error) {
	answer, err := web.Post("https://probe.example.org/said", "text/plain", []byte(outgoing.Text)).Do()
	if err != nil {
		return lockgate.Receipt{}, err
	}
	if answer.Status == 429 {
		return lockgate.Receipt{}, lockgate.Busy(time.Second)
	}
	if err := answer.Trouble(); err != nil {
		return lockgate.Receipt{}, err
	}
	return lockgate.Sent(answer.Text()), nil
}

func edit(lockgate.Place, string, string, lockgate.Format) ([]lockgate.Effect, error) {
	return nil, lockgate.Rejected("no")
}
