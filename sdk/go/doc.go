// Package lockgate is what a channel in Go is written with. A channel is a [Channel]: a function for each thing that the
// host may ask of it, exported by the program's init. This is a whole one, which makes an event of everything that is
// posted to it:
//
//	package main
//
//	import "lockgate"
//
//	var channel = lockgate.Channel{Hook: func(r lockgate.Request) (lockgate.Answer, error) {
//		return lockgate.OK().Event(lockgate.Service("hello", r.Text())), nil
//	}}
//
//	func init() { channel.Export() }
//	func main() {}
//
// Every call runs in a fresh instance: nothing stays in memory, and what has to last goes to lockgate/store. A call is a
// transaction: what it returns and what it wrote to the store is committed together, or, after an error or a panic, not
// at all. Goroutines run only while a call is active, so a call waits for those that it starts.
//
// Outside a component, in go test, the package lockgate/locktest stands in for the host.
package lockgate
