"""What the channel tells, and when. `python3 -m unittest` here, after `lockgate build`, or in the repository as it is."""

import sys
import unittest
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / ".lockgate" / "sdk" / "python"), str(HERE.parents[1] / "sdk" / "python")]

import app  # noqa: E402
from lockgate import MINUTE, Malformed, Rejected, Skipped, Unavailable, http  # noqa: E402
from lockgate.harness import Harness  # noqa: E402

SAMPLE = (HERE / "samples" / "team.ics").read_bytes()


def house(at: str, body: bytes = SAMPLE, status: int = 200) -> Harness:
    made = Harness(app, web=lambda _: http.Response(status, body))
    made.set_time(int(datetime.fromisoformat(at).replace(tzinfo=timezone.utc).timestamp() * 1_000))
    return made


class Calendar(unittest.TestCase):
    def test_an_event_is_told_once_before_it_begins(self) -> None:
        at = house("2026-03-30T07:05")
        self.assertEqual((at.poll().again_after, at.events()), (5 * MINUTE, []))
        at.inbound()
        for _ in range(5):
            at.advance(5 * MINUTE)
            at.poll()
        events = at.events()
        text = "Standup\nbegins at 09:30 on 2026-03-30 (Europe/Berlin), in 15 min\nRoom 4, second floor"
        self.assertEqual([(event.text, event.meta) for event in events], [(text, {"begins": "2026-03-30T07:30:00Z"})])
        self.assertEqual(at.requests[0].url, "https://calendar.google.com/calendar/ical/{calendar}/private-{key}/basic.ics")

    def test_a_whole_day_has_no_time(self) -> None:
        at = house("2026-04-02T21:55")
        at.poll()
        self.assertEqual([event.text for event in at.events()], ["Holiday\nall day on 2026-04-03"])

    def test_what_cannot_be_read_is_reported_once(self) -> None:
        at = house("2026-03-30T00:00")
        at.poll()
        at.poll()
        why = "the event hourly@example.org: a rule with FREQ=HOURLY is not understood"
        self.assertEqual(at.inbound(), [Skipped(why)])
        at.advance(8 * 24 * 60 * MINUTE)
        at.poll()
        self.assertIn(Skipped(why), at.inbound())

    def test_after_failures_it_goes_step_by_step_and_past_what_fails(self) -> None:
        at = house("2026-04-01T11:50")
        self.assertEqual(at.poll(failures=3).again_after, 0)
        self.assertIn(Skipped("the event release@example.org"), at.inbound())
        self.assertEqual(at.poll(failures=1).again_after, 5 * MINUTE)
        self.assertEqual([event.text[:13] for event in at.events()], ["Standup, late"])
        # What was told is forgotten when it is over.
        at.advance(60 * MINUTE)
        at.poll()
        self.assertEqual(list(at.kept), ["told"])
        self.assertNotIn(b"release", at.kept["told"])

    def test_what_is_wrong_is_a_trouble(self) -> None:
        now = "2026-03-30T00:00"
        self.assertRaises(Malformed, house(now, b"<html>").poll)
        self.assertRaises(Malformed, house(now, b"\xff\xfe").poll)
        self.assertRaises(Unavailable, house(now, b"", 503).poll)
        self.assertRaises(Rejected, house(now, b"", 404).poll)
        at = Harness(app, settings={"ahead": "soon"})
        self.assertRaises(Rejected, at.poll)

    def test_what_others_put_into_it_fits_into_the_store(self) -> None:
        event = "BEGIN:VEVENT\nUID:{:04}{}\nDTSTART:20260330T0710{:02}Z\nEND:VEVENT\n"
        events = "".join(event.format(n, "\x01" * 1_000, n % 60) for n in range(900))
        wrong = f"BEGIN:VEVENT\nUID:{'y' * 1_200_000}\nEND:VEVENT\n"
        at = house("2026-03-30T07:05", f"BEGIN:VCALENDAR\n{wrong}{events}END:VCALENDAR\n".encode())
        for _ in range(18):
            at.poll()
        self.assertEqual(len(at.events()), app.KEPT - 1)


if __name__ == "__main__":
    unittest.main()
