"""Fetch what a decision needs: the store's rows as `Facts`, in one consistent view."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.decide.facts import Facts
from gateway.desk.folder import Desk
from gateway.directory import Directory, Role
from gateway.message import NOBODY, Address, Envelope, Reading, Sibling
from gateway.outbound.letter import Notice
from gateway.store import Tx, conversation, outbox, people, siblings, spool, tickets
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A delivery that is to be decided, read; `clues` are to the tickets it may belong to."""

    delivery: spool.Delivery
    reading: Reading
    clues: Clues


@dataclass(slots=True, kw_only=True)
class Known:
    """What was found in one consistent view, for several deliveries.

    `ids` and `confirmations` are added to by whoever decides them one after the other: the
    next one knows the people whom the last one met, and the mails they will have.
    """

    ids: dict[str, int]
    people: Mapping[int, Address]
    tickets: Mapping[int, Ticket]
    identifiers: Mapping[tuple[str, str], int]
    exchanged: Mapping[int, Mapping[int, tuple[str, ...]]]
    notes: Mapping[int, tuple[str, ...]]
    fingerprints: Mapping[tuple[str, str], int]
    siblings: Mapping[int, tuple[Sibling, ...]]
    mails: Mapping[int, Mapping[int, int]]
    confirmations: dict[int, int]

    def facts(self, asked: Asked, desk: Desk, *, new_number: int, new_person: int) -> Facts:
        """Everything about this delivery that is not in the mail itself.

        Only tickets of the delivery's own mailbox are candidates: a mail to two mailboxes is
        two deliveries, and each joins its own. (Those of a mailbox that is gone are the first's.)
        """
        delivery, clues = asked.delivery, asked.clues
        author = author_of(asked.reading, delivery.envelope, desk.directory)
        identifiers = self.identifiers_of(asked)
        ours = {
            number: self.tickets[number]
            for number in clues.numbers | set(identifiers.values())
            if number in self.tickets
            and desk.gateway.mailbox_for(self.tickets[number].mailbox).address == delivery.mailbox
        }
        others = self.siblings.get(delivery.id, ())
        elsewhere = {n: self.tickets[n] for n in _numbers(others) if n in self.tickets}
        seen = {*ours, *elsewhere}
        first = self.fingerprints.get((delivery.mailbox, asked.reading.fingerprint))
        return Facts(
            author=author,
            new_number=new_number,
            new_person=new_person,
            ids=dict(self.ids),
            people={n: self.people[n] for n in clues.people if n in self.people},
            tickets=ours,
            identifiers=identifiers,
            exchanged={n: self.exchanged[n] for n in seen if n in self.exchanged},
            notes={number: self.notes.get(number, ()) for number in ours},
            duplicate_of=None if first == delivery.id else first,
            siblings=others,
            elsewhere=elsewhere,
            mails_lately={n: self.mails[n] for n in seen if n in self.mails},
            confirmations_lately=self.confirmations.get(self.ids.get(author.key, 0), 0),
        )

    def identifiers_of(self, asked: Asked) -> dict[str, int]:
        """Of the Message-IDs that the mail refers to, those that a ticket of its mailbox knows."""
        mailbox = asked.delivery.mailbox
        found = ((each, self.identifiers.get((mailbox, each))) for each in asked.clues.referred)
        return {value: number for value, number in found if number is not None}


def known(tx: Tx, asked: Sequence[Asked], desk: Desk, now: datetime) -> Known:
    """What the database has about these deliveries, each table asked once for all of them."""
    referred = {value for each in asked for value in each.clues.referred}
    identifiers = tickets.numbers_by_identifier(tx, referred) if referred else {}
    others = {each.delivery.id: _siblings(tx, each.delivery) for each in asked}
    numbers = {number for each in others.values() for number in _numbers(each)}
    numbers |= {number for each in asked for number in each.clues.numbers}
    numbers |= set(identifiers.values())
    found = tickets.by_number(tx, numbers) if numbers else {}
    signed_for = {person for each in asked for person in each.clues.people}
    named = people.with_ids(tx, signed_for) if signed_for else {}
    authors = {author_of(each.reading, each.delivery.envelope, desk.directory) for each in asked}
    ids = people.ids_of(tx, {*authors, *named.values(), *readers(desk, found.values())})
    writing = {ids[author.key] for author in authors if author.key in ids}
    confirmed = outbox.counts_to(tx, writing, Notice.CONFIRMATION.value, now - LATELY)
    prints = {(each.delivery.mailbox, each.reading.fingerprint) for each in asked}
    return Known(
        ids=ids,
        people=named,
        tickets=found,
        identifiers=identifiers,
        exchanged=tickets.exchanged_with(tx, found) if found else {},
        # what a machine sent is inside as well, but no secret
        notes=conversation.texts_of(tx, found, (Entry.NOTE, Entry.COMMAND)) if found else {},
        fingerprints=spool.first_with(tx, prints),
        siblings=others,
        mails=outbox.counts(tx, found, now - LATELY) if found else {},
        confirmations=confirmed,
    )


def _numbers(others: Iterable[Sibling]) -> set[int]:
    return {each.ticket for each in others if each.ticket}


def _siblings(tx: Tx, delivery: spool.Delivery) -> tuple[Sibling, ...]:
    """The same mail's deliveries to other mailboxes; most mails have recipients in one alone,
    and are not asked about."""
    if set(delivery.envelope.rcpt_to) <= set(delivery.rcpt_to):
        return ()
    return siblings.of(tx, delivery.spool_id, delivery.id)


def readers(desk: Desk, about: Iterable[Ticket]) -> set[Address]:
    """Everybody who may be told of these tickets: all agents, all leads, the participants."""
    told = {p.address for p in desk.directory.people if p.role is Role.AGENT or p.leads}
    for ticket in about:
        told |= {ticket.requester, *ticket.watchers}
        told |= {ticket.assignee} if ticket.assignee else set()
    return told
