"""What a template wrote, taken as a mail: its subject, its text, its limits.

Text templates look like a mail: the first line is "Subject: ...", then an empty line,
then the text. Nothing here knows templates. The surprising fact: how many empty lines a
template leaves does not matter, but those of the message within it are left alone.
"""

import re
from collections.abc import Iterable

MAX_OUTPUT_CHARS = 1_000_000
"""Of one part from a desk's template, besides the message in it, which may be long."""

_CHARS_PER_CHAR = 25  # of HTML for one of the message: a tab becomes four `&nbsp;`
_SIGNATURE = "-- "  # RFC 3676 section 4.3: the one line that ends in a blank
_MANY_BREAKS = re.compile(r"\n{3,}")


class Unusable(Exception):
    """A template gave something that is no mail; the text says what, `remedy` what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.remedy = remedy


def joined(pieces: Iterable[str], message: str) -> str:
    """The pieces together. Raises Unusable once they are more than a mail can be."""
    limit = MAX_OUTPUT_CHARS + _CHARS_PER_CHAR * len(message)
    kept: list[str] = []
    length = 0
    for piece in pieces:
        kept.append(piece)
        length += len(piece)
        if length > limit:
            problem = f"writes more than {MAX_OUTPUT_CHARS:,} characters"
            raise Unusable(problem, "look for a loop in it")
    return "".join(kept)


def subject_and_text(output: str, message: str) -> tuple[str, str]:
    """
    >>> subject_and_text("Subject: Re: Printer\\n\\nHello,\\n", "")
    ('Re: Printer', 'Hello,\\n')
    """
    head, _, body = output.lstrip().partition("\n")
    field, _, subject = head.partition(":")
    if field != "Subject" or not subject.strip():
        raise Unusable(
            "the first line is no subject", 'write "Subject: ..." there, then an empty line'
        )
    if body.partition("\n")[0].strip() or len(subject.strip().splitlines()) > 1:
        raise Unusable(
            "the subject has a line break",
            "leave the second line empty, and write {{ ... | one_line }} in the first",
        )
    return subject.strip(), tidy(body, message)


def tidy(text: str, message: str) -> str:
    """No blanks at line ends, one empty line in a row; the message keeps its own lines.

    >>> tidy("Hello \\n\\n\\n\\na\\n\\n\\nb\\n-- \\nIT", "a\\n\\n\\nb")
    'Hello\\n\\na\\n\\n\\nb\\n-- \\nIT\\n'
    """
    before, found, after = _without_blanks(text).partition(message or "\0")
    around = (_MANY_BREAKS.sub("\n\n", part) for part in (before, after))
    return found.join(around).strip("\n") + "\n"


def _without_blanks(text: str) -> str:
    """At the ends of lines; most texts have none."""
    if text.endswith("\n") and " \n" not in text and "\t\n" not in text:
        return text
    lines = [line if line == _SIGNATURE else line.rstrip(" \t") for line in text.split("\n")]
    return "\n".join(lines)
