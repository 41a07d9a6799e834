"""Tickets: who is in them, what was said and done, and what time alone will cause."""

import sqlalchemy as sa

from gateway.store.column_types import CleanJson, CleanText, Id, UtcTime
from gateway.store.tables.base import at, metadata, ref, row_id, text, work

counter = sa.Table(
    "counter",
    metadata,
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column("value", Id, nullable=False),
    comment="Numbers handed out in order and never again: of tickets, of people.",
)

person = sa.Table(
    "person",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("key", CleanText, nullable=False, unique=True),
    text("address"),
    text("name"),
    comment="Everybody who ever wrote or was written to. Events name people by id alone.",
)

away = sa.Table(
    "away",
    metadata,
    sa.Column("person_id", Id, sa.ForeignKey("person.id"), primary_key=True, autoincrement=False),
    at("since"),
    at("until", nullable=True),
    comment="Agents who get no new tickets until they are back, or write again.",
)

ticket = sa.Table(
    "ticket",
    metadata,
    row_id(),
    sa.Column("number", Id, nullable=False, unique=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("tag", sa.String(12), nullable=False),
    text("mailbox"),
    text("queue"),
    text("subject"),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("priority", sa.String(4), nullable=False),
    text("category"),
    ref("requester_id", "person"),
    ref("assignee_id", "person", nullable=True),
    at("created_at"),
    at("updated_at"),
    at("answered_at", nullable=True),
    sa.Column("merged_into", Id),  # number of the ticket that this one is part of now
    sa.Column("over_at", UtcTime),  # when it was last resolved or closed
    sa.Index("ix_ticket_queue_status", "queue", "status"),
    sa.Index("ix_ticket_requester_id", "requester_id"),
    sqlite_autoincrement=True,
)

ticket_tag = sa.Table(
    "ticket_tag",
    metadata,
    sa.Column("ticket_id", Id, sa.ForeignKey("ticket.id"), primary_key=True),
    sa.Column("tag", CleanText, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
)

participant = sa.Table(
    "participant",
    metadata,
    sa.Column("ticket_id", Id, sa.ForeignKey("ticket.id"), primary_key=True),
    sa.Column("person_id", Id, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("role", sa.String(12), nullable=False),
    comment="Watchers. The requester stands in the ticket, its agents in the directory.",
)

link = sa.Table(
    "link",
    metadata,
    sa.Column("ticket_id", Id, sa.ForeignKey("ticket.id"), primary_key=True),
    sa.Column("other_id", Id, sa.ForeignKey("ticket.id"), primary_key=True),
    sa.Column("how", sa.String(20), primary_key=True),
    sa.Index("ix_link_other_id", "other_id"),
)

message = sa.Table(
    "message",
    metadata,
    row_id(),
    ref("spool_id", "spool", nullable=True),
    ref("author_id", "person"),
    at("at"),
    sa.Column("entry", sa.String(12), nullable=False),
    sa.Column("proof", sa.String(10)),
    text("subject"),
    text("text"),
    sa.Column("new_text", CleanText, comment="What is new in it; NULL where that is all of it."),
    sa.Column("message_id", CleanText),
    sa.Index("ix_message_spool_id", "spool_id"),
    sqlite_autoincrement=True,
)

ticket_message = sa.Table(
    "ticket_message",
    metadata,
    sa.Column("ticket_id", Id, sa.ForeignKey("ticket.id"), primary_key=True),
    sa.Column("message_id", Id, sa.ForeignKey("message.id"), primary_key=True),
    sa.Column("audience", sa.String(10), nullable=False),
    comment="Which conversation a message belongs to, and who of it may see it.",
)

attachment = sa.Table(
    "attachment",
    metadata,
    ref("message_id", "message"),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    text("filename"),
    text("content_type"),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("inline", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("message_id", "position"),
    comment="What a message carries; the bytes are parts of the raw mail, never stored twice.",
)

identifier = sa.Table(
    "identifier",
    metadata,
    row_id(),
    ref("ticket_id", "ticket"),
    sa.Column("value", CleanText, nullable=False, index=True),
    sa.Column("written", CleanText, nullable=False),
    ref("person_id", "person", nullable=True),
    sa.Column("issued", sa.Boolean, nullable=False),
    sa.UniqueConstraint("ticket_id", "value"),
    comment="Message-IDs of a conversation: received from a person, or issued to one. `value` is "
    "compared, `written` is what a client expects back in In-Reply-To.",
)

event = sa.Table(
    "event",
    metadata,
    ref("ticket_id", "ticket"),
    sa.Column("seq", sa.Integer, nullable=False),
    at("at"),
    sa.Column("actor", sa.String(12), nullable=False),
    ref("person_id", "person", nullable=True),
    text("actor_name"),
    sa.Column("name", sa.String(30), nullable=False),
    text("why"),
    sa.Column("detail", CleanJson, nullable=False),
    sa.PrimaryKeyConstraint("ticket_id", "seq"),
    comment="What happened to a ticket; only ever added to. Ids, never addresses or text.",
)

timer = sa.Table(
    "timer",
    metadata,
    row_id(),
    ref("ticket_id", "ticket"),
    sa.Column("name", sa.String(30), nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    *work("timer"),
    at("finished_at", nullable=True),
    sa.UniqueConstraint("ticket_id", "name", "generation"),
    sqlite_autoincrement=True,
)
