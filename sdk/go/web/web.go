// Package web is HTTP outward. The host sends a request if exactly one rule of the manifest covers it and the operator has
// granted that rule's host, puts the credential in, which the channel never sees, and follows no redirect. Where a rule has
// a credential in its path, the placeholder stands in the URL literally:
//
//	answer, err := web.Get("https://api.example.org/bot{bot_token}/getMe").Do()
//
// For libraries that want an http.Client there is lockgate/nethttp.
package web

import (
	"net/url"
	"strings"
	"time"

	"lockgate"
	"lockgate/json"
)

// Request is one to send.
type Request struct {
	Method  string
	URL     string
	Headers []lockgate.Header
	// Body is sent whole. At most one of Body, File and Form is set.
	Body []byte
	// File is a path under /inbox, /outbox or /data, of at most 50 MiB, which the host streams; it is never in the channel's
	// memory.
	File string
	// Form is sent as multipart/form-data: at most 64 parts and 16 files. The host writes the boundary and the header.
	Form []Part
	// Timeout bounds the whole exchange, in whole milliseconds; 0 is the grant's own limit, which holds if it is smaller.
	Timeout time.Duration
	// Into is a path under /inbox, where nothing may be yet: a 2xx answer's body is written there instead of returned.
	Into string
}

// Part is one of a form: Bytes, or the file that File names.
type Part struct {
	Name string
	// Filename and Mime are sent if they are not empty.
	Filename, Mime string
	Bytes          []byte
	// File is a path under /inbox, /outbox or /data, which the host streams.
	File string
}

// Response is what came back.
type Response struct {
	Status  int
	Headers []lockgate.Header
	// Body is at most 4 MiB; empty if it was written to Into.
	Body []byte
}

// Reason is why there is no answer.
type Reason uint8

const (
	// Refused: the grant does not cover it; the text names the rule that is missing.
	Refused Reason = iota
	// Unreachable: resolving, connecting or TLS failed, or time ran out.
	Unreachable
	// TooLarge: the answer is larger than the bound.
	TooLarge
)

// Failure is the error of a request without an answer. As the error of a call the host sees it as rejected, unavailable
// or malformed.
type Failure struct {
	Reason Reason
	Text   string
}

// Error is the host's text.
func (f *Failure) Error() string {
	if f.Reason == TooLarge {
		return "the answer is larger than the host takes"
	}
	return f.Text
}

// Unwrap is the trouble that it makes of a call.
func (f *Failure) Unwrap() error {
	switch f.Reason {
	case Refused:
		return lockgate.Rejected(f.Text)
	case Unreachable:
		return lockgate.Unavailable(f.Text)
	default:
		return lockgate.Malformed(f.Error())
	}
}

// Host sends requests: lockgate in a component, locktest in tests.
type Host func(Request) (Response, error)

var host Host

// Use replaces the host. Only tests have a reason to: locktest calls it.
func Use(h Host) { host = h }

// Get is a GET.
func Get(url string) Request { return Request{Method: "GET", URL: url} }

// Post is a POST with this body.
func Post(url, contentType string, body []byte) Request {
	return Request{Method: "POST", URL: url, Body: body}.WithHeader("content-type", contentType)
}

// PostJSON is a POST with this value as JSON; one that has no form in JSON is malformed.
func PostJSON(url string, value any) (Request, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return Request{}, err
	}
	return Post(url, "application/json", body), nil
}

// WithHeader is the same request with one header more. The host refuses those that are its own: host, content-length, and
// whatever carries a credential.
func (r Request) WithHeader(name, value string) Request {
	r.Headers = append(r.Headers[:len(r.Headers):len(r.Headers)], lockgate.Header{Name: name, Value: value})
	return r
}

// WithQuery is the same request with one parameter more in its query, encoded.
func (r Request) WithQuery(name, value string) Request {
	mark := "?"
	if strings.Contains(r.URL, "?") {
		mark = "&"
	}
	r.URL += mark + url.QueryEscape(name) + "=" + url.QueryEscape(value)
	return r
}

// Do sends it, and waits for the answer, whatever its status. The error is a [*Failure].
func (r Request) Do() (Response, error) { return host(r) }

// OK sends it, and gives back the answer if its status is 2xx, or the trouble that the status tells of: see
// [Response.Trouble].
func (r Request) OK() (Response, error) {
	response, err := r.Do()
	if err != nil {
		return Response{}, err
	}
	return response, response.Trouble()
}

// JSON sends it, and reads the body of a 2xx answer into what the pointer points to.
func (r Request) JSON(into any) error {
	response, err := r.OK()
	if err != nil {
		return err
	}
	return response.JSON(into)
}
