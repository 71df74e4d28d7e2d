// Pipelines of GitLab projects: an event for each that fails, and for the first that succeeds again. Each call looks at one
// project, so that one that is gone or forbidden keeps back nothing but itself; while GitLab itself is away, all wait. What was
// told, and since when to look, is in the store.
package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"lockgate"
	"lockgate/store"
	"lockgate/web"
)

const (
	// api is where projects are. The host puts the token in.
	api = "https://gitlab.com/api/v4/projects"
	// round is the time in which every project is looked at once.
	round = time.Minute
	// shortest is the least between two looks.
	shortest = 2 * time.Second
	// page are the pipelines of one look; the host takes at most 100 events.
	page = 50
	// patience is how often a project may fail before it is stepped over.
	patience = 3
	// remembered are the branches of a project whose failure is known.
	remembered = 500
	// turn is the key of the project whose turn it is, by its place in the setting.
	turn = "turn"
)

var channel = lockgate.Channel{Poll: poll}

func init() { channel.Export() }
func main() {}

func poll(failures int) (lockgate.Batch, error) {
	projects, err := projects()
	if err != nil {
		return lockgate.Batch{}, err
	}
	place := int(uint64(store.GetInt(turn)) % uint64(len(projects)))
	outcome, more, err := look(projects[place])
	if err != nil {
		kind := lockgate.TroubleOf(err).Kind
		ownFault := kind == lockgate.KindRejected || kind == lockgate.KindMalformed
		if failures < patience || !ownFault {
			return lockgate.Batch{}, fmt.Errorf("project %s: %w", projects[place], err)
		}
		skipped := lockgate.Skipped(fmt.Sprintf("project %s: %v", projects[place], err))
		outcome, more = lockgate.Outcome{}.Event(skipped), false
	}
	if more {
		return lockgate.Batch{Outcome: outcome, AgainAfter: shortest}, nil
	}
	again := max(shortest, round/time.Duration(len(projects)))
	return lockgate.Batch{Outcome: outcome, AgainAfter: again}, store.SetInt(turn, int64(place+1))
}

// projects are the numbers of the setting.
func projects() ([]string, error) {
	setting, _ := lockgate.Setting("projects")
	numbers := strings.Fields(strings.ReplaceAll(setting, ",", " "))
	if len(numbers) == 0 {
		return nil, lockgate.Rejected("no project is set: write config.projects = \"12345 67890\" for this channel in lockgate.toml")
	}
	for _, number := range numbers {
		if _, err := strconv.ParseUint(number, 10, 63); err != nil {
			return nil, lockgate.Rejected(fmt.Sprintf("config.projects: %q is no project's number", number))
		}
	}
	return numbers, nil
}

// look asks for what has changed in a project since the last look, and says whether to look soon at the same again.
func look(project string) (lockgate.Outcome, bool, error) {
	key := "since/" + project
	since := store.GetText(key)
	if since == "" {
		// What was before it watched is no news.
		return lockgate.Outcome{}, true, store.SetText(key, lockgate.Now().Format(time.RFC3339Nano))
	}
	request := web.Get(api+"/"+project+"/pipelines").
		WithQuery("updated_after", since).
		WithQuery("order_by", "updated_at").
		WithQuery("sort", "asc").
		WithQuery("per_page", strconv.Itoa(page))
	var found []pipeline
	if err := request.JSON(&found); err != nil {
		return lockgate.Outcome{}, false, err
	}
	var outcome lockgate.Outcome
	for _, one := range found {
		told, err := tell(project, one)
		if err != nil {
			return lockgate.Outcome{}, false, err
		}
		outcome = outcome.Event(told...)
	}
	if len(found) == 0 {
		return outcome, false, nil
	}
	return outcome, len(found) >= page, store.SetText(key, after(since, found[len(found)-1].Updated))
}

// after is since when to look next: never where it was after a look that brought something, which would bring it again.
func after(since string, newest time.Time) string {
	if was, err := time.Parse(time.RFC3339Nano, since); err == nil && !newest.After(was) {
		newest = was.Add(time.Millisecond)
	}
	return newest.Format(time.RFC3339Nano)
}
