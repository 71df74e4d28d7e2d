package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"lockgate"
	"lockgate/locktest"
	"lockgate/web"
)

// watching is a house in which the project 7 is watched since the clock's beginning, and what it lists can be changed.
func watching(t *testing.T, projects string) (*locktest.House, *string) {
	t.Helper()
	house := locktest.New(t)
	house.Setting("projects", projects)
	listed := "[]"
	house.Web(func(request web.Request) (web.Response, error) {
		if strings.Contains(request.URL, "/projects/404/") {
			return web.Response{Status: 404, Body: []byte(`{"message":"404 Project Not Found"}`)}, nil
		}
		return web.Response{Status: 200, Body: []byte(listed)}, nil
	})
	return house, &listed
}

func look7(t *testing.T, house *locktest.House, expected ...string) {
	t.Helper()
	if _, err := house.Poll(channel, 0); err != nil {
		t.Fatal(err)
	}
	events := house.Events()
	var texts []string
	for _, event := range events {
		text, _, _ := strings.Cut(event.Text, " (")
		texts = append(texts, text)
	}
	if strings.Join(texts, "|") != strings.Join(expected, "|") {
		t.Errorf("told %q", texts)
	}
}

// line is a pipeline that ended so many minutes after the clock's beginning.
func line(id int, ref, status string, minutes int) string {
	updated := locktest.Begin.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339Nano)
	return fmt.Sprintf(`{"id":%d,"iid":1,"project_id":7,"status":%q,"source":"push","ref":%q,"sha":"1a2b3c4d5e6f",
		"web_url":"https://gitlab.com/group/shop/-/pipelines/%d","created_at":%q,"updated_at":%q}`, id, status, ref, id, updated, updated)
}

func TestAFailureAndItsEndAreTold(t *testing.T) {
	house, listed := watching(t, "7")
	*listed = "[" + line(1, "main", "failed", 1) + "]"
	look7(t, house) // The first look only begins.
	if len(house.Requests()) != 0 {
		t.Error("it asked for what was before")
	}
	look7(t, house, "main: pipeline 1 failed")
	*listed = "[" + line(2, "main", "running", 2) + "," + line(3, "other", "success", 3) + "]"
	look7(t, house)
	*listed = "[" + line(2, "main", "success", 4) + "]"
	look7(t, house, "main: pipeline 2 succeeds again")
	*listed = "[" + line(4, "main", "success", 5) + "]"
	look7(t, house)
	house.Setting("report", "all")
	*listed = "[" + line(5, "main", "success", 6) + "," + line(6, "main", "canceled", 7) + "]"
	look7(t, house, "main: pipeline 5 succeeded", "main: pipeline 6 was canceled")
}

func TestAnEventSaysWhereItIs(t *testing.T) {
	house, listed := watching(t, "7")
	look7(t, house)
	*listed = "[" + line(1, "main", "failed", 1) + "]"
	if _, err := house.Poll(channel, 0); err != nil {
		t.Fatal(err)
	}
	event := house.Events()[0]
	expected := "main: pipeline 1 failed (push, 1a2b3c4d)\nhttps://gitlab.com/group/shop/-/pipelines/1"
	if event.Text != expected || event.Conversation.Title != "group/shop" || event.Meta["status"] != "failed" {
		t.Error(event)
	}
	if !event.SentAt.Equal(locktest.Begin.Add(time.Minute)) || !strings.HasPrefix(event.ID, "1-failed-") {
		t.Error(event.SentAt, event.ID)
	}
}

func TestItAsksForWhatIsNewerThanItKnows(t *testing.T) {
	house, listed := watching(t, "7")
	look7(t, house)
	*listed = "[" + line(1, "main", "running", 1) + "]"
	var asked []string
	for range 3 {
		look7(t, house)
		sent, err := url.Parse(house.Requests()[0].URL)
		if err != nil || sent.Path != "/api/v4/projects/7/pipelines" || sent.Query().Get("sort") != "asc" {
			t.Error(sent, err)
		}
		asked = append(asked, sent.Query().Get("updated_after"))
	}
	// The last look brought nothing newer, and does not bring the same again for ever.
	expected := "2030-01-01T00:00:00Z|2030-01-01T00:01:00Z|2030-01-01T00:01:00.001Z"
	if strings.Join(asked, "|") != expected {
		t.Error(asked)
	}
}

func TestOneProjectDoesNotKeepBackTheOthers(t *testing.T) {
	house, listed := watching(t, "404, 7")
	house.Put("since/404", "2030-01-01T00:00:00Z")
	house.Put("since/7", "2030-01-01T00:00:00Z")
	*listed = "[" + line(1, "main", "failed", 1) + "]"
	for failures := range patience {
		if _, err := house.Poll(channel, failures); lockgate.TroubleOf(err).Kind != lockgate.KindRejected {
			t.Fatal(err)
		}
	}
	batch, err := house.Poll(channel, patience)
	if err != nil || batch.AgainAfter != 30*time.Second {
		t.Fatal(batch, err)
	}
	if inbound := house.Inbound(); len(inbound) != 1 || !strings.Contains(fmt.Sprint(inbound[0]), "project 404") {
		t.Error(inbound)
	}
	look7(t, house, "main: pipeline 1 failed")
}

func TestAPlatformThatIsAwayIsNotSteppedOver(t *testing.T) {
	house, _ := watching(t, "7")
	look7(t, house)
	check := func(status int, kind lockgate.Kind) {
		t.Helper()
		house.Web(func(web.Request) (web.Response, error) { return web.Response{Status: status}, nil })
		if _, err := house.Poll(channel, 9); err == nil || lockgate.TroubleOf(err).Kind != kind {
			t.Error(status, err)
		}
	}
	check(401, lockgate.KindUnauthorized)
	check(429, lockgate.KindBusy)
	check(503, lockgate.KindUnavailable)
}

func TestAFullPageIsFollowedSoon(t *testing.T) {
	house, listed := watching(t, "7")
	look7(t, house)
	lines := make([]string, page)
	for i := range lines {
		lines[i] = line(i, fmt.Sprintf("branch-%d", i), "failed", i)
	}
	*listed = "[" + strings.Join(lines, ",") + "]"
	batch, err := house.Poll(channel, 0)
	if err != nil || batch.AgainAfter != shortest || len(house.Events()) != page {
		t.Error(batch.AgainAfter, err)
	}
}

func TestTheBranchesThatFailAreBounded(t *testing.T) {
	house, listed := watching(t, "7")
	look7(t, house)
	for nth := range remembered + 1 {
		*listed = "[" + line(nth+1, fmt.Sprintf("branch-%d", nth), "failed", nth+1) + "]"
		look7(t, house, fmt.Sprintf("branch-%d: pipeline %d failed", nth, nth+1))
	}
	if house.Store(failing("7", "branch-0")) != "" || house.Store(failing("7", "branch-1")) == "" {
		t.Error("not the oldest is forgotten")
	}
}

func TestTheSettingIsRead(t *testing.T) {
	house := locktest.New(t)
	for setting, good := range map[string]bool{"7": true, "7, 8  9": true, "": false, " ,": false, "group/shop": false, "-7": false, "../7": false} {
		house.Setting("projects", setting)
		if found, err := projects(); (err == nil) != good {
			t.Error(setting, found, err)
		}
	}
}
