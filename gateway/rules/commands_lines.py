"""A line of a mail that looks like a command: its word and what stands behind it.

Mail clients put no-break spaces, full-width signs, list bullets and bold type where a person
typed none, so these read as what was meant. The surprising fact: a line that is quoted with
`>` is never a command, for our own mails tell the commands and come back quoted.
"""

import re
import unicodedata
from dataclasses import dataclass

MAX_LINE = 4_000  # letters of a line that are looked at
MAX_WRITTEN = 60  # letters of it that are told back

_LINE = re.compile(r"#(\s?)([a-z]{1,20})(?![^\W_])(.*)", re.IGNORECASE | re.DOTALL)
_BEFORE = re.compile(
    r"[\s\-*\u2022\u25e6\u25aa\u25cf\u2023\u00b7\u2013\u2014\"'\u2018\u2019\u201c\u201d\u201e"
    r"\u00ab\u00bb_`~\\\d.)]*(?=#+\s?[A-Za-z])#+"
)
_EMPHASIS = "*_`~\"'\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
_SEPARATOR = re.compile(r"\s*(?::|[-\u2013\u2014](?=\s))\s*|\s+")
_SIGNS = "#\uff03\ufe5f\u266f"
_LOOK_ALIKES = str.maketrans(dict.fromkeys(_SIGNS, "#") | {"\uff1a": ":"})


@dataclass(frozen=True, slots=True)
class Line:
    """`word` is in lower case; `written` is the line as it stands, shortened. `is_spaced` where
    the sign stands apart from the word, as it does in a comment of a script."""

    word: str
    argument: str
    written: str
    is_spaced: bool = False


def has_sign(text: str) -> bool:
    """Whether there may be a command in the text at all: nearly no requester's mail has one."""
    return any(sign in text for sign in _SIGNS)


def read(line: str) -> Line | None:
    """The line as a command, or None where it does not look like one.

    >>> line = read("\\uff03Wait\\u00a0vendor: the part")
    >>> line.word, line.argument, line.written
    ('wait', 'vendor: the part', '#Wait vendor: the part')
    >>> read("**#note:** call her").argument, read("> #take"), read("#1042 is the same")
    ('call her', None, None)
    """
    if not has_sign(line):
        return None
    plain = visible(line)
    before = _BEFORE.match(plain)
    if before is None:
        return None
    command = "#" + plain[before.end() :]
    found = _LINE.fullmatch(command)
    if found is None:
        return None
    argument = found[3]
    if any(sign in _EMPHASIS for sign in before[0]):
        argument = _without_emphasis(argument)
    argument = _SEPARATOR.sub("", argument, count=1) if _SEPARATOR.match(argument) else argument
    if any(sign in _EMPHASIS for sign in before[0]):
        argument = _without_emphasis(argument)
    return Line(found[2].lower(), argument.strip(), shortened(command), bool(found[1]))


def visible(line: str) -> str:
    """The line without letters that nobody sees, its spaces and signs those of a keyboard."""
    if line.isascii():
        return line[:MAX_LINE].strip()
    seen = (c for c in line[:MAX_LINE] if unicodedata.category(c) != "Cf")
    plain = "".join(" " if unicodedata.category(c) == "Zs" else c for c in seen)
    return plain.translate(_LOOK_ALIKES).strip()


def shortened(text: str) -> str:
    """
    >>> len(shortened("#note " + "x" * 100)), shortened("#take")
    (60, '#take')
    """
    return text if len(text) <= MAX_WRITTEN else f"{text[: MAX_WRITTEN - 4].rstrip()} ..."


def _without_emphasis(text: str) -> str:
    """Bold type and quotation marks around the whole end where the command does."""
    return text.rstrip().rstrip(_EMPHASIS).lstrip("*_`~")
