"""What a channel keeps between calls: nothing else survives one. Writes are committed with the call's outcome, or not at all.
Calls of one channel may overlap, and for one key the later commit wins: keep one thing per key."""

from __future__ import annotations

import json
from typing import Any

from ._outside import outside
from .parsing import parse_json
from .trouble import Malformed, Rejected, Unavailable


class Full(Unavailable):
    """The channel's quota (16 MiB), or what one call may write (4 MiB), is used up."""


class TooLarge(Rejected):
    """A key over 256 bytes, or a value over 1 MiB."""


def get(key: str) -> bytes | None:
    """What was committed when it is called, and this call's own writes over it."""
    return outside().get(key)


def get_text(key: str) -> str | None:
    """The same as text. What is no UTF-8 becomes U+FFFD."""
    value = get(key)
    return None if value is None else value.decode("utf-8", "replace")


def get_int(key: str, default: int = 0) -> int:
    """The same as a number, as `set` writes one; the default if there is none.

    Raises `Malformed` if what is there is no number.
    """
    value = get(key)
    if value is None:
        return default
    try:
        return int(value)
    except ValueError:
        raise Malformed(f"the store's {key} is no number") from None


def get_json(key: str, default: Any = None) -> Any:
    """The same as `set_json` wrote it; the default if there is nothing.

    Raises `Malformed` if what is there is no JSON.
    """
    value = get(key)
    return default if value is None else parse_json(value)


def set(key: str, value: bytes | str | int) -> None:
    """Writes one key; text as UTF-8, a number in decimal.

    Raises `TooLarge` or `Full`.
    """
    if isinstance(value, int):
        value = str(value)
    outside().set(key, value.encode() if isinstance(value, str) else bytes(value))


def set_json(key: str, value: Any) -> None:
    """Writes this value as JSON.

    Raises `TooLarge` or `Full`, and `TypeError` if the value has no form in JSON.
    """
    set(key, json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def delete(key: str) -> None:
    """Takes a key away; one that is not there is no error."""
    outside().delete(key)


def check(key: str, expected: bytes | str | None) -> None:
    """If at commit the key has another value, the outcome is thrown away and the call runs again: three times, then it is a
    fault. Not in `@sink.send`, `@sink.edit` and `@tool`, whose work outside can't be repeated."""
    outside().check(key, expected.encode() if isinstance(expected, str) else expected)


def keys(prefix: str = "") -> list[str]:
    """All keys that begin so, in ascending order."""
    return outside().keys(prefix)
