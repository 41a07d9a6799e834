"""The text of RTF, as Outlook puts it into a winmail.dat; the one door to compressed-rtf.

Decides what of RTF is text. Never raises; linear, and cut at limits. The surprising fact:
RTF made from HTML carries both, and the HTML lies in groups that an RTF reader must pass
over ([MS-OXRTFEX]), so passing over them gives the text. The library for RTF takes 42
seconds for half a megabyte of fields (docs/adr/0015).
"""

import re
from typing import NamedTuple

import compressed_rtf

from gateway.ingest.charset import clean, decode

MAX_PACKED_BYTES = 512 * 1024
MAX_TOKENS = 500_000

_TOKEN = re.compile(
    r"\\([a-z]{1,32})(-?[0-9]{1,9})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.IGNORECASE,
)
_SILENT = frozenset((
    "fonttbl", "colortbl", "stylesheet", "info", "pict", "header", "footer", "footnote", "object",
    "themedata", "datastore", "listtable", "listoverridetable", "latentstyles", "fldinst",
    "xmlnstbl",
))  # fmt: skip
_WORDS = {
    "par": "\n", "line": "\n", "row": "\n", "sect": "\n", "page": "\n", "tab": "\t", "cell": "\t",
    "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "bullet": "•", "enspace": " ", "emspace": " ",
}  # fmt: skip
_SYMBOLS = {"\\": "\\", "{": "{", "}": "}", "~": "\xa0", "_": "-", "\n": "\n", "\r": "\n"}
# \fcharset, [MS-RTF] font table: the code page a font writes in
_FONT_CHARSETS = {
    128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250",
}  # fmt: skip


def decompressed(packed: bytes) -> tuple[bytes, str]:
    """[MS-OXRTFCP], and what was cut; nothing where it is damaged."""
    if len(packed) > MAX_PACKED_BYTES:
        return b"", f"cut: RTF text of {len(packed)} packed bytes"
    try:
        return bytes(compressed_rtf.decompress(packed)), ""
    except Exception:  # it has no errors of its own: whatever the bytes make it stumble over
        return b"", "cut: RTF text is damaged"


def rtf_text(rtf: bytes) -> tuple[str, str]:
    """The words of an RTF document, one line a paragraph, and what was cut.

    >>> rtf_text(rb"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}Gr\\'fc\\u223?e\\par Ann}")
    ('Grüße\\nAnn', '')
    """
    cut = ""
    if not rtf.startswith(b"{\\rtf"):
        return "", cut
    reader = _Reader()
    for number, token in enumerate(_TOKEN.finditer(rtf.decode("latin-1"))):
        if number >= MAX_TOKENS:
            cut = f"cut: RTF text of more than {MAX_TOKENS} words and marks"
            break
        reader.take(token)
    reader.flush()
    # \u says UTF-16: a letter beyond the first plane comes as two
    text = "".join(reader.out).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return clean(text).strip("\n"), cut


class _State(NamedTuple):
    """What a group inherits: nothing of it shown, letters after \\u, the font, in its table."""

    silent: bool = False
    fallback: int = 1
    font: int = 0
    table: bool = False


class _Reader:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.state = _State()
        self.groups: list[_State] = []
        self.fonts: dict[int, str] = {}
        self.charset = "cp1252"
        self.octets = bytearray()  # a letter may be two of them
        self.skip = 0  # letters that stand in for the \u before them

    def take(self, token: re.Match[str]) -> None:
        word, number, octet, symbol, brace, text = token.groups()
        if octet:
            if self.skip:
                self.skip -= 1
            elif not self.state.silent:
                self.octets.append(int(octet, 16))
            return
        self.flush()
        if brace:
            self._group(brace)
        elif word:
            self._word(word.lower(), int(number) if number else None)
        elif symbol == "*":
            self.state = self.state._replace(silent=True)
        elif symbol:
            self._show(_SYMBOLS.get(symbol, ""))
        elif text:
            self._show(text)

    def flush(self) -> None:
        if self.octets:
            charset = self.fonts.get(self.state.font, self.charset)
            self.out.append(decode(bytes(self.octets), charset)[0])
            self.octets.clear()

    def _show(self, text: str) -> None:
        if self.skip:
            text, self.skip = text[self.skip :], max(self.skip - len(text), 0)
        if not self.state.silent:
            self.out.append(text)

    def _group(self, brace: str) -> None:
        self.skip = 0
        if brace == "{":
            self.groups.append(self.state)
        elif self.groups:
            self.state = self.groups.pop()

    def _word(self, word: str, number: int | None) -> None:
        if word in _SILENT:
            self.state = self.state._replace(silent=True, table=word == "fonttbl")
        elif word == "f" and number is not None:
            self.state = self.state._replace(font=number)
        elif word == "fcharset" and self.state.table and number in _FONT_CHARSETS:
            self.fonts[self.state.font] = _FONT_CHARSETS[number]
        elif word == "ansicpg" and number:
            self.charset = "utf-8" if number == 65001 else f"cp{number}"
        elif word == "uc" and number is not None:
            self.state = self.state._replace(fallback=number)
        elif word == "u" and number is not None:
            self.skip = 0
            self._show(chr(number % 0x10000))
            self.skip = self.state.fallback
        elif word in _WORDS:
            self._show(_WORDS[word])
