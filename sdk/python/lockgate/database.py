"""Read-only SQL over SQLite databases that the manifest asks for and the operator has named. One SELECT at a time, with bounds
on rows, bytes, memory and time; what another program has just written is seen."""

from __future__ import annotations

from ._outside import outside
from .trouble import Rejected, Unavailable

Value = None | int | float | str | bytes
"""Of one column."""


class NotGranted(Rejected):
    """The operator has not granted this database."""


class Unreadable(Unavailable):
    """It is not there, or can't be read."""


class SqlError(Rejected):
    """The statement is wrong, does more than read, or takes too long."""


class TooManyRows(Rejected):
    """Add a LIMIT."""


def query(name: str, sql: str, *parameters: Value) -> list[list[Value]]:
    """The rows of one statement. `name` is the manifest's, never a path; the parameters stand for `?1`, `?2` and so on.

    Raises `NotGranted`, `Unreadable`, `SqlError` or `TooManyRows`.
    """
    return outside().query(name, sql, list(parameters))
