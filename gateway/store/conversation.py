"""What was said in a ticket: its messages, their attachments, and the list of tickets.

Everything that people and programs look at is read here; nothing is changed but by
`add`, with the decision that causes it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.message import Address, Attachment
from gateway.store import bulk
from gateway.store.one_of import one_of, one_of_given
from gateway.store.tables import attachment, event, message, person, ticket, ticket_message
from gateway.tickets.actions import Entry

_OF_NUMBERS = one_of_given(ticket.c.number, "numbers")
_SUBJECTS = (
    sa.select(ticket.c.number, message.c.subject)
    .distinct()
    .select_from(ticket.join(ticket_message).join(message))
    .where(_OF_NUMBERS)
)
_NEW_TEXT = sa.func.coalesce(message.c.new_text, message.c.text)
_TEXTS = (
    sa.select(ticket.c.number, message.c.author_id, message.c.entry, message.c.at, _NEW_TEXT)
    .select_from(ticket_message.join(message).join(ticket))
    .where(_OF_NUMBERS, one_of_given(message.c.entry, "entries"))
    .order_by(message.c.at, message.c.id)
)
_NEW_REQUESTERS = (
    sa.select(ticket.c.number, sa.func.max(event.c.at).label("at"))
    .select_from(event.join(ticket))
    .where(_OF_NUMBERS, event.c.name == "requester-set")
    .group_by(ticket.c.number)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of a ticket. `text` is what is new in it, `full_text` all of it."""

    at: datetime
    author: Address
    entry: Entry
    internal: bool
    text: str
    full_text: str
    proof: str | None
    message_id: str | None
    spool_id: int | None
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """What is new in a message; its author by their person id."""

    author: int
    entry: Entry
    at: datetime
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event as it is shown: people by their address again."""

    at: datetime
    actor: str
    name: str
    why: str
    detail: dict[str, object]


def subjects_of(tx: Connection, numbers: Collection[int]) -> dict[int, tuple[str, ...]]:
    """By ticket number, each subject that one of its mails had."""
    found: dict[int, tuple[str, ...]] = {}
    for row in tx.execute(_SUBJECTS, {"numbers": list(numbers)}):
        found[row.number] = (*found.get(row.number, ()), row.subject)
    return found


def add(tx: Connection, ticket_id: int, author_id: int, said: Said, subject: str) -> int:
    """Put the message into the ticket's conversation; its row id."""
    row_id = bulk.new_id(tx, message)
    values = {
        "id": row_id,
        "spool_id": said.spool_id,
        "author_id": author_id,
        "at": said.at,
        "entry": said.entry.value,
        "proof": said.proof,
        "subject": subject,
        "text": said.full_text,
        "new_text": None if said.text == said.full_text else said.text,
        "message_id": said.message_id,
    }
    bulk.add(tx, message, values)
    audience = "internal" if said.internal else "public"
    placed = {"ticket_id": ticket_id, "message_id": row_id, "audience": audience}
    bulk.add(tx, ticket_message, placed)
    for position, each in enumerate(said.attachments):
        columns = {"part": each.part, "filename": each.filename, "inline": each.inline}
        columns |= {"content_type": each.content_type, "size_bytes": each.size_bytes}
        bulk.add(tx, attachment, {"message_id": row_id, "position": position, **columns})
    return row_id


def messages(tx: Connection, number: int) -> list[Said]:
    """The conversation, oldest first."""
    joined = ticket_message.join(message, message.c.id == ticket_message.c.message_id)
    joined = joined.join(person, person.c.id == message.c.author_id)
    joined = joined.join(ticket, ticket.c.id == ticket_message.c.ticket_id)
    query = (
        sa.select(message, ticket_message.c.audience, person.c.address, person.c.name)
        .select_from(joined)
        .where(ticket.c.number == number)
        .order_by(message.c.at, message.c.id)
    )
    rows = list(tx.execute(query))
    files = _attachments(tx, [row.id for row in rows])
    return [
        Said(
            at=row.at,
            author=Address(row.address, row.name),
            entry=Entry(row.entry),
            internal=row.audience == "internal",
            text=row.text if row.new_text is None else row.new_text,
            full_text=row.text,
            proof=row.proof,
            message_id=row.message_id,
            spool_id=row.spool_id,
            attachments=tuple(files.get(row.id, ())),
        )
        for row in rows
    ]


def texts_of(
    tx: Connection, numbers: Collection[int], entries: Collection[Entry]
) -> dict[int, tuple[Text, ...]]:
    """What is new in the messages of these entries, oldest first, per ticket number."""
    found: dict[int, tuple[Text, ...]] = dict.fromkeys(numbers, ())
    asked = {"numbers": list(numbers), "entries": [each.value for each in entries]}
    for number, author, entry, at, said in tx.execute(_TEXTS, asked):
        found[number] += (Text(author, Entry(entry), at, said),)
    return found


def requesters_since(tx: Connection, numbers: Collection[int]) -> dict[int, datetime]:
    """By number, when the ticket was last given another requester; those alone that were."""
    rows = tx.execute(_NEW_REQUESTERS, {"numbers": list(numbers)})
    return {row.number: row.at for row in rows}


def _attachments(tx: Connection, ids: Sequence[int]) -> dict[int, list[Attachment]]:
    query = sa.select(attachment).where(one_of(attachment.c.message_id, ids))
    found: dict[int, list[Attachment]] = {}
    for row in tx.execute(query.order_by(attachment.c.message_id, attachment.c.position)):
        file = Attachment(
            filename=row.filename,
            content_type=row.content_type,
            size_bytes=row.size_bytes,
            inline=row.inline,
            part=row.part,
        )
        found.setdefault(row.message_id, []).append(file)
    return found


def events(tx: Connection, number: int) -> list[Happened]:
    """The history, oldest first, people by address."""
    query = (
        sa.select(event, person.c.address)
        .select_from(event.join(ticket).outerjoin(person, person.c.id == event.c.person_id))
        .where(ticket.c.number == number)
        .order_by(event.c.seq)
    )
    rows = list(tx.execute(query))
    ids = {person_id for row in rows for person_id in _people_in(row.detail)}
    found = tx.execute(sa.select(person.c.id, person.c.address).where(one_of(person.c.id, ids)))
    address_of = {row.id: row.address for row in found}
    return [
        Happened(
            at=row.at,
            actor=" ".join(filter(None, (row.actor, row.address, row.actor_name))),
            name=row.name,
            why=row.why,
            detail={name: _shown(value, address_of) for name, value in row.detail.items()},
        )
        for row in rows
    ]


def _people_in(detail: Mapping[str, Any]) -> Iterator[int]:
    return (value["person"] for value in detail.values() if isinstance(value, dict))


def _shown(value: Any, address_of: Mapping[int, str]) -> object:
    return address_of.get(value["person"], "(erased)") if isinstance(value, dict) else value


def numbers(
    tx: Connection,
    *,
    queue: str | None = None,
    status: str | None = None,
    requester: str | None = None,
    text: str | None = None,
    limit: int | None = None,
) -> list[int]:
    """Numbers of the tickets that fit, newest first. `text` is looked for in subjects and
    in what was said; `requester` in address and name."""
    query = sa.select(ticket.c.number).order_by(ticket.c.number.desc()).limit(limit)
    if queue is not None:
        query = query.where(sa.func.lower(ticket.c.queue) == queue.lower())
    if status is not None:
        query = query.where(ticket.c.status == status)
    if requester is not None:
        like = sa.or_(
            person.c.key.icontains(requester, autoescape=True),
            person.c.name.icontains(requester, autoescape=True),
        )
        query = query.join(person, person.c.id == ticket.c.requester_id).where(like)
    if text is not None:
        said = sa.select(ticket_message.c.ticket_id).join(message)
        said = said.where(message.c.text.icontains(text, autoescape=True))
        in_subject = ticket.c.subject.icontains(text, autoescape=True)
        query = query.where(sa.or_(in_subject, ticket.c.id.in_(said)))
    return list(tx.execute(query).scalars())
