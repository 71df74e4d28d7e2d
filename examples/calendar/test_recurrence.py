"""Rules, by tables: the examples of RFC 5545, section 3.8.5.3, and what they leave out."""

import unittest
from datetime import datetime, timedelta

from recurrence import Rule, RuleError, Steps, TooMany

START = datetime(1997, 9, 2, 9)
PLENTY = 1_000_000


def times(rule: str, start: datetime = START, begin: datetime | None = None, most: int = 20) -> list[str]:
    """The days, as `9-2` in the year of the start and `98-1-1` in others."""
    found = []
    until = datetime(2030, 1, 1)
    for moment in Rule.parse(rule).between(start, begin or start, until, Steps(PLENTY)):
        year = "" if moment.year == start.year else f"{moment.year % 100:02}-"
        found.append(f"{year}{moment.month}-{moment.day}")
        if len(found) == most:
            break
    return found


class Rules(unittest.TestCase):
    def check(self, rule: str, expected: str, **given: object) -> None:
        with self.subTest(rule):
            found = times(rule, **given)  # type: ignore[arg-type]
            self.assertEqual(" ".join(found[: len(expected.split())]), expected)
            if "COUNT" in rule:
                self.assertEqual(len(found), len(expected.split()))

    def test_by_days_and_weeks(self) -> None:
        self.check("FREQ=DAILY;COUNT=3", "9-2 9-3 9-4")
        self.check("FREQ=DAILY;INTERVAL=10;COUNT=5", "9-2 9-12 9-22 10-2 10-12")
        self.check("FREQ=DAILY;BYMONTH=1;BYDAY=SA;COUNT=4", "9-2 98-1-3 98-1-10 98-1-17")
        self.check("FREQ=WEEKLY;COUNT=3", "9-2 9-9 9-16")
        self.check("FREQ=WEEKLY;INTERVAL=2;WKST=SU", "9-2 9-16 9-30 10-14")
        self.check("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "9-2 9-4 9-9 9-11 9-16 9-18 9-23 9-25 9-30 10-2")
        self.check("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "9-2 9-4 9-16 9-18 9-30 10-2 10-14 10-16")

    def test_the_week_s_first_day_matters(self) -> None:
        start = datetime(1997, 8, 5, 9)
        self.check("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "8-5 8-10 8-19 8-24", start=start)
        self.check("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "8-5 8-17 8-19 8-31", start=start)

    def test_by_months(self) -> None:
        friday = datetime(1997, 9, 5, 9)
        self.check("FREQ=MONTHLY;COUNT=4;BYDAY=1FR", "9-5 10-3 11-7 12-5", start=friday)
        self.check("FREQ=MONTHLY;INTERVAL=2;COUNT=4;BYDAY=1SU,-1SU", "9-7 9-28 11-2 11-30", start=datetime(1997, 9, 7))
        self.check("FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "9-22 10-20 11-17", start=datetime(1997, 9, 22))
        self.check("FREQ=MONTHLY;BYMONTHDAY=-3", "9-28 10-29 11-28 12-29 98-1-29", start=datetime(1997, 9, 28))
        self.check("FREQ=MONTHLY;COUNT=4;BYMONTHDAY=2,15", "9-2 9-15 10-2 10-15")
        self.check("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "9-2 98-2-13 98-3-13 98-11-13 99-8-13 00-10-13")
        self.check("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "9-4 10-7 11-6", start=datetime(1997, 9, 4))
        self.check("FREQ=MONTHLY;COUNT=4", "1-31 3-31 5-31 7-31", start=datetime(2023, 1, 31))

    def test_by_years(self) -> None:
        self.check("FREQ=YEARLY;COUNT=4;BYMONTH=6,7", "6-10 7-10 98-6-10 98-7-10", start=datetime(1997, 6, 10))
        self.check("FREQ=YEARLY;BYDAY=20MO", "5-19 98-5-18 99-5-17", start=datetime(1997, 5, 19))
        self.check("FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "3-13 3-20 3-27 98-3-5", start=datetime(1997, 3, 13))
        leap = datetime(2024, 2, 29)
        self.check("FREQ=YEARLY", "2-29 28-2-29", start=leap)

    def test_what_lies_before_is_left_out_and_not_counted_one_by_one(self) -> None:
        late = datetime(2029, 6, 1)
        for rule, first in (
            ("FREQ=DAILY;INTERVAL=7", "29-6-5"),
            ("FREQ=WEEKLY;BYDAY=TU,TH", "29-6-5"),
            ("FREQ=MONTHLY;BYDAY=1MO", "29-6-4"),
            ("FREQ=YEARLY", "29-9-2"),
        ):
            steps = Steps(200)
            moment = next(Rule.parse(rule).between(START, late, datetime(2030, 1, 1), steps))
            self.assertEqual(f"{moment:%y-}{moment.month}-{moment.day}", first, rule)

    def test_jumping_finds_what_walking_finds(self) -> None:
        for rule in ("FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO", "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31"):
            end = datetime(2012, 1, 1)
            every = list(Rule.parse(rule).between(START, START, end, Steps(PLENTY)))
            for days in range(0, 4_000, 397):
                begin = START + timedelta(days=days)
                near = list(Rule.parse(rule).between(START, begin, end, Steps(PLENTY)))
                self.assertEqual(near, [moment for moment in every if moment >= begin], f"{rule} from {begin}")

    def test_what_is_not_understood_is_said(self) -> None:
        for rule in (
            "",
            "FREQ=HOURLY",
            "FREQ=DAILY;BYHOUR=1",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;COUNT=x",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=MONTHLY;BYDAY=99MO",
        ):
            self.assertRaises(RuleError, Rule.parse, rule)

    def test_a_rule_that_never_comes_to_its_end_is_stopped(self) -> None:
        for rule in ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;COUNT=1000000"):
            rest = Rule.parse(rule).between(datetime(1, 1, 1), datetime(9000, 1, 1), datetime(9001, 1, 1), Steps(5_000))
            self.assertRaises(TooMany, list, rest) if "COUNT" in rule else self.assertEqual(list(rest), [])


if __name__ == "__main__":
    unittest.main()
