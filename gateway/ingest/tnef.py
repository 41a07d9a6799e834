"""TNEF (winmail.dat): the files and the text that Outlook hid in it, [MS-OXTNEF].

Takes out what a person would want to read or open; never raises, and of a file it cannot
read finds nothing, because the part itself is kept as an attachment in any case. The
surprising fact: a property may hold thousands of values of no length, so what is counted
is values, not bytes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.ingest.charset import clean, decode, flat, one_line
from gateway.ingest.rtf import decompressed, rtf_text

MAX_FILES = 200
MAX_ATTRIBUTES = 5_000
MAX_VALUES = 20_000  # of all properties together; the largest real one seen has 300

# Section 2.1.3.3: attribute ids, low word
_SIGNATURE = b"\x78\x9f\x3e\x22"
_REND_DATA, _TITLE, _DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_BODY, _MAIL_PROPERTIES, _CODE_PAGE = 0x800C, 0x9003, 0x9007
# [MS-OXPROPS]: property tags
_LONG_FILENAME, _ATTACH_DATA = 0x3707, 0x3701
_TEXT, _RTF, _HTML, _INTERNET_CODE_PAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
_UNICODE = 0x1F
_LONG = frozenset((0x1E, _UNICODE, 0x102, 0x0D))  # types whose values say their length
_SIZES = {0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16}

_CHARSETS = {65001: "utf-8", 28591: "iso-8859-1", 20866: "koi8-r", 50220: "iso-2022-jp", 936: "gbk"}


@dataclass(slots=True)
class Unpacked:
    """What is inside: files as (name, bytes), and the text in the forms there are."""

    files: list[tuple[str, bytes]] = field(default_factory=list)
    text: str = ""
    html: str = ""
    cut: str = ""
    is_whole: bool = False  # all that a person wants is out of it


class _Spent(Exception):
    """There is more in it than we are ready to read."""


class _Budget:
    """What may still be read of one winmail.dat."""

    def __init__(self) -> None:
        self.values = MAX_VALUES
        self.attributes = MAX_ATTRIBUTES

    def value(self) -> None:
        self.values -= 1
        if self.values < 0:
            raise _Spent(f"cut: winmail.dat of more than {MAX_VALUES} values")

    def attribute(self) -> None:
        self.attributes -= 1
        if self.attributes < 0:
            raise _Spent(f"cut: winmail.dat of more than {MAX_ATTRIBUTES} attributes")


def unpacked(data: bytes, *, with_text: bool = True) -> Unpacked:
    """Files and text of a winmail.dat; as far as the limits go, `cut` says which was met."""
    reader = _Reader()
    try:
        for attribute, value in _attributes(data, reader.budget):
            reader.take(attribute, value)
    except _Spent as limit:
        reader.found.cut = str(limit)
    reader.file_ends()
    found = reader.found
    if len(found.files) > MAX_FILES:
        found.cut = f"cut: {len(found.files)} files in winmail.dat"
        del found.files[MAX_FILES:]
    if with_text:
        reader.read_text()
    found.is_whole = not found.cut and bool(found.files or reader.properties or reader.body)
    return found


class _Reader:
    """One pass over the attributes: files in order, and the latest of each form of the text."""

    def __init__(self) -> None:
        self.found = Unpacked()
        self.budget = _Budget()
        self.name, self.content = "", b""
        self.code_page = 0
        self.body = b""
        self.properties: dict[int, tuple[int, bytes]] = {}

    def take(self, attribute: int, value: bytes) -> None:
        if attribute == _REND_DATA:
            self.file_ends()
        elif attribute == _TITLE and not self.name:
            self.name = _name(value)
        elif attribute == _DATA:
            self.content = value
        elif attribute == _FILE_PROPERTIES:
            found = self._read(value)
            self.name = _name(found.get(_LONG_FILENAME, (0, b""))[1]) or self.name
            self.content = self.content or found.get(_ATTACH_DATA, (0, b""))[1]
        elif attribute == _MAIL_PROPERTIES:
            self.properties |= self._read(value)
        elif attribute == _BODY:
            self.body = value
        elif attribute == _CODE_PAGE and len(value) >= 4:
            (self.code_page,) = struct.unpack_from("<L", value)

    def _read(self, value: bytes) -> dict[int, tuple[int, bytes]]:
        return {tag: (kind, found) for tag, kind, found in _properties(value, self.budget)}

    def file_ends(self) -> None:
        if self.name or self.content:
            self.found.files.append((self.name, self.content))
        self.name, self.content = "", b""

    def read_text(self) -> None:
        """Plain text where there is one, else what the RTF says; and the HTML."""
        charset = _charset(self.code_page)
        kind, text = self.properties.get(_TEXT, (0, self.body))
        self.found.text = clean(_decoded(kind, text or self.body, charset))
        kind, html = self.properties.get(_HTML, (0, b""))
        page = self.properties.get(_INTERNET_CODE_PAGE, (0, b""))[1]
        if len(page) == 4:
            charset = _charset(int.from_bytes(page, "little"))
        self.found.html = clean(flat(_decoded(kind, html, charset)))
        packed = self.properties.get(_RTF, (0, b""))[1]
        if packed and not (self.found.text.strip() or self.found.html.strip()):
            rtf, cut = decompressed(packed)
            self.found.text, cut_too = rtf_text(rtf)
            self.found.cut = self.found.cut or cut or cut_too


def _decoded(kind: int, value: bytes, charset: str) -> str:
    text = decode(value, "utf-16-le" if kind == _UNICODE else charset)[0]
    return text.rstrip("\0")


def _charset(code_page: int) -> str:
    return _CHARSETS.get(code_page, f"cp{code_page}" if code_page else "")


def _name(value: bytes) -> str:
    if len(value) > 1 and len(value) % 2 == 0 and value[1::2].count(0) * 2 >= len(value) // 2:
        return one_line(value.decode("utf-16-le", "replace").partition("\0")[0])
    return one_line(decode(value.partition(b"\0")[0], None)[0])


def _attributes(data: bytes, budget: _Budget) -> Iterator[tuple[int, bytes]]:
    """Section 2.1.3.2: level, id, length, value, checksum."""
    if not data.startswith(_SIGNATURE):
        return
    at = 6
    while at + 9 <= len(data):
        budget.attribute()
        _, attribute, length = struct.unpack_from("<BLL", data, at)
        at += 9
        if at + length > len(data):
            return
        yield attribute & 0xFFFF, data[at : at + length]
        at += length + 2


def _properties(data: bytes, budget: _Budget) -> Iterator[tuple[int, int, bytes]]:
    """Section 2.1.3.4: the MAPI properties as (tag, type, value)."""
    try:
        (count,) = struct.unpack_from("<L", data)
        at = 4
        for _ in range(count):
            budget.value()
            kind, tag = struct.unpack_from("<HH", data, at)
            at += 4
            if tag >= 0x8000:
                at = _behind_name(data, at)
            values = 1
            if kind & 0x1000 or kind in _LONG:
                (values,) = struct.unpack_from("<L", data, at)
                at += 4
            kind &= 0xEFFF
            for number in range(values):
                if number:
                    budget.value()
                at, value = _value(data, at, kind)
                yield tag, kind, value
    except struct.error:
        return


def _behind_name(data: bytes, at: int) -> int:
    (kind,) = struct.unpack_from("<L", data, at + 16)
    at += 20
    (length,) = struct.unpack_from("<L", data, at)
    return at + 4 if kind == 0 else at + 4 + length + (-length % 4)


def _value(data: bytes, at: int, kind: int) -> tuple[int, bytes]:
    if kind in _LONG:
        (length,) = struct.unpack_from("<L", data, at)
        return at + 4 + length + (-length % 4), data[at + 4 : at + 4 + length]
    size = _SIZES.get(kind, 4)
    return at + size, data[at : at + size]
