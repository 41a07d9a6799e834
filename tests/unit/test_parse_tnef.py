"""winmail.dat: the text that a mail lost to it is shown, and a bomb of one costs little."""

import base64
import struct

import compressed_rtf
import pytest

from gateway.ingest import rtf, tnef
from gateway.ingest.parse import attachment_bytes, parse
from gateway.message import Message

SIGNATURE = b"\x78\x9f\x3e\x22\x01\x00"
REND_DATA, TITLE, DATA, BODY = 0x9002, 0x8010, 0x800F, 0x800C
MAIL_PROPERTIES, CODE_PAGE = 0x9003, 0x9007
TEXT, RTF, HTML, INTERNET_CODE_PAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
STRING, UNICODE, BINARY, LONG = 0x1E, 0x1F, 0x102, 0x03


def attribute(number: int, value: bytes) -> bytes:
    return struct.pack("<BLL", 1, number, len(value)) + value + b"\0\0"


def prop(tag: int, kind: int, value: bytes) -> bytes:
    if kind == LONG:
        return struct.pack("<HH", kind, tag) + value
    padded = value + b"\0" * (-len(value) % 4)
    return struct.pack("<HHLL", kind, tag, 1, len(value)) + padded


def properties(*each: bytes) -> bytes:
    return attribute(MAIL_PROPERTIES, struct.pack("<L", len(each)) + b"".join(each))


def winmail(*attributes: bytes) -> bytes:
    return SIGNATURE + b"".join(attributes)


def mail(data: bytes, text: bytes = b"") -> bytes:
    return (
        b"From: ann@x.example\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\n" + text + b"\n--b\n"
        b"Content-Type: application/ms-tnef; name=winmail.dat\n"
        b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(data) + b"--b--\n"
    )


def read(data: bytes, text: bytes = b"") -> Message:
    return parse(mail(data, text))


RICH = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}Gr\'fc\u223?e\par {\b Ann}}"


@pytest.mark.parametrize(
    "hidden",
    [
        attribute(BODY, b"Gr\xfc\xdfe\r\nAnn\0"),
        attribute(CODE_PAGE, struct.pack("<LL", 1252, 0)) + attribute(BODY, b"Gr\xfc\xdfe\nAnn"),
        properties(prop(TEXT, UNICODE, "Grüße\r\nAnn\0".encode("utf-16-le"))),
        properties(prop(TEXT, STRING, b"Gr\xfc\xdfe\r\nAnn\0")),
        properties(prop(HTML, BINARY, b"<p>Gr\xc3\xbc\xc3\x9fe<br>Ann</p>")),
        properties(
            prop(INTERNET_CODE_PAGE, LONG, struct.pack("<L", 1252)),
            prop(HTML, BINARY, b"<p>Gr\xfc\xdfe<br>Ann</p>"),
        ),
        properties(prop(RTF, BINARY, compressed_rtf.compress(RICH, compressed=True))),
        properties(prop(RTF, BINARY, compressed_rtf.compress(RICH, compressed=False))),
    ],
    ids=["body", "code page", "unicode", "string", "html", "html code page", "rtf", "rtf stored"],
)
def test_text_that_is_only_in_winmail_dat_is_shown(hidden: bytes) -> None:
    message = read(winmail(hidden))
    assert message.text == "Grüße\nAnn"
    assert message.files == ()


def test_text_of_winmail_dat_is_not_shown_beside_the_mail_s_own() -> None:
    assert read(winmail(attribute(BODY, b"Hidden")), b"Shown").text == "Shown"


def test_winmail_dat_with_words_that_stand_nowhere_else_is_a_file_to_open() -> None:
    footer = read(winmail(attribute(BODY, b"Hidden")), b"_____\nTeam mailing list")
    assert [each.filename for each in footer.files] == ["winmail.dat"]
    repeated = read(winmail(attribute(BODY, b"Shown  above\r\n")), b"Shown above")
    assert repeated.files == ()


def test_files_of_winmail_dat_are_found_and_itself_is_none() -> None:
    data = winmail(
        attribute(REND_DATA, b""), attribute(TITLE, b"a.txt\0"), attribute(DATA, b"One"),
        attribute(REND_DATA, b""), attribute(TITLE, b"b.txt\0"), attribute(DATA, b"Two"),
    )  # fmt: skip
    message = read(data, b"See files")
    assert [each.filename for each in message.attachments] == ["winmail.dat", "a.txt", "b.txt"]
    assert [each.filename for each in message.files] == ["a.txt", "b.txt"]
    assert attachment_bytes(mail(data, b"See files"), message.files[1].part) == b"Two"


def test_winmail_dat_that_cannot_be_read_stays_to_be_opened() -> None:
    assert [each.filename for each in read(b"junk").files] == ["winmail.dat"]


@pytest.mark.parametrize(
    ("bomb", "defect"),
    [
        (properties(*[prop(TEXT, LONG, b"abcd")] * 40_000), "20000 values"),
        (
            attribute(
                MAIL_PROPERTIES,
                struct.pack("<LHHL", 1, 0x1000 | STRING, TEXT, 2**32 - 1) + b"\0" * 300_000,
            ),
            "20000 values",
        ),
        (properties(prop(0x1234, LONG, b"abcd")) * 20_000, "5000 attributes"),
        (attribute(TITLE, b"x") * 20_000, "5000 attributes"),
        ((attribute(REND_DATA, b"") + attribute(TITLE, b"x\0")) * 300, "300 files"),
        (properties(prop(RTF, BINARY, b"x" * 600_000)), "cut: RTF text of 600000"),
        (properties(prop(RTF, BINARY, b"LZFu" * 50)), "cut: RTF text is damaged"),
    ],
    ids=["properties", "empty values", "sets", "titles", "files", "packed RTF", "damaged RTF"],
)
def test_limits_of_winmail_dat_are_told(bomb: bytes, defect: str) -> None:
    message = read(winmail(bomb))
    assert any(each.startswith("cut: ") and defect in each for each in message.defects)
    assert "winmail.dat" in [each.filename for each in message.files]
    assert len(message.attachments) <= tnef.MAX_FILES + 1


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (rb"{\rtf1 One\par Two\line Three\tab Four}", "One\nTwo\nThree\tFour"),
        (rb"{\rtf1{\colortbl;\red0;}{\*\generator Word;}{\info{\author X}}Hi}", "Hi"),
        (rb"{\rtf1\ansicpg1251 \'cf\'f0}", "Пр"),
        (rb"{\rtf1{\fonttbl{\f1\fcharset128 M;}}\f1 \'82\'a0\'82\'a2}", "あい"),
        (rb"{\rtf1\uc1 \u-10179?\u-8704? ok}", "😀 ok"),
        (rb"{\rtf1\uc0 \u8364 5 \{a\\b\}}", "€5 {a\\b}"),
        (rb"{\rtf1{\field{\*\fldinst HYPERLINK x}{\fldrslt here}}}", "here"),
        (rb"{\rtf1\fromhtml1{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Hi\par}}", "Hi"),
        (rb"{\rtf1 }}}} still {{{", " still "),
        (rb"not RTF", ""),
    ],
    ids=range(10),
)
def test_words_of_rtf_are_read(document: bytes, text: str) -> None:
    assert rtf.rtf_text(document) == (text, "")


def test_rtf_of_too_many_marks_is_cut() -> None:
    text, cut = rtf.rtf_text(b"{\\rtf1 " + b"{x}" * 300_000)
    assert cut.startswith("cut: RTF")
    assert 0 < len(text) < 300_000


@pytest.mark.parametrize(
    "bait",
    [b"{" * 200_000, b"{\\field{\\*\\fldinst{HYPERLINK " * 10_000, b"\\u" + b"9" * 50_000,
     b"\\" + b"a" * 200_000, b"\\'" * 100_000, b"\\u8364" * 50_000],
    ids=["groups", "fields", "digits", "letters", "octets", "letters beyond"],
)  # fmt: skip
def test_no_bait_makes_rtf_raise(bait: bytes) -> None:
    assert isinstance(rtf.rtf_text(b"{\\rtf1 " + bait)[0], str)
