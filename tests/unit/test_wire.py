"""Header fields as octets: whatever is written in one is what its reader is shown."""

import email.policy
from email import message_from_bytes

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.outbound import wire

ENCODED_WORD = 75  # RFC 2047 section 2

letters = st.characters(exclude_categories=["C", "Z"]) | st.sampled_from('=?_()<>"\\,;:@äöß印🔥')
words = st.text(letters, min_size=1, max_size=40)
thorough = settings(max_examples=200, deadline=None)


def shown(field: bytes) -> str:
    return str(message_from_bytes(field + b"\r\n", policy=email.policy.default)["Subject"])


@thorough
@given(st.lists(words, min_size=1, max_size=8).map(" ".join).map(wire.inert))
@example("ä b ü")
@example("ä ö b")
@example("é" * 60)
def test_a_subject_reads_as_it_was_written(subject: str) -> None:
    field = wire.field("Subject", subject)
    assert shown(field) == subject
    assert field.isascii()
    assert field.count(b"\n") == 1


def test_a_tag_beside_a_foreign_word_is_read_even_where_nothing_decodes_it() -> None:
    field = wire.field("Subject", "Re: Größe des Büros [#1042-k3v5xw]")
    assert field == (
        b"Subject: Re: =?utf-8?q?Gr=C3=B6=C3=9Fe?= des =?utf-8?q?B=C3=BCros?= [#1042-k3v5xw]\r\n"
    )


def test_no_encoded_word_is_longer_than_it_may_be() -> None:
    field = wire.field("Subject", "印" * 60)
    assert max(map(len, field.split())) <= ENCODED_WORD
