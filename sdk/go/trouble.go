package lockgate

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Kind says what the host makes of a [Trouble].
type Kind uint8

const (
	// KindBusy: the platform asks to wait.
	KindBusy Kind = iota
	// KindUnavailable: not reachable just now; the host tries again, later each time.
	KindUnavailable
	// KindUnauthorized: the credential is missing or wrong; the channel rests until it changes.
	KindUnauthorized
	// KindConflict: somebody else uses the same credential.
	KindConflict
	// KindRejected: it can't be done as asked; the model is told so, and a hook's caller gets 400.
	KindRejected
	// KindMalformed: the platform sent something that the channel can't read; a hook's caller gets 400.
	KindMalformed
)

// Trouble is an error that says why a call did not do its work: nothing of the call is kept then. An error that is
// none, and wraps none, is rejected with its own text. What is broken in the channel itself may panic: that is a trap.
type Trouble struct {
	Kind Kind
	// Why, in a sentence; of [KindBusy] nobody reads it.
	Why string
	// After is how long to wait, for [KindBusy]; up to 49 days, in whole milliseconds.
	After time.Duration
}

// Error is the reason.
func (t *Trouble) Error() string {
	if t.Kind == KindBusy {
		return fmt.Sprintf("busy for %v", t.After)
	}
	return t.Why
}

// Busy says that the platform asks to wait this long.
func Busy(after time.Duration) error { return &Trouble{Kind: KindBusy, After: after} }

// Unavailable says that the platform is not reachable just now: the host tries again, later each time.
func Unavailable(why string) error { return &Trouble{Kind: KindUnavailable, Why: why} }

// Unauthorized says that the credential is missing or wrong: the channel rests until it changes.
func Unauthorized(why string) error { return &Trouble{Kind: KindUnauthorized, Why: why} }

// Conflict says that somebody else uses the same credential.
func Conflict(why string) error { return &Trouble{Kind: KindConflict, Why: why} }

// Rejected says that it can't be done as asked: the model is told so, and a hook's caller gets 400.
func Rejected(why string) error { return &Trouble{Kind: KindRejected, Why: why} }

// Malformed says that the platform sent something that the channel can't read; a hook's caller gets 400.
func Malformed(why string) error { return &Trouble{Kind: KindMalformed, Why: why} }

// TroubleOf is what the host is told of an error: the kind of the [Trouble] that it is or wraps, with the whole
// error's text; any other error is rejected.
func TroubleOf(err error) *Trouble {
	told := &Trouble{Kind: KindRejected, Why: err.Error()}
	var inner *Trouble
	if errors.As(err, &inner) {
		told.Kind, told.After = inner.Kind, inner.After
	}
	return told
}

// Millis is a duration as the contract counts it: whole milliseconds, rounded up so that a short wait is none too
// short; at least 0, at most 2^32-1.
func Millis(d time.Duration) uint32 {
	if d <= 0 {
		return 0
	}
	millis := (d-1)/time.Millisecond + 1
	return uint32(min(millis, math.MaxUint32))
}
