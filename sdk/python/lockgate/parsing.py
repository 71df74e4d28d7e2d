"""JSON from outside, which may be anything. The standard library's reader takes two things that end a call at once: what is nested
so deep that the component's stack ends, and halves of characters that no text outside of Python can hold."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from .trouble import Malformed

DEEPEST = 100
"""Lists and objects within each other."""

_MARKS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]', re.DOTALL)
_HALVES = re.compile(
    r"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


def parse_json(data: str | bytes) -> Any:
    """The value, with U+FFFD for each half of a character. Bytes are UTF-8.

    Raises `Malformed` if it is no JSON, or nested more than 100 deep.
    """
    try:
        text = data if isinstance(data, str) else data.decode().removeprefix("\ufeff")
        _shallow(text)
        return json.loads(_HALVES.sub(lambda found: found[1] or "\\ufffd", text), parse_constant=_constant)
    except ValueError as error:
        raise Malformed(f"it is no JSON: {error}") from None


def _shallow(text: str) -> None:
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth = 0
    for found in _MARKS.finditer(text):
        mark = text[found.start()]
        if mark in "[{":
            depth += 1
            if depth > DEEPEST:
                raise ValueError(f"nested more than {DEEPEST} deep")
        elif mark != '"':
            depth -= 1


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no value of it")
