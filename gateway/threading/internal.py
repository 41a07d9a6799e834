"""Keep what is internal inside: no quotation of a note goes out with an agent's answer.

An agent may answer between the lines of a mail that shows a note. A quoted block that
repeats a few words in a row of any note is dropped whole: rewrapped by the client, it
no longer matches line by line, and half a secret is one. Without quote marks nobody can
tell a quotation from an agent's own words: a longer run is told to its author, not dropped.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import unescape
from itertools import groupby, pairwise

from gateway.threading.quote_marks import REPLY_MARKER, is_marker
from gateway.threading.tag import has_token

SHINGLE_WORDS = 4  # words in a row that make it a quotation; short notes count as a whole
RUN_WORDS = 8  # words in a row that an answer may not share with a note, without quote marks
RUN_LETTERS = 20  # the same where no spaces part words
MAX_TOLD = 200  # letters of such a run that are told back

# Where no spaces part words, every letter counts as one: Thai, Japanese, Chinese, Korean.
_WORD = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]|[^\W\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]+"
)
_TAG_OR_BREAK = re.compile(r"<[^<>]{0,500}>|=\r?\n")
_ENTITY = re.compile(r"&(?:#\d{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[A-Za-z]{2,8}\d{0,2};)")
_NO_LETTERS = re.compile(r"[^A-Za-z]+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]+")
_MARKER_LETTERS = "".join(filter(str.isalpha, REPLY_MARKER)).lower()
_NO_SPACES = re.compile(r"[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]")
_QUOTED = re.compile(
    r"^(?:\t| {4}|\s*+(?:>|&gt;|[|\u2502\u00bb\u203a\uff1e]|: |%>|[^\W\d_]{1,12}>))++"
)
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
    for quoted, lines in groupby(text.split("\n"), looks_quoted):
        block = list(lines)
        plain = "\n".join(_QUOTED.sub("", line) for line in block) if quoted else ""
        if secrets.isdisjoint(_all_shingles(plain, secrets)):
            kept += block
    return "\n".join(kept).strip()


def looks_quoted(line: str) -> bool:
    """Whether some client marks quoted lines like this. More do than `>` alone; code does too, so
    it matters only where the line repeats a note.

    >>> [looks_quoted(line) for line in ("> a", "| a", "LA> a", "\u00bb a", "    a", "a > b")]
    [True, True, True, True, True, False]
    """
    return bool(_QUOTED.match(line))


def repeated_run(text: str, notes: Iterable[str], shared: Iterable[str] = ()) -> str:
    """The first run of words of the text that is a note's as well, shortened; "" where none is of
    RUN_WORDS. What stands in `shared` is no secret: the requester wrote it, or has it already.

    >>> note = "Kowalski cloned her badge on Tuesday, tell nobody before HR has."
    >>> repeated_run("Kowalski cloned her badge\\non Tuesday, tell nobody! Bye", [note])
    'Kowalski cloned her badge on Tuesday, tell nobody'
    >>> repeated_run("On Tuesday her badge was cloned.", [note])
    ''
    >>> repeated_run(note, [note], ["> " + note])
    ''
    """
    ending = [line for line in map(_folded, text.split("\n")) if line]
    inside = (_without_common_end(_without_quotes(note), ending) for note in notes)
    secrets = {run for note in inside for run, _ in _runs(note)}
    secrets.difference_update(run for each in shared if secrets for run, _ in _runs(each))
    if not secrets:
        return ""
    found = [span for run, span in _runs(text) if run in secrets]
    if not found:
        return ""
    end = found[0][1]
    for (_, until), (start, further) in pairwise(found):
        if start > until:
            break
        end = further
    run = " ".join(text[found[0][0] : end].split())
    return run if len(run) <= MAX_TOLD else f"{run[:MAX_TOLD].rstrip()} ..."


def _without_common_end(note: str, ending: Sequence[str]) -> str:
    """Whole lines that end the text as well are the signature or the disclaimer of the house. The
    note's first paragraph never is.

    >>> _without_common_end("She left.\\n\\nBob\\nDesk Ltd", ["lee", "desk ltd"])
    'She left.\\n\\nBob'
    """
    lines = note.strip().split("\n")
    first = next((n for n, line in enumerate(lines) if not line.strip()), len(lines))
    same = reversed(ending)
    while len(lines) > first:
        last = _folded(lines[-1])
        if last and last != next(same, ""):
            break
        lines.pop()
    return "\n".join(lines)


def _folded(line: str) -> str:
    return " ".join(line.split()).casefold()


def _runs(text: str) -> Iterator[tuple[tuple[str, ...], tuple[int, int]]]:
    """From each word on, as many as make a run, and where in the text it stands."""
    words = [(m[0], m.start(), m.end()) for m in _WORD.finditer(text)]
    plain = [word.casefold() for word, _, _ in words]
    weights = [RUN_WORDS if _NO_SPACES.match(word) else RUN_LETTERS for word in plain]
    end = weight = 0
    for begin, (_, start, _) in enumerate(words):
        while end < len(words) and weight < RUN_WORDS * RUN_LETTERS:
            weight += weights[end]
            end += 1
        if weight < RUN_WORDS * RUN_LETTERS:
            return
        yield tuple(plain[begin:end]), (start, words[end - 1][2])
        weight -= weights[begin]


def _is_quoted(line: str) -> bool:
    """As we and most others quote; what a note has indented is the note's."""
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
    lines = text.split("\n")
    ours = (number for number, line in enumerate(lines) if is_marker(line))
    lines = lines[: next(ours, len(lines))]
    said = "\n".join(lines).strip()
    return said if any(_says_something(line) for line in lines) else ""


def carries_our_mail(content: bytes, notes: Iterable[str] = ()) -> bool:
    """Whether a part of an agent's reply brings our own mail back, with all that it quotes: the
    reply in another form, under a file's name. Looked for are our marker, however it is laid
    out, signed addresses, and words of the notes.

    >>> carries_our_mail(b"<p>--&nbsp;Please <b>reply</b> above\\nthis line --</p>")
    True
    >>> carries_our_mail("-- Please reply above this line --".encode("utf-16-le"))
    True
    >>> carries_our_mail(b"%PDF-1.7")
    False
    >>> carries_our_mail(b"<b>Yes</b>, the l&#97;ptop was <i>stolen</i>.", ["laptop was stolen"])
    True
    """
    secrets = _secrets(tuple(notes))
    told = content.replace(b"\0", b"").decode("utf-8", "replace")
    if has_token(told):  # within a tag
        return True
    for instead in (" ", "") if "<" in told else (" ",):  # a tag may stand within a word
        plain = _ENTITY.sub(_unescaped, _TAG_OR_BREAK.sub(instead, told))
        if has_token(plain) or _MARKER_LETTERS in _NO_LETTERS.sub("", plain).lower():
            return True
        if secrets and _tells_of(plain, secrets):
            return True
    return False


@lru_cache(maxsize=4)
def _secrets(notes: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(shingle for note in notes for shingle in _shingles(note))


def _tells_of(text: str, secrets: frozenset[tuple[str, ...]]) -> bool:
    words = _words(_UNSEEN.sub("", text))
    first = {secret[0] for secret in secrets}
    sizes = {len(secret) for secret in secrets}
    begun = (at for at, word in enumerate(words) if word in first)
    return any(tuple(words[at : at + size]) in secrets for at in begun for size in sizes)


def _unescaped(entity: re.Match[str]) -> str:
    return _letter(entity[0])


@lru_cache(maxsize=10_000)
def _letter(entity: str) -> str:
    return unescape(entity)


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not _QUOTED_OR_HEADER.match(line)


def _without_quotes(note: str) -> str:
    return "\n".join(line for line in note.split("\n") if not _is_quoted(line))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _shingles(note: str) -> Iterator[tuple[str, ...]]:
    """Of what the note says itself; what it quotes is the requester's own."""
    words = _words(_without_quotes(note))
    size = min(SHINGLE_WORDS, len(words))
    return (tuple(words[i : i + size]) for i in range(len(words) - size + 1) if size)


def _all_shingles(block: str, secrets: set[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    words = _words(block)
    for size in {len(secret) for secret in secrets}:
        yield from (tuple(words[i : i + size]) for i in range(len(words) - size + 1))
