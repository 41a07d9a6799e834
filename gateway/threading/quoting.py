"""What is new in a reply, as ranges of its text: nothing is lost, every cut can be undone.

Decides what to show first, never what to keep. Looks at structure (who wrote when,
directly before quoted lines) and only then at words. Where the answers stand between
the quotes, the quotes stay: without them the answers mean nothing. The surprising fact: a
line that looks like a command ends in "wrote:" as well, and is never a mark of what is old.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from gateway import commands_lines
from gateway.threading import quote_marks as marks
from gateway.threading.quote_marks import REPLY_MARKER
from gateway.threading.subject import is_forward

__all__ = ["REPLY_MARKER", "NewText", "new_text"]

MAX_LINES = 20_000  # looked at; what stands below them stays as it is
MAX_SIGNATURE_LINES = 15
MAX_ATTRIBUTION_LINES = 4
MIN_WRAPPED = 65  # letters of a line that may have been broken because it was too long

# Marks of direction stand around names and dates in Hebrew and Arabic attributions.
_STRANGE = re.compile("[\u00a0\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_STRANGE_LETTERS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F))
_STRANGE_LETTERS |= {0xFEFF: None, 0xA0: " "}


@dataclass(frozen=True, slots=True)
class NewText:
    """The whole text, and the ranges of it that are new; what is between them is the rest."""

    whole: str
    ranges: tuple[tuple[int, int], ...]

    @property
    def new(self) -> str:
        return "\n".join(self.whole[start:end] for start, end in self.ranges).strip("\n")


def new_text(text: str, *, subject: str = "") -> NewText:
    """The new text of a reply; all of it where trimming would leave nothing worth reading.

    >>> new_text("Yes.\\n\\nOn 1 Oct 2024 at 10:05, Ann <a@x.example> wrote:\\n> Does it?").new
    'Yes.'
    """
    whole_lines = text.split("\n", MAX_LINES)
    starts = [0, *accumulate(len(line) + 1 for line in whole_lines)]
    starts[-1] = len(text)
    lines = [line[: marks.MAX_LINE].rstrip() for line in whole_lines]
    if not text.isascii() and _STRANGE.search(text):
        lines = [line.translate(_STRANGE_LETTERS) for line in lines]
    kept = _kept_lines(lines, marks.lines_with_marks(text, MAX_LINES), subject)
    ranges = _ranges(kept, starts)
    found = NewText(text, ranges)
    if not any(char.isalnum() or ord(char) > 0x2000 for char in found.new[:10_000]):
        return NewText(text, ((0, len(text)),))
    return found


def _ranges(kept: list[bool], starts: list[int]) -> tuple[tuple[int, int], ...]:
    """Ranges of text from the lines that stay."""
    ranges: list[tuple[int, int]] = []
    last = len(kept)
    end = 0
    while (start := _index(kept, True, end, last)) < last:
        end = _index(kept, False, start, last)
        if starts[start] < starts[end]:
            ranges.append((starts[start], starts[end]))
    return tuple(ranges)


def _index(flags: list[bool], wanted: bool, start: int, otherwise: int) -> int:
    try:
        return flags.index(wanted, start)
    except ValueError:
        return otherwise


def _kept_lines(lines: list[str], with_marks: Iterable[int], subject: str) -> list[bool]:
    marked = [number for number in with_marks if marks.may_be_mark(lines[number])]
    forward = next((n for n in marked if marks.is_forward(lines[n])), len(lines))
    if is_forward(subject):
        forward = 0
    end = _end_of_new(lines, [number for number in marked if number < forward])
    if end is None and forward < len(lines):  # a forward is not a reply: all of it is content
        return [True] * len(lines)
    end = len(lines) if end is None else end
    kept = [True] * end + [False] * (len(lines) - end)
    blocks = _quote_blocks(lines[:end])
    end = _cut_quotes(lines, blocks, kept, end)
    _cut_signature(lines, kept, end)
    return kept


def _end_of_new(lines: list[str], marked: list[int]) -> int | None:
    """The line where everything below is old, told by a mark that needs no `>` below it."""
    # a mark above all text leaves nothing, so it is none
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    for number in marked:
        if number > first and (start := _mark_start(lines, number)) is not None:
            return start
    return None


def _mark_start(lines: list[str], number: int) -> int | None:
    line = lines[number]
    if marks.is_quoted(line) or commands_lines.read(line):
        return None
    if marks.is_marker(line):
        above = _attribution_start(lines, number - 1, before_quote=True)
        return number if above is None else above
    if marks.is_original(line) or _is_header_block(lines, number):
        return _without_rule(lines, number)
    below = next((line for line in lines[number + 1 : number + 4] if line.strip()), "")
    if marks.is_barred(below):
        return _attribution_start(lines, number, before_quote=True)
    if marks.is_run_in(line):
        return number
    if marks.may_end_attribution(line) and not marks.is_quoted(below):
        return _attribution_start(lines, number, before_quote=False)
    return None


def _without_rule(lines: list[str], number: int) -> int:
    above = number - 1
    while above > 0 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and marks.is_ruled(lines[above]) else number


def _is_header_block(lines: list[str], number: int) -> bool:
    """From, Sent, To, Subject: at least three labels in a row, first one From or unknown."""
    first = marks.label_of(lines[number])
    if first not in ("from", "other", "date") or (number and marks.label_of(lines[number - 1])):
        return False
    found = {first}
    count, timed, addressed = 1, False, False
    for line in lines[number : number + 12]:
        if not line.strip():
            if count > 1:
                break
            continue
        label = marks.label_of(line)
        count += bool(label) and line is not lines[number]
        found.add(label)
        timed = timed or marks.has_time(line)
        addressed = addressed or marks.has_address(line)
    if {"from", "date"} <= found and found & {"to", "subject"}:
        return True
    known = len(found & {"from", "to", "subject", "date"})
    # a form on a web page has a name, an address and a date: one word that is known is too few
    return count >= 3 and timed and addressed and (known > 1 or "from" in found)


def _attribution_start(lines: list[str], last: int, *, before_quote: bool) -> int | None:
    """First line of the attribution that ends at `last`; None when there is none."""
    while before_quote and last >= 0 and not lines[last].strip():
        last -= 1
    text, found = "", None
    for start in range(last, max(last - MAX_ATTRIBUTION_LINES, -1), -1):
        if not lines[start].strip() or marks.is_quoted(lines[start]):
            break
        if commands_lines.read(lines[start]):  # cut with the quote, a note would be an answer
            break
        text = f"{lines[start]} {text}".strip()
        if marks.is_attribution(text, before_quote=before_quote):
            found = start
            if marks.is_timed(text) and not _is_wrapped(lines, start):
                break
    return found


def _is_wrapped(lines: list[str], start: int) -> bool:
    """A line that goes on with the one above, where the date stands."""
    begins = lines[start].lstrip("*_ ")[:1]
    return start > 0 and (begins in "<(" or begins.islower()) and marks.is_timed(lines[start - 1])


@dataclass(frozen=True, slots=True)
class _Block:
    """Quoted lines in a row, with the attribution above them."""

    start: int
    end: int
    attributed: bool


def _quote_blocks(lines: list[str]) -> list[_Block]:
    blocks: list[_Block] = []
    quoted = list(map(marks.is_quoted, lines))
    last = len(lines)
    number = 0
    while (number := _index(quoted, True, number, last)) < last:
        floor = blocks[-1].end if blocks else 0
        above = _attribution_start(lines[floor:number], number - floor - 1, before_quote=True)
        start, end = number, _index(quoted, False, number, last)
        while end < last and (not lines[end].strip() or _is_in_quote(lines, end)):
            end += 1
        while not lines[end - 1].strip():
            end -= 1
        blocks.append(_Block(start if above is None else floor + above, end, above is not None))
        number = end
    return blocks


def _is_in_quote(lines: list[str], number: int) -> bool:
    """Quoted, or the end of a quoted line that a relay broke in two."""
    if marks.is_quoted(lines[number]):
        return True
    above, line = lines[number - 1], lines[number]
    broken = len(above) > MIN_WRAPPED and marks.is_quoted(above) and above[-1] not in ".?!:;"
    below = lines[number + 1] if number + 1 < len(lines) else ""
    return broken and line[:1].islower() and marks.is_quoted(below)


def _cut_quotes(lines: list[str], blocks: list[_Block], kept: list[bool], end: int) -> int:
    """Cut what is quoted below and above the new text; what is between answers stays."""
    if blocks and _only_signature(lines[blocks[-1].end : end]):
        last = blocks.pop()
        if any(line.strip() for line in lines[: last.start]):
            kept[last.start : end] = [False] * (end - last.start)
            end = last.start
    if len(blocks) == 1 and blocks[0].attributed:
        (only,) = blocks
        if not any(line.strip() for line in lines[: only.start]):
            kept[: only.end] = [False] * only.end
    return end


def _only_signature(lines: list[str]) -> bool:
    """Nothing below the quote but blanks and a signature."""
    below = [line for line in lines if line.strip()]
    if not below:
        return True
    delimited = below[0] == "--" or marks.is_rule(below[0])  # a signature, or a list's footer
    return delimited and len(below) <= MAX_SIGNATURE_LINES


def _cut_signature(lines: list[str], kept: list[bool], end: int) -> None:
    """RFC 3676 section 4.3: `-- ` begins a signature; telephones have lines of their own."""
    while end > 0 and (not lines[end - 1].strip() or marks.is_mobile_signature(lines[end - 1])):
        end -= 1
        kept[end] = False
    for number in range(end - 1, max(end - 1 - MAX_SIGNATURE_LINES, 0), -1):
        if lines[number] == "--" and kept[number]:
            kept[number:end] = [False] * (end - number)
            return
