"""On which line of a TOML file each key is written.

tomllib gives values without places, so the text is scanned a second time, for places
only. The scan decides nothing and never raises: in a text that tomllib has accepted it
finds every key, and in any other it stops where it loses its way.

Surprising: a table that is only implied (`[a.b]` alone implies `a`) is said to stand
where it is first implied, until a header of its own is found.
"""

import re
import tomllib
from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass, field

from gateway.config.faults import Loc

_BLANK = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\n]|#[^\n]*)*")  # blanks, line ends and comments
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]+")
# A multi-line string may end in up to two quotes of its own: five in a row at the most.
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


def lines_of(text: str) -> dict[Loc, int]:
    r"""The line of every table, key and list item of the text.

    >>> lines_of('[smtp]\nlisten = "x"\n\n[[queue]]\n[[queue]]\nname = "IT"')
    ... # doctest: +NORMALIZE_WHITESPACE
    {('smtp',): 1, ('smtp', 'listen'): 2, ('queue',): 4, ('queue', 0): 4, ('queue', 1): 5,
     ('queue', 1, 'name'): 6}
    """
    scan = _Scan(text.replace("\r\n", "\n"))
    table: Loc = ()
    with suppress(_LostError, RecursionError):
        while scan.skip(_GAP):
            if scan.sees("["):
                table = scan.header()
            else:
                scan.pair(table)
    return scan.lines


class _LostError(Exception):
    """What stands here is no TOML."""


@dataclass(slots=True)
class _Scan:
    """The text and how far it is read. One method for each piece of TOML's grammar."""

    text: str
    at: int = 0
    lines: dict[Loc, int] = field(default_factory=dict)
    items: dict[Loc, int] = field(default_factory=dict)  # [[array]]: how many so far
    line_ends: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.line_ends = [match.start() for match in re.finditer("\n", self.text)]

    def sees(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def skip(self, pattern: re.Pattern[str]) -> bool:
        """Go past the pattern. False at the end of the text."""
        if match := pattern.match(self.text, self.at):
            self.at = match.end()
        return self.at < len(self.text)

    def take(self, token: str) -> bool:
        """Go past the token, if it is there, and the blanks before it."""
        self.skip(_BLANK)
        found = self.sees(token)
        self.at += len(token) if found else 0
        return found

    def header(self) -> Loc:
        """`[table]` or `[[array of tables]]`; returns the place that its keys belong to."""
        line = self.line()
        is_array = self.sees("[[")
        self.take("[[" if is_array else "[")
        *parents, last = self.key()
        self.take("]]" if is_array else "]")
        loc = (*self.within((), parents, line), last)
        if is_array:
            self.lines.setdefault(loc, line)
            self.items[loc] = self.items.get(loc, 0) + 1
            loc = (*loc, self.items[loc] - 1)
        self.lines[loc] = line
        return loc

    def pair(self, table: Loc) -> None:
        """`key = value`."""
        line = self.line()
        *parents, last = self.key()
        self.take("=")
        loc = (*self.within(table, parents, line), last)
        self.lines[loc] = line
        self.value(loc)

    def key(self) -> list[str]:
        """The parts of a dotted key, quotes taken off."""
        parts: list[str] = []
        while True:
            self.skip(_BLANK)
            start = self.at
            quoted = self.sees('"') or self.sees("'")
            self.skip(_STRING if quoted else _BARE_KEY)
            try:
                parts += tomllib.loads(f"{self.text[start : self.at]} = 0")
            except tomllib.TOMLDecodeError:
                raise _LostError from None
            if not self.take("."):
                return parts

    def value(self, loc: Loc) -> None:
        """Go past a value, noting what stands inside lists and inline tables."""
        self.skip(_BLANK)
        start = self.at
        if self.take("["):
            index = 0
            while self.skip(_GAP) and not self.take("]"):
                self.lines[*loc, index] = self.line()
                self.value((*loc, index))
                index += 1
                self.comma()
        elif self.take("{"):
            while self.skip(_GAP) and not self.take("}"):
                self.pair(loc)
                self.comma()
        else:
            self.skip(_STRING if self.sees('"') or self.sees("'") else _SCALAR)
        if self.at == start:
            raise _LostError

    def comma(self) -> None:
        self.skip(_GAP)
        self.take(",")

    def within(self, table: Loc, parents: list[str], line: int) -> Loc:
        """The place that these parents lead to; in an array of tables, its latest item."""
        loc = table
        for parent in parents:
            loc = (*loc, parent)
            self.lines.setdefault(loc, line)
            if loc in self.items:
                loc = (*loc, self.items[loc] - 1)
        return loc

    def line(self) -> int:
        return bisect_left(self.line_ends, self.at) + 1
