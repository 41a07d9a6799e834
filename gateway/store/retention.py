"""Bytes that nobody needs any more are deleted; the rows they stood in stay.

What could go is looked for in a snapshot, and looked at again in the transaction that takes
it: a mail may have been replayed in between. A step is small, for it has the write lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.store.one_of import one_of
from gateway.store.proofs import needed
from gateway.store.tables import delivery, excerpt, outbox, outbox_body, raw, spool

MAX_ROWS = 50  # in one transaction
MAX_BYTES = 4 * 2**20
_END_OF_HEADER = b"\r\n\r\n"  # RFC 5322 section 2.1
_LOOK_AT = 1000  # rows in one search


@dataclass(frozen=True, slots=True)
class Found:
    """Rows whose bytes may go, and where the next search begins; None when all were seen."""

    ids: tuple[int, ...]
    go_on_after: int | None


def old_mails(tx: Connection, before: datetime, after: int) -> Found:
    """Mails that ended without effect before then, with ids above `after`."""
    window = _window(tx, spool, after)
    query = (
        sa.select(spool.c.id, spool.c.size_bytes)
        .select_from(spool.join(raw))
        .where(spool.c.id.in_(window), sa.func.length(raw.c.content) > 0, _mail_is_old(before))
        .order_by(spool.c.id)
    )
    return _found(window, [(row.id, row.size_bytes) for row in tx.execute(query)])


def delete_mails(tx: Connection, ids: Sequence[int], before: datetime) -> int:
    """Take away the bytes of those that are still old; how many."""
    still = sa.select(spool.c.id).where(one_of(spool.c.id, ids), _mail_is_old(before))
    gone = sa.update(raw).where(raw.c.spool_id.in_(still)).values(content=b"")
    return tx.execute(gone).rowcount


def old_bodies(tx: Connection, before: datetime, after: int) -> Found:
    """Texts of outgoing mail that all recipients have had since before then."""
    window = _window(tx, outbox_body, after)
    size = sa.func.length(outbox_body.c.content)
    query = (
        sa.select(outbox_body.c.id, size.label("size"))
        .where(outbox_body.c.id.in_(window), size > 0, _body_is_old(before))
        .order_by(outbox_body.c.id)
    )
    return _found(window, [(row.id, row.size) for row in tx.execute(query)])


def delete_bodies(tx: Connection, ids: Sequence[int], before: datetime) -> int:
    """Take away the texts of those that are still old; how many. What only one reader got stands
    behind the header of their mail, and goes with it."""
    old = sa.and_(one_of(outbox_body.c.id, ids), _body_is_old(before))
    of_old = outbox.c.body_id.in_(sa.select(outbox_body.c.id).where(old))
    for row_id, headers in tx.execute(sa.select(outbox.c.id, outbox.c.headers).where(of_old)).all():
        header, end, own = bytes(headers).partition(_END_OF_HEADER)
        if own:
            row = sa.update(outbox).where(outbox.c.id == row_id)
            tx.execute(row.values(headers=header + end))
    of_body = excerpt.c.body_id.in_(sa.select(outbox_body.c.id).where(old))
    tx.execute(sa.delete(excerpt).where(of_body))
    return tx.execute(sa.update(outbox_body).where(old).values(content=b"")).rowcount


def _mail_is_old(before: datetime) -> sa.ColumnElement[bool]:
    of_mail = sa.select(delivery.c.id).where(delivery.c.spool_id == spool.c.id)
    recent = of_mail.where(sa.or_(delivery.c.finished_at.is_(None),
                                  delivery.c.finished_at >= before))  # fmt: skip
    return sa.and_(of_mail.exists(), ~recent.exists(), ~needed())


def _body_is_old(before: datetime) -> sa.ColumnElement[bool]:
    of_body = sa.select(outbox.c.id).where(outbox.c.body_id == outbox_body.c.id)
    old = sa.and_(outbox.c.state == "sent", outbox.c.finished_at < before)
    return sa.and_(of_body.exists(), ~of_body.where(~old).exists())


def _window(tx: Connection, table: sa.Table, after: int) -> list[int]:
    query = sa.select(table.c.id).where(table.c.id > after).order_by(table.c.id).limit(_LOOK_AT)
    return list(tx.execute(query).scalars())


def _found(window: Sequence[int], sized: Sequence[tuple[int, int]]) -> Found:
    """As many as one transaction may take; the next search begins behind them."""
    taken: list[int] = []
    size = 0
    for row_id, size_bytes in sized:
        if taken and (len(taken) >= MAX_ROWS or size + size_bytes > MAX_BYTES):
            return Found(tuple(taken), taken[-1])
        taken.append(row_id)
        size += size_bytes
    return Found(tuple(taken), window[-1] if len(window) == _LOOK_AT else None)
