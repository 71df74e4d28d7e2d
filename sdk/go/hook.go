package lockgate

import (
	"net/url"
	"slices"
	"strings"
)

// Request is a call over HTTP.
type Request struct {
	Method string
	// Path is the part after the channel's own prefix, as it was sent; begins with /.
	Path string
	// RawQuery is what stands behind the question mark, as it was sent.
	RawQuery string
	Headers  []Header
	// Body is empty if the host wrote it to BodyFile.
	Body []byte
	// BodyFile is a path under /inbox, for uploads over 1 MiB; otherwise empty.
	BodyFile string
	// Rule is the manifest's that this call fulfilled, or "page" for the channel's own page. A call that fulfils none never
	// gets here.
	Rule string
}

// Text is the body as text; what is no UTF-8 becomes U+FFFD.
func (r Request) Text() string { return strings.ToValidUTF8(string(r.Body), "\ufffd") }

// Header is the first header of this name, whatever its case, or empty.
func (r Request) Header(name string) string { return First(r.Headers, name) }

// FromPage: it comes from the channel's own page, and not from a caller that fulfilled a rule of the manifest.
func (r Request) FromPage() bool { return r.Rule == "page" }

// Query is what the query says; what is malformed in it is left out.
func (r Request) Query() url.Values {
	values, _ := url.ParseQuery(r.RawQuery)
	return values
}

// Segments are the parts of the path between its slashes, empty ones left out, as they were sent; url.PathUnescape reads
// them.
func (r Request) Segments() []string {
	return slices.DeleteFunc(strings.Split(r.Path, "/"), func(part string) bool { return part == "" })
}

// First is the value of the first header of this name, whatever its case, or empty.
func First(headers []Header, name string) string {
	for _, header := range headers {
		if strings.EqualFold(header.Name, name) {
			return header.Value
		}
	}
	return ""
}

// Answer is what a hook answers, and what the call changes. At most one of Body, File and Topic is set.
type Answer struct {
	Status  int
	Headers []Header
	Body    []byte
	// File is a path under /inbox, /outbox or /data, which the host streams.
	File string
	// Topic: the connection stays open as server-sent events, and the caller gets what is published to this topic from now
	// on. Only for the channel's own page.
	Topic   string
	Outcome Outcome
}

// OK is 200 with nothing in it.
func OK() Answer { return Status(200) }

// Status is any other status, with nothing in it.
func Status(status int) Answer { return Answer{Status: status} }

// Bytes is 200 with these bytes. To anything but the channel's own page the host sends a type of its own instead of this.
func Bytes(contentType string, body []byte) Answer {
	return Answer{Status: 200, Headers: []Header{{"content-type", contentType}}, Body: body}
}

// Text is 200 with plain text.
func Text(text string) Answer { return Bytes("text/plain; charset=utf-8", []byte(text)) }

// HTML is 200 with a document.
func HTML(document string) Answer { return Bytes("text/html; charset=utf-8", []byte(document)) }

// File is 200 with a file under /inbox, /outbox or /data.
func File(contentType, path string) Answer {
	return Answer{Status: 200, Headers: []Header{{"content-type", contentType}}, File: path}
}

// Subscribe keeps the connection open for what is published to this topic: see [Publish].
func Subscribe(topic string) Answer { return Answer{Status: 200, Topic: topic} }

// Event is the same answer with something more that came in with this call.
func (a Answer) Event(inbound ...Inbound) Answer {
	a.Outcome = a.Outcome.Event(inbound...)
	return a
}

// Effect is the same answer with something more for the host to do.
func (a Answer) Effect(effects ...Effect) Answer {
	a.Outcome = a.Outcome.Effect(effects...)
	return a
}
