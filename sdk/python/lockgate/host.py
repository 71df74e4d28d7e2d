"""The small things: the operator's log, the channel's settings, the clock, and random bytes."""

from __future__ import annotations

from enum import Enum

from ._outside import outside


class Level(Enum):
    """Of a line in the log."""

    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"


def log(text: str, level: Level = Level.INFO) -> None:
    """One line for the operator's log, at most 4 KiB; 64 KiB of them in a minute. `print()` goes there, too, as info, and what
    is written to `sys.stderr` as a warning."""
    outside().log(level, text)


def setting(key: str) -> str | None:
    """A setting from the channel's `config` table, as text. Never a secret."""
    return outside().setting(key)


def now() -> int:
    """Milliseconds since the Unix epoch."""
    return outside().now()


def random(length: int) -> bytes:
    """Bytes from the system's generator; at most 1,024 in a call."""
    return outside().random(length)
