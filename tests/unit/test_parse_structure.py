"""Odd shapes of MIME: which part is the text, which a file, and what a file is called."""

import base64

import pytest

from gateway.ingest.parse import attachment_bytes, parse
from gateway.message import Attachment, Message

HEADER = b"From: Ann <ann@x.example>\nSubject: Printer\n"


def multi(kind: str, *parts: bytes, more: str = "") -> bytes:
    boundary = f"={kind}={len(parts)}={sum(map(len, parts))}"
    lines = [f'Content-Type: multipart/{kind}; boundary="{boundary}"{more}\n'.encode()]
    for part in parts:
        lines += [f"\n--{boundary}\n".encode(), part]
    return b"".join([*lines, f"\n--{boundary}--\n".encode()])


def part(kind: str, content: bytes = b"x", *fields: str) -> bytes:
    return "".join(f"{each}\n" for each in (f"Content-Type: {kind}", *fields)).encode() + (
        b"\n" + content
    )


def text(content: bytes) -> bytes:
    return part("text/plain", content)


def html(content: bytes) -> bytes:
    return part("text/html", content)


def image(name: str = "a.png", *fields: str) -> bytes:
    return part(f"image/png; name={name}", b"\x89PNG", *fields)


def read(body: bytes) -> Message:
    return parse(HEADER + body)


def named(message: Message) -> dict[str, Attachment]:
    return {each.filename: each for each in message.attachments}


# --- inline or not ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "page"),
    [
        ("Content-ID: <logo@x>", b'<img src="cid:logo@x">'),
        ("Content-ID: <Logo@X>", b"<img src=cid:logo@x>"),
        ("Content-ID: logo", b"<td background='cid:logo'>"),
        ("Content-ID: <a b@x>", b'<img src="cid:a%20b@x">'),
        ("Content-ID: <logo@x>", b'<p style="background:url(cid:logo@x)">'),
        ("Content-Location: http://x.example/logo.png", b'<img src="http://x.example/logo.png">'),
        ("Content-Location: logo.png", b'<img src="logo.png">'),
    ],
    ids=["cid", "case", "bare", "escaped", "style", "location", "short location"],
)
def test_image_that_the_html_shows_is_inline(field: str, page: bytes) -> None:
    message = read(multi("related", html(page), image("a.png", field)))
    assert message.attachments[0].inline


@pytest.mark.parametrize(
    "fields",
    [
        ("Content-Disposition: inline; filename=a.png",),
        ("Content-Disposition: inline", "Content-ID: <other@x>"),
        ("Content-ID: <>",),
        ("Content-Location: other.png",),
        (),
    ],
    ids=["Apple", "Outlook", "empty id", "other place", "nothing"],
)
def test_image_that_nothing_refers_to_is_a_file(fields: tuple[str, ...]) -> None:
    page = html(b'<img src="cid:logo@x"><img src="">')
    message = read(multi("mixed", page, image("a.png", *fields)))
    assert not message.attachments[0].inline
    assert message.files


def test_image_inline_in_a_mail_of_plain_text_is_a_file() -> None:
    shown = image("a.png", "Content-Disposition: inline", "Content-ID: <a@x>")
    message = read(multi("mixed", text(b"See"), shown, text(b"this")))
    assert message.text == "See\nthis"
    assert not message.attachments[0].inline


# --- which part is the text -------------------------------------------------------------

SHAPES = {
    "Outlook: related inside of alternative": multi(
        "alternative", text(b"Hi"), multi("related", html(b"<p>Hi</p>"), image())
    ),
    "Outlook: alternative inside of related": multi(
        "related", multi("alternative", text(b"Hi"), html(b"<p>Hi</p>")), image()
    ),
    "Apple: mixed inside of alternative": multi(
        "alternative", text(b"Hi"), multi("mixed", html(b"<p>Hi</p>"), image(), html(b"<br>"))
    ),
    "Notes: mixed inside of related": multi(
        "related", multi("mixed", multi("alternative", text(b"Hi"), html(b"<p>Hi</p>")), image())
    ),
    "mixed of one alternative": multi(
        "mixed", multi("alternative", text(b"Hi"), html(b"<p>Hi</p>")), image()
    ),
    "alternative turned round": multi("alternative", html(b"<p>Hi</p>"), text(b"Hi"), image()),
    "report of a form": multi(
        "form-data",
        part("text/plain", b"Hi", 'Content-Disposition: form-data; name="message"'),
        image("a.png", 'Content-Disposition: form-data; name="file"; filename="a.png"'),
    ),
    "unknown kind of multipart": multi("x-unknown", text(b"Hi"), image()),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_text_is_read_once_and_the_file_is_kept(shape: str) -> None:
    message = read(SHAPES[shape])
    assert message.text == "Hi"
    assert list(named(message)) == ["a.png"]


def test_apple_double_shows_the_file_and_not_its_resources() -> None:
    fork = part("application/applefile; name=plan.pdf", b"\x00\x05\x16\x07")
    double = multi("appledouble", fork, part("application/pdf; name=plan.pdf", b"%PDF"))
    message = read(multi("mixed", text(b"Hi"), double))
    assert [each.content_type for each in message.files] == ["application/pdf"]
    assert len(message.attachments) == 2


def test_parts_of_a_digest_are_mails() -> None:
    message = read(multi("digest", b"\nSubject: One\n\nx", b"\nSubject: Two\n\ny"))
    assert list(named(message)) == ["One.eml", "Two.eml"]


def test_yenc_stays_in_the_text() -> None:
    body = b"=ybegin line=128 size=3 name=a.txt\nm\x8b\x9e\n=yend size=3\n"
    assert "=ybegin line=128 size=3 name=a.txt" in read(b"\n" + body).text


# --- names ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("message/delivery-status", "delivery-status.txt"),
        ("text/rfc822-headers", "headers.txt"),
        ("message/disposition-notification", "read-receipt.txt"),
        ("application/pgp-signature", "signature.asc"),
        ("application/pkcs7-signature", "smime.p7s"),
        ("application/x-pkcs7-mime", "smime.p7m"),
        ("application/ms-tnef", "winmail.dat"),
        ("text/calendar; method=CANCEL", "cancel.ics"),
        ("message/external-body; access-type=URL", "external-body.txt"),
        ("message/partial; number=2; total=5; id=a", "partial-2-of-5.eml"),
        ("message/partial; number=2; id=a", "partial-2-of-many.eml"),
        ("image/png", "part-1.png"),
        ("application/x-unheard-of", "part-1.bin"),
    ],
    ids=str,
)
def test_part_without_a_name_is_named_by_what_it_is(kind: str, name: str) -> None:
    message = read(multi("mixed", text(b"Hi"), part(kind, b"Reporting-MTA: dns; x\n\nx\n")))
    assert list(named(message)) == [name]


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("Re: a/b\\c", "Re: a-b-c.eml"),
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße.eml"),
        ("", "part-1.eml"),
        ("x" * 400, "x" * 196 + ".eml"),
        ("..", "...eml"),
    ],
)
def test_attached_mail_is_named_by_its_subject(subject: str, name: str) -> None:
    attached = part("message/rfc822", f"Subject: {subject}\n\nHi\n".encode())
    assert list(named(read(multi("mixed", text(b"Hi"), attached)))) == [name]


def test_mails_attached_in_mails_are_read_one_by_one() -> None:
    raw = HEADER + b"\nthe innermost\n"
    for level in range(5):
        attached = part("message/rfc822", raw)
        raw = HEADER + multi("mixed", text(b"level %d" % level), attached)
    for level in (4, 3, 2, 1, 0):
        message = parse(raw)
        assert message.text == f"level {level}"
        raw = attachment_bytes(raw, message.attachments[0].part)
    assert parse(raw).text == "the innermost"


@pytest.mark.parametrize("encoding", ["base64", "7bit"])
def test_attached_mail_keeps_its_own_attachments(encoding: str) -> None:
    inner = HEADER + multi("mixed", text(b"inner"), part("text/csv; name=a.csv", b"1;2"))
    content = base64.encodebytes(inner) if encoding == "base64" else inner
    attached = part("message/rfc822", content, f"Content-Transfer-Encoding: {encoding}")
    raw = HEADER + multi("mixed", text(b"outer"), attached)
    found = attachment_bytes(raw, parse(raw).attachments[0].part)
    assert attachment_bytes(found, parse(found).attachments[0].part) == b"1;2"


# --- format=flowed, RFC 3676 ------------------------------------------------------------

FLOWED = {
    "soft and fixed": ("one \ntwo\nthree", "", "one two\nthree"),
    "delsp": ("one- \ntwo  \nthree", "; delsp=yes", "one-two three"),
    "space-stuffed": (
        " From here\n > no quote\n  indented",
        "",
        "From here\n> no quote\n indented",
    ),
    "stuffed and soft": (" From \n here", "", "From here"),
    "quote depths": ("> one \n> two\n>> deep \n>> er\n> back", "", "> one two\n>> deep er\n> back"),
    "depth changes after a soft break": ("> one \ntwo", "", "> one \ntwo"),
    "signature": ("one \n-- \nAnn \nAdler", "", "one \n-- \nAnn Adler"),
    "quoted signature": ("> one \n> -- \n> Ann", "", "> one \n> -- \n> Ann"),
    "soft at the very end": ("one ", "", "one "),
    "only a space": ("one\n \ntwo", "", "one\n\ntwo"),
    "quote without space": (">one \n>two", "", "> one two"),
    "empty quote": (">\n> \n>x", "", ">\n>\n> x"),
    "upper case": ("one \ntwo", "; DELSP=YES", "onetwo"),
}


@pytest.mark.parametrize("case", FLOWED)
def test_flowed_text_is_joined_as_its_author_wrote_it(case: str) -> None:
    written, more, meant = FLOWED[case]
    found = read(part(f"text/plain; format=Flowed{more}", written.encode())).text
    assert found == meant


def test_text_that_is_not_flowed_keeps_its_lines() -> None:
    assert read(part("text/plain; format=fixed", b"one \ntwo")).text == "one \ntwo"
