"""How well the author is proven: a closed ladder, and nothing else is proof."""

from dataclasses import replace

import pytest

from gateway.decide import mail
from gateway.deliveries import Outcome
from gateway.ingest.trust import Proof, prove
from gateway.ingest.trust_weigh import Verdict
from gateway.message import NOBODY, Address
from gateway.threading.tag import Purpose, Signed
from support.cases import (
    ANN,
    ANNS_ALIAS,
    BOB,
    EVE,
    a_case,
    a_reading,
    a_ticket,
    by_address,
    signed_for,
)

MINE = signed_for(ANN)


def proof(
    *,
    author: Address = ANN,
    signed: Signed | None = MINE,
    made_for: Address | None = ANN,
    from_fields: int = 1,
) -> Proof:
    return prove(
        a_reading(author=author, from_fields=from_fields).message, author, signed, made_for
    )


def test_a_mail_from_whom_the_address_was_made_for_is_theirs() -> None:
    assert proof() is Proof.TOKEN


def test_the_spelling_of_the_address_does_not_matter() -> None:
    assert proof(author=Address("ANN@Example.com", "Somebody")) is Proof.TOKEN


@pytest.mark.parametrize("author", [BOB, EVE, ANNS_ALIAS, Address("ann@example.com.evil.example")])
def test_an_address_made_for_somebody_else_proves_nobody(author: Address) -> None:
    assert proof(author=author) is Proof.CLAIMED


def test_the_same_name_is_not_the_same_person() -> None:
    assert proof(author=Address("eve@evil.example", ANN.name)) is Proof.CLAIMED


def test_without_a_signature_nobody_is_proven() -> None:
    assert proof(signed=None) is Proof.CLAIMED


def test_a_signature_for_a_person_we_forgot_proves_nobody() -> None:
    assert proof(made_for=None) is Proof.CLAIMED


def test_an_expired_signature_proves_nobody() -> None:
    assert proof(signed=signed_for(ANN, expired=True)) is Proof.CLAIMED


@pytest.mark.parametrize("from_fields", [0, 2, 3])
def test_a_mail_with_no_or_several_from_fields_proves_nobody(from_fields: int) -> None:
    assert proof(from_fields=from_fields) is Proof.CLAIMED


def test_a_signature_for_notes_proves_as_well_as_one_for_replies() -> None:
    assert proof(signed=signed_for(ANN, Purpose.NOTE)) is Proof.TOKEN


def test_the_ladder_is_closed() -> None:
    assert [str(each) for each in Proof] == ["verified", "token", "claimed"]


def test_a_mail_that_names_nobody_proves_nobody_whoever_else_is_taken_for_its_author() -> None:
    message = a_reading(author=NOBODY).message
    assert prove(message, ANN, MINE, ANN, Verdict(verified=True)) is Proof.CLAIMED


@pytest.mark.parametrize("verdict", [Verdict(), Verdict(verified=True)])
def test_nobody_is_proven_by_what_is_said_of_another(verdict: Verdict) -> None:
    evils = a_case(a_reading(author=EVE), ticket=a_ticket(), clues=by_address(ANN), author=ANN)
    decision = mail.decide(replace(evils, verdict=verdict))
    assert (decision.trace.proof, decision.outcome) == (Proof.CLAIMED, Outcome.HELD)
