"""What stands behind `store`, `host`, `http`, `database` and `command`: the host in a component, a test's harness elsewhere.
Decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .command import Output
    from .database import Value
    from .host import Level
    from .http import Request, Response


class Outside(Protocol):
    """The functions that a channel may import, with this package's types and exceptions."""

    def get(self, key: str) -> bytes | None: ...
    def set(self, key: str, value: bytes) -> None: ...
    def delete(self, key: str) -> None: ...
    def check(self, key: str, expected: bytes | None) -> None: ...
    def keys(self, prefix: str) -> list[str]: ...
    def log(self, level: Level, text: str) -> None: ...
    def setting(self, key: str) -> str | None: ...
    def now(self) -> int: ...
    def random(self, length: int) -> bytes: ...
    def fetch(self, request: Request) -> Response: ...
    def query(self, name: str, sql: str, parameters: list[Value]) -> list[list[Value]]: ...
    def run(self, name: str, arguments: list[str], input: bytes) -> Output: ...


_here: list[Outside] = []


def install(outside: Outside) -> None:
    """From now on this stands behind the package's functions."""
    _here[:] = [outside]


def outside() -> Outside:
    """What was installed last."""
    if not _here:
        raise RuntimeError("no host is here: in a test, make a lockgate.harness.Harness first")
    return _here[0]
