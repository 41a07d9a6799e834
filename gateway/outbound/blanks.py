"""A text with blanks that are filled in for each reader: what is made for one stays theirs.

A mail is rendered and encoded once, with marks where a reader's own token belongs; each further
reader costs a few joins. The surprising fact: the marks are made with the desk's key, for
whoever could write one into a mail of theirs would have somebody's token put in its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from gateway.outbound import wire
from gateway.threading import tag
from gateway.threading.tag import KeyRing, Purpose

_BEGIN, _END = b"x", b"z"  # of what one person is not shown; other marks are a token's purpose
_ANY_DAY = datetime(2020, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4)
def stem(ring: KeyRing) -> str:
    """How all marks of this desk begin: letters that nobody can guess."""
    return tag.sign(ring, "blanks", 0, Purpose.THREAD, 0, _ANY_DAY)


def token(stem: str, purpose: Purpose) -> str:
    """The mark in the place of the reader's token for this purpose."""
    return f"{stem}{purpose.value}"


def unless(stem: str, person: int) -> tuple[str, str]:
    """The marks around what everybody but this person is shown."""
    begin, end = _BEGIN.decode(), _END.decode()
    return f"{stem}{begin}{person}{end}", f"{stem}{end}"


@dataclass(frozen=True, slots=True)
class Form:
    """Encoded text with its blanks, ready to be filled in. Each piece has what its mark says
    before its octets: a purpose, the person whom it is not shown, or None."""

    pieces: tuple[tuple[Purpose | int | None, bytes], ...]

    @property
    def purposes(self) -> frozenset[Purpose]:
        """For which a reader needs a token."""
        return frozenset(mark for mark, _ in self.pieces if isinstance(mark, Purpose))

    def filled(self, person: int, tokens: Mapping[Purpose, str]) -> bytes:
        """The octets for this reader; their tokens are in base32, which needs no encoding."""
        tokens_and_break = {
            purpose: token.encode("ascii") + wire.SOFT_BREAK for purpose, token in tokens.items()
        }
        out: list[bytes] = []
        is_hidden = False
        for mark, octets in self.pieces:
            if isinstance(mark, Purpose):
                if not is_hidden:
                    out += (tokens_and_break[mark], octets)
                continue
            is_hidden = mark is not None and (mark == person)
            if not is_hidden:
                out.append(octets)
        return b"".join(out)


def form(octets: bytes) -> Form:
    """The octets, in which `wire.text_part` has put each mark behind a NUL."""
    first, *others = octets.split(wire.MARK)
    return Form(((None, first), *map(_read, others)))


_PURPOSES = {str(each.value).encode(): each for each in Purpose}


def _read(piece: bytes) -> tuple[Purpose | int | None, bytes]:
    """A desk's template may have cut a mark in two: then it says nothing."""
    purpose = _PURPOSES.get(piece[:1])
    if purpose:
        return purpose, piece[1:]
    if piece[:1] == _END:
        return None, piece[1:]
    person, end, rest = piece[1:].partition(_END)
    if piece[:1] == _BEGIN and end and person.isdigit():
        return int(person), rest
    return None, piece
