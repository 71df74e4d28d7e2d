"""Programs that the manifest asks for and the operator has named, with a pattern for each argument that the channel may give.
No shell; what a program gets is these arguments, this input, and an empty environment."""

from __future__ import annotations

from dataclasses import dataclass

from ._outside import outside
from .trouble import Rejected, Unavailable


class NotGranted(Rejected):
    """The operator has not granted this program, or an argument does not fit his pattern."""


class NotStarted(Rejected):
    """It could not be started."""


class TimedOut(Unavailable):
    """It was not done in time."""


@dataclass
class Output:
    """What a program left; cut at 1 MiB, and then the last line of `stderr` says so."""

    status: int
    stdout: bytes = b""
    stderr: bytes = b""


def run(name: str, *arguments: str, input: bytes | str = b"") -> Output:
    """Runs a program to its end, whatever its status.

    Raises `NotGranted`, `NotStarted` or `TimedOut`.
    """
    return outside().run(name, list(arguments), input.encode() if isinstance(input, str) else input)
