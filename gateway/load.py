"""Fetch what a decision needs: the store's rows as `Facts`, in one consistent view."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from gateway.decide.facts import Facts
from gateway.desk.folder import Desk
from gateway.directory import Directory, Role
from gateway.message import NOBODY, Address, Envelope, Reading
from gateway.outbound.letter import Notice
from gateway.store import Tx, conversation, outbox, people, spool, tickets
from gateway.threading.match import Clues
from gateway.tickets.actions import Entry
from gateway.tickets.model import Ticket

MAX_ADDRESS_CHARS = 254  # RFC 5321 section 4.5.3.1.3; a longer From: names nobody
LATELY = timedelta(hours=1)  # of the limit on confirmations


def author_of(reading: Reading, envelope: Envelope, directory: Directory) -> Address:
    """Who wrote, as the directory knows them; the envelope's sender where From: is missing."""
    author = reading.message.author
    if len(author.address) > MAX_ADDRESS_CHARS:
        author = NOBODY
    if author == NOBODY and envelope.mail_from:
        author = Address(envelope.mail_from)
    return directory.known_as(author)


def facts(
    tx: Tx,
    delivery: spool.Delivery,
    reading: Reading,
    clues: Clues,
    desk: Desk,
    now: datetime,
    *,
    new_number: int,
    new_person: int,
) -> Facts:
    """Everything about this delivery that is not in the mail itself.

    Only tickets of the delivery's own mailbox are candidates: a mail to two mailboxes is
    two deliveries, and each joins its own. (Those of a mailbox that is gone are the first's.)
    """
    author = author_of(reading, delivery.envelope, desk.directory)
    identifiers = tickets.numbers_by_identifier(tx, delivery.mailbox, clues.referred)
    found = tickets.by_number(tx, clues.numbers | set(identifiers.values()))
    ours = {
        number: each
        for number, each in found.items()
        if desk.gateway.mailbox_for(each.mailbox).address == delivery.mailbox
    }
    signed_for = people.with_ids(tx, clues.people)
    ids = people.ids_of(tx, {author, *signed_for.values(), *readers(desk, ours.values())})
    return Facts(
        author=author,
        new_number=new_number,
        new_person=new_person,
        ids=ids,
        people=signed_for,
        tickets=ours,
        identifiers=identifiers,
        exchanged=tickets.exchanged_with(tx, ours),
        notes={number: _notes(tx, number) for number in ours},
        duplicate_of=spool.first_with(tx, delivery.mailbox, reading.fingerprint, delivery.id),
        mails_lately=outbox.counts(tx, ours, now - LATELY),
        confirmations_lately=_confirmations(tx, ids.get(author.key), now),
    )


def readers(desk: Desk, about: Iterable[Ticket]) -> set[Address]:
    """Everybody who may be told of these tickets: all agents, all leads, the participants."""
    told = {p.address for p in desk.directory.people if p.role is Role.AGENT or p.leads}
    for ticket in about:
        told |= {ticket.requester, *ticket.watchers}
        told |= {ticket.assignee} if ticket.assignee else set()
    return told


def _notes(tx: Tx, number: int) -> tuple[str, ...]:
    """What agents wrote to each other. What a machine sent is inside as well, but no secret."""
    messages = conversation.messages(tx, number)
    return tuple(said.text for said in messages if said.entry in (Entry.NOTE, Entry.COMMAND))


def _confirmations(tx: Tx, person_id: int | None, now: datetime) -> int:
    if person_id is None:
        return 0
    return outbox.count_to(tx, person_id, Notice.CONFIRMATION.value, now - LATELY)
