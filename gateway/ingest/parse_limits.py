"""Bytes cut to what a parser can take in time; what was cut is a defect.

Decides nothing about meaning; how far a tree may grow is kept to by whoever builds it. The
surprising fact: any line may begin like the delimiter of every open multipart, so depth times
lines is the cost, and a mail of nothing but short lines is the dearest of its size.
"""

import re

MAX_HEADER_BYTES = 256 * 1024
MAX_LINES = 1_000_000  # 74 MB of base64, or 1 MB of line breaks
MAX_DEPTH = 50  # multiparts inside each other, in attached mails, too
MAX_NODES = 3_000  # parts, multiparts and attached mails; what is behind them is cut

_HEADER_END = re.compile(rb"^(?!From |[\x21-\x39\x3b-\x7e]+:|[\t ])", re.MULTILINE)
_SPACED_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,100})[ \t]{1,100}:")  # RFC 5322 4.5.8
_KNOWN_FIELD = re.compile(
    rb"(?:from|to|cc|subject|date|message-id|mime-version|received|return-path|reply-to"
    rb"|delivered-to|content-[a-z-]{1,40}|x-[a-z0-9-]{1,60})[ \t]*:",
    re.IGNORECASE,
)
_BASE64_WORD = re.compile(r"=\?[^?\s]{1,60}\?[bB]\?([^?]*)\?=")
_WORD_SPACE = re.compile(r"[ \t\r\n=]")
_MAX_STRAY_LINES = 20
_CHUNK = 64 * 1024


def within_limits(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The mail, or as much of it as can be read, and what was cut."""
    defects: list[str] = []
    mail = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    mail, strays = _without_strays(mail)
    if strays:
        defects.append(f"header: {strays} lines that are no field")
    end = _header_end(mail)
    if end > MAX_HEADER_BYTES:
        kept = mail[:MAX_HEADER_BYTES]
        kept = kept[: kept.rfind(b"\n") + 1 or len(kept)]
        mail = kept + b"\n" + mail[end:].lstrip(b"\r\n")
        defects.append(f"cut: header block of {end} bytes")
    at = _line_offset(mail)
    if at < len(mail):
        mail = mail[:at]
        defects.append(f"cut: more than {MAX_LINES} lines")
    return mail, tuple(defects)


def field_repaired(value: str) -> str:
    """A field's value that mail-parser does not stumble over.

    NUL becomes a space, and an encoded word whose base64 is broken becomes plain text: each
    makes the decoder underneath raise, and takes the good words beside it along.

    >>> field_repaired("=?utf-8?b?YWJjZ?= <a@x.example>")
    '= ?utf-8?b?YWJjZ?= <a@x.example>'
    """
    return _BASE64_WORD.sub(_undone, value.replace("\x00", " "))


def _undone(word: re.Match[str]) -> str:
    letters = _WORD_SPACE.sub("", word[1])
    return word[0].replace("=?", "= ?") if len(letters) % 4 == 1 else word[0]


def header_and_rest(raw: bytes) -> tuple[bytes, bytes]:
    """The header block, within its limit, and what follows it."""
    mail = within_limits(raw)[0]
    end = _header_end(mail)
    return mail[:end], mail[end:]


def _header_end(mail: bytes, start: int = 0) -> int:
    found = _HEADER_END.search(mail, start)
    return found.start() if found else len(mail)


def _without_strays(mail: bytes) -> tuple[bytes, int]:
    """A line that is no field ends the header for a parser, but not for a person who sees
    well-known fields go on below it. Such a line becomes a field of its own.
    """
    if _KNOWN_FIELD.match(mail[:400].lstrip(b" \t")):
        mail = mail.lstrip(b" \t")
    strays = 0
    end = _header_end(mail)
    while strays < _MAX_STRAY_LINES and mail[end : end + 1] not in (b"", b"\r", b"\n"):
        below = mail.find(b"\n", end) + 1
        spaced = _SPACED_FIELD.match(mail, end)
        if not spaced and not (below and _KNOWN_FIELD.match(mail[below : below + 200])):
            break
        if spaced:
            mail = mail[:end] + spaced[1] + mail[spaced.end() - 1 :]
        else:
            mail = mail[:end] + b"X-Stray-Line: " + mail[end:]
        strays += 1
        end = _header_end(mail, end)
    return mail, strays


def _line_offset(mail: bytes) -> int:
    """Where the last line stands that is still read."""
    if len(mail) <= MAX_LINES or mail.count(b"\n") + mail.count(b"\r") <= MAX_LINES:
        return len(mail)
    lines = 0
    for at in range(0, len(mail), _CHUNK):
        chunk = mail[at : at + _CHUNK]
        lines += max(chunk.count(b"\n"), chunk.count(b"\r"))
        if lines > MAX_LINES:
            return at
    return len(mail)
