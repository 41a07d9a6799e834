"""What a decision does to mail other than its own: what is held is let in or dropped, and what
is not taken is answered once a day. Both raise Conflict where somebody else was first.
"""

from datetime import datetime

from gateway.decide import unknown
from gateway.decide.admission import Grant
from gateway.decide.case import Case
from gateway.decide.decision import Decision
from gateway.deliveries import Cause
from gateway.store import Tx, decisions, held


def record(tx: Tx, decision: Decision, now: datetime) -> None:
    """What somebody's yes or no does with the mails that waited for it."""
    for ruling in decision.rulings:
        if ruling.grant is Grant.NOBODY:
            held.drop(tx, ruling.delivery, decision.reason, now)
        else:
            held.release(tx, ruling.delivery, ruling.grant.value, now)


def refuse(tx: Tx, case: Case, decision: Decision, now: datetime) -> None:
    """That somebody is told that we do not take their mail, by the mails of this commit."""
    if decision.cause is Cause.UNKNOWN_SENDER:
        key = unknown.refusal_key(case.author)
        decisions.tell_once(tx, key, now - unknown.ONE_REFUSAL_PER, now)
