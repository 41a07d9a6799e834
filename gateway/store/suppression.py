"""Addresses whose mail came back, and what was told of it. Written once a bounce, read by all."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.reach import Suppression
from gateway.store.one_of import one_of, one_of_given
from gateway.store.tables import event, person, suppression, ticket

_BY_KEY = sa.select(suppression).where(one_of_given(suppression.c.key, "keys"))
_CAME_BACK = ("mail-bounced", "mail-failed")


def by_key(tx: Connection, keys: Collection[str]) -> dict[str, Suppression]:
    """Of these addresses, those of which mail came back."""
    return {row.key: _made(row) for row in tx.execute(_BY_KEY, {"keys": list(keys)})}


def everything(tx: Connection) -> list[Suppression]:
    """All of them, by address."""
    return [_made(row) for row in tx.execute(sa.select(suppression).order_by(suppression.c.key))]


def put(tx: Connection, known: Suppression) -> None:
    """This is what is known of the address. Raises Conflict (with the commit) where somebody else
    has just met its first bounce."""
    values = {
        "status": known.status,
        "bounces": known.bounces,
        "since": known.since,
        "until": known.until,
    }
    update = sa.update(suppression).where(suppression.c.key == known.key)
    if tx.execute(update.values(**values)).rowcount == 0:
        tx.execute(sa.insert(suppression).values(key=known.key, **values))


def lift(tx: Connection, key: str) -> bool:
    """The address is written to again. False when it was all the time."""
    return tx.execute(sa.delete(suppression).where(suppression.c.key == key)).rowcount == 1


def told(
    tx: Connection, numbers: Collection[int], since: datetime, suppressed_since: datetime
) -> dict[int, frozenset[tuple[str, str]]]:
    """Of which addresses and status codes the histories of these tickets have a bounce since then,
    per number; "failed" is the status of a mail that did not leave, ("", "suppressed") stands for
    one that was not sent."""
    query = (
        sa.select(ticket.c.number, event.c.name, event.c.detail)
        .select_from(event.join(ticket, ticket.c.id == event.c.ticket_id))
        .where(one_of(ticket.c.number, numbers), event.c.at >= min(since, suppressed_since))
        .where(
            sa.or_(
                event.c.name == "mail-withheld",
                sa.and_(event.c.name.in_(_CAME_BACK), event.c.at >= since),
            )
        )
    )
    found: dict[int, set[tuple[int, str]]] = {number: set() for number in numbers}
    for number, name, detail in tx.execute(query):
        if name in _CAME_BACK:
            found[number].add((detail["to"]["person"], detail.get("status", "failed")))
        elif detail["cause"] == "suppressed":
            found[number].add((0, "suppressed"))
    ids = {each for told in found.values() for each, _ in told if each}
    people = tx.execute(sa.select(person.c.id, person.c.key).where(one_of(person.c.id, ids)))
    key_of = {row.id: row.key for row in people} if ids else {}
    return {
        number: frozenset((key_of.get(each, ""), status) for each, status in told)
        for number, told in found.items()
    }


def _made(row: sa.Row[tuple[object, ...]]) -> Suppression:
    return Suppression(
        key=row.key, status=row.status, bounces=row.bounces, since=row.since, until=row.until
    )
