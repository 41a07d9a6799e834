"""Which files go to a requester with an agent's answer, and which are held back."""

from email.message import EmailMessage

import pytest

from gateway.ingest import parse as parse_module
from gateway.ingest.parse import attachments_bytes, parse, parse_parts
from gateway.settle import enclosing
from gateway.settle.enclosing import Enclosed, bytes_of, enclosed
from gateway.threading.quoting import REPLY_MARKER

NOTE = "Her badge was cloned on Tuesday by Kowalski."
TOKEN = "aeaqaaaaamfwl6fwyal5thoszznjpp3e"
PNG = b"\x89PNG\r\n\x1a\n"


def inner(text: str = NOTE, cte: str = "base64", subject: str = "note") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "support@example.com", subject
    mail.set_content(text, cte=cte)
    return mail


def answer(*files: bytes | EmailMessage, name: str = "file.bin") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "bob@example.com", "Re: Printer"
    mail.set_content("See the file.")
    for each in files:
        if isinstance(each, bytes):
            mail.add_attachment(each, maintype="application", subtype="octet-stream", filename=name)
        else:
            mail.add_attachment(each)
    return mail.as_bytes()


def sent(*files: bytes | EmailMessage, for_agents: bool = False) -> Enclosed:
    raw = answer(*files)
    files = parse(raw).files
    return enclosed(files, bytes_of(files, raw, {}), (NOTE,), for_agents=for_agents)


@pytest.mark.parametrize("cte", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("text", [NOTE, f"{REPLY_MARKER}\nSomething.", f"support+7-{TOKEN}@x.eu"])
def test_a_mail_in_a_file_is_opened_before_it_goes(cte: str, text: str) -> None:
    held = [inner(text, cte), inner(text, cte).as_bytes(), answer(inner(text, cte).as_bytes())]
    for file in held:
        assert sent(file) == Enclosed(held_back=1)
    assert not sent(inner("The manual that you asked for.", cte)).held_back


def test_colleagues_get_every_file() -> None:
    assert len(sent(inner(), for_agents=True).files) == 1


@pytest.mark.parametrize(
    "file",
    [
        b"<p>b&#97;dge was <b>cl</b>&#111;ned on T&#x75;esday</p>",
        f"Her badge was cloned on Tuesday, für uns {NOTE}".encode("utf-16"),
        "für: badge was cloned on Tuesday".encode("latin-1"),
        inner("Nothing.", subject="Her badge was clonéd: badge was cloned on Tuesday").as_bytes(),
        f"BEGIN:VCALENDAR\r\nATTENDEE:mailto:support+7-{TOKEN[:9]}\r\n {TOKEN[9:]}@x.eu".encode(),
        f'<a href="mailto:support%2B7-{TOKEN}&#64;x.eu">'.encode() + b"<p>write</p>",
        f"support+7-{TOKEN}%40x.eu".encode(),
    ],
)
def test_a_file_that_repeats_a_note_or_a_signed_address_is_held_back(file: bytes) -> None:
    assert sent(file) == Enclosed(held_back=1)


def test_what_is_too_long_to_be_looked_at_is_held_back_where_it_may_be_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(enclosing, "MAX_LOOKED_AT", 10_000)
    text, picture = b"a line\n" * 900, PNG + b"\0" * 30_000
    program = b"MZ\x90\0\x03" + b"\0" * 30_000
    found = sent(picture, program, text, text + b"and one more")
    assert found.held_back == 1
    assert [file.content for file in found.files] == [picture, program, text]


def test_many_pictures_leave_what_is_to_be_looked_at_to_the_plain_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(enclosing, "MAX_LOOKED_AT", 10_000)
    found = sent(*[PNG + bytes([at]) * 9_000 for at in range(5)], b"the serial number is 12")
    assert (len(found.files), found.held_back) == (6, 0)


def test_what_was_read_of_a_file_with_its_mail_is_what_is_read_again() -> None:
    raw = answer(b"one", inner(), b"x" * 100, name="a.bin")
    parsed = parse_parts(raw)
    parts = [each.part for each in parsed.message.attachments]
    assert len(parts) == 3
    assert parsed.file_bytes == attachments_bytes(raw, parts)


def test_files_beyond_what_is_kept_of_a_mail_travel_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parse_module, "MAX_KEPT_BYTES", 151)
    raw = answer(b"x" * 100, b"y" * 100, b"z" * 50)
    parsed = parse_parts(raw)
    files = parsed.message.files
    assert list(parsed.file_bytes.values()) == [b"x" * 100, b"z" * 50]
    assert list(bytes_of(files, raw, parsed.file_bytes).values()) == [
        b"x" * 100,
        b"z" * 50,
        b"y" * 100,
    ]


def test_what_is_known_of_a_file_is_not_looked_for_in_the_mail() -> None:
    raw = answer(b"x" * 100)
    parsed = parse_parts(raw)
    assert bytes_of(parsed.message.files, b"", parsed.file_bytes) == {1: b"x" * 100}
