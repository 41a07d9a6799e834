"""Fetch what a decision needs: the store's rows as `Facts`, in one consistent view."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.decide import placing, unknown, yes_no
from gateway.decide.facts import Facts
from gateway.decide.found import Found
from gateway.decide.inquiry import Inquiry
from gateway.deliveries import ALL_HELD, Held, Sibling
from gateway.desk.folder import Desk
from gateway.directory import Directory, Role
from gateway.ingest.trust import Verdict
from gateway.message import MAX_ADDRESS_CHARS, NOBODY, Address, Envelope, Kind, Reading
from gateway.settle import inquiries, inside, lately
from gateway.settle.inside import Inside
from gateway.settle.lately import KnownLately
from gateway.store import (
    Tx,
    conversation,
    held,
    identifiers,
    merges,
    overtaken,
    people,
    siblings,
    spool,
)
from gateway.threading.match import Clues
from gateway.tickets.model import Ticket


def author_of(reading: Reading, envelope: Envelope, directory: Directory) -> Address:
    """Who wrote, as the directory knows them; the envelope's sender where From: names nobody,
    whom nothing proves then."""
    author = reading.message.author
    if author == NOBODY and 0 < len(envelope.mail_from) <= MAX_ADDRESS_CHARS:
        author = Address(envelope.mail_from)
    return directory.known_as(author)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A delivery that is to be decided, read; `clues` are to the tickets it may belong to,
    `author` wrote it, `invited` are those whom it may bring in besides, `verdict` is the mail
    system's word on its author, `inquiry` what it asks for."""

    delivery: spool.Delivery
    reading: Reading
    clues: Clues
    author: Address
    invited: tuple[Address, ...]
    verdict: Verdict
    inquiry: Inquiry | None = None


@dataclass(slots=True, kw_only=True)
class Known:
    """What was found in one consistent view, for several deliveries.

    `ids` and `lately` are added to by whoever decides them one after the other: the
    next one knows the people whom the last one met, and the mails they will have.
    """

    ids: dict[str, int]
    people: Mapping[int, Address]
    tickets: Mapping[int, Ticket]
    identifiers: Mapping[tuple[str, str], int]
    overtaken: Mapping[tuple[str, str], int]
    subjects: Mapping[int, tuple[str, ...]]
    exchanged: Mapping[int, Mapping[int, tuple[str, ...]]]
    inside: Inside
    fingerprints: Mapping[tuple[str, str], int]
    siblings: Mapping[int, tuple[Sibling, ...]]
    held: Mapping[int, Held]
    refused: frozenset[str]
    lately: KnownLately
    found: Mapping[int, Found]  # by delivery, what it asks for

    def facts(
        self,
        asked: Asked,
        desk: Desk,
        *,
        new_number: int,
        new_person: int,
        new_people: Mapping[str, int],
    ) -> Facts:
        """Everything about this delivery that is not in the mail itself.

        Only tickets of the delivery's own mailbox are candidates: a mail to two mailboxes is
        two deliveries, and each joins its own. (Those of a mailbox that is gone are the first's.)
        That of a held mail is among them whichever mailbox it is of, for its team decides.
        """
        delivery, clues = asked.delivery, asked.clues
        author = asked.author
        identifiers, overtaken = self.identifiers_of(asked), self.overtaken_of(asked)
        waiting = {n: self.held[n] for n in _asked_about(asked) if n in self.held}
        about = {each.ticket for each in waiting.values() if each.ticket}
        ours = {
            number: self.tickets[number]
            for number in self.pointed_at(asked) | about
            if number in self.tickets
            and (number in about or self._is_of(number, delivery.mailbox, desk))
        }
        for number in list(ours):  # whichever mailbox those are of that all goes on in
            ours |= {each.number: each for each in placing.merged(self.tickets, number)}
        others = self.siblings.get(delivery.id, ())
        elsewhere = {n: self.tickets[n] for n in _numbers(others) if n in self.tickets}
        seen = {*ours, *elsewhere}
        writer = self.ids.get(author.key, 0)
        first = self.fingerprints.get((delivery.mailbox, asked.reading.fingerprint))
        return Facts(
            author=author,
            new_number=new_number,
            new_person=new_person,
            ids={**self.ids, **new_people},
            newcomers=new_people,
            people={n: self.people[n] for n in clues.people if n in self.people},
            tickets=ours,
            identifiers=identifiers,
            overtaken=overtaken,
            subjects={n: self.subjects[n] for n in ours if n in self.subjects},
            mentioned=tuple(n for n in clues.mentioned if self._is_of(n, delivery.mailbox, desk)),
            exchanged={n: self.exchanged[n] for n in seen if n in self.exchanged},
            notes={n: self.inside.notes_of(n) for n in ours},
            colleagues={n: self.inside.notes_of(n, but=writer) for n in ours},
            shared={n: self.inside.shared_of(n, self.ids, desk.directory) for n in ours},
            duplicate_of=None if first == delivery.id else first,
            siblings=others,
            elsewhere=elsewhere,
            held=waiting,
            refused_lately=unknown.refusal_key(author) in self.refused,
            lately=self.lately.facts(
                {**self.ids, **new_people},
                author,
                {n: self.tickets[n] for n in seen},
                asked.invited,
            ),
            found=self.found.get(delivery.id, Found()),
        )

    def _is_of(self, number: int, mailbox: str, desk: Desk) -> bool:
        """Whether there is this ticket, and it is of this mailbox."""
        ticket = self.tickets.get(number)
        return ticket is not None and desk.gateway.mailbox_for(ticket.mailbox).address == mailbox

    def pointed_at(self, asked: Asked) -> set[int]:
        """Tickets that the mail points at, whether there are such or not."""
        found = self.identifiers_of(asked).values(), self.overtaken_of(asked).values()
        return set(asked.clues.numbers).union(*found)

    def overtaken_of(self, asked: Asked) -> dict[str, int]:
        """The same of those that a ticket knows from mails that overtook them, its own too."""
        clues = asked.clues
        return _of(self.overtaken, asked, (clues.own, *clues.referred, *clues.partner))

    def identifiers_of(self, asked: Asked) -> dict[str, int]:
        """Of the Message-IDs that the mail refers to, those that a ticket of its mailbox knows."""
        return _of(self.identifiers, asked, asked.clues.referred)


def _of(
    numbers: Mapping[tuple[str, str], int], asked: Asked, identifiers: Iterable[str]
) -> dict[str, int]:
    """Of these Message-IDs those that are known in the delivery's mailbox, with their tickets."""
    found = ((each, numbers.get((asked.delivery.mailbox, each))) for each in identifiers)
    return {value: number for value, number in found if number is not None}


def known(tx: Tx, asked: Sequence[Asked], desk: Desk, now: datetime) -> Known:
    """What the database has about these deliveries, each table asked once for all of them."""
    referred = {value for each in asked for value in each.clues.referred}
    known_by = identifiers.numbers(tx, referred) if referred else {}
    awaited = {value for each in asked for value in (each.clues.own, *each.clues.partner)}
    came_late = overtaken.numbers(tx, referred | awaited)
    others = {each.delivery.id: _siblings(tx, each.delivery) for each in asked}
    numbers = {number for each in others.values() for number in _numbers(each)}
    numbers |= {number for each in asked for number in each.clues.numbers}
    numbers |= {n for each in asked for n in each.clues.mentioned}
    numbers |= {*known_by.values(), *came_late.values()}
    numbers |= {n for each in asked if each.inquiry for n in each.inquiry.named}
    asked_about = {number for each in asked for number in _asked_about(each)}
    waiting = held.by_delivery(tx, asked_about) if asked_about else {}
    numbers |= {each.ticket for each in waiting.values() if each.ticket}
    found = merges.with_targets(tx, numbers, placing.MAX_MERGES) if numbers else {}
    answers = _answers(tx, asked, known_by, found)
    signed_for = {person for each in asked for person in each.clues.people}
    named = people.with_ids(tx, signed_for) if signed_for else {}
    wrote = {(e.delivery.mailbox, e.author) for e in asked}
    authors = {author for _, author in wrote}
    other = (ticket for each in answers.values() for ticket in each.named.values())
    met = {*authors, *named.values(), *readers(desk, (*found.values(), *other))}
    invited = {person for each in asked for person in each.invited}
    met |= invited
    ids = people.ids_of(tx, met)
    prints = {(each.delivery.mailbox, each.reading.fingerprint) for each in asked}
    return Known(
        ids=ids,
        people=named,
        tickets=found,
        identifiers=known_by,
        overtaken=came_late,
        subjects=conversation.subjects_of(tx, found) if found else {},
        exchanged=identifiers.exchanged(tx, found) if found else {},
        inside=inside.of(tx, found),
        fingerprints=spool.first_with(tx, prints),
        siblings=others,
        held=waiting,
        refused=lately.refused(tx, desk, wrote, now),
        lately=lately.known(
            tx,
            desk.gateway.limits,
            now,
            ids=ids,
            authors=authors,
            invited=invited,
            tickets=found,
            keys={each.key for each in met},
            has_bounce=any(each.reading.kind is Kind.BOUNCE for each in asked),
        ),
        found=answers,
    )


def _answers(
    tx: Tx,
    asked: Sequence[Asked],
    identifiers: Mapping[tuple[str, str], int],
    found: Mapping[int, Ticket],
) -> dict[int, Found]:
    """By delivery, what there is to answer those with that ask for something."""
    return {
        e.delivery.id: inquiries.found(tx, e.inquiry, _candidates(e, identifiers, found), found)
        for e in asked
        if e.inquiry
    }


def _candidates(
    asked: Asked, identifiers: Mapping[tuple[str, str], int], found: Mapping[int, Ticket]
) -> set[int]:
    """Tickets that the mail may belong to, and those that they were merged into."""
    referred = ((asked.delivery.mailbox, each) for each in asked.clues.referred)
    numbers = {*asked.clues.numbers, *(identifiers[e] for e in referred if e in identifiers)}
    chains = (placing.merged(found, number) for number in numbers if number in found)
    return {each.number for chain in chains for each in chain}


def _asked_about(asked: Asked) -> set[int]:
    """Held deliveries that this mail may be a yes to."""
    numbers = {answer.number for answer in asked.clues.answers}
    return numbers | set(yes_no.named(asked.reading.new_text)) if ALL_HELD in numbers else numbers


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
