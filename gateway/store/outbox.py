"""Outgoing mail: written with what causes it, sent later, ended sent or failed.

One row per recipient with its own header bytes; what several are sent is stored once, and what
stands in a mail that came in is not stored again. A row's Message-ID is unique, so the same
cause cannot queue a mail twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.message import Excerpt, Mail
from gateway.store import bulk, claims
from gateway.store.engine import WITH_BYTES
from gateway.store.one_of import one_of
from gateway.store.tables import excerpt, outbox, outbox_body, raw, ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An outbox row, as it is worked on and shown. `ticket` is the number."""

    id: int
    state: str
    notice: str
    mail_from: str
    rcpt_to: str
    message_id: str
    ticket: int | None
    person_id: int | None
    delivery: int | None
    created_at: datetime
    due_at: datetime
    attempts: int
    reply: str
    content: bytes

    @property
    def claimed(self) -> tuple[int, int]:
        return self.id, self.attempts


def add(
    tx: Connection,
    mails: Sequence[Mail],
    now: datetime,
    *,
    ticket_id: int | None,
    delivery_id: int | None = None,
) -> None:
    """Queue the mails; equal bodies are stored once. Raises Conflict (with the commit) for a
    Message-ID that is there already."""
    bodies: dict[tuple[bytes, tuple[Excerpt, ...]], int] = {}
    for mail in mails:
        body = mail.body, mail.excerpts
        if body not in bodies:
            bodies[body] = _add_body(tx, *body)
        row = {
            "body_id": bodies[body],
            "headers": mail.headers,
            "mail_from": mail.mail_from,
            "rcpt_to": mail.rcpt_to,
            "message_id": mail.message_id,
            "notice": mail.notice,
            "ticket_id": ticket_id,
            "person_id": mail.person_id,
            "delivery_id": delivery_id,
            "created_at": now,
            "due_at": claims.AT_ONCE,
        }
        bulk.add(tx, outbox, row)


def _add_body(tx: Connection, content: bytes, excerpts: Sequence[Excerpt]) -> int:
    body_id = bulk.new_id(tx, outbox_body)
    bulk.add(tx, outbox_body, {"id": body_id, "content": content})
    for each in excerpts:
        source = each.source
        row = {
            "body_id": body_id,
            "position": each.position,
            "spool_id": source.spool_id,
            "start": source.start,
            "size_bytes": source.size_bytes,
        }
        bulk.add(tx, excerpt, row)
    return body_id


def claim(tx: Connection, worker: str, now: datetime, limit: int) -> list[Row]:
    """Due mails with their bytes, oldest first; the attempt is counted with the commit."""
    ids = [row_id for row_id, _ in claims.claim(tx, outbox, worker, now, limit)]
    return _load(tx, one_of(outbox.c.id, ids), content=True)


def sent(tx: Connection, claimed: tuple[int, int], worker: str, now: datetime, reply: str) -> None:
    ended = {"state": "sent", "finished_at": now, "reply": reply}
    claims.finish(tx, outbox, claimed, worker, ended)


def defer(
    tx: Connection, claimed: tuple[int, int], worker: str, due_at: datetime, reply: str
) -> None:
    claims.finish(tx, outbox, claimed, worker, {"due_at": due_at, "reply": reply})


def fail(tx: Connection, claimed: tuple[int, int], worker: str, now: datetime, reply: str) -> None:
    ended = {"state": "failed", "finished_at": now, "reply": reply}
    claims.finish(tx, outbox, claimed, worker, ended)


def retry(tx: Connection, outbox_id: int, now: datetime) -> bool:
    """Make a mail that failed or waits due now. False when it was sent, or is unknown."""
    again = sa.update(outbox).where(outbox.c.id == outbox_id, outbox.c.state != "sent")
    values = {"state": "waiting", "due_at": now, "attempts": 0, "claimed_by": None}
    return tx.execute(again.values(**values, created_at=now, finished_at=None)).rowcount == 1


def rows(
    tx: Connection,
    *,
    state: str | None = None,
    outbox_id: int | None = None,
    delivery_id: int | None = None,
    limit: int | None = None,
) -> list[Row]:
    """Outbox rows, newest first; one asked for by id comes with its bytes."""
    where: sa.ColumnElement[bool] = sa.true()
    if state is not None:
        where = sa.and_(where, outbox.c.state == state)
    if outbox_id is not None:
        where = sa.and_(where, outbox.c.id == outbox_id)
    if delivery_id is not None:
        where = sa.and_(where, outbox.c.delivery_id == delivery_id)
    return _load(tx, where, content=outbox_id is not None, newest_first=True, limit=limit)


def _load(
    tx: Connection,
    where: sa.ColumnElement[bool],
    *,
    content: bool,
    newest_first: bool = False,
    limit: int | None = None,
) -> list[Row]:
    joined = outbox.outerjoin(ticket, ticket.c.id == outbox.c.ticket_id)
    columns: list[sa.ColumnElement[Any]] = [*outbox.c, ticket.c.number]
    if content:
        joined = joined.join(outbox_body, outbox_body.c.id == outbox.c.body_id)
        columns.append(outbox_body.c.content)
    order = outbox.c.id.desc() if newest_first else outbox.c.id
    query = sa.select(*columns).select_from(joined).where(where).order_by(order).limit(limit)
    found = tx.execute(query, execution_options=WITH_BYTES if content else {}).all()
    excerpts = _excerpts(tx, {row.body_id for row in found}) if content else {}
    return [
        Row(
            id=row.id,
            state=row.state,
            notice=row.notice,
            mail_from=row.mail_from,
            rcpt_to=row.rcpt_to,
            message_id=row.message_id,
            ticket=row.number,
            person_id=row.person_id,
            delivery=row.delivery_id,
            created_at=row.created_at,
            due_at=max(row.due_at, row.created_at),
            attempts=row.attempts,
            reply=row.reply,
            content=_whole(row, excerpts.get(row.body_id, ())) if content else b"",
        )
        for row in found
    ]


def _excerpts(tx: Connection, body_ids: Collection[int]) -> dict[int, list[tuple[int, bytes]]]:
    """What is left out of these bodies: at which octet, and the octets."""
    octets = sa.func.substr(raw.c.content, excerpt.c.start + 1, excerpt.c.size_bytes)
    query = (
        sa.select(excerpt.c.body_id, excerpt.c.position, octets)
        .join(raw)
        .where(one_of(excerpt.c.body_id, body_ids))
        .order_by(excerpt.c.body_id, excerpt.c.position)
    )
    found: dict[int, list[tuple[int, bytes]]] = {}
    for body_id, position, left_out in tx.execute(query, execution_options=WITH_BYTES):
        found.setdefault(body_id, []).append((position, bytes(left_out)))
    return found


def _whole(row: sa.Row[Any], excerpts: Sequence[tuple[int, bytes]]) -> bytes:
    """The mail as it goes over the wire."""
    content, pieces, at = bytes(row.content), [bytes(row.headers)], 0
    for position, octets in excerpts:
        pieces += (content[at:position], octets)
        at = position
    return b"".join((*pieces, content[at:]))
