"""How far each IMAP folder was read, and which of its mails are in the spool.

A cursor moves in the transaction that keeps the mail, and only from where its worker saw
it: of two daemons that read one folder the second one's mails are not kept twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.store.engine import Conflict
from gateway.store.one_of import one_of
from gateway.store.tables import imap_cursor, spool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Mails up to `last_uid` are kept. UIDs mean something within one `uidvalidity` only
    (RFC 3501 section 2.3.1.1)."""

    account: str
    folder: str
    uidvalidity: int
    last_uid: int

    @property
    def place(self) -> str:
        """The account's folder as `spool.imap_folder` has it."""
        return f"{self.account}/{self.folder}"


def cursor(tx: Connection, account: str, folder: str) -> Cursor | None:
    """Where the folder was left; None when it was never read."""
    row = tx.execute(sa.select(imap_cursor).where(*_of(account, folder))).first()
    if row is None:
        return None
    return Cursor(
        account=account, folder=folder, uidvalidity=row.uidvalidity, last_uid=row.last_uid
    )


def move(tx: Connection, seen: Cursor | None, to: Cursor, now: datetime) -> None:
    """The folder is read up to `to`. Raises Conflict when it is no longer where `seen` says."""
    values = {"uidvalidity": to.uidvalidity, "last_uid": to.last_uid, "updated_at": now}
    if seen is None:
        place = {"account": to.account, "folder": to.folder}
        tx.execute(sa.insert(imap_cursor).values(**place, **values))
        return
    moved = (
        sa.update(imap_cursor)
        .where(
            *_of(to.account, to.folder),
            imap_cursor.c.uidvalidity == seen.uidvalidity,
            imap_cursor.c.last_uid == seen.last_uid,
        )
        .values(**values)
    )
    if tx.execute(moved).rowcount != 1:
        raise Conflict(f"{to.place} is read by somebody else as well")


def spooled(tx: Connection, place: str, uidvalidity: int, uids: Iterable[int]) -> set[int]:
    """Those of the UIDs whose mails are in the spool."""
    query = sa.select(spool.c.imap_uid).where(
        spool.c.imap_folder == place,
        spool.c.imap_uidvalidity == uidvalidity,
        one_of(spool.c.imap_uid, list(uids)),
    )
    return {int(uid) for uid in tx.execute(query).scalars()}


def _of(account: str, folder: str) -> tuple[sa.ColumnElement[bool], ...]:
    return imap_cursor.c.account == account, imap_cursor.c.folder == folder
