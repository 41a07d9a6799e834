"""What is to happen to a mail: the whole table of ways, and the laws that hold in all of it."""

from functools import cache
from itertools import product

import pytest

from gateway.decide import mail
from gateway.decide.admission import Role
from gateway.decide.case import Case
from gateway.decide.decision import CancelTimer, Decision, StartTimer
from gateway.decide.mail import WAYS
from gateway.deliveries import Cause, Outcome
from gateway.ingest.trust import Proof
from gateway.message import Address, Bounce, Kind
from gateway.outbound.letter import Notice
from gateway.rules import commands
from gateway.threading.match import Clues
from gateway.threading.tag import Purpose
from gateway.tickets.actions import Entry
from gateway.tickets.events import Actor, MailBounced, MailWithheld
from gateway.tickets.status import Status
from support.cases import (
    ANN,
    BOB,
    BY_TAG,
    CARL,
    EVE,
    HANA,
    LEE,
    NO_CLUES,
    NOW,
    NUMBER,
    a_case,
    a_desk,
    a_reading,
    a_ticket,
    by_address,
    by_message_id,
)

DESK = a_desk()
TICKET = a_ticket(watchers=(CARL,), status=Status.OPEN)
WHO = {
    Role.REQUESTER: ANN,
    Role.WATCHER: CARL,
    Role.AGENT: BOB,
    Role.COLLEAGUE: HANA,
    Role.STRANGER: EVE,
}
ROLES = [*WHO]
BOUNCE = Bounce(recipient="ann@example.com", status="5.1.1", action="failed", diagnostic="no such")

#                        no ticket   a stranger's   a participant's, about a ticket
TABLE = {
    Kind.ORDINARY:       ("opened",  "opened",      "joined"),
    Kind.LIST:           ("opened",  "opened",      "joined"),
    Kind.AUTO_GENERATED: ("opened",  "opened",      "joined"),
    Kind.CALENDAR:       ("opened",  "ignored",     "filed"),
    Kind.REPORT:         ("opened",  "ignored",     "filed"),
    Kind.AUTO_REPLY:     ("ignored", "ignored",     "filed"),
    Kind.READ_RECEIPT:   ("ignored", "ignored",     "filed"),
    Kind.BOUNCE:         ("ignored", "see below",   "see below"),
    Kind.LOOP:           ("ignored", "ignored",     "ignored"),
}  # fmt: skip
"""Kept by hand."""

ENTRIES = {
    Role.REQUESTER: Entry.FOLLOW_UP,
    Role.WATCHER: Entry.FOLLOW_UP,
    Role.AGENT: Entry.ANSWER,
    Role.COLLEAGUE: Entry.NOTE,
}


def decided(author: Address, kind: Kind, clues: Clues, text: str = "Hello") -> Decision:
    bounce = BOUNCE if kind is Kind.BOUNCE else None
    reading = a_reading(
        author=author, kind=kind, text=text, bounce=bounce, evidence=("Auto-Submitted: yes",)
    )
    return mail.decide(a_case(reading, ticket=TICKET, clues=clues, desk=DESK))


def test_whoever_only_writes_like_a_machine_gets_a_ticket() -> None:
    words = a_reading(kind=Kind.AUTO_REPLY, evidence=("Subject: Automatic reply: it is broken",))
    decision = mail.decide(a_case(words, desk=DESK))
    assert decision.outcome is Outcome.OPENED
    assert decision.withheld == (("ann@example.com", "auto-reply"),)
    assert Notice.NEW_TICKET in {each.notice for each in decision.tellings}


def what(decision: Decision) -> str:
    filed = decision.entry is Entry.AUTOMATIC and decision.outcome is Outcome.JOINED
    return "filed" if filed else decision.outcome.value


def test_the_table_has_every_kind() -> None:
    assert set(TABLE) == set(WAYS) == set(Kind)


@pytest.mark.parametrize("kind", Kind, ids=str)
@pytest.mark.parametrize("author", [ANN, BOB, EVE, HANA], ids=lambda who: who.name)
def test_the_table_of_ways_without_a_ticket(kind: Kind, author: Address) -> None:
    decision = decided(author, kind, NO_CLUES)
    assert what(decision) == TABLE[kind][0]
    assert decision.before is None
    assert (decision.after is None) == (TABLE[kind][0] == "ignored")


@pytest.mark.parametrize("kind", [each for each in Kind if each is not Kind.BOUNCE], ids=str)
@pytest.mark.parametrize("role", ROLES, ids=str)
@pytest.mark.parametrize("proof", [Proof.CLAIMED, Proof.TOKEN], ids=str)
def test_the_table_of_ways_with_a_ticket(kind: Kind, role: Role, proof: Proof) -> None:
    clues = by_address(WHO[role]) if proof is Proof.TOKEN else BY_TAG
    decision = decided(WHO[role], kind, clues)
    way = TABLE[kind][1 if role is Role.STRANGER else 2]
    if way == "joined" and proof is Proof.CLAIMED:
        way = "held"
    assert what(decision) == way
    assert (decision.trace.proof, decision.trace.role) == (proof, role)
    if way == "joined":
        by_machine = role is Role.AGENT and kind is Kind.AUTO_GENERATED
        assert decision.entry is (Entry.NOTE if by_machine else ENTRIES[role])


@pytest.mark.parametrize("role", ROLES, ids=str)
@pytest.mark.parametrize(
    ("clues", "way"),
    [(by_address(ANN, Purpose.BOUNCE), "filed"), (by_message_id(ANN), "filed"),
     (BY_TAG, "ignored"), (Clues(referred=("mail@x.example",)), "ignored")],
    ids=["to its return path", "names our mail", "has the tag", "names their mail"],
)  # fmt: skip
def test_a_bounce_is_believed_where_it_names_a_mail_of_ours(
    role: Role, clues: Clues, way: str
) -> None:
    reading = a_reading(author=WHO[role], kind=Kind.BOUNCE, bounce=BOUNCE)
    known = {"mail@x.example": NUMBER}
    decision = mail.decide(
        a_case(reading, ticket=TICKET, clues=clues, desk=DESK, identifiers=known)
    )
    assert what(decision) == way
    bounced = [each.fact for each in decision.events if isinstance(each.fact, MailBounced)]
    by_path = any(each.purpose is Purpose.BOUNCE for each in clues.signed)
    assert bounced == ([MailBounced(ANN, "5.1.1")] if by_path else [])


@pytest.mark.parametrize("kind", Kind, ids=str)
def test_what_is_ignored_has_its_kind_for_a_cause(kind: Kind) -> None:
    ways = (decided(EVE, kind, NO_CLUES), decided(EVE, kind, BY_TAG))
    for decision in ways:
        ignored = decision.outcome is Outcome.IGNORED
        assert decision.cause == (Cause(kind.value) if ignored else None), kind
        assert decision.as_json()["cause"] == (str(kind) if ignored else None)


# the laws, tried over everything

TEXTS = [
    "Hello",
    "#take",
    "#resolve: done",
    "#wait requester: why?",
    "#note secret",
    "#grab",
    "#resolve",
]
CLUES = [
    NO_CLUES,
    BY_TAG,
    *(by_address(person) for person in (ANN, BOB, EVE)),
    *(by_address(BOB, purpose) for purpose in (Purpose.NOTE, Purpose.BOUNCE)),
    *(by_message_id(person) for person in (ANN, BOB)),
]
AUTHORS = [
    ANN,
    CARL,
    BOB,
    LEE,
    EVE,
    HANA,
    Address("no-reply@x.example"),
    Address("support+x@example.com"),
]


@cache
def everything() -> list[tuple[Case, Decision]]:
    """Every kind of mail, from everybody, with every clue, to every ticket: decided."""
    tickets = [TICKET, a_ticket(requester=BOB, assignee=HANA), a_ticket(status=Status.CLOSED)]
    found = []
    for author, kind, null, clues, text in product(AUTHORS, Kind, (False, True), CLUES, TEXTS):
        if kind is not Kind.ORDINARY and (null or text not in TEXTS[:3]):
            continue  # said already by its kind, and once is enough
        bounce = BOUNCE if kind is Kind.BOUNCE else None
        reading = a_reading(author=author, kind=kind, text=text, bounce=bounce)
        for ticket in tickets:
            case = a_case(reading, ticket=ticket, clues=clues, desk=DESK, null_sender=null)
            found.append((case, mail.decide(case)))
    return found


def test_a_machine_is_never_answered() -> None:
    for case, decision in everything():
        if case.reading.kind is not Kind.ORDINARY:
            assert case.author not in [each.to for each in decision.tellings], decision.trace.why


def test_a_null_return_path_is_never_answered() -> None:
    for case, decision in everything():
        if case.null_sender:
            assert case.author not in [each.to for each in decision.tellings], decision.trace.why


def test_a_stranger_never_joins() -> None:
    for case, decision in everything():
        joined = decision.before is not None and case.reading.kind is not Kind.BOUNCE
        if joined:
            assert decision.before is not None
            assert case.role_in(decision.before) is not Role.STRANGER


def test_a_claim_never_commands_nor_joins() -> None:
    for _, decision in everything():
        if decision.trace.match is not None and decision.trace.proof is Proof.CLAIMED:
            assert not [event for event in decision.events if event.by.actor is Actor.AGENT]
            assert decision.before is None or decision.entry is Entry.AUTOMATIC


def test_whoever_is_asked_is_asked_at_the_address_on_file_and_nobody_else_is_told() -> None:
    asked = [(case, each) for case, each in everything() if each.outcome is Outcome.HELD]
    assert asked
    for case, decision in asked:
        told = [(each.notice, each.to) for each in decision.tellings]
        assert told in ([], [(Notice.UNPROVEN, case.author)])
        assert told or decision.withheld
        assert decision.cause is Cause.UNPROVEN


def test_what_is_internal_is_told_to_agents_only() -> None:
    for case, decision in everything():
        if decision.entry and decision.entry.internal:
            carried = [each for each in decision.tellings if each.notice is not Notice.TAKEN]
            assert all(each.notice.for_agents for each in carried), case.reading.new_text


def test_refused_commands_change_nothing_and_reach_no_requester() -> None:
    refused = [(case, decision) for case, decision in everything() if decision.problems]
    assert refused
    for case, decision in refused:
        assert decision.entry is Entry.NOTE
        happened = [each.name for each in decision.events if each.name != "mail-withheld"]
        assert happened == ["message-added"]
        assert {each.to for each in decision.tellings} <= {case.author}


def test_a_wrong_command_is_never_sent_on_as_text() -> None:
    for case, decision in everything():
        if commands.parse(case.reading.new_text).problems and decision.entry is Entry.ANSWER:
            pytest.fail(f"{case.reading.new_text!r} went out as an answer")


def test_own_and_no_reply_addresses_are_never_confirmed_and_the_ticket_says_so() -> None:
    for case, decision in everything():
        strange = case.author.address in ("no-reply@x.example", "support+x@example.com")
        if strange and decision.outcome is Outcome.OPENED:
            assert Notice.CONFIRMATION not in [each.notice for each in decision.tellings]
            causes = [each.fact for each in decision.events if isinstance(each.fact, MailWithheld)]
            assert len(causes) == 1
            assert decision.withheld[0][0] == case.author.address


def test_whatever_is_withheld_is_in_the_tickets_history() -> None:
    for _, decision in everything():
        facts = [each.fact for each in decision.events if isinstance(each.fact, MailWithheld)]
        assert facts == [MailWithheld(cause) for _, cause in decision.withheld]


def test_nobody_is_told_twice_by_one_mail() -> None:
    for _, decision in everything():
        readers = [each.to.key for each in decision.tellings]
        assert len(readers) == len(set(readers))


def test_every_decision_says_why() -> None:
    for _, decision in everything():
        assert decision.reason
        assert decision.trace.why


def test_a_ticket_is_opened_with_its_targets_timer() -> None:
    desk = a_desk(rules="[{name: all, then: {priority: P2}}]")
    decision = mail.decide(a_case(desk=desk))
    [timer] = decision.timers
    assert isinstance(timer, StartTimer)
    assert (timer.due_at - NOW).total_seconds() == 7200


@pytest.mark.parametrize("text", ["Hello", "#resolve: done", "#wait requester: why?"])
def test_the_first_answer_stops_the_response_timer(text: str) -> None:
    assert decided(BOB, Kind.ORDINARY, by_address(BOB), text).timers == (CancelTimer("response"),)


@pytest.mark.parametrize("text", ["#take", "#note later", "#grab"])
def test_what_answers_nobody_lets_the_response_timer_run(text: str) -> None:
    assert decided(BOB, Kind.ORDINARY, by_address(BOB), text).timers == ()


def test_the_copy_of_a_mail_has_no_effect() -> None:
    decision = mail.decide(a_case(duplicate_of=5))
    assert (decision.outcome, decision.after, decision.tellings) == (Outcome.IGNORED, None, ())
    assert (decision.duplicate_of, decision.reason) == (5, "duplicate of delivery 5")
    assert decision.cause is Cause.DUPLICATE
