"""A stand-in for the host, for the unit tests of a channel: it calls the channel as the host would, keeps what a call returned if
the call went well, and throws everything away if it did not. Not part of a component.

    import unittest
    import app
    from lockgate import Request
    from lockgate.harness import Harness

    class Hello(unittest.TestCase):
        def test_it_greets(self):
            house = Harness(app)
            self.assertEqual(house.hook(Request("POST", body=b"hi")).status, 200)
            self.assertEqual(house.events()[0].text, "hi")

The clock stands still until `advance`, and random bytes are the same in each run. Files are not stood in for: a test of a channel
with `/data` patches `open`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from . import http
from ._bounds import check
from ._house import Changed, Command, Database, Drafts, House, Web
from ._outside import install
from .calls import Calls
from .channel import Channel
from .hooks import Answer, Request
from .host import Level
from .sending import Format, Happening, Outgoing, Receipt, Reply
from .trouble import Malformed, Rejected, Trouble
from .words import Batch, Connect, Disconnect, Effect, Inbound, Message, Outcome, Place, Publish, SendFrame, Wake

_T = TypeVar("_T")
_RUNS = 3


class Harness:
    """A stand-in for the host, over a module with a channel's functions. What `store`, `http` and the others reach is the harness
    that was made last; a test may use them, too, to look at what was kept, or to prepare it."""

    def __init__(
        self,
        module: ModuleType,
        *,
        settings: dict[str, str] | None = None,
        web: Web | None = None,
        databases: dict[str, Database] | None = None,
        commands: dict[str, Command] | None = None,
    ) -> None:
        """`web` answers the requests that the channel sends; it may raise `http.Refused` and the others. Without it all are
        refused. So it is with `databases` and `commands`, by the manifest's names."""
        self._calls = Calls(Channel.of(module))
        self._house = House(dict(settings or {}), web, dict(databases or {}), dict(commands or {}))
        self._inbound: list[Inbound] = []
        self._effects: list[Effect] = []
        self._failures: dict[str, int] = {}
        self.wakes: dict[str, int] = {}
        """The names of the wakes that are set, and when each is due, in milliseconds since the Unix epoch."""
        self.meanwhile: Callable[[], None] | None = None
        """Is called before each commit, as another call would run beside this one: for channels with `store.check`."""
        install(self._house)

    @property
    def kept(self) -> dict[str, bytes]:
        """What was committed to the store."""
        return self._house.kept

    @property
    def now(self) -> int:
        """Milliseconds since the Unix epoch by the harness's clock; it begins at 2030-01-01."""
        return self._house.time

    def set_time(self, millis: int) -> None:
        """Sets the clock, in milliseconds since the Unix epoch."""
        self._house.time = millis

    def advance(self, millis: int) -> None:
        """Moves the clock on. No wake is fired by that: see `due`."""
        self._house.time += millis

    def due(self) -> list[str]:
        """The names of the wakes that are due by the harness's clock."""
        return [name for name, at in self.wakes.items() if at <= self.now]

    @property
    def requests(self) -> list[http.Request]:
        """All that the channel sent, also in calls that failed."""
        return self._house.requests

    @property
    def logged(self) -> list[tuple[Level, str]]:
        """All that it logged, also in calls that failed."""
        return self._house.logged

    # What the host calls.

    def start(self) -> Outcome:
        """`@life`."""
        return self._call(self._calls.start)

    def hook(self, request: Request) -> Answer:
        """`@hook`."""
        return self._call(lambda: self._calls.hook(request))

    def poll(self, *, failures: int | None = None) -> Batch:
        """`@source`, with this number of polls that failed in a row, or as many as there were here since one that did not."""
        return self._counted("poll", self._calls.poll, failures)

    def fire(self, name: str) -> Outcome:
        """`@timer`, whether or not the wake is due. It is consumed by success."""
        due = self.wakes.pop(name, None)
        try:
            return self._counted(f"wake {name}", lambda failures: self._calls.fire(name, failures))
        except BaseException:
            if due is not None:
                self.wakes[name] = due
            raise

    def socket(self, connection: str, happening: Happening) -> Outcome:
        """`@socket`."""
        return self._counted(
            f"socket {connection}", lambda failures: self._calls.socket(connection, happening, failures)
        )

    def send(self, outgoing: Outgoing) -> Receipt:
        """`@sink.send`."""
        return self._call(lambda: self._calls.send(outgoing), runs=1)

    def edit(self, place: Place, message: str, text: str, format: Format = Format.MARKDOWN) -> list[Effect]:
        """`@sink.edit`."""
        return self._call(lambda: self._calls.edit(place, message, text, format), runs=1)

    def react(self, place: Place, message: str, emoji: str) -> list[Effect]:
        """`@sink.react`."""
        return self._call(lambda: self._calls.react(place, message, emoji), runs=1)

    def typing(self, place: Place) -> list[Effect]:
        """`@sink.typing`."""
        return self._call(lambda: self._calls.typing(place), runs=1)

    def direct(self, sender: str) -> str:
        """`@sink.direct`."""
        return self._call(lambda: self._calls.direct(sender), runs=1)

    def answer_press(self, handle: str, text: str) -> list[Effect]:
        """`@sink.answer_press`."""
        return self._call(lambda: self._calls.answer_press(handle, text), runs=1)

    def fetch(self, handle: str, into: str = "/inbox/fetched") -> None:
        """`@media`."""
        self._call(lambda: self._calls.fetch(handle, into))

    def tool(self, name: str, arguments: dict[str, Any]) -> Reply:
        """`@tool`, with arguments that fit its schema: the harness knows none."""
        return self._call(lambda: self._calls.tool(name, json.dumps(arguments)), runs=1)

    # What came of it.

    def events(self) -> list[Message]:
        """The messages that were committed since it was asked last."""
        found = [one for one in self._inbound if isinstance(one, Message)]
        self._inbound = [one for one in self._inbound if not isinstance(one, Message)]
        return found

    def inbound(self) -> list[Inbound]:
        """All that came in since it was asked last: messages, edits, presses, and what was skipped."""
        found, self._inbound = self._inbound, []
        return found

    def published(self, topic: str) -> list[str]:
        """What was published to this topic since it was asked last."""
        asked = [one for one in self._effects if isinstance(one, Publish) and one.topic == topic]
        self._effects = [one for one in self._effects if not any(one is other for other in asked)]
        return [one.text for one in asked]

    def sockets(self) -> list[Connect | SendFrame | Disconnect]:
        """What the channel asked of its websockets since it was asked last."""
        asked = [one for one in self._effects if isinstance(one, Connect | SendFrame | Disconnect)]
        self._effects = [one for one in self._effects if isinstance(one, Publish)]
        return asked

    # One call.

    def _counted(self, key: str, run: Callable[[int], _T], given: int | None = None) -> _T:
        failures = self._failures.get(key, 0) if given is None else given
        try:
            returned = self._call(lambda: run(failures))
        except Exception as error:
            # As the host does: a poll is not told of what its platform alone is to blame for.
            told = key != "poll" or not isinstance(error, Trouble) or isinstance(error, Malformed | Rejected)
            self._failures[key] = failures + told
            raise
        self._failures.pop(key, None)
        return returned

    def _call(self, run: Callable[[], _T], runs: int = _RUNS) -> _T:
        install(self._house)
        for _ in range(runs):
            drafts = self._house.drafts = Drafts()
            try:
                returned = run()
            finally:
                self._house.drafts = None
            if self.meanwhile is not None:
                self.meanwhile()
            inbound, effects = _changes(returned)
            check(inbound, effects)
            try:
                self._house.commit(drafts)
            except Changed:
                continue
            self._perform(inbound, effects)
            return returned
        if runs == 1:
            raise AssertionError("a call that sends can't be repeated: it must not use store.check")
        raise AssertionError(f"the call ran {runs} times, and each time what it had checked was changed: the host gives up")

    def _perform(self, inbound: list[Inbound], effects: list[Effect]) -> None:
        self._inbound.extend(inbound)
        for effect in effects:
            if isinstance(effect, Wake):
                self.wakes[effect.name] = self.now + effect.after
            else:
                self._effects.append(effect)


def _changes(returned: Any) -> tuple[list[Inbound], list[Effect]]:
    """What is to be committed of what a call returned."""
    outcome = getattr(returned, "outcome", returned)
    effects = outcome if isinstance(outcome, list) else getattr(outcome, "effects", [])
    return getattr(outcome, "inbound", []), effects
