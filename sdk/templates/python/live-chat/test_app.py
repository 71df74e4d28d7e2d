"""What the channel does, without a host: `python3 -m unittest`."""

import sys
import unittest
from pathlib import Path

# What `lockgate build` puts there.
sys.path.insert(0, str(Path(__file__).parent / ".lockgate" / "sdk" / "python"))

import app
from lockgate import Closed, Connect, Opened, Outgoing, Place, Scope, SendFrame, Skipped, http
from lockgate.harness import Harness

OPEN = Connect("main", "wss://gateway.example.org/socket")


class LiveChat(unittest.TestCase):
    def test_it_opens_its_websocket_says_hello_and_opens_it_again(self) -> None:
        house = Harness(app)
        house.start()
        self.assertEqual((house.sockets(), list(house.wakes)), ([OPEN], ["beat"]))
        house.socket("main", Opened())
        house.fire("beat")
        house.socket("main", Closed(1006))
        frames = [SendFrame("main", '{"op": "hello"}'), SendFrame("main", '{"op": "ping"}')]
        self.assertEqual(house.sockets(), [*frames, OPEN])
        self.assertEqual(list(house.wakes), ["beat"])

    def test_messages_come_in_other_frames_dont(self) -> None:
        house = Harness(app)
        house.socket("main", '{"op": "message", "id": "1", "user": "7", "name": "Ann", "room": "7", "text": "hi"}')
        house.socket("main", '{"op": "pong"}')
        said = [(event.id, event.text, event.conversation.scope) for event in house.events()]
        self.assertEqual(said, [("1", "hi", Scope.DIRECT)])
        self.assertEqual(house.inbound(), [])
        for frame in ("{", '{"op": "message"}', '{"op": "message", "id": "1", "user": [], "room": "7", "text": "hi"}'):
            house.socket("main", frame)
            self.assertEqual([type(one) for one in house.inbound()], [Skipped])

    def test_answers_go_out_over_http(self) -> None:
        house = Harness(app, web=lambda _: http.Response(200, b'{"id": "m1"}'))
        self.assertEqual(house.send(Outgoing(Place("lobby"), "hello")).messages, ["m1"])
        self.assertEqual(house.requests[0].url, "https://gateway.example.org/send")
