"""Which mails are asked for: the files of the command line, then those of a list.

A list is never read whole: paths are handed out as they come in, so that a program may
write one path, wait for its answer, and write the next. A folder stands for the files in
it, which is how Maildir keeps mail.
"""

import io
import os
from collections.abc import Iterator, Sequence
from typing import BinaryIO

BLOCK_BYTES = 65536
MAX_PATH_BYTES = 4096  # PATH_MAX of Linux; what is longer names nothing
STANDARD_INPUT = "-"
_MAILDIR = ("cur", "new")


class Paths:
    """`more` until it gives None. `waits_on` is what to wait for before that, if anything."""

    def __init__(self, named: Sequence[str], listing: BinaryIO | None) -> None:
        self._named = list(named)
        self._listing = listing
        self._end = b""  # of a path: a line break, or NUL as `find -print0` writes it
        self._rest = b""

    @property
    def waits_on(self) -> int | None:
        """The file descriptor that is readable when `more` does not have to wait."""
        if self._named or self._listing is None:
            return None
        try:
            return self._listing.fileno()
        except (OSError, io.UnsupportedOperation):
            return None

    def more(self) -> list[str] | None:
        """The next paths, as many as have come in and perhaps none; None after the last."""
        if self._named:
            named, self._named = self._named, []
            return [each for path in named for each in opened(path)]
        if self._listing is None:
            return None
        # one read of the descriptor at most, and nothing stays in a buffer that no poll sees
        block: bytes = self._listing.read1(BLOCK_BYTES)  # type: ignore[attr-defined]
        lines = self._lines(block)
        if not block:
            self._listing = None
        return [each for line in lines for each in opened(os.fsdecode(line[:MAX_PATH_BYTES]))]

    def __iter__(self) -> Iterator[str]:
        while (paths := self.more()) is not None:
            yield from paths

    def _lines(self, block: bytes) -> list[bytes]:
        """The whole lines that this block ends; at the end of the list, what is left."""
        if not self._end:
            self._end = next((end for end in (b"\0", b"\n") if end in block), b"")
        if block and not (self._end and self._end in block):
            # no path is so long: only its beginning is kept, to be named in the complaint
            self._rest = (self._rest + block)[: 2 * MAX_PATH_BYTES]
            return []
        first, *others = block.split(self._end) if self._end else [block]
        lines = [self._rest + first, *others]
        self._rest = lines.pop() if block else b""
        return [stripped for line in lines if (stripped := line.rstrip(b"\r\n"))]


def opened(path: str) -> list[str]:
    """The path, or of a folder the files in it by name: those of `cur` and `new` in a Maildir.

    Gives the path itself when the folder cannot be read: who opens it says why.
    """
    if path == STANDARD_INPUT or not os.path.isdir(path):
        return [path]
    inside = [os.path.join(path, name) for name in _MAILDIR]
    folders = [each for each in inside if os.path.isdir(each)] or [path]
    try:
        return [each for folder in folders for each in _files(folder)]
    except OSError:
        return [path]


def _files(folder: str) -> list[str]:
    with os.scandir(folder) as found:
        return sorted(e.path for e in found if e.is_file() and not e.name.startswith("."))
