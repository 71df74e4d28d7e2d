"""The decorators that make a channel of functions, one for each interface of the manifest, and what finds them in a module. They
change nothing about a function: it can be called as before. Nothing is registered anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeVar

from .hooks import Answer, Request
from .sending import Happening, Outgoing, Receipt, Reply
from .words import Batch, Effect, Outcome, Place

Life = Callable[[], Outcome | None]
Hook = Callable[[Request], Answer]
Source = Callable[[int], Batch]
Timer = Callable[[str, int], Outcome | None]
Socket = Callable[[str, Happening, int], Outcome | None]
Media = Callable[[str, str], None]
Tool = Callable[[dict[str, Any]], Reply | str]
Send = Callable[[Outgoing], Receipt]
Effects = list[Effect] | None

_ROLES = "__lockgate__"
_F = TypeVar("_F", bound=Callable[..., Any])


class ChannelError(Exception):
    """The module's functions are no channel, or not the one that channel.toml describes."""


def _mark(role: str, function: _F) -> _F:
    setattr(function, _ROLES, [*getattr(function, _ROLES, []), role])
    return function


def life(function: Life) -> Life:
    """Called once when the channel is started or replaced, before anything else: register commands, open sockets, set the first
    wake. `def start() -> Outcome`. If it raises a `Trouble`, the host reports it and tries again later."""
    return _mark("life", function)


def hook(function: Hook) -> Hook:
    """Answers a call over HTTP: `def receive(request: Request) -> Answer`. The caller gets the answer only after its outcome has
    been committed; if it raises, the caller gets an error status without the words, and nothing is kept."""
    return _mark("hook", function)


def source(function: Source) -> Source:
    """Looks for news once: `def poll(failures: int) -> Batch`. The host decides when; may wait on the platform up to the deadline
    that the manifest asks for.

    `failures` is how often in a row this call has raised another exception than a `Trouble`, run out of time over its own
    work, or raised `Malformed` or `Rejected`. From 1 on take one thing at a time, from 3 on step over the one that comes first
    and report it as `Skipped`.
    """
    return _mark("source", function)


def timer(function: Timer) -> Timer:
    """The wake of this name is due: `def fire(name: str, failures: int) -> Outcome`. Consumed by success; after a failure it
    fires again, later each time."""
    return _mark("timer", function)


def socket(function: Socket) -> Socket:
    """Something happened on a websocket: `def receive(connection: str, happening: Happening, failures: int) -> Outcome`. In the
    order in which it happened on that connection. A frame is given three times, then dropped and counted."""
    return _mark("socket", function)


def media(function: Media) -> Media:
    """Writes the bytes of an attachment to a path under `/inbox`: `def fetch(handle: str, into: str) -> None`."""
    return _mark("media", function)


def tool(name: str) -> Callable[[Tool], Tool]:
    """One of the channel's own tools, by the name that it has in the manifest: `@tool("lookup")`, then
    `def lookup(arguments: dict) -> str`, or `-> Reply`. The arguments fit the manifest's schema: the host has checked them. Never
    repeated, whatever comes of it."""
    return lambda function: _mark(f"tool {name}", function)


class _Sink:
    """What the session says comes here. Only `@sink.send` is needed; what the others lack is answered as the platform can't. The
    host calls nothing that the manifest's `[sink]` does not name."""

    def send(self, function: Send) -> Send:
        """Sends one part of an answer: `def send(outgoing: Outgoing) -> Receipt`. Repeated by the host only after `Busy`. A
        `Trouble` says that nothing of it was sent; if a part was, return a receipt with a `problem`."""
        return _mark("sink.send", function)

    def edit(self, function: _F) -> _F:
        """Replaces the text and takes all buttons away: `def edit(place: Place, message: str, text: str, format: Format)`;
        returns a list of effects, or None."""
        return _mark("sink.edit", function)

    def react(self, function: _F) -> _F:
        """Puts an emoji to a message: `def react(place: Place, message: str, emoji: str)`."""
        return _mark("sink.react", function)

    def typing(self, function: Callable[[Place], Effects]) -> Callable[[Place], Effects]:
        """Shows that an answer is being written: `def typing(place: Place)`."""
        return _mark("sink.typing", function)

    def direct(self, function: Callable[[str], str]) -> Callable[[str], str]:
        """The id of the direct conversation with this sender, opened if need be: `def direct(sender: str) -> str`."""
        return _mark("sink.direct", function)

    def answer_press(self, function: Callable[[str, str], Effects]) -> Callable[[str, str], Effects]:
        """Tells the one who pressed what came of it: `def answer_press(handle: str, text: str)`."""
        return _mark("sink.answer_press", function)


sink = _Sink()


@dataclass
class Channel:
    """The functions of one module, by what the host calls them for: `hook`, `sink.send`, `tool lookup`."""

    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, module: ModuleType) -> Channel:
        """Finds them, imported ones too. Raises `ChannelError` if two are for the same thing, or none for anything."""
        functions: dict[str, Callable[..., Any]] = {}
        for value in vars(module).values():
            for role in getattr(value, _ROLES, []) if callable(value) else []:
                if functions.setdefault(role, value) is not value:
                    raise ChannelError(f"{module.__name__} has two functions for {role}")
        if not functions:
            raise ChannelError(f"{module.__name__} has no function with @hook, @source or another of lockgate's decorators")
        return cls(functions)

    @property
    def interfaces(self) -> set[str]:
        """Of the contract: `hook`, `sink`, `tools`."""
        names = {role.split(" ")[0].split(".")[0] for role in self.functions}
        return {"tools" if name == "tool" else name for name in names}

    def fit(self, named: set[str]) -> None:
        """Raises `ChannelError` if channel.toml names other interfaces than there are functions for, and says all that does not
        fit, a line each. `life` may be left out: then it does nothing."""
        missing = named - self.interfaces - {"life"}
        if "sink" in named and "sink.send" not in self.functions:
            missing.add("sink")
        wrong = []
        for name in sorted(missing):
            wrong.append(f"channel.toml has {_section(name)}, and app.py has no function with @{_decorator(name)}")
        for name in sorted(self.interfaces - named):
            wrong.append(f"app.py has a function with @{_decorator(name)}, and channel.toml has no {_section(name)}")
        if wrong:
            raise ChannelError("\n".join(wrong))


def _section(interface: str) -> str:
    return "[[tool]]" if interface == "tools" else f"[{interface}]"


def _decorator(interface: str) -> str:
    return {"sink": "sink.send", "tools": "tool"}.get(interface, interface)
