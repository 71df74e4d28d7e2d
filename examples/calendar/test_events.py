"""Whole calendars: the sample's week, zones, and text that is no calendar."""

import unittest
from datetime import datetime
from pathlib import Path

from events import Calendar
from ics import IcsError, parse, parse_line

SAMPLE = (Path(__file__).parent / "samples" / "team.ics").read_bytes().decode()


def calendar(*lines: str) -> Calendar:
    return Calendar("\n".join(("BEGIN:VCALENDAR", *lines, "END:VCALENDAR", "")))


def event(*lines: str) -> Calendar:
    return calendar("BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT")


class Week(unittest.TestCase):
    def test_everything_happens_when_it_should(self) -> None:
        found = Calendar(SAMPLE).between(datetime(2026, 3, 27), datetime(2026, 4, 8))
        lines = [f"{one.begins:%m-%dT%H:%M} {one.title[:14]}" for one in found.occurrences]
        expected = [
            "03-27T08:30 Standup",
            # The clocks have changed.
            "03-30T07:30 Standup",
            "03-31T07:30 Standup",
            # Moved, and beside it what happens once.
            "04-01T12:00 Release",
            "04-01T12:00 Standup, late ",
            # The second is cancelled.
            "04-02T22:00 Holiday",
            "04-03T07:30 Standup",
            # The sixth is left out.
            "04-07T07:30 Standup",
        ]
        self.assertEqual(lines, expected)
        self.assertEqual(found.occurrences[4].title, "Standup, late today because the whole team is on its way back from the offsite")
        self.assertEqual(found.occurrences[0].where, "Room 4, second floor")
        self.assertEqual((found.occurrences[5].all_day, found.occurrences[5].zone), (True, "Europe/Berlin"))
        self.assertEqual(list(found.unreadable), ["hourly@example.org"])

    def test_it_ends_when_the_rule_says(self) -> None:
        found = Calendar(SAMPLE).between(datetime(2026, 12, 31), datetime(2027, 2, 1))
        self.assertEqual([f"{one.begins:%m-%dT%H:%M}" for one in found.occurrences], ["12-31T08:30"])


class Times(unittest.TestCase):
    def check(self, lines: tuple[str, ...], *expected: str) -> None:
        found = event(*lines).between(datetime(2026, 1, 1), datetime(2027, 1, 1))
        self.assertEqual(([f"{one.begins:%m%dT%H%M}" for one in found.occurrences], found.unreadable), ([*expected], {}), lines)

    def test_of_one_event(self) -> None:
        self.check(("DTSTART:20260101T000000Z",), "0101T0000")
        self.check(("DTSTART:20261231T235960Z",), "1231T2359")
        self.check(("DTSTART:20270101T000000Z",))
        self.check(("DTSTART:20260203T040500",), "0203T0405")
        self.check(("DTSTART;VALUE=DATE:20260203", "RDATE;VALUE=DATE:20260301,20260302"), "0203T0000", "0301T0000", "0302T0000")
        self.check(("DTSTART:20250101T100000Z", "RRULE:FREQ=YEARLY;COUNT=2"), "0101T1000")
        self.check(("DTSTART:20260101T100000Z", "RRULE:FREQ=DAILY;UNTIL=20260103"), "0101T1000", "0102T1000", "0103T1000")
        self.check(("DTSTART:20260101T100000Z", "RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20260101T100000Z"), "0102T1000")
        self.check(("DTSTART:20260101T100000Z", "STATUS:CANCELLED"))

    def test_what_cannot_be_read_is_one_event(self) -> None:
        for lines in (
            ("SUMMARY:no start",),
            ("DTSTART:soon",),
            ("DTSTART:20261301T000000Z",),
            ("DTSTART;TZID=Nowhere:20260101T000000",),
            ("DTSTART:20260101T000000Z", "RRULE:FREQ=SECONDLY"),
            ("DTSTART:20260101T000000Z", "RRULE:FREQ=DAILY;UNTIL=never"),
            ("DTSTART:00010101T000000Z", "RRULE:FREQ=DAILY;COUNT=999999"),
        ):
            found = event(*lines).between(datetime(2026, 1, 1), datetime(2027, 1, 1))
            self.assertEqual((found.occurrences, list(found.unreadable)), ([], ["1"]), lines)

    def test_the_ends_of_time(self) -> None:
        for start in ("00010101T000000Z", "99991231T235959Z"):
            for rule in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
                found = event(f"DTSTART:{start}", f"RRULE:FREQ={rule}").between(datetime(2026, 1, 1), datetime(2026, 1, 9))
                self.assertEqual(found.unreadable, {}, (start, rule))


class Text(unittest.TestCase):
    def test_a_line_has_parameters_and_escapes(self) -> None:
        line = parse_line('DTSTART;TZID="A;B:C";X=1:2\\, 3\\n4\\\\n', 1)
        self.assertEqual((line.name, line.parameters, line.text), ("DTSTART", {"TZID": "A;B:C", "X": "1"}, "2, 3\n4\\n"))

    def test_what_is_no_calendar(self) -> None:
        for text in ("", "<html>", "BEGIN:VCALENDAR", "BEGIN:VCALENDAR\nEND:VEVENT", "END:X", "BEGIN:A\n" * 5_000, "BEGIN:X\nEND:X"):
            self.assertRaises(IcsError, parse, text)


if __name__ == "__main__":
    unittest.main()
