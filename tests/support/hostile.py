"""What must hold of a Reading whatever bytes came, and mails that are damaged on purpose.

Seeded: the same seed damages the same mails in the same way, on every machine.
"""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from gateway.html import clean, to_text
from gateway.message import Envelope, Message, Reading, Source
from gateway.reading import as_json, read
from gateway.threading.quoting import new_text

GOLDEN = Path(__file__).parents[1] / "golden"
FOUND = Path(__file__).parents[1] / "fuzz" / "found"

HEADER = b"From: MAILER-DAEMON@x.example\nSubject: Re: x\nIn-Reply-To: <a@x>\n"

_FORBIDDEN_IN_A_LINE = frozenset("\r\n\x00\u2028\u2029")


def reading_of(raw: bytes) -> Reading:
    envelope = Envelope(
        mail_from="ann@x.example",
        rcpt_to=("support@d.example",),
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        source=Source.SMTP,
    )
    return read(raw, envelope, own_addresses=frozenset(), own_desk="it.example.com")


def must_hold(raw: bytes) -> Reading:
    """The Reading of these bytes; AssertionError, or what was raised, where a promise is broken."""
    reading = reading_of(raw)
    message = reading.message
    json.dumps(as_json(reading), ensure_ascii=False).encode("utf-8")
    for line in _lines_of(message):
        assert not _FORBIDDEN_IN_A_LINE & set(line), f"no single clean line: {line[:80]!r}"
        line.encode("utf-8")
    assert "\x00" not in message.text, "NUL in the text"
    assert not any(defect.startswith("unjudged") for defect in message.defects), message.defects
    _is_contained(reading.new_text, message.text)
    _can_be_undone(message)
    if message.html:
        to_text(message.html)
        clean(message.html)
    return reading


def _lines_of(message: Message) -> list[str]:
    people = (message.author, *message.reply_to, *message.to, *message.cc)
    files = [each.filename for each in message.attachments]
    kinds = [each.content_type for each in message.attachments]
    named = [text for each in people for text in (each.name, each.address)]
    values = [text for pair in message.headers for text in pair]
    return [message.subject, *values, *named, *files, *kinds, *message.defects]


def _is_contained(new: str, text: str) -> None:
    """Every line of the new text stands in the text, in the same order."""
    at = 0
    for line in new.split("\n"):
        at = text.find(line, at)
        assert at >= 0, f"new text that is not in the text: {line[:80]!r}"
        at += len(line)


def _can_be_undone(message: Message) -> None:
    found = new_text(message.text, subject=message.subject)
    ends = [0, *(bound for pair in found.ranges for bound in pair), len(message.text)]
    assert ends == sorted(ends), "ranges that overlap"
    pieces = [message.text[start:end] for start, end in pairwise(ends)]
    assert "".join(pieces) == message.text, "a cut that cannot be undone"


def golden_mails() -> list[bytes]:
    """All golden mails and all that earlier runs found, in a fixed order."""
    paths = sorted((*GOLDEN.glob("*/*.eml"), *FOUND.glob("*.eml")))
    return [path.read_bytes() for path in paths]


_TOKENS = (
    b"\x00", b"\r", b"\n", b"\n\n", b"\r\n\r\n", b"\xff\xfe", b"\xed\xa0\x80", b"\xe2\x80\xae",
    b"--", b"--b--\n", b"\n--", b"=?utf-8?b?", b"?=", b"=?x?q?=0", b"=\n", b"=3D", b"&#0;", b"<",
    b"<!--", b"-->", b"<blockquote>", b"</div>", b"> ", b">>>>", b"-- \n", b"begin 644 a\n",
    b"\nend\n", b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: message/rfc822\n",
    b"Content-Type: text/html; charset=utf-16\n", b"Content-Type: text/plain; charset=utf-7\n",
    b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: x-uuencode\n",
    b"Content-Disposition: attachment; filename*=utf-8''%ff%00\n", b"; filename*0*=x''",
    b"(", b")",
    b'"', b"\\", b",", b"@", b"From: \n", b"Subject: =?utf-8?q?=0A?=\n", b"\n From x\n",
    b"\xef\xbb\xbf",
    b"On 1 Oct 2024, Ann wrote:\n", b"From: a@b\nSent: 1 Oct 2024 10:05\nTo: x\nSubject: y\n",
    b"-----Original Message-----\n", b"-- Please reply above this line --\n", b"base64~block~0~",
    b"QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD\n" * 70,
)  # fmt: skip
_CHARSETS = (
    b"utf-8", b"utf-7", b"utf-16", b"utf-32", b"iso-2022-jp", b"hz", b"gb18030", b"big5", b"rot13",
    b"unicode_escape", b"idna", b"punycode", b"cp1252", b"", b"x", b"undefined", b"mbcs",
)  # fmt: skip


def _flip(rng: random.Random, raw: bytes, _: bytes) -> bytes:
    out = bytearray(raw)
    for _each in range(rng.randint(1, 20)):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def _insert(rng: random.Random, raw: bytes, _: bytes) -> bytes:
    at = rng.randrange(len(raw))
    return raw[:at] + rng.choice(_TOKENS) * rng.choice((1, 1, 1, 2, 50)) + raw[at:]


def _truncate(rng: random.Random, raw: bytes, _: bytes) -> bytes:
    return raw[: rng.randrange(len(raw))]


def _splice(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    return raw[: rng.randrange(len(raw))] + other[rng.randrange(len(other)) :]


def _repeat(rng: random.Random, raw: bytes, _: bytes) -> bytes:
    start = rng.randrange(len(raw))
    end = min(len(raw), start + rng.randint(1, 400))
    return raw[:end] + raw[start:end] * rng.choice((1, 2, 30)) + raw[end:]


def _remove(rng: random.Random, raw: bytes, _: bytes) -> bytes:
    start = rng.randrange(len(raw))
    return raw[:start] + raw[start + rng.randint(1, 200) :]


def _swap_fields(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    """The header of one with lines of another among it, in any order."""
    mine, gap, body = raw.partition(b"\n\n")
    lines = [*mine.split(b"\n"), *other.partition(b"\n\n")[0].split(b"\n")]
    rng.shuffle(lines)
    return b"\n".join(lines[: rng.randint(1, len(lines))]) + gap + body


def _line_ends(rng: random.Random, raw: bytes, _: bytes) -> bytes:
    ends = (b"\r\n", b"\r", b"\n\r", b"\r\r\n", b" \n", b"\x0b", b"\x85")
    return raw.replace(b"\n", rng.choice(ends), rng.choice((-1, 3, 10)))


def _boundaries(rng: random.Random, raw: bytes, _: bytes) -> bytes:
    new = rng.choice((b"", b"-", b"--", b" ", b"=_b--", b'"', b"\xff", b"--\n--"))
    return raw.replace(b"=_b", new, rng.choice((-1, 1, 2)))


def _recode(rng: random.Random, raw: bytes, _: bytes) -> bytes:
    old = rng.choice((b"utf-8", b"iso-8859-1", b"us-ascii", b"quoted-printable", b"8bit"))
    return raw.replace(old, rng.choice((*_CHARSETS, b"base64", b"quoted-printable")))


DAMAGES: tuple[Callable[[random.Random, bytes, bytes], bytes], ...] = (
    _flip, _insert, _insert, _truncate, _splice, _repeat, _remove, _swap_fields, _line_ends,
    _boundaries, _recode,
)  # fmt: skip


def damaged(rng: random.Random, mails: list[bytes]) -> bytes:
    """One of the mails after one to four accidents."""
    raw = rng.choice(mails)
    for _ in range(rng.choice((1, 1, 2, 4))):
        raw = rng.choice(DAMAGES)(rng, raw or b"\n", rng.choice(mails))
    return raw


def smaller(raw: bytes, breaks: Callable[[bytes], bool], tries: int = 2_000) -> bytes:
    """As little of the bytes as still breaks the promise: pieces are left out, halved each time."""
    piece = max(len(raw) // 2, 1)
    while piece and tries > 0:
        at = 0
        while at < len(raw) and tries > 0:
            tries -= 1
            without = raw[:at] + raw[at + piece :]
            if breaks(without):
                raw = without
            else:
                at += piece
        piece //= 2
    return raw
