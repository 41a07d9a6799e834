"""What follows when a mail of ours was refused for good: its ticket says so, and agents know."""

from datetime import datetime

from gateway.decide.case import tell
from gateway.decide.decision import Decision, Trace
from gateway.desk.folder import Desk
from gateway.message import Address, Outcome
from gateway.tickets.events import Actor, By, Event, MailFailed
from gateway.tickets.model import Ticket


def decide(
    ticket: Ticket, to: Address, outbox: int, reply: str, desk: Desk, now: datetime
) -> Decision:
    """The ticket with the failure in its history. `reply` is what the mail server said."""
    event = Event(now, By(Actor.GATEWAY), "refused for good", MailFailed(to, outbox))
    return Decision(
        outcome=Outcome.ANSWERED,
        reason=reply,
        before=ticket,
        after=ticket,
        events=(event,),
        text=f"{to.address}: {reply}",
        tellings=tell(desk, (event,), ticket),
        trace=Trace(why="mail refused for good"),
    )
