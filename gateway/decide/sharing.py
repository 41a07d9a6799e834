"""One mail to several of our mailboxes: a ticket in each, linked, or one that all teams know.

Each mailbox has a delivery of its own, and whichever is recorded later knows what came of
the earlier one; `record` sees to it that neither is decided in ignorance of the other. The
requester gets one confirmation for each ticket, and a mail that opens one names the other.
"""

from dataclasses import replace

from gateway.config.settings import ONE_TICKET
from gateway.decide.case import Case
from gateway.decide.decision import Decision, Trace
from gateway.deliveries import Outcome, Sibling
from gateway.outbound import notify
from gateway.outbound.letter import Also
from gateway.tickets.events import Actor, By, Event, TicketLinked, TicketShared
from gateway.tickets.model import Ticket

SAME_MAIL = "same-mail"
"""How two tickets are linked that one mail has opened."""


def is_for_one_ticket(case: Case) -> bool:
    """Whether the desk wants one ticket of a mail, however many mailboxes it was for."""
    return case.desk.gateway.desk.one_mail_to_two_mailboxes == ONE_TICKET


def already_made(case: Case) -> Ticket | None:
    """The ticket that stands for this mail, where one is for all of its mailboxes."""
    if not is_for_one_ticket(case):
        return None
    found = (case.facts.elsewhere.get(each.ticket or 0) for each in case.facts.siblings)
    return next(filter(None, found), None)


def share(case: Case, trace: Trace, ticket: Ticket) -> Decision:
    """The mail is in that ticket already: this mailbox's team is told of it, and nobody twice."""
    fact = TicketShared(case.mailbox)
    event = Event(case.now, By(Actor.REQUESTER, case.author), "same mail", fact)
    queue = case.desk.gateway.mailbox_named(case.mailbox).queue
    team = next(each.team for each in case.desk.gateway.queue if each.name == queue)
    told = {each.to.key for each in case.tell((event,), ticket)}
    tellings = notify.tellings((event,), ticket, case.desk.directory, team)
    why = f"the same mail is in #{ticket.number}, which this mailbox's team is told of"
    return Decision(
        outcome=Outcome.JOINED,
        reason=why,
        before=ticket,
        after=replace(ticket, updated_at=case.now),
        events=(event,),
        text=case.reading.message.text,
        tellings=tuple(each for each in tellings if each.to.key not in told),
        also=_also(case, ticket.number),
        trace=replace(trace, why=why),
    )


def linked(decision: Decision, case: Case) -> Decision:
    """The decision with the tickets that the same mail has in other mailboxes. Two tickets that
    this mail did not open were there before it, and are left as they are."""
    if decision.after is None or not case.facts.siblings:
        return decision
    number, opened = decision.after.number, decision.outcome is Outcome.OPENED
    others = tuple(
        each.ticket
        for each in case.facts.siblings
        if each.ticket not in (None, number) and (opened or each.opened)
    )
    by = By(Actor.GATEWAY)
    events = (Event(case.now, by, "same mail", TicketLinked(n, SAME_MAIL)) for n in others if n)
    return replace(
        decision,
        events=(*decision.events, *events),
        siblings=tuple(n for n in others if n),
        also=_also(case, number) if opened else (),
    )


def _also(case: Case, number: int) -> tuple[Also, ...]:
    """The other mailboxes of this mail, but those where nothing came of it."""
    return tuple(
        _other(case, each, number)
        for each in case.facts.siblings
        if each.waiting or each.ticket is not None
    )


def _other(case: Case, sibling: Sibling, number: int) -> Also:
    mailbox = case.desk.gateway.mailbox_for(sibling.mailbox)
    there = number if is_for_one_ticket(case) else sibling.ticket
    return Also(name=mailbox.display_name, address=mailbox.address, number=there)
