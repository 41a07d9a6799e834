"""How a delivery ends and why, and what it knows of others: the same mail's, and those that
wait for its yes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.message import Kind


class Outcome(StrEnum):
    """How a delivery ended. Accepted = the sum of these and what is waiting."""

    OPENED = "opened"
    JOINED = "joined"
    ANSWERED = "answered"
    HELD = "held"
    REJECTED = "rejected"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"


class Cause(StrEnum):
    """Why a delivery was ignored or held: the account counts each. That of a quarantined one is
    no closed set: the type of the error, or WORKER_DIED."""

    DUPLICATE = "duplicate"  # the mailbox has had this very mail
    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    READ_RECEIPT = "read-receipt"
    CALENDAR = "calendar"
    REPORT = "report"
    LOOP = "loop"
    UNPROVEN = "unproven"  # held: nothing proves that a participant wrote it
    UNKNOWN_SENDER = "unknown-sender"  # held or rejected: nobody on file
    NO_QUESTION = "no-question"  # an answer to what we did not ask its author, or no more
    DROPPED = "dropped"  # rejected: it was held, and somebody who may said no
    NEW_SUBJECT = "new-subject"  # held: is it about the ticket that it answers?
    NEEDS_YES = "needs-yes"  # held: what it commands asks for more than a reply address

    @classmethod
    def of(cls, kind: Kind) -> "Cause":
        """That of a mail that is ignored for what it is. Raises ValueError for a kind that
        always has an effect."""
        return cls(kind.value)


WORKER_DIED = "worker-died"
MAX_CAUSE_CHARS = 20  # of the column that keeps it

ALL_HELD = 0
"""In place of a held delivery: an answer to the list of all, which says itself what it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sibling:
    """The same mail's delivery to another mailbox of ours. `ticket` is the number of the one
    that it opened or joined."""

    delivery: int
    mailbox: str
    waiting: bool
    opened: bool = False
    ticket: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A mail that waited for a yes when it was decided; `waits` says whether it still does.
    `author` is the key of whoever it says to be from, `ticket` the number that it points at,
    `cause` why it is held."""

    delivery: int
    mailbox: str
    author: str
    ticket: int | None
    waits: bool
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How a delivery of a ticket was decided. `account` is what was kept of the decision; None
    where nothing was."""

    delivery: int
    at: datetime
    reason: str
    account: Mapping[str, Any] | None
