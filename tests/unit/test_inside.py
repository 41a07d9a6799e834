"""What an agent writes for colleagues, or takes from their notes, is no answer."""

from typing import Any

import pytest

from gateway.decide import mail
from gateway.decide.decision import Decision
from gateway.outbound.letter import Notice
from gateway.threading.tag import Purpose
from gateway.tickets.actions import Entry
from gateway.tickets.model import Ticket
from gateway.tickets.status import Status
from support.cases import ANN, BOB, a_case, a_reading, a_ticket, by_address

BOBS = a_ticket(assignee=BOB, status=Status.OPEN)
NOTE = "Her badge was cloned on Tuesday by Kowalski, and the police have not been told yet."
INSIDE = {"notes": {BOBS.number: (NOTE,)}, "colleagues": {BOBS.number: (NOTE,)}}


def wrote(
    text: str, ticket: Ticket = BOBS, purpose: Purpose = Purpose.REPLY, **facts: Any
) -> Decision:
    """What a proven mail of Bob's with this text does."""
    clues = by_address(BOB, purpose)
    reading = a_reading(author=BOB, text=text)
    return mail.decide(a_case(reading, ticket=ticket, clues=clues, **facts))


def told(decision: Decision) -> set[tuple[Notice, str]]:
    return {(each.notice, each.to.key) for each in decision.tellings}


@pytest.mark.parametrize("purpose", [Purpose.REPLY, Purpose.NOTE])
@pytest.mark.parametrize(
    "text", ["#assign lee", "#queue hr", "#assign nobody", "#tag a\n#queue hr"]
)
def test_text_below_a_command_that_hands_on_is_for_colleagues(text: str, purpose: Purpose) -> None:
    """Even where it came to the address of an answer: "Lee, careful" is nothing for Ann."""
    decision = wrote(f"{text}\n\nLee, careful: she makes it up.", purpose=purpose)
    assert (decision.entry, decision.text) == (Entry.NOTE, "Lee, careful: she makes it up.")
    assert ANN.key not in {to for _, to in told(decision)}


@pytest.mark.parametrize("text", [f"Hi.\n\n{NOTE}\n\nWe look.", f"#resolve: {NOTE}",
                                  f"#split: Door\n\n* {NOTE}"])  # fmt: skip
def test_an_answer_that_repeats_a_colleagues_note_is_told_which_words(text: str) -> None:
    decision = wrote(text, **INSIDE)
    assert (decision.entry, told(decision)) == (Entry.NOTE, {(Notice.REFUSED, BOB.key)})
    assert NOTE.rstrip(".") in decision.problems[0]


def test_words_that_the_requester_knows_may_be_sent() -> None:
    decision = wrote(NOTE, **INSIDE, shared={BOBS.number: (f"Hello, {NOTE}",)})
    assert (decision.entry, decision.problems) == (Entry.ANSWER, ())


def test_a_note_may_repeat_a_note() -> None:
    assert wrote(f"#note {NOTE}", **INSIDE).problems == ()


def test_who_was_refused_may_send_the_same_words_again() -> None:
    """What was refused is kept as a note of their own."""
    decision = wrote(NOTE, notes={BOBS.number: (NOTE,)})
    assert (decision.entry, decision.problems) == (Entry.ANSWER, ())
