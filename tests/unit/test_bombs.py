"""Mails made to be dear: each is read, and what must hold of a Reading holds.

No time is asserted, because a busy machine would break the promise: the guard stops a test
only after ten times what the slowest of them takes. `make fuzz` doubles each and compares.
"""

import pytest

from support.bombs import BOMBS
from support.hostile import must_hold, reading_of
from support.memory import MAILS, allowed, peak_of

DEAREST = ("text in Chinese", "HTML on one line", "thousands of parts", "attachment in base64")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_read_like_any_mail(name: str) -> None:
    message = must_hold(BOMBS[name](1)).message
    assert len(message.text) <= 2_000_000
    assert len(message.attachments) <= 2_000


@pytest.mark.parametrize(
    "name", ["10,000 parts", "200,000 parts", "depth 1,000", "a header of 50 MB", "line breaks"]
)
def test_what_was_cut_is_told(name: str) -> None:
    assert any(defect.startswith("cut: ") for defect in reading_of(BOMBS[name](1)).message.defects)


@pytest.mark.parametrize("name", DEAREST)
def test_peak_memory_is_ten_times_the_mail_at_most(name: str) -> None:
    assert name in MAILS
    size, peak = peak_of(name)
    assert peak <= allowed(size)
