package lockgate_test

import (
	"fmt"
	"testing"
	"time"

	"lockgate"
	"lockgate/command"
	"lockgate/database"
	"lockgate/locktest"
	"lockgate/store"
	"lockgate/web"
)

// What the README shows, as a channel: a tool that prints an order.
func printOrder(name, arguments string) (lockgate.ToolAnswer, error) {
	rows, err := database.Query("shop", "SELECT id, total FROM orders WHERE id > ?1 LIMIT 100", store.GetInt("last"))
	if err != nil {
		return lockgate.ToolAnswer{}, err
	}
	output, err := command.Run("print", []string{fmt.Sprint(rows[0][0])}, nil)
	if err != nil || output.Status != 0 {
		return lockgate.ToolAnswer{}, lockgate.Rejected("the printer is out of paper")
	}
	upload := web.Request{
		Method: "POST", URL: "https://api.example.org/upload", Timeout: 20 * time.Second,
		Form: []web.Part{{Name: "chat", Bytes: []byte("7")}, {Name: "file", Filename: "a.png", File: "/outbox/a.png"}},
	}
	if _, err := upload.OK(); err != nil {
		return lockgate.ToolAnswer{}, err
	}
	currency, _ := lockgate.Setting("currency")
	lockgate.Log(lockgate.Warn, "%v %s", rows[0][1], currency)
	return lockgate.ToolAnswer{Text: "printed", Effects: []lockgate.Effect{
		lockgate.Wake{Name: "beat", After: 30 * time.Second},
		lockgate.Connect{Name: "main", URL: "wss://gateway.example.org/socket"},
		lockgate.SendFrame{Connection: "main", Frame: lockgate.Frame{Text: `{"op":"ping"}`}},
		lockgate.Disconnect("old"),
		lockgate.Publish{Topic: "events", Text: "{}"},
	}}, store.SetInt("last", rows[0][0].(int64))
}

func TestAToolReachesWhatItWasGranted(t *testing.T) {
	house := locktest.New(t)
	channel := lockgate.Channel{Tool: printOrder}
	house.Setting("currency", "EUR")
	house.Database(func(name, sql string, parameters []database.Value) ([][]database.Value, error) {
		return [][]database.Value{{parameters[0].(int64) + 17, 2.5}}, nil
	})
	house.Command(func(name string, arguments []string, input []byte) (command.Output, error) {
		return command.Output{Stdout: []byte(arguments[0])}, nil
	})
	if _, err := house.Tool(channel, "print", "{}"); lockgate.TroubleOf(err).Kind != lockgate.KindRejected {
		t.Fatal("no rule covers the upload", err)
	}
	if house.Store("last") != "" || len(house.Effects()) != 0 {
		t.Error("something of a call that failed was kept")
	}
	house.Web(func(web.Request) (web.Response, error) { return web.Response{Status: 201}, nil })
	answer, err := house.Tool(channel, "print", "{}")
	if err != nil || answer.Text != "printed" || len(house.Effects()) != 5 || house.Store("last") != "17" {
		t.Error(answer, err)
	}
	if log := house.Log(); len(log) != 1 || log[0] != "warn: 2.5 EUR" {
		t.Error(log)
	}
	if sent := house.Requests(); len(sent) != 2 || sent[1].Form[1].File != "/outbox/a.png" {
		t.Error(sent)
	}
}
