"""Incoming mail: kept before it is acknowledged, claimed, ended with a named outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.message import Envelope, Outcome, Source
from gateway.store import claims
from gateway.store.claims import AT_ONCE
from gateway.store.tables import delivery, raw, spool, ticket

MAX_ATTEMPTS = 5


_HAD_NO_EFFECT = (Outcome.QUARANTINED, Outcome.IGNORED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One spooled mail for one mailbox. `attempt` is which try this is."""

    id: int
    spool_id: int
    mailbox: str
    rcpt_to: tuple[str, ...]
    attempt: int
    envelope: Envelope
    content: bytes

    @property
    def claimed(self) -> tuple[int, int]:
        return self.id, self.attempt


def accept(
    tx: Connection,
    envelope: Envelope,
    content: bytes,
    mailboxes: Mapping[str, Sequence[str]],
    message_id: str,
) -> int:
    """Keep the mail: one spool row, one delivery for each mailbox with its recipients."""
    values = {
        "received_at": envelope.received_at,
        "source": envelope.source.value,
        "mail_from": envelope.mail_from,
        "rcpt_to": list(envelope.rcpt_to),
        "peer": envelope.peer,
        "helo": envelope.helo,
        "tls": envelope.tls,
        "auth_user": envelope.auth_user,
        "imap_folder": envelope.imap_folder,
        "imap_uidvalidity": envelope.imap_uidvalidity,
        "imap_uid": envelope.imap_uid,
        "message_id": message_id or None,
        "size_bytes": len(content),
    }
    spool_id = tx.execute(sa.insert(spool).values(values).returning(spool.c.id)).scalar_one()
    tx.execute(sa.insert(raw).values(spool_id=spool_id, content=content))
    for mailbox, recipients in mailboxes.items():
        kept = {"spool_id": spool_id, "mailbox": mailbox, "rcpt_to": list(recipients)}
        tx.execute(sa.insert(delivery).values(**kept, due_at=AT_ONCE))
    return int(spool_id)


def claim(tx: Connection, worker: str, now: datetime, limit: int) -> list[Delivery]:
    """Due deliveries with their bytes; the attempt is counted with the commit."""
    return _load(tx, [row_id for row_id, _ in claims.claim(tx, delivery, worker, now, limit)])


def load(tx: Connection, delivery_id: int) -> Delivery | None:
    """A delivery to look at, not to work on."""
    return next(iter(_load(tx, [delivery_id])), None)


def finish(
    tx: Connection,
    claimed: tuple[int, int],
    worker: str,
    now: datetime,
    outcome: Outcome,
    **values: Any,
) -> None:
    """The delivery has ended. Raises LostClaim, or Conflict when its fingerprint is taken."""
    ended = {"state": "done", "outcome": outcome.value, "finished_at": now, **values}
    claims.finish(tx, delivery, claimed, worker, ended)


def defer(
    tx: Connection,
    claimed: tuple[int, int],
    worker: str,
    due_at: datetime,
    reason: str,
    *,
    forgive: bool,
) -> None:
    """Try again later; `reason` is what a person sees meanwhile. `forgive` takes the attempt
    back, where it was not the mail's fault."""
    values = {"due_at": due_at, "reason": reason, "attempts": claimed[1] - forgive}
    claims.finish(tx, delivery, claimed, worker, values)


def first_with(tx: Connection, mailbox: str, fingerprint: str, but: int) -> int | None:
    """The delivery of this mailbox that had the same fingerprint, other than `but`."""
    query = sa.select(delivery.c.id).where(
        delivery.c.mailbox == mailbox,
        delivery.c.fingerprint == fingerprint,
        delivery.c.id != but,
    )
    return tx.execute(query).scalar()


def replay(tx: Connection, delivery_id: int, now: datetime) -> bool:
    """Make a delivery that had no effect wait again. False when it had one, or is unknown."""
    again = (
        sa.update(delivery)
        .where(
            delivery.c.id == delivery_id,
            delivery.c.outcome.in_([outcome.value for outcome in _HAD_NO_EFFECT]),
            delivery.c.duplicate_of.is_(None),
        )
        .values(state="waiting", due_at=now, attempts=0, outcome=None, reason="", trouble="",
                fingerprint=None, finished_at=None)
    )  # fmt: skip
    return tx.execute(again).rowcount == 1


_ENVELOPE = [column for column in spool.c if column.name not in ("id", "rcpt_to", "message_id")]


def _load(tx: Connection, ids: Sequence[int]) -> list[Delivery]:
    query = (
        sa.select(
            delivery.c.id,
            delivery.c.spool_id,
            delivery.c.mailbox,
            delivery.c.attempts,
            delivery.c.rcpt_to.label("delivered_to"),
            spool.c.rcpt_to,
            raw.c.content,
            *_ENVELOPE,
        )
        .select_from(delivery.join(spool).join(raw, raw.c.spool_id == spool.c.id))
        .where(delivery.c.id.in_(ids))
        .order_by(delivery.c.id)
    )
    return [
        Delivery(
            id=row.id,
            spool_id=row.spool_id,
            mailbox=row.mailbox,
            rcpt_to=tuple(row.delivered_to),
            attempt=row.attempts,
            envelope=_envelope(row),
            content=bytes(row.content),
        )
        for row in tx.execute(query)
    ]


def _envelope(row: sa.Row[Any]) -> Envelope:
    return Envelope(
        mail_from=row.mail_from,
        rcpt_to=tuple(row.rcpt_to),
        received_at=row.received_at,
        source=Source(row.source),
        peer=row.peer,
        helo=row.helo,
        tls=row.tls,
        auth_user=row.auth_user,
        imap_folder=row.imap_folder,
        imap_uidvalidity=row.imap_uidvalidity,
        imap_uid=row.imap_uid,
    )


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
    state: str
    reason: str
    attempts: int
    due_at: datetime
    ticket: int | None
    duplicate_of: int | None
    trouble: str


def entries(
    tx: Connection,
    *,
    state: str | None = None,
    delivery_id: int | None = None,
    limit: int | None = None,
) -> list[Entry]:
    """Deliveries, newest first; `state` is an outcome or "waiting"."""
    query = (
        sa.select(delivery, spool, ticket.c.number, delivery.c.id.label("delivery_id"))
        .select_from(delivery.join(spool).outerjoin(ticket))
        .order_by(delivery.c.id.desc())
        .limit(limit)
    )
    if delivery_id is not None:
        query = query.where(delivery.c.id == delivery_id)
    if state == "waiting":
        query = query.where(delivery.c.state == "waiting")
    elif state is not None:
        query = query.where(delivery.c.outcome == state)
    return [_entry(row) for row in tx.execute(query).mappings()]


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
        state=row[delivery.c.outcome] or "waiting",
        reason=row[delivery.c.reason],
        attempts=row[delivery.c.attempts],
        due_at=max(row[delivery.c.due_at], row[spool.c.received_at]),
        ticket=row[ticket.c.number],
        duplicate_of=row[delivery.c.duplicate_of],
        trouble=row[delivery.c.trouble],
    )


def account(tx: Connection, since: datetime | None = None) -> dict[str, int]:
    """Deliveries by how they ended, and those waiting: together all that were accepted."""
    state = sa.func.coalesce(delivery.c.outcome, "waiting")
    query = sa.select(state, sa.func.count()).select_from(delivery.join(spool)).group_by(state)
    if since is not None:
        query = query.where(spool.c.received_at >= since)
    counted = {name: int(count) for name, count in tx.execute(query)}
    return {name: counted.get(name, 0) for name in (*map(str, Outcome), "waiting")}
