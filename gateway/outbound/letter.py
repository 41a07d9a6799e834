"""What a template knows: one mail to one kind of reader, as values.

Templates see a `Letter` under the name `letter` and nothing else. A new field here
is a new word for everybody who writes templates: docs/templates.md lists them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.config import Mailbox
from gateway.message import Address
from gateway.tickets.model import Ticket


class Notice(StrEnum):
    """Why a mail is sent; the name of its pair of templates."""

    CONFIRMATION = "confirmation"  # to the requester: we have it, this is its number
    ANSWER = "answer"  # to the requester: an agent wrote
    QUESTION = "question"  # to the requester: an agent asks, the ticket waits on them
    RESOLVED = "resolved"  # to the requester: done, with the summary
    TAKEN = "taken"  # to the requester: this agent has it now
    NEW_TICKET = "new-ticket"  # to agents: somebody wrote
    FOLLOW_UP = "follow-up"  # to agents: the requester wrote again
    NOTE = "note"  # to agents: a colleague's note
    UNPROVEN = "unproven"  # to agents: a mail in an agent's name, not proven, kept as a note
    REFUSED = "refused"  # to one agent: a command was wrong, nothing was done
    ESCALATION = "escalation"  # to the lead: a target has passed
    UNDELIVERED = "undelivered"  # to agents: a mail to the requester came back
    ALERT = "alert"  # to the admin: the desk itself needs care

    @property
    def for_agents(self) -> bool:
        return self not in _FOR_REQUESTERS


_FOR_REQUESTERS = frozenset(
    {Notice.CONFIRMATION, Notice.ANSWER, Notice.QUESTION, Notice.RESOLVED, Notice.TAKEN}
)


class PlainReply(StrEnum):
    """What happens when the reader just replies; said in the mail, kept in its address."""

    FOLLOWS_UP = "follows-up"  # it is added to their ticket
    ANSWERS = "answers"  # it goes to the requester
    IS_NOTED = "is-noted"  # it becomes a note that only agents see
    NOTHING = "nothing"  # nobody reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file of the message at hand; `attached` ones travel with this mail."""

    filename: str
    size_bytes: int
    attached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """Another mailbox that the same mail went to, and the number of its ticket there; none
    while it has none yet."""

    name: str
    address: str
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Everything that a template may say.

    `author` and `text` are those of the message at hand: the request, the answer, the
    note; in `undelivered` what the other mail server said. `problems` are what was wrong:
    with a command, in an alert with the desk's files, or in a confirmation with the mail. `at`
    is when it happened, `due_at` until when the desk means to answer or meant to. `also` are
    the other mailboxes of the mail that opened the ticket. `mailbox.language` is the language
    of the template in use.
    """

    notice: Notice
    mailbox: Mailbox
    plain_reply: PlainReply
    ticket: Ticket | None = None  # None only in an alert
    author: Address | None = None
    text: str = ""
    enclosures: tuple[Enclosure, ...] = ()
    problems: tuple[str, ...] = ()
    also: tuple[Also, ...] = ()
    at: datetime
    due_at: datetime | None = None
    marker: str = ""
