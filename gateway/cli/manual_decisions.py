"""Pages of the manual that show the tables: where mail goes, who is told, how a ticket moves.

Each table is found by asking the code that decides: a status matrix by trying `apply`, a row
of notices by showing it every kind of event.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import get_args

from gateway.cli import manual_admission
from gateway.cli.manual_reference import PRINTED
from gateway.decide.mail import WAYS, Way
from gateway.message import Address, Kind
from gateway.outbound.notify import TABLE, Readers
from gateway.tickets import events
from gateway.tickets.actions import (
    Action,
    AddMessage,
    Close,
    Entry,
    MergeInto,
    Reopen,
    Resolve,
    Take,
    WaitForApproval,
    WaitForRequester,
    WaitForVendor,
)
from gateway.tickets.events import Actor, By, Event
from gateway.tickets.model import MoveNotAllowed, Step, Ticket, apply
from gateway.tickets.priority import Priority
from gateway.tickets.status import TRANSITIONS, Demand, Status

_DECISIONS = """\
# What is decided about a mail

## Where it goes

By what the mail is and whether it belongs to a ticket. `open` makes a ticket, `join` adds to
the ticket, where its author may (the next table), `file` keeps the mail inside the ticket where
only agents see it, and `ignore` does nothing but say so in the spool.

| what the mail is | belongs to no ticket | belongs to a ticket |
|---|---|---|
"""

_TOLD = """\
## Who is told

One mail causes at most one mail to each person: the first row that reaches them wins. Who
did it is not told of it, but for the confirmation. An agent of the ticket who follows it gets the
requester's mail, and it says that their plain reply `is-noted`.

| what happened | who is told | notice | a plain reply |
|---|---|---|---|
"""

_BESIDES = """\
Besides:

| what happened | who is told | notice | a plain reply |
|---|---|---|---|
| nothing proves a participant's mail | they, at the address on file | `unproven` | `confirms` |
| mail is held | its team's leads, once a day | `held` | `confirms` |
| an unknown sender is refused | they, once a day at most | `not-accepted` | `nothing` |
| a command is wrong | the agent who wrote it | `refused` | `answers` |
| commands are obeyed, and no other mail shows it | the agent who wrote them | `done` | `is-noted` |
| an agent asks something | they | `report` | `is-noted`; `nothing` where no ticket was meant |
| somebody asks for their open tickets | they, a few times a day | `status` | `nothing` |
| a ticket is merged | its requester and watchers | `merged` | `follows-up`, where it goes on |
| an agent merges a ticket into another | whose it was | `done` | `is-noted` |
| a template of the desk is broken | the admin, once a day for the same | `alert` | `nothing` |

## What a plain reply does

| word | meaning |
|---|---|
| `follows-up` | it is added to the reader's ticket |
| `answers` | it goes to the requester |
| `is-noted` | it becomes a note that only agents see |
| `confirms` | a *yes* lets in the mail that waits for it, a *no* drops it |
| `nothing` | nobody reads it |

## Who is not answered

A mail back to whoever wrote is withheld, and the ticket's history says why, when one of these
holds. Agents are told all the same, within the last limit.

| cause | when |
|---|---|
| {kinds} | the mail is of this kind: a machine's |
| `author-unproven` | to people in copy: the author is not proven, or gets no confirmation |
| `null-return-path` | the envelope's sender is empty |
| `no-address` | there is no address that could be written to |
| `file-with-note` | a file alone is held back: it has a note in it, or a signed address |
| `own-address` | it is a mailbox of this desk |
| `no-reply-address` | the address says that nobody reads it (`no-reply@`, `mailer-daemon@`, ...) |
| `suppressed` | mail to them came back; `suppressed list` says until when none goes there |
| `limit` | they had as many, in one of its windows, as a limit of `[limits]` allows |
| `told-today` | they had a `not-accepted` within the day |
| `forged` | of `not-accepted`: whom we trust says that the From: is false |

Of mail that came by `ticket-gateway import` nobody is told anything, agents neither, and its
tickets have no targets; `explain` names whom it would have been told to, with the cause `imported`.
"""

_READERS = {
    Readers.REQUESTER: "the requester and watchers",
    Readers.AGENTS: "the queue's agents and the assignee",
    Readers.RESPONSIBLE: "the assignee; the queue's agents while there is none, or they are away",
    Readers.FORMER: "whose it was",
    Readers.ADDED: "who follows it now",
    Readers.LEADS: "the queue's leads, or its agents where it has none",
}

_STATUSES = """\
# Statuses and events

A ticket's status is moved along this table and in no other way.

```mermaid
stateDiagram-v2
    [*] --> new
"""

_TRIED = """\
## What moves a ticket today

The status after each, by trying it. *refused* tells the agent that the ticket cannot move so;
nothing is done then.

"""

_EVENTS = """\
## Events

What a ticket's history is made of (`ticket-gateway ticket show`). Kept for ever, only ever
added to; people stand in them by id, texts and addresses do not.

| event | what it holds |
|---|---|
"""

_ANN, _BOB = Address("ann@example.com", "Ann"), Address("bob@example.com", "Bob")
_NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
_TRIES: dict[str, Action] = {
    "requester writes": AddMessage(Entry.FOLLOW_UP),
    "agent answers": AddMessage(Entry.ANSWER),
    "note": AddMessage(Entry.NOTE),
    "`#take`": Take(_BOB),
    "`#wait requester`": WaitForRequester(),
    "`#wait vendor`": WaitForVendor(),
    "`#wait approval`": WaitForApproval(),
    "`#resolve`": Resolve(),
    "`#reopen`": Reopen(),
    "`#close`": Close(),
    "`#merge`": MergeInto(1043),
}


def decisions() -> str:
    """docs/decisions.md: which way a mail goes, and who is told of what."""
    lines = [PRINTED.format(page="decisions"), _DECISIONS.rstrip()]
    lines += [f"| {kind} | {none} | {ours} |" for kind, (none, ours) in WAYS.items()]
    lines += ["", *manual_admission.lines(), "", _TOLD.rstrip()]
    for happened, readers, notice, plain_reply in TABLE:
        what = "; ".join(name for name, event in sample_events() if happened(event))
        lines.append(f"| {what} | {_READERS[readers]} | `{notice}` | `{plain_reply}` |")
    opening = [kind for kind, (none, _) in WAYS.items() if none is Way.OPEN]
    kinds = ", ".join(f"`{kind}`" for kind in opening if kind is not Kind.ORDINARY)
    lines += ["", _BESIDES.format(kinds=kinds).rstrip()]
    return "\n".join(lines) + "\n"


def sample_events() -> Iterator[tuple[str, Event]]:
    """Every kind of event with its name, such as a row of the table of notices tells apart."""
    agent, rule = By(Actor.AGENT, _BOB), By(Actor.RULE, name="vpn")
    yield "a ticket is opened", _event(events.TicketOpened("support@example.com", "IT"))
    for entry in Entry:
        yield f"a message is added: {entry}", _event(events.MessageAdded(entry))
    for status in Status:
        yield f"the status becomes {status}", _event(events.StatusChanged(Status.NEW, status))
    yield "an agent takes or answers it", _event(events.Assigned(None, _BOB), agent)
    yield "an agent assigns it to another", _event(events.Assigned(None, _ANN), agent)
    yield "a rule assigns it", _event(events.Assigned(None, _BOB), rule)
    yield "a target has passed", _event(events.Escalated("response"))
    yield "a mail of ours came back", _event(events.MailBounced(_ANN, "5.1.1"))
    yield "a mail of ours was refused for good", _event(events.MailFailed(_ANN, 7))
    yield "a mail was withheld", _event(events.MailWithheld("limit"))
    yield "it is nobody's again", _event(events.Unassigned(_BOB), agent)
    yield "an agent sets the queue", _event(events.QueueSet("IT", "HR"), agent)
    yield "a rule sets the queue", _event(events.QueueSet("IT", "HR"), rule)
    yield "the category is set", _event(events.CategorySet("", "Access"))
    yield "the priority is set", _event(events.PrioritySet(Priority.P3, Priority.P1))
    yield "a tag is added", _event(events.TagAdded("vpn"))
    yield "a tag is removed", _event(events.TagRemoved("vpn"))
    yield "the requester is set", _event(events.RequesterSet(_BOB, _ANN))
    yield "a watcher is added", _event(events.WatcherAdded(_ANN))
    yield "a watcher is removed", _event(events.WatcherRemoved(_ANN))
    yield "its mail was for another mailbox too", _event(events.TicketShared("hr@example.com"))
    yield "a ticket is linked", _event(events.TicketLinked(1042, "quoted"))
    yield "a ticket is linked no more", _event(events.TicketUnlinked(1042, "command"))
    yield "it is merged into another", _event(events.TicketMerged(1042))
    yield "it is taken out of another again", _event(events.TicketUnmerged(1042))


def _event(fact: events.Fact, by: By | None = None) -> Event:
    return Event(_NOW, by or By(Actor.GATEWAY), "", fact)


def statuses() -> str:
    """docs/statuses.md: the transition table, what moves a ticket, and its events."""
    lines = [PRINTED.format(page="statuses"), _STATUSES.rstrip()]
    names = {status: status.value.replace("-", "_") for status in Status}
    lines += [f'    state "{status}" as {name}' for status, name in names.items() if "_" in name]
    lines += [
        f"    {names[old]} --> {names[new]}"
        for old, moves in TRANSITIONS.items()
        for new in moves
        if old is not new
    ]
    lines += ["```", "", "| from | to | what the move demands |", "|---|---|---|"]
    for old, moves in TRANSITIONS.items():
        for demand in Demand:
            to = ", ".join(f"`{new}`" for new, wanted in moves.items() if wanted is demand)
            lines += [f"| `{old}` | {to} | {demand} |"] if to else []
    lines += ["", _TRIED.rstrip(), "", f"| status | {' | '.join(_TRIES)} |"]
    lines += ["|---" * (len(_TRIES) + 1) + "|"]
    for status in Status:
        after = (_tried(status, action) for action in _TRIES.values())
        lines.append(f"| `{status}` | {' | '.join(after)} |")
    lines += ["", _EVENTS.rstrip()]
    for fact in get_args(events.Fact):
        holds = ", ".join(f"`{name}`" for name in fact.__dataclass_fields__)
        lines.append(f"| `{event_name(fact)}` | {holds} |")
    return "\n".join(lines) + "\n"


def event_name(fact: type) -> str:
    """As `Event.name` has it, of a fact's class."""
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in fact.__name__).lstrip("-")


def _tried(status: Status, action: Action) -> str:
    ticket = Ticket(
        number=1042,
        tag="k3v5xw",
        mailbox="support@example.com",
        queue="IT",
        subject="",
        requester=_ANN,
        created_at=_NOW,
        updated_at=_NOW,
        status=status,
    )
    try:
        after, _ = apply(ticket, [Step(action, By(Actor.AGENT, _BOB), "")], _NOW)
    except MoveNotAllowed:
        return "*refused*"
    return "stays" if after.status is status else f"`{after.status}`"
