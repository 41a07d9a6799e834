"""The line of a key is the line it is written on, whatever stands around it."""

import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.desk.toml_lines import lines_of

# Each is a value over one or more lines that looks as much like a table as it can.
SCALARS = [
    "1",
    "-3.5e-2",
    "true",
    '"a # no comment"',
    r'"quote \" and = [x]"',
    "'literal \\'",
    '""',
    "''",
    "1979-05-27 07:32:00",
    "1979-05-27T07:32:00Z",
    "0xff",
    "inf",
    '"""one"""',
    '"""""two quotes begin, two end"""""',
    '"""\n[fake]\nkey = 1\n"""',
    '"""\nends in a quote: \\""""',
    "'''\n[[fake]]\n# key = '\n'''",
    "''''quoted''''",
]
KEYS = ["k{}", '"k {}"', "'k.{}'", '"k\\u0041{}"', '"#{}"', "{}-_"]
# Drawing a whole document takes its time; how long says nothing on a busy machine.
SLOW = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
COMMENTS = ["", " # comment", " # [table] x = 1", "   "]


class Writer:
    """Writes TOML as Hypothesis draws it, and the lines beside it."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.text = ""
        self.expected: dict[tuple[str | int, ...], int] = {}
        self.names = 0

    @property
    def line(self) -> int:
        return self.text.count("\n") + 1

    def one_of(self, choices: list[str]) -> str:
        return self.draw(st.sampled_from(choices))

    def times(self, most: int) -> range:
        return range(self.draw(st.integers(0, most)))

    def new_key(self) -> tuple[str, str]:
        """A key never written before, as written and as meant."""
        self.names += 1
        written = self.one_of(KEYS).format(self.names)
        return written, next(iter(tomllib.loads(f"{written} = 0")))

    def filler(self) -> None:
        for _ in self.times(2):
            self.text += self.one_of(["\n", "# [comment]\n", "  \t\n", "#\n"])

    def pair(self, table: tuple[str | int, ...], depth: int) -> None:
        written, meant = zip(
            *[self.new_key() for _ in range(self.draw(st.integers(1, 3)))], strict=True
        )
        self.text += self.one_of([".", " . "]).join(written) + self.one_of(["=", " = ", "\t="])
        for length in range(1, len(meant) + 1):
            self.expected[*table, *meant[:length]] = self.line
        self.value((*table, *meant), depth)

    def value(self, loc: tuple[str | int, ...], depth: int) -> None:
        kind = self.one_of(["scalar", "array", "inline"]) if depth else "scalar"
        if kind == "scalar":
            self.text += self.one_of(SCALARS)
        elif kind == "array":
            self.text += "["
            for index in self.times(3):
                self.text += self.one_of(["", " ", "\n", " # ]\n\t"])
                self.expected[*loc, index] = self.line
                self.value((*loc, index), depth - 1)
                self.text += self.one_of([",", " ,", "\n,", " # , \n ,"])
            self.text += self.one_of(["]", "\n]"])
        else:
            self.text += "{"
            for index in self.times(3):
                self.text += ", " if index else ""
                self.pair(loc, depth - 1)
            self.text += " }"

    def body(self, table: tuple[str | int, ...]) -> None:
        for _ in self.times(3):
            self.filler()
            self.text += self.one_of(["", "  "])
            self.pair(table, depth=2)
            self.text += self.one_of(COMMENTS) + "\n"

    def header(self, within: str, loc: tuple[str | int, ...]) -> None:
        """`[table]` or some `[[item]]`s below `within`, their bodies and what is below them."""
        written, meant = self.new_key()
        path, is_array = within + written, self.draw(st.booleans())
        for index in range(self.draw(st.integers(1, 3)) if is_array else 1):
            self.filler()
            here = (*loc, meant, index) if is_array else (*loc, meant)
            self.expected.setdefault((*loc, meant), self.line)
            self.expected[here] = self.line
            opening, closing = ("[[", "]]") if is_array else ("[", "]")
            self.text += f"{opening} {path}{closing}{self.one_of(COMMENTS)}\n"
            self.body(here)
            if path.count(".") < 3 and self.draw(st.booleans()):
                self.header(path + ".", here)


@st.composite
def documents(draw: Any) -> tuple[str, dict[tuple[str | int, ...], int]]:
    writer = Writer(draw)
    writer.body(())
    for _ in writer.times(3):
        writer.header("", ())
    return writer.text, writer.expected


def places(value: Any, loc: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in what tomllib read."""
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        yield (*loc, key)
        yield from places(inner, (*loc, key))


@SLOW
@given(documents())
def test_every_key_is_found_on_the_line_it_was_written_on(
    document: tuple[str, dict[tuple[str | int, ...], int]],
) -> None:
    text, expected = document
    assert set(places(tomllib.loads(text))) == set(expected), "the writer writes what it says"
    assert lines_of(text) == expected


@SLOW
@given(documents())
def test_line_ends_of_windows_change_no_line(document: tuple[str, Any]) -> None:
    text, _ = document
    assert lines_of(text.replace("\n", "\r\n")) == lines_of(text)


@given(st.text(alphabet="[]{}\"'=.,#\\\n ab1"))
def test_any_text_is_scanned_to_an_end(text: str) -> None:
    lines_of(text)


def test_header_of_its_own_wins_over_an_implied_one() -> None:
    assert lines_of("[a.b]\n\n[a]\n")[("a",)] == 3


def test_table_below_an_array_of_tables_belongs_to_its_latest_item() -> None:
    lines = lines_of("[[a]]\n[[a]]\n[a.b]\nc = 1\n")
    assert lines["a", 1, "b", "c"] == 4


def test_text_that_ends_without_a_line_end_is_read_to_its_end() -> None:
    assert lines_of("a = 1 # end")[("a",)] == 1
    assert lines_of("") == {}
    assert lines_of("# only a comment") == {}
