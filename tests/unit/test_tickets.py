"""What happens to a ticket: its statuses, its fields, and the events that tell it."""

import dataclasses
from datetime import timedelta
from typing import Any, get_args, get_type_hints

import pytest

from gateway.message import Address
from gateway.tickets import events, model
from gateway.tickets.actions import (
    Action,
    AddMessage,
    AddTag,
    AddWatcher,
    Assign,
    Close,
    Entry,
    Escalate,
    FileBounce,
    MergeInto,
    Reopen,
    Resolve,
    SetCategory,
    SetPriority,
    SetQueue,
    SetRequester,
    Take,
    WaitForApproval,
    WaitForRequester,
    WaitForVendor,
)
from gateway.tickets.events import Actor, By, Event, Fact, MessageAdded, StatusChanged
from gateway.tickets.model import MoveNotAllowed, apply, move
from gateway.tickets.priority import Priority
from gateway.tickets.status import Demand, Status, demand
from support.cases import ANN, BOB, CARL, LEE, NOW, a_ticket, step

#   from \ to              new tri ope w-r w-a w-v res clo
MATRIX = {
    "new":               " .   n   n   q   q   q   s   a ",
    "triage":            " .   .   n   q   q   q   s   a ",
    "open":              " .   n   .   q   q   q   s   a ",
    "waiting-requester": " .   .   n   q   q   q   s   a ",
    "waiting-approval":  " .   .   n   q   q   q   s   a ",
    "waiting-vendor":    " .   .   n   q   q   q   s   a ",
    "resolved":          " .   .   n   .   .   .   .   n ",
    "closed":            " .   .   n   .   .   .   .   . ",
}  # fmt: skip
"""Kept by hand: no such move, and the moves that demand nothing, a question, a summary, another
ticket."""

DEMANDS = {
    ".": None,
    "n": Demand.NOTHING,
    "q": Demand.QUESTION,
    "s": Demand.SUMMARY,
    "a": Demand.ANOTHER_TICKET,
}
MOVES = {
    (Status(old), new): DEMANDS[cell]
    for old, row in MATRIX.items()
    for new, cell in zip(Status, row.split(), strict=True)
}


@pytest.mark.parametrize(("old", "new"), list(MOVES), ids=str)
def test_a_status_moves_as_the_matrix_says_and_no_other_way(old: Status, new: Status) -> None:
    assert demand(old, new) is MOVES[old, new]
    ticket = a_ticket(status=old)
    if wanted := MOVES[old, new]:
        moved, facts = move(ticket, new, wanted)
        assert (moved.status, facts) == (new, [StatusChanged(old, new)])
    elif old is new:
        assert move(ticket, new) == (ticket, [])
    else:
        with pytest.raises(MoveNotAllowed, match=f"is {old} cannot become {new}"):
            move(ticket, new)


ASKED: list[tuple[Action, Status]] = [
    (Take(BOB), Status.OPEN),
    (WaitForRequester(), Status.WAITING_REQUESTER),
    (Resolve(), Status.RESOLVED),
    (WaitForVendor(), Status.WAITING_VENDOR),
    (WaitForApproval(), Status.WAITING_APPROVAL),
    (Reopen(), Status.OPEN),
    (Close(), Status.CLOSED),
    (MergeInto(7), Status.CLOSED),
]


@pytest.mark.parametrize(("action", "goal"), ASKED, ids=lambda a: str(a))
@pytest.mark.parametrize("old", Status, ids=str)
def test_a_command_moves_along_the_matrix_or_not_at_all(
    action: Action, goal: Status, old: Status
) -> None:
    ticket = a_ticket(status=old)
    wanted = MOVES[old, goal]
    is_there = old is goal and goal in (Status.OPEN, Status.CLOSED)
    can_be_brought = wanted is not Demand.ANOTHER_TICKET or isinstance(action, MergeInto)
    if is_there or (wanted and can_be_brought):
        assert apply(ticket, [step(action)], NOW)[0].status is goal
    else:
        with pytest.raises(MoveNotAllowed):
            apply(ticket, [step(action)], NOW)


def test_a_move_that_is_not_allowed_takes_the_steps_before_it_along() -> None:
    ticket = a_ticket(status=Status.CLOSED)
    steps = [step(SetQueue("HR")), step(AddTag("vpn")), step(Resolve())]
    before = dataclasses.asdict(ticket)
    with pytest.raises(MoveNotAllowed):
        apply(ticket, steps, NOW)
    assert dataclasses.asdict(ticket) == before


@pytest.mark.parametrize("entry", Entry, ids=str)
@pytest.mark.parametrize("old", Status, ids=str)
def test_a_message_moves_only_whom_somebody_waited_for(entry: Entry, old: Status) -> None:
    wakes = {
        Entry.ANSWER: {Status.NEW, Status.TRIAGE},
        Entry.FOLLOW_UP: {Status.WAITING_REQUESTER, Status.RESOLVED, Status.CLOSED},
    }
    after, told = apply(a_ticket(status=old), [step(AddMessage(entry))], NOW)
    moves = old in wakes.get(entry, set())
    assert after.status is (Status.OPEN if moves else old)
    facts = [MessageAdded(entry), *([StatusChanged(old, Status.OPEN)] if moves else [])]
    assert [event.fact for event in told] == facts


def test_only_the_first_answer_is_the_first() -> None:
    answer = step(AddMessage(Entry.ANSWER))
    once, _ = apply(a_ticket(), [answer], NOW)
    twice, _ = apply(once, [answer], NOW + timedelta(hours=1))
    assert once.answered_at == twice.answered_at == NOW


@pytest.mark.parametrize("entry", [e for e in Entry if e is not Entry.ANSWER], ids=str)
def test_what_is_no_answer_answers_nobody(entry: Entry) -> None:
    assert apply(a_ticket(), [step(AddMessage(entry))], NOW)[0].answered_at is None


def test_what_agents_alone_see() -> None:
    assert {each for each in Entry if each.internal} == {
        Entry.NOTE,
        Entry.COMMAND,
        Entry.AUTOMATIC,
    }


CHANGES: list[tuple[Action, dict[str, Any]]] = [
    (SetQueue("HR"), {"queue": "HR"}),
    (SetCategory("network"), {"category": "network"}),
    (SetPriority(Priority.P1), {"priority": Priority.P1}),
    (Assign(BOB), {"assignee": BOB}),
    (AddTag("vpn"), {"tags": ("vpn",)}),
    (AddWatcher(CARL), {"watchers": (CARL,)}),
    (SetRequester(CARL), {"requester": CARL, "left": (ANN,)}),
]


@pytest.mark.parametrize(("action", "changes"), CHANGES, ids=lambda a: type(a).__name__)
def test_an_action_changes_its_field_and_no_other(action: Action, changes: dict[str, Any]) -> None:
    after, told = apply(a_ticket(), [step(action)], NOW)
    assert after == dataclasses.replace(a_ticket(), updated_at=NOW, **changes)
    assert len(told) == 1


@pytest.mark.parametrize(("action", "changes"), CHANGES, ids=lambda a: type(a).__name__)
def test_what_changes_nothing_is_no_event(action: Action, changes: dict[str, Any]) -> None:
    ticket = a_ticket(**changes)
    assert apply(ticket, [step(action)], NOW) == (ticket, ())


def test_an_assignee_under_another_spelling_is_the_same_person() -> None:
    ticket = a_ticket(assignee=BOB)
    assert apply(ticket, [step(Assign(Address("BOB@example.com")))], NOW) == (ticket, ())


def test_taking_a_ticket_from_a_colleague_names_both() -> None:
    taken, told = apply(a_ticket(assignee=BOB), [step(Take(LEE), person=LEE)], NOW)
    assert taken.assignee == LEE
    assert told[0].fact == events.Assigned(BOB, LEE)


@pytest.mark.parametrize("action", [Escalate("response"), FileBounce(ANN, "5.1.1")])
def test_what_is_only_told_leaves_the_ticket_as_it_was(action: Action) -> None:
    after, told = apply(a_ticket(), [step(action)], NOW)
    assert after == a_ticket(updated_at=NOW)
    assert len(told) == 1


def test_events_come_in_the_order_of_the_steps_with_who_and_why() -> None:
    by_rule = model.Step(SetQueue("HR"), By(Actor.RULE, name="payroll"), "rule")
    _, told = apply(a_ticket(), [by_rule, step(Take(BOB))], NOW)
    assert [(event.name, event.by.actor, event.why) for event in told] == [
        ("queue-set", Actor.RULE, "rule"),
        ("assigned", Actor.AGENT, "test"),
        ("status-changed", Actor.AGENT, "test"),
    ]


ADDRESSES_AND_CLOSED_SETS = {Address, Address | None, Status, Priority, Entry, int, int | None}

WORDS = {
    # fields of type str, and whose words they hold: never a mail's
    "TicketOpened.mailbox": "gateway.toml",
    "TicketShared.mailbox": "gateway.toml",
    "TicketOpened.queue": "gateway.toml",
    "QueueSet.old": "gateway.toml",
    "QueueSet.new": "gateway.toml",
    "CategorySet.old": "rules",
    "CategorySet.new": "rules",
    "TagAdded.tag": "rules, or an agent's one word: never an address",
    "TagRemoved.tag": "the same",
    "Escalated.target": "the clocks",
    "MailBounced.status": "RFC 3463, three numbers",
    "MailWithheld.cause": "decide.withhold",
    "TicketLinked.how": "the store",
    "TicketUnlinked.how": "the store",
}


@pytest.mark.parametrize("fact", get_args(Fact), ids=lambda fact: fact.__name__)
def test_no_fact_can_hold_a_text_of_a_mail_or_an_address(fact: type) -> None:
    """An `Address` is replaced by the person's id in the store: test_store_tickets."""
    for name, kind in get_type_hints(fact).items():
        assert kind in ADDRESSES_AND_CLOSED_SETS or f"{fact.__name__}.{name}" in WORDS, name


def test_every_fact_has_a_name_of_its_own() -> None:
    names = {Event(NOW, By(Actor.CLOCK), "", fact.__new__(fact)).name for fact in get_args(Fact)}
    assert len(names) == len(get_args(Fact))
    assert max(map(len, names)) <= 30, "the store's column"
