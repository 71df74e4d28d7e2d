// What is posted to it becomes an event, and it counts.
package main

import (
	"strconv"

	"lockgate"
	"lockgate/store"
)

var channel = lockgate.Channel{Hook: receive}

func init() { channel.Export() }
func main() {}

func receive(request lockgate.Request) (lockgate.Answer, error) {
	count := store.GetInt("count") + 1
	if err := store.SetInt("count", count); err != nil {
		return lockgate.Answer{}, err
	}
	message := lockgate.Service("{{name}}", request.Text())
	return lockgate.OK().Event(message.WithMeta("count", strconv.FormatInt(count, 10))), nil
}
