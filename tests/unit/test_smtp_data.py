"""Reading a mail off the wire: every byte of it, and not one that follows."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import MailError
from gateway.ingest.smtp_data import MAX_LINE_OCTETS, receive

LIMIT = 10**6

PIECES = st.lists(
    st.sampled_from([b"\r", b"\n", b".", b"\r\n", b"a", b"\r\n.", b"\n.\n", b"\r\n.\r", b"bcd"])
)
CHUNKS = st.lists(st.integers(1, 5), max_size=12)


def on_the_wire(mail: bytes) -> bytes:
    """As a client sends it: dots doubled at line starts, and the end. RFC 5321 section 4.5.2."""
    dotted = (b"\r\n" + mail).replace(b"\r\n.", b"\r\n..")
    return dotted[2:] + b".\r\n"


def received(
    wire: bytes,
    chunks: Sequence[int] = (),
    *,
    buffer: int = MAX_LINE_OCTETS,
    max_bytes: int = LIMIT,
    room: int = LIMIT,
) -> tuple[bytes, bytes]:
    """The mail, and what is left for the next command."""
    left = [room]

    def is_room(more: int) -> bool:
        left[0] -= more
        return left[0] >= 0

    async def feed(reader: asyncio.StreamReader) -> None:
        at = 0
        for size in chunks:
            reader.feed_data(wire[at : at + size])
            at += size
            await asyncio.sleep(0)
        if wire[at:]:
            reader.feed_data(wire[at:])
        reader.feed_eof()

    async def talk() -> tuple[bytes, bytes]:
        reader = asyncio.StreamReader(limit=buffer)
        feeding = asyncio.create_task(feed(reader))
        try:
            mail = await receive(reader, max_bytes, is_room)
        finally:
            await feeding
        return mail, await reader.read()

    return asyncio.run(talk())


@given(PIECES, CHUNKS, st.sampled_from([5, 7, 16, MAX_LINE_OCTETS]))
def test_a_mail_comes_out_as_it_went_in_however_it_is_cut(
    pieces: list[bytes], chunks: list[int], buffer: int
) -> None:
    mail = b"".join(pieces)
    mail += b"\r\n" if mail else b""
    assert received(on_the_wire(mail) + b"QUIT\r\n", chunks, buffer=buffer) == (mail, b"QUIT\r\n")


def test_an_empty_mail_is_one() -> None:
    assert received(b".\r\nQUIT\r\n") == (b"", b"QUIT\r\n")


def test_a_mail_that_begins_with_empty_lines_is_counted_and_bounded_like_any_other() -> None:
    with pytest.raises(MailError) as refused:
        received(b"\r\n" * 500_000 + b".\r\n", max_bytes=10_000)
    assert refused.value.reply.code == 552
    assert received(b"\r\n" * 100 + b".\r\nQUIT\r\n") == (b"\r\n" * 100, b"QUIT\r\n")


def test_a_mail_over_the_limit_is_read_to_its_end_and_refused() -> None:
    with pytest.raises(MailError) as refused:
        received(on_the_wire(b"a\r\n" * 1000), buffer=64, max_bytes=2999)
    assert refused.value.reply.code == 552
    assert received(on_the_wire(b"a\r\n" * 1000), buffer=64, max_bytes=3000)[0] == b"a\r\n" * 1000


def test_a_mail_that_there_is_no_room_for_is_to_come_again() -> None:
    with pytest.raises(MailError) as refused:
        received(on_the_wire(b"a\r\n" * 1000), buffer=64, room=2000)
    assert str(refused.value.reply).startswith("452 4.3.1")


@pytest.mark.parametrize(
    ("octets", "taken"), [(MAX_LINE_OCTETS - 1, True), (MAX_LINE_OCTETS, False)]
)
def test_a_line_may_be_long_but_not_endless(octets: int, *, taken: bool) -> None:
    mail = b"Subject: x\r\n\r\n" + b"x" * (octets - 1) + b"\r\n" * 2
    if taken:
        assert received(on_the_wire(mail))[0] == mail
    else:
        with pytest.raises(MailError) as refused:
            received(on_the_wire(mail))
        assert refused.value.reply.code == 500
