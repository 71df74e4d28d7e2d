"""What the channel does, without a host: `python3 -m unittest`."""

import sys
import unittest
from pathlib import Path

# What `lockgate build` puts there.
sys.path.insert(0, str(Path(__file__).parent / ".lockgate" / "sdk" / "python"))

import app
from lockgate import Request
from lockgate.harness import Harness


class Webhook(unittest.TestCase):
    def test_what_is_posted_is_told_and_counted(self) -> None:
        house = Harness(app)
        for text, count in (("good morning", "1"), ("again", "2")):
            self.assertEqual(house.hook(Request("POST", body=text.encode(), rule="signed")).status, 200)
            self.assertEqual([(event.text, event.meta) for event in house.events()], [(text, {"count": count})])
