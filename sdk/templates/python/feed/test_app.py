"""What the channel does, without a host: `python3 -m unittest`."""

import sys
import unittest
from pathlib import Path

# What `lockgate build` puts there.
sys.path.insert(0, str(Path(__file__).parent / ".lockgate" / "sdk" / "python"))

import app
from lockgate import MINUTE, Malformed, Skipped, Unavailable, http
from lockgate.harness import Harness


def item(id: str) -> str:
    return f'{{"id": "{id}", "title": "title {id}", "link": "https://feeds.example.org/{id}"}}'


def answers(status: int, text: str) -> http.Response:
    return http.Response(status, text.encode())


def failing(status: int, text: str) -> Harness:
    return Harness(app, web=lambda _: answers(status, text))


class Feed(unittest.TestCase):
    def test_each_item_is_told_once(self) -> None:
        news = f"[{item('1')},{item('2')}]"
        house = Harness(app, web=lambda _: answers(200, news))
        self.assertEqual(house.poll().again_after, MINUTE)
        news = f"[{item('3')},{item('2')},{item('1')}]"
        house.poll()
        self.assertEqual([event.id for event in house.events()], ["1", "2", "3"])

    def test_after_failures_it_goes_step_by_step_and_past_what_fails(self) -> None:
        house = Harness(app, web=lambda _: answers(200, f"[{item('1')},{item('2')}]"))
        self.assertEqual(house.poll(failures=3).again_after, 0)
        self.assertEqual(house.inbound(), [Skipped("the item 1")])
        house.poll(failures=1)
        self.assertEqual([event.id for event in house.events()], ["2"])

    def test_what_the_platform_does_wrong_is_a_trouble(self) -> None:
        for status, text, trouble in ((503, "", Unavailable), (200, "<html>", Malformed), (200, "{}", Malformed)):
            self.assertRaises(trouble, failing(status, text).poll)
