"""What `#undo` takes back, and what it does not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.decide import mail
from gateway.decide.admission import Grant
from gateway.decide.decision import Decision, StartTimer
from gateway.decide.found import Found
from gateway.message import Address
from gateway.outbound.letter import Notice
from gateway.tickets.history import History
from gateway.tickets.model import Ticket
from gateway.tickets.status import Status
from support.cases import ANN, BOB, CARL, LEE, NOW, a_case, a_desk, a_reading, a_ticket, by_address

DESK = a_desk(
    rules="[{name: net, when: {subject: vpn}, then: {category: network}}]",
    queues={"IT": "it", "Net": "it", "HR": "hr"},
    members_only=("HR",),
)
BOBS = a_ticket(assignee=BOB, status=Status.OPEN)
OTHER = a_ticket(number=7, tag="aaaaaa", requester=CARL)


def wrote(text: str, ticket: Ticket = BOBS, author: Address = BOB, **about: Any) -> Decision:
    reading = a_reading(author=author, text=text)
    clues = by_address(author, number=ticket.number)
    about = {"clues": clues, "grant": Grant.AUTHOR, **about}
    return mail.decide(a_case(reading, ticket=ticket, desk=DESK, **about))


def after(decision: Decision) -> Ticket:
    assert decision.problems == ()
    assert decision.after is not None
    return decision.after


def undone(*done: Decision, hours: float = 0, **about: Any) -> Decision:
    """`#undo`, after these mails; each but the last an hour before the next."""
    events = [
        replace(event, at=event.at - timedelta(hours=hours + len(done) - number))
        for number, each in enumerate(done)
        for event in each.events
    ]
    last = done[-1].after
    assert last is not None
    found = Found(histories={last.number: History(events=tuple(events))}, **about)
    return wrote("#undo", last, found=found)


COMMANDS = [
    "#assign lee",
    "#assign nobody",
    "#queue Net",
    "#category net",
    "#priority P1 because the door is locked",
    "#tag vpn floor-3",
    "#watch carl@example.com",
    "#requester carl@example.com",
    "#wait vendor: the part",
    "#wait requester: which?",
    "#resolve: done",
    "#close: done",
    "#take\n#tag vpn\n#wait approval: Lee's",
]


@pytest.mark.parametrize("text", COMMANDS)
def test_every_change_is_taken_back(text: str) -> None:
    decision = undone(wrote(text))
    changed = replace(after(decision), updated_at=BOBS.updated_at, answered_at=None)
    assert replace(changed, over_at=None, left=()) == BOBS


def test_a_ticket_that_was_new_is_open_and_the_agent_is_told() -> None:
    decision = undone(wrote("#take", a_ticket()))
    assert (after(decision).status, after(decision).assignee) == (Status.OPEN, None)
    assert "The ticket was new; it is open now." in decision.report[0].said


def test_nobody_is_told_but_the_agent() -> None:
    decision = undone(wrote("#queue Net"))
    assert [(each.notice, each.to) for each in decision.tellings] == [(Notice.REPORT, BOB)]


def test_what_was_written_to_the_requester_stays_written() -> None:
    said = undone(wrote("#resolve: It was the fuse.")).report[0].said
    assert "What you wrote to the requester with it has gone out, and stays written." in said


def test_of_several_mails_the_last_is_taken_back() -> None:
    first = wrote("#tag one")
    decision = undone(first, wrote("#tag two", after(first)))
    assert after(decision).tags == ("one",)


def test_what_somebody_has_changed_since_stays() -> None:
    first = wrote("#priority P1 because it burns\n#tag vpn")
    second = wrote("#priority P4 because it does not", after(first), LEE)
    [problem] = undone(first, second).problems
    assert problem == "changed again since: priority; nothing is taken back"


def test_what_a_colleague_did_is_theirs_to_take_back() -> None:
    [problem] = undone(wrote("#tag vpn", author=LEE)).problems
    assert problem == "you have changed nothing in this ticket by a command"


def test_after_a_day_it_is_too_late() -> None:
    assert undone(wrote("#tag vpn"), hours=22).problems == ()
    [problem] = undone(wrote("#tag vpn"), hours=24).problems
    assert "more than a day old" in problem


def test_nothing_is_taken_back_twice() -> None:
    first = wrote("#tag vpn")
    [problem] = undone(first, undone(first)).problems
    assert "your last change was an #undo" in problem


def merged() -> tuple[Decision, Decision]:
    """Bob's ticket is merged into #7."""
    decision = wrote("#merge 7", found=Found(named={7: OTHER}))
    return decision, decision.others[0]


def test_a_merge_is_taken_back_where_it_goes_on() -> None:
    this, other = merged()
    decision = undone(other, named={1042: after(this)})
    assert after(decision).watchers == ()
    [apart] = decision.others
    assert (after(apart).merged_into, after(apart).status) == (None, Status.OPEN)
    assert decision.unlinks == ((1042, "merged"),)
    assert [
        (each.name, each.generation) for each in apart.timers if isinstance(each, StartTimer)
    ] == [("response", 2)]


def test_a_merge_is_taken_back_where_it_was_done() -> None:
    this, other = merged()
    events = tuple(replace(each, at=NOW - timedelta(hours=1)) for each in (*this.events,))
    told = tuple(replace(each, at=NOW - timedelta(hours=1)) for each in other.events)
    found = Found(
        named={7: after(other)},
        histories={1042: History(events=events), 7: History(events=told)},
    )
    decision = wrote("#undo", after(this), found=found)
    assert (after(decision).merged_into, after(decision).status) == (None, Status.OPEN)
    assert after(decision.others[0]).watchers == ()


def test_a_merge_stays_where_something_was_said_since() -> None:
    this, other = merged()
    said = wrote("Please wait.", after(other))
    [problem] = undone(other, said, named={1042: after(this)}).problems
    assert "there are new messages in #7 since the merge" in problem


def test_a_link_is_taken_back_on_both_sides() -> None:
    decision = wrote("#link 7", found=Found(named={7: OTHER}))
    back = undone(decision, named={7: after(decision.others[0])})
    assert back.unlinks == ((7, "command"),)
    assert [event.name for event in back.others[0].events] == ["ticket-unlinked"]


@pytest.mark.parametrize("command", ["#link 7", "#merge 7"])
def test_what_is_another_teams_by_now_is_not_taken_back(command: str) -> None:
    this = wrote(command, found=Found(named={7: OTHER}))
    [other] = this.others
    [problem] = undone(this, named={7: replace(after(other), queue="HR")}).problems
    assert problem == "#7 is another team's by now; nothing is taken back"


def test_a_merge_of_what_is_another_teams_by_now_is_not_taken_back_where_it_goes_on() -> None:
    this, other = merged()
    [problem] = undone(other, named={1042: replace(after(this), queue="HR")}).problems
    assert problem == "#1042 is another team's by now; nothing is taken back"


def test_requesters_undo_nothing() -> None:
    decision = wrote("#undo", author=ANN)
    assert (decision.entry, decision.report) == ("follow-up", ())
