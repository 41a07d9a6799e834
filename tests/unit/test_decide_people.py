"""Who somebody is to a ticket, how well they are proven, and who is not answered."""

from dataclasses import replace

import pytest

from gateway.decide import failure, mail, timer
from gateway.decide.admission import Grant, Role
from gateway.decide.decision import Decision
from gateway.deliveries import Cause, Outcome
from gateway.ingest.trust import Proof, Verdict
from gateway.message import Address, Kind
from gateway.outbound.letter import Notice
from gateway.threading.match import Clues
from gateway.threading.tag import Purpose
from gateway.tickets.actions import Entry
from gateway.tickets.events import MailFailed, MailWithheld
from gateway.tickets.model import Ticket
from gateway.tickets.status import Status
from support.cases import (
    ANN,
    ANNS_ALIAS,
    BOB,
    BY_TAG,
    CARL,
    EVE,
    HANA,
    HR,
    LEE,
    NOW,
    NUMBER,
    a_case,
    a_desk,
    a_reading,
    a_ticket,
    by_address,
    by_message_id,
    signed_for,
)

BOBS_ALIAS = Address("robert@home.example")


def decided(
    author: Address = ANN,
    clues: Clues = BY_TAG,
    *,
    text: str = "Hello",
    ticket: Ticket | None = None,
    from_fields: int = 1,
    **changes: object,
) -> Decision:
    reading = a_reading(author=author, text=text, from_fields=from_fields)
    return mail.decide(a_case(reading, ticket=ticket or a_ticket(), clues=clues, **changes))  # type: ignore[arg-type]


def notices(decision: Decision) -> list[tuple[Notice, Address]]:
    return [(each.notice, each.to) for each in decision.tellings]


@pytest.mark.parametrize(
    ("author", "ticket", "role"),
    [
        (ANN, a_ticket(), Role.REQUESTER),
        (ANNS_ALIAS, a_ticket(), Role.REQUESTER),
        (Address("ANN@EXAMPLE.COM"), a_ticket(), Role.REQUESTER),
        (BOB, a_ticket(), Role.AGENT),
        (BOBS_ALIAS, a_ticket(), Role.AGENT),
        (HANA, a_ticket(), Role.COLLEAGUE),
        (HANA, a_ticket(assignee=HANA), Role.AGENT),
        (HANA, a_ticket(queue="HR"), Role.AGENT),
        (HANA, a_ticket(watchers=(HANA,)), Role.WATCHER),
        (CARL, a_ticket(watchers=(CARL,)), Role.WATCHER),
        (CARL, a_ticket(), Role.STRANGER),
        (EVE, a_ticket(), Role.STRANGER),
        (BOB, a_ticket(requester=BOB), Role.REQUESTER),
        (BOB, a_ticket(queue="gone"), Role.AGENT),
    ],
)
def test_who_somebody_is_to_a_ticket(author: Address, ticket: Ticket, role: Role) -> None:
    assert a_case(a_reading(author=author)).role_in(ticket) is role


@pytest.mark.parametrize(
    "ticket",
    [a_ticket(requester=ANNS_ALIAS), a_ticket(requester=CARL, watchers=(ANNS_ALIAS,))],
    ids=["requester", "watcher"],
)
def test_whoever_wrote_before_their_alias_was_on_file_is_still_a_participant(
    ticket: Ticket,
) -> None:
    for author in (ANNS_ALIAS, ANN):
        assert a_case(a_reading(author=author)).role_in(ticket) is not Role.STRANGER


ALONE = {"mailbox": {"separator": ""}}


@pytest.mark.parametrize(
    ("author", "clues", "desk", "proof"),
    [
        (BOB, by_address(BOB), {}, Proof.TOKEN),
        (BOB, by_address(BOB, Purpose.NOTE), {}, Proof.TOKEN),
        (BOBS_ALIAS, by_address(BOB), {}, Proof.TOKEN),
        (ANNS_ALIAS, by_address(ANN), {}, Proof.TOKEN),
        (BOB, by_address(BOB, Purpose.BOUNCE), {}, Proof.CLAIMED),
        (BOB, by_address(BOB, expired=True), {}, Proof.CLAIMED),
        (BOB, by_address(LEE), {}, Proof.CLAIMED),
        (BOB, by_address(ANN), {}, Proof.CLAIMED),
        (BOB, BY_TAG, {}, Proof.CLAIMED),
        (BOB, by_message_id(BOB), {}, Proof.CLAIMED),
        (BOB, by_message_id(BOB), ALONE, Proof.TOKEN),
        (BOB, by_message_id(BOB, Purpose.BOUNCE), ALONE, Proof.CLAIMED),
        (BOB, by_message_id(LEE), ALONE, Proof.CLAIMED),
        (BOB, Clues(signed=(signed_for(LEE), signed_for(BOB))), {}, Proof.CLAIMED),
    ],
)
def test_what_proves_an_author(
    author: Address, clues: Clues, desk: dict[str, object], proof: Proof
) -> None:
    assert decided(author, clues, desk=a_desk(**desk)).trace.proof is proof  # type: ignore[arg-type]


def test_two_from_fields_prove_nobody() -> None:
    assert decided(BOB, by_address(BOB), from_fields=2).trace.proof is Proof.CLAIMED


def test_a_token_for_a_ticket_we_do_not_know_proves_nobody() -> None:
    decision = decided(BOB, by_address(BOB, number=7))
    assert (decision.outcome, decision.trace.proof) == (Outcome.OPENED, Proof.CLAIMED)


def test_a_stranger_opens_a_ticket_of_their_own_that_names_the_other() -> None:
    decision = decided(EVE, by_address(ANN))
    assert decision.outcome is Outcome.OPENED
    assert (decision.after and decision.after.number, decision.quoted) == (2000, NUMBER)
    assert {each.to for each in decision.tellings} == {EVE, BOB, LEE}


def test_a_requester_who_is_an_agent_writes_as_a_requester() -> None:
    mine = a_ticket(requester=BOB)
    decision = decided(BOB, by_address(BOB), ticket=mine)
    assert decision.entry is Entry.FOLLOW_UP
    assert notices(decision) == [(Notice.FOLLOW_UP, LEE)]


def test_a_requester_who_is_an_agent_may_command_when_proven() -> None:
    mine = a_ticket(requester=BOB)
    decision = decided(BOB, by_address(BOB), text="#resolve: found it", ticket=mine)
    assert decision.after is not None
    assert decision.after.status is Status.RESOLVED
    assert decided(BOB, BY_TAG, text="#resolve: found it", ticket=mine).outcome is Outcome.HELD


def test_where_a_queue_is_its_members_own_an_agent_of_another_is_a_stranger() -> None:
    desk = a_desk(members_only=("HR",))
    case = a_case(a_reading(author=BOB), desk=desk)
    assert case.role_in(a_ticket(queue="HR")) is Role.STRANGER
    assert a_case(a_reading(author=BOB)).role_in(a_ticket(queue="HR")) is Role.COLLEAGUE


def test_a_colleague_who_is_proven_adds_a_note_that_the_agents_are_told_of() -> None:
    decision = decided(HANA, by_address(HANA), text="I know this printer.")
    assert (decision.outcome, decision.entry) == (Outcome.JOINED, Entry.NOTE)
    assert notices(decision) == [(Notice.NOTE, BOB), (Notice.NOTE, LEE)]


def test_a_requester_who_is_no_agent_only_writes() -> None:
    decision = decided(ANN, by_address(ANN), text="#resolve: by me")
    assert (decision.entry, decision.text) == (Entry.FOLLOW_UP, "#resolve: by me")
    assert decision.after is not None
    assert decision.after.status is Status.NEW


def test_whoever_is_not_proven_is_asked_and_their_mail_waits() -> None:
    for author in (ANN, BOB, HANA):
        decision = decided(author, BY_TAG, text="#resolve: granted")
        assert (decision.outcome, decision.cause) == (Outcome.HELD, Cause.UNPROVEN)
        assert notices(decision) == [(Notice.UNPROVEN, author)]
        assert (decision.after, decision.text) == (None, "#resolve: granted")


def test_a_machine_is_not_asked_whether_it_wrote() -> None:
    reading = a_reading(author=ANN, kind=Kind.AUTO_GENERATED)
    decision = mail.decide(a_case(reading, ticket=a_ticket(), clues=BY_TAG))
    assert (decision.outcome, decision.tellings) == (Outcome.HELD, ())
    assert decision.withheld == ((ANN.address, "auto-generated"),)


@pytest.mark.parametrize(
    ("author", "clues", "grant", "entry"),
    [
        (ANN, BY_TAG, Grant.AUTHOR, Entry.FOLLOW_UP),
        (ANN, BY_TAG, Grant.PERSON, Entry.FOLLOW_UP),
        (BOB, BY_TAG, Grant.AUTHOR, Entry.NOTE),
        (BOB, BY_TAG, Grant.PERSON, Entry.NOTE),
    ],
)
def test_what_was_held_joins_when_somebody_says_yes(
    author: Address, clues: Clues, grant: Grant, entry: Entry
) -> None:
    decision = decided(author, clues, grant=grant)
    assert (decision.outcome, decision.entry) == (Outcome.JOINED, entry)


@pytest.mark.parametrize(
    ("clues", "entry"),
    [
        (BY_TAG, Entry.NOTE),
        (by_message_id(BOB, Purpose.THREAD), Entry.NOTE),
        (by_address(BOB, Purpose.NOTE), Entry.NOTE),
        (by_address(BOB, Purpose.FOLLOW), Entry.NOTE),
        (by_address(BOB, Purpose.NOTE, expired=True), Entry.NOTE),
        (by_address(LEE), Entry.NOTE),
        (by_address(BOB), Entry.ANSWER),
        (by_address(BOB, expired=True), Entry.ANSWER),
    ],
)
def test_a_yes_makes_no_answer_of_what_the_agent_was_not_told_is_one(
    clues: Clues, entry: Entry
) -> None:
    decision = decided(BOB, clues, grant=Grant.AUTHOR)
    assert (decision.outcome, decision.entry) == (Outcome.JOINED, entry)


@pytest.mark.parametrize("author", [ANN, CARL])
def test_who_takes_part_is_proven_by_the_address_of_their_copy(author: Address) -> None:
    decision = decided(
        author, by_address(author, Purpose.FOLLOW), ticket=a_ticket(watchers=(CARL,))
    )
    assert (decision.outcome, decision.entry) == (Outcome.JOINED, Entry.FOLLOW_UP)


def test_an_agents_reply_to_what_they_got_as_a_participant_once_is_a_note() -> None:
    """Of a team that got the ticket later, say, or when it was their own request."""
    decision = decided(BOB, by_address(BOB, Purpose.FOLLOW))
    assert (decision.outcome, decision.entry) == (Outcome.JOINED, Entry.NOTE)


@pytest.mark.parametrize("text", ["I restart it.", "#take\n\nI restart it."])
def test_an_agent_is_told_that_their_text_became_a_note(text: str) -> None:
    decision = decided(BOB, BY_TAG, text=text, grant=Grant.AUTHOR)
    assert [each.notice for each in decision.tellings] == [Notice.REFUSED]
    assert decision.entry is Entry.NOTE
    assert "nothing says whether the requester was to get it" in decision.problems[0]


def test_a_command_that_is_an_answer_is_one_after_a_yes() -> None:
    decision = decided(BOB, BY_TAG, text="#wait requester: Which printer?", grant=Grant.AUTHOR)
    assert decision.entry is Entry.ANSWER


@pytest.mark.parametrize("grant", Grant, ids=str)
def test_no_yes_makes_a_participant_of_a_stranger(grant: Grant) -> None:
    assert decided(EVE, BY_TAG, grant=grant).outcome is Outcome.OPENED


@pytest.mark.parametrize(
    ("agents", "others", "author", "outcome"),
    [
        ("token", "", ANN, Outcome.JOINED),
        ("token", "", BOB, Outcome.JOINED),
        ("token", "verified", ANN, Outcome.HELD),
        ("verified", "", BOB, Outcome.HELD),
        ("verified", "", ANN, Outcome.HELD),
        ("verified", "token", ANN, Outcome.JOINED),
    ],
)
def test_a_mailbox_says_what_it_takes_for_proof(
    agents: str, others: str, author: Address, outcome: Outcome
) -> None:
    desk = a_desk(mailbox={"agent_proof": agents, "participant_proof": others})
    assert decided(author, by_address(author), desk=desk).outcome is outcome


def test_an_admin_may_believe_what_requesters_claim_but_never_agents_nor_a_known_forgery() -> None:
    desk = a_desk(mailbox={"participant_proof": "claimed"})
    assert decided(ANN, BY_TAG, desk=desk).outcome is Outcome.JOINED
    assert decided(BOB, BY_TAG, desk=desk).outcome is Outcome.HELD
    case = a_case(a_reading(author=ANN), ticket=a_ticket(), clues=BY_TAG, desk=desk)
    forged = replace(case, verdict=Verdict(forged=True))
    assert mail.decide(forged).outcome is Outcome.HELD


WITHHELD = [
    # author, what is about the mail, and the cause that the ticket names
    (ANN, {}, None),
    (ANN, {"kind": Kind.LIST}, "list"),
    (ANN, {"kind": Kind.AUTO_GENERATED}, "auto-generated"),
    (ANN, {"kind": Kind.CALENDAR}, "calendar"),
    (ANN, {"kind": Kind.REPORT}, "report"),
    (ANN, {"null_sender": True}, "null-return-path"),
    (ANN, {"limits": {"confirmations": ["0 in 1h"]}}, "limit"),
    (Address("nobody@invalid"), {}, "no-address"),
    (Address("support+1@example.com"), {}, "own-address"),
    (Address(HR), {}, "own-address"),
    *(
        (Address(f"{local}@x.example"), {}, "no-reply-address")
        for local in ("noreply", "no-reply", "NO_REPLY", "do-not-reply", "donotreply",
                      "MAILER-DAEMON", "postmaster", "bounces", "bounce", "bounces+ann=x",
                      "list-bounces", "dont-reply")
    ),
    *(
        (Address(f"{local}@x.example"), {}, None)
        for local in ("norbert", "reply", "noreen.ply", "trampoline.bouncer", "post", "daemon")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("author", "about", "cause"), WITHHELD)
def test_who_is_not_confirmed_and_why(
    author: Address, about: dict[str, object], cause: str | None
) -> None:
    about = dict(about)
    kind, limits = about.pop("kind", Kind.ORDINARY), about.pop("limits", {})
    reading = a_reading(author=author, kind=kind)  # type: ignore[arg-type]
    decision = mail.decide(a_case(reading, desk=a_desk(limits=limits), **about))  # type: ignore[arg-type]
    confirmed = Notice.CONFIRMATION in [each.notice for each in decision.tellings]
    facts = [each.fact for each in decision.events if isinstance(each.fact, MailWithheld)]
    assert confirmed == (cause is None)
    assert facts == ([MailWithheld(cause)] if cause else [])
    assert decision.withheld == (((author.address, cause),) if cause else ())
    assert {BOB, LEE} <= {each.to for each in decision.tellings}, "agents are always told"


@pytest.mark.parametrize(
    "address",
    ["ann", "ann@", "a b@x.example", "ann@x..example", ".ann@x.example", "ann@x.example>"],
)
def test_whoever_cannot_be_written_to_is_not_confirmed(address: str) -> None:
    """The mail could not be composed, and the request would end in quarantine for it."""
    decision = mail.decide(a_case(a_reading(author=Address(address, "Ann"))))
    assert decision.outcome is Outcome.OPENED
    assert [each for each in decision.tellings if not each.notice.for_agents] == []
    assert len(decision.withheld) == 1


@pytest.mark.parametrize("status", [Status.NEW, Status.OPEN, Status.WAITING_REQUESTER], ids=str)
def test_a_target_that_passed_unanswered_is_escalated_to_the_lead(status: Status) -> None:
    decision = timer.decide("response", a_ticket(status=status), a_desk(), NOW)
    assert notices(decision) == [(Notice.ESCALATION, LEE)]
    assert [(each.name, each.why) for each in decision.events] == [("escalated", "target response")]


@pytest.mark.parametrize(
    "ticket",
    [a_ticket(answered_at=NOW), a_ticket(status=Status.RESOLVED), a_ticket(status=Status.CLOSED)],
    ids=["answered", "resolved", "closed"],
)
def test_a_target_that_passed_after_the_work_has_no_effect(ticket: Ticket) -> None:
    decision = timer.decide("response", ticket, a_desk(), NOW)
    assert (decision.after, decision.tellings) == (None, ())
    assert decision.reason


def test_a_mail_that_failed_is_told_with_what_the_server_said() -> None:
    decision = failure.decide(a_ticket(), ANN, 7, "550 no such user", a_desk(), NOW)
    assert [each.fact for each in decision.events] == [MailFailed(ANN, 7)]
    assert notices(decision) == [(Notice.UNDELIVERED, BOB), (Notice.UNDELIVERED, LEE)]
    assert "550 no such user" in decision.text


def test_a_ticket_whose_queue_left_the_file_is_its_mailboxs_agents() -> None:
    decision = decided(ANN, by_address(ANN), ticket=a_ticket(queue="gone"))
    assert {each.to for each in decision.tellings} == {BOB, LEE}
