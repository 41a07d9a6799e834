"""Make a letter that shows only what matters; the rest of it is a plain sample."""

from dataclasses import replace

from gateway.outbound.letter import Letter, Notice
from gateway.outbound.samples import sample_letters


def a_letter(notice: Notice, **changes: object) -> Letter:
    """The plain case of one notice, with what matters changed."""
    plain = next(letter for letter in sample_letters() if letter.notice is notice)
    return replace(plain, **changes)  # type: ignore[arg-type]  # the callers name real fields
