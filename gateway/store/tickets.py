"""Tickets and their events: rows to domain values and back, in plain sight.

A ticket is saved against the version it was loaded with; when another worker was
first, Conflict says so and the decision is made again from what is true now.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.message import Address
from gateway.store import bulk
from gateway.store.engine import Conflict
from gateway.store.one_of import one_of_given
from gateway.store.tables import event, link, participant, person, ticket, ticket_tag
from gateway.tickets.events import Event, Fact
from gateway.tickets.model import Ticket
from gateway.tickets.priority import Priority
from gateway.tickets.status import Status

WATCHER, LEFT = "watcher", "left"

_requester = person.alias("requester")
_assignee = person.alias("assignee")
# made once: SQLAlchemy takes longer to make a query than SQLite to answer it
_TICKETS = sa.select(ticket, _requester, _assignee).select_from(
    ticket.join(_requester, _requester.c.id == ticket.c.requester_id).outerjoin(
        _assignee, _assignee.c.id == ticket.c.assignee_id
    )
)
_BY_NUMBER = _TICKETS.where(one_of_given(ticket.c.number, "numbers"))
_IDS = sa.select(ticket.c.number, ticket.c.id).where(one_of_given(ticket.c.number, "numbers"))
_BY_ID = _TICKETS.where(ticket.c.id == sa.bindparam("id"))
_PARTICIPANTS = (
    sa.select(participant.c.ticket_id, participant.c.role, person.c.address, person.c.name)
    .select_from(participant.join(person))
    .where(one_of_given(participant.c.ticket_id, "ids"))
    .order_by(person.c.key)
)
_TAGS = (
    sa.select(ticket_tag.c.ticket_id, ticket_tag.c.tag)
    .where(one_of_given(ticket_tag.c.ticket_id, "ids"))
    .order_by(ticket_tag.c.position)
)


def by_number(tx: Connection, numbers: Collection[int]) -> dict[int, Ticket]:
    """The tickets with these numbers that exist."""
    return {found.number: found for found in _load(tx, _BY_NUMBER, {"numbers": list(numbers)})}


def by_id(tx: Connection, ticket_id: int) -> Ticket | None:
    """The ticket of a row id, as other tables refer to it."""
    return next(iter(_load(tx, _BY_ID, {"id": ticket_id})), None)


def _load(tx: Connection, query: sa.Select[Any], given: Mapping[str, object]) -> list[Ticket]:
    found = list(tx.execute(query, given).mappings())
    ids = [row[ticket.c.id] for row in found]
    people, tags = _participants(tx, ids), _tags(tx, ids)
    return [_ticket(row, people, tags) for row in found]


def _ticket(
    row: sa.RowMapping,
    people: Mapping[tuple[int, str], tuple[Address, ...]],
    tags: Mapping[int, tuple[str, ...]],
) -> Ticket:
    assignee = None
    if row[ticket.c.assignee_id] is not None:
        assignee = Address(row[_assignee.c.address], row[_assignee.c.name])
    return Ticket(
        number=row[ticket.c.number],
        tag=row[ticket.c.tag],
        mailbox=row[ticket.c.mailbox],
        queue=row[ticket.c.queue],
        subject=row[ticket.c.subject],
        requester=Address(row[_requester.c.address], row[_requester.c.name]),
        created_at=row[ticket.c.created_at],
        updated_at=row[ticket.c.updated_at],
        status=Status(row[ticket.c.status]),
        priority=Priority(row[ticket.c.priority]),
        category=row[ticket.c.category],
        assignee=assignee,
        watchers=people.get((row[ticket.c.id], WATCHER), ()),
        left=people.get((row[ticket.c.id], LEFT), ()),
        tags=tags.get(row[ticket.c.id], ()),
        answered_at=row[ticket.c.answered_at],
        over_at=row[ticket.c.over_at],
        merged_into=row[ticket.c.merged_into],
        version=row[ticket.c.version],
    )


def _participants(tx: Connection, ids: Sequence[int]) -> dict[tuple[int, str], tuple[Address, ...]]:
    """By ticket and role, in the order of their addresses."""
    found: dict[tuple[int, str], tuple[Address, ...]] = defaultdict(tuple)
    for row in tx.execute(_PARTICIPANTS, {"ids": ids}):
        found[row.ticket_id, row.role] += (Address(row.address, row.name),)
    return found


def _tags(tx: Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = defaultdict(tuple)
    for row in tx.execute(_TAGS, {"ids": ids}):
        found[row.ticket_id] += (row.tag,)
    return found


def look_up(tx: Connection, numbers: Collection[int]) -> None:
    """Find the row ids of these at once, for `id_of` within `bulk.gathering`."""
    if numbers:
        found = tx.execute(_IDS, {"numbers": list(numbers)})
        bulk.notes(tx).update((_id(number), row_id) for number, row_id in found)


def id_of(tx: Connection, number: int) -> int:
    known = bulk.notes(tx).get(_id(number))
    return known or int(bulk.value(tx, ticket.c.id, {"number": number}))


def insert(tx: Connection, new: Ticket, people: Mapping[str, int]) -> int:
    """A new ticket's row id. `people` has the id of everybody in it, by `Address.key`."""
    ticket_id = bulk.new_id(tx, ticket)
    values = {"id": ticket_id, "number": new.number, "created_at": new.created_at, "version": 1}
    bulk.add(tx, ticket, {**values, **_values(new, people)})
    bulk.notes(tx)[_seq(ticket_id)] = 0
    _insert_tags(tx, ticket_id, new.tags)
    for key, role in _roles(new).items():
        _insert_participant(tx, ticket_id, people[key], role)
    return ticket_id


def update(tx: Connection, old: Ticket, new: Ticket, people: Mapping[str, int]) -> int:
    """Save the ticket over the version `old` was loaded with. Raises Conflict."""
    saved = (
        sa.update(ticket)
        .where(ticket.c.number == old.number, ticket.c.version == old.version)
        .values(**_values(new, people), version=old.version + 1)
        .returning(ticket.c.id)
    )
    ticket_id = tx.execute(saved).scalar()
    if ticket_id is None:
        raise Conflict(f"ticket {old.number} is no longer at version {old.version}")
    if new.tags != old.tags:
        tx.execute(sa.delete(ticket_tag).where(ticket_tag.c.ticket_id == ticket_id))
        _insert_tags(tx, ticket_id, new.tags)
    if (new.watchers, new.left) != (old.watchers, old.left):
        _replace_participants(tx, ticket_id, old, new, people)
    return int(ticket_id)


def _values(ours: Ticket, people: Mapping[str, int]) -> dict[str, object]:
    return {
        "tag": ours.tag,
        "mailbox": ours.mailbox,
        "queue": ours.queue,
        "subject": ours.subject,
        "status": ours.status.value,
        "priority": ours.priority.value,
        "category": ours.category,
        "requester_id": people[ours.requester.key],
        "assignee_id": people[ours.assignee.key] if ours.assignee else None,
        "updated_at": ours.updated_at,
        "answered_at": ours.answered_at,
        "over_at": ours.over_at,
        "merged_into": ours.merged_into,
    }


def _insert_tags(tx: Connection, ticket_id: int, tags: Sequence[str]) -> None:
    for position, tag in enumerate(tags):
        bulk.add(tx, ticket_tag, {"ticket_id": ticket_id, "tag": tag, "position": position})


def _roles(ours: Ticket) -> dict[str, str]:
    """By `Address.key`; whoever follows again has not left."""
    left = {each.key: LEFT for each in ours.left if each.key != ours.requester.key}
    return left | {each.key: WATCHER for each in ours.watchers}


def _replace_participants(
    tx: Connection, ticket_id: int, old: Ticket, new: Ticket, people: Mapping[str, int]
) -> None:
    """Whoever is what they were is left alone."""
    before, after = _roles(old), _roles(new)
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    theirs = participant.c.person_id.in_([people[key] for key in changed if key in before])
    tx.execute(sa.delete(participant).where(participant.c.ticket_id == ticket_id, theirs))
    for key in changed:
        if key in after:
            _insert_participant(tx, ticket_id, people[key], after[key])


def _insert_participant(tx: Connection, ticket_id: int, person_id: int, role: str) -> None:
    row = {"ticket_id": ticket_id, "person_id": person_id, "role": role}
    bulk.add(tx, participant, row)


def append(
    tx: Connection,
    ticket_id: int,
    events: Sequence[Event],
    people: Mapping[str, int],
    message_id: int | None = None,
) -> None:
    """Write the events after those there are; `message_id` is the message they are about."""
    notes, key = bulk.notes(tx), _seq(ticket_id)
    seq = notes[key] if key in notes else _last_seq(tx, ticket_id)
    notes[key] = seq + len(events)
    for each in events:
        seq += 1
        row = {
            "ticket_id": ticket_id,
            "seq": seq,
            "at": each.at,
            "actor": each.by.actor.value,
            "person_id": people[each.by.person.key] if each.by.person else None,
            "actor_name": each.by.name,
            "name": each.name,
            "why": each.why,
            "detail": detail(each.fact, people, message_id),
        }
        bulk.add(tx, event, row)


def _id(number: int) -> tuple[str, int]:
    """Under what a ticket's row id is remembered."""
    return "id", number


def _seq(ticket_id: int) -> tuple[str, int]:
    """Under what the last seq of a ticket's events is remembered, while some are not written."""
    return "seq", ticket_id


def _last_seq(tx: Connection, ticket_id: int) -> int:
    last = sa.select(sa.func.coalesce(sa.func.max(event.c.seq), 0))
    return int(tx.execute(last.where(event.c.ticket_id == ticket_id)).scalar_one())


def detail(fact: Fact, people: Mapping[str, int], message_id: int | None) -> dict[str, object]:
    """A fact as it is kept: people by id, words of closed sets, numbers. Never a text."""

    def kept(name: str, value: object) -> object:
        if isinstance(value, Address):
            return {"person": people[value.key]}
        if isinstance(value, Enum):
            return value.value
        return message_id if name == "message" and value is None else value

    return {field.name: kept(field.name, getattr(fact, field.name)) for field in fields(fact)}


def add_link(tx: Connection, ticket_id: int, other_number: int, how: str) -> None:
    other_id = id_of(tx, other_number)
    bulk.add(tx, link, {"ticket_id": ticket_id, "other_id": other_id, "how": how})


def add_links(tx: Connection, ticket_id: int, other_number: int, how: str) -> int:
    """Link the two in both directions; the other's row id. Ours may be not yet written."""
    other_id = id_of(tx, other_number)
    for one, another in ((ticket_id, other_id), (other_id, ticket_id)):
        bulk.add(tx, link, {"ticket_id": one, "other_id": another, "how": how})
    return other_id
