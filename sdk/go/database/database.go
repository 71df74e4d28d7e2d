// Package database asks SQLite databases, read-only, that the manifest asks for and the operator has named:
// [asks.databases.messages]. One SELECT at a time, with bounds on rows, bytes, memory and time; what another program has
// just written is seen.
package database

import "lockgate"

// Value is nil, an int64, a float64, a string or a []byte. As a parameter an int is one, too.
type Value = any

// Failures of [Query]: as errors of a call the host sees the first and the last as rejected. Wrong SQL is rejected with
// SQLite's words, an unreadable database is unavailable.
var (
	// ErrNotGranted: the operator has not granted this database.
	ErrNotGranted = lockgate.Rejected("the operator has not granted this database")
	// ErrTooManyRows: over the host's bounds.
	ErrTooManyRows = lockgate.Rejected("the query has too many rows: add a LIMIT")
)

// Host has the databases: lockgate in a component, locktest in tests.
type Host func(name, sql string, parameters []Value) ([][]Value, error)

var host Host

// Use replaces the host. Only tests have a reason to: locktest calls it.
func Use(h Host) { host = h }

// Query is the rows of one statement, each with as many values as it has columns. name is the manifest's, never a path; the
// parameters stand for ?1, ?2 and so on, and one of another type than [Value] says is rejected.
func Query(name, sql string, parameters ...Value) ([][]Value, error) {
	return host(name, sql, parameters)
}
