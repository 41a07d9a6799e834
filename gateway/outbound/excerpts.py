"""Files that a mail of ours carries on as they came: they stand in the mail that came in already.

Decides which octets are not held a second time. The surprising fact: almost every program writes
base64 in lines of 76 letters, as we do, so that what we encode anew is found there to the octet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from gateway.base64_lines import in_lines, is_in_lines, size_in_lines
from gateway.message import Excerpt, Stretch
from gateway.outbound import wire

MIN_BYTES = 3000  # of a file: below it, a row that says where it stands is worth no less
_LOOKS_LIKE = 570  # octets of a file that a search begins with, ten lines of base64
_MAX_PLACES = 10  # that only look like it, of many files that begin in the same way


@dataclass(frozen=True, slots=True)
class Original:
    """A mail that came in, by its spool row."""

    spool_id: int
    raw: bytes

    def stretch(self, content: bytes) -> Stretch | None:
        """Where this file stands in the mail, encoded as we would; None where it does not, or is
        small."""
        if len(content) < MIN_BYTES:
            return None
        head, size = in_lines(content[:_LOOKS_LIKE]), size_in_lines(len(content))
        start = -1
        for _ in range(_MAX_PLACES):
            start = self.raw.find(head, start + 1)
            if start < 0:
                return None
            if is_in_lines(self.raw[start : start + size], content):
                return Stretch(self.spool_id, start, size)
        return None


def without_marks(
    content: bytes, stretches: Sequence[Stretch]
) -> tuple[bytes, tuple[Excerpt, ...]]:
    """The content, in which a MARK stood for each of the stretches, and what is left out of it.

    >>> without_marks(b"a\\0bc\\0", [Stretch(1, 9, 5), Stretch(1, 50, 5)])[0]
    b'abc'
    """
    if not stretches:
        return content, ()
    pieces = content.split(wire.MARK)
    positions = accumulate(map(len, pieces[:-1]))
    cut = zip(positions, stretches, strict=True)
    return b"".join(pieces), tuple(Excerpt(position, source) for position, source in cut)
