"""Events of a calendar: when each of them begins within some time, repeated, moved and cancelled ones included. Takes the text and
the time; reads no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ics import Component, IcsError, Line, parse
from recurrence import Rule, Steps
from zones import UTC, Zone, ZoneError, moment, until_of

# For all rules of a calendar together; a large calendar takes a fifth of it, and all of it is done within a call's time.
STEPS = 100_000
# For one event, so that a rule which somebody else has put into the calendar can't take what the others need.
STEPS_OF_EVENT = 10_000
# Times of one event that are told of: somebody else's may list thousands.
MOST_TIMES = 100
# No zone is further from UTC. What is asked for begins after 1970, so that the calendar does not end before.
FURTHEST = timedelta(hours=26)


@dataclass(frozen=True)
class Occurrence:
    """One time at which an event happens."""

    uid: str
    begins: datetime
    """UTC."""
    local: datetime
    zone: str
    all_day: bool
    title: str
    where: str


@dataclass
class Found:
    """What a calendar has within some time, in order, and what could not be read."""

    occurrences: list[Occurrence] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    """Why, by the event's UID."""


@dataclass(frozen=True)
class _When:
    local: datetime
    zone: Zone
    all_day: bool


@dataclass(frozen=True)
class _Window:
    begin: datetime
    end: datetime

    def is_near(self, local: datetime) -> bool:
        """Whether a local time may be in it, whatever its zone: to find that out for each takes too long."""
        return self.begin - FURTHEST <= local < self.end + FURTHEST


class Calendar:
    """A calendar's events and zones."""

    def __init__(self, text: str) -> None:
        """Raises `IcsError` if it is no calendar."""
        root = parse(text)
        self._all_steps = Steps(STEPS)
        self._steps = self._all_steps
        self._zones = {zone.text("TZID"): zone for zone in root.within("VTIMEZONE")}
        self._read: dict[str, Zone] = {}
        # Most events of a calendar begin at few different times of a day.
        self._known: dict[tuple[str, datetime], datetime] = {}
        self._default = root.text("X-WR-TIMEZONE")
        self._by_uid: dict[str, list[Component]] = defaultdict(list)
        for event in root.within("VEVENT"):
            self._by_uid[event.text("UID")].append(event)

    def between(self, begin: datetime, end: datetime) -> Found:
        """What begins at or after `begin` and before `end`; both are UTC."""
        found = Found()
        for uid, events in self._by_uid.items():
            self._steps = self._all_steps.part(STEPS_OF_EVENT)
            try:
                occurrences = self._of_uid(uid, events, _Window(begin, end))
                if len(occurrences) > MOST_TIMES:
                    raise IcsError(f"it begins more than {MOST_TIMES} times within what is looked at")
                found.occurrences += occurrences
            # A time at the calendar's end, with its zone's offset, is beyond it: OverflowError.
            except (ValueError, OverflowError) as error:
                found.unreadable[uid] = str(error)
        found.occurrences.sort(key=lambda one: (one.begins, one.uid))
        return found

    def _of_uid(self, uid: str, events: list[Component], window: _Window) -> list[Occurrence]:
        """A repeated event, and those of its times that were moved or cancelled."""
        moved = {begins for event in events for begins in self._listed(event, "RECURRENCE-ID", window)}
        occurrences = []
        for event in events:
            if event.text("STATUS").upper() == "CANCELLED":
                continue
            for when in self._times(event, window):
                begins = self._utc(when)
                if window.begin <= begins < window.end and (event.first("RECURRENCE-ID") is not None or begins not in moved):
                    title, where = event.text("SUMMARY"), event.text("LOCATION")
                    occurrences.append(Occurrence(uid, begins, when.local, when.zone.name, when.all_day, title, where))
        return occurrences

    def _times(self, event: Component, window: _Window) -> list[_When]:
        """When an event happens, and perhaps some times near the edges that are too early or too late."""
        line = event.first("DTSTART")
        if line is None:
            raise IcsError("the event has no start")
        start = self._when(line)
        times = {start.local}
        if rule := self._rule(event, start):
            times = {*rule.between(start.local, window.begin - FURTHEST, window.end + FURTHEST, self._steps)}
        whens = {_When(local, start.zone, start.all_day) for local in times} | {*self._lists(event, "RDATE")}
        near = [when for when in whens if window.is_near(when.local)]
        excluded = self._listed(event, "EXDATE", window) if near else set()
        return [when for when in near if self._utc(when) not in excluded]

    def _listed(self, event: Component, name: str, window: _Window) -> set[datetime]:
        """The times near the window that the lines of this name list, as UTC."""
        return {self._utc(when) for when in self._lists(event, name) if window.is_near(when.local)}

    def _rule(self, event: Component, start: _When) -> Rule | None:
        line = event.first("RRULE")
        if line is None or event.first("RECURRENCE-ID") is not None:
            return None
        until = until_of(line.value)
        if until is None:
            return Rule.parse(line.value)
        last, utc = until
        # The rule counts in local time; how far that is from UTC is the same then as it is at the start, or an hour more.
        local = self._from_utc(last, start.zone) if utc else last
        return Rule.parse(line.value, local)

    def _from_utc(self, moment: datetime, zone: Zone) -> datetime:
        """UTC as local time: tries it with the offset that holds near it."""
        # What ends at the calendar's end, or before its beginning, does so in every zone.
        moment = min(max(moment, datetime.min + FURTHEST), datetime.max - FURTHEST)
        near = moment + (moment - zone.utc(moment, self._steps))
        return moment + (near - zone.utc(near, self._steps))

    def _lists(self, event: Component, name: str) -> Iterator[_When]:
        for line in event.all(name):
            for part in line.value.split(","):
                # Of a period only its beginning counts.
                yield self._when(Line(name, line.parameters, part.partition("/")[0]))

    def _when(self, line: Line) -> _When:
        """A time with its zone. One without a zone is the calendar's own."""
        local, utc = moment(line.value)
        all_day = "T" not in line.value
        if utc:
            return _When(local, UTC, all_day)
        name = line.parameters.get("TZID", "")
        return _When(local, self._zone(name) if name else self._own(), all_day)

    def _own(self) -> Zone:
        return self._zone(self._default) if self._default in self._zones else UTC

    def _zone(self, name: str) -> Zone:
        if name not in self._read:
            if name in self._zones:
                self._read[name] = Zone.of(self._zones[name])
            elif name.upper() in ("UTC", "GMT", "ETC/UTC"):
                self._read[name] = UTC
            else:
                raise ZoneError(f"the calendar does not describe its zone {name:.60}")
        return self._read[name]

    def _utc(self, when: _When) -> datetime:
        if not when.zone.observances:
            return when.local
        known = self._known.get((when.zone.name, when.local))
        if known is None:
            known = self._known[when.zone.name, when.local] = when.zone.utc(when.local, self._steps)
        return known
