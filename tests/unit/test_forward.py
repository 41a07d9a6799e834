"""What an agent passes on: when it counts, for whom the ticket is, and who hears of it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.decide import mail
from gateway.decide.admission import Grant
from gateway.decide.decision import Decision
from gateway.deliveries import Cause, Outcome
from gateway.ingest.trust import Verdict
from gateway.message import Address, Forwarded, Message
from gateway.outbound.letter import Notice
from gateway.tickets.events import Actor
from gateway.tickets.priority import Priority
from support.cases import (
    ANN,
    ANNS_ALIAS,
    BOB,
    CARL,
    EVE,
    HANA,
    IDS,
    LEE,
    SUPPORT,
    a_case,
    a_desk,
    a_reading,
)

DAN = Address("dan@customer.example", "Dan")
RULES = """
- name: dans
  when:
    from: dan@customer.example
  then:
    priority: P1
"""


def passed_on(
    author: Address = DAN,
    *,
    by: Address = BOB,
    above: str = "Be quick.",
    verified: bool = True,
    grant: Grant = Grant.NOBODY,
    desk: Any = None,
    cc: tuple[Address, ...] = (),
    **more: Any,
) -> Decision:
    original = Message(
        author=author,
        cc=cc,
        date=datetime(2026, 2, 1, 8, tzinfo=UTC),
        subject="VPN",
        text="It does not connect.",
    )
    forwarded = Forwarded(mail=original, above=above)
    reading = a_reading(author=by, subject="Fwd: VPN", text=f"{above}\n\nIt does not connect.")
    case = a_case(
        replace(reading, forwarded=forwarded),
        desk=desk or a_desk(rules=RULES),
        grant=grant,
        ids={**IDS, DAN.key: 50},
        newcomers={DAN.key: 50},
        **more,
    )
    return mail.decide(replace(case, verdict=Verdict(verified=verified)))


def told(decision: Decision) -> set[tuple[Notice, str]]:
    return {(each.notice, each.to.key) for each in decision.tellings}


def test_a_verified_agent_opens_a_ticket_for_the_author_at_once() -> None:
    decision = passed_on()
    assert decision.outcome is Outcome.OPENED
    assert decision.after is not None
    assert (decision.after.requester, decision.after.subject) == (DAN, "VPN")
    assert decision.text == "It does not connect."
    assert decision.passed_on is not None
    assert (decision.passed_on.by, decision.passed_on.note) == (BOB, "Be quick.")


def test_the_rules_see_the_author_as_if_they_had_written() -> None:
    decision = passed_on()
    assert decision.after is not None
    assert decision.after.priority is Priority.P1


def test_the_history_names_the_agent_and_nobody_else_as_who_did_it() -> None:
    decision = passed_on()
    people = {each.by.person for each in decision.events if each.by.person}
    assert people == {BOB}
    assert decision.events[0].by.actor is Actor.AGENT


def test_the_author_is_confirmed_and_all_agents_hear_of_it_the_one_who_did_it_too() -> None:
    assert told(passed_on()) == {
        (Notice.CONFIRMATION, DAN.key),
        (Notice.NEW_TICKET, BOB.key),
        (Notice.NEW_TICKET, LEE.key),
    }


@pytest.mark.parametrize("proof", ["token", "verified"])
def test_an_agent_whom_nothing_proves_is_asked_and_nobody_else_hears_of_it(proof: str) -> None:
    decision = passed_on(verified=False, desk=a_desk(mailbox={"agent_proof": proof}))
    assert (decision.outcome, decision.cause) == (Outcome.HELD, Cause.NEEDS_YES)
    assert told(decision) == {(Notice.UNPROVEN, BOB.key)}


@pytest.mark.parametrize("grant", [Grant.AUTHOR, Grant.PERSON])
def test_with_a_yes_it_counts(grant: Grant) -> None:
    decision = passed_on(verified=False, grant=grant)
    assert decision.after is not None
    assert decision.after.requester == DAN


def test_what_stands_above_a_mail_that_a_colleague_let_in_is_no_command() -> None:
    above = "#requester eve@evil.example\n#watch eve@evil.example\n#assign lee@example.com"
    decision = passed_on(verified=False, grant=Grant.PERSON, above=above)
    assert decision.after is not None
    assert (decision.after.requester, decision.after.watchers) == (DAN, ())
    assert decision.after.assignee is None
    assert (Notice.REFUSED, BOB.key) in told(decision)


def test_whoever_is_no_agent_opens_a_ticket_of_their_own() -> None:
    decision = passed_on(by=ANN)
    assert decision.after is not None
    assert decision.after.requester == ANN
    assert decision.passed_on is None


@pytest.mark.parametrize(
    "author",
    [
        BOB,
        Address(SUPPORT),
        Address("support+1042-abc@example.com"),
        Address("no-reply@customer.example"),
        Address("mailer-daemon@customer.example"),
        Address("not an address"),
        Address("", "Nobody Known"),
    ],
    ids=str,
)
def test_a_mail_of_no_other_person_leaves_the_ticket_to_the_agent(author: Address) -> None:
    decision = passed_on(author)
    assert decision.after is not None
    assert decision.after.requester == BOB


@pytest.mark.parametrize("author", [ANNS_ALIAS, Address("", "ann")], ids=str)
def test_people_on_file_are_known_by_alias_and_by_name(author: Address) -> None:
    decision = passed_on(author)
    assert decision.after is not None
    assert decision.after.requester == ANN


def test_an_outsider_is_let_in_where_unknown_senders_are_not() -> None:
    for policy in ("hold", "refuse"):
        decision = passed_on(desk=a_desk(mailbox={"unknown_senders": policy}))
        assert decision.outcome is Outcome.OPENED


def test_copies_of_the_original_follow_by_the_policy_of_the_mailbox() -> None:
    for policy, following in (("nobody", ()), ("directory", (CARL,)), ("everybody", (CARL, EVE))):
        decision = passed_on(
            cc=(CARL, EVE, BOB), desk=a_desk(mailbox={"cc_become_watchers": policy})
        )
        assert decision.after is not None
        assert decision.after.watchers == following


def test_commands_above_are_obeyed() -> None:
    decision = passed_on(above="#assign lee@example.com\n#tag vpn\n\nYours, I think.")
    assert decision.after is not None
    assert (decision.after.assignee, decision.after.tags) == (LEE, ("vpn",))
    assert decision.passed_on is not None
    assert decision.passed_on.note == "Yours, I think."


def test_a_command_names_the_requester() -> None:
    decision = passed_on(above="#requester carl@example.com")
    assert decision.after is not None
    assert decision.after.requester == CARL
    assert (Notice.CONFIRMATION, CARL.key) in told(decision)
    assert DAN.key not in {each.to.key for each in decision.tellings}


@pytest.mark.parametrize("above", ["#tkae", "#resolve: done", "#assign hana2@example.com"])
def test_a_wrong_command_is_told_to_the_agent_alone_and_the_ticket_is_opened(above: str) -> None:
    decision = passed_on(above=above)
    assert decision.after is not None
    assert decision.after.requester == DAN
    assert decision.after.assignee is None
    assert (Notice.REFUSED, BOB.key) in told(decision)
    assert decision.passed_on is not None
    assert decision.passed_on.note == above


def test_the_author_may_be_left_in_peace() -> None:
    decision = passed_on(desk=a_desk(mailbox={"confirm_forwarded": False}))
    assert DAN.key not in {each.to.key for each in decision.tellings}


def test_history_that_is_imported_passes_nothing_on() -> None:
    case = a_case(a_reading(author=HANA), grant=Grant.PERSON)
    forwarded = Forwarded(mail=Message(author=DAN, subject="VPN", text="x"))
    reading = replace(case.reading, forwarded=forwarded)
    decision = mail.decide(replace(case, reading=reading, imported_at=case.now))
    assert decision.after is not None
    assert decision.after.requester == HANA
