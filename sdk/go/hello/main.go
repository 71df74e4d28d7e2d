// The smallest channel: what is posted to it becomes an event, and it counts.
package main

import (
	"fmt"

	"lockgate"
	"lockgate/store"
)

var channel = lockgate.Channel{Hook: func(r lockgate.Request) (lockgate.Answer, error) {
	count := store.GetInt("count") + 1
	if err := store.SetInt("count", count); err != nil {
		return lockgate.Answer{}, err
	}
	return lockgate.OK().Event(lockgate.Service("hello", r.Text()).WithMeta("count", fmt.Sprint(count))), nil
}}

func init() { channel.Export() }
func main() {}
