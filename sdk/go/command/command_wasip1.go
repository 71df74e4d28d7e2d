package command

import (
	"lockgate"
	wit "lockgate/wit/lockgate_channel_command"
)

func init() { host = component }

// component is the host beyond the component's border.
func component(name string, arguments []string, input []byte) (Output, error) {
	result := wit.Run(name, arguments, input)
	if result.IsOk() {
		output := result.Ok()
		return Output{Status: int(output.Status), Stdout: output.Stdout, Stderr: output.Stderr}, nil
	}
	switch failure := result.Err(); failure.Tag() {
	case wit.FailureNotStarted:
		return Output{}, lockgate.Rejected(failure.NotStarted())
	case wit.FailureTimedOut:
		return Output{}, ErrTimedOut
	default:
		return Output{}, ErrNotGranted
	}
}
