"""People whom no mail reaches: what comes back is counted, and what would come back is not sent.

Agents hear of it once, with the reason in plain words, for the requester hears nothing from us
any more. Agents' own addresses are never suppressed: whose mail fails there is seen at once.
"""

from dataclasses import replace

from gateway import directory
from gateway.decide.admission import Grant
from gateway.decide.case import Case
from gateway.decide.decision import Decision
from gateway.decide.lately import SUPPRESSED, Lately
from gateway.desk.folder import Desk
from gateway.ingest.trust import Proof
from gateway.message import Address, Kind
from gateway.outbound import notify
from gateway.outbound.letter import Notice, PlainReply
from gateway.outbound.notify import Telling
from gateway.reach import Suppression, bounced, in_words

# as datetime writes it; a date alone, for nobody waits for the minute
_DAY = "%Y-%m-%d"


def is_blocked(to: Address, decision: Decision, case: Case) -> bool:
    """Whether mail to them would only come back."""
    known = case.facts.lately.suppressed.get(to.key)
    if known is None or to.key == decision.reached:
        return False
    return known.blocks(case.now) and not _is_probe(known, case)


def _is_probe(known: Suppression, case: Case) -> bool:
    """Whether a mail to them shows if they can be reached again. Nothing has to prove that they
    wrote the mail at hand: whoever did has a mailbox, or one more mail comes back."""
    writes = known.key == case.author.key and _is_ordinary(case)
    return known.is_to_be_probed(case.now, early=writes)


def _is_ordinary(case: Case) -> bool:
    return case.reading.kind is Kind.ORDINARY and not case.null_sender


def ended_by(decision: Decision, case: Case) -> str:
    """The author's key, or that of an alias, where this mail shows that they can be written to
    again: it is theirs, as far as it can be proven, and no machine wrote it. Else ""."""
    proven = decision.trace.proof is not Proof.CLAIMED or case.grant is Grant.AUTHOR
    if not proven or not _is_ordinary(case):
        return ""
    theirs = (key for key in case.facts.lately.suppressed if case.is_author(Address(key)))
    return next(theirs, "")


def with_probes(decision: Decision, case: Case) -> Decision:
    """The decision, with the addresses noted that one of its mails goes to as a probe."""
    known = case.facts.lately.suppressed
    probed = {
        each.to.key: known[each.to.key].probed(case.now)
        for each in decision.tellings
        if each.to.key in known
        and each.to.key != decision.reached
        and _is_probe(known[each.to.key], case)
    }
    if not probed:
        return decision
    return replace(decision, suppressions=(*decision.suppressions, *probed.values()))


def told(decision: Decision, case: Case) -> Decision:
    """The decision, with the ticket's agents told that somebody does not hear from us; once, and
    nobody who has a mail of this decision already."""
    ticket, lately = decision.after, case.facts.lately
    keys = dict.fromkeys(to.lower() for to, cause in decision.withheld if cause == "suppressed")
    if not keys or ticket is None or SUPPRESSED in lately.told.get(ticket.number, ()):
        return decision
    agents = [*notify.responsible(ticket, case.desk.directory, case.team(ticket), lately.away)]
    if case.is_agent:
        agents = [case.author, *agents]
    has_one = {each.to.key for each in decision.tellings}
    new = {each.key: each for each in agents if each.key not in has_one}
    more = (Telling(Notice.UNDELIVERED, each, PlainReply.IS_NOTED) for each in new.values())
    said = "\n".join(_not_sent(lately.suppressed[key]) for key in keys)
    return replace(decision, tellings=(*decision.tellings, *more), unheard=said)


def after_bounce(
    to: Address, status: str, lately: Lately, desk: Desk, decision: Decision
) -> Decision:
    """The decision, with what is known of the address now that a mail to it came back."""
    person = desk.directory.find(to)
    if person is not None and person.role is directory.Role.AGENT:
        return decision
    at = decision.events[-1].at
    now_known = bounced(lately.suppressed.get(to.key), to.key, status, at)
    if now_known is None or now_known == lately.suppressed.get(to.key):
        return decision
    text = decision.text
    if now_known.blocks(at):
        until = now_known.until.strftime(_DAY)
        text = f"{text}\n\nNo mail goes to {to.address} before {until}, unless they write to us."
    return replace(decision, suppressions=(*decision.suppressions, now_known), text=text)


def said_of(address: str, status: str, diagnostic: str) -> str:
    """The reason in plain words, and what the mail server said.

    >>> said_of("ann@x.example", "5.1.1", "550 5.1.1 User unknown")
    'ann@x.example: there is no such mailbox (5.1.1)\\nThe mail server said: 550 5.1.1 User unknown'
    """
    words = in_words(status) or "the mail could not be delivered"
    server = f"\nThe mail server said: {diagnostic}" if diagnostic else ""
    return f"{address}: {words}{server}"


def _not_sent(known: Suppression) -> str:
    words = in_words(known.status) or "the mail could not be delivered"
    until = known.until.strftime(_DAY)
    return (
        f"{known.key}: no mail was sent to this address, for earlier ones came back: {words}. The "
        f"next goes out after {until}, or as soon as they write to us."
    )
