package web

import (
	"lockgate"
	"lockgate/wit/convert"
	wit "lockgate/wit/lockgate_channel_http"
	witTypes "lockgate/wit/types"
)

func init() { host = component }

// component is the host beyond the component's border.
func component(request Request) (Response, error) {
	timeout := witTypes.None[uint32]()
	if request.Timeout > 0 {
		timeout = witTypes.Some(lockgate.Millis(request.Timeout))
	}
	result := wit.Fetch(wit.Request{
		Method:  request.Method,
		Url:     request.URL,
		Headers: convert.Headers(request.Headers),
		Body:    body(request),
		Timeout: timeout,
		Into:    convert.Text(request.Into),
	})
	if result.IsErr() {
		return Response{}, failure(result.Err())
	}
	response := result.Ok()
	return Response{
		Status:  int(response.Status),
		Headers: convert.HeadersOf(response.Headers),
		Body:    response.Body,
	}, nil
}

func body(request Request) wit.Body {
	switch {
	case request.Form != nil:
		return wit.MakeBodyForm(convert.Each(request.Form, part))
	case request.File != "" || request.Body != nil:
		return wit.MakeBodyWhole(content(request.Body, request.File))
	default:
		return wit.MakeBodyEmpty()
	}
}

func part(part Part) wit.Part {
	return wit.Part{
		Name:     part.Name,
		Filename: convert.Text(part.Filename),
		Mime:     convert.Text(part.Mime),
		Content:  content(part.Bytes, part.File),
	}
}

func content(bytes []byte, file string) wit.Content {
	if file != "" {
		return wit.MakeContentFile(file)
	}
	return wit.MakeContentBytes(bytes)
}

func failure(failure wit.Failure) error {
	switch failure.Tag() {
	case wit.FailureRefused:
		return &Failure{Refused, failure.Refused()}
	case wit.FailureUnreachable:
		return &Failure{Unreachable, failure.Unreachable()}
	default:
		return &Failure{Reason: TooLarge}
	}
}
