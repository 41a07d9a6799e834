"""Mails as a help desk gets them, made up: the same seed gives the same bytes on every machine.

    python bench/mails.py --count 1000 --into DIR [--seed 7] [--kind reply]

Five kinds in the shares of MIX: new mails of 2 to 8 kB, half of them with HTML beside the text;
replies that quote; mails with one file of 50 to 500 kB; automatic replies; bounces. One random
number asked for in another order changes every mail after it, and so every figure on record.
"""

import argparse
import base64
import quopri
import random
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import Header
from email.utils import formatdate
from pathlib import Path

MIX = {"new": 60, "reply": 25, "attach": 10, "auto": 4, "bounce": 1}
DOMAIN = "customers.test"
SUPPORT = "support@desk.test"
PEOPLE = 400
UNDELIVERED = "Undelivered Mail Returned to Sender"
EPOCH = 1_767_225_600  # 2026-01-01 in seconds since 1970

WORDS = """
    printer invoice account password login server outage network laptop screen keyboard order
    refund delivery address contract upgrade license error message update install version browser
    payment card monthly report export import file folder shared drive access denied permission
    please thanks regards urgent broken again yesterday tomorrow morning customer project deadline
    meeting room booking phone number extension voicemail mail spam filter attachment missing
    document signature approval manager team office remote vpn token certificate expired renew
    database query slow timeout crash restart backup restore disk full memory the a is of to and
    in it that for was on with as at be this have from or had by not but what all were when we
    there can
""".split()  # noqa: SIM905 - as a list it fills a page
ACCENTS = (
    "Überweisung", "naïve", "façade", "Größe", "señor", "Żółw", "Ærø", "prêt", "日本語", "заказ",
    "résumé",
)  # fmt: skip
FIRST = """
    Ann Bo Carla Dmitri Eva François Gül Hana Ivo José Kenji Łucja Mia Noël Olga Pia Quinn Rui
    Søren Tess
""".split()  # noqa: SIM905 - as a list it fills a page
LAST = """
    Adler Brown Chen Dvořák Evans Fischer García Hansen Ito Jones Kim López Müller Nowak Okafor
    Petrov
""".split()  # noqa: SIM905 - as a list it fills a page
ENCODINGS = (
    ("quoted-printable", "utf-8"), ("8bit", "utf-8"), ("base64", "utf-8"),
    ("quoted-printable", "iso-8859-1"),
)  # fmt: skip
FILES = (
    ("screenshot.png", "image/png"), ("report.pdf", "application/pdf"),
    ("log.txt.gz", "application/gzip"), ("Größe.docx", "application/vnd.ms-word"),
)  # fmt: skip

Earlier = list[tuple[str, str]]  # Message-ID and subject of mails that a reply may answer


@dataclass(frozen=True, slots=True)
class Made:
    """One mail: its number from 1, its kind, its bytes with CRLF line ends."""

    number: int
    kind: str
    raw: bytes


@dataclass(slots=True)
class _Body:
    """What a kind puts into a mail; `subject` and `author` may not be those it began with."""

    content: bytes
    subject: str
    author: tuple[str, str]
    answers: str = ""
    extra: str = ""
    return_path: str = ""


def generate(count: int, seed: int = 1, kind: str = "") -> Iterator[Made]:
    """That many mails in the shares of MIX, or all of one kind."""
    rng = random.Random(seed)
    people = [
        (f"{rng.choice(FIRST)} {rng.choice(LAST)}", f"user{each:04d}@{DOMAIN}")
        for each in range(PEOPLE)
    ]
    earlier: Earlier = []
    for number in range(1, count + 1):
        chosen = kind or rng.choices(list(MIX), list(MIX.values()))[0]
        if chosen == "reply" and not earlier:
            chosen = "new"
        author = people[_person(rng)]
        size = rng.randint(2000, 8000)
        subject = " ".join(rng.choice(WORDS) for _ in range(rng.randint(3, 8)))
        if rng.random() < 0.15:
            subject += " " + rng.choice(ACCENTS)
        body = _body(rng, chosen, size, f"{seed}_{number}", subject, author, earlier)
        message_id = f"<gen-{seed}-{number}@{DOMAIN}>"
        yield Made(number, chosen, _header(number, message_id, body) + body.content)
        if chosen in ("new", "attach"):
            earlier.append((message_id, subject))


def _person(rng: random.Random) -> int:
    """A few write often."""
    if rng.random() < 0.3:
        return min(int(rng.paretovariate(0.7)) - 1, PEOPLE - 1)
    return rng.randrange(PEOPLE)


def _body(
    rng: random.Random, kind: str, size: int, tag: str, subject: str, author: tuple[str, str],
    earlier: Earlier,
) -> _Body:  # fmt: skip
    if kind == "new":
        return _Body(_text_body(rng, size, tag), subject, author)
    if kind == "attach":
        parts = [_text_body(rng, size, tag), _file(rng, rng.randint(50_000, 500_000))]
        return _Body(_multipart("mixed", parts, f"=_mix_{tag}"), subject, author)
    answers, told = earlier[rng.randrange(len(earlier))] if earlier else ("", "")
    if kind == "reply":
        return _reply(rng, size, answers, told or subject, author)
    if kind == "auto":
        prefix = rng.choice(("Out of office: ", "Automatic reply: ", "Abwesenheit: "))
        text = _part("text/plain", _text(rng, rng.randint(300, 1200)), "quoted-printable")
        extra = (
            "Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: All\r\nPrecedence: bulk\r\n"
        )
        return _Body(text, prefix + (told or subject), author, answers, extra)
    return _bounce(answers, told or UNDELIVERED, tag)


def _reply(
    rng: random.Random, size: int, answers: str, subject: str, author: tuple[str, str]
) -> _Body:
    new, quoted = _text(rng, size * 0.3), _text(rng, size * 0.55)
    lines = "\r\n".join(f"> {line}" for line in quoted.split("\r\n"))
    text = f"{new}\r\n\r\nOn Thu, 1 Jan 2026, Support wrote:\r\n{lines}"
    return _Body(_part("text/plain", text, "quoted-printable"), f"Re: {subject}", author, answers)


def _bounce(returned: str, subject: str, tag: str) -> _Body:
    status = (
        f"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.{DOMAIN}\r\n\r\n"
        f"Final-Recipient: rfc822; gone@{DOMAIN}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 user unknown\r\n"
    )
    original = (
        f"Content-Type: message/rfc822\r\n\r\nFrom: {SUPPORT}\r\nTo: gone@{DOMAIN}\r\n"
        f"Subject: {_field(subject)}\r\n" + (f"Message-ID: {returned}\r\n" if returned else "")
        + "\r\n(ticket notification)\r\n"
    )  # fmt: skip
    words = _part("text/plain", "I could not deliver your message.\r\n", "7bit", "us-ascii")
    parts = [words, status.encode(), original.encode()]
    return _Body(
        _multipart("report", parts, f"=_dsn_{tag}", "; report-type=delivery-status"),
        UNDELIVERED,
        ("Mail Delivery System", f"MAILER-DAEMON@{DOMAIN}"),
        extra="Auto-Submitted: auto-replied\r\n",
        return_path="Return-Path: <>\r\n",
    )


def _header(number: int, message_id: str, body: _Body) -> bytes:
    name, address = body.author
    when = formatdate(EPOCH + number * 37)
    lines = [
        f"{body.return_path}Received: from mx.{DOMAIN} (mx.{DOMAIN} [192.0.2.{number % 250 + 1}])",
        f"\tby relay.desk.test with ESMTPS id {number:08X};\r\n\t{when}\r\nDate: {when}",
        f"From: {_field(name)} <{address}>\r\nTo: {SUPPORT}\r\nSubject: {_field(body.subject)}",
        f"Message-ID: {message_id}",
    ]
    if body.answers:
        lines.append(f"In-Reply-To: {body.answers}\r\nReferences: {body.answers}")
    return ("\r\n".join(lines) + f"\r\n{body.extra}MIME-Version: 1.0\r\n").encode("ascii")


def _text(rng: random.Random, size: float) -> str:
    """Lines of 70 letters with a paragraph now and then, one word in 25 beyond ASCII."""
    out: list[str] = []
    letters = line = 0
    while letters < size:
        word = rng.choice(ACCENTS) if rng.random() < 0.04 else rng.choice(WORDS)
        line += len(word) + 1
        if line > 70:
            out.append("\r\n" if rng.random() < 0.8 else "\r\n\r\n")
            line = 0
        elif out:
            out.append(" ")
        out.append(word)
        letters += len(word) + 1
    return "".join(out)


def _text_body(rng: random.Random, size: int, tag: str) -> bytes:
    """Plain text (45 per cent), or the same text as HTML beside it."""
    if rng.random() < 0.45:
        encoding, charset = rng.choice(ENCODINGS)
        share = 0.72 if encoding == "base64" else 0.9
        return _part("text/plain", _text(rng, int(size * share)), encoding, charset)
    plain = _text(rng, size * 0.38)
    paragraphs = plain.replace("\r\n\r\n", "</p>\r\n<p>")
    html = (
        "<html><head><style>p{margin:0}</style></head><body><p>" + paragraphs + "</p></body></html>"
    )
    forms = (("text/plain", plain), ("text/html", html))
    parts = [_part(kind, text, "quoted-printable") for kind, text in forms]
    return _multipart("alternative", parts, f"=_alt_{tag}")


def _part(kind: str, text: str, encoding: str, charset: str = "utf-8") -> bytes:
    data = text.encode(charset, "replace")
    if encoding == "quoted-printable":
        data = quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    elif encoding == "base64":
        data = base64.encodebytes(data).replace(b"\n", b"\r\n")
    header = f"Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n"
    return header.encode() + b"\r\n" + data + (b"" if data.endswith(b"\r\n") else b"\r\n")


def _file(rng: random.Random, size: int) -> bytes:
    name, kind = rng.choice(FILES)
    shown = f'filename="{name}"' if name.isascii() else "filename*=UTF-8''Gr%C3%B6%C3%9Fe.docx"
    header = (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment; {shown}\r\n\r\n"
    )
    encoded = base64.encodebytes(rng.randbytes(int(size * 0.74)))
    return header.encode() + encoded.replace(b"\n", b"\r\n")


def _multipart(subtype: str, parts: list[bytes], boundary: str, more: str = "") -> bytes:
    header = f'Content-Type: multipart/{subtype}; boundary="{boundary}"{more}\r\n\r\n'
    inside = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), part) for part in parts)
    return header.encode() + inside + b"--%s--\r\n" % boundary.encode()


def _field(text: str) -> str:
    if text.isascii():
        return text
    return Header(text, "utf-8", maxlinelen=70, header_name="Subject").encode(linesep="\r\n")


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--kind", choices=MIX, default="")
    options.add_argument("--into", type=Path, required=True)
    asked = options.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    for made in generate(asked.count, asked.seed, asked.kind):
        (asked.into / f"{made.number:06d}-{made.kind}.eml").write_bytes(made.raw)


if __name__ == "__main__":
    main()
