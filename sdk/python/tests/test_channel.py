"""What makes a channel of functions, and what is none."""

import unittest
from typing import Any

from channels import module
from lockgate import (
    ChannelError,
    Outcome,
    Place,
    Rejected,
    Reply,
    hook,
    life,
    media,
    ok,
    sent,
    sink,
    socket,
    source,
    timer,
    tool,
)
from lockgate.calls import Calls
from lockgate.channel import Channel
from lockgate.harness import Harness


class Functions(unittest.TestCase):
    def test_they_are_found_by_what_they_are_for(self) -> None:
        def answer(*_: Any) -> Any:
            return ok()

        functions = [hook(answer), tool("look")(lambda _: ""), sink.send(lambda _: sent()), life(lambda: None)]
        made = Channel.of(module(a=functions[0], again=functions[0], b=functions[1], c=functions[2], d=functions[3], e=7))
        self.assertEqual(made.interfaces, {"hook", "tools", "sink", "life"})

    def test_what_is_no_channel_is_said(self) -> None:
        def check(expected: str, named: set[str], **functions: Any) -> None:
            with self.assertRaisesRegex(ChannelError, expected):
                Channel.of(module(**functions)).fit(named)

        check("app has no function with @hook", {"hook"}, receive=ok)
        check("app has two functions for hook", {"hook"}, a=hook(lambda _: ok()), b=hook(lambda _: ok()))
        check(r"has \[source\], and app.py has no function with @source", {"hook", "source"}, a=hook(lambda _: ok()))
        check(r"has \[\[tool\]\], and app.py has no function with @tool", {"hook", "tools"}, a=hook(lambda _: ok()))
        check(r"@media, and channel.toml has no \[media\]", {"hook"}, a=hook(lambda _: ok()), b=media(lambda a, b: None))
        check(r"@source\n.* @hook, and channel.toml has no \[hook\]", {"source"}, a=hook(lambda _: ok()))
        check("no function with @sink.send", {"sink"}, a=sink.edit(lambda *_: None))
        Channel.of(module(a=hook(lambda _: ok()))).fit({"hook", "life"})


class Absent(unittest.TestCase):
    def test_what_is_absent_has_an_answer(self) -> None:
        calls = Calls(Channel.of(module(a=hook(lambda _: ok()))))
        self.assertEqual((calls.start(), calls.typing(Place("a")), calls.answer_press("h", "t")), (Outcome(), [], []))
        for refused in (
            lambda: calls.react(Place("a"), "1", "x"),
            lambda: calls.direct("7"),
            lambda: calls.tool("look", "{}"),
        ):
            self.assertRaises(Rejected, refused)

    def test_nothing_is_as_good_as_an_empty_outcome(self) -> None:
        made = module(
            a=timer(lambda name, failures: None),
            b=socket(lambda connection, happening, failures: None),
            c=sink.edit(lambda *_: None),
            d=tool("look")(lambda arguments: f"{arguments['id']}"),
        )
        house = Harness(made)
        self.assertEqual((house.fire("a"), house.socket("main", "x")), (Outcome(), Outcome()))
        self.assertEqual((house.edit(Place("a"), "1", "x"), house.tool("look", {"id": 7})), ([], Reply("7")))

    def test_a_wrong_value_is_said_with_the_function_s_name(self) -> None:
        def wrong(value: Any) -> Any:
            return lambda *_: value

        house = Harness(module(a=hook(wrong(None)), b=source(wrong(Outcome())), c=sink.send(wrong("m1"))))
        with self.assertRaisesRegex(TypeError, "for hook returned None, which is no Answer"):
            house.hook(None)  # type: ignore[arg-type]
        with self.assertRaisesRegex(TypeError, "for source returned .*, which is no Batch"):
            house.poll()
        with self.assertRaisesRegex(TypeError, "for sink.send returned 'm1', which is no Receipt"):
            house.send(None)  # type: ignore[arg-type]


if __name__ == "__main__":
    unittest.main()
