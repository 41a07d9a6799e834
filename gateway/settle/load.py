"""Fetch what decisions need: the store's rows, in one consistent view."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from gateway.decide import placing
from gateway.decide.found import Found
from gateway.deliveries import Sibling
from gateway.desk.folder import Desk
from gateway.directory import Role
from gateway.message import Address, Kind
from gateway.settle import inquiries, inside, lately
from gateway.settle.known import Asked, Known, tickets_of
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
from gateway.tickets.model import Ticket


def known(tx: Tx, asked: Sequence[Asked], desk: Desk, now: datetime) -> Known:
    """What the database has about these deliveries, each table asked once for all of them."""
    referred = {value for each in asked for value in each.clues.referred}
    known_by = identifiers.numbers(tx, referred) if referred else {}
    awaited = {value for each in asked for value in (each.clues.own, *each.clues.partner)}
    came_late = overtaken.numbers(tx, referred | awaited)
    others = {each.delivery.id: _siblings(tx, each.delivery) for each in asked}
    asked_about = {number for each in asked for number in each.about_held}
    waiting = held.by_delivery(tx, asked_about) if asked_about else {}
    numbers = {*known_by.values(), *came_late.values()}.union(
        *(tickets_of(each) for each in others.values()),
        *(_named(each) for each in asked),
        (each.ticket for each in waiting.values() if each.ticket),
    )
    found = merges.with_targets(tx, numbers, placing.MAX_MERGES) if numbers else {}
    answers = _answers(tx, asked, known_by, found)
    named = _signed_for(tx, asked)
    other = (ticket for each in answers.values() for ticket in each.named.values())
    met = {each.author for each in asked}.union(
        named.values(),
        readers(desk, (*found.values(), *other)),
        *(each.invited for each in asked),
    )
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
        refused=lately.refused(tx, desk, {(e.delivery.mailbox, e.author) for e in asked}, now),
        lately=_lately(tx, asked, desk, now, ids, {each.key for each in met}, found),
        found=answers,
    )


def _named(asked: Asked) -> set[int]:
    """Tickets that the mail names, whether there are such or not."""
    inquired = asked.inquiry.named if asked.inquiry else ()
    return {*asked.clues.numbers, *asked.clues.mentioned, *inquired}


def _signed_for(tx: Tx, asked: Sequence[Asked]) -> dict[int, Address]:
    """Those for whom an address was made that a mail goes to."""
    ids = {person for each in asked for person in each.clues.people}
    return people.with_ids(tx, ids) if ids else {}


def _lately(
    tx: Tx,
    asked: Sequence[Asked],
    desk: Desk,
    now: datetime,
    ids: Mapping[str, int],
    keys: Collection[str],
    found: Mapping[int, Ticket],
) -> KnownLately:
    return lately.known(
        tx,
        desk.gateway.limits,
        now,
        ids=ids,
        authors={each.author for each in asked},
        invited={person for each in asked for person in each.invited},
        tickets=found,
        keys=keys,
        has_bounce=any(each.reading.kind is Kind.BOUNCE for each in asked),
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
