"""What a hook is asked, and what it answers."""

from __future__ import annotations

import json as _json
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl

from .parsing import parse_json
from .trouble import Malformed
from .words import File, Inbound, Outcome


@dataclass
class Request:
    """A call over HTTP. The host has checked it by the rule of the manifest that `rule` names; one that fulfils none never gets
    here."""

    method: str = "GET"
    path: str = "/"
    """The part after the channel's own prefix; begins with `/`."""
    query: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | File = b""
    """Over 1 MiB, if the manifest allows uploads, a file under `/inbox`."""
    rule: str = "page"
    """`page` if it comes from the channel's own page."""

    @property
    def data(self) -> bytes:
        """The body; empty if the host wrote it to a file."""
        return b"" if isinstance(self.body, File) else self.body

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 becomes U+FFFD."""
        return self.data.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body, read as JSON. Raises `Malformed`, for which the caller gets 400, if it is none or is in a file."""
        if isinstance(self.body, File):
            raise Malformed("the body is too large to be read as JSON")
        return parse_json(self.body)

    def header(self, name: str) -> str | None:
        """The first header of this name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def is_page(self) -> bool:
        """Whether it comes from the channel's own page, and not from a caller that fulfilled a rule of the manifest."""
        return self.rule == "page"

    @property
    def segments(self) -> list[str]:
        """The parts of the path between its slashes, empty ones left out, as they were sent."""
        return [part for part in self.path.split("/") if part]

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """All parameters of the query, decoded, in order."""
        return parse_qsl(self.query, keep_blank_values=True)

    def parameter(self, name: str) -> str | None:
        """The first parameter of this name."""
        return next((value for key, value in self.parameters if key == name), None)


@dataclass
class Subscribe:
    """As an answer's body: keeps the connection open as server-sent events; the caller gets what is published to this topic from
    now on. Only for the channel's own page."""

    topic: str


@dataclass
class Answer:
    """What the caller gets, after the outcome has been committed. `ok()` makes one.

    `event`, `wake` and `publish` add one thing each to the outcome and return the answer itself, so that they chain.
    """

    status: int = 200
    body: bytes | str | File | Subscribe = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)

    @classmethod
    def text(cls, text: str, status: int = 200) -> Self:
        """Plain text."""
        return cls(status, text, [("content-type", "text/plain; charset=utf-8")])

    @classmethod
    def html(cls, document: str, status: int = 200) -> Self:
        """A document. To anything but the channel's own page the host sends a type of its own instead."""
        return cls(status, document, [("content-type", "text/html; charset=utf-8")])

    @classmethod
    def json(cls, value: Any, status: int = 200) -> Self:
        """This value as JSON. Raises `TypeError` if it has no form in JSON."""
        return cls(status, _json.dumps(value, ensure_ascii=False), [("content-type", "application/json")])

    @classmethod
    def file(cls, mime: str, path: str) -> Self:
        """A file under `/inbox`, `/outbox` or `/data`, which the host streams."""
        return cls(200, File(path), [("content-type", mime)])

    @classmethod
    def subscribe(cls, topic: str) -> Self:
        """See `Subscribe`."""
        return cls(200, Subscribe(topic))

    def event(self, *messages: Inbound) -> Self:
        """Adds what came in with this call."""
        self.outcome.event(*messages)
        return self

    def wake(self, name: str, after: int) -> Self:
        """Asks for `@timer` with this name after so many milliseconds."""
        self.outcome.wake(name, after)
        return self

    def publish(self, topic: str, text: str) -> Self:
        """Hands this text to everyone who is subscribed to the topic, once the call is committed."""
        self.outcome.publish(topic, text)
        return self


def ok() -> Answer:
    """200 with nothing in it."""
    return Answer()
