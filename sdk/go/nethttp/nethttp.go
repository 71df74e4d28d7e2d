// Package nethttp lets libraries that want an http.Client send through the host: the same rules hold as for lockgate/web,
// and no redirect is followed by the host, so the client asks for each. net/http makes
// a component of 10 MB; with lockgate/web it has 3.5.
package nethttp

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"

	"lockgate"
	"lockgate/web"
)

// Transport sends requests through the host. A request's deadline is its timeout; the request can't be cancelled while
// the host sends it. Errors wrap a *web.Failure.
type Transport struct{}

// Client is one that sends through the host.
func Client() *http.Client { return &http.Client{Transport: Transport{}} }

// RoundTrip sends one request, whole, and gives back the whole answer, of at most 4 MiB.
func (Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := whole(request.Body)
	if err != nil {
		return nil, err
	}
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	sent := web.Request{Method: request.Method, URL: request.URL.String(), Body: body}
	if sent.Method == "" {
		sent.Method = http.MethodGet
	}
	if deadline, there := request.Context().Deadline(); there {
		sent.Timeout = max(time.Until(deadline), time.Millisecond)
	}
	for name, values := range request.Header {
		for _, value := range values {
			sent.Headers = append(sent.Headers, lockgate.Header{Name: name, Value: value})
		}
	}
	response, err := sent.Do()
	if err != nil {
		return nil, err
	}
	return answer(request, response), nil
}

func whole(body io.ReadCloser) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	defer body.Close()
	return io.ReadAll(body)
}

func answer(request *http.Request, response web.Response) *http.Response {
	headers := http.Header{}
	for _, header := range response.Headers {
		headers.Add(header.Name, header.Value)
	}
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", response.Status, http.StatusText(response.Status)),
		StatusCode:    response.Status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        headers,
		Body:          io.NopCloser(bytes.NewReader(response.Body)),
		ContentLength: int64(len(response.Body)),
		Request:       request,
	}
}
