"""What an agent's commands have done, in words: each change once, and nothing that is no change."""

import pytest

from gateway.cli.manual_decisions import sample_events
from gateway.outbound import changes
from gateway.tickets import events
from gateway.tickets.actions import Entry
from gateway.tickets.events import Actor, By, Event, Fact
from gateway.tickets.priority import Priority
from gateway.tickets.status import Status
from support.cases import ANN, BOB, LEE, NOW

NO_CHANGE = {
    events.TicketOpened, events.MessageAdded, events.Escalated, events.MailBounced,
    events.MailFailed, events.MailWithheld, events.TicketShared,
}  # fmt: skip


def told(*facts: Fact) -> tuple[str, ...]:
    return changes.lines([Event(NOW, By(Actor.AGENT, BOB), "command #x", each) for each in facts])


@pytest.mark.parametrize(
    ("fact", "line"),
    [
        (events.Assigned(None, BOB), "Assignee nobody → Bob Agent"),
        (events.Assigned(BOB, LEE), "Assignee Bob Agent → Lee Lead"),
        (events.Unassigned(BOB), "Assignee Bob Agent → nobody"),
        (events.CategorySet("", "VPN"), "Category none → VPN"),
        (events.StatusChanged(Status.NEW, Status.OPEN), "Status new → open"),
        (events.WatcherAdded(ANN), "Ann watches it now"),
        (events.TicketMerged(7), "Merged into #7, where all goes on"),
    ],
    ids=str,
)
def test_a_change_says_what_was_and_what_is(fact: Fact, line: str) -> None:
    assert told(fact) == (line,)


def test_a_mail_is_no_change() -> None:
    assert told(events.MessageAdded(Entry.COMMAND), events.MailWithheld("limit")) == ()


def test_a_change_is_told_once() -> None:
    assert told(events.TagAdded("vpn"), events.TagAdded("vpn")) == ("Tag vpn is added",)


@pytest.mark.parametrize("event", [each for _, each in sample_events()], ids=lambda e: e.name)
def test_every_fact_is_a_change_in_words_or_is_none(event: Event) -> None:
    lines = changes.lines([event])
    assert bool(lines) is (type(event.fact) not in NO_CHANGE)
    assert all(line == line.strip() and "\n" not in line for line in lines)


ASSIGNED, OPENED = events.Assigned(None, BOB), events.StatusChanged(Status.NEW, Status.OPEN)


@pytest.mark.parametrize(
    ("facts", "entry", "is_told"),
    [
        ((ASSIGNED, OPENED), Entry.COMMAND, True),  # #take, and not a word
        ((ASSIGNED, OPENED), Entry.ANSWER, False),  # #take, and words to the requester
        ((OPENED,), Entry.ANSWER, False),
        ((OPENED,), Entry.NOTE, True),
        ((events.Assigned(None, LEE),), Entry.NOTE, True),
        ((OPENED, events.TagAdded("vpn")), Entry.ANSWER, True),
        ((events.PrioritySet(Priority.P3, Priority.P1),), Entry.NOTE, True),
        ((events.MessageAdded(Entry.COMMAND),), Entry.COMMAND, False),  # a question of theirs
    ],
)
def test_agents_hear_what_no_other_mail_shows(
    facts: tuple[Fact, ...], entry: Entry, is_told: bool
) -> None:
    done = [Event(NOW, By(Actor.AGENT, BOB), "command #x", each) for each in facts]
    assert changes.are_to_be_confirmed(done, entry) is is_told


def test_what_no_command_did_is_not_confirmed() -> None:
    done = [Event(NOW, By(Actor.AGENT, BOB), "answered", ASSIGNED)]
    assert not changes.are_to_be_confirmed(done, Entry.COMMAND)
