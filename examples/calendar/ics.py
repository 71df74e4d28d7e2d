"""iCalendar's text (RFC 5545, section 3.1): folded lines, parameters, components within components. Knows no event and no time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

# How deep components stand in each other; calendars need three.
DEEPEST = 8


class IcsError(ValueError):
    """It is no calendar, with the line."""


@dataclass(frozen=True)
class Line:
    """`NAME;PARAMETER=…:VALUE`; names in upper case, the value as it stands there."""

    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as text: its escapes are read."""
        parts = self.value.split("\\\\")
        unescaped = (part.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";") for part in parts)
        return "\\".join(unescaped)


@dataclass
class Component:
    """What stands between `BEGIN:` and `END:`."""

    name: str
    lines: list[Line] = field(default_factory=list)
    children: list[Component] = field(default_factory=list)

    def first(self, name: str) -> Line | None:
        """The first line of this name."""
        return next(self.all(name), None)

    def all(self, name: str) -> Iterator[Line]:
        """The lines of this name."""
        return (line for line in self.lines if line.name == name)

    def text(self, name: str) -> str:
        """The text of the first line of this name; empty if there is none."""
        line = self.first(name)
        return "" if line is None else line.text.strip()

    def within(self, name: str) -> Iterator[Component]:
        """The components of this name directly in it."""
        return (child for child in self.children if child.name == name)


def parse(text: str) -> Component:
    """All calendars of a file, as one.

    Raises `IcsError` if it holds none, or components that are not closed.
    """
    root = Component("")
    open_ones = [root]
    for number, logical in unfolded(text):
        line = parse_line(logical, number)
        if line.name == "BEGIN":
            component = Component(line.value.strip().upper())
            open_ones[-1].children.append(component)
            open_ones.append(component)
            if len(open_ones) > DEEPEST:
                raise IcsError(f"line {number}: components stand too deep in each other")
        elif line.name == "END":
            if open_ones.pop().name != line.value.strip().upper() or not open_ones:
                raise IcsError(f"line {number}: END:{line.value} ends what was not begun")
        else:
            open_ones[-1].lines.append(line)
    if len(open_ones) > 1:
        raise IcsError(f"{open_ones[-1].name} has no end")
    calendars = list(root.within("VCALENDAR"))
    if not calendars:
        raise IcsError("there is no VCALENDAR in it")
    lines = [line for calendar in calendars for line in calendar.lines]
    return Component("VCALENDAR", lines, [child for calendar in calendars for child in calendar.children])


def unfolded(text: str) -> Iterator[tuple[int, str]]:
    """The logical lines, with the number of the first line of each; empty ones left out."""
    held, at = "", 0
    # Not `splitlines`, which also splits at characters that may stand in a value.
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if line[:1] in (" ", "\t"):
            held += line[1:]
            continue
        if held:
            yield at, held
        held, at = line, number
    if held:
        yield at, held


def parse_line(line: str, number: int) -> Line:
    """One logical line. A parameter's value may be quoted, and holds `:` and `;` then."""
    head, value = _cut(line, ":")
    if value is None:
        raise IcsError(f"line {number}: there is no colon in it")
    name, rest = _cut(head, ";")
    parameters: dict[str, str] = {}
    while rest is not None:
        parameter, rest = _cut(rest, ";")
        key, _, given = parameter.partition("=")
        parameters[key.strip().upper()] = given.strip('"')
    return Line(name.strip().upper(), parameters, value)


def _cut(text: str, at: str) -> tuple[str, str | None]:
    """What stands before and after the first of these characters that is not in quotes."""
    if '"' not in text:
        before, found, after = text.partition(at)
        return before, after if found else None
    quoted = False
    for index, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character == at and not quoted:
            return text[:index], text[index + 1 :]
    return text, None
