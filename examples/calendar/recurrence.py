"""When something happens again (RFC 5545, section 3.3.10): rules by days, weeks, months and years. All times are local ones
without a zone. Every step is counted, because a calendar may hold what others have put into it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# What a rule may say that is understood here.
KNOWN = frozenset(
    ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST"),
)
# Values of one BY…: a month has 31 days, and as many counted from its end.
LISTED = 62


class RuleError(ValueError):
    """A rule that is wrong, or says what is not understood here."""


class TooMany(RuleError):
    """It would take more steps than there are."""


class Steps:
    """How many steps are left: for all rules of a calendar together, or for one event of it."""

    def __init__(self, left: int, whole: Steps | None = None) -> None:
        self.left = left
        self._whole = whole

    def part(self, most: int) -> Steps:
        """Some of them, for one event: what it takes is taken here, too."""
        return Steps(min(most, self.left), self)

    def take(self, steps: int) -> None:
        """Raises `TooMany` if there are not so many left."""
        if self._whole is not None:
            self._whole.left -= min(steps, self.left)
        self.left -= steps
        if self.left < 0:
            self.left = 0
            raise TooMany("it takes too many steps to find out when this happens")


@dataclass(frozen=True)
class Rule:
    """One RRULE."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    """The last moment, local."""
    days: tuple[tuple[int, int], ...] = ()
    """Which one of its kind (0: each, -1: the last), and the weekday (0: Monday)."""
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0

    @classmethod
    def parse(cls, text: str, until: datetime | None = None) -> Rule:
        """Reads the value of an RRULE. `until` is what UNTIL says, which depends on a zone that is not known here.

        Raises `RuleError`.
        """
        given = dict(_pair(part) for part in text.strip().upper().split(";") if part)
        unknown = sorted(given.keys() - KNOWN)
        if unknown:
            raise RuleError(f"the rule says {unknown[0]}, which is not understood")
        if given.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
            raise RuleError(f"a rule with FREQ={given.get('FREQ')} is not understood")
        return cls(
            given["FREQ"],
            _number(given.get("INTERVAL", "1"), 1, 10_000),
            _number(given["COUNT"], 1, 1_000_000) if "COUNT" in given else None,
            until,
            tuple(_day(text) for text in _list(given, "BYDAY")),
            tuple(_number(text, 1, 12) for text in _list(given, "BYMONTH")),
            tuple(_number(text, -31, 31) for text in _list(given, "BYMONTHDAY")),
            tuple(_number(text, -366, 366) for text in _list(given, "BYSETPOS")),
            _day(given.get("WKST", "MO"))[1],
        )

    def between(self, start: datetime, begin: datetime, end: datetime, steps: Steps) -> Iterator[datetime]:
        """When it happens at or after `begin` and before `end`, in order. `start` is the first time, and counts as one whether or
        not the rule gives it.

        Raises `TooMany`.
        """
        counted = 0
        for moment in self._moments(start, begin, end, steps):
            counted += 1
            if moment >= end or (self.until is not None and moment > self.until):
                return
            if moment >= begin:
                yield moment
            if counted == self.count:
                return

    def _moments(self, start: datetime, begin: datetime, end: datetime, steps: Steps) -> Iterator[datetime]:
        """All times from the start on; from shortly before `begin` on if they need not be counted."""
        if self.count is not None or begin <= start:
            yield start
        nth = 0 if self.count is not None else self._periods_before(start.date(), begin.date())
        while True:
            period = self._period(start.date(), nth)
            if period is None or period > end.date():
                return
            days = self._days(start.date(), period)
            steps.take(1 + len(days))
            for day in self._chosen(days):
                moment = datetime.combine(day, start.time())
                if moment > start:
                    yield moment
            nth += 1

    def _periods_before(self, start: date, begin: date) -> int:
        """How many periods can be left out because they end before `begin`."""
        days = max((begin - start).days, 0)
        length = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}[self.frequency]
        return max(days // (length * self.interval) - 1, 0)

    def _period(self, start: date, nth: int) -> date | None:
        """The first day of the nth period; none beyond the calendar's end."""
        steps = nth * self.interval
        try:
            match self.frequency:
                case "DAILY":
                    return start + timedelta(days=steps)
                case "WEEKLY":
                    return start - timedelta(days=(start.weekday() - self.week_start) % 7) + timedelta(weeks=steps)
                case "MONTHLY":
                    years, month = divmod(start.month - 1 + steps, 12)
                    return date(start.year + years, month + 1, 1)
            return date(start.year + steps, 1, 1)
        except (OverflowError, ValueError):
            return None

    def _days(self, start: date, period: date) -> list[date]:
        """The days of a period that the rule names."""
        match self.frequency:
            case "DAILY":
                return self._limited([period])
            case "WEEKLY":
                weekdays = {day for _, day in self.days} or {start.weekday()}
                days = (period + timedelta(days=n) for n in range(7) if period <= date.max - timedelta(days=n))
                return [day for day in days if day.weekday() in weekdays and self._in_months(day)]
            case "MONTHLY":
                return self._of_month(start, period.year, period.month) if self._in_months(period) else []
        return self._of_year(start, period.year)

    def _of_year(self, start: date, year: int) -> list[date]:
        if self.days and not self.months and not self.month_days:
            first, last = date(year, 1, 1), date(year, 12, 31)
            return sorted({day for nth, weekday in self.days for day in _weekdays(first, last, nth, weekday)})
        months = sorted(self.months) or (range(1, 13) if self.month_days else [start.month])
        return [day for month in months for day in self._of_month(start, year, month)]

    def _of_month(self, start: date, year: int, month: int) -> list[date]:
        last = monthrange(year, month)[1]
        if self.month_days:
            numbers = {n if n > 0 else last + 1 + n for n in self.month_days}
            days = [date(year, month, n) for n in sorted(numbers) if 1 <= n <= last]
            return [day for day in days if not self.days or day.weekday() in {weekday for _, weekday in self.days}]
        if self.days:
            first, end = date(year, month, 1), date(year, month, last)
            return sorted({day for nth, weekday in self.days for day in _weekdays(first, end, nth, weekday)})
        return [date(year, month, start.day)] if start.day <= last else []

    def _limited(self, days: list[date]) -> list[date]:
        """Of a rule by days: those that all its BY… allow."""
        weekdays = {weekday for _, weekday in self.days}
        return [
            day
            for day in days
            if self._in_months(day)
            and (not weekdays or day.weekday() in weekdays)
            and (not self.month_days or {day.day, day.day - monthrange(day.year, day.month)[1] - 1} & {*self.month_days})
        ]

    def _in_months(self, day: date) -> bool:
        return not self.months or day.month in self.months

    def _chosen(self, days: list[date]) -> list[date]:
        """What BYSETPOS leaves."""
        if not self.positions:
            return days
        indices = {position - 1 if position > 0 else len(days) + position for position in self.positions}
        return [day for index, day in enumerate(days) if index in indices]


def _weekdays(first: date, last: date, nth: int, weekday: int) -> list[date]:
    """The days of this weekday from the first day to the last: each (0), or the nth, from the end if it is negative."""
    begin = first + timedelta(days=(weekday - first.weekday()) % 7)
    days = [begin + timedelta(weeks=n) for n in range((last - begin).days // 7 + 1)]
    if nth == 0:
        return days
    index = nth - 1 if nth > 0 else len(days) + nth
    return [days[index]] if 0 <= index < len(days) else []


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip(), value.strip()


def _list(given: dict[str, str], name: str) -> list[str]:
    """Raises `RuleError` if there are more than a rule can need: each is looked at in every step."""
    parts = [part for part in given.get(name, "").split(",", LISTED) if part]
    if len(parts) > LISTED:
        raise RuleError(f"the rule lists more than {LISTED} in {name}")
    return parts


def _number(text: str, least: int, most: int) -> int:
    try:
        number = int(text)
    except ValueError:
        raise RuleError(f"{text} is no number") from None
    if not least <= number <= most:
        raise RuleError(f"{number} is not between {least} and {most}")
    return number


def _day(text: str) -> tuple[int, int]:
    if text[-2:] not in WEEKDAYS:
        raise RuleError(f"{text} is no weekday")
    return _number(text[:-2] or "0", -53, 53), WEEKDAYS.index(text[-2:])
