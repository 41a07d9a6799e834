"""Old mail out of files: .eml, mbox, Maildir, and folders of them.

One mail in memory at a time. Surprising: in an mbox a line "From " begins a mail only after
an empty line or at the top; some programs leave such lines in texts as they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO

_MAILDIR = ("cur", "new")
_QUOTED = re.compile(rb"^>+From ")
_MAX_HEADER_BYTES = 2**18
_MAX_LINE_BYTES = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """One mail of the past. `content` is its beginning alone where it is too large; `read_bytes`
    is how much of `file` it took."""

    file: Path
    content: bytes
    read_bytes: int
    too_large: bool = False


def files(paths: list[Path]) -> list[Path]:
    """The files that hold mail, each folder's in the order of their names: of a Maildir those
    in cur and new, oldest name first."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = [each for each in path.rglob("*") if each.is_file() and _is_mail(each)]
        found += sorted(inside, key=lambda each: (each.parent.parent, each.name))
    return found


def _is_mail(path: Path) -> bool:
    """In a folder, only what says that it is mail: next to it lie indexes and notes."""
    if path.name.startswith((".", "dovecot")) or path.parent.name == "tmp":
        return False
    in_maildir = path.parent.name in _MAILDIR and (path.parent.parent / "cur").is_dir()
    return in_maildir or path.suffix.lower() in (".eml", ".mbox")


def mails(file: Path, max_bytes: int) -> Iterator[Old]:
    """The mails in one file. Raises OSError."""
    with file.open("rb") as stream:
        first = stream.read(5)
        stream.seek(0)
        if first != b"From ":
            content = stream.read(max_bytes + 1)
            yield Old(
                file=file,
                content=content[:max_bytes],
                read_bytes=file.stat().st_size,
                too_large=len(content) > max_bytes,
            )
            return
        yield from _mbox(file, stream, max_bytes)


def _mbox(file: Path, stream: BinaryIO, max_bytes: int) -> Iterator[Old]:
    lines: list[bytes] = []
    kept = took = 0
    cut, after_gap = False, True
    for line in iter(lambda: stream.readline(_MAX_LINE_BYTES), b""):
        if after_gap and line.startswith(b"From ") and lines:
            yield _of_mbox(file, lines, took, cut)
            lines, kept, took, cut = [], 0, 0, False
        after_gap = not line.strip(b"\r\n")
        took += len(line)
        if not lines:
            lines = [line]  # the "From " line, which is no part of the mail
        elif not cut and kept + len(line) <= max_bytes:
            lines.append(line)
            kept += len(line)
        else:
            cut = True
    if lines:
        yield _of_mbox(file, lines, took, cut)


def _of_mbox(file: Path, lines: list[bytes], took: int, too_large: bool) -> Old:
    body = [line[1:] if _QUOTED.match(line) else line for line in lines[1:]]
    if body and not body[-1].strip(b"\r\n"):
        del body[-1]  # the empty line that parts it from the next
    return Old(file=file, content=b"".join(body), read_bytes=took, too_large=too_large)


def received_at(content: bytes, now: datetime) -> datetime:
    """When the mail was written, by its Date; `now` where that is no day of the past.

    >>> long_ago = b"Date: Mon, 02 Feb 2015 09:00:00 +0100\\n\\n"
    >>> received_at(long_ago, datetime(2026, 1, 1, tzinfo=UTC)).isoformat()
    '2015-02-02T08:00:00+00:00'
    """
    header = BytesHeaderParser(policy=compat32).parsebytes(content[:_MAX_HEADER_BYTES])
    try:
        at = parsedate_to_datetime(str(header.get("Date", "")))
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return now
    return at if datetime(1980, 1, 1, tzinfo=UTC) < at <= now else now
