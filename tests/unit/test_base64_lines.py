"""Base64 to octets and back: what the standard library makes of it, in less time."""

import binascii

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.base64_lines import decoded, in_lines, is_in_lines, size_in_lines

thorough = settings(max_examples=300, deadline=None)
sizes = st.integers(0, 200) | st.sampled_from([56, 57, 58, 114, 4000])
contents = sizes.flatmap(lambda size: st.binary(min_size=size, max_size=size))
letters = st.text(st.sampled_from("ABCDabcd0123+/=\r\n -_!\0"), max_size=30)


def by_library(text: str) -> bytes | None:
    try:
        return binascii.a2b_base64(text)
    except binascii.Error:
        return None


@thorough
@given(letters)
@example("TQ==TQ==")
@example("TQ=\r\n=\r\n")
@example("TQ=")
@example("T")
def test_letters_are_decoded_as_the_standard_library_does(text: str) -> None:
    try:
        assert decoded(text) == by_library(text)
    except binascii.Error:
        assert by_library(text) is None


def test_a_letter_outside_ascii_is_an_error() -> None:
    with pytest.raises(ValueError, match="ascii"):
        decoded("TQ==\u00fc")


@thorough
@given(contents)
def test_lines_are_those_of_the_standard_library(content: bytes) -> None:
    lines = in_lines(content)
    pieces = (content[at : at + 57] for at in range(0, len(content), 57))
    assert lines == b"\r\n".join(binascii.b2a_base64(each, newline=False) for each in pieces)
    assert len(lines) == size_in_lines(len(content))
    assert is_in_lines(lines, content)


@thorough
@given(contents.filter(bool), st.data())
def test_lines_in_which_one_letter_differs_are_told_apart(
    content: bytes, data: st.DataObject
) -> None:
    lines = in_lines(content)
    at = data.draw(st.integers(0, len(lines) - 1))
    letter = data.draw(st.sampled_from([b"A", b"/", b"=", b"\r", b"\n", b" ", b"!"]))
    other = lines[:at] + letter + lines[at + 1 :]
    assert is_in_lines(other, content) == (other == lines)


@thorough
@given(contents, contents)
def test_lines_of_other_octets_are_told_apart(content: bytes, other: bytes) -> None:
    assert is_in_lines(in_lines(other), content) == (other == content)


def test_other_line_ends_and_widths_are_told_apart() -> None:
    content = bytes(range(256)) * 4
    lines = in_lines(content)
    narrow = binascii.b2a_base64(content, newline=False)
    for other in (
        lines.replace(b"\r\n", b"\n"),
        lines + b"\r\n",
        lines[1:],
        b"\r\n".join(narrow[at : at + 72] for at in range(0, len(narrow), 72)),
        lines.replace(b"\r\n", b"\n\r"),
    ):
        assert not is_in_lines(other, content)
