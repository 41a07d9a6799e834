"""Whom a mailbox does not know, what becomes of their mail, and who is told of it."""

from dataclasses import replace

import pytest

from gateway.decide import mail
from gateway.decide.admission import Grant
from gateway.decide.decision import Decision
from gateway.deliveries import Cause, Outcome
from gateway.ingest.trust import Verdict
from gateway.message import Address, Kind
from gateway.outbound.letter import Notice
from gateway.threading.match import Clues
from support.cases import (
    ANN,
    ANNS_ALIAS,
    BOB,
    BY_TAG,
    EVE,
    NO_CLUES,
    SUPPORT,
    a_case,
    a_desk,
    a_reading,
    a_ticket,
)
from support.settings import MINIMAL, faults

POLICIES = {"hold": Outcome.HELD, "refuse": Outcome.REJECTED}


def decided(
    policy: str,
    author: Address = EVE,
    *,
    clues: Clues = NO_CLUES,
    kind: Kind = Kind.ORDINARY,
    domains: tuple[str, ...] = (),
    **changes: object,
) -> Decision:
    desk = a_desk(mailbox={"unknown_senders": policy, "known_domains": domains})
    reading = a_reading(author=author, kind=kind)
    ticket = changes.pop("ticket", None)
    return mail.decide(a_case(reading, desk=desk, clues=clues, ticket=ticket, **changes))  # type: ignore[arg-type]


def told(decision: Decision) -> list[tuple[Notice, Address]]:
    return [(each.notice, each.to) for each in decision.tellings]


def test_everybody_is_accepted_unless_the_mailbox_says_otherwise() -> None:
    assert decided("accept").outcome is Outcome.OPENED
    assert mail.decide(a_case(a_reading(author=EVE))).outcome is Outcome.OPENED


@pytest.mark.parametrize(("policy", "outcome"), POLICIES.items())
def test_a_mail_of_somebody_unknown_opens_nothing(policy: str, outcome: Outcome) -> None:
    decision = decided(policy)
    assert (decision.outcome, decision.cause) == (outcome, Cause.UNKNOWN_SENDER)
    assert (decision.after, decision.events, decision.timers) == (None, (), ())


def test_whoever_is_held_hears_nothing_and_whoever_is_refused_hears_that() -> None:
    assert told(decided("hold")) == []
    assert told(decided("refuse")) == [(Notice.NOT_ACCEPTED, EVE)]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("author", [ANN, ANNS_ALIAS, BOB, Address("ANN@EXAMPLE.COM")])
def test_whoever_is_on_file_is_known(policy: str, author: Address) -> None:
    assert decided(policy, author).outcome is Outcome.OPENED


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("address", "is_known"),
    [
        ("eve@evil.example", True),
        ("Mallory@EVIL.example", True),
        ("eve@sub.evil.example", False),
        ("eve@notevil.example", False),
        ("evil.example@else.example", False),
        ('"eve@evil.example"@else.example', False),
    ],
)
def test_a_known_domain_is_that_domain(policy: str, address: str, is_known: bool) -> None:
    decision = decided(policy, Address(address), domains=("Evil.Example",))
    assert (decision.outcome is Outcome.OPENED) is is_known


@pytest.mark.parametrize("policy", POLICIES)
def test_a_participant_is_known_where_their_mail_points_at_their_ticket(policy: str) -> None:
    hers = a_ticket(requester=EVE)
    decision = decided(policy, clues=BY_TAG, ticket=hers)
    assert decision.cause is Cause.UNPROVEN
    assert decided(policy, clues=BY_TAG, ticket=a_ticket()).cause is Cause.UNKNOWN_SENDER
    assert decided(policy).cause is Cause.UNKNOWN_SENDER


@pytest.mark.parametrize("grant", [Grant.PERSON, Grant.AUTHOR])
def test_what_was_let_in_opens_a_ticket(grant: Grant) -> None:
    decision = decided("hold", grant=grant)
    assert decision.outcome is Outcome.OPENED
    assert (Notice.CONFIRMATION, EVE) in told(decision)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"kind": Kind.AUTO_GENERATED}, "auto-generated"),
        ({"kind": Kind.LIST}, "list"),
        ({"null_sender": True}, "null-return-path"),
        ({"author": Address("no-reply@evil.example")}, "no-reply-address"),
        ({"author": Address("eve@invalid")}, "no-address"),
        ({"refused_lately": True}, "told-today"),
    ],
)
def test_machines_are_refused_in_silence_and_people_once_a_day(
    changes: dict[str, object], cause: str
) -> None:
    decision = decided("refuse", **changes)  # type: ignore[arg-type]
    assert decision.outcome is Outcome.REJECTED
    assert told(decision) == []
    assert [each for _, each in decision.withheld] == [cause]


def test_a_from_that_is_known_to_be_forged_is_not_answered() -> None:
    desk = a_desk(mailbox={"unknown_senders": "refuse"})
    case = a_case(a_reading(author=EVE), desk=desk)
    decision = mail.decide(replace(case, verdict=Verdict(forged=True)))
    assert (told(decision), decision.withheld) == ([], ((EVE.address, "forged"),))


@pytest.mark.parametrize("kind", [Kind.BOUNCE, Kind.AUTO_REPLY, Kind.LOOP, Kind.READ_RECEIPT])
@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_ignored_anyway_is_not_held(policy: str, kind: Kind) -> None:
    decision = decided(policy, kind=kind)
    if decision.outcome is not Outcome.IGNORED:  # a person may have chosen a machine's words
        assert kind is Kind.AUTO_REPLY
        assert told(decision) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('known_domains = ["@example.com"]', "write what stands behind the @, such as"),
        ('known_domains = ["example"]', "is not a domain"),
        ('known_domains = ["*.example.com"]', "is not a domain"),
        ('unknown_senders = "drop"', "unknown_senders"),
    ],
)
def test_a_policy_that_means_nothing_is_a_fault(line: str, fault: str) -> None:
    [said] = faults(f"{MINIMAL}{line}\n")
    assert fault in said
    assert said.startswith("gateway.toml:10: ")


def test_each_mailbox_has_a_policy_of_its_own() -> None:
    desk = a_desk(mailbox={"unknown_senders": "refuse"})
    at_hr = a_case(a_reading(author=EVE), desk=desk, mailbox="hr@example.com")
    assert mail.decide(at_hr).outcome is Outcome.OPENED
    assert desk.gateway.mailbox_named(SUPPORT).unknown_senders == "refuse"
