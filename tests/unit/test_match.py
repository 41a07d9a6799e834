"""Which ticket a mail belongs to: the order of evidence, and only what the store knows."""

import pytest

from gateway.message import Address, Bounce, Kind
from gateway.threading import tag
from gateway.threading.match import Clues, Evidence, Known, Match, clues, made_for, match
from gateway.threading.tag import Purpose, Signed
from support.cases import ANN, BOB, HR, NOW, PEOPLE, SUPPORT, a_reading, a_ring, signed_for

RING = a_ring()

#                               evidence    says ticket
ALL = Clues(
    signed=(Signed(1, Purpose.REPLY, 7),),
    issued=(Signed(2, Purpose.REPLY, 7),),
    referred=("three@x.example",),
    tags=((4, "aaaaaa"),),
    partner=("inc0000005 x.example",),
)
KNOWN = Known(
    tags={1: "zzzzzz", 2: "zzzzzz", 4: "aaaaaa", 5: "bbbbbb"},
    identifiers={"three@x.example": 3},
    overtaken={"inc0000005 x.example": 5},
)
ORDER = (
    (1, Evidence.SIGNED_ADDRESS),
    (2, Evidence.ISSUED_MESSAGE_ID),
    (3, Evidence.STORED_MESSAGE_ID),
    (4, Evidence.SUBJECT_TAG),
    (5, Evidence.PARTNER_NUMBER),
)


def without(stronger: int) -> Clues:
    """All clues but the strongest so many."""
    names = ("signed", "issued", "referred", "tags", "partner")
    kept = list(zip(names, range(5), strict=True))[stronger:]
    return Clues(**{name: getattr(ALL, name) for name, _ in kept})


@pytest.mark.parametrize("stronger", range(5))
def test_the_strongest_evidence_wins_and_what_disagrees_is_told(stronger: int) -> None:
    found = match(without(stronger), KNOWN)
    assert found is not None
    assert (found.number, found.evidence) == ORDER[stronger]
    assert found.disagrees == tuple(
        f"{evidence} says #{number}" for number, evidence in ORDER[stronger + 1 :]
    )


def test_evidence_is_declared_in_its_order() -> None:
    assert tuple(Evidence) == tuple(evidence for _, evidence in ORDER)


def test_evidence_that_agrees_is_not_told() -> None:
    agreeing = Clues(signed=(signed_for(ANN),), tags=((1042, "k3v5xw"), (5, "bbbbbb")))
    found = match(agreeing, Known(tags={1042: "k3v5xw", 5: "bbbbbb"}, identifiers={}))
    assert found == Match(
        number=1042,
        evidence=Evidence.SIGNED_ADDRESS,
        signed=signed_for(ANN),
        disagrees=("subject-tag says #5",),
    )


@pytest.mark.parametrize("stronger", range(5))
def test_a_ticket_that_the_store_does_not_know_is_none(stronger: int) -> None:
    assert match(without(stronger), Known(tags={}, identifiers={})) is None


def test_a_stronger_clue_to_an_unknown_ticket_leaves_the_weaker_its_say() -> None:
    found = match(ALL, Known(tags={4: "aaaaaa"}, identifiers={}))
    assert found == Match(number=4, evidence=Evidence.SUBJECT_TAG)


def test_a_tag_with_another_key_is_no_evidence() -> None:
    assert match(Clues(tags=((4, "aaaaab"),)), KNOWN) is None


def test_the_most_telling_reference_wins() -> None:
    referred = Clues(referred=("newest@x.example", "oldest@x.example"))
    known = Known(tags={}, identifiers={"oldest@x.example": 1, "newest@x.example": 2})
    found = match(referred, known)
    assert found is not None
    assert (found.number, found.disagrees) == (2, ("stored-message-id says #1",))


def test_an_expired_address_still_names_its_ticket() -> None:
    expired = signed_for(ANN, expired=True)
    found = match(Clues(signed=(expired,)), Known(tags={1042: "k3v5xw"}, identifiers={}))
    assert found is not None
    assert found.signed == expired


def test_a_token_is_made_for_whom_the_store_says() -> None:
    found = Match(number=1042, evidence=Evidence.SIGNED_ADDRESS, signed=signed_for(BOB))
    assert made_for(found, PEOPLE) == BOB
    assert made_for(found, {}) is None
    assert made_for(None, PEOPLE) is None
    assert made_for(Match(number=1042, evidence=Evidence.SUBJECT_TAG), PEOPLE) is None


TOKEN = tag.sign(RING, SUPPORT, 1042, Purpose.REPLY, 7, NOW)
SIGNED = tag.signed_address(SUPPORT, "+", 1042, TOKEN)
ISSUED = tag.issue_message_id(SUPPORT, 1042, TOKEN, "d1").lower()
TOLD = (Signed(1042, Purpose.REPLY, 7),)


def read(recipients: tuple[str, ...] = (SUPPORT,), mailbox: str = SUPPORT, **fields: object):  # type: ignore[no-untyped-def]
    return clues(a_reading(**fields), recipients, RING, mailbox, "+", NOW)  # type: ignore[arg-type]


def test_a_signed_address_is_found_in_the_envelope_in_to_and_in_cc() -> None:
    assert read((SIGNED,)).signed == TOLD
    assert read(to=(Address(SIGNED),)).signed == TOLD
    assert read(cc=(Address(SIGNED.upper()),)).signed == TOLD


def test_the_same_address_in_several_places_is_one_clue() -> None:
    assert read((SIGNED,), to=(Address(SIGNED),)).signed == TOLD


def test_the_envelope_has_the_word_before_to_and_cc() -> None:
    other = tag.sign(RING, SUPPORT, 7, Purpose.REPLY, 7, NOW)
    shown = Address(tag.signed_address(SUPPORT, "+", 7, other))
    assert [each.number for each in read((SIGNED,), to=(shown,)).signed] == [1042, 7]


def test_an_address_of_another_mailbox_is_no_clue() -> None:
    assert read((SIGNED,), mailbox=HR).signed == ()


def test_an_issued_message_id_is_found_in_in_reply_to_and_references() -> None:
    assert read(in_reply_to=(ISSUED,)).issued == TOLD
    assert read(references=("a@x.example", ISSUED, "b@x.example")).issued == TOLD


def test_identifiers_come_with_the_most_telling_first() -> None:
    bounce = Bounce(recipient="", status="", action="failed", original_message_id="sent@x")
    found = read(
        kind=Kind.BOUNCE,
        bounce=bounce,
        in_reply_to=("parent@x",),
        references=("root@x", "parent@x", "near@x"),
    )
    assert found.referred == ("sent@x", "parent@x", "near@x", "root@x")


def test_a_bounce_that_names_no_mail_is_no_clue() -> None:
    bounce = Bounce(recipient="", status="", action="failed", original_message_id=None)
    assert read(kind=Kind.BOUNCE, bounce=bounce) == Clues(own="mail@x.example")


def test_the_mails_own_message_id_says_only_who_may_have_overtaken_it() -> None:
    assert read(message_id=ISSUED) == Clues(own=ISSUED.lower())
    found = match(Clues(own="a@x"), Known(tags={}, identifiers={"a@x": 5}))
    assert found is None


def test_tags_are_clues_and_bare_numbers_are_not() -> None:
    assert read(subject="Re: [#1042-k3v5xw] and #7").tags == ((1042, "k3v5xw"),)


def test_all_that_clues_name_is_looked_up() -> None:
    assert ALL.numbers == {1, 2, 4}
    assert ALL.people == {7}
