package lockgate

import (
	"strings"
	"time"

	wit "lockgate/wit/lockgate_channel_host"
)

func init() { host = component{} }

// component is the host beyond the component's border.
type component struct{}

// Log takes what is no UTF-8 out, which would end the call.
func (component) Log(level Level, text string) {
	wit.Log(wit.Level(level), strings.ToValidUTF8(text, "\ufffd"))
}

func (component) Setting(key string) (string, bool) {
	value := wit.Setting(key)
	return value.SomeOr(""), value.IsSome()
}

func (component) Now() time.Time { return time.UnixMilli(int64(wit.Now())).UTC() }

func (component) Random(length uint32) []byte { return wit.Random(length) }
