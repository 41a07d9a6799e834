"""Which ticket does this mail belong to? Ordered evidence; the first that holds wins.

Evidence proves the ticket, never the person: who may do what with it is decided
elsewhere. Where two pieces of evidence disagree, the stronger wins and the weaker is
told in `disagrees`. A bare number in a subject is no evidence at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.message import Address, Kind, Reading, identifier_of
from gateway.threading import subject, tag
from gateway.threading.tag import KeyRing, Purpose, Signed


class Evidence(StrEnum):
    """What leads to a ticket, strongest first."""

    SIGNED_ADDRESS = "signed-address"
    ISSUED_MESSAGE_ID = "issued-message-id"
    STORED_MESSAGE_ID = "stored-message-id"
    SUBJECT_TAG = "subject-tag"
    PARTNER_NUMBER = "partner-number"  # of another ticket system, that a mail before it had


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What the mail itself offers, before anything was looked up."""

    signed: tuple[Signed, ...] = ()
    issued: tuple[Signed, ...] = ()
    referred: tuple[str, ...] = ()  # Message-IDs, the most telling first
    own: str = ""  # the mail's Message-ID, to which a mail that overtook it may have referred
    tags: tuple[tuple[int, str], ...] = ()
    partner: tuple[str, ...] = ()  # numbers of their author's ticket system
    mentioned: tuple[int, ...] = ()  # bare numbers in the subject: a hint, no evidence
    answers: tuple[Signed, ...] = ()  # to questions of ours: their number is a held delivery's

    @property
    def numbers(self) -> frozenset[int]:
        """Tickets to look up."""
        found = {signed.number for signed in (*self.signed, *self.issued)}
        return frozenset(found | {number for number, _ in self.tags})

    @property
    def people(self) -> frozenset[int]:
        made = (*self.signed, *self.issued, *self.answers)
        return frozenset(signed.person for signed in made)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows of the clues: tags by ticket number, numbers by Message-ID. `overtaken`
    has Message-IDs that mails of a ticket referred to, of mails that did not come before them."""

    tags: Mapping[int, str]
    identifiers: Mapping[str, int]
    overtaken: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The ticket, by what it was found, and for whom the signed address was made."""

    number: int
    evidence: Evidence
    signed: Signed | None = None
    disagrees: tuple[str, ...] = ()


def clues(
    reading: Reading,
    recipients: Iterable[str],
    ring: KeyRing,
    mailbox: str,
    separator: str,
    now: datetime,
    partner_numbers: Iterable[str] = (),
) -> Clues:
    """Collect them. `recipients` are the envelope's; To and Cc are read as well, because a
    mail that was fetched or forwarded may have lost its envelope."""
    message = reading.message
    shown = (address.address for address in (*message.to, *message.cc))
    signed = [
        found
        for address in dict.fromkeys((*recipients, *shown))
        if (found := tag.read_address(ring, mailbox, separator, address, now))
    ]
    # what a person forwards or pastes is no evidence of theirs
    bounce = reading.bounce if reading.kind is Kind.BOUNCE else None
    original = bounce.original_message_id if bounce else None
    referred = tuple(
        dict.fromkeys(
            [original] * bool(original)
            + list(message.in_reply_to)
            + list(reversed(message.references))
        )
    )
    named = (tag.read_message_id(ring, mailbox, each or "", now) for each in referred)
    issued = [each for each in named if each]
    answers = (each for each in (*signed, *issued) if each.purpose is Purpose.ACTION)
    return Clues(
        signed=tuple(each for each in signed if each.purpose is not Purpose.ACTION),
        answers=tuple(answers),
        issued=tuple(each for each in issued if each.purpose is not Purpose.ACTION),
        referred=tuple(each for each in referred if each),
        own=identifier_of(message.message_id or ""),
        tags=tag.tags_in(message.subject),
        mentioned=tag.bare_numbers_in(message.subject),
        partner=subject.partner_numbers(message.subject, partner_numbers, message.author.domain),
    )


def match(found: Clues, known: Known) -> Match | None:
    """The ticket that the strongest evidence names, or None: a new conversation."""
    named = list(_in_order(found, known))
    if not named:
        return None
    number, evidence, signed = named[0]
    disagrees = dict.fromkeys(
        f"{other_evidence} says #{other}" for other, other_evidence, _ in named if other != number
    )
    return Match(number=number, evidence=evidence, signed=signed, disagrees=tuple(disagrees))


def _in_order(found: Clues, known: Known) -> Iterable[tuple[int, Evidence, Signed | None]]:
    ours = [signed for signed in found.signed if signed.number in known.tags]
    for signed in ours:
        if not signed.expired:
            yield signed.number, Evidence.SIGNED_ADDRESS, signed
    # an expired address falls down one step: it names the ticket, as a Message-ID does
    expired = (signed for signed in ours if signed.expired)
    for signed in (*expired, *found.issued):
        if signed.number in known.tags:
            yield signed.number, Evidence.ISSUED_MESSAGE_ID, signed
    for identifier in found.referred:
        if identifier in known.identifiers:
            yield known.identifiers[identifier], Evidence.STORED_MESSAGE_ID, None
    for identifier in (found.own, *found.referred):
        if identifier in known.overtaken:
            yield known.overtaken[identifier], Evidence.STORED_MESSAGE_ID, None
    for number, key in found.tags:
        if known.tags.get(number) == key:
            yield number, Evidence.SUBJECT_TAG, None
    for each in found.partner:
        if each in known.overtaken:
            yield known.overtaken[each], Evidence.PARTNER_NUMBER, None


def made_for(found: Match | None, people: Mapping[int, Address]) -> Address | None:
    """The person whom the winning signed address or Message-ID was made for."""
    return people.get(found.signed.person) if found and found.signed else None
