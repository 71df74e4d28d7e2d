"""What stands in for the host behind a harness: the store with the drafts of the call that runs, and whatever a test answers with.
Not part of a component."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from . import command, database, http, store
from .host import Level

Web = Callable[[http.Request], http.Response]
Database = Callable[[str, list[database.Value]], list[list[database.Value]]]
Command = Callable[[list[str], bytes], command.Output]

# The host's bounds: bytes of a key, of a value, of what a call writes, and what each key costs beyond that; requests of a call.
_KEY, _VALUE, _WRITTEN, _ROW = 256, 1 << 20, 4 << 20, 64
_FETCHES = 64
_RANDOM = 1_024
# 2030-01-01.
_BEGIN = 1_893_456_000_000


class Changed(Exception):
    """A key that the call had checked has another value at commit."""


@dataclass
class Drafts:
    """What a call has written and checked so far."""

    writes: dict[str, bytes | None] = field(default_factory=dict)
    checks: list[tuple[str, bytes | None]] = field(default_factory=list)
    written: int = 0
    fetches: int = 0


@dataclass
class House:
    """An `Outside` of a test."""

    settings: dict[str, str] = field(default_factory=dict)
    web: Web | None = None
    databases: dict[str, Database] = field(default_factory=dict)
    commands: dict[str, Command] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    time: int = _BEGIN
    requests: list[http.Request] = field(default_factory=list)
    logged: list[tuple[Level, str]] = field(default_factory=list)
    seed: int = 0
    drafts: Drafts | None = None
    """Of the call that runs; outside a call a write is committed at once."""

    def commit(self, drafts: Drafts) -> None:
        """Keeps what a call wrote. Raises `Changed`, and keeps nothing."""
        if any(self.kept.get(key) != expected for key, expected in drafts.checks):
            raise Changed
        for key, value in drafts.writes.items():
            if value is None:
                self.kept.pop(key, None)
            else:
                self.kept[key] = value

    def get(self, key: str) -> bytes | None:
        if self.drafts is not None and key in self.drafts.writes:
            return self.drafts.writes[key]
        return self.kept.get(key)

    def set(self, key: str, value: bytes) -> None:
        size = len(key.encode())
        if size > _KEY or len(value) > _VALUE:
            raise store.TooLarge("a key or a value is too large for the store")
        if self.drafts is None:
            self.kept[key] = value
            return
        self.drafts.written += size + len(value) + _ROW
        if self.drafts.written > _WRITTEN:
            raise store.Full("the channel's store is full")
        self.drafts.writes[key] = value

    def delete(self, key: str) -> None:
        if self.drafts is None:
            self.kept.pop(key, None)
        else:
            self.drafts.writes[key] = None

    def check(self, key: str, expected: bytes | None) -> None:
        if self.drafts is not None:
            self.drafts.checks.append((key, expected))

    def keys(self, prefix: str) -> list[str]:
        written = {} if self.drafts is None else self.drafts.writes
        names = {name for name in (*self.kept, *written) if name.startswith(prefix)}
        return sorted(name for name in names if self.get(name) is not None)

    def log(self, level: Level, text: str) -> None:
        self.logged.append((level, text))

    def setting(self, key: str) -> str | None:
        return self.settings.get(key)

    def now(self) -> int:
        return self.time

    def random(self, length: int) -> bytes:
        assert length <= _RANDOM, f"the host gives at most {_RANDOM} random bytes in a call"
        self.seed += 1
        return bytes((self.seed * 31 + index * 7) % 256 for index in range(length))

    def fetch(self, request: http.Request) -> http.Response:
        if self.drafts is not None:
            self.drafts.fetches += 1
            if self.drafts.fetches > _FETCHES:
                raise http.Refused(f"a call sends at most {_FETCHES} requests")
        if self.web is None:
            raise http.Refused("the test answers nothing; say what with Harness(app, web=…)")
        self.requests.append(request)
        return self.web(request)

    def query(self, name: str, sql: str, parameters: list[database.Value]) -> list[list[database.Value]]:
        if name not in self.databases:
            raise database.NotGranted("the operator has not granted this database")
        return self.databases[name](sql, parameters)

    def run(self, name: str, arguments: list[str], input: bytes) -> command.Output:
        if name not in self.commands:
            raise command.NotGranted("the operator has not granted this program")
        return self.commands[name](arguments, input)
