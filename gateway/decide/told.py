"""What letters may say of the message at hand: how far it is proven, and how much of it is told.

The surprising fact: the text that a requester gets is not what the agent's mail says, but what
the decision has kept of it, less every address that was signed for somebody.
"""

from collections.abc import Sequence

from gateway.decide.admission import Grant
from gateway.decide.decision import Decision
from gateway.deliveries import Cause
from gateway.ingest.trust import Proof
from gateway.outbound.letter import Notice, PassedOn
from gateway.threading import tag

SAY_WHO_WROTE = frozenset({Notice.NEW_TICKET, Notice.FOLLOW_UP})


def proof(notice: Notice, decision: Decision, grant: Grant) -> str:
    """What speaks for the author of the message at hand, in one calm phrase."""
    if notice is Notice.UNPROVEN and decision.cause is Cause.NEEDS_YES:
        return "came to their own reply address"
    if notice not in SAY_WHO_WROTE:
        return ""
    if decision.passed_on:
        return "not verified, passed on by one of you"
    if grant in (Grant.AUTHOR, Grant.APART):
        return "said yes when we asked at the address on file"
    if grant is Grant.PERSON:
        return "not verified, let in by one of you"
    return {
        Proof.VERIFIED: f"verified by {_voucher(decision.trace.trust)}",
        Proof.TOKEN: "came to their own reply address",
        Proof.CLAIMED: "not verified",
    }[decision.trace.proof]


def _voucher(evidence: Sequence[str]) -> str:
    """Whose word it is that the author is who they say, by `trust`'s evidence."""
    for line in evidence:
        by, says, what = line.partition(" says ")
        if says and "=pass" in what:
            return by
        if line.startswith("logged in here"):
            return "their login here"
    return "the mail system"


def passed_on(decision: Decision) -> PassedOn | None:
    """Who passed on the message at hand, where somebody did."""
    done = decision.passed_on
    return PassedOn(by=done.by, written_at=done.written_at, note=done.note) if done else None


def problems(notice: Notice, decision: Decision) -> tuple[str, ...]:
    """What was wrong with the mail; not with an agent's commands, for a requester."""
    if notice is Notice.CONFIRMATION and decision.passed_on:
        return ()
    return decision.problems


def text(notice: Notice, decision: Decision) -> str:
    """What a letter of this notice may quote of the message at hand: nothing internal leaves
    (promise 6), and no address that was signed for somebody else."""
    if notice is Notice.UNDELIVERED and decision.unheard:
        return decision.unheard
    if notice in (Notice.HANDED_OVER, Notice.DONE, Notice.WATCHING):
        return ""
    if notice is Notice.REFUSED and decision.passed_on:
        return decision.passed_on.note
    if notice.for_agents:
        return decision.text
    if notice is Notice.UNPROVEN:  # whoever reads it is asked whether these are their words
        return tag.without_tokens(decision.text)
    if decision.entry is None or decision.entry.internal:
        return ""
    return tag.without_tokens(decision.text)
