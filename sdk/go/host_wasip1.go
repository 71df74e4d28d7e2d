package lockgate

import (
	"time"

	wit "lockgate/wit/lockgate_channel_host"
)

func init() { host = component{} }

// component is the host beyond the component's border.
type component struct{}

func (component) Log(level Level, text string) { wit.Log(wit.Level(level), text) }

func (component) Setting(key string) (string, bool) {
	value := wit.Setting(key)
	return value.SomeOr(""), value.IsSome()
}

func (component) Now() time.Time { return time.UnixMilli(int64(wit.Now())).UTC() }

func (component) Random(length uint32) []byte { return wit.Random(length) }
