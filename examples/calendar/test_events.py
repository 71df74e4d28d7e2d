"""Whole calendars: the sample's week, zones, and text that is no calendar."""

import unittest
from datetime import datetime, timedelta
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

    def test_a_rule_may_end_at_the_end_of_time_in_any_zone(self) -> None:
        for until, times in (("99991231T235959Z", 7), ("99991231", 7), ("00010101T000000Z", 0)):
            text = SAMPLE.replace("END:VCALENDAR", f"{berlin(until)}\nEND:VCALENDAR")
            found = Calendar(text).between(datetime(2026, 4, 1), datetime(2026, 4, 8))
            self.assertNotIn("end@example.org", found.unreadable)
            self.assertEqual(len([one for one in found.occurrences if one.uid == "end@example.org"]), times, until)

    def test_one_event_does_not_keep_back_the_others(self) -> None:
        begin = datetime(2026, 3, 30)
        for greedy in (
            ("DTSTART:00010101T093000Z", "RRULE:FREQ=DAILY;COUNT=1000000"),
            ("DTSTART:20250101T093000Z", "RRULE:FREQ=DAILY;COUNT=9;BYDAY=" + ",".join(["MO"] * 100_000)),
            ("DTSTART:20260330T000000Z", "RDATE:" + ",".join(f"20260330T{n // 60:02}{n % 60:02}00Z" for n in range(1_000))),
        ):
            lines = ("BEGIN:VEVENT", "UID:greedy", *greedy, "END:VEVENT", "BEGIN:VEVENT", "UID:2", "DTSTART:20260330T071000Z")
            text = "\n".join(("BEGIN:VCALENDAR", *lines, "RRULE:FREQ=WEEKLY", "END:VEVENT", "END:VCALENDAR"))
            found = Calendar(text).between(begin, begin + timedelta(days=1))
            self.assertEqual(([one.uid for one in found.occurrences], list(found.unreadable)), (["2"], ["greedy"]))


def berlin(until: str) -> str:
    """A daily event in the sample's zone."""
    lines = ("UID:end@example.org", "DTSTART;TZID=Europe/Berlin:20250101T093000", f"RRULE:FREQ=DAILY;UNTIL={until}")
    return "\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT"))


class Text(unittest.TestCase):
    def test_a_line_has_parameters_and_escapes(self) -> None:
        line = parse_line('DTSTART;TZID="A;B:C";X=1:2\\, 3\\n4\\\\n', 1)
        self.assertEqual((line.name, line.parameters, line.text), ("DTSTART", {"TZID": "A;B:C", "X": "1"}, "2, 3\n4\\n"))

    def test_what_is_no_calendar(self) -> None:
        for text in ("", "<html>", "BEGIN:VCALENDAR", "BEGIN:VCALENDAR\nEND:VEVENT", "END:X", "BEGIN:A\n" * 5_000, "BEGIN:X\nEND:X"):
            self.assertRaises(IcsError, parse, text)


if __name__ == "__main__":
    unittest.main()
