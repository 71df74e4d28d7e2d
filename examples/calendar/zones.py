"""Time zones as the calendar itself describes them (VTIMEZONE): the component has no list of the world's zones, and a calendar that
names a zone has to bring it along."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from ics import Component, IcsError
from recurrence import Rule, Steps

# A zone's rule gives at least one change in so many days.
ROUND = timedelta(days=800)
DAY = timedelta(days=1)


class ZoneError(ValueError):
    """A zone that the calendar does not describe, or not so that it can be read."""


@dataclass(frozen=True)
class Observance:
    """One kind of time in a zone: from when on, and how far it is from UTC."""

    start: datetime
    before: timedelta
    offset: timedelta
    rule: Rule | None
    others: tuple[datetime, ...]

    def latest(self, moment: datetime, steps: Steps) -> datetime | None:
        """When it began last, at that moment."""
        known = [at for at in (self.start, *self.others) if at <= moment]
        if self.rule is not None and self.start <= moment:
            until = self.rule.until
            near = moment if until is None else min(moment, until)
            begin = max(near - ROUND, self.start) if near - datetime.min > ROUND else self.start
            known += self.rule.between(self.start, begin, moment + timedelta(seconds=1), steps)
        return max(known, default=None)


@dataclass(frozen=True)
class Zone:
    """A zone by its observances. Without any it is UTC."""

    name: str
    observances: tuple[Observance, ...] = ()

    @classmethod
    def of(cls, component: Component) -> Zone:
        """Reads a VTIMEZONE. Raises `ZoneError`."""
        name = component.text("TZID")
        kinds = [child for child in component.children if child.name in ("STANDARD", "DAYLIGHT")]
        if not kinds:
            raise ZoneError(f"the zone {name} says nothing of its time")
        try:
            return cls(name, tuple(_observance(kind) for kind in kinds))
        except ValueError as error:
            raise ZoneError(f"the zone {name}: {error}") from None

    def utc(self, local: datetime, steps: Steps) -> datetime:
        """A local time as UTC. Of an hour that comes twice the second is meant, of one that is left out the one after it."""
        if not self.observances:
            return local
        began = [(latest, one) for one in self.observances if (latest := one.latest(local, steps)) is not None]
        if began:
            return local - max(began, key=lambda pair: pair[0])[1].offset
        return local - min(self.observances, key=lambda one: one.start).before


UTC = Zone("UTC")


def _observance(kind: Component) -> Observance:
    start, before, after = kind.first("DTSTART"), kind.first("TZOFFSETFROM"), kind.first("TZOFFSETTO")
    if start is None or before is None or after is None:
        raise IcsError("an observance lacks its start or its offsets")
    rule, from_utc = kind.first("RRULE"), _offset(before.value)
    until = None if rule is None else until_of(rule.value)
    if until is not None and until[1]:
        # What ends at the calendar's end does so in every zone.
        until = (min(max(until[0], datetime.min + DAY), datetime.max - DAY) + from_utc, False)
    others = (moment(part)[0] for line in kind.all("RDATE") for part in line.value.split(","))
    return Observance(
        moment(start.value)[0],
        from_utc,
        _offset(after.value),
        None if rule is None else Rule.parse(rule.value, None if until is None else until[0]),
        tuple(others),
    )


def _offset(text: str) -> timedelta:
    found = re.fullmatch(r"([+-])(\d\d)(\d\d)(\d\d)?", text.strip())
    if found is None:
        raise IcsError(f"{text} is no offset from UTC")
    sign, hours, minutes, seconds = found.groups(default="0")
    offset = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    return -offset if sign == "-" else offset


def moment(text: str) -> tuple[datetime, bool]:
    """A date or a time as iCalendar writes it, and whether it is UTC; a date is its midnight. Raises `IcsError`."""
    found = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", text.strip())
    if found is None:
        raise IcsError(f"{text.strip():.40} is no date and no time")
    *numbers, utc = found.groups(default="0")
    year, month, day, hour, minute, second = map(int, numbers)
    try:
        # A leap second is taken for the one before it.
        return datetime(year, month, day, hour, minute, min(second, 59)), utc == "Z"
    except ValueError:
        raise IcsError(f"{text.strip():.40} is no date and no time") from None


def until_of(rule: str) -> tuple[datetime, bool] | None:
    """What UNTIL of a rule says, and whether it is UTC; of a date, its last second."""
    found = re.search(r"(?:^|;)UNTIL=([^;]*)", rule.strip().upper())
    if found is None:
        return None
    until, utc = moment(found[1])
    return (until, utc) if "T" in found[1] else (until + timedelta(days=1, seconds=-1), False)
