"""Mail of somebody who is nobody here, by the policy of the mailbox that it came to.

Only the From: is looked at, which anybody can write: the policy keeps the desk quiet, it is
no proof of anything. Hence who is held hears nothing, for they may never have written to us.
"""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from gateway.config.mailboxes import Mailbox
from gateway.decide import withhold
from gateway.decide.admission import Grant, Role
from gateway.decide.case import Case
from gateway.decide.decision import Decision, Trace
from gateway.deliveries import Cause, Outcome
from gateway.message import Address
from gateway.outbound.letter import Notice, PlainReply
from gateway.outbound.notify import Telling

ONE_REFUSAL_PER = timedelta(days=1)  # to one address, over all mailboxes

_WHY = "its author is nobody on file"


def turned_away(case: Case, trace: Trace) -> Decision | None:
    """What becomes of a mail that would open a ticket, where its author is unknown and the
    mailbox does not want it; None where the ticket is opened."""
    mailbox = case.desk.gateway.mailbox_named(case.mailbox)
    policy = mailbox.unknown_senders
    if policy == "accept" or case.grant is not Grant.NOBODY or _is_known(case, mailbox):
        return None
    decision = Decision(
        outcome=Outcome.HELD if policy == "hold" else Outcome.REJECTED,
        cause=Cause.UNKNOWN_SENDER,
        reason=f"{trace.why}; {_WHY}",
        text=case.reading.new_text,
        trace=trace,
    )
    return decision if policy == "hold" else _told(decision, case)


def refusal_key(author: Address) -> str:
    """By which it is kept that they were told; says nothing of the address itself."""
    return sha256(f"not accepted: {author.key}".encode("utf-8", "replace")).hexdigest()


def _told(refused: Decision, case: Case) -> Decision:
    """With the mail that says so, if the author is to have one."""
    telling = Telling(Notice.NOT_ACCEPTED, case.author, PlainReply.NOTHING)
    cause = "told-today" if case.facts.refused_lately else "forged" * case.verdict.forged
    if cause:
        return replace(refused, withheld=((case.author.address, cause),))
    return withhold.from_machines_and_storms(replace(refused, tellings=(telling,)), case)


def _is_known(case: Case, mailbox: Mailbox) -> bool:
    """On file, of a domain all of which is known, or a participant of a ticket it points at."""
    if case.desk.directory.find(case.author) or case.author.domain in mailbox.known_domains:
        return True
    return any(case.role_in(ticket) is not Role.STRANGER for ticket in case.facts.tickets.values())
