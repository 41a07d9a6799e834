"""The body that all readers of a letter share: its texts, its files, and its octets."""

import email.policy
from email import message_from_bytes
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.message import Address
from gateway.outbound import compose
from gateway.outbound.compose import Body, File, can_be_written_to

ATTACHED = b"From: a@x.example\r\nSubject: \xfc\r\n\r\nattached \xff\r\n" + b"x" * 3000
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=300)
thorough = settings(max_examples=80, deadline=None)


def parsed(shared: Body) -> EmailMessage:
    made = message_from_bytes(shared.fields + shared.content, policy=email.policy.default)
    return cast(EmailMessage, made)


def a_file(
    filename: str = "a.bin", content_type: str = "application/pdf", content: bytes = b"\0\xff"
) -> File:
    return File(filename=filename, content_type=content_type, content=content)


def attached(*files: File) -> list[tuple[str | None, str, bytes]]:
    made = parsed(compose.body("t", "<p>h</p>", files))
    return [
        (part.get_filename(), part.get_content_type(), cast(bytes, part.get_payload(decode=True)))
        for part in made.iter_attachments()
    ]


@thorough
@given(texts, texts)
@example("From here\n.\n..\n-- \nAnn", "<p>\u00fc</p>" + "x" * 2000)
def test_both_texts_arrive_as_they_were(text: str, html: str) -> None:
    shared = compose.body(text, html, ())
    made = parsed(shared)
    bodies = [made.get_body((kind,)) for kind in ("plain", "html")]
    got = [body.get_content().replace("\r\n", "\n") for body in bodies if body]
    assert [each.rstrip("\n") for each in got] == [each.rstrip("\n") for each in (text, html)]


@thorough
@given(texts)
def test_lines_on_the_wire_are_short_and_7_bit(text: str) -> None:
    """RFC 5321 section 4.5.3.1.6, and every server on the way may be old."""
    shared = compose.body(text, f"<p>{text}</p>", [a_file("\u00fc.pdf", content=text.encode())])
    wire = shared.fields + shared.content
    assert wire.isascii()
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    assert b"\n" not in wire.replace(b"\r\n", b"")


def test_the_text_comes_before_the_html() -> None:
    made = parsed(compose.body("t", "<p>h</p>", ()))
    assert made.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in made.iter_parts()] == ["text/plain", "text/html"]


def test_a_file_arrives_as_it_was() -> None:
    assert attached(a_file()) == [("a.bin", "application/pdf", b"\0\xff")]


def test_files_keep_their_order_and_may_have_one_name() -> None:
    files = [a_file(content=b"1"), a_file(content=b"2"), a_file("b", content=b"3")]
    assert [(name, content) for name, _, content in attached(*files)] == [
        ("a.bin", b"1"), ("a.bin", b"2"), ("b", b"3"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content_type", ["message/rfc822", "message/delivery-status", "multipart/mixed", "", "pdf"]
)
def test_what_may_not_be_base64_travels_as_a_plain_file(content_type: str) -> None:
    """RFC 2046 section 5.2.1: a forwarded mail must arrive as it was, whatever is in it."""
    [(name, kind, content)] = attached(a_file("mail.eml", content_type, ATTACHED))
    assert (name, kind, content) == ("mail.eml", "application/octet-stream", ATTACHED)


@pytest.mark.parametrize(
    "name", ["\u00fcber.pdf", "\u62a5\u544a.pdf", 'a"b\\c.pdf', "a;b=c.pdf", "x" * 200, ""]
)
def test_a_file_name_survives(name: str) -> None:
    [(got, _, _)] = attached(a_file(name))
    assert (got or "") == name


clean = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60)
evil = st.sampled_from(
    [
        "=?utf-8?q?=0D=0AX-Evil:_1?=",
        "=?utf-8?b?DQpYLUV2aWw6IDE=?=",
        'a"\\',
        "a'b''c",
        "%0d%0aX-Evil:",
    ]
)


@thorough
@given(clean | evil)
@example("=?utf-8?q?=0D=0AX-Evil:_1?=")
def test_no_file_name_can_add_a_field_or_stop_the_mail(name: str) -> None:
    shared = compose.body("t", "<p>h</p>", [a_file(name)])
    assert b"\r\nX-Evil" not in shared.content
    assert len(attached(a_file(name))) == 1


@thorough
@given(st.from_regex(r"[a-z0-9.+=?;*'\"-]{0,20}/[a-z0-9.+=?;*'\"-]{0,20}", fullmatch=True))
@example("text/plain")
@example("text/html;charset=x")
@example("=?utf-8?q?=0D=0AX-Evil:_1?=/x")
@example("application/=?utf-8?q?=0D=0AX-Evil:_1?=")
def test_no_content_type_can_add_a_field_or_stop_the_mail(content_type: str) -> None:
    shared = compose.body("t", "<p>h</p>", [a_file(content_type=content_type)])
    assert b"\r\nX-Evil" not in shared.content
    assert parsed(shared).is_multipart()


@pytest.mark.parametrize("address", ["ann@x.example", "a.b+c@x.example", "ann@localhost"])
def test_an_ordinary_address_can_be_written_to(address: str) -> None:
    assert can_be_written_to(Address(address))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "ann@",
        "@x.example",
        ".ann@x.example",
        "ann@x..example",
        "ann@x.example>",
        "a b@x.example",
        "a@b@c.example",
        "ann@x.example, b@x.example",
        "ann@x.example\r\nBcc: y",
        "=?utf-8?q?=0D=0ABcc:_evil@x.example?=@x.example",
    ],
)
def test_what_no_header_can_carry_is_not_written_to(address: str) -> None:
    assert not can_be_written_to(Address(address))
