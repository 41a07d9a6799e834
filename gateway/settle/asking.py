"""A delivery read: what kind of mail it is, whose, and what it asks for. Nothing is loaded yet."""

from datetime import datetime

from gateway.decide import inquiry, newcomers
from gateway.decide.inquiry import Inquiry
from gateway.directory import Directory
from gateway.ingest.trust import Verdict, judge
from gateway.lookup import unasked
from gateway.message import MAX_ADDRESS_CHARS, NOBODY, Address, Envelope, Kind, Reading, Source
from gateway.reading import read
from gateway.settle.known import Asked
from gateway.settle.office import Office
from gateway.store import spool
from gateway.threading import match


def asked(office: Office, delivery: spool.Delivery, now: datetime) -> Asked:
    """The delivery, read. Raises KeyError when its mailbox has left the file."""
    return asked_as_read(office, delivery, read_delivery(office, delivery), now)


def asked_as_read(
    office: Office, delivery: spool.Delivery, reading: Reading, now: datetime
) -> Asked:
    """The same of one that has been read. May wait for the name system."""
    mailbox = office.desk.gateway.mailbox_named(delivery.mailbox)
    clues = match.clues(
        reading,
        delivery.rcpt_to,
        office.ring,
        mailbox.address,
        mailbox.separator,
        now,
        mailbox.partner_numbers,
    )
    verdict = _judged(office, delivery, reading)
    author = author_of(reading, delivery.envelope, office.desk.directory)
    proven = verdict.verified or bool(clues.people) or bool(delivery.granted)
    return Asked(
        delivery=delivery,
        reading=reading,
        clues=clues,
        author=author,
        invited=newcomers.named_in(reading, delivery.mailbox, office.desk),
        verdict=verdict,
        inquiry=_inquiry(office, delivery, reading, author, proven=proven),
    )


def _inquiry(
    office: Office,
    delivery: spool.Delivery,
    reading: Reading,
    author: Address,
    *,
    proven: bool,
) -> Inquiry | None:
    """What it asks for, where anything may prove who asks: a search costs more than a mail."""
    return inquiry.inquiry(
        reading.new_text if reading.kind is Kind.ORDINARY else "",
        inquiry.addressed(delivery.rcpt_to, reading),
        delivery.mailbox,
        author,
        office.desk,
        asks_as_agent=proven,
    )


def _judged(office: Office, delivery: spool.Delivery, reading: Reading) -> Verdict:
    """What the mail system says of its author; may wait for the name system. Of old mail that
    is imported only its own fields are read, for keys leave the DNS."""
    imported = delivery.envelope.source is Source.IMPORT
    return judge(
        reading.message,
        delivery.envelope,
        delivery.content,
        reading.message.author,
        office.desk.gateway.trust,
        unasked if imported else office.lookup,
        own=office.desk.gateway.own_addresses,
    )


def read_delivery(office: Office, delivery: spool.Delivery) -> Reading:
    """The mail, read as one for this desk."""
    return read(
        delivery.content,
        delivery.envelope,
        own_addresses=office.desk.gateway.own_addresses,
        own_desk=office.ring.desk,
        behind_lists=frozenset(office.desk.gateway.mailbox_for(delivery.mailbox).behind_lists),
    )


def author_of(reading: Reading, envelope: Envelope, directory: Directory) -> Address:
    """Who wrote, as the directory knows them; the envelope's sender where From: names nobody,
    whom nothing proves then."""
    author = reading.message.author
    if author == NOBODY and 0 < len(envelope.mail_from) <= MAX_ADDRESS_CHARS:
        author = Address(envelope.mail_from)
    return directory.known_as(author)
