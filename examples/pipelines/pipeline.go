package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"lockgate"
	"lockgate/store"
)

// pipeline is one as GitLab lists it.
type pipeline struct {
	ID      int64
	Status  string
	Source  string
	Ref     string
	SHA     string
	URL     string    `json:"web_url"`
	Updated time.Time `json:"updated_at"`
}

// tell is the event of a pipeline, or none: of one that runs, or that only says again what is known of its branch.
func tell(project string, one pipeline) ([]lockgate.Inbound, error) {
	key := failing(project, one.Ref)
	_, failed := store.Get(key)
	verb := ""
	switch {
	case one.Status == "failed":
		verb = "failed"
		forget(project)
		if err := store.SetText(key, strconv.FormatInt(one.ID, 10)); err != nil {
			return nil, err
		}
	case one.Status == "success" && failed:
		verb = "succeeds again"
		store.Delete(key)
	case (one.Status == "success" || one.Status == "canceled") && all():
		verb = map[string]string{"success": "succeeded", "canceled": "was canceled"}[one.Status]
	default:
		return nil, nil
	}
	return []lockgate.Inbound{event(project, one, verb)}, nil
}

// forget makes room for one more: whoever may push may let any number of branches fail, and of one that is gone nothing is heard
// again.
func forget(project string) {
	keys := store.Keys("failing/" + project + "/")
	if len(keys) < remembered {
		return
	}
	oldest := slices.MinFunc(keys, func(a, b string) int { return cmp.Compare(store.GetInt(a), store.GetInt(b)) })
	store.Delete(oldest)
}

func all() bool {
	report, _ := lockgate.Setting("report")
	return report == "all"
}

// failing is the key that is there while the last that ended on a branch has failed. A branch's name may be longer than a
// key.
func failing(project, ref string) string {
	sum := sha256.Sum256([]byte(ref))
	return "failing/" + project + "/" + hex.EncodeToString(sum[:16])
}

// event is what the session reads. Its id is that of this end of the pipeline: a second try has another.
func event(project string, one pipeline, verb string) lockgate.Message {
	text := fmt.Sprintf("%s: pipeline %d %s (%s, %.8s)\n%s", one.Ref, one.ID, verb, one.Source, one.SHA, one.URL)
	message := lockgate.Service("pipelines", text).
		WithID(fmt.Sprintf("%d-%s-%d", one.ID, one.Status, one.Updated.UnixMilli())).
		WithMeta("status", one.Status).
		WithMeta("ref", one.Ref)
	message.Conversation = lockgate.Conversation{ID: project, Title: title(one.URL)}
	message.SentAt = one.Updated
	return message
}

// title is the project's path, from https://gitlab.com/group/project/-/pipelines/7.
func title(link string) string {
	parsed, err := url.Parse(link)
	if err != nil {
		return ""
	}
	path, _, _ := strings.Cut(parsed.Path, "/-/")
	return strings.Trim(path, "/")
}
