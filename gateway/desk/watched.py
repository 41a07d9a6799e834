"""A file's meaning, read again when the file changes; a broken one leaves the old in force.

Looked at when it is needed, and at most once a second. Surprising: of two files that belong
together one is always written first, so a pair that does not fit is told once and then tried
again as soon as either changes.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from gateway import maillog
from gateway.errors import ConfigError

LOOK_AGAIN_SECONDS = 1.0

T = TypeVar("T")
_Stamp = tuple[tuple[int, int, int], ...]


class Watched(Generic[T]):
    """What `load` makes of the files. Raises ConfigError when it cannot at first."""

    def __init__(self, files: Sequence[Path], load: Callable[[], T]) -> None:
        self._files, self._load = files, load
        self._stamp = self._now_there()
        self._value = load()
        self._looked_at = time.monotonic()

    @property
    def value(self) -> T:
        """The newest that could be used."""
        now = time.monotonic()
        if now - self._looked_at >= LOOK_AGAIN_SECONDS:
            self._looked_at = now
            stamp = self._now_there()
            if stamp != self._stamp:
                self._stamp = stamp
                self._read_again()
        return self._value

    def _read_again(self) -> None:
        names = ", ".join(file.name for file in self._files)
        try:
            self._value = self._load()
        except ConfigError as error:
            maillog.file_not_used(file=names, cause=str(error))
        else:
            maillog.file_read_again(file=names)

    def _now_there(self) -> _Stamp:
        """What tells a file from the one that was there before; zeros where there is none."""
        stamps = []
        for file in self._files:
            try:
                found = file.stat()
            except OSError:
                stamps.append((0, 0, 0))
            else:
                stamps.append((found.st_mtime_ns, found.st_size, found.st_ino))
        return tuple(stamps)
