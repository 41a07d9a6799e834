"""Mails that wait for a yes: looked up, let in, dropped. Each once, whoever comes second.

What is let in is worked anew, and keeps its fingerprint meanwhile: a copy that comes just then
is a copy of it, and does not wait for a yes of its own.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.deliveries import Cause, Held, Outcome
from gateway.store import decisions
from gateway.store.engine import Conflict
from gateway.store.ledger import Wanted
from gateway.store.one_of import one_of
from gateway.store.tables import decision, delivery, raw, spool

_HEAD_BYTES = 64 * 1024  # of a mail, enough for who wrote it and what about
_HELD = delivery.c.outcome == Outcome.HELD.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A mail that waits, with the beginning of its bytes. `author` is the address it says to be
    from, as the directory had it; `ticket` the number of the one that it points at."""

    delivery: int
    mailbox: str
    author: str
    ticket: int | None
    cause: str
    reason: str
    received_at: datetime
    held_at: datetime
    head: bytes


def by_delivery(tx: Connection, ids: Collection[int]) -> dict[int, Held]:
    """Of these deliveries, each that there is: one that was never held does not wait."""
    query = (
        sa.select(delivery.c.id, delivery.c.mailbox, delivery.c.outcome, delivery.c.cause,
                  decision.c.facts, decision.c.account)
        .select_from(delivery.outerjoin(decision))
        .where(one_of(delivery.c.id, ids))
    )  # fmt: skip
    return {
        row.id: Held(
            delivery=row.id,
            mailbox=row.mailbox,
            author=row.facts["author"] if row.facts else "",
            ticket=_ticket(row.account or {}),
            waits=row.outcome == Outcome.HELD.value,
            cause=row.cause or "",
        )
        for row in tx.execute(query)
    }


def _ticket(account: Mapping[str, Any]) -> int | None:
    """The one that a held mail points at; of one that was let in, the one that it is part of."""
    number: int | None = account.get("about") or account.get("ticket")
    return number


def ids(tx: Connection, wanted: Wanted, limit: int | None = None) -> list[int]:
    """Of those that are wanted, the ones that wait; who waits longest first."""
    query = sa.select(delivery.c.id).select_from(delivery.join(spool))
    query = query.where(_HELD, *wanted.conditions()).order_by(delivery.c.id).limit(limit)
    return list(tx.execute(query).scalars())


def waiting(tx: Connection, ids: Collection[int], *, with_heads: bool = True) -> list[Waiting]:
    """Of these deliveries, those that wait, oldest first."""
    head = sa.func.substr(raw.c.content, 1, _HEAD_BYTES) if with_heads else sa.literal(b"")
    joined = delivery.join(spool).join(decision, decision.c.delivery_id == delivery.c.id)
    query = (
        sa.select(
            delivery.c.id,
            delivery.c.mailbox,
            delivery.c.cause,
            delivery.c.reason,
            delivery.c.finished_at,
            spool.c.received_at,
            decision.c.facts,
            decision.c.account,
            head.label("head"),
        )
        .select_from(joined.join(raw, raw.c.spool_id == spool.c.id))
        .where(_HELD, one_of(delivery.c.id, ids))
        .order_by(delivery.c.id)
    )
    return [_waiting(row) for row in tx.execute(query).mappings()]


def _waiting(row: sa.RowMapping) -> Waiting:
    return Waiting(
        delivery=row["id"],
        mailbox=row["mailbox"],
        author=row["facts"]["author"],
        ticket=row["account"].get("about"),
        cause=row["cause"] or "",
        reason=row["reason"],
        received_at=row["received_at"],
        held_at=row["finished_at"],
        head=bytes(row["head"]),
    )


def release(tx: Connection, delivery_id: int, granted: str, now: datetime) -> None:
    """It is worked again, with this grant. Raises Conflict where it is not held any more."""
    values = {
        "state": "waiting",
        "due_at": now,
        "attempts": 0,
        "claimed_by": None,
        "outcome": None,
        "cause": None,
        "reason": "",
        "finished_at": None,
        "granted": granted,
    }
    _if_held(tx, delivery_id, values)
    decisions.forget(tx, delivery_id)


def drop(tx: Connection, delivery_id: int, reason: str, now: datetime) -> None:
    """It is never worked. Raises Conflict where it is not held any more."""
    ended = {"outcome": Outcome.REJECTED.value, "cause": Cause.DROPPED.value}
    _if_held(tx, delivery_id, {**ended, "reason": reason, "finished_at": now})


def _if_held(tx: Connection, delivery_id: int, values: dict[str, object]) -> None:
    held = sa.update(delivery).where(delivery.c.id == delivery_id, _HELD)
    if tx.execute(held.values(values)).rowcount != 1:
        raise Conflict(f"delivery {delivery_id} is not held any more")
