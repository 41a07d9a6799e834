"""Golden mails after accidents: whatever arrives, there is a Reading and its promises hold.

Seeded and short; `make fuzz` goes on for as long as it is told. What it finds is a file in
`tests/fuzz/found`, read here for ever after.
"""

import random

import pytest

from support.hostile import damaged, golden_mails, must_hold, smaller

MAILS = golden_mails()
DAMAGED_MAILS = 250  # for each of the seeds


@pytest.mark.parametrize("seed", range(12))
def test_damaged_mail_is_read_and_nothing_unclean_comes_out(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(DAMAGED_MAILS):
        must_hold(damaged(rng, MAILS))


def test_golden_mails_and_what_was_once_found_keep_the_promises() -> None:
    for raw in MAILS:
        must_hold(raw)


def test_a_finding_shrinks_to_what_breaks() -> None:
    raw = b"much that does not matter" * 20 + b"<!>" + b"and more of it" * 20
    assert smaller(raw, lambda each: b"<!>" in each) == b"<!>"
