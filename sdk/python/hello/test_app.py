"""`python3 -m unittest` in this folder, with the folder above it (or `.lockgate/sdk/python` after a build) in PYTHONPATH."""

import unittest

import app

from lockgate import Request
from lockgate.harness import Harness


class Hello(unittest.TestCase):
    def test_it_greets_and_counts(self) -> None:
        house = Harness(app)
        for text, count in (("good morning", "1"), ("again", "2")):
            self.assertEqual(house.hook(Request("POST", body=text.encode(), rule="hello")).status, 200)
            events = house.events()
            self.assertEqual([(event.text, event.meta) for event in events], [(text, {"count": count})])
