"""The module that the component is made of: the contract's classes, over the functions in the project's `app.py`. Imported only by
the build, which keeps a picture of the memory after it: all that is imported here is in the component, and nothing else is."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any

from componentize_py_types import Err
from wit_world import exports

from . import _wit as wit
from . import host
from ._checked import text
from ._outside import install
from .calls import Calls
from .channel import Channel
from .trouble import Trouble

INTERFACES = ("life", "hook", "source", "timer", "socket", "sink", "media", "tools")

# First, so that what app.py does when it is imported is not without a host; what it asks of it then fails, though, for
# there is none while the component is made.
install(wit.WitOutside())

# The build must not write into the project's folder, which may be watched.
sys.dont_write_bytecode = True

import app

_channel = Channel.of(app)
_channel.fit({name for name in INTERFACES if hasattr(exports, name.capitalize())})
_calls = Calls(_channel)


def _call(outward: Callable[[Any], Any], function: Callable[..., Any], *arguments: Any) -> Any:
    """What is raised besides a trouble is the channel's fault: the call traps, what was raised is the reason that the operator
    sees for it, and the traceback goes to stderr, which is his log."""
    try:
        return outward(function(*arguments))
    except Trouble as trouble:
        raise Err(wit.trouble(trouble)) from None
    except Exception as error:
        host.log(_last_words(error), host.Level.ERROR)
        raise


def _last_words(error: Exception) -> str:
    """What was raised, and the last line of the project's own that led to it."""
    words = "".join(traceback.format_exception_only(error)).strip()
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if "/lockgate/" not in frame.filename]
    return f"{words} ({own[-1].filename.rpartition('/')[2]}, line {own[-1].lineno})" if own else words


class Life:
    def start(self) -> Any:
        return _call(wit.outcome, _calls.start)


class Hook:
    def receive(self, request: Any) -> Any:
        return _call(wit.answer, _calls.hook, wit.from_request(request))


class Source:
    def poll(self, failures: int) -> Any:
        return _call(wit.batch, _calls.poll, failures)


class Timer:
    def fire(self, name: str, failures: int) -> Any:
        return _call(wit.outcome, _calls.fire, name, failures)


class Socket:
    def receive(self, connection: str, happening: Any, failures: int) -> Any:
        return _call(wit.outcome, _calls.socket, connection, wit.from_happening(happening), failures)


class Media:
    def fetch(self, handle: str, into: str) -> None:
        _call(lambda _: None, _calls.fetch, handle, into)


class Tools:
    def call(self, name: str, arguments: str) -> Any:
        return _call(wit.reply, _calls.tool, name, arguments)


class Sink:
    def send(self, outgoing: Any) -> Any:
        return _call(wit.receipt, _calls.send, wit.from_outgoing(outgoing))

    def edit(self, place: Any, message: str, text: str, format: Any) -> Any:
        return _call(wit.effects, _calls.edit, wit.from_place(place), message, text, wit.from_format(format))

    def react(self, place: Any, message: str, emoji: str) -> Any:
        return _call(wit.effects, _calls.react, wit.from_place(place), message, emoji)

    def typing(self, place: Any) -> Any:
        return _call(wit.effects, _calls.typing, wit.from_place(place))

    def direct(self, sender: str) -> Any:
        return _call(text, _calls.direct, sender)

    def answer_press(self, handle: str, text: str) -> Any:
        return _call(wit.effects, _calls.answer_press, handle, text)
