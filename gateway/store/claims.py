"""Claiming work: deliveries, timers and outbox rows, all in the same way.

A claim counts the attempt before work starts and moves `due_at` to the end of its
lease; a worker that dies lets the lease run out, and the row is due again. Whoever
finishes must still hold the claim it was given: same worker, same attempt.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import ReturningUpdate

from gateway.store import bulk
from gateway.store.one_of import one_of_given

LEASE = timedelta(minutes=5)  # longer than any one mail takes; restart frees our own at once


AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
"""Due time of new work: a clock that is set back must not keep it waiting."""


class LostClaim(Exception):
    """Another worker has the row now; what we did with it is void."""


def claim(
    tx: Connection,
    table: sa.Table,
    worker: str,
    now: datetime,
    limit: int,
    among: Collection[int] | None = None,
) -> list[tuple[int, int]]:
    """(id, attempt) of up to `limit` due rows, oldest due first, now ours. With `among` only
    rows of these ids are taken."""
    given = {"now": now, "lease": now + LEASE, "worker": worker, "most": limit}
    given |= {} if among is None else {"ids": list(among)}
    claimed = tx.execute(_claiming(table, among is not None), given)
    return sorted((row.id, row.attempts) for row in claimed)


@cache
def _claiming(table: sa.Table, among: bool) -> ReturningUpdate[Any]:
    due = (
        sa.select(table.c.id)
        .where(table.c.state == "waiting", table.c.due_at <= sa.bindparam("now"))
        .where(one_of_given(table.c.id, "ids") if among else sa.true())
        .order_by(table.c.due_at, table.c.id)
        .limit(sa.bindparam("most"))
        .with_for_update(skip_locked=True)
    )
    return (
        sa.update(table)
        .where(table.c.id.in_(due.scalar_subquery()))
        .values(
            attempts=table.c.attempts + 1,
            due_at=sa.bindparam("lease"),
            claimed_by=sa.bindparam("worker"),
        )
        .returning(table.c.id, table.c.attempts)
    )


def finish(
    tx: Connection,
    table: sa.Table,
    claimed: tuple[int, int],
    worker: str,
    values: Mapping[str, Any],
) -> None:
    """Write how the work ended. Raises LostClaim when it is no longer ours to end."""
    row_id, attempt = claimed
    ours = {"id": row_id, "state": "waiting", "attempts": attempt, "claimed_by": worker}
    news = {"claimed_by": None, **values}
    bulk.finish(tx, table, ours, news, lambda: LostClaim(f"{table.name} {row_id}"))


def release(tx: Connection, table: sa.Table, worker: str, now: datetime) -> int:
    """Make due again what a former life of this worker had claimed; how many."""
    freed = sa.update(table).where(table.c.state == "waiting", table.c.claimed_by == worker)
    return tx.execute(freed.values(claimed_by=None, due_at=now)).rowcount


def next_due(tx: Connection, table: sa.Table) -> datetime | None:
    """When the next waiting row is due; None when none waits."""
    soonest = sa.select(sa.func.min(table.c.due_at)).where(table.c.state == "waiting")
    return tx.execute(soonest).scalar()
