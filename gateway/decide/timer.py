"""What follows now that a target has passed. Nothing, where the work is done."""

from datetime import datetime

from gateway.decide.case import tell
from gateway.decide.decision import Decision, Trace
from gateway.deliveries import Outcome
from gateway.desk.folder import Desk
from gateway.tickets.actions import Escalate
from gateway.tickets.events import Actor, By
from gateway.tickets.model import Step, Ticket, apply

RESPONSE = "response"
"""The timer that runs from a ticket's opening until an agent has written to the requester."""


def decide(name: str, ticket: Ticket, desk: Desk, now: datetime) -> Decision:
    """The escalation of a ticket whose target `name` has passed, or nothing."""
    if ticket.answered_at is not None or ticket.status.is_over:
        why = "answered or over before its target passed"
        return Decision(outcome=Outcome.IGNORED, reason=why, trace=Trace(why=why))
    step = Step(Escalate(name), By(Actor.CLOCK, name=name), f"target {name}")
    after, events = apply(ticket, [step], now)
    why = f"no answer within the {name} target of {after.priority}"
    return Decision(
        outcome=Outcome.ANSWERED,
        reason=why,
        before=ticket,
        after=after,
        events=events,
        tellings=tell(desk, events, after),
        trace=Trace(why=why),
    )
