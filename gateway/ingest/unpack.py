"""Files inside of parts: uuencode in a text, TNEF (winmail.dat) from Outlook.

Takes out what a person would want to open; never raises, and on a file it cannot read
finds nothing, because the part itself is kept as an attachment in any case.
"""

import binascii
import re
import struct
from collections.abc import Iterator

from gateway.ingest.charset import decode, one_line

MAX_FILES = 200  # taken out of one part

_BEGIN = re.compile(r"^begin(?:-base64)? [0-7]{3,4} ([^\n]{1,200})$", re.MULTILINE)

# [MS-OXTNEF] section 2.1.3: attribute ids, low word
_SIGNATURE = b"\x78\x9f\x3e\x22"
_REND_DATA, _TITLE, _DATA, _MAPI = 0x9002, 0x8010, 0x800F, 0x9005
_LONG_FILENAME = 0x3707  # PidTagAttachLongFilename
_ATTACH_DATA = 0x3701


def uuencoded(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text without its uuencoded files, and the files as (name, bytes).

    >>> uuencoded("Hi\\nbegin 644 a.txt\\n#0V%T\\n`\\nend\\nBye")
    ('Hi\\nBye', [('a.txt', b'Cat')])
    """
    files: list[tuple[str, bytes]] = []
    kept: list[str] = []
    at = 0
    for tried, match in enumerate(_BEGIN.finditer(text)):
        if tried >= MAX_FILES:
            break  # each try may read all that is left: many would take a long time
        if match.start() < at:
            continue
        stop = text.find("\nend", match.end())
        if stop < 0:
            break  # none further on has an end either
        data = _uudecoded(text[match.end() + 1 : stop])
        if data is None:
            continue
        files.append((one_line(match[1]), data))
        kept.append(text[at : match.start()])
        at = min(stop + 5, len(text))
    return ("".join(kept) + text[at:], files) if files else (text, [])


def _uudecoded(block: str) -> bytes | None:
    out: list[bytes] = []
    for line in block.split("\n"):
        if not line.strip() or line == "`":
            continue
        try:
            out.append(binascii.a2b_uu(line.encode("ascii")))
        except (binascii.Error, UnicodeEncodeError):
            try:  # a coder that pads wrongly: take as many letters as the length says
                count = (((ord(line[0]) - 32) & 63) * 4 + 5) // 3
                out.append(binascii.a2b_uu(line[:count].encode("ascii")))
            except (binascii.Error, UnicodeEncodeError):
                return None
    return b"".join(out)


def tnef_files(data: bytes) -> list[tuple[str, bytes]]:
    """The attachments inside of a winmail.dat as (name, bytes)."""
    files: list[tuple[str, bytes]] = []
    name, content = "", b""
    for attribute, value in _attributes(data):
        if attribute == _REND_DATA:
            _add(files, name, content)
            name, content = "", b""
        elif attribute == _TITLE and not name:
            name = _text(value)
        elif attribute == _DATA:
            content = value
        elif attribute == _MAPI:
            found = dict(_properties(value))
            name = _text(found.get(_LONG_FILENAME, b"")) or name
            content = content or found.get(_ATTACH_DATA, b"")
    _add(files, name, content)
    return files[:MAX_FILES]


def _add(files: list[tuple[str, bytes]], name: str, content: bytes) -> None:
    if name or content:
        files.append((name, content))


def _text(value: bytes) -> str:
    if len(value) > 1 and len(value) % 2 == 0 and value[1::2].count(0) * 2 >= len(value) // 2:
        return one_line(value.decode("utf-16-le", "replace").partition("\0")[0])
    return one_line(decode(value.partition(b"\0")[0], None)[0])


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """[MS-OXTNEF] section 2.1.3.2: level, id, length, value, checksum."""
    if not data.startswith(_SIGNATURE):
        return
    at = 6
    while at + 9 <= len(data):
        _, attribute, length = struct.unpack_from("<BLL", data, at)
        at += 9
        if at + length > len(data):
            return
        yield attribute & 0xFFFF, data[at : at + length]
        at += length + 2


def _properties(data: bytes) -> Iterator[tuple[int, bytes]]:
    """[MS-OXTNEF] section 2.1.3.4: the MAPI properties that are strings or binary."""
    try:
        (count,) = struct.unpack_from("<L", data)
        at = 4
        for _ in range(min(count, 2_000)):
            kind, tag = struct.unpack_from("<HH", data, at)
            at += 4
            if tag >= 0x8000:
                at = _behind_name(data, at)
            values = 1
            if kind & 0x1000 or kind in (0x1E, 0x1F, 0x102, 0x0D):
                (values,) = struct.unpack_from("<L", data, at)
                at += 4
            for _ in range(min(values, 2_000)):
                at, value = _value(data, at, kind & 0xEFFF)
                yield tag, value
    except struct.error:
        return


def _behind_name(data: bytes, at: int) -> int:
    (kind,) = struct.unpack_from("<L", data, at + 16)
    at += 20
    (length,) = struct.unpack_from("<L", data, at)
    return at + 4 if kind == 0 else at + 4 + length + (-length % 4)


def _value(data: bytes, at: int, kind: int) -> tuple[int, bytes]:
    if kind in (0x1E, 0x1F, 0x102, 0x0D):
        (length,) = struct.unpack_from("<L", data, at)
        return at + 4 + length + (-length % 4), data[at + 4 : at + 4 + length]
    size = {0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16}.get(kind, 4)
    return at + size, data[at : at + size]
