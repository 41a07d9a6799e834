"""Keep what is internal inside: no quotation of a note goes out with an agent's answer.

An agent may answer between the lines of a mail that shows a note. A quoted block that
repeats a few words in a row of any note is dropped whole: rewrapped by the client, it
no longer matches line by line, and half a secret is one.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from gateway.threading.quote_marks import REPLY_MARKER, is_marker

SHINGLE_WORDS = 4  # words in a row that make it a quotation; short notes count as a whole

# Where no spaces part words, every letter counts as one: Thai, Japanese, Chinese, Korean.
_WORD = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]|[^\W\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]+"
)
MAX_LOOKED_AT = 2 * 2**20  # bytes of a part of a reply in which our marker is looked for
_LAYOUT = re.compile(rb"<[^<>]{0,500}>|&[a-z0-9#]{1,8};|=\r?\n|[^A-Za-z<&=]+|[<&=]")
_LAYOUT_TAG = re.compile(rb"<[^<>]{0,500}>|&nbsp;|=\r?\n")
_MARKER_LETTERS = "".join(filter(str.isalpha, REPLY_MARKER)).lower().encode()
_QUOTED_OR_HEADER = re.compile(r"\s*>|\W*\w+:\s|.*:\s*$")


def without_quotes_of(text: str, notes: Iterable[str]) -> str:
    """The text without the quoted blocks that repeat a note.

    >>> notes = ["The laptop was stolen, police informed."]
    >>> without_quotes_of("> Hello\\n\\nYes.\\n> laptop was stolen,\\n> police", notes)
    '> Hello\\n\\nYes.'
    """
    secrets = {shingle for note in notes for shingle in _shingles(note)}
    if not secrets:
        return text
    kept: list[str] = []
    for quoted, lines in groupby(text.splitlines(), _is_quoted):
        block = list(lines)
        if not quoted or secrets.isdisjoint(_all_shingles("\n".join(block), secrets)):
            kept += block
    return "\n".join(kept).strip()


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def own_words(text: str) -> str:
    """What an agent's text says of its own; "" where it only carries our mail back to us.

    Trimming keeps all of a text in which it finds nothing new. For a requester that loses
    nothing; from an agent it would send our notification out. Our marker tells: what stands
    below it unquoted is ours, and quotes and their header lines alone say nothing.

    >>> own_words(f"From: Support\\nSent: Monday\\n\\n{REPLY_MARKER}\\nYour reply goes to Ann.")
    ''
    >>> own_words(f"Done.\\nFrom: Support\\n{REPLY_MARKER}\\nYour reply goes to Ann.")
    'Done.\\nFrom: Support'
    """
    if REPLY_MARKER not in text:
        return text
    lines = text.splitlines()
    ours = (number for number, line in enumerate(lines) if is_marker(line))
    lines = lines[: next(ours, len(lines))]
    said = "\n".join(lines).strip()
    return said if any(_says_something(line) for line in lines) else ""


def carries_our_mail(content: bytes, notes: Iterable[str] = ()) -> bool:
    """Whether a part of an agent's reply brings our own mail back, with all that it quotes: the
    reply in another form, under a file's name. Looked for are our marker, however it is laid
    out, and words of the notes.

    >>> carries_our_mail(b"<p>--&nbsp;Please <b>reply</b> above\\nthis line --</p>")
    True
    >>> carries_our_mail("-- Please reply above this line --".encode("utf-16-le"))
    True
    >>> carries_our_mail(b"%PDF-1.7")
    False
    >>> carries_our_mail(b"<b>Yes</b>, the laptop was <i>stolen</i>.", ["laptop was stolen"])
    True
    """
    looked_at = content[:MAX_LOOKED_AT].replace(b"\0", b"")
    if _MARKER_LETTERS in _LAYOUT.sub(b"", looked_at).lower():
        return True
    secrets = {shingle for note in notes for shingle in _shingles(note)}
    if not secrets:
        return False
    told = _LAYOUT_TAG.sub(b" ", looked_at).decode("utf-8", "replace")
    return not secrets.isdisjoint(_all_shingles(told, secrets))


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not _QUOTED_OR_HEADER.match(line)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _shingles(note: str) -> Iterator[tuple[str, ...]]:
    """Of what the note says itself; what it quotes is the requester's own."""
    words = _words("\n".join(line for line in note.splitlines() if not _is_quoted(line)))
    size = min(SHINGLE_WORDS, len(words))
    return (tuple(words[i : i + size]) for i in range(len(words) - size + 1) if size)


def _all_shingles(block: str, secrets: set[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    words = _words(block)
    for size in {len(secret) for secret in secrets}:
        yield from (tuple(words[i : i + size]) for i in range(len(words) - size + 1))
