"""What the channel does, without a host: `python3 -m unittest`."""

import sys
import unittest
from pathlib import Path

# What `lockgate build` puts there.
sys.path.insert(0, str(Path(__file__).parent / ".lockgate" / "sdk" / "python"))

import app
from lockgate import Outgoing, Place, Rejected, Scope, Skipped, Unauthorized, Unavailable, http
from lockgate.harness import Harness

UPDATES = """[
    {"id": 7, "user": "a", "name": "Ann", "room": "a", "text": "hi"},
    {"id": 8, "user": "b", "name": "Ben", "room": "team", "text": "hello"}
]"""


def answers(status: int, text: str) -> http.Response:
    return http.Response(status, text.encode())


def failing(status: int, text: str) -> Harness:
    return Harness(app, web=lambda _: answers(status, text))


def update(id: int) -> str:
    return f'{{"id": {id}, "user": "a", "room": 1, "text": "text {id}"}}'


class Chat(unittest.TestCase):
    def test_messages_come_in_once(self) -> None:
        house = Harness(app, web=lambda request: answers(200, UPDATES if request.url.endswith("=0") else "[]"))
        house.poll()
        house.poll()
        said = [(event.id, event.text, event.conversation.scope) for event in house.events()]
        self.assertEqual(said, [("7", "hi", Scope.DIRECT), ("8", "hello", Scope.GROUP)])
        self.assertEqual(house.requests[1].url, "https://chat.example.org/updates?after=8")

    def test_answers_go_out(self) -> None:
        house = Harness(app, web=lambda _: answers(200, '{"id": "m1"}'))
        self.assertEqual(house.send(Outgoing(Place("team"), "hello")).messages, ["m1"])
        self.assertEqual(house.requests[0].body, b'{"room": "team", "text": "hello"}')
        self.assertEqual(house.direct("a"), "a")
        self.assertRaises(Rejected, house.edit, Place("team"), "m1", "other")

    def test_ids_come_in_any_order_and_what_cant_be_read_keeps_back_only_itself(self) -> None:
        odd = '{"text": "no id"}, 7, {"id": "x"}, {"id": 2, "user": {}, "room": "r", "text": "t"}'
        house = Harness(app, web=lambda _: answers(200, f"[{update(9)}, {odd}, {update(1)}, {update(4)}]"))
        house.poll()
        inbound = house.inbound()
        self.assertEqual([one.id for one in inbound if not isinstance(one, Skipped)], ["1", "4", "9"])
        self.assertEqual(len(inbound), 5)
        self.assertEqual(house.kept["after"], b"9")

    def test_after_failures_it_goes_step_by_step_and_past_what_fails(self) -> None:
        house = Harness(app, web=lambda _: answers(200, f"[{update(8)}, {update(7)}, {update(9)}]"))
        self.assertEqual(house.poll(failures=3).again_after, 0)
        self.assertEqual(house.inbound(), [Skipped("the message 7 failed three times")])
        house.poll(failures=1)
        house.poll()
        self.assertEqual([event.id for event in house.events()], ["8", "9"])

    def test_what_the_platform_does_wrong_is_held_against_no_message(self) -> None:
        for status, text, trouble in ((401, "", Unauthorized), (404, "", Unavailable), (200, "{}", Unavailable), (200, "<html>", Unavailable)):
            self.assertRaises(trouble, failing(status, text).poll)
