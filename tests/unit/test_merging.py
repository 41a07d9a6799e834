"""What `#merge`, `#split` and `#link` do to two tickets at once, and what they refuse."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.decide import mail
from gateway.decide.admission import Grant
from gateway.decide.decision import CancelTimer, Decision, StartTimer
from gateway.decide.found import Found
from gateway.deliveries import Cause, Outcome
from gateway.message import Address
from gateway.outbound.letter import Notice
from gateway.tickets.actions import Entry
from gateway.tickets.changes import MAX_WATCHERS
from gateway.tickets.history import History, Spoken
from gateway.tickets.model import Ticket
from gateway.tickets.status import Status
from support.cases import (
    ANN,
    BOB,
    CARL,
    HANA,
    IDS,
    LEE,
    NOW,
    a_case,
    a_desk,
    a_reading,
    a_ticket,
    by_address,
)

DESK = a_desk(members_only=("HR",))
OURS = a_ticket(watchers=(LEE,))
OTHER = a_ticket(number=7, tag="aaaaaa", requester=CARL, subject="Salaries of all")
SECRET = replace(OTHER, number=8, queue="HR")


def wrote(
    text: str, *others: Ticket, ticket: Ticket = OURS, said: tuple[Spoken, ...] = (), **about: Any
) -> Decision:
    """What Bob's mail does, who has said yes to it; `others` are tickets that there are."""
    found = Found(
        named={each.number: each for each in others},
        histories={ticket.number: History(messages=said)},
    )
    about = {"clues": by_address(BOB), "grant": Grant.AUTHOR, "found": found, **about}
    return mail.decide(a_case(a_reading(author=BOB, text=text), ticket=ticket, desk=DESK, **about))


def refusal(decision: Decision) -> str:
    assert decision.others == decision.links == ()
    assert {each.notice for each in decision.tellings} == {Notice.REFUSED}
    return decision.problems[0]


def after(decision: Decision) -> Ticket:
    assert decision.after is not None
    return decision.after


def other(decision: Decision) -> Decision:
    [found] = decision.others
    return found


def test_a_merged_ticket_is_closed_and_names_the_one_it_goes_on_in() -> None:
    decision = wrote("#merge 7", OTHER)
    assert (after(decision).status, after(decision).merged_into) == (Status.CLOSED, 7)
    assert decision.timers == (CancelTimer("response"),)
    assert decision.links == ((7, "merged"),)


def test_whoever_was_told_of_the_merged_ticket_hears_of_the_other_from_then_on() -> None:
    decision = wrote("#merge 7", OTHER)
    assert set(after(other(decision)).watchers) == {ANN, LEE}
    assert [event.name for event in other(decision).events] == [
        "ticket-linked",
        "watcher-added",
        "watcher-added",
    ]
    assert other(decision).tellings == ()


def test_they_are_told_by_a_mail_about_their_own_ticket() -> None:
    decision = wrote("#merge 7", OTHER)
    told = {each.to for each in decision.tellings if each.notice is Notice.MERGED}
    assert told == {ANN, LEE}
    assert decision.ticket is not None
    assert decision.ticket.subject == OURS.subject


def test_an_assignee_hears_that_their_ticket_is_part_of_another() -> None:
    decision = wrote("#merge 7", OTHER, ticket=a_ticket(assignee=LEE, status=Status.OPEN))
    assert (Notice.DONE, LEE) in {(each.notice, each.to) for each in decision.tellings}


def test_a_merge_is_asked_about_before_it_is_done() -> None:
    decision = wrote("#merge 7", OTHER, grant=Grant.NOBODY)
    assert (decision.outcome, decision.cause) == (Outcome.HELD, Cause.NEEDS_YES)
    assert [(each.notice, each.to) for each in decision.tellings] == [(Notice.UNPROVEN, BOB)]


def test_a_ticket_that_is_not_there_and_one_that_is_nobodys_business_are_refused_alike() -> None:
    for number, verb in ((8, "merge"), (9, "merge"), (8, "link"), (9, "link")):
        said = refusal(wrote(f"#{verb} {number}", SECRET))
        assert said == f"there is no ticket #{number} that you may look into"


def test_only_the_agents_of_both_tickets_merge_them() -> None:
    open_to_see = replace(OTHER, queue="HR")
    desk = a_desk()
    found = Found(named={7: open_to_see})
    case = a_case(
        a_reading(author=BOB, text="#merge 7"),
        ticket=OURS,
        desk=desk,
        clues=by_address(BOB),
        grant=Grant.AUTHOR,
        found=found,
    )
    said = refusal(mail.decide(case))
    assert said == "only the agents of its queue can merge ticket #7"
    case = replace(case, reading=a_reading(author=HANA, text="#merge 7"))
    case = replace(case, clues=by_address(HANA), facts=replace(case.facts, author=HANA))
    assert mail.decide(case).others == ()


@pytest.mark.parametrize(
    ("text", "into", "words"),
    [
        ("#merge 1042", OURS, "cannot be merged into itself"),
        ("#merge 7", replace(OTHER, merged_into=9, status=Status.CLOSED), 'write "#merge 9"'),
        ("#merge 7", replace(OTHER, merged_into=1042), "which is this one"),
        ("#link 1042", OURS, "cannot be linked with itself"),
    ],
)
def test_there_are_no_circles(text: str, into: Ticket, words: str) -> None:
    assert words in refusal(wrote(text, into))


def test_whom_a_full_ticket_has_no_place_for_the_agent_is_told() -> None:
    many = tuple(Address(f"w{number:02}@x.example") for number in range(MAX_WATCHERS - 1))
    ids = {**IDS, **{each.key: 100 + n for n, each in enumerate(many)}}
    decision = wrote("#merge 7", replace(OTHER, watchers=many), ids=ids)
    assert len(after(other(decision)).watchers) == MAX_WATCHERS
    [section] = decision.report
    assert "lee@example.com" in section.said[0]
    assert Notice.REPORT in {each.notice for each in decision.tellings}


def test_linked_tickets_name_each_other() -> None:
    decision = wrote("#link 7\n#tag vpn", OTHER)
    assert after(decision).tags == ("vpn",)
    assert decision.links == ((7, "command"),)
    [told] = [event.fact for event in other(decision).events]
    assert told.other == 1042  # type: ignore[union-attr]
    assert other(decision).tellings == ()


def test_text_below_split_is_another_request_of_the_same_person() -> None:
    decision = wrote("#split: The door\n\nIt does not close.")
    new = other(decision)
    assert (after(new).number, after(new).subject, after(new).requester) == (2000, "The door", ANN)
    assert (new.outcome, new.entry, new.text) == (
        Outcome.OPENED,
        Entry.REQUEST,
        "It does not close.",
    )
    told = {(each.notice, each.to) for each in new.tellings}
    assert told == {(Notice.CONFIRMATION, ANN), (Notice.NEW_TICKET, LEE)}
    assert [type(each) for each in new.timers] == [StartTimer]
    assert decision.links == ((2000, "split"),)
    assert (decision.entry, decision.text) == (Entry.COMMAND, "")


def test_without_text_the_last_message_is_split_off() -> None:
    said = [
        Spoken(at=NOW, author=ANN, entry=entry, text=text, full_text=text)
        for entry, text in (
            (Entry.REQUEST, "It burns."),
            (Entry.FOLLOW_UP, "And the door is open."),
            (Entry.NOTE, "She is right."),
        )
    ]
    assert other(wrote("#split: Door", said=tuple(said))).text == "And the door is open."
    assert "there is no message but the request" in refusal(wrote("#split", said=tuple(said[:1])))


def test_no_note_goes_along_with_what_is_split_off() -> None:
    notes = {1042: ("The laptop was stolen, police informed.",)}
    text = "#split: Laptop\n\nA new one, please.\n> laptop was stolen, police informed"
    assert other(wrote(text, notes=notes)).text == "A new one, please."
