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
    Unavailable,
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
    updates = news(after)
    numbered = [update for update in updates if isinstance(update, dict) and type(update.get("id")) is int]
    # The cursor is the last id that was told, so they are told in order, whatever order they come in.
    fresh = sorted((update for update in numbered if update["id"] > after), key=lambda update: update["id"])
    # After a failure one thing at a time, and in the end past the one that fails.
    taken = fresh[: 1 if failures else MOST]
    batch = Batch(again_after=0 if len(taken) < len(fresh) else 2 * SECOND)
    for update in taken:
        if failures >= 3:
            batch.skipped(f"the message {update['id']} failed three times")
        elif (told := message(update)) is None:
            # What can't be read keeps back nothing but itself.
            batch.skipped(f"the message {update['id']} has no user, room or text")
        else:
            batch.event(told)
    if odd := len(updates) - len(numbered):
        batch.skipped(f"messages without a number for an id: {odd}")
    # The platform forgets what is asked for after this, so it moves only with what is committed.
    store.set("after", max([after, *(update["id"] for update in taken)]))
    return batch


def news(after: int) -> list[Any]:
    """Said to be malformed or rejected, what the platform alone does wrong would count as a failure, and a message would pay for
    it."""
    try:
        updates = http.get(f"{CHAT}/updates", query={"after": str(after)}).check().json()
    except (Malformed, Rejected) as trouble:
        raise Unavailable(str(trouble)) from None
    if not isinstance(updates, list):
        raise Unavailable("the updates are no list")
    return updates


def message(update: dict[str, Any]) -> Message | None:
    user, room, text, name = name_of(update, "user"), name_of(update, "room"), update.get("text"), update.get("name")
    if not user or not room or not isinstance(text, str):
        return None
    # A room that is called as the one who writes in it is between him and us.
    where = direct(room) if room == user else group(room)
    sender = Sender(user, name if isinstance(name, str) else None)
    return person(sender, where, text, id=str(update["id"]))


def name_of(update: dict[str, Any], key: str) -> str:
    """A name of the platform's, which may be a text or a number; empty if there is none."""
    name = update.get(key)
    return str(name) if type(name) in (str, int) else ""


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
