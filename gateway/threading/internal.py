"""Keep what is internal inside: no quotation of a note goes out with an agent's answer.

An agent may answer between the lines of a mail that shows a note. A quoted block that
repeats a few words in a row of any note is dropped whole: rewrapped by the client, it
no longer matches line by line, and half a secret is one. Without quote marks nobody can
tell a quotation from an agent's own words: a longer run is told to its author, not dropped.
What a note quotes is a secret as well, but for what the requester wrote, or got: `shared`.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from html import unescape
from itertools import groupby, pairwise, product

from gateway.threading import folding, ours
from gateway.threading.folding import looks_quoted
from gateway.threading.quote_marks import is_marker
from gateway.threading.tag import has_token

SHINGLE_WORDS = 4  # words in a row that make it a quotation; short notes count as a whole
RUN_WORDS = 8  # words in a row that an answer may not share with a note, without quote marks
RUN_LETTERS = 20  # the same where no spaces part words
MAX_TOLD = 200  # letters of such a run that are told back

_TAG_OR_BREAK = re.compile(r"<[^<>]{0,500}>|=\r?\n")
_ENTITY = re.compile(r"&(?:#\d{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[A-Za-z]{2,8}\d{0,2};)")
_QUOTED_OR_HEADER = re.compile(r"\s*>|\W*\w+:\s|.*:\s*$")


def without_quotes_of(text: str, notes: Iterable[str], shared: Iterable[str] = ()) -> str:
    """The text without the quoted blocks that repeat a note, and without lines that go on with
    such a quotation, for clients break long lines and mark the first half alone.

    >>> notes = ["The laptop was stolen, police informed."]
    >>> without_quotes_of("> Hello\\n\\nYes.\\n> laptop was stolen,\\n> police", notes)
    '> Hello\\n\\nYes.'
    >>> without_quotes_of("> The laptop was\\nstolen, police informed\\nYes.", notes)
    'Yes.'
    """
    secrets = _secrets(tuple(notes), tuple(shared))
    if not secrets:
        return text
    lines = text.split("\n")
    quoted = [looks_quoted(line) for line in lines]
    gone = _repeating(lines, quoted, secrets)
    for is_quoted, block in groupby(range(len(lines)), quoted.__getitem__):
        numbers = set(block)
        if is_quoted and not gone.isdisjoint(numbers):
            gone |= numbers
    return "\n".join(line for number, line in enumerate(lines) if number not in gone).strip()


def _repeating(
    lines: Sequence[str], quoted: Sequence[bool], secrets: Collection[tuple[str, ...]]
) -> set[int]:
    """Numbers of the lines with words of a secret: quoted lines, and those that go on with them.
    Few words may follow a quotation by chance."""
    words: list[str] = []
    at: list[int] = []
    for number, line in enumerate(lines):
        found = folding.words(folding.unquoted(line) if quoted[number] else line)
        words += found
        at += [number] * len(found)
    gone: set[int] = set()
    first = {secret[0] for secret in secrets}
    begun = (begin for begin, word in enumerate(words) if word in first)
    for begin, size in product(begun, range(1, SHINGLE_WORDS + 1)):
        if tuple(words[begin : begin + size]) in secrets:
            touched = set(at[begin : begin + size])
            is_own = [not quoted[number] for number in touched]
            goes_on = not all(is_own) or not gone.isdisjoint(touched)
            if goes_on and (size == SHINGLE_WORDS or not any(is_own)):
                gone |= touched
    return gone


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
    text = folding.seen(text)
    ending = [line for line in map(_folded, text.split("\n")) if line]
    inside = (_without_common_end(part, ending) for note in notes for part in _parts(note))
    secrets = {run for part in inside for run, _ in _runs(part)}
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
    return " ".join(folding.words(line))


def _runs(text: str) -> Iterator[tuple[tuple[str, ...], tuple[int, int]]]:
    """From each word on, as many as make a run, and where in the text it stands."""
    words = list(folding.spans(folding.seen(text)))
    plain = [word for word, _, _ in words]
    weights = [RUN_WORDS if folding.is_letter(word) else RUN_LETTERS for word in plain]
    end = weight = 0
    for begin, (_, start, _) in enumerate(words):
        while end < len(words) and weight < RUN_WORDS * RUN_LETTERS:
            weight += weights[end]
            end += 1
        if weight < RUN_WORDS * RUN_LETTERS:
            return
        yield tuple(plain[begin:end]), (start, words[end - 1][2])
        weight -= weights[begin]


def own_words(text: str) -> str:
    """What an agent's text says of its own; "" where it only carries our mail back to us.

    Trimming keeps all of a text in which it finds nothing new. For a requester that loses
    nothing; from an agent it would send our notification out. Our marker tells, and the head
    of our mails to agents: quoted blocks with either are dropped, what stands below the marker
    unquoted is ours, and quotes and their header lines alone say nothing.

    >>> from gateway.threading.quote_marks import REPLY_MARKER
    >>> own_words(f"From: Support\\nSent: Monday\\n\\n{REPLY_MARKER}\\nYour reply goes to Ann.")
    ''
    >>> own_words(f"Done.\\nFrom: Support\\n{REPLY_MARKER}\\nYour reply goes to Ann.")
    'Done.\\nFrom: Support'
    >>> own_words(f"> {REPLY_MARKER}\\n> Proof: none\\n\\nDone.\\n> Burning printer")
    'Done.\\n> Burning printer'
    """
    blocks = list(ours.blocks(text))
    of_note = any(is_quoted and ours.is_note_in(block) for is_quoted, block in blocks)
    is_ours = [is_quoted and (of_note or ours.is_in(block)) for is_quoted, block in blocks]
    if not any(is_ours) and not ours.has_marker(text):
        return text
    kept: list[str] = []
    for (_, block), is_dropped in zip(blocks, is_ours, strict=True):
        above = next((n for n, line in enumerate(block) if is_marker(line)), None)
        kept += [] if is_dropped else block[:above]
        if above is not None:
            break
    return "\n".join(kept).strip() if any(map(_says_something, kept)) else ""


def carries_our_mail(content: bytes, notes: Iterable[str] = (), shared: Iterable[str] = ()) -> bool:
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
    secrets = _secrets(tuple(notes), tuple(shared))
    told = content.replace(b"\0", b"").decode("utf-8", "replace")
    if has_token(told):  # within a tag
        return True
    for instead in (" ", "") if "<" in told else (" ",):  # a tag may stand within a word
        plain = _ENTITY.sub(_unescaped, _TAG_OR_BREAK.sub(instead, told))
        if has_token(plain) or ours.has_marker(plain):
            return True
        if secrets and _tells_of(plain, secrets):
            return True
    return False


@lru_cache(maxsize=4)
def _secrets(notes: tuple[str, ...], shared: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """What a note says itself is one, even in the requester's words; what it quotes is, unless
    they have it."""
    said: set[tuple[str, ...]] = set()
    quoted: set[tuple[str, ...]] = set()
    for note in notes:
        own, *quotes = _parts(note)
        said.update(_shingles(own))
        quoted.update(shingle for each in quotes for shingle in _shingles(each))
    for each in shared if quoted else ():
        quoted.difference_update(_all_shingles(each))
    return frozenset(said | quoted)


def _tells_of(text: str, secrets: frozenset[tuple[str, ...]]) -> bool:
    words = folding.words(text)
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
    """Indented is not quoted, where no mark says so: many indent what they write."""
    said = line.strip()
    return bool(said) and not looks_quoted(said) and not _QUOTED_OR_HEADER.match(said)


def _parts(note: str) -> Iterator[str]:
    """What the note says itself, and then each block that it quotes as we and most others do, for
    what a note has indented is the note's."""
    own: list[str] = []
    quotes: list[str] = []
    for is_quote, block in groupby(note.split("\n"), _is_quoted):
        if is_quote:
            quotes.append("\n".join(map(folding.unquoted, block)))
        else:
            own += block
    yield "\n".join(own)
    yield from quotes


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _shingles(text: str) -> Iterator[tuple[str, ...]]:
    words = folding.words(text)
    size = min(SHINGLE_WORDS, len(words))
    return (tuple(words[i : i + size]) for i in range(len(words) - size + 1) if size)


def _all_shingles(text: str) -> Iterator[tuple[str, ...]]:
    """Those of shorter texts as well."""
    words = folding.words(text)
    for size in range(1, SHINGLE_WORDS + 1):
        yield from (tuple(words[i : i + size]) for i in range(len(words) - size + 1))
