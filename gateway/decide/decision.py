"""What is to happen to one delivery or timer, as a value: made by `decide`, written by `record`."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.ingest.trust import Proof
from gateway.message import Cause, Outcome
from gateway.outbound.letter import Also
from gateway.outbound.notify import Telling
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
class Trace:
    """How a mail was judged, step by step, for `explain`."""

    proof: Proof = Proof.CLAIMED
    match: Match | None = None
    role: str = ""
    why: str = ""  # why this way was taken, in one sentence
    rules: tuple[RuleTrace, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`before` is None for a new ticket; `after` is None where no ticket is touched.

    `entry` says as what the mail becomes part of the ticket; `text` is what of it is
    said there and passed on. `withheld` names who is not told, and the cause. `siblings` are
    tickets to be linked because the same mail opened one of the two; `also` are the mail's
    other mailboxes, as a letter names them.
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
    quoted: int | None = None  # number of the ticket that a stranger's mail pointed at
    duplicate_of: int | None = None
    cause: Cause | None = None  # of what is ignored, and of nothing else
    trace: Trace = field(default_factory=Trace)

    def as_json(self) -> dict[str, Any]:
        """The account that is kept with the delivery and printed by `explain`."""
        match = self.trace.match
        return {
            "outcome": self.outcome.value,
            "cause": self.cause.value if self.cause else None,
            "reason": self.reason,
            "ticket": self.after.number if self.after else None,
            "proof": self.trace.proof.value,
            "role": self.trace.role,
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
        }


def _rule(trace: RuleTrace) -> dict[str, Any]:
    return {
        "rule": trace.rule,
        "file": trace.file,
        "line": trace.line,
        "matched": trace.matched,
        "because": list(trace.because),
        "unused": list(trace.unused),
    }
