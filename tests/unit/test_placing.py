"""Which ticket, in the harder cases: forwards, new subjects, merges, and what is long over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.decide import mail, placing
from gateway.decide.admission import Admission, Grant, Role
from gateway.decide.case import Case
from gateway.decide.decision import Decision
from gateway.deliveries import Cause, Outcome
from gateway.ingest.trust import Verdict
from gateway.message import Address
from gateway.outbound.letter import Notice
from gateway.threading.match import Clues
from gateway.tickets.changes import MAX_WATCHERS
from gateway.tickets.events import StatusChanged, TicketLinked, WatcherAdded
from gateway.tickets.status import Status
from support.cases import (
    ANN,
    BOB,
    BY_TAG,
    CARL,
    EVE,
    HANA,
    HR,
    NOW,
    NUMBER,
    a_case,
    a_desk,
    a_reading,
    a_ticket,
    by_address,
    by_message_id,
)

DAYS = timedelta(days=1)
STORED = Clues(referred=("theirs@x.example",))
IDENTIFIERS = {"theirs@x.example": NUMBER}
VERIFIED, UNPROVEN = Verdict(verified=True), Verdict()


def decided(
    clues: Clues = BY_TAG,
    *,
    author: Address = ANN,
    mailbox: dict[str, Any] | None = None,
    ticket: Any = None,
    grant: Grant = Grant.NOBODY,
    facts: dict[str, Any] | None = None,
    verdict: Verdict = VERIFIED,
    **fields: Any,
) -> Decision:
    """What becomes of a mail of Ann's; without more, of one that is proven to be."""
    ticket = ticket or a_ticket(status=Status.OPEN, watchers=(CARL,))
    reading = a_reading(author=author, **fields)
    known = {"identifiers": IDENTIFIERS, **(facts or {})}
    case = a_case(
        reading, ticket=ticket, clues=clues, desk=a_desk(mailbox=mailbox), grant=grant, **known
    )
    return mail.decide(replace(case, verdict=verdict))


def links(decision: Decision) -> list[tuple[int, str]]:
    facts = (event.fact for event in decision.events)
    return [(fact.other, fact.how) for fact in facts if isinstance(fact, TicketLinked)]


WEAK = [BY_TAG, STORED, by_message_id(ANN)]
NAMES = ["tag", "their Message-ID", "our Message-ID"]


@pytest.mark.parametrize("clues", WEAK, ids=NAMES)
@pytest.mark.parametrize("subject", ["WG: Printer", "Fwd: Re: Printer [#1042-k3v5xw]"])
def test_a_forward_opens_a_ticket_of_its_own_linked_to_the_one_it_points_at(
    clues: Clues, subject: str
) -> None:
    decision = decided(clues, subject=subject)
    assert decision.outcome is Outcome.OPENED
    assert (decision.quoted, links(decision)) == (NUMBER, [(NUMBER, "forwarded")])
    assert decision.trace.why.endswith("but the subject says that it is forwarded")


@pytest.mark.parametrize("subject", ["WG: Printer", "Fwd: Re: Printer"])
def test_a_forward_to_a_signed_address_joins(subject: str) -> None:
    assert decided(by_address(ANN), subject=subject).outcome is Outcome.JOINED


def test_a_forward_to_an_expired_address_opens_a_ticket_of_its_own() -> None:
    expired = by_address(ANN, expired=True)
    assert decided(expired, subject="Fwd: Printer").outcome is Outcome.OPENED


def test_a_reply_to_a_forward_joins() -> None:
    assert decided(subject="Re: Fwd: Printer on fire").outcome is Outcome.JOINED


def test_an_agents_forward_is_no_note_of_the_ticket_it_points_at() -> None:
    decision = decided(by_message_id(BOB), author=BOB, subject="Fwd: Printer on fire")
    assert (decision.outcome, links(decision)) == (Outcome.OPENED, [(NUMBER, "forwarded")])


def test_whoever_forwards_is_not_asked_who_they_are() -> None:
    decision = decided(subject="Fwd: Printer", verdict=UNPROVEN)
    assert decision.outcome is Outcome.OPENED


def test_a_new_subject_joins_and_the_agents_see_it() -> None:
    decision = decided(subject="The lift, too")
    assert decision.outcome is Outcome.JOINED
    assert decision.new_subject == "The lift, too"


def test_a_subject_that_the_thread_has_had_is_not_new() -> None:
    facts = {"subjects": {NUMBER: ("Printer on fire", "The lift, too")}}
    assert decided(subject="Re: the LIFT, too", facts=facts).new_subject == ""


def test_a_new_subject_opens_a_ticket_where_the_mailbox_wants_that() -> None:
    decision = decided(subject="The lift", mailbox={"new_subject": "open"})
    assert (decision.outcome, links(decision)) == (Outcome.OPENED, [(NUMBER, "new-subject")])


def test_a_new_subject_is_asked_about_where_the_mailbox_wants_that() -> None:
    decision = decided(subject="The lift", mailbox={"new_subject": "ask"})
    assert (decision.outcome, decision.cause) == (Outcome.HELD, Cause.NEW_SUBJECT)
    [telling] = decision.tellings
    assert (telling.notice, telling.to) == (Notice.UNPROVEN, ANN)
    assert decision.new_subject == "The lift"


@pytest.mark.parametrize("policy", ["join", "open", "ask"])
@pytest.mark.parametrize("subject", ["Re: printer ON fire", "", "AW: Printer on fire"])
def test_the_same_subject_is_never_asked_about(policy: str, subject: str) -> None:
    decision = decided(subject=subject, mailbox={"new_subject": policy})
    assert (decision.outcome, decision.new_subject) == (Outcome.JOINED, "")


@pytest.mark.parametrize(
    ("grant", "outcome"), [(Grant.AUTHOR, Outcome.JOINED), (Grant.PERSON, Outcome.JOINED),
                           (Grant.APART, Outcome.OPENED)],
)  # fmt: skip
def test_an_answer_about_a_new_subject_is_not_asked_for_again(
    grant: Grant, outcome: Outcome
) -> None:
    decision = decided(subject="The lift", mailbox={"new_subject": "ask"}, grant=grant)
    assert decision.outcome is outcome
    assert links(decision) == ([(NUMBER, "new-subject")] if outcome is Outcome.OPENED else [])


def test_an_agents_new_subject_is_nobodys_question() -> None:
    decision = decided(
        by_address(BOB), author=BOB, subject="The lift", mailbox={"new_subject": "ask"}
    )
    assert decision.outcome is Outcome.JOINED


def over(days: float, status: Status = Status.CLOSED, **changes: Any) -> Any:
    return a_ticket(status=status, over_at=NOW - days * DAYS, watchers=(CARL,), **changes)


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
@pytest.mark.parametrize("author", [ANN, CARL])
def test_a_reply_within_the_period_reopens(status: Status, author: Address) -> None:
    decision = decided(ticket=over(13.9, status), author=author)
    assert decision.after is not None
    assert (decision.after.number, decision.after.status) == (NUMBER, Status.OPEN)
    assert decision.after.over_at is None


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
@pytest.mark.parametrize("author", [ANN, CARL])
def test_a_later_reply_opens_a_ticket_that_links_back(status: Status, author: Address) -> None:
    decision = decided(ticket=over(14.1, status), author=author)
    assert (decision.outcome, links(decision)) == (Outcome.OPENED, [(NUMBER, "follows")])
    assert decision.after is not None
    assert decision.after.requester == author
    assert not any(isinstance(event.fact, StatusChanged) for event in decision.events)


def test_how_long_a_reply_reopens_is_the_mailboxs_word() -> None:
    never = {"reopen_within": "1m"}
    assert decided(ticket=over(0.1), mailbox=never).outcome is Outcome.OPENED
    year = {"reopen_within": "365d"}
    assert decided(ticket=over(300), mailbox=year).outcome is Outcome.JOINED


def test_late_thanks_open_nothing() -> None:
    decision = decided(ticket=over(30), text="Thank you so much!")
    assert (decision.outcome, decision.after and decision.after.status) == (
        Outcome.JOINED,
        Status.CLOSED,
    )


def test_an_agent_may_still_write_into_what_is_long_over() -> None:
    assert decided(by_address(BOB), author=BOB, ticket=over(99)).outcome is Outcome.JOINED


def test_whoever_is_late_is_not_asked_who_they_are() -> None:
    decision = decided(ticket=over(99), verdict=UNPROVEN)
    assert decision.outcome is Outcome.OPENED


TARGET = 977


def after_merge(
    author: Address, clues: Clues = BY_TAG, *, into: dict[str, Any] | None = None, **of_old: Any
) -> Decision:
    """A mail about #1042, which was merged into #977, Carl's."""
    old = a_ticket(status=Status.CLOSED, merged_into=TARGET, over_at=NOW - DAYS, **of_old)
    target = a_ticket(number=TARGET, tag="aaaaaa", requester=CARL, status=Status.OPEN,
                      subject="Fire", **(into or {}))  # fmt: skip
    return decided(
        clues, author=author, ticket=old, facts={"tickets": {NUMBER: old, TARGET: target}}
    )


def test_evidence_of_a_merged_ticket_leads_to_its_target() -> None:
    decision = after_merge(ANN)
    assert decision.after is not None
    assert (decision.outcome, decision.after.number) == (Outcome.JOINED, TARGET)
    assert "merged into #977" in decision.trace.why


def test_the_requester_of_a_merged_ticket_is_like_a_watcher_of_its_target() -> None:
    decision = after_merge(ANN)
    assert decision.after is not None
    assert decision.trace.role == Role.WATCHER
    assert decision.after.requester == CARL
    assert decision.after.watchers == (ANN,)
    assert [e.fact.person for e in decision.events if isinstance(e.fact, WatcherAdded)] == [ANN]


def test_whoever_takes_part_in_neither_stays_outside_of_both() -> None:
    decision = after_merge(EVE)
    assert (decision.outcome, links(decision)) == (Outcome.OPENED, [(TARGET, "quoted")])


def test_nobody_is_welcomed_against_their_will_or_beyond_the_limit() -> None:
    crowd = tuple(Address(f"p{n:02}@example.com") for n in range(MAX_WATCHERS))
    for into in ({"left": (ANN,)}, {"watchers": crowd}):
        decision = after_merge(ANN, into=into)
        assert decision.outcome is Outcome.JOINED
        assert not any(isinstance(event.fact, WatcherAdded) for event in decision.events)


def test_an_agent_of_the_merged_ticket_alone_is_a_stranger_where_its_target_is_members_only() -> (
    None
):
    old = a_ticket(status=Status.CLOSED, merged_into=TARGET, queue="HR")
    target = a_ticket(number=TARGET, tag="aaaaaa", requester=CARL)
    desk = a_desk(members_only=("IT",))
    case = a_case(a_reading(author=HANA), desk=desk, clues=BY_TAG,
                  tickets={NUMBER: old, TARGET: target})  # fmt: skip
    assert mail.decide(case).outcome is Outcome.OPENED


def test_tickets_merged_in_a_circle_lead_to_one_of_them() -> None:
    tickets = {n: a_ticket(number=n, merged_into=n % 3 + 1) for n in (1, 2, 3)}
    assert [each.number for each in placing.merged(tickets, 2)] == [2, 3, 1]


def test_a_chain_of_merges_is_followed_so_far_and_no_further() -> None:
    tickets = {n: a_ticket(number=n, merged_into=n + 1) for n in range(1, 100)}
    assert len(placing.merged(tickets, 1)) == placing.MAX_MERGES + 1


def test_a_merge_into_a_ticket_that_is_gone_leads_nowhere() -> None:
    [alone] = placing.merged({1: a_ticket(number=1, merged_into=2)}, 1)
    assert alone.number == 1


@pytest.mark.parametrize("author", [ANN, CARL, BOB, HANA, EVE], ids=lambda each: each.name)
@pytest.mark.parametrize("clues", [BY_TAG, STORED, by_message_id(CARL), by_address(CARL)])
def test_the_requester_never_changes_because_somebody_wrote(author: Address, clues: Clues) -> None:
    decision = decided(clues, author=author, cc=(BOB,), reply_to=(EVE,))
    joined = decision.after is not None and decision.after.number == NUMBER
    assert not joined or (decision.after and decision.after.requester == ANN)


def test_a_bare_number_is_a_hint_for_agents_and_no_evidence() -> None:
    decision = decided(Clues(mentioned=(NUMBER,)), facts={"mentioned": (NUMBER,)})
    assert (decision.outcome, decision.mentions) == (Outcome.OPENED, (NUMBER,))


def case_of(*referred: str, **facts: Any) -> Case:
    return a_case(clues=Clues(own="mail@x.example", referred=referred), **facts)


def test_what_a_mail_refers_to_is_remembered_unless_it_is_known() -> None:
    case = case_of(
        "new@x", "old@x", "mail@x.example", identifiers={"old@x": NUMBER}, ticket=a_ticket()
    )
    case = replace(case, verdict=VERIFIED)
    assert placing.referred(case, mail.decide(case)) == ("new@x",)


def test_no_more_than_a_few_are_remembered() -> None:
    case = case_of(*(f"{n}@x" for n in range(50)))
    assert len(placing.referred(case, mail.decide(case))) == placing.MAX_REMEMBERED


def test_a_forward_remembers_nothing_for_the_ticket_it_opens() -> None:
    case = replace(case_of("new@x"), reading=a_reading(subject="Fwd: x"))
    assert placing.referred(case, mail.decide(case)) == ()


@pytest.mark.parametrize("link", placing.Link)
def test_every_way_to_a_ticket_of_ones_own_has_its_words(link: placing.Link) -> None:
    said = placing.Place(Admission.OPEN, link).why
    assert placing.WHY[link] in said or link is placing.Link.QUOTED


def test_a_merge_is_no_way_around_what_the_targets_mailbox_asks_for() -> None:
    old = a_ticket(status=Status.CLOSED, merged_into=TARGET)
    target = a_ticket(number=TARGET, tag="aaaaaa", mailbox=HR, status=Status.OPEN)
    plain = a_desk()
    strict = plain.gateway.mailbox[1].model_copy(update={"participant_proof": "verified"})
    gateway = plain.gateway.model_copy(update={"mailbox": (plain.gateway.mailbox[0], strict)})
    outcomes = [
        mail.decide(
            a_case(desk=replace(plain, gateway=each), clues=by_address(ANN),
                   tickets={NUMBER: old, TARGET: target})
        ).outcome
        for each in (plain.gateway, gateway)
    ]  # fmt: skip
    assert outcomes == [Outcome.JOINED, Outcome.HELD]
