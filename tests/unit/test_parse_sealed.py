"""Signed, compressed and encrypted mail: what is readable is read, what is not is named."""

import base64
import zlib

import pytest

from gateway.ingest import smime
from gateway.ingest.mime import PGP_NOTICE, SMIME_NOTICE
from gateway.ingest.parse import attachment_bytes, parse, parse_parts
from gateway.message import Message, Protection

HEADER = b"From: Ann <ann@x.example>\nSubject: Printer\nMIME-Version: 1.0\n"
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nIt burns.\r\n"
DATA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
SIGNED = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
ENVELOPED = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
AUTH_ENVELOPED = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"
COMPRESSED = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09"
MIXED = b'Content-Type: multipart/mixed; boundary="b"\n'


def der(tag: int, *values: bytes) -> bytes:
    value = b"".join(values)
    size = len(value).to_bytes(4, "big")
    return bytes((tag, 0x84)) + size + value


def ber(tag: int, *values: bytes) -> bytes:
    """The same with a length that is not said beforehand, as a program that streams writes it."""
    return bytes((tag, 0x80)) + b"".join(values) + b"\0\0"


def p7m(content: bytes, kind: bytes = SIGNED, wrap=der) -> bytes:  # type: ignore[no-untyped-def]
    pieces = [der(4, content[at : at + 10]) for at in range(0, len(content), 10)]
    octets = der(4, content) if wrap is der else ber(0x24, *pieces)
    inside = wrap(0x30, b"\x02\x01\x01", wrap(0x31), wrap(0x30, DATA, wrap(0xA0, octets)))
    return bytes(wrap(0x30, kind, wrap(0xA0, inside)))


def compressed(content: bytes) -> bytes:
    return p7m(zlib.compress(content, 9), COMPRESSED)


def part(data: bytes, kind: bytes = b"application/pkcs7-mime; name=smime.p7m") -> bytes:
    return (
        b"Content-Type: " + kind + b"\nContent-Transfer-Encoding: base64\n"
        b"Content-Disposition: attachment; filename=smime.p7m\n\n" + base64.encodebytes(data)
    )


def sealed(data: bytes, kind: bytes = b"application/pkcs7-mime; name=smime.p7m") -> Message:
    return parse(HEADER + part(data, kind))


# --- S/MIME -----------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [der, ber], ids=["definite lengths", "in pieces"])
@pytest.mark.parametrize(
    "kind",
    [
        b"application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
        b"application/x-pkcs7-mime; name=smime.p7m",
        b"application/pkcs7-mime",
        b"application/octet-stream; name=smime.p7m",
    ],
    ids=str,
)
def test_opaque_signed_mail_is_read(kind: bytes, wrap) -> None:  # type: ignore[no-untyped-def]
    message = sealed(p7m(TEXT, wrap=wrap), kind)
    assert (message.text, message.protection) == ("It burns.", Protection.SMIME_SIGNED)
    assert [each.filename for each in message.attachments] == ["smime.p7m"]
    assert message.files == ()


def test_attachments_of_an_opaque_signed_mail_are_found_and_fetched() -> None:
    inner = MIXED.replace(b"\n", b"\r\n") + (
        b"\r\n--b\r\n\r\nSee file.\r\n--b\r\nContent-Type: text/csv; name=a.csv\r\n"
        b"Content-Disposition: attachment\r\n\r\n1;2\r\n--b--\r\n"
    )
    raw = HEADER + part(p7m(inner))
    message = parse(raw)
    assert message.text == "See file."
    (file,) = message.files
    assert (file.filename, attachment_bytes(raw, file.part)) == ("a.csv", b"1;2")


def test_signed_mail_whose_header_is_signed_too_is_read() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\nSubject: Printer\r\n" + TEXT
    assert sealed(p7m(inner)).text == "It burns."


def test_signed_file_is_a_file_and_no_text() -> None:
    raw = HEADER + MIXED + b"\n--b\n\nThe invoice.\n--b\n"
    raw += part(p7m(b"<invoice/>"), b"application/pkcs7-mime").replace(
        b"smime.p7m", b"invoice.xml.p7m"
    )
    message = parse(raw + b"--b--\n")
    assert message.text == "The invoice."
    assert [each.filename for each in message.files] == ["invoice.xml.p7m", "invoice.xml"]
    assert attachment_bytes(raw, message.files[1].part) == b"<invoice/>"
    assert message.protection is None


def test_compressed_mail_is_read() -> None:
    assert sealed(compressed(TEXT)).text == "It burns."


def test_compressed_inside_of_signed_is_read() -> None:
    inner = part(compressed(TEXT), b"application/pkcs7-mime; smime-type=compressed-data")
    message = sealed(p7m(inner))
    assert (message.text, message.protection) == ("It burns.", Protection.SMIME_SIGNED)


@pytest.mark.parametrize("kind", [ENVELOPED, AUTH_ENVELOPED], ids=["enveloped", "authEnveloped"])
def test_encrypted_mail_is_named(kind: bytes) -> None:
    message = sealed(der(0x30, kind, der(0xA0, der(0x30, b"\x02\x01\x00"))))
    assert (message.text, message.protection) == (SMIME_NOTICE, Protection.SMIME_ENCRYPTED)
    assert [each.filename for each in message.files] == ["smime.p7m"]


def test_signature_around_an_encrypted_mail_leaves_it_encrypted() -> None:
    encrypted = part(der(0x30, ENVELOPED, der(0xA0, der(0x30))))
    message = sealed(p7m(encrypted))
    assert (message.text, message.protection) == (SMIME_NOTICE, Protection.SMIME_ENCRYPTED)


def test_certificates_alone_are_an_attachment() -> None:
    inside = der(0x30, b"\x02\x01\x01", der(0x31), der(0x30, DATA), der(0xA0, b"\x30\x00"))
    message = sealed(der(0x30, SIGNED, der(0xA0, inside)))
    assert (message.text, message.protection) == ("", None)
    assert [each.filename for each in message.files] == ["smime.p7m"]


def test_signature_beside_the_text_is_no_file_to_open() -> None:
    raw = HEADER + MIXED.replace(b"mixed", b"signed") + b"\n--b\n\nIt burns.\n--b\n"
    raw += b"Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx\n--b--\n"
    message = parse(raw)
    assert (message.text, message.protection) == ("It burns.", Protection.SMIME_SIGNED)
    assert ([each.filename for each in message.attachments], message.files) == (["smime.p7s"], ())


def test_small_mail_that_inflates_to_a_gigabyte_is_cut() -> None:
    bomb = zlib.compress(TEXT + b"x" * 200_000_000, 9)
    message = sealed(p7m(bomb, COMPRESSED))
    assert len(message.text) <= smime.MAX_INFLATED_MORE + len(bomb) + 100
    assert any(each.startswith("cut: compressed S/MIME") for each in message.defects)


def test_many_compressed_parts_share_one_limit() -> None:
    one = part(compressed(b"Content-Type: text/plain\n\n" + b"x" * 400_000))
    message = parse(HEADER + MIXED + b"\n" + b"".join(b"--b\n" + one for _ in range(30)))
    assert any("compressed S/MIME content" in each for each in message.defects)
    assert sum(each.size_bytes for each in message.attachments) < 2 * smime.MAX_INFLATED_MORE


def test_no_more_is_kept_of_files_than_their_mail_is_long_however_they_inflate() -> None:
    picture = b"Content-Type: image/png; name=a.png\n\n" + b"x" * 400_000
    raw = HEADER + part(compressed(picture))
    read = parse_parts(raw)
    assert max(each.size_bytes for each in read.message.attachments) > len(raw)
    assert 0 < sum(map(len, read.file_bytes.values())) < len(raw)


def test_layers_of_smime_end_somewhere() -> None:
    mail = TEXT
    for _ in range(6):
        mail = part(p7m(mail))
    message = parse(HEADER + mail)
    assert message.text == ""
    assert any(each.startswith("cut: more than 3 layers") for each in message.defects)
    assert message.files


def test_large_content_is_opened_one_layer_deep() -> None:
    inner = b"Content-Type: application/pkcs7-mime\n\n" + p7m(TEXT + b"hello\n" * 500_000)
    assert parse(HEADER + inner).text.startswith("It burns.")
    message = sealed(p7m(inner))
    assert message.text == ""
    assert any("of S/MIME inside of S/MIME" in each for each in message.defects)


@pytest.mark.parametrize(
    "damaged",
    [
        b"", b"\x30", b"\x30\x80", b"\x30\x80" * 100_000, p7m(TEXT)[:60], p7m(TEXT)[:-30],
        p7m(TEXT, wrap=ber)[:-40], p7m(b"")[:40], b"\x30\x88" + b"\xff" * 8 + SIGNED,
        p7m(TEXT).replace(DATA, b"\x1f\x1f" + DATA[2:]), p7m(b"x" * 50, COMPRESSED),
    ],
    ids=range(11),
)  # fmt: skip
def test_damaged_smime_stays_an_attachment(damaged: bytes) -> None:
    message = sealed(damaged)
    assert message.files
    assert not message.degraded


def test_string_of_many_pieces_is_read_in_linear_time() -> None:
    content = TEXT + b"x" * 1_000_000
    opened = smime.opened(p7m(content, wrap=ber))
    assert opened is not None
    assert (opened.content, opened.cut) == (content, "")


# --- OpenPGP ----------------------------------------------------------------------------


def test_pgp_mime_encrypted_is_named() -> None:
    message = parse(
        HEADER + MIXED.replace(b"mixed", b"encrypted") + b"\n--b\n"
        b"Content-Type: application/pgp-encrypted\n\nVersion: 1\n--b\n"
        b"Content-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN\n--b--\n"
    )
    assert (message.text, message.protection) == (PGP_NOTICE, Protection.PGP_ENCRYPTED)
    assert [each.filename for each in message.files] == ["encrypted.asc"]


def test_pgp_mime_taken_apart_by_a_mail_server_is_named() -> None:
    message = parse(
        HEADER + MIXED + b"\n--b\nContent-Type: text/plain\n\n\n--b\n"
        b"Content-Type: application/pgp-encrypted; name=x.asc\n\nVersion: 1\n--b\n"
        b"Content-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN\n--b--\n"
    )
    assert (message.text.strip(), message.protection) == (PGP_NOTICE, Protection.PGP_ENCRYPTED)


def test_encrypted_text_is_named_and_kept_as_a_file() -> None:
    armour = b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n"
    raw = HEADER + b"\nHi,\n" + armour + b"Ann\n"
    message = parse(raw)
    assert message.text == f"Hi,\n{PGP_NOTICE}\nAnn"
    assert message.protection is Protection.PGP_ENCRYPTED
    (file,) = message.files
    assert (file.filename, attachment_bytes(raw, file.part)) == ("encrypted.asc", armour)


def test_signed_text_comes_without_its_armour() -> None:
    message = parse(
        HEADER + b"\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nIt burns.\n- - one\n"
        b"- -- \nAnn\n-----BEGIN PGP SIGNATURE-----\n\niQ\n-----END PGP SIGNATURE-----\nfooter\n"
    )
    assert message.text == "It burns.\n- one\n-- \nAnn\nfooter"
    assert (message.protection, message.attachments) == (Protection.PGP_SIGNED, ())


@pytest.mark.parametrize(
    "text",
    [
        b"> -----BEGIN PGP MESSAGE-----\n> x\n> -----END PGP MESSAGE-----",
        b"-----BEGIN PGP MESSAGE-----\nnever ends",
        b"-----BEGIN PGP SIGNED MESSAGE-----\nno blank line\n-----END PGP SIGNATURE-----",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx\n-----END PGP PUBLIC KEY BLOCK-----",
        b"I wrote -----BEGIN PGP MESSAGE----- in a line\n-----END PGP MESSAGE-----",
    ],
    ids=["quoted", "endless", "no blank line", "key", "in a sentence"],
)
def test_what_only_looks_like_armour_stays(text: bytes) -> None:
    message = parse(HEADER + b"\n" + text + b"\n")
    assert message.text == text.decode()
    assert message.protection is None


def test_armour_beyond_the_limit_stays_in_the_text() -> None:
    block = b"-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----\n"
    message = parse(HEADER + b"\n" + block * 30)
    assert len(message.attachments) == 20
    assert message.text.count("BEGIN PGP MESSAGE") == 10
    assert "cut: more than 20 blocks of OpenPGP" in message.defects


@pytest.mark.parametrize("kind", ["pkcs7-signature", "pgp-signature", "pgp-encrypted", "applefile"])
def test_file_under_the_type_of_a_signature_is_seen(kind: str) -> None:
    body = (
        f"--b\nContent-Type: text/plain\n\nMy invoice.\n--b\nContent-Type: application/{kind}\n"
        'Content-Disposition: attachment; filename="invoice.pdf"\n\n%PDF-1.7\n--b--\n'
    )
    head = 'From: ann@x.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
    assert [file.filename for file in parse((head + body).encode()).files] == ["invoice.pdf"]
