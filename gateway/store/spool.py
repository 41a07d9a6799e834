"""Incoming mail: kept before it is acknowledged, claimed, ended with a named outcome."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.deliveries import Outcome
from gateway.message import Envelope, Source
from gateway.store import bulk, claims
from gateway.store.claims import AT_ONCE
from gateway.store.engine import WITH_BYTES
from gateway.store.one_of import one_of_given
from gateway.store.tables import delivery, raw, spool

MAX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One spooled mail for one mailbox. `attempt` is which try this is; `granted` says who let
    it in, where it was held."""

    id: int
    spool_id: int
    mailbox: str
    rcpt_to: tuple[str, ...]
    attempt: int
    envelope: Envelope
    content: bytes
    granted: str = ""

    @property
    def claimed(self) -> tuple[int, int]:
        return self.id, self.attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A mail that is about to be kept: `mailboxes` are its own of ours, with their recipients."""

    envelope: Envelope
    content: bytes
    mailboxes: Mapping[str, Sequence[str]]
    message_id: str


def accept(tx: Connection, mails: Sequence[Accepted]) -> list[int]:
    """Keep the mails: for each one spool row, and one delivery for each mailbox."""
    spool_ids = bulk.new_ids(tx, spool, len(mails))
    kept = list(zip(spool_ids, mails, strict=True))
    bulk.insert(tx, spool, [{"id": at, **_row(mail)} for at, mail in kept])
    bulk.insert(tx, raw, [{"spool_id": at, "content": mail.content} for at, mail in kept])
    bulk.insert(
        tx,
        delivery,
        [
            {"spool_id": at, "mailbox": mailbox, "rcpt_to": list(recipients), "due_at": AT_ONCE}
            for at, mail in kept
            for mailbox, recipients in mail.mailboxes.items()
        ],
    )
    return spool_ids


def _row(mail: Accepted) -> dict[str, object]:
    envelope = mail.envelope
    return {
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
        "message_id": mail.message_id or None,
        "size_bytes": len(mail.content),
    }


def due(tx: Connection, now: datetime, limit: int, max_bytes: int) -> list[int]:
    """Ids of deliveries to be claimed together: the first that are due, none of which was tried
    before, or one that was. At most `max_bytes` of mail, or one."""
    found: list[int] = []
    size = 0
    for row in tx.execute(_DUE, {"now": now, "most": limit}):
        size += row.size_bytes
        if found and (row.attempts or size > max_bytes):
            break
        found.append(row.id)
        if row.attempts:
            break
    return found


def claim(tx: Connection, worker: str, now: datetime, limit: int) -> list[Delivery]:
    """Due deliveries with their bytes; the attempt is counted with the commit."""
    return _load(tx, [row_id for row_id, _ in claims.claim(tx, delivery, worker, now, limit)])


def load_all(tx: Connection, ids: Sequence[int]) -> list[Delivery]:
    """Deliveries that were claimed, with their bytes, in the order of their ids."""
    return _load(tx, ids)


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


def give_back(tx: Connection, worker: str, now: datetime) -> int:
    """Make due again what this worker has claimed and will not end, for no fault of the mails:
    the attempt is taken back. How many they were."""
    ours = sa.update(delivery).where(
        delivery.c.state == "waiting", delivery.c.claimed_by == worker, delivery.c.attempts > 0
    )
    values = {"claimed_by": None, "due_at": now, "attempts": delivery.c.attempts - 1}
    return tx.execute(ours.values(values)).rowcount


def release(tx: Connection, worker: str, now: datetime) -> int:
    """Make due again what this worker had claimed when it died; how many they were. What was
    tried alone may have killed it, and comes later each time, so that others come first."""
    query = sa.select(delivery.c.id, delivery.c.attempts).where(
        delivery.c.state == "waiting", delivery.c.claimed_by == worker
    )
    found = list(tx.execute(query))
    for row in found:
        tried_alone = 1 < row.attempts < MAX_ATTEMPTS
        due_at = now + timedelta(seconds=2**row.attempts) if tried_alone else now
        values = {"claimed_by": None, "due_at": due_at}
        bulk.update(tx, delivery, {"id": row.id, "claimed_by": worker}, values)
    return len(found)


def first_with(tx: Connection, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """By mailbox and fingerprint, the delivery of that mailbox that had it first."""
    return bulk.values_by(tx, delivery.c.id, ("mailbox", "fingerprint"), wanted)


_ENVELOPE = [column for column in spool.c if column.name not in ("id", "rcpt_to", "message_id")]


_DUE = (
    sa.select(delivery.c.id, delivery.c.attempts, spool.c.size_bytes)
    .select_from(delivery.join(spool))
    .where(delivery.c.state == "waiting", delivery.c.due_at <= sa.bindparam("now"))
    .order_by(delivery.c.due_at, delivery.c.id)
    .limit(sa.bindparam("most"))
)
_BY_ID = (
    sa.select(
        delivery.c.id,
        delivery.c.spool_id,
        delivery.c.mailbox,
        delivery.c.attempts,
        delivery.c.granted,
        delivery.c.rcpt_to.label("delivered_to"),
        spool.c.rcpt_to,
        raw.c.content,
        *_ENVELOPE,
    )
    .select_from(delivery.join(spool).join(raw, raw.c.spool_id == spool.c.id))
    .where(one_of_given(delivery.c.id, "ids"))
    .order_by(delivery.c.id)
)


def _load(tx: Connection, ids: Sequence[int]) -> list[Delivery]:
    return [
        Delivery(
            id=row.id,
            spool_id=row.spool_id,
            mailbox=row.mailbox,
            rcpt_to=tuple(row.delivered_to),
            attempt=row.attempts,
            envelope=_envelope(row),
            content=bytes(row.content),
            granted=row.granted or "",
        )
        for row in tx.execute(_BY_ID, {"ids": list(ids)}, execution_options=WITH_BYTES)
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
