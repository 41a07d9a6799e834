"""A line of a mail that looks like a command: its word and what stands behind it.

Mail clients put no-break spaces, full-width signs, list bullets and bold type where a person
typed none, so these read as what was meant. Any word will do, of any script: one that is no
command is told to its author, where as text it would go to the requester. The surprising fact:
a line that is quoted with `>` never is one, for our own mails tell the commands and come back
quoted.
"""

import re
import unicodedata
from dataclasses import dataclass

MAX_LINE = 4_000  # letters of a line that are looked at
MAX_WRITTEN = 60  # letters of it that are told back

_EMPHASIS = "*_`~\"'\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
# A word begins with a letter: what begins with a digit is a ticket's number or a colour.
_BEFORE = re.compile(
    rf"[\s\-{_EMPHASIS}\u2022\u25e6\u25aa\u25cf\u2023\u00b7\u2013\u2014\\\d.)]*"
    rf"#+([\s{_EMPHASIS}\ufe0e\ufe0f\u20e3]*)(?=[^\W\d_])"  # those make an emoji of a sign
)
_SEPARATOR = re.compile(r"\s*(?::|[-\u2013\u2014](?=\s))\s*|\s+")
_SIGNS = "#\uff03\ufe5f\u266f"
_LOOK_ALIKES = str.maketrans(dict.fromkeys(_SIGNS, "#") | {"\uff1a": ":"})


@dataclass(frozen=True, slots=True)
class Line:
    """`word` is in lower case, its letters those of a keyboard; `written` is the line as it stands,
    shortened. `is_spaced` where the sign stands apart from the word, as it does in a comment of a
    script."""

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
    >>> read("#  L\\u00f6sung: toner").word, read("#note2").word, read("#17346c")
    ('lösung', 'note2', None)
    """
    if not has_sign(line):
        return None
    plain = visible(line)
    before = _BEFORE.match(plain)
    if before is None:
        return None
    behind = plain[before.end() :]
    end = _end_of_word(behind)
    argument = behind[end:]
    if any(sign in _EMPHASIS for sign in before[0]):
        argument = _without_emphasis(argument)
    argument = _SEPARATOR.sub("", argument, count=1) if _SEPARATOR.match(argument) else argument
    if any(sign in _EMPHASIS for sign in before[0]):
        argument = _without_emphasis(argument)
    word = unicodedata.normalize("NFKC", behind[:end]).lower()
    is_spaced = any(map(str.isspace, before[1]))
    return Line(word, argument.strip(), shortened(f"#{before[1]}{behind}"), is_spaced)


def _end_of_word(text: str) -> int:
    """Behind letters, the marks on them and digits; `\\w` has no marks."""
    ends = (at for at, each in enumerate(text) if unicodedata.category(each)[0] not in "LMN")
    return next(ends, len(text))


def visible(line: str) -> str:
    """The line without letters that nobody sees, its spaces and signs those of a keyboard."""
    line = line.strip()[:MAX_LINE]
    if line.isascii():
        return line
    seen = (c for c in line if unicodedata.category(c) != "Cf")
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
