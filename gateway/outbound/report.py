"""What the desk answers to a question by mail, as values: for agents a report, for others a list.

What a requester gets holds nothing internal, for nothing internal is put into it: a template
cannot tell what it is not given.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A ticket in a list. In that of a requester, only what stands above the line is filled."""

    number: int
    subject: str
    status: str
    at: datetime  # when it last changed
    # ---
    priority: str = ""
    queue: str = ""
    requester: str = ""
    assignee: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The answer to one question: what is said above, tickets, pairs of a name and what there is
    to say of it, and a text as it stands."""

    title: str
    said: tuple[str, ...] = ()
    tickets: tuple[Listed, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    text: str = ""
