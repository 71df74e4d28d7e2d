"""What the channel does, without a host: `python3 -m unittest`."""

import sys
import unittest
from pathlib import Path

# What `lockgate build` puts there.
sys.path.insert(0, str(Path(__file__).parent / ".lockgate" / "sdk" / "python"))

import app
from lockgate import Malformed, Outgoing, Place, Rejected, Scope, Unauthorized, http
from lockgate.harness import Harness

UPDATES = """[
    {"id": 7, "user": "a", "name": "Ann", "room": "a", "text": "hi"},
    {"id": 8, "user": "b", "name": "Ben", "room": "team", "text": "hello"}
]"""


def answers(status: int, text: str) -> http.Response:
    return http.Response(status, text.encode())


def failing(status: int, text: str) -> Harness:
    return Harness(app, web=lambda _: answers(status, text))


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

    def test_what_the_platform_does_wrong_is_a_trouble(self) -> None:
        for status, text, trouble in ((401, "", Unauthorized), (200, "{}", Malformed), (200, '[{"id": 1}]', Malformed)):
            self.assertRaises(trouble, failing(status, text).poll)
