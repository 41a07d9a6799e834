"""Agents who are away: told by their own out-of-office notice, or by a command of theirs."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.store.tables import away, person

_AWAY = (
    sa.select(person.c.key, away.c.until)
    .select_from(away.join(person))
    .where(sa.or_(away.c.until.is_(None), away.c.until > sa.bindparam("now")))
)


def now_away(tx: Connection, now: datetime) -> dict[str, datetime | None]:
    """Who is away, by `Address.key`, and until when; None where nobody knows."""
    return {row.key: row.until for row in tx.execute(_AWAY, {"now": now})}


def put(tx: Connection, person_id: int, since: datetime, until: datetime | None) -> None:
    """They are away. Raises Conflict (with the commit) where another mail says so just now."""
    update = sa.update(away).where(away.c.person_id == person_id)
    if tx.execute(update.values(until=until)).rowcount == 0:
        tx.execute(sa.insert(away).values(person_id=person_id, since=since, until=until))


def end(tx: Connection, person_id: int) -> None:
    """They are here again."""
    tx.execute(sa.delete(away).where(away.c.person_id == person_id))
