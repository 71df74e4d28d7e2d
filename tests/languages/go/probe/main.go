// Does what the body of its hook says.
package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"lockgate"
	"lockgate/command"
	"lockgate/database"
	"lockgate/store"
	"lockgate/web"
)

var channel = lockgate.Channel{Hook: receive, Send: send, Edit: edit}

func init() { channel.Export() }
func main() {}

func receive(request lockgate.Request) (lockgate.Answer, error) {
	word, rest, _ := strings.Cut(request.Text(), " ")
	switch word {
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
	case "query":
		return queried(rest)
	case "run":
		return ran(rest)
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

const sql = "SELECT name, count, price, picture, note FROM stock WHERE name = ?1 AND count > ?2 AND price > ?3"

func queried(rest string) (lockgate.Answer, error) {
	name, text, _ := strings.Cut(rest, " ")
	rows, err := database.Query(name, sql, text, 0, 0.5)
	if err != nil {
		return lockgate.Answer{}, err
	}
	if len(rows) == 0 {
		return service("nothing")
	}
	row := rows[0]
	note, there := row[4].(string)
	if !there {
		note = "null"
	}
	return service(fmt.Sprintf("%s %d %.0f %d %s", row[0], row[1], row[2].(float64)*2, len(row[3].([]byte)), note))
}

func ran(rest string) (lockgate.Answer, error) {
	name, text, _ := strings.Cut(rest, " ")
	output, err := command.Run(name, []string{text}, []byte("in"))
	if err != nil {
		return lockgate.Answer{}, err
	}
	return service(fmt.Sprintf("%d %s%s", output.Status, output.Stdout, output.Stderr))
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
