package store

import (
	wit "lockgate/wit/lockgate_channel_store"
	witTypes "lockgate/wit/types"
)

func init() { host = component{} }

// component is the host beyond the component's border.
type component struct{}

func (component) Get(key string) ([]byte, bool) {
	value := wit.Get(key)
	return value.SomeOr(nil), value.IsSome()
}

func (component) Set(key string, value []byte) error {
	result := wit.Set(key, value)
	switch {
	case result.IsOk():
		return nil
	case result.Err().Tag() == wit.FailureFull:
		return ErrFull
	default:
		return ErrTooLarge
	}
}

func (component) Delete(key string) { wit.Delete(key) }

func (component) Check(key string, expected []byte, there bool) {
	if there {
		wit.Check(key, witTypes.Some(expected))
	} else {
		wit.Check(key, witTypes.None[[]byte]())
	}
}

func (component) Keys(prefix string) []string { return wit.Keys(prefix) }
