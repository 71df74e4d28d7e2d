"""The words that cross the wall in both directions: who wrote, where, what, and what the host is asked to do.

All are dataclasses; what may be left out has a default. Times are milliseconds (`SECOND`, `MINUTE`, `HOUR`). Nothing here
reads a clock or reaches the host, but the ids of messages that were given none, which are random.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Self

from . import host

SECOND = 1_000
"""Milliseconds."""
MINUTE = 60 * SECOND
"""Milliseconds."""
HOUR = 60 * MINUTE
"""Milliseconds."""


@dataclass
class Sender:
    """An account on the platform."""

    id: str
    """The platform's stable id: never a display name, never a room. The operator's list goes by it."""
    name: str | None = None
    """Shown to people and to the model; never used to decide anything."""
    bot: bool = False
    """Whether it is a program's account."""


@dataclass
class Service:
    """The thing that the channel watches, as an author: a build, a feed, a log."""

    name: str


Author = Sender | Service
"""Who is behind a message."""


class Scope(Enum):
    """Who can read a conversation."""

    DIRECT = "direct"
    """One person and the channel's own account."""
    GROUP = "group"
    """A room that others can read or write."""


@dataclass
class Place:
    """Where a message stands or goes."""

    conversation: str
    thread: str | None = None


@dataclass
class Conversation:
    """Where a message was written, and where an answer goes. `direct()` and `group()` make one."""

    id: str
    scope: Scope
    thread: str | None = None
    """A topic or thread inside it."""
    title: str | None = None

    @property
    def place(self) -> Place:
        """Where to answer."""
        return Place(self.id, self.thread)


def direct(id: str, *, thread: str | None = None, title: str | None = None) -> Conversation:
    """A conversation between one person and the channel's own account."""
    return Conversation(id, Scope.DIRECT, thread, title)


def group(id: str, *, thread: str | None = None, title: str | None = None) -> Conversation:
    """A room that others can read or write."""
    return Conversation(id, Scope.GROUP, thread, title)


@dataclass
class Quote:
    """What a message quotes, answers or forwards, as far as the platform says."""

    text: str
    author: Author | None = None


@dataclass
class File:
    """A path under `/inbox`, `/outbox` or `/data`, whose bytes the host streams: they are never in the channel's memory."""

    path: str


@dataclass
class Handle:
    """The platform's own handle of an attachment: `@media` is asked for it once the message has been admitted."""

    handle: str


@dataclass
class Attachment:
    """What hangs on a message; name, type and size as the platform states them, so not to be trusted."""

    content: File | Handle
    """A `File` is only for a hook, and under `/inbox`: its bytes are there already."""
    name: str | None = None
    mime: str | None = None
    size: int | None = None
    """Bytes."""


def _random_id() -> str:
    return host.random(16).hex()


@dataclass
class Message:
    """A message that came in. `service()` and `person()` make one with less to type."""

    author: Author
    conversation: Conversation
    text: str
    id: str = field(default_factory=_random_id)
    """The platform's id. With the channel and the conversation it makes a message unique: one that was committed before is
    not delivered again. Random if it is left out, so that each one is delivered."""
    mentions_me: bool = False
    """The platform says that it addresses the channel's own account: names it, or answers a message of its."""
    in_reply_to: str | None = None
    quote: Quote | None = None
    sent_at: int | None = None
    """Milliseconds since the Unix epoch, as the platform states it."""
    attachments: list[Attachment] = field(default_factory=list)
    """At most 20."""
    meta: dict[str, str] = field(default_factory=dict)
    """More attributes for the model, shown as `x_<key>`: at most 32, keys are identifiers, values at most 1 KiB."""


def service(
    name: str,
    text: str,
    *,
    id: str | None = None,
    meta: dict[str, str] | None = None,
    sent_at: int | None = None,
    title: str | None = None,
) -> Message:
    """What a thing says (a build, a feed, a log), in a conversation of the thing's name. The channel's `events` policy
    decides whether the model gets it. Give an `id` if the same thing may be reported twice."""
    message = Message(Service(name), group(name, title=title), text, sent_at=sent_at, meta=dict(meta or {}))
    if id is not None:
        message.id = id
    return message


def person(
    sender: Sender,
    conversation: Conversation,
    text: str,
    *,
    id: str | None = None,
    meta: dict[str, str] | None = None,
    sent_at: int | None = None,
    in_reply_to: str | None = None,
    mentions_me: bool = False,
) -> Message:
    """What an account of the platform wrote. The operator's list decides by `sender.id` whether the model gets it."""
    message = Message(
        sender,
        conversation,
        text,
        mentions_me=mentions_me,
        in_reply_to=in_reply_to,
        sent_at=sent_at,
        meta=dict(meta or {}),
    )
    if id is not None:
        message.id = id
    return message


@dataclass
class Edited:
    """A message was changed."""

    now: Message
    """The whole of it as it is now, under the id that it had."""
    revision: str
    """Tells two edits of one message apart: the platform's edit time or version."""


@dataclass
class Press:
    """Somebody pressed a button that `@sink.send` showed."""

    token: str
    """The button's token, returned as it was given."""
    id: str
    """The platform's id of the press: the same press is taken once."""
    sender: Sender
    conversation: Conversation
    handle: str | None = None
    """For `@sink.answer_press`."""


@dataclass
class Skipped:
    """Something that the channel could not read and has stepped over: shown in `status`, never to the model."""

    what: str


Inbound = Message | Edited | Press | Skipped
"""What came in."""


Frame = str | bytes
"""Of a websocket: text, or binary."""


@dataclass
class Connect:
    """Open a websocket. A name that is open for the same URL stays as it is; another URL replaces it."""

    name: str
    """The channel's own name for it."""
    url: str
    """A `wss:` URL that the grant covers."""
    headers: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class SendFrame:
    """Send over an open websocket."""

    connection: str
    frame: Frame


@dataclass
class Disconnect:
    """Close the websocket of this name."""

    name: str


@dataclass
class Wake:
    """Call `@timer` with this name after so many milliseconds. A later one with the same name replaces it."""

    name: str
    after: int


@dataclass
class Publish:
    """Hand this text to everyone who is subscribed to the topic."""

    topic: str
    text: str


Effect = Connect | SendFrame | Disconnect | Wake | Publish
"""What the host does for the channel after the call has been committed."""


@dataclass
class Outcome:
    """All that a call changes: at most 100 of each. It is committed in one transaction together with what the call wrote to
    the store; if the call raises, none of it happens.

    Its methods add one thing each and return the outcome itself, so that they chain.
    """

    inbound: list[Inbound] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    def event(self, *messages: Inbound) -> Self:
        """Adds what came in."""
        self.inbound.extend(messages)
        return self

    def skipped(self, what: str) -> Self:
        """Says that something could not be read and was stepped over."""
        return self.event(Skipped(what))

    def effect(self, *effects: Effect) -> Self:
        """Adds effects."""
        self.effects.extend(effects)
        return self

    def wake(self, name: str, after: int) -> Self:
        """See `Wake`; milliseconds."""
        return self.effect(Wake(name, after))

    def publish(self, topic: str, text: str) -> Self:
        """See `Publish`."""
        return self.effect(Publish(topic, text))


@dataclass
class Batch(Outcome):
    """What a look for news brought."""

    again_after: int = MINUTE
    """Milliseconds until the next look. 0 counts only after a call that waited or brought something."""
