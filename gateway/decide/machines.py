"""What becomes of a machine's mail: kept with its ticket, inside, or ignored. Never answered.

A bounce is believed only where it names a mail that we signed, and has an effect on the address
alone that this mail was for: whatever else it says is the word of a stranger.
"""

import re
from dataclasses import replace

from gateway.decide import unreached, withhold
from gateway.decide.admission import Role
from gateway.decide.case import Case
from gateway.decide.decision import Decision, Trace
from gateway.deliveries import Cause, Outcome
from gateway.message import Address, Kind
from gateway.threading.match import Evidence, Match, made_for
from gateway.threading.tag import Purpose
from gateway.tickets.actions import AddMessage, Entry, FileBounce
from gateway.tickets.events import Actor, By
from gateway.tickets.model import Step, Ticket, apply

_NAME = re.compile(r"([A-Za-z][\w-]*): ")  # of a field, at the head of a piece of evidence


def by_words_alone(case: Case) -> bool:
    """Whether nothing that machines set says that it is one: a person chose these words."""
    fields = {match[1] for match in map(_NAME.match, case.reading.evidence) if match}
    return not case.null_sender and fields <= {"Subject", "Text"}


def ignored(case: Case, trace: Trace, reason: str = "") -> Decision:
    """Nothing comes of the mail; without a `reason`, because of what it is."""
    cause = Cause.of(case.reading.kind)
    why = reason or _what(case)
    return Decision(outcome=Outcome.IGNORED, cause=cause, reason=why, trace=trace)


def _what(case: Case) -> str:
    """The kind, and the fields that gave it away: not what stands in them, for a reason is
    logged and a subject never is. `explain` has all of the evidence."""
    matches = map(_NAME.match, case.reading.evidence)
    fields = dict.fromkeys(match[1] if match else "its words" for match in matches)
    return f"{case.reading.kind} ({', '.join(fields)})" if fields else str(case.reading.kind)


def file(case: Case, trace: Trace, ticket: Ticket, role: Role) -> Decision:
    """A machine's mail about a ticket is kept with it, inside; that of a participant only."""
    if case.reading.kind is Kind.BOUNCE:
        return _bounce(case, trace, ticket)
    if role is Role.STRANGER:
        return ignored(case, trace, f"{case.reading.kind} of a stranger")
    return withhold.from_machines_and_storms(_filed(case, trace, ticket), case)


def _filed(case: Case, trace: Trace, ticket: Ticket, *steps: Step) -> Decision:
    added = Step(AddMessage(Entry.AUTOMATIC), By(Actor.MACHINE), str(case.reading.kind))
    after, events = apply(ticket, [added, *steps], case.now)
    return Decision(
        outcome=Outcome.JOINED,
        reason=trace.why,
        before=ticket,
        after=after,
        events=events,
        entry=Entry.AUTOMATIC,
        text=case.reading.new_text,
        tellings=case.tell(events, after),
        trace=trace,
    )


def _bounce(case: Case, trace: Trace, ticket: Ticket) -> Decision:
    """A bounce that names a mail of ours is filed with its ticket. Where nobody but whoever had
    that mail could write it, the agents are told and the address is remembered. A delay is only
    filed, for the mail server goes on trying: RFC 3464 section 2.3.3."""
    to, bounce = made_for(trace.match, case.facts.people), case.reading.bounce
    if to is None or not _names_our_mail(trace.match):
        return ignored(case, trace, "bounce that names no mail of ours")
    came_back = bounce is None or bounce.action == "failed"
    if not came_back or not _is_to_be_told(case, trace.match):
        filed = replace(_filed(case, trace, ticket), text=_diagnostic(case))
        return withhold.from_machines_and_storms(filed, case)
    status = bounce.status if bounce else ""
    lately = case.facts.lately
    step = Step(FileBounce(to, status), By(Actor.MACHINE), "bounce")
    decision = replace(_filed(case, trace, ticket, step), text=_said(case, to, status))
    # whatever its status: whoever sends many would otherwise choose as many
    if any(key == to.key for key, _ in lately.told.get(ticket.number, ())):
        decision = replace(decision, tellings=())
    if _came_to_its_return_path(trace.match):
        decision = unreached.after_bounce(to, status, lately, case.desk, decision)
    return withhold.from_machines_and_storms(decision, case)


def _said(case: Case, to: Address, status: str) -> str:
    """The reason in plain words; all of the bounce where no report was found in it."""
    bounce = case.reading.bounce
    if bounce is None:
        return case.reading.new_text
    return unreached.said_of(bounce.recipient or to.address, status, bounce.diagnostic)


def _diagnostic(case: Case) -> str:
    """What the other mail server said, where a report says it."""
    bounce = case.reading.bounce
    if bounce is None or not bounce.diagnostic:
        return case.reading.new_text
    return f"{bounce.recipient}: {bounce.diagnostic}"


def _is_to_be_told(case: Case, found: Match | None) -> bool:
    """Whether agents hear of it. A Message-ID is seen by everybody in copy of an answer, so it is
    enough only where there are no signed addresses."""
    signed = found.signed if found else None
    by_path = signed is not None and signed.purpose is Purpose.BOUNCE
    return by_path or not case.desk.gateway.mailbox_named(case.mailbox).separator


def _came_to_its_return_path(found: Match | None) -> bool:
    """Whether the bounce is sure enough to keep mail from its reader: it came to the address that
    no person ever sees. Nothing that it says is, not even where there are no such addresses."""
    signed = found.signed if found else None
    if found is None or signed is None or signed.expired:
        return False
    return signed.purpose is Purpose.BOUNCE and found.evidence is Evidence.SIGNED_ADDRESS


def _names_our_mail(found: Match | None) -> bool:
    """A bounce goes to the return path, or names the Message-ID; an address for replies is in
    the hands of people, who could make one up."""
    signed = found.signed if found else None
    by_id = found is not None and found.evidence is Evidence.ISSUED_MESSAGE_ID
    return signed is not None and (by_id or signed.purpose is Purpose.BOUNCE)
