"""The mail itself, between 354 and its answer: read in chunks, ended by CRLF.CRLF alone.

aiosmtpd reads line by line, which costs an attachment dear; here a mail is searched for
its end as a whole. RFC 5321 section 4.1.1.4: nothing else ends it, so that no bare line
end can smuggle a second mail in (CVE-2023-51764 and its kin). The surprising fact: the
line end of the DATA command itself may be the first half of that end, so it is put back.
"""

import asyncio
from collections.abc import Callable

from gateway.errors import LINE_TOO_LONG, NO_ROOM_NOW, TOO_LARGE, PermanentError, TemporaryError

END = b"\r\n.\r\n"
MAX_LINE_OCTETS = 65536  # RFC 5322 section 2.1.1 has 998; real mail is longer


async def receive(
    reader: asyncio.StreamReader, max_bytes: int, is_room: Callable[[int], bool]
) -> bytes:
    """The mail as its author's server sent it, dots undone (RFC 5321 section 4.5.2).

    Reads to the end whatever comes, keeping nothing once the mail is too large or `is_room`
    says no to that many bytes more. Raises PermanentError (552, 500) or TemporaryError (452).
    """
    reader._buffer[:0] = b"\r\n"  # type: ignore[attr-defined]  # there is no public way
    pieces: list[bytes] = []
    size = 0
    room = True
    at_end = False
    while not at_end:
        try:
            piece = await reader.readuntil(END)
            at_end = True
        except asyncio.LimitOverrunError as more:
            piece = await reader.readexactly(more.consumed)
        size += len(piece)
        room = room and is_room(len(piece))
        if room and size - len(END) <= max_bytes:
            pieces.append(piece)
        else:
            pieces.clear()
    if size - len(END) > max_bytes:
        raise PermanentError(f"more than smtp.max_message_bytes ({max_bytes})", TOO_LARGE)
    if not room:
        raise TemporaryError("more mail at once than smtp.max_memory_bytes", NO_ROOM_NOW)
    content = _without_dots(pieces)
    if has_long_line(content):
        raise PermanentError(f"a line of more than {MAX_LINE_OCTETS} octets", LINE_TOO_LONG)
    return content


def _without_dots(pieces: list[bytes]) -> bytes:
    """What stands between the line end of DATA and the last dot; empties `pieces`."""
    pieces[-1] = pieces[-1][:-3]
    first = pieces[0][2:]
    pieces[0] = first[1:] if first.startswith(b".") else first
    content = b"".join(pieces)
    pieces.clear()  # before the next copy: the mail may be a large one
    return content.replace(b"\r\n.", b"\r\n")


def has_long_line(content: bytes) -> bool:
    """Whether MAX_LINE_OCTETS follow each other without a line end.

    >>> has_long_line(b"x" * 65535 + b"\\n"), has_long_line(b"\\n" + b"x" * 65536)
    (False, True)
    """
    at = 0
    while len(content) - at >= MAX_LINE_OCTETS:
        end = content.rfind(b"\n", at, at + MAX_LINE_OCTETS)
        if end < 0:
            return True
        at = end + 1
    return False
