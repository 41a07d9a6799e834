"""The parts of a mail as a tree: what is in it, its numbers, its limits, its manners."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ingest.outline import MAX_OUTLINED, Outline, outline, part_bytes, taken_out
from gateway.ingest.parse import parse
from gateway.ingest.parse_limits import MAX_DEPTH

MIXED = b'Content-Type: multipart/mixed; boundary="b"\n\n'
TEXT = b"--b\nContent-Type: text/plain; charset=utf-8\n\nHello\n"
PDF = (
    b"--b\nContent-Type: application/pdf; name=a.pdf\n"
    b"Content-Transfer-Encoding: base64\nContent-ID: <x@y>\n\nAAEC/w==\n"
)
ATTACHED = (
    b"--b\nContent-Type: message/rfc822\n\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\n"
    b'Content-Type: multipart/alternative; boundary="i"\n\n'
    b"--i\n\nplain\n--i\nContent-Type: text/html\n\n<p>rich\n--i--\n"
)
MAIL = MIXED + TEXT + PDF + ATTACHED + b"--b--\n"


def der(tag: int, *values: bytes) -> bytes:
    value = b"".join(values)
    return bytes([tag, 0x82]) + len(value).to_bytes(2, "big") + value


def compressed(content: bytes) -> bytes:
    """RFC 3274: CompressedData in a ContentInfo."""
    data = der(0x06, b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")
    inside = der(0x30, data, der(0xA0, der(0x04, zlib.compress(content))))
    body = der(0x30, der(0x02, b"\0"), der(0x30, der(0x06, b"\x01")), inside)
    kind = der(0x06, b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09")
    return der(0x30, kind, der(0xA0, body))


def flat(part: Outline) -> list[Outline]:
    return [part, *(each for below in part.parts for each in flat(below))]


def test_every_part_is_told_with_its_number_type_name_size_and_encoding() -> None:
    told = [(p.number, p.content_type, p.filename, p.encoding) for p in flat(outline(MAIL))]
    assert told == [
        ("", "multipart/mixed", "", ""),
        ("1", "text/plain", "", ""),
        ("2", "application/pdf", "a.pdf", "base64"),
        ("3", "message/rfc822", "", ""),
        ("3.1", "text/plain", "", ""),
        ("3.2", "text/html", "", ""),
    ]
    pdf = outline(MAIL).parts[1]
    assert (pdf.size_bytes, pdf.content_id) == (4, "x@y")
    assert outline(MAIL).parts[0].charset == "utf-8"


def test_an_attached_mail_is_told_by_its_subject() -> None:
    assert outline(MAIL).parts[2].subject == "Grüße"


@pytest.mark.parametrize(
    ("number", "content"),
    [("1", b"Hello"), ("2", b"\0\1\2\xff"), ("3.1", b"plain"), ("3.2", b"<p>rich")],
)
def test_the_bytes_of_a_part_are_found_by_its_number(number: str, content: bytes) -> None:
    assert part_bytes(MAIL, number) == content


def test_the_bytes_of_an_attached_mail_are_that_mail() -> None:
    assert parse(part_bytes(MAIL, "3") or b"").subject == "Grüße"


def test_a_mail_of_one_text_has_the_part_1() -> None:
    raw = b"Subject: x\n\nHello\n"
    assert outline(raw).number == "1"
    assert part_bytes(raw, "1") == b"Hello\n"


@pytest.mark.parametrize("number", ["", "0", "4", "-1", "1.1", "x", "3.3", "9" * 5000, "٣", "1\n"])
def test_a_number_that_names_no_part_gives_nothing(number: str) -> None:
    assert part_bytes(MAIL, number) is None
    assert part_bytes(b"Subject: x\n\nHello\n", "2") is None


def test_parts_without_end_are_counted_and_not_told() -> None:
    told = outline(MIXED + b"--b\n\nx\n" * 4000 + b"--b--\n")
    assert len(told.parts) == MAX_OUTLINED
    assert told.more == 4000 - MAX_OUTLINED


def test_mails_within_mails_without_end_are_told_to_a_depth() -> None:
    part, depth = outline(b"Content-Type: message/rfc822\n\n" * 100 + b"x"), 0
    while part.parts:
        part, depth = part.parts[0], depth + 1
    assert depth <= MAX_DEPTH
    assert part.more or depth == 0


def test_no_text_of_a_stranger_reaches_the_terminal_as_more_than_text() -> None:
    raw = (
        b'Content-Type: application/x; name="a\x1b[2Jb\xe2\x80\xaefdp.exe"; charset="u\x9b8"\n'
        b"Content-Transfer-Encoding: \x1b]0;x\x07base64\nContent-ID: <\x1b[1m>\n"
        b"Content-Disposition: \x1b[7mattachment\n\nAA==\n"
    )
    part = outline(raw)
    told = (part.filename, part.charset, part.encoding, part.content_id, part.disposition)
    assert all(each.isprintable() for each in told), told
    assert "\u202e" not in part.filename


def test_a_sealed_part_is_opened_and_called_what_it_is() -> None:
    inside = b"Content-Type: text/plain\n\nSealed words\n"
    raw = b"Content-Type: application/pkcs7-mime; name=smime.p7m\n\n" + compressed(inside)
    told = outline(raw)
    assert told.seal == "compressed"
    assert [part.content_type for part in told.parts] == ["text/plain"]
    assert part_bytes(raw, "1") == b"Sealed words\n"


def test_what_was_taken_out_of_a_part_is_found_at_that_part() -> None:
    coded = b"Look:\nbegin 644 cat.txt\n#0V%T\n`\nend\n"
    raw = MIXED + b"--b\n\n" + coded + PDF + TEXT + b"--b--\n"
    files = parse(raw).attachments
    assert [each.filename for each in files] == ["cat.txt", "a.pdf"]
    found = taken_out(outline(raw), files)
    assert {number: [f.filename for f in some] for number, some in found.items()} == {
        "1": ["cat.txt"]
    }


@given(st.binary(max_size=300), st.sampled_from([b"", MAIL, MIXED, ATTACHED[4:]]))
def test_whatever_bytes_arrive_there_is_an_outline(junk: bytes, before: bytes) -> None:
    raw = before + junk
    assert taken_out(outline(raw), parse(raw).attachments) is not None
    part_bytes(raw, "1.1")
