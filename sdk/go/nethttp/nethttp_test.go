package nethttp_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"net/http"

	"lockgate"
	"lockgate/locktest"
	"lockgate/nethttp"
	"lockgate/web"
)

func TestALibrarysRequestGoesThroughTheHost(t *testing.T) {
	house := locktest.New(t)
	house.Web(func(request web.Request) (web.Response, error) {
		return web.Response{Status: 201, Headers: []lockgate.Header{{Name: "x-a", Value: "1"}}, Body: []byte("made")}, nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	url := "https://api.example.org/bot{bot_token}/send"
	request, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader("hi"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/plain")
	answer, err := nethttp.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil || string(body) != "made" || answer.StatusCode != 201 || answer.Header.Get("X-A") != "1" {
		t.Error(answer, err)
	}
	sent := house.Requests()[0]
	if sent.Method != "POST" || string(sent.Body) != "hi" || lockgate.First(sent.Headers, "accept") != "text/plain" {
		t.Error(sent)
	}
	// The host takes a placeholder's braces in either form.
	if sent.URL != "https://api.example.org/bot%7Bbot_token%7D/send" {
		t.Error(sent.URL)
	}
	if sent.Timeout <= 0 || sent.Timeout > time.Minute {
		t.Error(sent.Timeout)
	}
}

func TestARefusalReachesTheHostAsOne(t *testing.T) {
	locktest.New(t)
	_, err := nethttp.Client().Get("https://api.example.org/")
	var failure *web.Failure
	if !errors.As(err, &failure) || failure.Reason != web.Refused {
		t.Fatal(err)
	}
	if lockgate.TroubleOf(err).Kind != lockgate.KindRejected {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	request, err := http.NewRequestWithContext(ctx, "GET", "https://api.example.org/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nethttp.Client().Do(request); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
