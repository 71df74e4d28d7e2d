"""Does what the body of its hook says."""

from lockgate import (
    Answer,
    Busy,
    Effect,
    Format,
    Message,
    Outgoing,
    Place,
    Receipt,
    Rejected,
    Request,
    Sender,
    direct,
    hook,
    http,
    ok,
    person,
    sent,
    service,
    sink,
    store,
)


@hook
def receive(request: Request) -> Answer:
    command, _, rest = request.text.partition(" ")
    return ok().event(result(command, rest))


def result(command: str, rest: str) -> Message:
    match command:
        case "event":
            return service("probe", rest)
        case "store":
            return service("probe", counted())
        case "fetch":
            return service("probe", fetched(rest))
        case "trap":
            raise RuntimeError("as asked")
        case "meta":
            return person(Sender("7", "Ann"), direct("room"), "meta", meta={"k": "v"})
    raise Rejected("as asked")


def counted() -> str:
    count = store.get_int("count") + 1
    store.set("count", count)
    return str(count)


def fetched(url: str) -> str:
    try:
        answer = http.get(url)
    except http.Refused as refused:
        return f"refused: {refused.why}"
    except http.Unreachable as unreachable:
        return f"unreachable: {unreachable.why}"
    except http.TooLarge:
        return "too large"
    return f"{answer.status} {answer.text}"


@sink.send
def send(outgoing: Outgoing) -> Receipt:
    answer = http.post("https://probe.example.org/said", body=outgoing.text, mime="text/plain")
    if answer.status == 429:
        raise Busy(1_000)
    return sent(answer.check().text)


@sink.edit
def edit(place: Place, message: str, text: str, format: Format) -> list[Effect]:
    raise Rejected("no")
