"""What is read, by tables: JSON from outside, requests, answers, and what may cross the wall."""

import unittest
from typing import Any

from lockgate import Busy, Conflict, File, Malformed, Rejected, Request, Unauthorized, Unavailable, http, parse_json
from lockgate._checked import U32, number, text


class Json(unittest.TestCase):
    def test_it_is_read(self) -> None:
        def check(data: str | bytes, expected: Any) -> None:
            self.assertEqual(parse_json(data), expected, data)

        check('{"a": [1, 2.5, null]}', {"a": [1, 2.5, None]})
        check(b"\xef\xbb\xbf1", 1)
        check("[" * 100 + "]" * 100, eval("[" * 100 + "]" * 100))
        # Brackets in a text are none.
        check('"' + "[" * 500 + '\\""', "[" * 500 + '"')
        check('["\\ud83d\\ude00"]', ["\U0001f600"])
        check('["\\ud800x", "\\udc00", "\\\\ud800"]', ["\ufffdx", "\ufffd", "\\ud800"])
        check('"\\ud800\\ud83d\\ude00"', "\ufffd\U0001f600")

    def test_what_is_none_is_malformed(self) -> None:
        deep = "[" * 100_000
        for data in ("", "{", "NaN", "[Infinity]", b"\xff", b"\0{", deep, '{"a":' * 100_000, '["' + deep, "[" * 101 + "]" * 101):
            self.assertRaises(Malformed, parse_json, data)


class Requests(unittest.TestCase):
    def test_a_request_has_parts(self) -> None:
        request = Request("GET", "//file/a%2Fb/", "a=1&b=x+y%21&a=2&flag", [("X-Kind", "push")], b"caf\xc3\xa9 \xff")
        self.assertEqual(request.text, "café \ufffd")
        self.assertEqual(request.segments, ["file", "a%2Fb"])
        self.assertEqual([request.parameter(name) for name in ("a", "b", "flag", "c")], ["1", "x y!", "", None])
        self.assertEqual((request.header("x-kind"), request.header("y")), ("push", None))
        self.assertRaises(Malformed, request.json)
        self.assertRaises(Malformed, Request(body=File("/inbox/body")).json)
        self.assertEqual(Request(body=File("/inbox/body")).data, b"")

    def test_a_status_is_a_trouble(self) -> None:
        table = {302: Rejected, 401: Unauthorized, 403: Rejected, 408: Unavailable, 409: Conflict, 429: Busy, 503: Unavailable}
        for status, trouble in table.items():
            with self.assertRaises(trouble):
                http.Response(status, b"why not").check()
        with self.assertRaisesRegex(Rejected, "the answer was 404: no such chat"):
            http.Response(404, b"no such chat").check()
        self.assertEqual(http.Response(204).check().status, 204)

    def test_the_wait_is_read_from_the_header(self) -> None:
        for value, expected in (("2", 2_000), ("0.25", 250), ("-1", None), ("nan", None), ("1e30", U32), ("soon", None)):
            self.assertEqual(http.Response(429, headers=[("Retry-After", value)]).retry_after, expected, value)


class Wall(unittest.TestCase):
    def test_what_may_cross(self) -> None:
        self.assertEqual((text("é\ud800"), text("a"), number(7, U32), number(True, U32)), ("é?", "a", 7, 1))
        for wrong in (5, None, b"x"):
            self.assertRaises(TypeError, text, wrong)
        self.assertRaises(TypeError, number, 1.5, U32)
        self.assertRaises(ValueError, number, -1, U32)
        self.assertRaises(ValueError, number, U32 + 1, U32)


if __name__ == "__main__":
    unittest.main()
