"""Bytes into a Message, whatever the bytes."""

import base64
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import pytest

from gateway.ingest import parse as parsing
from gateway.ingest.parse import attachment_bytes, parse
from gateway.message import NOBODY, Address, Attachment, Message

HEADER = b"From: Ann <ann@x.example>\nTo: support@d.example\nSubject: Printer\n"


def mail(body: bytes = b"Hello\n", *, header: bytes = b"") -> bytes:
    return HEADER + header + b"\n" + body


def multipart(*parts: bytes, kind: bytes = b"mixed", boundary: bytes = b"b") -> bytes:
    header = b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\n'
    body = b"".join(b"--" + boundary + b"\n" + part + b"\n" for part in parts)
    return mail(body + b"--" + boundary + b"--\n", header=header)


def text(content: bytes, kind: bytes = b"plain; charset=utf-8") -> bytes:
    return b"Content-Type: text/" + kind + b"\n\n" + content


def file(
    content: bytes, name: bytes = b"a.bin", kind: bytes = b"application/octet-stream"
) -> bytes:
    return (
        b"Content-Type: " + kind + b'\nContent-Disposition: attachment; filename="' + name + b'"\n'
        b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(content)
    )


def only(message: Message) -> Attachment:
    (attachment,) = message.attachments
    return attachment


# --- header -----------------------------------------------------------------------------


def test_fields_are_read_under_their_own_names() -> None:
    raw = mail(
        header=b"Message-ID: <ABC@x.example>\nIn-Reply-To: <One@d.example>\n"
        b"References: <zero@d.example>\n <One@d.example>\nDate: Tue, 1 Oct 2024 10:05:00 +0200\n"
    )
    message = parse(raw)
    assert message.author == Address("ann@x.example", "Ann")
    assert message.message_id == "abc@x.example"
    assert message.in_reply_to == ("one@d.example",)
    assert message.references == ("zero@d.example", "one@d.example")
    assert message.date == datetime(2024, 10, 1, 8, 5, tzinfo=UTC)
    assert message.header("subject") == "Printer"
    assert not message.degraded


def test_mail_without_author_date_and_message_id_is_read() -> None:
    message = parse(b"Subject: x\n\nHello\n")
    assert (message.author, message.date, message.message_id) == (NOBODY, None, None)
    assert message.text == "Hello"


def test_sender_is_no_substitute_for_the_author() -> None:
    assert parse(b"Sender: bo@x.example\n\nHello\n").author == NOBODY


@pytest.mark.parametrize(
    ("field", "subject"),
    [
        (b"=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
        (b"=?utf-8?B?R3LD?= =?utf-8?B?vMOfZQ==?=", "Grüße"),
        (b"=?iso-8859-1?Q?Gr=FC=DFe?= an =?utf-8?Q?J=C3=B6rg?=", "Grüße an Jörg"),
        (b"Gr\xfc\xdfe", "Grüße"),
        ("Grüße".encode(), "Grüße"),
        (b"=?x-unknown?Q?Gr=FC=DFe?=", "Grüße"),
        (b"=?utf-8?Q?two words?=", "two words"),
        (b"=?utf-8?B?not base64!?=", None),
        (b"x =?utf-8?Q?=0D=0ABcc:_all@x.example?=", "x  Bcc: all@x.example"),
        (b"=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?=", "=?utf-8?Q?x?="),
        (b"=?us-ascii?Q?=E2=82=AC?=", "€"),
        (b"=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        (b"=?iso-2022-jp?B?GyRCJCIkJBsoQg==?=", "あい"),
        (b"a\x00b", "ab"),
        (b"=?utf-8?B?4oCuZ3Bq?=", "gpj"),
    ],
    ids=str,
)  # fmt: skip
def test_subject_is_what_was_meant_on_one_line(field: bytes, subject: str | None) -> None:
    found = parse(b"Subject: " + field + b"\n\nx\n").subject
    if subject is not None:
        assert found == subject
    assert found.isprintable()
    assert "\ufffd" not in found


def test_raw_bytes_in_a_header_are_read_in_the_charset_of_the_body() -> None:
    raw = "Subject: Привет\nContent-Type: text/plain; charset=koi8-r\n\nПривет\n".encode("koi8-r")
    assert parse(raw).subject == "Привет"


@pytest.mark.parametrize(
    ("field", "author"),
    [
        (b'"Doe, Ann" <ann@x.example>', Address("ann@x.example", "Doe, Ann")),
        (b"Doe, Ann <ann@x.example>", Address("ann@x.example", "Doe, Ann")),
        (b"ann@x.example (Ann)", Address("ann@x.example", "Ann")),
        (b"=?utf-8?Q?J=C3=B6rg?= <j@x.example>", Address("j@x.example", "Jörg")),
        (b"J\xf6rg <j@x.example>", Address("j@x.example", "Jörg")),
        ("märy <märy@exämple.net>".encode(), Address("märy@exämple.net", "märy")),
        (b"<@relay.example:ann@x.example>", Address("ann@x.example", "")),
        (b"=?utf-8?B?AAAAA?= <a@x.example>", None),
        (b"undisclosed-recipients:;", NOBODY),
    ],
    ids=str,
)  # fmt: skip
def test_author_is_found_in_every_spelling(field: bytes, author: Address | None) -> None:
    found = parse(b"From: " + field + b"\n\nx\n").author
    assert found.address if author is None else found == author


@pytest.mark.parametrize(
    "field",
    [
        b"Content-Type: text/plain; charset*=x''y; charset*0*=\xff",
        b"Content-Disposition: attachment; filename*=utf-8''a\xff%C3%BC",
        b"Content-Type: text/plain; charset*0=utf-8; charset*1*=''\xff",
        b"Content-Transfer-Encoding: x-uuencode",
    ],
    ids=range(4),
)
def test_odd_parameter_costs_no_other_field(field: bytes) -> None:
    message = parse(HEADER + field + b"\n\nGr\xfc\xdfe\n")
    assert (message.subject, message.author.name) == ("Printer", "Ann")
    assert not any(defect.startswith("unreadable") for defect in message.defects)


def test_two_authors_are_told_as_a_defect() -> None:
    message = parse(b"From: a@x.example\nFrom: b@x.example\n\nx\n")
    assert message.author == Address("a@x.example")
    assert "from: more than one author" in message.defects


def test_all_recipients_of_several_fields_are_kept() -> None:
    message = parse(b"To: a@x.example\nTo: Group: b@x.example, c@x.example;\n\nx\n")
    assert [each.address for each in message.to] == ["a@x.example", "b@x.example", "c@x.example"]


def test_line_that_is_no_field_does_not_end_the_header() -> None:
    message = parse(b"From: a@x.example\nthis is no field\nSubject: Printer\n\nHello\n")
    assert (message.subject, message.text) == ("Printer", "Hello")
    assert message.defects


def test_mbox_line_and_blank_lines_before_the_header_are_no_body() -> None:
    assert (
        parse(b"\n\nFrom ann@x Mon Feb  2 2026\nSubject: Printer\n\nHello\n").subject == "Printer"
    )


# --- text -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charset", "raw"),
    [
        (b"us-ascii", "Grüße".encode("cp1252")),
        (b"iso-8859-1", "Grüße".encode()),
        (b"utf-8", "Grüße".encode("cp1252")),
        (b"cp-850", "Grüße".encode("cp850")),
        (b"rot13", "Grüße".encode()),
        (b"utf-16", "Grüße".encode("utf-16")),
        (b"", "Grüße".encode()),
    ],
    ids=lambda value: value.decode("latin-1") if isinstance(value, bytes) else "",
)
def test_wrong_charset_label_does_not_spoil_the_text(charset: bytes, raw: bytes) -> None:
    header = b"Content-Type: text/plain; charset=" + charset + b"\n"
    if charset == b"utf-16":
        raw = base64.encodebytes(raw)
        header += b"Content-Transfer-Encoding: base64\n"
    assert parse(mail(raw, header=header)).text == "Grüße"


def test_gb2312_means_gb18030() -> None:
    raw = mail(
        "朱镕基，你好".encode("gb18030"), header=b"Content-Type: text/plain; charset=gb2312\n"
    )
    assert parse(raw).text == "朱镕基，你好"


def test_alternative_gives_both_forms_of_one_text() -> None:
    message = parse(multipart(text(b"Hi"), text(b"<p>Hi</p>", b"html"), kind=b"alternative"))
    assert (message.text, message.html, message.attachments) == ("Hi", "<p>Hi</p>", ())


def test_html_alone_gives_the_text() -> None:
    raw = mail(b"<p>Hi <b>there</b></p><style>p{}</style>", header=b"Content-Type: text/html\n")
    assert parse(raw).text == "Hi there"


def test_empty_plain_part_leaves_the_word_to_the_html() -> None:
    raw = multipart(text(b" \n"), text(b"<p>Hi</p>", b"html"), kind=b"alternative")
    assert parse(raw).text == "Hi"


def test_flowed_lines_are_joined() -> None:
    raw = mail(b"A long \nline.\n-- \nAnn", header=b"Content-Type: text/plain; format=flowed\n")
    assert parse(raw).text == "A long line.\n-- \nAnn"


def test_boundary_that_never_comes_leaves_the_text() -> None:
    raw = mail(b"Hello\n", header=b'Content-Type: multipart/mixed; boundary="b"\n')
    assert parse(raw).text == "Hello"


def test_text_that_is_too_long_is_cut_between_letters() -> None:
    message = parse(mail("€".encode() * 4_000_000))
    assert (len(message.text), set(message.text)) == (2_000_000, {"€"})
    assert any(defect.startswith("cut: text") for defect in message.defects)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x0b", "\x0c", "\x1e", "\x85"])
def test_whatever_parts_lines_a_quoted_line_stays_quoted(separator: str) -> None:
    """Else the quoted words of somebody else begin a command, for whoever cuts there."""
    plain = f"One{separator}two\n> three{separator}#close: done\nfour".encode()
    parsed = parse(multipart(text(plain))).text
    assert parsed == "One\ntwo\n> three\n> #close: done\nfour"
    page = f"<pre>&gt; One{separator}#close: done</pre><blockquote>a{separator}b</blockquote>"
    parsed = parse(multipart(text(page.encode(), b"html; charset=utf-8"))).text
    assert [line for line in parsed.split("\n") if line] == ["> One #close: done", "> a b"]


@pytest.mark.parametrize("entity", ["&#8232;", "&#x2029;", "&#13;", "&#11;"])
def test_an_entity_that_parts_lines_begins_no_line_of_a_quotation(entity: str) -> None:
    page = f"<pre>&gt; One{entity}#close: done</pre><blockquote><pre>a{entity}b</pre></blockquote>"
    parsed = parse(multipart(text(page.encode(), b"html; charset=utf-8"))).text
    assert all(line.startswith(">") for line in parsed.splitlines() if line)


def test_line_ends_are_lf_and_nul_is_gone() -> None:
    assert parse(mail(b"one\r\ntwo\x00\r\n")).text == "one\ntwo"


# --- attachments ------------------------------------------------------------------------


def test_attachment_is_described_and_its_bytes_are_found_again() -> None:
    raw = multipart(text(b"see file"), file(b"\x00\xff" * 50, b"report.pdf", b"application/pdf"))
    found = only(parse(raw))
    assert (found.filename, found.content_type, found.size_bytes) == (
        "report.pdf", "application/pdf", 100
    )  # fmt: skip
    assert attachment_bytes(raw, found.part) == b"\x00\xff" * 50


def test_part_that_is_not_there_has_no_bytes() -> None:
    assert attachment_bytes(mail(), 7) == b""


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        (b'filename="..\\\\..\\\\evil.exe"', "evil.exe"),
        (b"filename*=utf-8''Gr%C3%BCn.pdf", "Grün.pdf"),
        (b'filename="C:\\Users\\Ann\\plan.pdf"', "plan.pdf"),
        (b'filename="\\\\server\\plan.pdf"', "plan.pdf"),
        (b"filename*1*=%C3%BCn.pdf; filename*0*=utf-8''Gr", "Grün.pdf"),
        (b"filename*=utf-8''..%2F..%2Fetc%2Fpasswd", "passwd"),
        (b"filename=a.pdf; filename*=utf-8''%C3%BC.pdf", "ü.pdf"),
        (b"filename*0*=utf-8''Gr%C3%BC; filename*1=\"n.pdf\"", "Grün.pdf"),
        (b"filename*=utf-8''a.pdf; filename*0*=utf-8''b.pdf", None),
        (b'filename="=?utf-8?Q?Gr=C3=BCn.pdf?="', "Grün.pdf"),
        (b"filename=my report.pdf", "my report.pdf"),
        (b'filename="a\xe2\x80\xaegpj.exe"', "agpj.exe"),
        (b'filename="' + b"x" * 500 + b'.pdf"', "x" * 196 + ".pdf"),
    ],
    ids=range(13),
)
def test_file_name_is_decoded_and_harmless(parameter: bytes, name: str | None) -> None:
    part = b"Content-Type: application/pdf\nContent-Disposition: attachment; " + parameter
    found = only(parse(multipart(text(b"x"), part + b"\n\ndata")))
    assert found.filename
    if name is not None:
        assert found.filename == name


def test_attached_mail_is_one_attachment_and_stays_sealed() -> None:
    inner = multipart(text(b"inner words"), file(b"inner"), boundary=b"inner")
    message = parse(multipart(text(b"outer words"), b"Content-Type: message/rfc822\n\n" + inner))
    assert message.text == "outer words"
    assert (only(message).content_type, only(message).filename) == ("message/rfc822", "Printer.eml")


def test_attached_mail_can_be_parsed_itself() -> None:
    raw = multipart(text(b"outer"), b"Content-Type: message/rfc822\n\n" + mail(b"inner words\n"))
    inner = parse(attachment_bytes(raw, only(parse(raw)).part))
    assert (inner.subject, inner.text) == ("Printer", "inner words")


def test_attached_mail_in_base64_can_be_parsed_itself() -> None:
    inner = base64.encodebytes(mail(b"inner words\n"))
    part = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + inner
    raw = multipart(text(b"outer"), part)
    assert parse(attachment_bytes(raw, only(parse(raw)).part)).text == "inner words"


def test_text_with_a_file_name_is_the_text_where_there_is_no_other() -> None:
    named = b"Content-Type: text/plain; name=body.txt\n\nHello"
    assert parse(multipart(named)).text == "Hello"
    assert parse(multipart(named, text(b"Hi"))).text == "Hi"


def test_broken_encoded_word_does_not_cost_the_good_ones() -> None:
    raw = b"From: =?utf-8?B?AAAAA?= <a@x.example>\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\n\nx\n"
    message = parse(raw)
    assert (message.author.address, message.subject) == ("a@x.example", "Grüße")
    assert not message.degraded


def test_inline_image_is_found_by_its_content_id() -> None:
    image = b"Content-Type: image/png\nContent-ID: <logo@x>\n\n\x89PNG"
    page = text(b'<img src="cid:logo@x">', b"html")
    found = only(parse(multipart(page, image, kind=b"related")))
    assert (found.inline, found.content_id, found.filename) == (True, "logo@x", "part-1.png")


def test_uuencoded_file_in_the_text_becomes_an_attachment() -> None:
    raw = mail(b"Hi\nbegin 644 cat.txt\n#0V%T\n`\nend\nBye\n")
    message = parse(raw)
    assert message.text == "Hi\nBye"
    assert attachment_bytes(raw, only(message).part) == b"Cat"


def test_signature_of_a_signed_mail_is_an_attachment() -> None:
    raw = multipart(text(b"signed words"), file(b"sig", b"smime.p7s"), kind=b"signed")
    assert (parse(raw).text, only(parse(raw)).filename) == ("signed words", "smime.p7s")


# --- whatever comes ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [b"", b"\n", b"\x00", b"From", b">" * 1000, bytes(range(256)) * 10, b":\n:\n\n", b"\xff\xfe",
     b"Content-Type: multipart/mixed; boundary=\n\n--\n", b"Content-Type: message/rfc822\n\n",
     b"Content-Type: text/plain; name*1=x; name*=y\n\nx",
     b"Content-Transfer-Encoding: base64\n\n!!"],
    ids=range(12),
)  # fmt: skip
def test_any_bytes_give_a_message(raw: bytes) -> None:
    assert isinstance(parse(raw), Message)


def test_mail_that_the_parser_refuses_is_read_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_value: object, **_options: object) -> Any:
        raise ValueError

    monkeypatch.setattr("mailparser.utils.get_addresses", refuses)
    message = parse(mail().replace(b"ann@", b"refused@"))
    assert (message.author.address, message.subject) == ("refused@x.example", "Printer")
    assert message.text == "Hello"
    assert message.degraded


def test_mail_is_parsed_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[int] = []

    def counting(raw: bytes) -> Any:
        times.append(len(raw))
        return message_from_bytes(raw), ()

    monkeypatch.setattr("email.message_from_bytes", counting)
    monkeypatch.setattr(parsing, "tree_of", counting)
    parse(multipart(text(b"Hi"), file(b"data")))
    assert len(times) == 1


def test_nested_mails_beyond_all_recursion_still_give_header_and_text() -> None:
    raw = HEADER + b"Content-Type: message/rfc822\n\n" * 2_000 + b"hello\n"
    message = parse(raw)
    assert message.degraded
    assert (message.subject, message.text[-6:]) == ("Printer", "hello\n")


@pytest.mark.timeout(30)
def test_a_bait_of_sixty_thousand_beginnings_takes_no_hours() -> None:
    body = b"begin 644 a\n" * 60_000 + b"\nend\n"
    assert parse(b"From: a@x.example\nContent-Type: text/plain\n\n" + body).text
