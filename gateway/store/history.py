"""What was said and done in tickets, as the domain's own values: events with their facts again.

Only whoever asks by mail needs it; the ordinary mail is decided without.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any, get_type_hints

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.deliveries import Judged
from gateway.message import NOBODY, Address
from gateway.store import bulk
from gateway.store.one_of import one_of
from gateway.store.people import with_ids
from gateway.store.tables import decision, delivery, event, link, ticket
from gateway.tickets.actions import Entry
from gateway.tickets.events import FACTS, Actor, By, Event, Fact
from gateway.tickets.priority import Priority
from gateway.tickets.status import Status

_WORDS = (Entry, Priority, Status)


def events(tx: Connection, numbers: Collection[int]) -> dict[int, tuple[Event, ...]]:
    """By ticket number, oldest first. Whoever was erased is nobody."""
    query = (
        sa.select(event, ticket.c.number)
        .select_from(event.join(ticket))
        .where(one_of(ticket.c.number, numbers))
        .order_by(event.c.ticket_id, event.c.seq)
    )
    rows = list(tx.execute(query))
    ids = {value["person"] for row in rows for value in _people(row.detail)}
    ids |= {row.person_id for row in rows if row.person_id is not None}
    people = with_ids(tx, ids) if ids else {}
    found: dict[int, list[Event]] = defaultdict(list)
    for row in rows:
        person = None if row.person_id is None else people.get(row.person_id, NOBODY)
        by = By(Actor(row.actor), person, row.actor_name)
        found[row.number].append(Event(row.at, by, row.why, _fact(row.name, row.detail, people)))
    return {number: tuple(each) for number, each in found.items()}


def _people(detail: Mapping[str, Any]) -> list[Mapping[str, int]]:
    return [value for value in detail.values() if isinstance(value, dict)]


def _fact(name: str, detail: Mapping[str, Any], people: Mapping[int, Address]) -> Fact:
    """The other way round of what `tickets.detail` does."""
    kind = FACTS[name]
    words = _words_of(kind)
    given: dict[str, Any] = {}
    for each in fields(kind):
        value = detail.get(each.name)
        if isinstance(value, dict):
            value = people.get(value["person"], NOBODY)
        elif each.name in words and value is not None:
            value = words[each.name](value)
        given[each.name] = value
    fact: Fact = kind(**given)
    return fact


def _words_of(kind: type) -> Mapping[str, type]:
    """Fields that hold a word of a closed set."""
    return {name: hint for name, hint in get_type_hints(kind).items() if hint in _WORDS}


def judged(tx: Connection, number: int, limit: int) -> tuple[Judged, ...]:
    """How the last deliveries of this ticket were decided, the newest first."""
    query = (
        sa.select(delivery.c.id, delivery.c.finished_at, delivery.c.reason, decision.c.account)
        .select_from(
            delivery.join(ticket, ticket.c.id == delivery.c.ticket_id).outerjoin(
                decision, decision.c.delivery_id == delivery.c.id
            )
        )
        .where(ticket.c.number == number, delivery.c.finished_at.is_not(None))
        .order_by(delivery.c.id.desc())
        .limit(limit)
    )
    return tuple(
        Judged(delivery=row.id, at=row.finished_at, reason=row.reason, account=row.account)
        for row in tx.execute(query)
    )


def link_both(tx: Connection, one: int, other: int, how: str) -> None:
    """Link two tickets, by their row ids; again is once."""
    for ours, theirs in ((one, other), (other, one)):
        row = {"ticket_id": ours, "other_id": theirs, "how": how}
        bulk.add(tx, link, row, unless_there=("ticket_id", "other_id", "how"))


def unlink_both(tx: Connection, one: int, other: int, how: str) -> None:
    pair = (one, other)
    between = (link.c.ticket_id.in_(pair), link.c.other_id.in_(pair), link.c.how == how)
    tx.execute(sa.delete(link).where(*between))
