"""Questions by mail: who is answered, with what, and who is not."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.decide import inquiry, mail
from gateway.decide.admission import Grant
from gateway.decide.decision import Absence, Decision
from gateway.decide.found import Found, Page
from gateway.deliveries import Cause, Judged, Outcome
from gateway.ingest.trust import Verdict
from gateway.message import Address, Kind
from gateway.outbound.letter import Notice
from gateway.outbound.report import Section
from gateway.rules.commands import parse
from gateway.tickets.actions import Entry
from gateway.tickets.history import History, Spoken
from gateway.tickets.model import Ticket
from support.cases import (
    ANN,
    BOB,
    EVE,
    HANA,
    IDS,
    NOW,
    SUPPORT,
    a_case,
    a_desk,
    a_reading,
    a_ticket,
    by_address,
)

DESK = a_desk(members_only=("HR",))
TICKET = a_ticket()
SECRET = a_ticket(number=8, queue="HR", subject="Salaries of all")
PROVEN = Verdict(verified=True)


def asked(text: str, author: Address = BOB, *, verdict: Verdict = PROVEN, **about: Any) -> Decision:
    """What a mail of no ticket gets for an answer."""
    case = a_case(a_reading(author=author, text=text), desk=DESK, **about)
    return mail.decide(replace(case, verdict=verdict))


def pages(text: str, *tickets: Ticket, **about: Any) -> Found:
    """That these are what the command on the first line finds."""
    return Found(pages={parse(text).commands[0]: Page(tickets=tickets, **about)})


def answer(decision: Decision) -> Section:
    assert (decision.outcome, decision.problems) == (Outcome.ANSWERED, ())
    [section] = decision.report
    return section


def told(decision: Decision) -> list[tuple[Notice, Address]]:
    return [(each.notice, each.to) for each in decision.tellings]


def test_a_list_shows_what_was_found() -> None:
    decision = asked("#list all", found=pages("#list all", TICKET))
    [listed] = answer(decision).tickets
    assert (listed.number, listed.requester, listed.assignee) == (1042, "Ann", "nobody")
    assert told(decision) == [(Notice.REPORT, BOB)]


@pytest.mark.parametrize("text", ["#list all", "#search salaries", "#list HR"])
def test_what_is_nobodys_business_but_its_teams_is_on_no_list(text: str) -> None:
    assert answer(asked(text, found=pages(text, SECRET))).tickets == ()
    [listed] = answer(asked(text, HANA, found=pages(text, SECRET))).tickets
    assert listed.number == 8


def test_what_an_agent_may_look_into_are_their_queues_and_those_open_to_colleagues() -> None:
    assert inquiry.visible_queues(DESK, BOB) == ("IT",)
    assert inquiry.visible_queues(DESK, HANA) == ("IT", "HR")
    asks = inquiry.inquiry("#list HR", (), SUPPORT, BOB, DESK)
    assert asks is not None
    assert inquiry.queues_of(asks, asks.commands[0]) == ()


def test_a_ticket_that_may_not_be_seen_is_as_one_that_is_not_there() -> None:
    for found in (Found(), Found(named={8: SECRET})):
        decision = asked("#show 8", found=found)
        assert decision.problems == ("there is no ticket #8 that you may look into",)
        assert [each.title for each in decision.report] == ["Nothing was done"]


def test_an_agent_whom_nothing_proves_is_asked_and_then_answered() -> None:
    found = pages("#list all", TICKET)
    decision = asked("#list all", verdict=Verdict(), found=found)
    assert (decision.outcome, decision.cause) == (Outcome.HELD, Cause.UNPROVEN)
    assert told(decision) == [(Notice.UNPROVEN, BOB)]
    again = asked("#list all", verdict=Verdict(), grant=Grant.AUTHOR, found=found)
    assert answer(again).tickets


def test_what_somebody_else_let_in_is_a_request_and_no_command() -> None:
    found = pages("#list all", TICKET)
    decision = asked("#list all", verdict=Verdict(), grant=Grant.PERSON, found=found)
    assert (decision.outcome, decision.report) == (Outcome.OPENED, ())


@pytest.mark.parametrize("author", [EVE, ANN], ids=["stranger", "employee"])
def test_nobody_but_agents_gets_a_list(author: Address) -> None:
    decision = asked("#list all", author, found=pages("#list all", TICKET))
    assert (decision.outcome, decision.report) == (Outcome.OPENED, ())
    assert inquiry.inquiry("#list all", (), SUPPORT, author, DESK) is None


@pytest.mark.parametrize("kind", [Kind.AUTO_GENERATED, Kind.LIST])
def test_a_machine_gets_no_answer(kind: Kind) -> None:
    reading = a_reading(author=BOB, text="#list all", kind=kind)
    decision = mail.decide(replace(a_case(reading, desk=DESK), verdict=PROVEN))
    assert decision.report == ()


def test_a_command_about_a_ticket_needs_one() -> None:
    decision = asked("#take")
    assert "is about a ticket" in decision.report[0].said[0]
    assert (decision.outcome, decision.after) == (Outcome.ANSWERED, None)


def test_a_search_that_took_too_long_says_so() -> None:
    found = pages("#search x", took_too_long=True)
    assert "took too long" in answer(asked("#search x", found=found)).said[0]


def test_words_that_were_not_looked_for_are_told() -> None:
    text = "#search a b c d e f g h i"
    assert "first 8 words" in answer(asked(text, found=pages(text, TICKET))).said[0]
    text = "#search a b c d e f g h"
    assert answer(asked(text, found=pages(text, TICKET))).said == ()


def test_a_page_says_how_to_get_the_next() -> None:
    found = pages("#list all", TICKET, has_more=True)
    assert '"#list all page 2"' in answer(asked("#list all", found=found)).said[0]
    found = pages("#list IT page 3", TICKET, has_more=True)
    assert answer(asked("#list IT page 3", found=found)).title == "Open tickets of IT, page 3"


def test_away_is_said_without_a_ticket() -> None:
    decision = asked("#away until 2026-02-10")
    assert decision.absence is not None
    assert decision.absence.away
    assert "until the end of 2026-02-10" in decision.report[0].said[0]
    assert asked("#back").absence == Absence(away=False)


def in_ticket(text: str, found: Found) -> Decision:
    reading = a_reading(author=BOB, text=text)
    return mail.decide(
        a_case(reading, ticket=TICKET, clues=by_address(BOB), desk=DESK, found=found)
    )


def test_a_question_in_a_ticket_is_answered_to_the_agent_alone() -> None:
    spoken = Spoken(at=NOW, author=ANN, entry=Entry.NOTE, text="new", full_text="new > old")
    history = {1042: History(messages=(spoken,))}
    decision = in_ticket("#full\n#show 1042", Found(named={1042: TICKET}, histories=history))
    assert told(decision) == [(Notice.REPORT, BOB)]
    full, show = decision.report
    assert "new > old" in full.text
    assert ("new > old" in show.text, "new" in show.text) == (False, True)
    assert decision.entry is Entry.COMMAND


def test_nobody_elses_reply_address_is_in_a_report() -> None:
    theirs = "write to support+1042-aeaqaaaaamfwl6fwyal5thoszznjpp3e@example.com"
    spoken = Spoken(at=NOW, author=ANN, entry=Entry.FOLLOW_UP, text=theirs, full_text=theirs)
    history = {1042: History(messages=(spoken,))}
    for section in in_ticket(
        "#full\n#show 1042", Found(named={1042: TICKET}, histories=history)
    ).report:
        assert "write to support@example.com" in section.text


def test_a_long_conversation_is_cut() -> None:
    spoken = Spoken(at=NOW, author=ANN, entry=Entry.NOTE, text="", full_text="x" * 300_000)
    [full] = in_ticket("#full", Found(histories={1042: History(messages=(spoken,))})).report
    assert inquiry.MAX_TEXT_CHARS < len(full.text) < inquiry.MAX_TEXT_CHARS + 100
    assert "cut off here" in full.text


def test_why_tells_proof_rules_and_who_was_told_and_who_not() -> None:
    account = mail.decide(
        a_case(desk=a_desk(rules="[{name: net, when: {subject: fire}, then: {category: x}}]"))
    ).as_json()
    account["withheld"] = [{"to": "x@x.example", "cause": "limit"}]
    judged = Judged(delivery=5, at=NOW, reason="mail of no ticket", account=account)
    older = Judged(delivery=4, at=NOW, reason="mail of long ago", account=None)
    [why] = in_ticket("#why", Found(judged={1042: (judged, older)})).report
    rows = [f"{name}: {text}" for name, text in why.rows]
    assert "Proof: claimed" in rows
    assert any(row.startswith("Rule: net (rules/1.yaml:1)") for row in rows)
    assert any(row.startswith("Told: ann@example.com (confirmation)") for row in rows)
    assert "Not told: x@x.example (limit)" in rows
    assert rows[-1].startswith("Mail 4: ")


def test_help_has_every_form() -> None:
    [in_one] = in_ticket("#help", Found()).report
    alone = answer(asked("#help"))
    assert {"#merge 1042", "#list", "#undo"} <= {form for form, _ in in_one.rows}
    assert "#merge 1042" not in {form for form, _ in alone.rows}


OWN = Found(own=Page(tickets=(TICKET,)))


@pytest.mark.parametrize("verdict", [PROVEN, Verdict()], ids=["proven", "claimed"])
def test_whoever_asks_for_their_own_gets_them_at_the_address_on_file(verdict: Verdict) -> None:
    decision = asked("#status", ANN, verdict=verdict, found=OWN)
    [listed] = answer(decision).tickets
    assert told(decision) == [(Notice.STATUS, ANN)]
    assert (listed.number, listed.queue, listed.assignee, listed.priority) == (1042, "", "", "")


def test_a_from_that_is_known_to_be_false_gets_nobody_a_list() -> None:
    assert asked("#status", ANN, verdict=Verdict(forged=True), found=OWN).report == ()


def test_whoever_was_never_here_is_told_nothing() -> None:
    ids = {key: number for key, number in IDS.items() if key != EVE.key}
    assert asked("#status", EVE, found=OWN, ids=ids).report == ()


def test_status_within_a_ticket_leaves_it_alone() -> None:
    reading = a_reading(author=ANN, text="#status")
    case = a_case(reading, ticket=TICKET, clues=by_address(ANN), desk=DESK, found=OWN)
    decision = mail.decide(case)
    assert (decision.outcome, decision.after) == (Outcome.ANSWERED, None)


def test_an_agent_asks_how_the_desk_is_doing() -> None:
    found = replace(OWN, counts=(("IT", "new", 3), ("IT", "open", 2)))
    assert answer(asked("#status", found=found)).rows == (("IT", "3 new, 2 open"),)


@pytest.mark.parametrize(
    ("text", "recipient", "own"),
    [
        ("#status", SUPPORT, True),
        (" #Status. ", SUPPORT, True),
        ("#status\n\nAnd the door is open.", SUPPORT, False),
        ("#status\n\nViele Grüße\nAnn", SUPPORT, True),
        ("#status\n\nThanks,\nAnn\nSent from my phone", SUPPORT, True),
        (f"#status\n\nThanks,\n{'And more. ' * 50}", SUPPORT, False),
        ("What is the status?", SUPPORT, False),
        ("", "Support+Status@example.com", True),
        ("", "support+1042-x@example.com", False),
        ("", "hr+status@example.com", False),
    ],
)
def test_own_tickets_are_asked_for_by_one_word_or_one_address(
    text: str, recipient: str, own: bool
) -> None:
    assert inquiry.asks_for_own(text, (recipient,), SUPPORT, DESK) is own
