"""Why each delivery ended as it did, kept so that it can be explained exactly."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.store import bulk
from gateway.store.engine import Conflict
from gateway.store.one_of import one_of
from gateway.store.tables import alert, decision, ruleset


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A decision as it was made: `reading` and `facts` it came from, `account` of it."""

    decided_at: datetime
    ruleset: str
    reading: Mapping[str, Any]
    facts: Mapping[str, Any]
    account: Mapping[str, Any]


def keep(tx: Connection, delivery_id: int, kept: Kept) -> None:
    row = {"delivery_id": delivery_id, "decided_at": kept.decided_at, "ruleset": kept.ruleset}
    texts = {"reading": kept.reading, "facts": kept.facts, "account": kept.account}
    bulk.add(tx, decision, {**row, **texts})


def load(tx: Connection, delivery_id: int) -> Kept | None:
    row = tx.execute(sa.select(decision).where(decision.c.delivery_id == delivery_id)).first()
    if row is None:
        return None
    return Kept(
        decided_at=row.decided_at,
        ruleset=row.ruleset,
        reading=row.reading,
        facts=row.facts,
        account=row.account,
    )


def forget(tx: Connection, delivery_id: int) -> None:
    """Of a delivery that is replayed: what is decided anew is kept anew."""
    tx.execute(sa.delete(decision).where(decision.c.delivery_id == delivery_id))


def remember_ruleset(
    tx: Connection, version: str, sources: Mapping[str, str], now: datetime
) -> None:
    """Keep the rules' text under their version, once."""
    known = sa.select(ruleset.c.version).where(ruleset.c.version == version)
    if tx.execute(known).first() is None:
        values = {"version": version, "first_used_at": now, "sources": dict(sources)}
        tx.execute(sa.insert(ruleset).values(values))


def told_lately(tx: Connection, key: str, since: datetime) -> bool:
    """Whether the admin was told this since then."""
    query = sa.select(alert.c.key).where(alert.c.key == key, alert.c.told_at >= since)
    return tx.execute(query).first() is not None


def told(tx: Connection, keys: Collection[str], since: datetime) -> frozenset[str]:
    """Of these, what somebody was told since then."""
    query = sa.select(alert.c.key).where(one_of(alert.c.key, keys), alert.c.told_at >= since)
    return frozenset(tx.execute(query).scalars())


def forget_told(tx: Connection, before: datetime) -> int:
    """What was told before then may be told again; how many rows that were."""
    return tx.execute(sa.delete(alert).where(alert.c.told_at < before)).rowcount


def tell(tx: Connection, key: str, now: datetime) -> None:
    """The admin is told this with the same commit. Raises Conflict when another was first."""
    told = sa.update(alert).where(alert.c.key == key).values(told_at=now)
    if tx.execute(told).rowcount == 0:
        tx.execute(sa.insert(alert).values(key=key, told_at=now))


def tell_once(tx: Connection, key: str, since: datetime, now: datetime) -> None:
    """Somebody is told this with the same commit. Raises Conflict where they were told since
    then, though it be by a commit of this very moment."""
    old = sa.update(alert).where(alert.c.key == key, alert.c.told_at < since)
    if tx.execute(old.values(told_at=now)).rowcount == 0:
        if told_lately(tx, key, since):
            raise Conflict("they were told meanwhile")
        tx.execute(sa.insert(alert).values(key=key, told_at=now))
