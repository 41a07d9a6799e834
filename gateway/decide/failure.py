"""What follows when a mail of ours was refused for good: its ticket says so, and agents know.

For the address it counts like a bounce. The surprising fact: a refusal is more sure than any
bounce, for the mail server that we talk to says it, and nobody else can.
"""

from datetime import datetime

from gateway.decide import unreached
from gateway.decide.case import tell
from gateway.decide.decision import Decision, Trace
from gateway.decide.lately import FAILED, Lately
from gateway.deliveries import Outcome
from gateway.desk.folder import Desk
from gateway.message import Address
from gateway.reach import status_in
from gateway.tickets.events import Actor, By, Event, MailFailed
from gateway.tickets.model import Ticket


def decide(
    ticket: Ticket,
    to: Address,
    outbox: int,
    reply: str,
    desk: Desk,
    now: datetime,
    lately: Lately | None = None,
) -> Decision:
    """The ticket with the failure in its history. `reply` is what the mail server said. Agents
    are told once a day of the same address."""
    lately, status = lately or Lately(), status_in(reply)
    event = Event(now, By(Actor.GATEWAY), "refused for good", MailFailed(to, outbox))
    is_news = (to.key, FAILED) not in lately.told.get(ticket.number, ())
    decision = Decision(
        outcome=Outcome.ANSWERED,
        reason=reply,
        before=ticket,
        after=ticket,
        events=(event,),
        text=unreached.said_of(to.address, status, reply),
        tellings=tell(desk, (event,), ticket, lately.away) if is_news else (),
        trace=Trace(why="mail refused for good"),
    )
    return unreached.after_bounce(to, status, lately, desk, decision)
