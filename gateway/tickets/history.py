"""What was said and done in a ticket until now, as values: for whoever asks, and to undo it."""

from dataclasses import dataclass
from datetime import datetime

from gateway.message import Address
from gateway.tickets.actions import Entry
from gateway.tickets.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A message. `text` is what is new in it, `full_text` all of it as received."""

    at: datetime
    author: Address
    entry: Entry
    text: str
    full_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Of one ticket, oldest first."""

    events: tuple[Event, ...] = ()
    messages: tuple[Spoken, ...] = ()
