package database

import (
	"fmt"

	"lockgate"
	"lockgate/wit/convert"
	wit "lockgate/wit/lockgate_channel_database"
)

func init() { host = component }

// component is the host beyond the component's border.
func component(name, sql string, parameters []Value) ([][]Value, error) {
	given := make([]wit.Value, len(parameters))
	for i, parameter := range parameters {
		value, err := lower(parameter)
		if err != nil {
			return nil, err
		}
		given[i] = value
	}
	result := wit.Query(name, sql, given)
	if result.IsErr() {
		return nil, failure(result.Err())
	}
	return convert.Each(result.Ok(), func(row []wit.Value) []Value { return convert.Each(row, lift) }), nil
}

func lower(value Value) (wit.Value, error) {
	switch value := value.(type) {
	case nil:
		return wit.MakeValueNull(), nil
	case int:
		return wit.MakeValueInteger(int64(value)), nil
	case int64:
		return wit.MakeValueInteger(value), nil
	case float64:
		return wit.MakeValueReal(value), nil
	case string:
		return wit.MakeValueText(value), nil
	case []byte:
		return wit.MakeValueBlob(value), nil
	default:
		return wit.Value{}, lockgate.Rejected(fmt.Sprintf("a parameter of the type %T is none of SQL's", value))
	}
}

func lift(value wit.Value) Value {
	switch value.Tag() {
	case wit.ValueInteger:
		return value.Integer()
	case wit.ValueReal:
		return value.Real()
	case wit.ValueText:
		return value.Text()
	case wit.ValueBlob:
		return value.Blob()
	default:
		return nil
	}
}

func failure(failure wit.Failure) error {
	switch failure.Tag() {
	case wit.FailureUnreadable:
		return lockgate.Unavailable(failure.Unreadable())
	case wit.FailureSql:
		return lockgate.Rejected(failure.Sql())
	case wit.FailureTooManyRows:
		return ErrTooManyRows
	default:
		return ErrNotGranted
	}
}
