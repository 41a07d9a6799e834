"""Bytes into clean text: charset ladder, encoded words, and what may never leave the door.

Decides which text a sender meant; never raises and never drops a byte silently. The
surprising fact: the label is the weakest witness. Mail labelled iso-8859-1 is cp1252,
gb2312 is gb18030, and multi-byte UTF-8 is UTF-8 whatever the label says.
"""

import binascii
import codecs
import re
from collections.abc import Iterator
from itertools import chain

# What a label means in practice: the superset that Windows programs wrote under that name
# (WHATWG Encoding section 4.2 has the same table for the web).
_MEANT = {
    "ascii": "", "us-ascii": "", "ansi_x3.4-1968": "", "unknown-8bit": "", "unknown": "",
    "default_charset": "", "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252",
    "8859_1": "cp1252", "iso8859-1": "cp1252", "iso-8859-9": "cp1254", "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8", "iso-8859-6-i": "iso-8859-6", "iso-8859-6-e": "iso-8859-6",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "euc-kr": "cp949", "shift_jis": "cp932",
    "shift-jis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932", "tis-620": "cp874",
    "windows-874": "cp874", "iso-8859-11": "cp874", "cp-850": "cp850", "x-unknown": "",
    "x-mac-roman": "mac_roman", "macintosh": "mac_roman", "x-mac-cyrillic": "mac_cyrillic",
    "unicode-1-1-utf-7": "utf-7", "unicode-1-1-utf-8": "utf-8", "utf8": "utf-8",
    "cp-1252": "cp1252", "x-windows-1252": "cp1252", "x-big5": "big5", "cn-big5": "big5",
    "iso-2022-jp": "iso2022_jp_ext",
}  # fmt: skip

# Encodings whose bytes are all ASCII: they cannot be told by looking, so the label decides.
_SEVEN_BIT = ("utf-7", "hz", "iso2022", "utf-16", "utf_16", "utf-32", "utf_32")

_ENCODED_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,60})?\?([bBqQ])\?([^?]*)\?=")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")

_BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_SURROGATES = re.compile("[\ud800-\udfff]")
# C1 too: U+009B starts an escape sequence in a terminal, and `parse` prints to terminals.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")
# What parts lines besides LF, for `str.splitlines` and for whoever reads the text.
_SEPARATOR = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # all three of those
_PLAIN = bytes((9, 10, *range(0x20, 0x7F)))
_QUOTED = re.compile("[ \t\xa0\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*>[> ]*")
_LINE_CONTROLS = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}]")


def decode(raw: bytes, charset: str | None, *, hint: str | None = None) -> tuple[str, str]:
    """Text and the codec that gave it. `hint` is tried when the label and UTF-8 both fail.

    >>> decode(b"Gr\\xfc\\xdfe", "us-ascii")
    ('Grüße', 'cp1252')
    >>> decode("Grüße".encode(), "iso-8859-1")
    ('Grüße', 'utf-8')
    """
    label = _meant(charset)
    if raw.isascii() and not label.startswith(_SEVEN_BIT):
        return raw.decode("ascii"), "ascii"
    for codec in dict.fromkeys(_ladder(label, _meant(hint))):
        try:
            text = raw.decode(codec)
            text.encode("utf-8")  # some codecs let lone surrogates through
        except (LookupError, UnicodeError, ValueError):
            continue
        return text, codec
    return raw.decode("latin-1"), "latin-1"


def _meant(charset: str | None) -> str:
    label = (charset or "").strip(" \t\"'<>;").lower().replace("\x00", "")
    label = _MEANT.get(label, label)
    try:
        # not private in practice: the same flag bytes.decode checks, and it refuses rot13, hex …
        return label if label and codecs.lookup(label)._is_text_encoding else ""
    except (LookupError, ValueError):
        return ""


def _ladder(label: str, hint: str) -> list[str]:
    """UTF-8 first for labels of one byte a letter: no text of theirs is valid UTF-8 by chance."""
    if label.startswith(_SEVEN_BIT):
        return [label, "utf-8", "cp1252"]
    single = label.startswith(("cp125", "iso-8859", "iso8859", "mac_", "cp874", "cp850", "cp437"))
    first = ["utf-8", label] if single or not label else [label, "utf-8"]
    return [codec for codec in (*first, hint, "cp1252") if codec]


def decode_words(value: str, hint: str | None = None) -> str:
    """A field's value with its encoded words (RFC 2047) and raw 8-bit bytes turned into text.

    Lenient where senders are: words inside quotes, spaces inside words, a letter split
    over two words (section 5 forbids all three). White space between two words is dropped.

    >>> decode_words("=?utf-8?B?R3LDvA==?= =?utf-8?Q?=C3=9Fe?= an Ann")
    'Grüße an Ann'
    """
    if not value.isascii():
        value = decode(value.encode("utf-8", "surrogateescape"), None, hint=hint)[0]
    if "=?" not in value:
        return value
    found: list[str] = []
    pending, charset, last = b"", "", 0
    for match in _ENCODED_WORD.finditer(value):
        between = value[last : match.start()]
        word = _word_bytes(match[2], match[3])
        if word is None:
            continue
        if between.strip() or last == 0 or match[1].lower() != charset:
            found.append(decode(pending, charset)[0])
            pending = b""
            found.append(between if between.strip() or last == 0 else "")
        charset, last = match[1].lower(), match.end()
        pending += word
    found += [decode(pending, charset)[0], value[last:]]
    return "".join(found)


def _word_bytes(encoding: str, text: str) -> bytes | None:
    raw = text.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return _HEX.sub(lambda match: binascii.unhexlify(match[1]), raw.replace(b"_", b" "))
    raw = raw.translate(None, b" \t=")
    try:
        # one letter too many is a cut word: what is whole before it still counts
        usable = raw if len(raw) % 4 != 1 else raw[:-1]
        return binascii.a2b_base64(usable + b"=" * (-len(usable) % 4))
    except binascii.Error:
        return None


def one_line(text: str) -> str:
    """Fit for a header value, a name or a file name: no control, no line break, no override.

    >>> one_line("Invoice\\r\\nBcc: all\\u202e gpj.exe")
    'Invoice Bcc: all gpj.exe'
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    text = text.replace("\r\n", " ").replace("\n", " ").replace("\r", " ").replace("\t", " ")
    return _whole(_LINE_CONTROLS.sub("", text)).strip()


def clean(text: str) -> str:
    """Fit for a body: line ends are LF, and of the controls only those and tabs are left. What a
    quoted line goes on with behind a separator stays quoted: it is not its new author's.

    >>> clean("one\\r\\ntwo\\rthree\\x00\\u2028four")
    'one\\ntwo\\nthree\\nfour'
    >>> clean("> one\\u2028two\\nthree")
    '> one\\n> two\\nthree'
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _ODD.search(_beyond_plain(text)):
        return text
    if _SEPARATOR.search(text):
        text = "\n".join(chain.from_iterable(map(_parted, text.split("\n"))))
    return _whole(_CONTROLS.sub("", text))


def _beyond_plain(text: str) -> str:
    """Its letters that are none of those that nearly every text is made of, in a few microseconds:
    what is to be looked for is among them."""
    beyond = text.encode("utf-8", "surrogatepass").translate(None, _PLAIN)
    return beyond.decode("utf-8", "surrogatepass")


def flat(text: str) -> str:
    """Text of a language that has LF for its lines: separators in it are blanks.

    >>> flat("<pre>one\\u2028two</pre>")
    '<pre>one two</pre>'
    """
    return _SEPARATOR.sub(" ", text)


def _parted(line: str) -> Iterator[str]:
    quote = ""
    for piece in _SEPARATOR.split(line):
        own = _QUOTED.match(piece)
        yield piece if own else quote + piece
        quote = own[0] if own else quote


def _whole(text: str) -> str:
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)
