"""How well is the author proven, and what a signed address of theirs is evidence of."""

from gateway.decide.admission import Role
from gateway.decide.case import Case
from gateway.decide.decision import Trace
from gateway.ingest import trust
from gateway.ingest.trust import Proof
from gateway.message import Address
from gateway.rules import commands
from gateway.threading import match
from gateway.threading.match import Evidence, Match
from gateway.threading.tag import Purpose, Signed
from gateway.tickets.model import Ticket

_OF_PEOPLE = (Purpose.REPLY, Purpose.NOTE, Purpose.FOLLOW)


def proof(case: Case, found: Match | None) -> Proof:
    """How well From: is proven: by the mail system, or by what was given to that person alone."""
    signed = found.signed if found and _can_prove(case, found) else None
    person = match.made_for(found, case.facts.people)
    person = case.desk.directory.known_as(person) if person else None
    return proven(case, signed, person)


def proven(case: Case, signed: Signed | None, made_for: Address | None) -> Proof:
    """The proof by an address that was made for this person, or by the mail system. What that
    says is of whom From: names, and of nobody whom we took for the author besides."""
    message = case.reading.message
    if not case.is_author(message.author):
        return Proof.CLAIMED
    return trust.prove(message, case.author, signed, made_for, case.verdict)


def evidence(case: Case, found: Match) -> Evidence:
    """What the table of admissions takes it for: a signed address that is not the author's own
    counts one step less, a Message-ID that stands for one counts like it."""
    if is_own(case, found):
        return Evidence.SIGNED_ADDRESS
    by_address = found.evidence is Evidence.SIGNED_ADDRESS
    return Evidence.ISSUED_MESSAGE_ID if by_address else found.evidence


def is_own(case: Case, found: Match | None) -> bool:
    """Whether the mail came to a valid address that was made for its very author."""
    person = match.made_for(found, case.facts.people)
    if found is None or person is None or found.signed is None or found.signed.expired:
        return False
    return _can_prove(case, found) and case.is_author(person)


def was_told_of_an_answer(case: Case, found: Match | None) -> bool:
    """Whether the mail replies to one of ours that told its very author that a plain reply goes
    to the requester. It may have expired meanwhile: this proves nobody."""
    person = match.made_for(found, case.facts.people)
    if found is None or found.signed is None or person is None:
        return False
    return found.signed.purpose is Purpose.REPLY and case.is_author(person)


def writes_as_agent(case: Case, trace: Trace, ticket: Ticket) -> bool:
    """Whether a requester or watcher who is the ticket's agent as well writes as the agent."""
    policies = case.policies_for(ticket)
    believed = all(e.counts(Role.AGENT, trace.proof) is not Proof.CLAIMED for e in policies)
    own = believed and is_own(case, trace.match)
    return own and case.is_agent_of(ticket) and commands.is_command(case.reading.new_text)


def _can_prove(case: Case, found: Match) -> bool:
    """A signed address proves its person; a Message-ID only where there are no signed addresses,
    for everybody ever in copy has seen it."""
    if found.signed is None or found.signed.purpose not in _OF_PEOPLE:
        return False
    alone = not case.desk.gateway.mailbox_named(case.mailbox).separator
    by_id = found.evidence is Evidence.ISSUED_MESSAGE_ID
    return found.evidence is Evidence.SIGNED_ADDRESS or (alone and by_id)
