"""What goes outward: a part of an answer and what became of it, what a tool says, and what happened on a websocket."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Self

from .trouble import Trouble
from .words import Effect, Frame, Place, Publish, Wake


class Format(Enum):
    """Of an answer's text."""

    PLAIN = "plain"
    MARKDOWN = "markdown"


@dataclass
class Button:
    """To be shown under a message."""

    label: str
    token: str
    """Opaque, at most 48 of [A-Za-z0-9_-]. Goes back in `Press` as it is."""


@dataclass
class Outgoing:
    """One part of an answer."""

    place: Place
    text: str
    """Within the manifest's `text-limit`, in its unit: the host has split it already."""
    format: Format = Format.PLAIN
    reply_to: str | None = None
    files: list[str] = field(default_factory=list)
    """Paths under `/outbox`: copies, there for the length of the call."""
    buttons: list[Button] = field(default_factory=list)
    key: str = ""
    """The same for every try at this very part: for a platform's own idempotency (a nonce), if it has one."""


@dataclass
class Receipt:
    """What was sent. `sent()` makes one."""

    messages: list[str] = field(default_factory=list)
    """The platform's ids of what was sent, in order; also when `problem` is set."""
    problem: Trouble | None = None
    """Why the rest was not sent."""
    effects: list[Effect] = field(default_factory=list)

    def stopped(self, problem: Trouble) -> Self:
        """Says why the rest was not sent."""
        self.problem = problem
        return self

    def publish(self, topic: str, text: str) -> Self:
        """Hands this text to everyone who is subscribed to the topic, once the call is committed."""
        self.effects.append(Publish(topic, text))
        return self


def sent(*ids: str) -> Receipt:
    """Everything was sent, as messages of these ids; without one if the platform gives none."""
    return Receipt(list(ids))


@dataclass
class Reply:
    """What one of the channel's own tools says: the model sees the first 16 KiB of the text."""

    text: str = ""
    effects: list[Effect] = field(default_factory=list)

    def publish(self, topic: str, text: str) -> Self:
        """Hands this text to everyone who is subscribed to the topic, once the call is committed."""
        self.effects.append(Publish(topic, text))
        return self

    def wake(self, name: str, after: int) -> Self:
        """Asks for `@timer` with this name after so many milliseconds."""
        self.effects.append(Wake(name, after))
        return self


@dataclass
class Opened:
    """The websocket is open."""


@dataclass
class Closed:
    """The websocket is closed; a `Connect` opens it again, not sooner than the host finds right."""

    code: int | None = None
    reason: str = ""


Happening = Opened | Frame | Closed
"""What happened on a websocket: a frame is `str` or `bytes`."""
