"""What the channel does, without a host: `python3 -m unittest`."""

import sys
import unittest
from pathlib import Path

# What `lockgate build` puts there.
sys.path.insert(0, str(Path(__file__).parent / ".lockgate" / "sdk" / "python"))

import app
from lockgate import MINUTE, Skipped, Unavailable, http
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
        self.assertEqual(house.inbound(), [Skipped("an item that failed three times: 1")])
        house.poll(failures=1)
        self.assertEqual([event.id for event in house.events()], ["2"])

    def test_ids_come_in_any_order_and_what_cant_be_read_keeps_back_only_itself(self) -> None:
        odd = '{"title": "no id"}, 7, {"id": ["x"], "title": "t"}, {"id": 5}'
        news = f"[{item('9')},{odd},{item('3')}]"
        house = Harness(app, web=lambda _: answers(200, news))
        house.poll()
        inbound = house.inbound()
        self.assertEqual([one.id for one in inbound if not isinstance(one, Skipped)], ["9", "3"])
        self.assertEqual(len(inbound), 6)
        news = f"[{item('4')},{odd},{item('9')},{item('x')}]"
        house.poll()
        self.assertEqual([event.id for event in house.events()], ["4", "x"])
        self.assertEqual(house.inbound(), [])

    def test_ids_that_only_begin_alike_are_two(self) -> None:
        house = Harness(app, web=lambda _: answers(200, f"[{item('x' * 300 + '1')},{item('x' * 300 + '2')}]"))
        house.poll()
        self.assertEqual(len(house.events()), 2)

    def test_all_of_a_long_list_stay_known(self) -> None:
        house = Harness(app, web=lambda _: answers(200, f"[{','.join(item(str(id)) for id in range(620))}]"))
        while house.poll().again_after == 0:
            pass
        self.assertEqual(len(house.events()), 620)
        self.assertEqual(house.poll().again_after, MINUTE)
        self.assertEqual(house.events(), [])

    def test_what_the_platform_does_wrong_is_held_against_no_item(self) -> None:
        for status, text in ((503, ""), (404, ""), (200, "<html>"), (200, "{}")):
            self.assertRaises(Unavailable, failing(status, text).poll)
