"""The account of incoming mail: what was accepted, and proof that all of it is somewhere.

Outcomes add up to what was accepted by how they are counted, which proves nothing. So each
is held against rows that somebody else wrote: recipients of envelopes against deliveries,
outcomes against tickets, messages, confirmations and bytes, IMAP's mails against its cursors.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.deliveries import Cause, Outcome
from gateway.store.ledger import WAITING
from gateway.store.proofs import proofs
from gateway.store.tables import delivery, imap_cursor, message, raw, spool, ticket_message

MAX_IDS = 20  # that a mismatch names
NOT_RECORDED = "not recorded"
"""Cause of what ended before causes were kept."""


_HAVE_CAUSES = [
    Outcome.HELD.value,
    Outcome.REJECTED.value,
    Outcome.IGNORED.value,
    Outcome.QUARANTINED.value,
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Rows that must not be as they are. `ids` are the first of them, deliveries or mails as
    `what` says."""

    what: str
    count: int
    ids: tuple[int, ...] = ()

    def __str__(self) -> str:
        more = ", ..." if self.count > len(self.ids) else ""
        told = ", ".join(map(str, self.ids))
        return f"{self.count} {self.what}" + (f": {told}{more}" if told else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What came out of an IMAP folder. `cursor` is the last UID that was taken, None where the
    folder has another UIDVALIDITY by now, or is not read."""

    place: str
    uidvalidity: int
    mails: int
    last_uid: int
    cursor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Mails accepted since then and their deliveries. `outcomes` has every outcome, and what
    waits; `causes` are counted per outcome that has some."""

    since: datetime | None
    mails: int
    accepted: int
    outcomes: Mapping[str, int]
    causes: Mapping[str, Mapping[str, int]]
    tickets: int
    messages: int
    bytes_deleted: int
    folders: tuple[Folder, ...]
    mismatches: tuple[Mismatch, ...]

    @property
    def balances(self) -> bool:
        return not self.mismatches


def account(tx: Connection, since: datetime | None, is_ours: Callable[[str], bool]) -> Account:
    """The account as of the snapshot. `is_ours` says of a recipient whether a mailbox of today
    takes its mail."""
    counted = outcomes(tx, since)
    accepted = _accepted(tx, since)
    mismatches = [*_sum(counted, accepted), *_unproved(tx, since), *_left_out(tx, since, is_ours)]
    return Account(
        since=since,
        mails=_one(tx, sa.select(sa.func.count()).select_from(spool), since),
        accepted=accepted,
        outcomes=counted,
        causes=_causes(tx, since),
        tickets=_said(tx, since, opening=True),
        messages=_said(tx, since, opening=False),
        bytes_deleted=_deleted(tx, since),
        folders=tuple(_folders(tx, since)),
        mismatches=tuple(mismatches),
    )


def _received(since: datetime | None) -> sa.ColumnElement[bool]:
    return sa.true() if since is None else spool.c.received_at >= since


def _one(tx: Connection, query: sa.Select[Any], since: datetime | None) -> int:
    return int(tx.execute(query.where(_received(since))).scalar_one())


def _accepted(tx: Connection, since: datetime | None) -> int:
    return _one(tx, sa.select(sa.func.count()).select_from(delivery.join(spool)), since)


def outcomes(tx: Connection, since: datetime | None = None) -> dict[str, int]:
    """How many ended how; and "waiting", by the state and not by the want of an outcome."""
    ended = (
        sa.select(delivery.c.outcome, sa.func.count())
        .select_from(delivery.join(spool))
        .where(delivery.c.state == "done", _received(since))
        .group_by(delivery.c.outcome)
    )
    counted = {name: int(count) for name, count in tx.execute(ended)}
    waits = sa.select(sa.func.count()).select_from(delivery.join(spool))
    counted[WAITING] = _one(tx, waits.where(delivery.c.state == WAITING), since)
    return {name: counted.get(name, 0) for name in (*map(str, Outcome), WAITING)}


def _causes(tx: Connection, since: datetime | None) -> dict[str, dict[str, int]]:
    query = (
        sa.select(delivery.c.outcome, delivery.c.cause, sa.func.count())
        .select_from(delivery.join(spool))
        .where(delivery.c.outcome.in_(_HAVE_CAUSES))
        .where(_received(since))
        .group_by(delivery.c.outcome, delivery.c.cause)
    )
    found: dict[str, dict[str, int]] = {
        Outcome.IGNORED.value: dict.fromkeys(map(str, Cause), 0),
        **{outcome: {} for outcome in _HAVE_CAUSES if outcome != Outcome.IGNORED.value},
    }
    for outcome, cause, count in tx.execute(query):
        found[outcome][cause or NOT_RECORDED] = int(count)
    return found


def _said(tx: Connection, since: datetime | None, *, opening: bool) -> int:
    """Messages of tickets that these mails became: their requests, or all others."""
    joined = message.join(spool).join(ticket_message, ticket_message.c.message_id == message.c.id)
    is_request = message.c.entry == "request"
    query = sa.select(sa.func.count()).select_from(joined)
    return _one(tx, query.where(is_request if opening else ~is_request), since)


def _deleted(tx: Connection, since: datetime | None) -> int:
    query = sa.select(sa.func.count()).select_from(raw.join(spool))
    gone = sa.and_(spool.c.size_bytes > 0, sa.func.length(raw.c.content) == 0)
    return _one(tx, query.where(gone), since)


def _folders(tx: Connection, since: datetime | None) -> Iterator[Folder]:
    where = (spool.c.imap_folder, spool.c.imap_uidvalidity)
    cursor = sa.and_(
        imap_cursor.c.account + "/" + imap_cursor.c.folder == spool.c.imap_folder,
        imap_cursor.c.uidvalidity == spool.c.imap_uidvalidity,
    )
    query = (
        sa.select(
            *where,
            sa.func.count().label("mails"),
            sa.func.max(spool.c.imap_uid).label("last_uid"),
            sa.func.max(imap_cursor.c.last_uid).label("cursor"),
        )
        .select_from(spool.outerjoin(imap_cursor, cursor))
        .where(spool.c.imap_uid.is_not(None), _received(since))
        .group_by(*where)
        .order_by(*where)
    )
    for row in tx.execute(query):
        yield Folder(
            place=row.imap_folder,
            uidvalidity=row.imap_uidvalidity,
            mails=row.mails,
            last_uid=row.last_uid,
            cursor=row.cursor,
        )


def _sum(counted: Mapping[str, int], accepted: int) -> Iterator[Mismatch]:
    differ = accepted - sum(counted.values())
    if differ:
        yield Mismatch(what="deliveries more than outcomes and waiting add up to", count=differ)


def _unproved(tx: Connection, since: datetime | None) -> Iterator[Mismatch]:
    for what, query in proofs():
        found = query.where(_received(since)).subquery()
        rows = sa.select(found.c[0]).order_by(found.c[0])
        ids = [int(each) for each in tx.execute(rows.limit(MAX_IDS)).scalars()]
        if ids:
            count = tx.execute(sa.select(sa.func.count()).select_from(found)).scalar_one()
            yield Mismatch(what=what, count=int(count), ids=tuple(ids))


def _left_out(
    tx: Connection, since: datetime | None, is_ours: Callable[[str], bool]
) -> Iterator[Mismatch]:
    """Mails with a recipient of ours that no delivery has: half of a mail is missing."""
    length = (
        sa.func.jsonb_array_length if tx.dialect.name == "postgresql" else sa.func.json_array_length
    )
    several = (
        sa.select(spool.c.id)
        .select_from(spool.join(delivery))
        .where(_received(since))
        .group_by(spool.c.id)
        .having(sa.func.max(length(spool.c.rcpt_to)) > sa.func.sum(length(delivery.c.rcpt_to)))
    )
    found = []
    for spool_id in tx.execute(several.order_by(spool.c.id)).scalars().all():
        wanted = tx.execute(sa.select(spool.c.rcpt_to).where(spool.c.id == spool_id)).scalar_one()
        of_mail = sa.select(delivery.c.rcpt_to).where(delivery.c.spool_id == spool_id)
        delivered = {each for rcpt_to in tx.execute(of_mail).scalars() for each in rcpt_to}
        if any(is_ours(each) for each in wanted if each not in delivered):
            found.append(spool_id)
    if found:
        what = "mails without a delivery for one of their mailboxes"
        yield Mismatch(what=what, count=len(found), ids=tuple(found[:MAX_IDS]))
