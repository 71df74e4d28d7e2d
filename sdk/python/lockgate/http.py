"""HTTP outward. The host sends the request if exactly one rule of the manifest covers it and the operator has granted that
rule's host, puts the credential in, which the channel never sees, and follows no redirect.

Where a rule has a credential in its path, the placeholder stands in the URL literally:
`http.get("https://api.example.org/bot{bot_token}/getMe")`.
"""

from __future__ import annotations

import json as _json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import quote

from ._outside import outside
from .parsing import parse_json
from .trouble import Busy, Conflict, Malformed, Rejected, Trouble, Unauthorized, Unavailable
from .words import File

_SHOWN = 200
_WAIT = 1_000
_LONGEST = 2**32 - 1

Headers = Sequence[tuple[str, str]] | Mapping[str, str]


class Refused(Rejected):
    """The grant does not cover it: `why` names the rule that is missing."""


class Unreachable(Unavailable):
    """Nobody answered: resolving, connecting or TLS failed, or time ran out."""


class TooLarge(Malformed):
    """The answer is larger than 4 MiB, or than 50 MiB for a file."""


@dataclass
class Part:
    """A part of a form."""

    name: str
    content: bytes | str | File
    filename: str | None = None
    mime: str | None = None


@dataclass
class Request:
    """What is sent."""

    method: str
    url: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | File | list[Part] | None = None
    """Bytes, a file that the host streams, a form of at most 64 parts and 16 files, or nothing."""
    timeout: int | None = None
    """Milliseconds; the call's own deadline holds if it is sooner."""
    into: str | None = None
    """A 2xx answer's body goes to this path under `/inbox`, where nothing may be yet."""


@dataclass
class Response:
    """What came back."""

    status: int
    body: bytes = b""
    """Empty if it was written to `into`; at most 4 MiB."""
    headers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 becomes U+FFFD."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body, read as JSON. Raises `Malformed` if it is none."""
        return parse_json(self.body)

    def header(self, name: str) -> str | None:
        """The first header of this name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def retry_after(self) -> int | None:
        """Milliseconds that the platform asks to wait, from a `retry-after` in seconds."""
        try:
            seconds = float((self.header("retry-after") or "").strip())
        except ValueError:
            return None
        # Written so that "nan" is none, too.
        return min(int(min(seconds, _LONGEST) * 1_000), _LONGEST) if seconds >= 0 else None

    def check(self) -> Self:
        """The answer itself if its status is 2xx.

        Raises what the status tells of: 401 is `Unauthorized`, 409 a `Conflict`, 429 `Busy` for as long as it says, 408 and
        5xx `Unavailable`, and all else `Rejected`, with the beginning of the body as the reason.
        """
        if self.ok:
            return self
        raise self._trouble()

    def _trouble(self) -> Trouble:
        said = self.text[:_SHOWN].strip()
        why = f"the answer was {self.status}" + (f": {said}" if said else "")
        if self.status == 429:
            wait = self.retry_after
            return Busy(_WAIT if wait is None else wait)
        if self.status == 408 or self.status >= 500:
            return Unavailable(why)
        return {401: Unauthorized, 409: Conflict}.get(self.status, Rejected)(why)


def fetch(
    method: str,
    url: str,
    *,
    headers: Headers = (),
    query: Mapping[str, str] | None = None,
    body: bytes | str | File | None = None,
    json: Any = None,
    form: Sequence[Part] | None = None,
    mime: str | None = None,
    timeout: int | None = None,
    into: str | None = None,
) -> Response:
    """Sends a request and waits for the answer, whatever its status: `Response.check` raises for those that tell of trouble.

    At most one of `body`, `json` and `form`; `mime` is the type of `body`. `timeout` is in milliseconds. The host refuses
    headers that are its own: `host`, `content-length`, and whatever carries a credential.

    Raises `Refused`, `Unreachable` or `TooLarge`.
    """
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    if sum(given is not None for given in (body, json, form)) > 1:
        raise TypeError("a request has one of body, json and form")
    if json is not None:
        body, mime = _json.dumps(json, ensure_ascii=False), mime or "application/json"
    if mime is not None:
        pairs.append(("content-type", mime))
    content = body.encode() if isinstance(body, str) else body
    whole = content if form is None else list(form)
    return outside().fetch(Request(method, _with_query(url, query or {}), pairs, whole, timeout, into))


def get(
    url: str,
    *,
    headers: Headers = (),
    query: Mapping[str, str] | None = None,
    timeout: int | None = None,
    into: str | None = None,
) -> Response:
    """`GET`. See `fetch`."""
    return fetch("GET", url, headers=headers, query=query, timeout=timeout, into=into)


def post(
    url: str,
    *,
    headers: Headers = (),
    query: Mapping[str, str] | None = None,
    body: bytes | str | File | None = None,
    json: Any = None,
    form: Sequence[Part] | None = None,
    mime: str | None = None,
    timeout: int | None = None,
) -> Response:
    """`POST`. See `fetch`."""
    return fetch("POST", url, headers=headers, query=query, body=body, json=json, form=form, mime=mime, timeout=timeout)


def encode(text: str) -> str:
    """Text as one segment of a path, or as a name or value of a query."""
    return quote(text, safe="")


def _with_query(url: str, query: Mapping[str, str]) -> str:
    pairs = "&".join(f"{encode(name)}={encode(value)}" for name, value in query.items())
    if not pairs:
        return url
    return f"{url}{'&' if '?' in url else '?'}{pairs}"
