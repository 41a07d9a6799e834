"""Incoming mail as its admin sees it: listed, shown, let wait again.

Surprising: a mail whose bytes were deleted after their time still has its row of bytes,
with nothing in it. A mail without that row has lost them, and `account` says so.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.deliveries import Outcome
from gateway.store import decisions
from gateway.store.one_of import one_of
from gateway.store.tables import delivery, raw, spool, ticket

WAITING = "waiting"

_HAD_NO_EFFECT = (Outcome.QUARANTINED.value, Outcome.IGNORED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A delivery as `spool list` and `spool show` tell it. `state` is waiting or the outcome."""

    id: int
    spool: int
    mailbox: str
    received_at: datetime
    source: str
    mail_from: str
    rcpt_to: tuple[str, ...]
    message_id: str | None
    size_bytes: int
    has_bytes: bool
    state: str
    cause: str | None
    reason: str
    attempts: int
    due_at: datetime
    finished_at: datetime | None
    ticket: int | None
    duplicate_of: int | None
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which deliveries are asked for; what is None asks nothing. `state` is an outcome or
    "waiting", `mailbox` its address."""

    ids: Collection[int] | None = None
    state: str | None = None
    cause: str | None = None
    mailbox: str | None = None
    since: datetime | None = None

    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """For a query over deliveries joined with their spool rows."""
        if self.ids is not None:
            yield one_of(delivery.c.id, self.ids)
        if self.state == WAITING:
            yield delivery.c.state == WAITING
        elif self.state is not None:
            yield delivery.c.outcome == self.state
        if self.cause is not None:
            yield delivery.c.cause == self.cause
        if self.mailbox is not None:
            yield delivery.c.mailbox == self.mailbox.lower()
        if self.since is not None:
            yield spool.c.received_at >= self.since


EVERYTHING = Wanted()


def entries(
    tx: Connection, wanted: Wanted = EVERYTHING, *, limit: int | None = None
) -> list[Entry]:
    """Deliveries, newest first."""
    joined = delivery.join(spool).outerjoin(ticket).outerjoin(raw, raw.c.spool_id == spool.c.id)
    kept = sa.or_(spool.c.size_bytes == 0, sa.func.length(raw.c.content) > 0)
    query = (
        sa.select(
            delivery,
            spool,
            ticket.c.number,
            delivery.c.id.label("delivery_id"),
            sa.func.coalesce(kept, sa.false()).label("has_bytes"),
        )
        .select_from(joined)
        .where(*wanted.conditions())
        .order_by(delivery.c.id.desc())
        .limit(limit)
    )
    return [_entry(row) for row in tx.execute(query).mappings()]


def entry(tx: Connection, delivery_id: int) -> Entry | None:
    return next(iter(entries(tx, Wanted(ids=[delivery_id]))), None)


def ids(tx: Connection, wanted: Wanted) -> list[int]:
    """Of all that are wanted, oldest first."""
    query = sa.select(delivery.c.id).select_from(delivery.join(spool))
    return list(tx.execute(query.where(*wanted.conditions()).order_by(delivery.c.id)).scalars())


def _entry(row: sa.RowMapping) -> Entry:
    return Entry(
        id=row["delivery_id"],
        spool=row[delivery.c.spool_id],
        mailbox=row[delivery.c.mailbox],
        received_at=row[spool.c.received_at],
        source=row[spool.c.source],
        mail_from=row[spool.c.mail_from],
        rcpt_to=tuple(row[delivery.c.rcpt_to]),
        message_id=row[spool.c.message_id],
        size_bytes=row[spool.c.size_bytes],
        has_bytes=bool(row["has_bytes"]),
        state=row[delivery.c.outcome] or WAITING,
        cause=row[delivery.c.cause],
        reason=row[delivery.c.reason],
        attempts=row[delivery.c.attempts],
        due_at=max(row[delivery.c.due_at], row[spool.c.received_at]),
        finished_at=row[delivery.c.finished_at],
        ticket=row[ticket.c.number],
        duplicate_of=row[delivery.c.duplicate_of],
        trouble=row[delivery.c.trouble],
    )


def content(tx: Connection, delivery_id: int) -> bytes | None:
    """The mail's bytes; None when they were deleted after their time, or are lost."""
    query = sa.select(raw.c.content, spool.c.size_bytes).select_from(
        delivery.join(spool).join(raw, raw.c.spool_id == spool.c.id)
    )
    row = tx.execute(query.where(delivery.c.id == delivery_id)).first()
    return None if row is None or (row.size_bytes and not row.content) else bytes(row.content)


def replay(tx: Connection, delivery_id: int, now: datetime) -> bool:
    """Make a delivery that had no effect wait again, and forget how it was decided. False when
    it had one, is a copy, has lost its bytes, or is unknown."""
    with_bytes = (
        sa.select(raw.c.spool_id)
        .select_from(raw.join(spool))
        .where(sa.or_(spool.c.size_bytes == 0, sa.func.length(raw.c.content) > 0))
        .where(raw.c.spool_id == delivery.c.spool_id)
    )
    values: dict[str, Any] = {
        "state": WAITING,
        "due_at": now,
        "attempts": 0,
        "outcome": None,
        "cause": None,
        "reason": "",
        "trouble": "",
        "fingerprint": None,
        "finished_at": None,
    }
    again = sa.update(delivery).where(
        delivery.c.id == delivery_id,
        delivery.c.outcome.in_(_HAD_NO_EFFECT),
        delivery.c.duplicate_of.is_(None),
        with_bytes.exists(),
    )
    done = tx.execute(again.values(values)).rowcount == 1
    if done:
        decisions.forget(tx, delivery_id)
    return done


def waiting(tx: Connection) -> int:
    """How many deliveries have no outcome yet."""
    query = sa.select(sa.func.count()).where(delivery.c.state == WAITING)
    return int(tx.execute(query).scalar_one())
