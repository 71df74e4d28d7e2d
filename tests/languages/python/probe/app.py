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
    command,
    database,
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
    word, _, rest = request.text.partition(" ")
    return ok().event(result(word, rest))


def result(word: str, rest: str) -> Message:
    match word:
        case "event":
            return service("probe", rest)
        case "store":
            return service("probe", counted())
        case "fetch":
            return service("probe", fetched(rest))
        case "query":
            return service("probe", queried(*rest.split(" ", 1)))
        case "run":
            return service("probe", ran(*rest.split(" ", 1)))
        case "trap":
            raise RuntimeError("as asked")
        case "meta":
            return person(Sender("7", "Ann"), direct("room"), "meta", meta={"k": "v"})
    raise Rejected("as asked")


def counted() -> str:
    count = store.get_int("count") + 1
    store.set("count", count)
    return str(count)


SQL = "SELECT name, count, price, picture, note FROM stock WHERE name = ?1 AND count > ?2 AND price > ?3"


def queried(name: str, text: str) -> str:
    for found, count, price, picture, note in database.query(name, SQL, text, 0, 0.5):
        return f"{found} {count} {price * 2:.0f} {len(picture)} {'null' if note is None else note}"
    return "nothing"


def ran(name: str, text: str) -> str:
    output = command.run(name, text, input="in")
    return f"{output.status} {(output.stdout + output.stderr).decode()}"


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
