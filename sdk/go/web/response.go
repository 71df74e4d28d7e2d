package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"lockgate"
	"lockgate/json"
)

const (
	// wait is for whoever answers 429 and does not say how long.
	wait = time.Second
	// longest is the most that the contract can say.
	longest = math.MaxUint32 * time.Millisecond
	// shown are the characters of an answer's body that a trouble repeats.
	shown = 200
)

// Text is the body as text; what is no UTF-8 becomes U+FFFD.
func (r Response) Text() string { return strings.ToValidUTF8(string(r.Body), "\ufffd") }

// Header is the first header of this name, whatever its case, or empty.
func (r Response) Header(name string) string { return lockgate.First(r.Headers, name) }

// JSON reads the body into what the pointer points to; what can't be read so is malformed.
func (r Response) JSON(into any) error {
	if err := json.Unmarshal(r.Body, into); err != nil {
		return fmt.Errorf("the answer: %w", err)
	}
	return nil
}

// RetryAfter is how long the platform asks to wait, by a retry-after in seconds.
func (r Response) RetryAfter() (time.Duration, bool) {
	seconds, err := strconv.ParseFloat(strings.TrimSpace(r.Header("retry-after")), 64)
	if err != nil || !(seconds >= 0) {
		return 0, false
	}
	if seconds >= longest.Seconds() {
		return longest, true
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// Trouble is nil if the status is 2xx, or else what the status tells of: 401 is unauthorized, 409 a conflict, 429 busy for
// as long as it says, 408 and 5xx unavailable, and all else is rejected, with the beginning of the body as the reason.
func (r Response) Trouble() error {
	switch {
	case r.Status >= 200 && r.Status < 300:
		return nil
	case r.Status == 401:
		return lockgate.Unauthorized(r.why())
	case r.Status == 409:
		return lockgate.Conflict(r.why())
	case r.Status == 429:
		after, said := r.RetryAfter()
		if !said {
			after = wait
		}
		return lockgate.Busy(after)
	case r.Status == 408 || r.Status >= 500:
		return lockgate.Unavailable(r.why())
	default:
		return lockgate.Rejected(r.why())
	}
}

func (r Response) why() string {
	text := []rune(r.Text())
	said := strings.TrimSpace(string(text[:min(len(text), shown)]))
	if said == "" {
		return fmt.Sprintf("the answer was %d", r.Status)
	}
	return fmt.Sprintf("the answer was %d: %s", r.Status, said)
}
