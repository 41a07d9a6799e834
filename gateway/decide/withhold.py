"""Which mails are not sent although the table of notices has them, and why.

Machines are never answered; people are, within stated limits (promise 4). Only what
goes to whoever wrote is withheld: agents are always told.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from gateway.decide.case import Case
from gateway.decide.decision import Decision
from gateway.message import Address, Kind
from gateway.tickets.events import Actor, By, Event, MailWithheld

_NO_REPLY = re.compile(
    r"(no|do-?not|dont)[._-]?reply|mailer-daemon|postmaster|bounces?([._+-].*)?|.*-bounces",
    re.IGNORECASE,
)


def from_machines_and_storms(decision: Decision, case: Case) -> Decision:
    """The decision without the mails that must not be sent, each with its cause on the ticket."""
    kept, withheld, events = [], list(decision.withheld), list(decision.events)
    for telling in decision.tellings:
        cause = None if telling.notice.for_agents else _cause(telling.to, case)
        if cause is None:
            kept.append(telling)
            continue
        withheld.append((telling.to.address, cause))
        fact = MailWithheld(cause)
        events.append(Event(case.now, By(Actor.GATEWAY), telling.notice.value, fact))
    return replace(decision, tellings=tuple(kept), withheld=tuple(withheld), events=tuple(events))


def _cause(to: Address, case: Case) -> str | None:
    """Why this person is not answered; None when they are. A word of a closed set."""
    return next(_causes(to, case), None)


def _causes(to: Address, case: Case) -> Iterator[str]:
    local, _, domain = to.key.rpartition("@")
    if case.reading.kind is not Kind.ORDINARY:
        yield str(case.reading.kind)
    # RFC 3834 section 2: never answer a null reverse-path. A bounce comes with one, so
    # answering would start a loop between two machines; silence costs nobody anything.
    if case.null_sender:
        yield "null-return-path"
    if domain in ("", "invalid"):
        yield "no-address"
    if case.desk.gateway.mailbox_of(to.address):
        yield "own-address"
    if _NO_REPLY.fullmatch(local):
        yield "no-reply-address"
    if case.facts.confirmations_lately >= case.desk.gateway.limits.confirmations_per_hour:
        yield "limit"
