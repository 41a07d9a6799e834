"""A file that stands in the mail that came in is not written again, and arrives all the same."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.base64_lines import in_lines
from gateway.message import Stretch
from gateway.outbound import compose, excerpts
from gateway.outbound.compose import Body, File
from gateway.outbound.excerpts import MIN_BYTES, Original

LARGE = MIN_BYTES * 3


def octets(seed: int, size: int = LARGE) -> bytes:
    return Random(seed).randbytes(size)


def a_file(content: bytes, name: str = "a.pdf") -> File:
    return File(filename=name, content_type="application/pdf", content=content)


def original(*encoded: bytes) -> Original:
    """A mail with these parts."""
    parts = (b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n" % each for each in encoded)
    return Original(7, b"Subject: x\r\n\r\n" + b"".join(parts) + b"--b--\r\n")


def whole(body: Body, mail: Original) -> bytes:
    """The body with its excerpts, as the store puts it together."""
    pieces, at = [], 0
    for each in body.excerpts:
        source = each.source
        assert source.spool_id == mail.spool_id
        taken = mail.raw[source.start : source.start + source.size_bytes]
        pieces += [body.content[at : each.position], taken]
        at = each.position
    return b"".join([*pieces, body.content[at:]])


def written(files: Sequence[File], mail: Original | None, stem: str = "") -> Body:
    return compose.body(
        "text", f"<p>{stem}f html</p>" if stem else "<p>html</p>", files, stem, mail
    )


def test_a_file_that_came_in_is_not_in_the_body_again() -> None:
    content = octets(1)
    mail = original(in_lines(content))
    body = written([a_file(content)], mail)
    assert len(body.content) < 1000
    assert whole(body, mail) == written([a_file(content)], None).content


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 10, MIN_BYTES, LARGE])), max_size=5),
    st.sets(st.integers(0, 4)),
    st.booleans(),
)
def test_what_is_sent_is_the_same_octets_whatever_stands_in_the_mail(
    made: list[tuple[int, int]], elsewhere: set[int], has_blanks: bool
) -> None:
    """Of some files the mail has other lines, and nothing of some; two may be alike."""
    contents = [octets(*each) for each in made]
    encoded = (
        in_lines(each).replace(b"\r\n", b"\n") if at in elsewhere else in_lines(each)
        for at, each in enumerate(contents)
    )
    mail, files = original(*encoded), [a_file(each) for each in contents]
    stem = "aeaqaaaaaefw5f3crwi4fwlckyueeqh2" if has_blanks else ""
    body, plain = written(files, mail, stem), written(files, None, stem)
    assert whole(body, mail) == plain.content
    assert (body.fields, body.own) == (plain.fields, plain.own)
    assert plain.excerpts == ()


@pytest.mark.parametrize(
    "encoded",
    [
        in_lines(octets(1)).replace(b"\r\n", b"\n"),
        in_lines(octets(1))[:-1] + b"!",
        in_lines(octets(1)[:-1] + b"?"),
        in_lines(octets(1))[:-100],
        b"",
    ],
    ids=["other line ends", "another letter", "another octet", "cut", "not there"],
)
def test_what_is_not_there_to_the_octet_is_written(encoded: bytes) -> None:
    body = written([a_file(octets(1))], original(encoded))
    assert body.excerpts == ()
    assert in_lines(octets(1)) in body.content


def test_a_file_is_found_behind_others_that_begin_alike() -> None:
    contents = [octets(1) + bytes([number]) for number in range(4)]
    mail = original(*map(in_lines, contents))
    body = written([a_file(contents[3])], mail)
    [found] = body.excerpts
    assert mail.raw[found.source.start :].startswith(in_lines(contents[3]))


def test_the_search_among_files_that_begin_alike_has_an_end() -> None:
    mail = original(*(in_lines(octets(1) + bytes([number])) for number in range(40)))
    early, late = (a_file(octets(1) + bytes([number])) for number in (9, 39))
    assert len(written([early], mail).excerpts) == 1
    assert written([late], mail).excerpts == ()


def test_a_small_file_is_written() -> None:
    content = octets(1, MIN_BYTES - 1)
    assert written([a_file(content)], original(in_lines(content))).excerpts == ()


def test_no_file_name_can_move_an_excerpt() -> None:
    contents = [octets(1), octets(2)]
    mail = original(*map(in_lines, contents))
    files = [a_file(each, name="a\0b\0.pdf") for each in contents]
    assert whole(written(files, mail), mail) == written(files, None).content


def test_a_mark_too_many_is_an_error_and_moves_nothing() -> None:
    with pytest.raises(ValueError, match="zip"):
        excerpts.without_marks(b"a\0b\0c", [Stretch(1, 0, 1)])
