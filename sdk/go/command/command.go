// Package command runs programs that the manifest asks for and the operator has named, with a pattern for each argument
// that a channel may give: [asks.commands.notify]. No shell; what a program gets is these arguments, this input, and an
// empty environment.
package command

import "lockgate"

// Failures of [Run]: as errors of a call the host sees the first as rejected, the second as unavailable. One that can't be
// started is rejected with the system's words.
var (
	// ErrNotGranted: the operator has not granted this program, or an argument does not fit his pattern.
	ErrNotGranted = lockgate.Rejected("the operator has not granted this program")
	// ErrTimedOut: it was not done in time.
	ErrTimedOut = lockgate.Unavailable("the program was not done in time")
)

// Output is what a program left. Each text is cut at 1 MiB; the last line of Stderr says so then.
type Output struct {
	Status         int
	Stdout, Stderr []byte
}

// Host runs programs: lockgate in a component, locktest in tests.
type Host func(name string, arguments []string, input []byte) (Output, error)

var host Host

// Use replaces the host. Only tests have a reason to: locktest calls it.
func Use(h Host) { host = h }

// Run runs a program to its end. name is the manifest's.
func Run(name string, arguments []string, input []byte) (Output, error) {
	return host(name, arguments, input)
}
