"""One call of each function of the contract, over a channel's functions: what is absent gets its answer here, and what comes
back is of the type that it should be. The component and the harness both call a channel through this."""

from __future__ import annotations

from typing import Any, TypeVar

from .channel import Channel
from .hooks import Answer, Request
from .parsing import parse_json
from .sending import Format, Happening, Outgoing, Receipt, Reply
from .trouble import Rejected
from .words import Batch, Effect, Outcome, Place

_T = TypeVar("_T")


class Calls:
    """The functions of the contract. Each raises what the channel's function raises, and `TypeError` if that returns what it
    should not."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def start(self) -> Outcome:
        """`life.start`."""
        return _outcome("life", self._call("life") if "life" in self._channel.functions else None)

    def hook(self, request: Request) -> Answer:
        """`hook.receive`."""
        return _is("hook", Answer, self._call("hook", request))

    def poll(self, failures: int) -> Batch:
        """`source.poll`."""
        return _is("source", Batch, self._call("source", failures))

    def fire(self, name: str, failures: int) -> Outcome:
        """`timer.fire`."""
        return _outcome("timer", self._call("timer", name, failures))

    def socket(self, connection: str, happening: Happening, failures: int) -> Outcome:
        """`socket.receive`."""
        return _outcome("socket", self._call("socket", connection, happening, failures))

    def fetch(self, handle: str, into: str) -> None:
        """`media.fetch`."""
        self._call("media", handle, into)

    def tool(self, name: str, arguments: str) -> Reply:
        """`tools.call`."""
        if f"tool {name}" not in self._channel.functions:
            raise Rejected(f"this channel has no tool {name}")
        reply = self._call(f"tool {name}", parse_json(arguments))
        return Reply(reply) if isinstance(reply, str) else _is(f"tool {name}", Reply, reply)

    def send(self, outgoing: Outgoing) -> Receipt:
        """`sink.send`."""
        return _is("sink.send", Receipt, self._call("sink.send", outgoing))

    def edit(self, place: Place, message: str, text: str, format: Format) -> list[Effect]:
        """`sink.edit`."""
        return self._or("sink.edit", "this channel can't change what was sent", place, message, text, format)

    def react(self, place: Place, message: str, emoji: str) -> list[Effect]:
        """`sink.react`."""
        return self._or("sink.react", "this channel can't react to messages", place, message, emoji)

    def typing(self, place: Place) -> list[Effect]:
        """`sink.typing`."""
        return self._or("sink.typing", None, place)

    def direct(self, sender: str) -> str:
        """`sink.direct`."""
        if "sink.direct" not in self._channel.functions:
            raise Rejected("this channel has no direct conversations")
        return _is("sink.direct", str, self._call("sink.direct", sender))

    def answer_press(self, handle: str, text: str) -> list[Effect]:
        """`sink.answer-press`."""
        return self._or("sink.answer_press", None, handle, text)

    def _call(self, role: str, *arguments: Any) -> Any:
        if role not in self._channel.functions:
            raise TypeError(f"this channel has no {role}")
        return self._channel.functions[role](*arguments)

    def _or(self, role: str, why: str | None, *arguments: Any) -> list[Effect]:
        """What the function gives, or what is said where there is none: why not, or nothing."""
        if role in self._channel.functions:
            return _is(role, list, self._call(role, *arguments) or [])
        if why is None:
            return []
        raise Rejected(why)


def _outcome(role: str, value: Any) -> Outcome:
    return Outcome() if value is None else _is(role, Outcome, value)


def _is(role: str, kind: type[_T], value: Any) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"the function for {role} returned {value!r:.80}, which is no {kind.__name__}")
    return value
