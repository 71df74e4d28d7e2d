"""A call is a transaction: the harness keeps what went well, and nothing of what did not."""

import unittest
from collections.abc import Callable

from channels import module
from lockgate import (
    Answer,
    Batch,
    Busy,
    Malformed,
    Outgoing,
    Place,
    Publish,
    Receipt,
    Rejected,
    Request,
    Unavailable,
    command,
    database,
    hook,
    host,
    http,
    ok,
    person,
    sent,
    service,
    sink,
    source,
    store,
    timer,
)
from lockgate.harness import Harness
from lockgate.words import Outcome, Sender, direct


def hooked(receive: Callable[[Request], Answer]) -> Harness:
    return Harness(module(receive=hook(receive)))


class Transactions(unittest.TestCase):
    def test_a_call_that_fails_keeps_nothing(self) -> None:
        def receive(request: Request) -> Answer:
            store.set("count", store.get_int("count") + 1)
            store.delete("old")
            if not request.data:
                raise Malformed("no body")
            if request.text == "boom":
                raise ZeroDivisionError
            return ok().event(service("a", request.text)).wake("later", 5).publish("topic", "x")

        house = hooked(receive)
        store.set("old", "1")
        self.assertRaises(Malformed, house.hook, Request())
        self.assertRaises(ZeroDivisionError, house.hook, Request(body=b"boom"))
        self.assertEqual((house.kept, house.events()), ({"old": b"1"}, []))
        house.hook(Request(body=b"hi"))
        self.assertEqual((house.kept, [event.text for event in house.events()]), ({"count": b"1"}, ["hi"]))
        self.assertEqual((house.published("topic"), house.published("topic")), (["x"], []))
        self.assertEqual(house.due(), [])
        house.advance(5)
        self.assertEqual(house.due(), ["later"])

    def test_what_was_checked_and_has_changed_runs_the_call_again(self) -> None:
        def receive(request: Request) -> Answer:
            value = store.get("n")
            store.check("n", value)
            store.set("n", int(value or b"0") + 1)
            return ok()

        house = hooked(receive)
        others = [b"5", b"6"]

        def meanwhile() -> None:
            if others:
                house.kept["n"] = others.pop(0)

        house.meanwhile = meanwhile
        house.hook(Request())
        self.assertEqual(house.kept, {"n": b"7"})
        house.meanwhile = lambda: house.kept.update(n=house.kept["n"] + b"1")
        with self.assertRaisesRegex(AssertionError, "gives up"):
            house.hook(Request())

    def test_polls_that_fail_are_counted_as_the_host_does(self) -> None:
        told: list[int] = []

        def poll(failures: int) -> Batch:
            told.append(failures)
            if len(told) < 4:
                raise (Malformed("x"), Unavailable("y"), KeyError("z"))[len(told) - 1]
            return Batch()

        house = Harness(module(poll=source(poll)))
        for trouble in (Malformed, Unavailable, KeyError):
            self.assertRaises(trouble, house.poll)
        house.poll()
        house.poll()
        self.assertEqual(told, [0, 1, 1, 2, 0])

    def test_a_wake_that_fails_stays(self) -> None:
        def fire(name: str, failures: int) -> Outcome:
            if failures == 0:
                raise Unavailable("not yet")
            return Outcome().wake(name, 7)

        house = Harness(module(fire=timer(fire)))
        house.wakes["beat"] = house.now
        self.assertRaises(Unavailable, house.fire, "beat")
        self.assertEqual(house.due(), ["beat"])
        house.fire("beat")
        self.assertEqual(house.wakes, {"beat": house.now + 7})

    def test_the_host_s_bounds_hold(self) -> None:
        house = hooked(lambda _: ok().event(*(service("a", "b") for _ in range(101))))
        with self.assertRaisesRegex(AssertionError, "more than 100 messages"):
            house.hook(Request())
        house = hooked(lambda _: ok().event(service("a", "b", meta={"a-b": "c"})))
        with self.assertRaisesRegex(AssertionError, "a-b is no identifier"):
            house.hook(Request())
        self.assertRaises(store.TooLarge, store.set, "k" * 257, b"")
        self.assertRaises(store.TooLarge, store.set, "k", b"x" * (1 << 20 | 1))

        def much(_: Request) -> Answer:
            for n in range(5):
                store.set(f"{n}", b"x" * (1 << 20))
            return ok()

        self.assertRaises(store.Full, hooked(much).hook, Request())


class Outside(unittest.TestCase):
    def test_the_platform_answers_what_the_test_says(self) -> None:
        def send(outgoing: Outgoing) -> Receipt:
            answer = http.post("https://api.example.org/say", json={"text": outgoing.text}, timeout=500)
            return sent(answer.check().text).publish("said", outgoing.text)

        made = module(send=sink.send(send))
        answers = [http.Response(429, headers=[("Retry-After", "3")]), http.Response(200, b"m1")]
        house = Harness(made, web=lambda _: answers.pop(0))
        with self.assertRaises(Busy) as busy:
            house.send(Outgoing(Place("a"), "hé"))
        self.assertEqual(busy.exception.wait, 3_000)
        receipt = house.send(Outgoing(Place("a"), "hé"))
        self.assertEqual((receipt.messages, receipt.effects), (["m1"], [Publish("said", "hé")]))
        asked = house.requests[1]
        self.assertEqual((asked.method, asked.body, asked.timeout), ("POST", '{"text": "hé"}'.encode(), 500))
        self.assertEqual(asked.headers, [("content-type", "application/json")])
        self.assertRaises(http.Refused, Harness(made).send, Outgoing(Place("a"), "x"))

    def test_settings_databases_and_programs(self) -> None:
        house = Harness(
            module(a=hook(lambda _: ok())),
            settings={"unit": "C"},
            databases={"shop": lambda sql, parameters: [[sql, *parameters]]},
            commands={"print": lambda arguments, input: command.Output(0, input)},
        )
        self.assertEqual((host.setting("unit"), host.setting("x"), host.now()), ("C", None, house.now))
        self.assertEqual(database.query("shop", "SELECT ?1", 7, None), [["SELECT ?1", 7, None]])
        self.assertEqual(command.run("print", "a", input="x").stdout, b"x")
        self.assertRaises(database.NotGranted, database.query, "other", "")
        self.assertRaises(command.NotGranted, command.run, "other")
        host.log("a line", host.Level.WARN)
        self.assertEqual(house.logged, [(host.Level.WARN, "a line")])


class Words(unittest.TestCase):
    def test_an_id_is_random_until_it_is_given(self) -> None:
        hooked(lambda _: ok())
        self.assertNotEqual(service("a", "b").id, service("a", "b").id)
        self.assertEqual(person(Sender("7"), direct("7"), "hi", id="3").id, "3")

    def test_each_trouble_of_a_service_is_one_of_the_contract(self) -> None:
        self.assertTrue(issubclass(http.Refused, Rejected) and issubclass(http.Unreachable, Unavailable))
        self.assertTrue(issubclass(http.TooLarge, Malformed) and issubclass(store.Full, Unavailable))


if __name__ == "__main__":
    unittest.main()
