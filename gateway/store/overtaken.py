"""Mail that came in another order than it was written: a reply before what it replies to.

What a message of a ticket referred to is kept as an identifier that nobody sent: by it the mail
finds its way when it comes in the end, and so does whatever else refers to it. A Message-ID that
did come in, or that we issued, is always the better evidence.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.message import identifier_of
from gateway.store import bulk, identifiers
from gateway.store.one_of import one_of_given
from gateway.store.tables import delivery, identifier, spool, ticket

_REFERRED = (
    sa.select(ticket.c.mailbox, identifier.c.value, ticket.c.number)
    .select_from(identifier.join(ticket))
    .where(one_of_given(identifier.c.value, "values"))
    .where(identifier.c.person_id.is_(None), identifier.c.issued.is_(False))
    .order_by(ticket.c.number.desc())
)
_PARENTS = (
    sa.select(delivery.c.id, delivery.c.mailbox, delivery.c.claimed_by, spool.c.message_id)
    .select_from(delivery.join(spool))
    .where(one_of_given(spool.c.message_id, "values"), delivery.c.state == "waiting")
    .order_by(delivery.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A mail that was not worked yet; `at_work` says whether somebody is about to."""

    delivery: int
    mailbox: str
    identifier: str
    at_work: bool


def numbers(tx: Connection, identifiers: Collection[str]) -> dict[tuple[str, str], int]:
    """By mailbox and Message-ID, the number of the mailbox's ticket that referred to it before it
    came. Where several did the oldest is meant: whoever comes later takes nothing away."""
    rows = tx.execute(_REFERRED, {"values": list(identifiers)})
    return {(row.mailbox, row.value): row.number for row in rows}


def came(
    tx: Connection,
    ticket_id: int,
    written: str | None,
    person: int,
    *,
    awaited: bool,
    referred: Iterable[str] = (),
) -> None:
    """A message of this ticket is this person's, with this Message-ID; `awaited` says that one
    was there before it that refers to it. None of those in `referred` came before."""
    if written and awaited:
        where = {"ticket_id": ticket_id, "value": identifier_of(written), "issued": False}
        bulk.update(tx, identifier, where, {"written": written, "person_id": person})
    if written:
        identifiers.remember(tx, ticket_id, {written: person}, issued=False)
    for value in referred:
        row = {"ticket_id": ticket_id, "value": value, "written": value}
        row |= {"person_id": None, "issued": False}
        bulk.add(tx, identifier, row, unless_there=("ticket_id", "value"))


def parents(tx: Connection, identifiers: Collection[str]) -> list[Parent]:
    """The mails with these Message-IDs that wait in the spool."""
    return [
        Parent(
            delivery=row.id,
            mailbox=row.mailbox,
            identifier=row.message_id,
            at_work=row.claimed_by is not None,
        )
        for row in tx.execute(_PARENTS, {"values": list(identifiers)})
    ]
