"""A chat over a web API: looks for messages, and answers. The host puts the token into each request."""

from typing import Any

from lockgate import (
    SECOND,
    Batch,
    Format,
    Malformed,
    Message,
    Outgoing,
    Place,
    Receipt,
    Rejected,
    Sender,
    direct,
    group,
    http,
    media,
    person,
    sent,
    sink,
    source,
    store,
)

CHAT = "https://chat.example.org"
# Messages of one call; the host takes 100.
MOST = 50


@source
def poll(failures: int) -> Batch:
    after = store.get_int("after")
    fresh = read(http.get(f"{CHAT}/updates", query={"after": str(after)}).check())
    # After a failure one thing at a time, and in the end past the one that fails.
    taken = fresh[: 1 if failures else MOST]
    batch = Batch(again_after=0 if len(taken) < len(fresh) else 2 * SECOND)
    for update in taken:
        if failures >= 3:
            batch.skipped(f"the message {update['id']}")
        else:
            batch.event(message(update))
    # The platform forgets what is asked for after this, so it moves only with what is committed.
    store.set("after", max([after, *(update["id"] for update in taken)]))
    return batch


def read(answer: http.Response) -> list[dict[str, Any]]:
    updates = answer.json()
    if not isinstance(updates, list) or not all(
        isinstance(update, dict) and type(update.get("id")) is int for update in updates
    ):
        raise Malformed("no list of messages with ids")
    return updates


def message(update: dict[str, Any]) -> Message:
    try:
        user, room = str(update["user"]), str(update["room"])
        sender, text = Sender(user, str(update["name"])), str(update["text"])
    except KeyError as missing:
        raise Malformed(f"the message {update['id']} has no {missing}") from None
    # A room that is called as the one who writes in it is between him and us.
    where = direct(room) if room == user else group(room)
    return person(sender, where, text, id=str(update["id"]))


@sink.send
def send(outgoing: Outgoing) -> Receipt:
    posted = http.post(f"{CHAT}/send", json={"room": outgoing.place.conversation, "text": outgoing.text}).check()
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
