"""What a template knows: one mail to one kind of reader, as values.

Templates see a `Letter` under the name `letter` and nothing else. A new field here
is a new word for everybody who writes templates: docs/templates.md lists them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.config.settings import Mailbox
from gateway.message import Address
from gateway.outbound.report import Section
from gateway.tickets.model import Ticket


class Notice(StrEnum):
    """Why a mail is sent; the name of its pair of templates."""

    CONFIRMATION = "confirmation"  # to the requester: we have it, this is its number
    ANSWER = "answer"  # to the requester: an agent wrote
    QUESTION = "question"  # to the requester: an agent asks, the ticket waits on them
    RESOLVED = "resolved"  # to the requester: done, with the summary
    TAKEN = "taken"  # to the requester: this agent has it now
    MERGED = "merged"  # to requester and watchers: it goes on in another ticket
    STATUS = "status"  # to somebody: the open tickets that they take part in
    WATCHING = "watching"  # to somebody: they follow this ticket from now on
    NEW_TICKET = "new-ticket"  # to agents: somebody wrote
    FOLLOW_UP = "follow-up"  # to agents: the requester wrote again
    NOTE = "note"  # to agents: a colleague's note
    UNPROVEN = "unproven"  # to a participant: a mail in their name waits; was it theirs?
    NOT_ACCEPTED = "not-accepted"  # to somebody unknown: this mailbox does not take their mail
    REFUSED = "refused"  # to one agent: a command was wrong, nothing was done
    ESCALATION = "escalation"  # to the lead: a target has passed
    UNDELIVERED = "undelivered"  # to agents: a mail to the requester came back
    HANDED_OVER = "handed-over"  # to one agent: the ticket was theirs, and is somebody else's now
    DONE = "done"  # to one agent: what their commands have changed
    REPORT = "report"  # to one agent: what they asked
    HELD = "held"  # to the leads, once a day: the mails that wait for somebody to let them in
    ALERT = "alert"  # to the admin: the desk itself needs care

    @property
    def for_agents(self) -> bool:
        return self not in _FOR_REQUESTERS


_FOR_REQUESTERS = frozenset(
    {
        Notice.CONFIRMATION,
        Notice.ANSWER,
        Notice.QUESTION,
        Notice.RESOLVED,
        Notice.TAKEN,
        Notice.MERGED,
        Notice.STATUS,
        Notice.WATCHING,
        Notice.UNPROVEN,
        Notice.NOT_ACCEPTED,
    }
)


class PlainReply(StrEnum):
    """What happens when the reader just replies; said in the mail, kept in its address."""

    FOLLOWS_UP = "follows-up"  # it is added to their ticket
    ANSWERS = "answers"  # it goes to the requester
    IS_NOTED = "is-noted"  # it becomes a note that only agents see
    CONFIRMS = "confirms"  # a yes lets in the mail that waits for it, a no drops it
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
class Waiting:
    """A mail that is held, in the list of them. `release` and `drop` are mailto: links that are
    this reader's own; empty where the mailbox has no signed addresses."""

    delivery: int
    author: Address
    subject: str
    ticket: int | None  # number of the one that it points at
    why: str
    since: datetime
    release: str = ""
    drop: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something else to do than what a plain reply does, by a mail that begins with `line`.

    `name` is a word of a closed set, `person` whom it is about. `href` opens that mail, at the
    reader's own address; it is empty where the mailbox has no such addresses. What stands
    between `begin` and `end` is not shown to whom it makes no sense for.
    """

    name: str
    line: str
    person: Address | None = None
    href: str = ""
    begin: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn:
    """That an agent passed on the message at hand. `written_at` is when its author wrote it, by
    the word of the mail; `note` what the agent says to colleagues."""

    by: Address | None = None
    written_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Everything that a template may say.

    `author` and `text` are those of the message at hand: the request, the answer, the note; in
    `undelivered` what the other mail server said. `problems` are what was wrong: with a command, in
    an alert with the desk's files, or in a confirmation with the mail. `at` is when it happened,
    `due_at` until when the desk means to answer or meant to. `also` are the other mailboxes of the
    mail that opened the ticket. `held` is the delivery that an answer lets in or drops, where that
    is what an answer does. `waiting` are the mails in the list of all that are held. `choices` are
    what the reader may do instead of a plain reply. To agents alone: `by_colleague` says that the
    author is an agent, who is shown without an address, for quotations of the mail may reach a
    requester; `proof` what speaks for the author, `copied` who else got the message, `points_at` is
    the number of a ticket that it refers to without being part of it, `link` why it is not (of one
    that it `follows` its author is told as well), `mentions` numbers that may be tickets',
    `new_subject` that of a follow-up (and of a mail whose author is asked), and `changes` are what
    was done. `mailbox.language` is the language of the template in use.
    """

    notice: Notice
    mailbox: Mailbox
    plain_reply: PlainReply
    ticket: Ticket | None = None  # None in an alert, in `held` and in `not-accepted`
    author: Address | None = None
    by_colleague: bool = False
    text: str = ""
    enclosures: tuple[Enclosure, ...] = ()
    problems: tuple[str, ...] = ()
    also: tuple[Also, ...] = ()
    held: int | None = None
    waiting: tuple[Waiting, ...] = ()
    choices: tuple[Choice, ...] = ()
    proof: str = ""
    copied: tuple[Address, ...] = ()
    points_at: int | None = None
    link: str = ""
    new_subject: str = ""
    mentions: tuple[int, ...] = ()
    changes: tuple[str, ...] = ()
    report: tuple[Section, ...] = ()
    passed_on: PassedOn | None = None
    following: tuple[Address, ...] = ()
    at: datetime
    due_at: datetime | None = None
    marker: str = ""
