"""The tables. What is decided here cannot be changed later without a rewrite.

Every time is aware UTC, every text is one that both databases take, every
constraint has a name (SQLite's batch migrations need names). Deliveries, timers and
outbox rows are work: they share `state`, `due_at`, `attempts` and `claimed_by`.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(sa.TypeDecorator[datetime]):
    """An instant. Refuses naive values, stores UTC, gives back aware.

    `DateTime(timezone=True)` on SQLite silently loses the offset.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}; every time here is aware")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def clean(text: str) -> str:
    """Without what PostgreSQL refuses in a text: NUL, and lone surrogates (as U+FFFD)."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class CleanText(sa.TypeDecorator[str]):
    """Text that both databases take; the last net behind the one at the parser's door."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else clean(value)


class CleanJson(sa.TypeDecorator[Any]):
    """JSON (JSONB on PostgreSQL) whose strings both databases take."""

    impl = sa.JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        json = postgresql.JSONB() if dialect.name == "postgresql" else sa.JSON()
        return dialect.type_descriptor(json)

    def process_bind_param(self, value: object, dialect: sa.Dialect) -> object:
        return clean_json(value)


def clean_json(value: object) -> object:
    """With all its strings as `clean` has them."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): clean_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item) for item in value]
    return value


Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", Id, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, Id, sa.ForeignKey(f"{target}.id"), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, UtcTime, nullable=nullable)


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, CleanText, nullable=False, server_default=default)


def _work(table: str) -> list[sa.schema.SchemaItem]:
    """What a row of work has: a claim moves `due_at` to the end of its lease."""
    waiting = sa.text("state = 'waiting'")
    return [
        sa.Column("state", sa.String(12), nullable=False, server_default="waiting"),
        _at("due_at"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("claimed_by", CleanText),
        sa.Index(
            f"ix_{table}_waiting", "due_at", "id", sqlite_where=waiting, postgresql_where=waiting
        ),
    ]


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
    _text("address"),
    _text("name"),
    comment="Everybody who ever wrote or was written to. Events name people by id alone.",
)

_BY_IMAP = sa.text("imap_uid IS NOT NULL")

spool = sa.Table(
    "spool",
    metadata,
    _id(),
    _at("received_at"),
    sa.Column("source", sa.String(8), nullable=False),
    _text("mail_from"),
    sa.Column("rcpt_to", CleanJson, nullable=False),
    _text("peer"),
    _text("helo"),
    sa.Column("tls", sa.Boolean, nullable=False),
    _text("auth_user"),
    _text("imap_folder"),
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

imap_cursor = sa.Table(
    "imap_cursor",
    metadata,
    _id(),
    _text("account"),
    _text("folder"),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("last_uid", sa.BigInteger, nullable=False),
    _at("updated_at"),
    sa.UniqueConstraint("account", "folder"),
    sqlite_autoincrement=True,
    comment="Where each IMAP folder was left; written with the mail that moved it on.",
)

raw = sa.Table(
    "raw",
    metadata,
    sa.Column("spool_id", Id, sa.ForeignKey("spool.id"), primary_key=True, autoincrement=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    comment="The bytes as received, apart from their envelope so that they can move to files.",
)

delivery = sa.Table(
    "delivery",
    metadata,
    _id(),
    _ref("spool_id", "spool"),
    _text("mailbox"),
    sa.Column("rcpt_to", CleanJson, nullable=False),
    *_work("delivery"),
    sa.Column("outcome", sa.String(12)),
    sa.Column("cause", sa.String(20)),
    _text("reason"),
    _text("trouble"),
    sa.Column("proof", sa.String(10)),
    sa.Column("fingerprint", sa.String(64)),
    _ref("duplicate_of", "delivery", nullable=True),
    _ref("ticket_id", "ticket", nullable=True),
    _at("finished_at", nullable=True),
    sa.UniqueConstraint("spool_id", "mailbox"),
    sa.UniqueConstraint("mailbox", "fingerprint"),
    sqlite_autoincrement=True,
    comment="One spooled mail for one mailbox, and how it ended. A copy of a mail that was "
    "handled has no fingerprint and names the first in duplicate_of.",
)

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("delivery_id", Id, sa.ForeignKey("delivery.id"), primary_key=True,
              autoincrement=False),
    _at("decided_at"),
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
    _at("first_used_at"),
    sa.Column("sources", CleanJson, nullable=False),
    comment="Every set of rules that was ever in force, by the hash of its files.",
)

ticket = sa.Table(
    "ticket",
    metadata,
    _id(),
    sa.Column("number", Id, nullable=False, unique=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("tag", sa.String(12), nullable=False),
    _text("mailbox"),
    _text("queue"),
    _text("subject"),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("priority", sa.String(4), nullable=False),
    _text("category"),
    _ref("requester_id", "person"),
    _ref("assignee_id", "person", nullable=True),
    _at("created_at"),
    _at("updated_at"),
    _at("answered_at", nullable=True),
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
)

message = sa.Table(
    "message",
    metadata,
    _id(),
    _ref("spool_id", "spool", nullable=True),
    _ref("author_id", "person"),
    _at("at"),
    sa.Column("entry", sa.String(12), nullable=False),
    sa.Column("proof", sa.String(10)),
    _text("subject"),
    _text("text"),
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
    _ref("message_id", "message"),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    _text("filename"),
    _text("content_type"),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("inline", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("message_id", "position"),
    comment="What a message carries; the bytes are parts of the raw mail, never stored twice.",
)

identifier = sa.Table(
    "identifier",
    metadata,
    _id(),
    _ref("ticket_id", "ticket"),
    sa.Column("value", CleanText, nullable=False, index=True),
    sa.Column("written", CleanText, nullable=False),
    _ref("person_id", "person", nullable=True),
    sa.Column("issued", sa.Boolean, nullable=False),
    sa.UniqueConstraint("ticket_id", "value"),
    comment="Message-IDs of a conversation: received from a person, or issued to one. `value` is "
    "compared, `written` is what a client expects back in In-Reply-To.",
)

event = sa.Table(
    "event",
    metadata,
    _ref("ticket_id", "ticket"),
    sa.Column("seq", sa.Integer, nullable=False),
    _at("at"),
    sa.Column("actor", sa.String(12), nullable=False),
    _ref("person_id", "person", nullable=True),
    _text("actor_name"),
    sa.Column("name", sa.String(30), nullable=False),
    _text("why"),
    sa.Column("detail", CleanJson, nullable=False),
    sa.PrimaryKeyConstraint("ticket_id", "seq"),
    comment="What happened to a ticket; only ever added to. Ids, never addresses or text.",
)

timer = sa.Table(
    "timer",
    metadata,
    _id(),
    _ref("ticket_id", "ticket"),
    sa.Column("name", sa.String(30), nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    *_work("timer"),
    _at("finished_at", nullable=True),
    sa.UniqueConstraint("ticket_id", "name", "generation"),
    sqlite_autoincrement=True,
)

outbox_body = sa.Table(
    "outbox_body",
    metadata,
    _id(),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
    comment="What several recipients are sent, stored once.",
)

outbox = sa.Table(
    "outbox",
    metadata,
    _id(),
    _ref("body_id", "outbox_body"),
    sa.Column("headers", sa.LargeBinary, nullable=False),
    _text("mail_from"),
    _text("rcpt_to"),
    sa.Column("message_id", CleanText, nullable=False, unique=True),
    sa.Column("notice", sa.String(20), nullable=False),
    _ref("ticket_id", "ticket", nullable=True),
    _ref("person_id", "person", nullable=True),
    _ref("delivery_id", "delivery", nullable=True),
    _at("created_at"),
    *_work("outbox"),
    _text("reply"),
    _at("finished_at", nullable=True),
    sa.Index("ix_outbox_person_id_created_at", "person_id", "created_at"),
    sa.Index("ix_outbox_ticket_id", "ticket_id"),
    sa.Index("ix_outbox_delivery_id", "delivery_id"),
    sa.Index("ix_outbox_body_id", "body_id"),
    sqlite_autoincrement=True,
    comment="Outgoing mail: one row per recipient, written with what causes it.",
)

alert = sa.Table(
    "alert",
    metadata,
    sa.Column("key", CleanText, primary_key=True),
    _at("told_at"),
    comment="What the admin was told and when, so that one fault is one mail.",
)
