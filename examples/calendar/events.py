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

# For all rules of a calendar together: about a second.
STEPS = 400_000
# No zone is further from UTC.
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


class Calendar:
    """A calendar's events and zones."""

    def __init__(self, text: str) -> None:
        """Raises `IcsError` if it is no calendar."""
        root = parse(text)
        self._steps = Steps(STEPS)
        self._zones = {zone.text("TZID"): zone for zone in root.within("VTIMEZONE")}
        self._read: dict[str, Zone] = {}
        self._default = root.text("X-WR-TIMEZONE")
        self._by_uid: dict[str, list[Component]] = defaultdict(list)
        for event in root.within("VEVENT"):
            self._by_uid[event.text("UID")].append(event)

    def between(self, begin: datetime, end: datetime) -> Found:
        """What begins at or after `begin` and before `end`; both are UTC."""
        found = Found()
        for uid, events in self._by_uid.items():
            try:
                found.occurrences += self._of_uid(uid, events, begin, end)
            except ValueError as error:
                found.unreadable[uid] = str(error)
        found.occurrences.sort(key=lambda one: (one.begins, one.uid))
        return found

    def _of_uid(self, uid: str, events: list[Component], begin: datetime, end: datetime) -> list[Occurrence]:
        """A repeated event, and those of its times that were moved or cancelled."""
        moved = {self._utc(self._when(line)) for event in events if (line := event.first("RECURRENCE-ID")) is not None}
        occurrences = []
        for event in events:
            if event.text("STATUS").upper() == "CANCELLED":
                continue
            for when in self._times(event, begin, end):
                begins = self._utc(when)
                if begin <= begins < end and (event.first("RECURRENCE-ID") is not None or begins not in moved):
                    title, where = event.text("SUMMARY"), event.text("LOCATION")
                    occurrences.append(Occurrence(uid, begins, when.local, when.zone.name, when.all_day, title, where))
        return occurrences

    def _times(self, event: Component, begin: datetime, end: datetime) -> Iterator[_When]:
        """When an event happens, and perhaps some times near the edges that are too early or too late."""
        line = event.first("DTSTART")
        if line is None:
            raise IcsError("the event has no start")
        start = self._when(line)
        excluded = {self._utc(when) for when in self._lists(event, "EXDATE")}
        times = {start.local}
        if rule := self._rule(event, start):
            near = begin - FURTHEST if begin - datetime.min > FURTHEST else datetime.min
            times = {*rule.between(start.local, near, end + FURTHEST, self._steps)}
        once = {_When(local, start.zone, start.all_day) for local in times}
        for when in once | {*self._lists(event, "RDATE")}:
            if self._utc(when) not in excluded:
                yield when

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
        return when.zone.utc(when.local, self._steps)
