"""Which files of a message travel with a mail of ours, and which are held back.

To requesters goes no file in which our own mail comes back, with the notes that it quotes. The
surprising fact: what cannot be looked into (an archive, an encrypted file) goes as it is, and
of many files the plain ones are looked at first, for there is one budget for all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.ingest import inside
from gateway.ingest.parse import attachments_bytes
from gateway.message import Attachment
from gateway.outbound.compose import File
from gateway.outbound.letter import Enclosure
from gateway.threading.internal import carries_our_mail

MAX_ENCLOSED_FILES = 50
MAX_ENCLOSED_BYTES = 10 * 2**20
"""Of attachments in one mail of ours; what is more stays with the ticket, and the mail says so."""

MAX_LOOKED_AT = 4 * 2**20
"""Bytes of all files of a mail, decoded, in which our own mail is looked for. A file that is not
looked at to its end is held back, unless it is a picture, sound, film, PDF or archive."""

_BETWEEN = b"\n#0#\n"  # a word, so that no words in a row go on from one part into the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """The files that travel, what the mail says of all, and how many nobody is told of."""

    files: tuple[File, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    held_back: int = 0


def bytes_of(
    attachments: Sequence[Attachment], raw: bytes, known: Mapping[int, bytes]
) -> Mapping[int, bytes]:
    """What these attachments of the raw mail hold, by part, as far as files may travel; what is
    known of it is not decoded again."""
    wanted = [each.part for each in attachments[:MAX_ENCLOSED_FILES]]
    missing = [part for part in wanted if part not in known]
    return {part: known[part] for part in wanted if part in known} | attachments_bytes(raw, missing)


def enclosed(
    attachments: Sequence[Attachment],
    contents: Mapping[int, bytes],
    notes: Sequence[str],
    shared: Sequence[str] = (),
    *,
    for_agents: bool,
) -> Enclosed:
    """Of these attachments, whose bytes `contents` has. Agents get all of them that fit."""
    held_back = set() if for_agents else _held_back(contents, notes, shared)
    files: list[File] = []
    enclosures: list[Enclosure] = []
    left = MAX_ENCLOSED_BYTES
    shown = [each for each in attachments if each.part not in held_back]
    for each in shown:
        fits = each.size_bytes <= left and each.part in contents
        if fits:
            left -= each.size_bytes
            content = contents[each.part]
            files.append(
                File(filename=each.filename, content_type=each.content_type, content=content)
            )
        enclosures.append(
            Enclosure(filename=each.filename, size_bytes=each.size_bytes, attached=fits)
        )
    held = len(attachments) - len(shown)
    return Enclosed(files=tuple(files), enclosures=tuple(enclosures), held_back=held)


def _held_back(
    contents: Mapping[int, bytes], notes: Sequence[str], shared: Sequence[str]
) -> set[int]:
    """The parts in which our mail comes back, or may."""
    left = MAX_LOOKED_AT
    found: set[int] = set()
    for part in sorted(contents, key=lambda each: (inside.is_opaque(contents[each]), each)):
        looked_at, is_whole = _within(inside.texts(contents[part]), left)
        left -= len(looked_at)
        is_doubtful = not is_whole and not inside.is_opaque(contents[part])
        if is_doubtful or carries_our_mail(looked_at, notes, shared):
            found.add(part)
    return found


def _within(texts: Iterable[bytes], left: int) -> tuple[bytes, bool]:
    """As much of the texts as may be looked at still, and whether that is all."""
    taken: list[bytes] = []
    for text in texts:
        if len(text) > left:
            return _BETWEEN.join((*taken, text[:left])), False
        left -= len(text)
        taken.append(text)
    return _BETWEEN.join(taken), True
