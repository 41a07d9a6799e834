"""What is to happen to one delivery or timer, as a value: made by `decide`, written by `record`."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.decide.admission import Admission, Grant
from gateway.deliveries import Cause, Outcome
from gateway.ingest.trust import Proof
from gateway.message import Address, Message
from gateway.outbound.letter import Also
from gateway.outbound.notify import Telling
from gateway.outbound.report import Section
from gateway.reach import Suppression
from gateway.rules.ruleset import RuleTrace
from gateway.threading.match import Match
from gateway.tickets.actions import Entry
from gateway.tickets.events import Event
from gateway.tickets.model import Ticket


@dataclass(frozen=True, slots=True)
class StartTimer:
    name: str
    generation: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class CancelTimer:
    name: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """A held mail is let in by this grant, or dropped: by nobody's."""

    delivery: int
    grant: Grant


@dataclass(frozen=True, slots=True)
class Absence:
    """The author, an agent, is away until then (None: until they write again), or is back."""

    away: bool
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """How a mail was judged, step by step, for `explain`."""

    proof: Proof = Proof.CLAIMED
    trust: tuple[str, ...] = ()  # what the mail system says of the author, in words
    match: Match | None = None
    role: str = ""
    admission: Admission | None = None  # of a mail that belongs to a ticket and is a person's
    why: str = ""  # why this way was taken, in one sentence
    rules: tuple[RuleTrace, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn:
    """Whose mail an agent has passed on. `note` is what the agent says to colleagues about it,
    `written_at` is aware; `part` is that of the mail where it is attached."""

    author: Address
    by: Address
    mail: Message
    part: int | None
    written_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`before` is None for a new ticket; `after` is None where no ticket is touched.

    `entry` says as what the mail becomes part of the ticket; `text` is what of it is
    said there and passed on. `withheld` names who is not told, and the cause. `siblings` are
    tickets to be linked because the same mail opened one of the two; `also` are the mail's
    other mailboxes, as a letter names them. `about` is the ticket that letters are about where
    none is touched; `asks_about` the held delivery that they ask about, where it is not this.
    `suppressions` is what is known from now on of addresses whose mail came back, `reached` the
    key of one that is written to again, `unheard` what agents are told of those that are not.
    `report` answers what the author asked. `others` are what the same mail does to other tickets,
    `links` the numbers of tickets linked to this one from now on and how, `unlinks` no more.
    """

    outcome: Outcome
    reason: str
    before: Ticket | None = None
    after: Ticket | None = None
    events: tuple[Event, ...] = ()
    entry: Entry | None = None
    text: str = ""
    tellings: tuple[Telling, ...] = ()
    withheld: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()
    timers: tuple[StartTimer | CancelTimer, ...] = ()
    siblings: tuple[int, ...] = ()
    also: tuple[Also, ...] = ()
    quoted: int | None = None  # number of the ticket that a mail pointed at which opens its own
    link: str = ""  # to that ticket: a word of `placing.Link`
    new_subject: str = ""  # of a mail that joins, where none before it had it
    mentions: tuple[int, ...] = ()  # tickets whose bare number the subject has
    duplicate_of: int | None = None
    about: Ticket | None = None
    asks_about: int | None = None
    rulings: tuple[Ruling, ...] = ()  # on mails that are held
    suppressions: tuple[Suppression, ...] = ()
    reached: str = ""
    unheard: str = ""
    absence: Absence | None = None
    passed_on: PassedOn | None = None
    report: tuple[Section, ...] = ()
    others: tuple["Decision", ...] = ()
    links: tuple[tuple[int, str], ...] = ()
    unlinks: tuple[tuple[int, str], ...] = ()
    cause: Cause | None = None  # of what is ignored, held or rejected, and of nothing else
    trace: Trace = field(default_factory=Trace)

    @property
    def ticket(self) -> Ticket | None:
        """The one that its letters are about."""
        return self.after or self.about

    def as_json(self) -> dict[str, Any]:
        """The account that is kept with the delivery and printed by `explain`."""
        match = self.trace.match
        return {
            "outcome": self.outcome.value,
            "cause": self.cause.value if self.cause else None,
            "reason": self.reason,
            "ticket": self.after.number if self.after else None,
            "quoted": self.quoted,
            "link": self.link,
            "mentions": list(self.mentions),
            "about": self.about.number if self.about else None,
            "proof": self.trace.proof.value,
            "trust": list(self.trace.trust),
            "role": self.trace.role,
            "admission": self.trace.admission and self.trace.admission.name.lower(),
            "why": self.trace.why,
            "match": match
            and {
                "ticket": match.number,
                "evidence": match.evidence.value,
                "disagrees": list(match.disagrees),
            },
            "rules": [_rule(rule) for rule in self.trace.rules],
            "events": [{"name": e.name, "by": e.by.actor.value, "why": e.why} for e in self.events],
            "mails": [
                {"notice": t.notice.value, "to": t.to.address, "plain_reply": t.plain_reply.value}
                for t in self.tellings
            ],
            "withheld": [{"to": to, "cause": cause} for to, cause in self.withheld],
            "problems": list(self.problems),
            "suppressed": [each.key for each in self.suppressions],
            "reached": self.reached,
            "passed_on": self.passed_on and self.passed_on.author.address,
            "absence": self.absence and {"away": self.absence.away, "until": _at(self.absence)},
            "report": [each.title for each in self.report],
            "others": [each.after.number for each in self.others if each.after],
            "links": [list(each) for each in self.links],
            "unlinks": [list(each) for each in self.unlinks],
            "rulings": [{"delivery": each.delivery, "grant": each.grant} for each in self.rulings],
        }


def _at(absence: Absence) -> str | None:
    return absence.until.isoformat() if absence.until else None


def _rule(trace: RuleTrace) -> dict[str, Any]:
    return {
        "rule": trace.rule,
        "file": trace.file,
        "line": trace.line,
        "matched": trace.matched,
        "because": list(trace.because),
        "unused": list(trace.unused),
    }
