"""What was found of what a mail asks for. Values only; `inquiry` says what is to be found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.deliveries import Judged
from gateway.rules.commands import Command
from gateway.tickets.history import History
from gateway.tickets.model import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Tickets that fit, one page of them; `took_too_long` where the database was stopped."""

    tickets: tuple[Ticket, ...] = ()
    has_more: bool = False
    took_too_long: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is to answer with. `named`, `histories` and `judged` are by ticket number;
    `counts` are queue, status and how many. `own` is None unless it was asked for."""

    named: Mapping[int, Ticket] = field(default_factory=dict)
    pages: Mapping[Command, Page] = field(default_factory=dict)
    own: Page | None = None
    histories: Mapping[int, History] = field(default_factory=dict)
    judged: Mapping[int, tuple[Judged, ...]] = field(default_factory=dict)
    counts: tuple[tuple[str, str, int], ...] = ()
