"""A chat over a websocket, which the host keeps open: what comes is a call of `heard`, what is sent goes over HTTP. The host puts
the token into the first frame and into each request."""

import json
from typing import Any

from lockgate import (
    SECOND,
    Closed,
    Connect,
    Format,
    Happening,
    Malformed,
    Message,
    Opened,
    Outcome,
    Outgoing,
    Place,
    Receipt,
    Rejected,
    SendFrame,
    Sender,
    direct,
    group,
    http,
    life,
    media,
    parse_json,
    person,
    sent,
    sink,
    socket,
    timer,
)

GATEWAY = "gateway.example.org"
OPEN = Connect("main", f"wss://{GATEWAY}/socket")
BEAT = 30 * SECOND


@life
def start() -> Outcome:
    return Outcome().effect(OPEN).wake("beat", BEAT)


@timer
def fire(name: str, failures: int) -> Outcome:
    return Outcome().effect(SendFrame("main", json.dumps({"op": "ping"}))).wake(name, BEAT)


@socket
def heard(connection: str, happening: Happening, failures: int) -> Outcome:
    match happening:
        case Opened():
            # The token is missing here: the host adds it as the manifest's rule says.
            return Outcome().effect(SendFrame(connection, json.dumps({"op": "hello"})))
        case Closed():
            return Outcome().effect(OPEN)
        case str(text):
            return frame(text)
    return Outcome().skipped("a frame that is no text")


def frame(text: str) -> Outcome:
    """What can't be read is said at once: as a failure it would be given again, and all that follows would wait for it."""
    try:
        said = parse_json(text)
    except Malformed:
        return Outcome().skipped("a frame that is no JSON")
    if not isinstance(said, dict) or said.get("op") != "message":
        return Outcome()
    told = message(said)
    return Outcome().skipped("a message without id, user, room or text") if told is None else Outcome().event(told)


def message(said: dict[str, Any]) -> Message | None:
    user, room, id = (name_of(said, key) for key in ("user", "room", "id"))
    text, name = said.get("text"), said.get("name")
    if not user or not room or not id or not isinstance(text, str):
        return None
    # A room that is called as the one who writes in it is between him and us.
    where = direct(room) if room == user else group(room)
    return person(Sender(user, name if isinstance(name, str) else None), where, text, id=id)


def name_of(said: dict[str, Any], key: str) -> str:
    """A name of the platform's, which may be a text or a number; empty if there is none."""
    name = said.get(key)
    return str(name) if type(name) in (str, int) else ""


@sink.send
def send(outgoing: Outgoing) -> Receipt:
    body = {"room": outgoing.place.conversation, "text": outgoing.text}
    posted = http.post(f"https://{GATEWAY}/send", json=body).check()
    try:
        answer = posted.json()
    except Malformed:
        answer = None
    if not isinstance(answer, dict) or "id" not in answer:
        # It was sent, so this is no trouble; it only can't be named.
        return sent()
    return sent(str(answer["id"]))


@sink.edit
def edit(place: Place, message: str, text: str, format: Format) -> None:
    raise Rejected("this chat can't change what was sent")


@sink.react
def react(place: Place, message: str, emoji: str) -> None:
    raise Rejected("this chat has no reactions")


@sink.typing
def typing(place: Place) -> None:
    raise Rejected("this chat does not show who is typing")


@sink.direct
def direct_with(sender: str) -> str:
    return sender


@media
def fetch(handle: str, into: str) -> None:
    raise Rejected("this chat has no attachments")
