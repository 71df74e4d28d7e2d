"""Values as they may cross the wall. What is of another type would end the call without a word of where it came from, so it is
looked at here, while Python still knows. Decides nothing else."""

from __future__ import annotations

from collections.abc import Iterable

U16 = 2**16 - 1
U32 = 2**32 - 1
U64 = 2**64 - 1


def text(value: str) -> str:
    """The text, with `?` for each half of a character (U+D800 to U+DFFF), which only Python's texts can hold.

    Raises `TypeError` if it is none.
    """
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.60} should be a text, and is {type(value).__name__}")
    if value.isascii():
        return value
    return value.encode("utf-8", "replace").decode()


def maybe(value: str | None) -> str | None:
    """The same, if it is there."""
    return None if value is None else text(value)


def number(value: int, most: int) -> int:
    """The number.

    Raises `TypeError` if it is none, or none without a fraction; `ValueError` if it is negative, or more than that.
    """
    if not isinstance(value, int):
        raise TypeError(f"{value!r:.60} should be a whole number, and is {type(value).__name__}")
    if not 0 <= value <= most:
        raise ValueError(f"{value} should be from 0 to {most}")
    return int(value)


def pairs(values: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs of texts, as headers are.

    Raises `TypeError` if one is none.
    """
    return [(text(name), text(value)) for name, value in values]
