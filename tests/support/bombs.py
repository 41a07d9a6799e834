"""Mails built to cost a reader more than they cost their author. `size` 1 is the full bomb.

Each is a function of its size, so that twice the bomb can be asked to take twice the time.
"""

import base64
import zlib
from collections.abc import Callable

from support.hostile import HEADER

MB = 2**20

Bomb = Callable[[float], bytes]


def _plain(line: bytes, count: int) -> Bomb:
    return lambda size: HEADER + b"\n" + line * int(count * size)


def _field(name: bytes, item: bytes, count: int) -> Bomb:
    return lambda size: HEADER + name + b": " + item * int(count * size) + b"\n\nhello\n"


def _html(piece: str, count: int, before: str = "", after: str = "") -> Bomb:
    head = HEADER + b"Content-Type: text/html; charset=utf-8\n\n" + before.encode()
    return lambda size: head + piece.encode() * int(count * size) + after.encode() + b"hello"


def _multipart(part: bytes, count: int, boundary: bytes = b"b") -> Bomb:
    head = HEADER + b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\n\n'
    return lambda size: head + part * int(count * size) + b"--" + boundary + b"--\n"


def _nested(field: bytes, levels: int) -> Bomb:
    def built(size: float) -> bytes:
        opened = (
            field.replace(b"BB", b"b%d" % n) + b"\n\n--b%d\n" % n for n in range(int(levels * size))
        )
        return HEADER + b"".join(opened) + b"\nhello\n"

    return built


def _encoded(field: bytes, what: Callable[[int], bytes], count: int) -> Bomb:
    head = HEADER + field + b"\nContent-Transfer-Encoding: base64\n\n"
    return lambda size: head + base64.encodebytes(what(int(count * size)))


def _tnef(count: int) -> bytes:
    """Attributes that each begin one more attachment, [MS-OXTNEF] section 2.1.3."""
    attribute = b"\x02\x02\x90\x06\x00" + (14).to_bytes(4, "little") + bytes(14) + b"\0\0"
    return b"\x78\x9f\x3e\x22\x00\x00" + attribute * count


def _compressed(count: int) -> bytes:
    """A thousand bytes for each that arrives, as S/MIME's compressed-data (RFC 3274) may hold."""
    return zlib.compress(bytes(count), 9)


BOMBS: dict[str, Bomb] = {
    "10,000 parts": _multipart(b"--b\n\nx\n", 10_000),
    "200,000 parts": _multipart(b"--b\nContent-Type: a/b\n\n\n", 200_000),
    "parts of two kinds of line end": _multipart(b"--b\r\r\n--b\n\r", 50_000),
    "delimiters almost": _multipart(b"--b-\n--bb\n-- b\n---b\n", 100_000),
    "delimiters almost, of 49 multiparts": lambda size: (
        _nested(b"Content-Type: multipart/mixed; boundary=BB", 49)(1)
        + b"".join(b"--b%d-\n" % (n % 49) for n in range(int(100_000 * size)))
    ),
    "a boundary of dashes": _multipart(b"-----\n", 200_000, b"---"),
    "depth 1,000": _nested(b"Content-Type: multipart/mixed; boundary=BB", 1_000),
    "depth behind quotes": _nested(b'Content-Type: multipart/mixed; boundary="x BB y"', 1_000),
    "depth in sections": _nested(b"Content-Type: multipart/mixed; boundary*0=BB", 1_000),
    "mails in mails": lambda size: HEADER + b"Content-Type: message/rfc822\n\n" * int(1_000 * size),
    "mails in mails, many": lambda size: (
        HEADER + b"Content-Type: message/rfc822\n\n" * int(20_000 * size)
    ),
    "a header of 50 MB": _field(b"X", b"a", 50 * MB),
    "fields of 9 MB": lambda size: HEADER + b"X-A: b\n" * int(1_300_000 * size) + b"\nhello",
    "distinct fields": lambda size: (
        HEADER + b"".join(b"X-%d: b\n" % n for n in range(int(20_000 * size))) + b"\nhello"
    ),
    "a line of 20 MB": _plain(b">", 20 * MB),
    "a line of 20 MB beyond ASCII": _plain(b"\xe9", 20 * MB),
    "line breaks": _plain(b"\n", 20 * MB),
    "carriage returns": _plain(b"\r", 5 * MB),
    "zeros": lambda size: bytes(int(5 * MB * size)),
    "base64 almost": _plain(b"\nQUJD" * 20 + b"QUJDQUJDQUJDQUJD" * 5 + b"\n~\n", 20_000),
    "base64 begun again": _plain(b"\n\n" + b"QUJDQUJDQUJDQUJD" * 5 + b"\n", 100_000),
    "base64 of nonsense": _encoded(b"Content-Type: text/plain", lambda n: b"\xff\x00=" * n, 2 * MB),
    "not base64 at all": lambda size: (
        HEADER + b"Content-Transfer-Encoding: base64\n\n" + b"=!?" * int(2 * MB * size)
    ),
    "flowed lines": lambda size: (
        HEADER + b"Content-Type: text/plain; format=flowed\n\n" + b"a \n" * int(300_000 * size)
    ),
    "flowed quotes": lambda size: (
        HEADER
        + b"Content-Type: text/plain; format=flowed\n\n"
        + b"".join(b">" * (n % 900) + b" a \n" for n in range(int(5_000 * size)))
    ),
    "uuencode": _plain(b"begin 644 x\n", 200_000),
    "uuencode with ends": _plain(b"begin 644 x\n#0V%T\n`\nend\n", 100_000),
    "encoded words": _field(b"X", b"=?utf-8?b?aGk=?= ", 12_000),
    "encoded words begun": _field(b"Subject", b"=?utf-8?q?", 25_000),
    "encoded words in From": _field(b"From", b'"=?utf-8?b?aGk?=" <a@x.example>, ', 6_000),
    "addresses": _field(b"Cc", b"a\xe9@x.example, ", 12_000),
    "commas": _field(b"To", b",", 100_000),
    "brackets": _field(b"Cc", b"\xe9(", 100_000),
    "brackets in ASCII": _field(b"To", b"(", 100_000),
    "brackets closed": _field(b"To", b"()", 60_000),
    "angle brackets": _field(b"Cc", b'"<', 100_000),
    "backslashes": _field(b"From", b'"\\', 100_000),
    "groups": _field(b"To", b"g:a@b.example;", 18_000),
    "references": _field(b"References", b"<a@b> <", 36_000),
    "references never closed": _field(b"In-Reply-To", b"<a", 120_000),
    "dates": _field(b"Date", b"Mon, 1 ", 36_000),
    "received": _field(b"Received", b"from a (b (c) by ; ", 12_000),
    "parameters": _field(b"Content-Type", b"x*0=b; ", 30_000),
    "sections of a parameter": lambda size: (
        HEADER
        + b"Content-Type: a/b; "
        + b"".join(b"x*%d*=b%%20;" % n for n in range(int(20_000 * size)))
        + b"\n\nx"
    ),
    "100,000 sections": lambda size: (
        HEADER
        + b"Content-Disposition: attachment"
        + b"".join(b";\n filename*%d=b" % n for n in range(int(100_000 * size)))
        + b"\n\nx"
    ),
    "nested divs": _html("<div>", 100_000),
    "nested tables": _html("<table><tr><td>", 30_000),
    "nested lists": _html("<ul><li>", 50_000),
    "lists that pass the guard": _html("<ul><li>x", 95),
    "nested quotes": _html("<blockquote>", 100_000),
    "a tag of attributes": _html("x=1 ", 100_000, "<a ", ">"),
    "attributes that pass the guard": _html("<a " + "x=1 " * 4_000 + ">", 60),
    "entities": _html("&amp;", 1_000_000),
    "entities that pass the guard": _html("&#x41;&nbsp;", 24_000),
    "bare ampersands": _html("&", 1_000_000),
    "comments begun": _html("<!--", 250_000),
    "conditional comments begun": _html("<!--[if mso]>", 80_000),
    "hidden elements": _html('<p style="display:none">x', 40_000),
    "hidden elements, closed": _html('<span style="mso-hide:all">x</span>', 24_000),
    "links": _html('<a href="https://x.example/a">b</a>', 24_000),
    "links begun": _html('<a href="https://x.example/a">', 49_000),
    "a long link": _html("x", 10_000, '<a href="https://x.example/', '">label</a>'),
    "images": _html('<img alt="a picture">', 49_000),
    "a wide table": _html("<td>x</td>", 4_000, "<table><tr>", "</tr></table>"),
    "a tall table": _html("<tr><td>x</td><td>y</td></tr>", 9_000, "<table>", "</table>"),
    "a cell of many columns": _html('<td colspan="99999">x</td>', 500, "<table><tr>"),
    "styles begun": _html("<style>", 100_000),
    "quoted lines": _plain(b"> a\n", 500_000),
    "quotes and answers": _plain(b"> a\nb\n", 200_000),
    "attributions": _plain(b"On 1 Oct 2024 at 10:05, Ann <a@x.example> wrote:\n", 60_000),
    "attributions before quotes": _plain(b"On 1 Oct 2024 at 10:05, Ann wrote:\n> x\n", 60_000),
    "attributions over many lines": _plain(
        b"On 1 Oct 2024\nat 10:05\nAnn\n<a@x.example>\n", 60_000
    ),
    "header blocks": _plain(b"From: a@x.example\nSent: 1 Oct 2024 10:05\n", 60_000),
    "labels": _plain(b"Wort: 1\n\n", 100_000),
    "rules": _plain(b"-----x-----\n", 100_000),
    "original messages": _plain(b"-----Original Message----\n", 100_000),
    "forwards": _plain(b"---------- Forwarded messag\n", 100_000),
    "signatures": _plain(b"-- \nSent from my iPhon\n", 100_000),
    "marks without their lines": _plain(b"please reply abov -- 1:1 @", 100_000),
    "digits": _plain(b"1" * 300 + b":\n", 20_000),
    "spaces": _plain(b" ", 5 * MB),
    "spaces in lines": _plain(b" " * 390 + b":\n", 20_000),
    "words of a mail system": _plain(b"could not be delivered to following address ", 60_000),
    "recipients of a report": _plain(b"a@b.example ", 400_000),
    "addresses without an end": _plain(b"a" * 99 + b"@", 20_000),
    "groups of a report": lambda size: (
        HEADER + b"Content-Type: message/delivery-status\n\n" + b"A: b\n\n" * int(50_000 * size)
    ),
    "fields of a report": lambda size: (
        HEADER
        + b"Content-Type: message/delivery-status\n\n"
        + b"Final-Recipient: rfc822; a@b\n" * int(50_000 * size)
    ),
    "TNEF": _encoded(b"Content-Type: application/ms-tnef; name=winmail.dat", _tnef, 40_000),
    "compressed S/MIME": _encoded(
        b'Content-Type: application/pkcs7-mime; smime-type=compressed-data; name="smime.p7z"',
        _compressed,
        100 * MB,
    ),
    "calendar": lambda size: (
        HEADER
        + b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n"
        + b"BEGIN:VEVENT\nDTSTART:20260101T000000Z\n ATTENDEE\n" * int(40_000 * size)
    ),
}
"""By name. What a mail of its kind takes at size 1 is at most a second or two."""
