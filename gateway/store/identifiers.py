"""By which Message-IDs a ticket is known, and who has seen them."""

from collections import defaultdict
from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.message import identifier_of
from gateway.store import bulk
from gateway.store.one_of import one_of_given
from gateway.store.tables import identifier, ticket

Exchanged = Mapping[int, tuple[str, ...]]
"""Message-IDs by the person who has seen them."""

_THAT_KNOW = (
    sa.select(ticket.c.mailbox, identifier.c.value, ticket.c.number)
    .select_from(identifier.join(ticket))
    .where(one_of_given(identifier.c.value, "values"))
    .where(identifier.c.issued | identifier.c.person_id.is_not(None))  # it came, or was sent
    .order_by(ticket.c.number)
)
_EXCHANGED = (
    sa.select(ticket.c.number, identifier.c.person_id, identifier.c.written)
    .select_from(identifier.join(ticket))
    .where(one_of_given(ticket.c.number, "numbers"), identifier.c.person_id.is_not(None))
    .order_by(identifier.c.id)
)


def numbers(tx: Connection, identifiers: Collection[str]) -> dict[tuple[str, str], int]:
    """By mailbox and Message-ID, the number of the mailbox's ticket that knows it.

    Where several know it the newest ticket is meant.
    """
    rows = tx.execute(_THAT_KNOW, {"values": list(identifiers)})
    return {(row.mailbox, row.value): row.number for row in rows}


def remember(
    tx: Connection, ticket_id: int, written: Mapping[str, int | None], *, issued: bool
) -> None:
    """Message-IDs, as written, that from now on lead to this ticket, and whom they were
    exchanged with."""
    for value, each in {identifier_of(each): each for each in written}.items():
        row = {"ticket_id": ticket_id, "value": value, "written": each}
        row |= {"person_id": written[each], "issued": issued}
        bulk.add(tx, identifier, row, unless_there=("ticket_id", "value"))


def exchanged(tx: Connection, numbers: Collection[int]) -> dict[int, Exchanged]:
    """Per ticket number and person id, the Message-IDs that they have seen, oldest first."""
    found: dict[int, dict[int, tuple[str, ...]]] = defaultdict(lambda: defaultdict(tuple))
    for row in tx.execute(_EXCHANGED, {"numbers": list(numbers)}):
        found[row.number][row.person_id] += (row.written,)
    return {number: dict(people) for number, people in found.items()}
