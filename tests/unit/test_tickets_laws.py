"""The laws that hold for every action, and what merging and watching do to a ticket."""

from typing import get_args

import pytest

from gateway.message import Address
from gateway.tickets import actions, events
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
    Link,
    MergeInto,
    RemoveTag,
    RemoveWatcher,
    Reopen,
    Resolve,
    SetCategory,
    SetPriority,
    SetQueue,
    SetRequester,
    Take,
    Unassign,
    Unmerge,
    WaitForApproval,
    WaitForRequester,
    WaitForVendor,
)
from gateway.tickets.changes import MAX_WATCHERS
from gateway.tickets.model import NotAllowed, Ticket, apply
from gateway.tickets.priority import Priority
from gateway.tickets.status import Status
from support.cases import ANN, BOB, CARL, NOW, a_ticket, step

EVERY_ACTION: list[Action] = [
    SetQueue("HR"),
    SetCategory("network"),
    SetPriority(Priority.P1),
    Assign(BOB),
    Unassign(),
    SetRequester(CARL),
    AddTag("vpn"),
    AddWatcher(CARL),
    Take(BOB),
    WaitForRequester(),
    WaitForVendor(),
    WaitForApproval(),
    Resolve(),
    Reopen(),
    Close(),
    MergeInto(7),
    RemoveTag("vpn"),
    RemoveWatcher(CARL),
    Unmerge(),
    AddMessage(Entry.NOTE),
    AddMessage(Entry.FOLLOW_UP),
    Escalate("response"),
    FileBounce(ANN, "5.1.1"),
    Link(7),
]
KINDS = [
    a_ticket(),
    a_ticket(assignee=BOB, watchers=(CARL,), tags=("VPN", "x"), status=Status.OPEN),
    a_ticket(status=Status.RESOLVED),
    a_ticket(status=Status.CLOSED, merged_into=7),
]


def test_every_action_is_tried() -> None:
    assert {type(each) for each in EVERY_ACTION} == set(get_args(Action))
    assert len(set(get_args(Action))) == sum(
        len(get_args(kind)) for kind in (actions.Change, actions.Happening, actions.Move)
    )


@pytest.mark.parametrize("action", EVERY_ACTION, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("ticket", KINDS, ids=["new", "busy", "resolved", "merged"])
def test_an_action_makes_an_event_where_it_changes_the_ticket_and_nothing_twice(
    action: Action, ticket: Ticket
) -> None:
    try:
        once, told = apply(ticket, [step(action)], NOW)
    except NotAllowed:
        return
    if not told:
        assert once == ticket
    if isinstance(action, actions.Change | Reopen | Close | MergeInto | Unmerge | Take):
        assert apply(once, [step(action)], NOW) == (once, ())


@pytest.mark.parametrize("action", EVERY_ACTION, ids=lambda each: type(each).__name__)
def test_a_merged_ticket_takes_mail_and_no_change(action: Action) -> None:
    merged = a_ticket(status=Status.CLOSED, merged_into=7)
    if isinstance(action, actions.Happening | Unmerge | MergeInto) and action != Link(7):
        after, _ = apply(merged, [step(action)], NOW)
        assert (after.merged_into is None) == isinstance(action, Unmerge)
        assert (after.status is Status.CLOSED) == (after.merged_into is not None)
    else:
        with pytest.raises(NotAllowed, match="#1042 was merged into #7 and changes no more"):
            apply(merged, [step(action)], NOW)


def test_a_ticket_is_merged_into_one_other_and_never_into_itself() -> None:
    merged, told = apply(a_ticket(status=Status.OPEN), [step(MergeInto(7))], NOW)
    assert (merged.status, merged.merged_into) == (Status.CLOSED, 7)
    assert [event.name for event in told] == ["ticket-merged", "status-changed"]
    for other, why in ((8, "was merged into #7"), (1042, "was merged into #7")):
        with pytest.raises(NotAllowed, match=why):
            apply(merged, [step(MergeInto(other))], NOW)
    with pytest.raises(NotAllowed, match="into itself"):
        apply(a_ticket(), [step(MergeInto(1042))], NOW)


def test_what_was_merged_by_mistake_is_open_again() -> None:
    merged, _ = apply(a_ticket(), [step(MergeInto(7))], NOW)
    again, told = apply(merged, [step(Unmerge())], NOW)
    assert (again.status, again.merged_into) == (Status.OPEN, None)
    assert told[0].fact == events.TicketUnmerged(7)


def test_nothing_is_closed_unsaid() -> None:
    for status in Status:
        if not status.is_over:
            with pytest.raises(NotAllowed, match="cannot become closed"):
                apply(a_ticket(status=status), [step(Close())], NOW)
            both = [step(Resolve()), step(Close())]
            assert apply(a_ticket(status=status), both, NOW)[0].status is Status.CLOSED


def test_a_ticket_has_no_more_watchers_than_it_can_tell() -> None:
    crowd = [step(AddWatcher(Address(f"w{n}@x.example"))) for n in range(MAX_WATCHERS)]
    full, _ = apply(a_ticket(), crowd, NOW)
    assert len(full.watchers) == MAX_WATCHERS
    assert apply(full, [step(AddWatcher(Address("W7@x.example")))], NOW) == (full, ())
    with pytest.raises(NotAllowed, match="25 watchers at most"):
        apply(full, [step(AddWatcher(CARL))], NOW)


def test_watchers_are_in_the_order_of_their_addresses_whoever_came_first() -> None:
    there, back = [step(AddWatcher(CARL)), step(AddWatcher(BOB))], [BOB, CARL]
    assert apply(a_ticket(), there, NOW)[0].watchers == tuple(back)
    assert apply(a_ticket(), there[::-1], NOW)[0].watchers == tuple(back)


def test_the_requester_is_no_watcher() -> None:
    assert apply(a_ticket(), [step(AddWatcher(ANN))], NOW) == (a_ticket(), ())
    after, told = apply(a_ticket(watchers=(BOB, CARL)), [step(SetRequester(CARL))], NOW)
    assert (after.requester, after.watchers) == (CARL, (BOB,))
    assert [event.fact for event in told] == [
        events.WatcherRemoved(CARL),
        events.RequesterSet(ANN, CARL),
    ]


def test_whoever_was_the_requester_is_told_no_more_unless_made_a_watcher() -> None:
    gone, _ = apply(a_ticket(), [step(SetRequester(CARL))], NOW)
    assert ANN not in (gone.requester, *gone.watchers)
    kept, _ = apply(a_ticket(), [step(SetRequester(CARL)), step(AddWatcher(ANN))], NOW)
    assert kept.watchers == (ANN,)
    assert (gone.left, kept.left) == ((ANN,), ())


def test_whoever_is_the_requester_again_has_not_left() -> None:
    back, _ = apply(a_ticket(), [step(SetRequester(CARL)), step(SetRequester(ANN))], NOW)
    assert (back.requester, back.left) == (ANN, (CARL,))


def test_the_case_of_a_tag_makes_no_second_one() -> None:
    ticket = a_ticket(tags=("VPN",))
    assert apply(ticket, [step(AddTag("vpn"))], NOW) == (ticket, ())
    after, told = apply(ticket, [step(RemoveTag("vpn"))], NOW)
    assert after.tags == ()
    assert told[0].fact == events.TagRemoved("VPN")
