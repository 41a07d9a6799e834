"""Mail that came in: kept once, delivered to each mailbox, and why it ended as it did."""

import sqlalchemy as sa

from gateway.store.column_types import CleanJson, CleanText, Id
from gateway.store.tables.base import at, metadata, ref, row_id, text, work

_BY_IMAP = sa.text("imap_uid IS NOT NULL")
_HELD = sa.text("outcome = 'held'")

spool = sa.Table(
    "spool",
    metadata,
    row_id(),
    at("received_at"),
    sa.Column("source", sa.String(8), nullable=False),
    text("mail_from"),
    sa.Column("rcpt_to", CleanJson, nullable=False),
    text("peer"),
    text("helo"),
    sa.Column("tls", sa.Boolean, nullable=False),
    text("auth_user"),
    text("imap_folder"),
    sa.Column("imap_uidvalidity", sa.BigInteger),
    sa.Column("imap_uid", sa.BigInteger),
    sa.Column("message_id", CleanText, index=True),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Index("ix_spool_imap_uidvalidity_imap_uid", "imap_uidvalidity", "imap_uid",
             sqlite_where=_BY_IMAP, postgresql_where=_BY_IMAP),
    sa.Index("ix_spool_received_at", "received_at"),
    sqlite_autoincrement=True,
    comment="Incoming mail: the envelope, once.",
)  # fmt: skip

raw = sa.Table(
    "raw",
    metadata,
    sa.Column("spool_id", Id, sa.ForeignKey("spool.id"), primary_key=True, autoincrement=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    comment="The bytes as received, apart from their envelope so that they can move to files.",
)

imap_cursor = sa.Table(
    "imap_cursor",
    metadata,
    row_id(),
    text("account"),
    text("folder"),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("last_uid", sa.BigInteger, nullable=False),
    at("updated_at"),
    sa.UniqueConstraint("account", "folder"),
    sqlite_autoincrement=True,
    comment="Where each IMAP folder was left; written with the mail that moved it on.",
)

delivery = sa.Table(
    "delivery",
    metadata,
    row_id(),
    ref("spool_id", "spool"),
    text("mailbox"),
    sa.Column("rcpt_to", CleanJson, nullable=False),
    *work("delivery"),
    sa.Column("outcome", sa.String(12)),
    sa.Column("cause", sa.String(20)),
    text("reason"),
    text("trouble"),
    sa.Column("proof", sa.String(10)),
    sa.Column("fingerprint", sa.String(64)),
    ref("duplicate_of", "delivery", nullable=True),
    ref("ticket_id", "ticket", nullable=True),
    at("finished_at", nullable=True),
    sa.Column("granted", sa.String(10)),  # by whom one that was held was let in
    sa.UniqueConstraint("spool_id", "mailbox"),
    sa.UniqueConstraint("mailbox", "fingerprint"),
    sa.Index("ix_delivery_held", "id", sqlite_where=_HELD, postgresql_where=_HELD),
    sqlite_autoincrement=True,
    comment="One spooled mail for one mailbox, and how it ended. A copy of a mail that was "
    "handled has no fingerprint and names the first in duplicate_of.",
)

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("delivery_id", Id, sa.ForeignKey("delivery.id"), primary_key=True,
              autoincrement=False),
    at("decided_at"),
    sa.Column("ruleset", sa.String(64), nullable=False),
    sa.Column("reading", CleanJson, nullable=False),
    sa.Column("facts", CleanJson, nullable=False),
    sa.Column("account", CleanJson, nullable=False),
    comment="Why a delivery ended as it did: what was read, what was known, what followed.",
)  # fmt: skip

ruleset = sa.Table(
    "ruleset",
    metadata,
    sa.Column("version", sa.String(64), primary_key=True),
    at("first_used_at"),
    sa.Column("sources", CleanJson, nullable=False),
    comment="Every set of rules that was ever in force, by the hash of its files.",
)
