"""What is too much for the host ends the call in a test, too, and nothing of it is kept."""

import unittest
from collections.abc import Callable
from typing import Any

from channels import module
from lockgate import Answer, Publish, Request, hook, ok, store
from lockgate.harness import Harness
from lockgate.words import (
    Attachment,
    Conversation,
    Disconnect,
    Edited,
    Effect,
    Handle,
    Inbound,
    Message,
    Press,
    Quote,
    Scope,
    Sender,
    SendFrame,
    Service,
    Wake,
    group,
)

TEXT, SHORT, EFFECT = 64 << 10, 1 << 10, 256


def long(size: int) -> str:
    """So many bytes, two of them a character."""
    return "é" * (size // 2)


def message(**fields: Any) -> Message:
    return Message(**{"author": Service("a"), "conversation": group("r"), "text": "t", "id": "1", **fields})


def doing(*effects: Effect) -> Answer:
    answer = ok()
    answer.outcome.effect(*effects)
    return answer


class Bounds(unittest.TestCase):
    def taken(self, answer: Answer) -> bool:
        def receive(_: Request) -> Answer:
            store.set("kept", "1")
            return answer

        house = Harness(module(receive=hook(receive)))
        try:
            house.hook(Request())
        except AssertionError as error:
            self.assertRegex(str(error), "the host refuses the call: more than [0-9]+ ")
            self.assertEqual((house.kept, house.inbound(), house.sockets(), house.wakes), ({}, [], [], {}))
            return False
        self.assertEqual(house.kept, {"kept": b"1"})
        return True

    def check(self, most: int, made: Callable[[int], list[Inbound]]) -> None:
        for size, expected in ((most, True), (most + 2, False)):
            self.assertEqual(self.taken(ok().event(*made(size))), expected, f"{size}")

    def of_message(self, most: int, **fields: Callable[[int], Any]) -> None:
        def made(size: int) -> Message:
            return message(**{name: value(size) for name, value in fields.items()})

        self.check(most, lambda size: [made(size)])
        self.check(most, lambda size: [Edited(made(size), "1")])

    def of_effect(self, most: int, made: Callable[[int], Effect]) -> None:
        for size, expected in ((most, True), (most + 2, False)):
            self.assertEqual(self.taken(doing(made(size))), expected, f"{size}")

    def test_texts_and_short_texts_of_a_message(self) -> None:
        self.of_message(TEXT, text=long)
        self.of_message(SHORT, id=long)
        self.of_message(SHORT, in_reply_to=long)
        self.of_message(SHORT, author=lambda size: Service(long(size)))
        self.of_message(SHORT, author=lambda size: Sender("7", long(size)))
        self.of_message(SHORT, conversation=lambda size: group(long(size)))
        self.of_message(SHORT, conversation=lambda size: group("r", title=long(size)))
        self.of_message(SHORT, conversation=lambda size: Conversation("r", Scope.DIRECT, long(size)))
        self.of_message(TEXT, quote=lambda size: Quote(long(size)))
        self.of_message(SHORT, quote=lambda size: Quote("q", Sender(long(size))))

    def test_what_hangs_on_a_message(self) -> None:
        self.of_message(20, attachments=lambda count: [Attachment(Handle("h"))] * count)
        self.of_message(SHORT, attachments=lambda size: [Attachment(Handle(long(size)))])
        self.of_message(SHORT, attachments=lambda size: [Attachment(Handle("h"), mime=long(size))])
        self.of_message(32, meta=lambda count: {f"k{at}": "" for at in range(count)})
        self.of_message(SHORT, meta=lambda size: {"k": long(size)})

    def test_all_else_that_comes_in(self) -> None:
        self.check(100, lambda count: [message()] * count)
        self.check(SHORT, lambda size: [Edited(message(), long(size))])
        self.check(SHORT, lambda size: [Press(long(size), "1", Sender("7"), group("r"))])
        self.check(SHORT, lambda size: [Press("t", "1", Sender("7", long(size)), group("r"))])

    def test_effects(self) -> None:
        self.of_effect(EFFECT, lambda size: Wake(long(size), 1))
        self.of_effect(EFFECT, lambda size: Disconnect(long(size)))
        self.of_effect(EFFECT, lambda size: SendFrame(long(size), "x"))
        self.of_effect(EFFECT, lambda size: Publish(long(size), "x"))
        self.of_effect(TEXT, lambda size: Publish("topic", long(size)))
        self.assertFalse(self.taken(doing(*[Wake("beat", 1)] * 101)))


if __name__ == "__main__":
    unittest.main()
