"""Files as lines of base64, and back: RFC 2045 section 6.8.

Decides nothing. The surprising fact: of all that is done with the octets of a mail most time went
to this, the standard library's way; pybase64's takes an eighth of it.
"""

import binascii
from struct import iter_unpack

import pybase64

_LINE = 76  # letters, RFC 2045 section 6.8
_BREAK = b"\r\n"
_STEP = _LINE + len(_BREAK)


def decoded(text: str) -> bytes:
    """What the letters stand for; what is none of them is passed over, as the RFC wants it. Raises
    ValueError for a letter outside ASCII, or padding that is not as it must be.

    >>> decoded("VGVh\\r\\n!Lg=="), decoded("VGVhLg==VGVh")
    (b'Tea.', b'Tea.')
    """
    octets = text.encode("ascii")
    padding = octets.find(b"=")
    if padding >= 0 and octets[padding:].strip(b"=\r\n"):
        return binascii.a2b_base64(octets)  # ends at the padding, where pybase64 may go on
    return pybase64.b64decode(octets)


def in_lines(content: bytes) -> bytes:
    """The octets in lines of 76 letters, without the last one's end."""
    whole = pybase64.b64encode(content)
    full = len(whole) // _LINE * _LINE
    lines = [line for (line,) in iter_unpack(f"{_LINE}s", whole[:full])]
    return _BREAK.join([*lines, whole[full:]] if whole[full:] else lines)


def size_in_lines(size_bytes: int) -> int:
    """How long `in_lines` is of so many octets.

    >>> [size_in_lines(size) for size in (0, 1, 57, 58)], len(in_lines(b"x" * 58))
    ([0, 4, 76, 82], 82)
    """
    letters = (size_bytes + 2) // 3 * 4
    return letters + max(0, letters - 1) // _LINE * len(_BREAK)


def is_in_lines(lines: bytes, content: bytes) -> bool:
    """Whether the lines are `in_lines(content)`, found out in half the time."""
    return (
        len(lines) == size_in_lines(len(content))
        and not lines[_LINE::_STEP].strip(b"\r")
        and not lines[_LINE + 1 :: _STEP].strip(b"\n")
        and lines.translate(None, _BREAK) == pybase64.b64encode(content)
    )
