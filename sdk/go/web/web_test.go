package web_test

import (
	"testing"
	"time"

	"lockgate"
	"lockgate/locktest"
	"lockgate/web"
)

func TestStatusesAreTroubles(t *testing.T) {
	check := func(status int, kind lockgate.Kind) {
		t.Helper()
		err := web.Response{Status: status, Body: []byte(" no such chat ")}.Trouble()
		if err == nil || lockgate.TroubleOf(err).Kind != kind {
			t.Errorf("%d: %v", status, err)
		}
	}
	check(302, lockgate.KindRejected)
	check(401, lockgate.KindUnauthorized)
	check(404, lockgate.KindRejected)
	check(408, lockgate.KindUnavailable)
	check(409, lockgate.KindConflict)
	check(429, lockgate.KindBusy)
	check(503, lockgate.KindUnavailable)
	if err := (web.Response{Status: 204}).Trouble(); err != nil {
		t.Error(err)
	}
	if err := (web.Response{Status: 404, Body: []byte("no such chat")}).Trouble(); err.Error() != "the answer was 404: no such chat" {
		t.Error(err)
	}
}

func TestTheWaitIsReadFromTheHeader(t *testing.T) {
	check := func(value string, expected time.Duration, there bool) {
		t.Helper()
		response := web.Response{Status: 429, Headers: []lockgate.Header{{Name: "Retry-After", Value: value}}}
		if after, said := response.RetryAfter(); after != expected || said != there {
			t.Errorf("%s: %v %v", value, after, said)
		}
	}
	check("2", 2*time.Second, true)
	check(" 0.25", 250*time.Millisecond, true)
	check("-1", 0, false)
	check("NaN", 0, false)
	check("1e30", (1<<32-1)*time.Millisecond, true)
	check("Wed, 21 Oct 2015 07:28:00 GMT", 0, false)
}

func TestARequestIsSentAsItWasWritten(t *testing.T) {
	house := locktest.New(t)
	house.Web(func(request web.Request) (web.Response, error) {
		return web.Response{Status: 200, Body: []byte(`{"id":7}`)}, nil
	})
	request, err := web.PostJSON("https://api.example.org/send", map[string]string{"text": "hi"})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ ID int }
	if err := request.WithQuery("q", "a&b c").WithQuery("page", "2").JSON(&answer); err != nil || answer.ID != 7 {
		t.Fatal(answer, err)
	}
	sent := house.Requests()[0]
	if sent.URL != "https://api.example.org/send?q=a%26b+c&page=2" || string(sent.Body) != `{"text":"hi"}` {
		t.Error(sent)
	}
	if lockgate.First(sent.Headers, "content-type") != "application/json" {
		t.Error(sent.Headers)
	}
	var number int
	if err := request.JSON(&number); lockgate.TroubleOf(err).Kind != lockgate.KindMalformed {
		t.Error(err)
	}
}
