"""What a participant's mail did to its ticket, and what obeys a command that needs more.

A handler imports this and nothing of `agent`, which has the table of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.decide.case import Case
from gateway.decide.decision import Absence, Decision, StartTimer, Trace
from gateway.outbound.notify import Telling
from gateway.outbound.report import Section
from gateway.rules.commands import Command
from gateway.tickets.actions import AddMessage, Entry
from gateway.tickets.events import Event
from gateway.tickets.model import Step, Ticket, apply


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a participant's mail did. `text` is what it says to whom `entry` is for.

    `others` are what it did to other tickets, `links` their numbers and how they are linked from
    now on, `unlinks` those no more. `report` is what its author asked for; with `is_quiet` nobody
    else is told, with `tellings` these are as well.
    """

    ticket: Ticket
    events: tuple[Event, ...]
    entry: Entry
    text: str
    problems: tuple[str, ...] = ()
    absence: Absence | None = None  # of the author, where they said so
    report: tuple[Section, ...] = ()
    others: tuple[Decision, ...] = ()
    links: tuple[tuple[int, str], ...] = ()
    unlinks: tuple[tuple[int, str], ...] = ()
    tellings: tuple[Telling, ...] = ()
    timers: tuple[StartTimer, ...] = ()
    is_quiet: bool = False


Handler = Callable[[Case, Ticket, Trace, Command, Done], Done]
"""Of a command that the ticket and the desk are not enough for."""


def did(ticket: Ticket, steps: Sequence[Step], text: str, now: datetime) -> Done:
    """The steps, done. One of them adds the message. Raises NotAllowed."""
    after, events = apply(ticket, steps, now)
    entry = next(s.action.entry for s in steps if isinstance(s.action, AddMessage))
    return Done(ticket=after, events=events, entry=entry, text=text)
