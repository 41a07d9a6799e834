"""Mail that goes out: one row per recipient, and what its admin was told of."""

import sqlalchemy as sa

from gateway.store.column_types import CleanText, Id
from gateway.store.tables.base import at, metadata, ref, row_id, text, work

outbox_body = sa.Table(
    "outbox_body",
    metadata,
    row_id(),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
    comment="What several recipients are sent, stored once.",
)

excerpt = sa.Table(
    "excerpt",
    metadata,
    sa.Column("body_id", Id, sa.ForeignKey("outbox_body.id"), primary_key=True,
              autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("spool_id", Id, sa.ForeignKey("raw.spool_id"), nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("size_bytes", sa.Integer, nullable=False),
    sa.Index("ix_excerpt_spool_id", "spool_id"),
    comment="What a body has from a mail that came in: before the octet `position` of what is "
    "stored of it stand `size_bytes` of the mail, from `start` on.",
)  # fmt: skip

outbox = sa.Table(
    "outbox",
    metadata,
    row_id(),
    ref("body_id", "outbox_body"),
    sa.Column("headers", sa.LargeBinary, nullable=False),
    text("mail_from"),
    text("rcpt_to"),
    sa.Column("message_id", CleanText, nullable=False, unique=True),
    sa.Column("notice", sa.String(20), nullable=False),
    ref("ticket_id", "ticket", nullable=True),
    ref("person_id", "person", nullable=True),
    ref("delivery_id", "delivery", nullable=True),
    at("created_at"),
    *work("outbox"),
    text("reply"),
    at("finished_at", nullable=True),
    sa.Index("ix_outbox_person_id_created_at", "person_id", "created_at"),
    sa.Index("ix_outbox_ticket_id", "ticket_id"),
    sa.Index("ix_outbox_delivery_id", "delivery_id"),
    sa.Index("ix_outbox_body_id", "body_id"),
    sqlite_autoincrement=True,
    comment="Outgoing mail: one row per recipient, written with what causes it.",
)

suppression = sa.Table(
    "suppression",
    metadata,
    sa.Column("key", CleanText, primary_key=True),
    text("status"),
    sa.Column("bounces", sa.Integer, nullable=False),
    at("since"),
    at("until"),
    comment="Addresses whose mail came back: not written to before `until`, then once.",
)

alert = sa.Table(
    "alert",
    metadata,
    sa.Column("key", CleanText, primary_key=True),
    at("told_at"),
    comment="What the admin was told and when, so that one fault is one mail.",
)
