"""The first shape of the database: spool, desk, outbox and clocks in one.

Written out rather than taken from `tables`, so that it stays what it was.

Revision: 0001, after None
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
Time = sa.DateTime(timezone=True)
WAITING = sa.text("state = 'waiting'")

FIRST_TICKET = 1001  # so that numbers are told apart from counts, and look alike from the start


def upgrade() -> None:
    _alert()
    _counter()
    _outbox_body()
    _person()
    _ruleset()
    _spool()
    _message()
    _raw()
    _ticket()
    _attachment()
    _delivery()
    _event()
    _identifier()
    _link()
    _participant()
    _ticket_message()
    _ticket_tag()
    _timer()
    _decision()
    _outbox()

    counters = sa.table("counter", sa.column("name"), sa.column("value"))
    op.bulk_insert(
        counters, [{"name": "ticket", "value": FIRST_TICKET - 1}, {"name": "person", "value": 0}]
    )
    if op.get_bind().dialect.name == "postgresql":
        # mail is already compressed where it is large: do not try on every insert
        op.execute("ALTER TABLE raw ALTER COLUMN content SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE outbox_body ALTER COLUMN content SET STORAGE EXTERNAL")


def _alert() -> None:
    op.create_table(
        "alert",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("told_at", Time, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_alert"),
        comment="What the admin was told and when, so that one fault is one mail.",
    )


def _counter() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value", Id, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
        comment="Numbers handed out in order and never again: of tickets, of people.",
    )


def _outbox_body() -> None:
    op.create_table(
        "outbox_body",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_body"),
        comment="What several recipients are sent, stored once.",
        sqlite_autoincrement=True,
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("key", name="uq_person_key"),
        comment="Everybody who ever wrote or was written to. Events name people by id alone.",
    )


def _ruleset() -> None:
    op.create_table(
        "ruleset",
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("first_used_at", Time, nullable=False),
        sa.Column("sources", Json, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_ruleset"),
        comment="Every set of rules that was ever in force, by the hash of its files.",
    )


def _spool() -> None:
    op.create_table(
        "spool",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("received_at", Time, nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("mail_from", sa.Text(), server_default="", nullable=False),
        sa.Column("rcpt_to", Json, nullable=False),
        sa.Column("peer", sa.Text(), server_default="", nullable=False),
        sa.Column("helo", sa.Text(), server_default="", nullable=False),
        sa.Column("tls", sa.Boolean(), nullable=False),
        sa.Column("auth_user", sa.Text(), server_default="", nullable=False),
        sa.Column("imap_folder", sa.Text(), server_default="", nullable=False),
        sa.Column("imap_uidvalidity", sa.BigInteger(), nullable=True),
        sa.Column("imap_uid", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_spool"),
        comment="Incoming mail: the envelope, once.",
        sqlite_autoincrement=True,
    )
    op.create_index(("ix_spool_message_id"), "spool", ["message_id"], unique=False)


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("spool_id", Id, nullable=True),
        sa.Column("author_id", Id, nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("entry", sa.String(length=12), nullable=False),
        sa.Column("proof", sa.String(length=10), nullable=True),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "new_text",
            sa.Text(),
            nullable=True,
            comment="What is new in it; NULL where that is all of it.",
        ),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name="fk_message_author_id_person"),
        sa.ForeignKeyConstraint(["spool_id"], ["spool.id"], name="fk_message_spool_id_spool"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_message_spool_id", "message", ["spool_id"], unique=False)


def _raw() -> None:
    op.create_table(
        "raw",
        sa.Column("spool_id", Id, autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["spool_id"], ["spool.id"], name="fk_raw_spool_id_spool"),
        sa.PrimaryKeyConstraint("spool_id", name="pk_raw"),
        comment="The bytes as received, apart from their envelope so that they can move to files.",
    )


def _ticket() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("number", Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=12), nullable=False),
        sa.Column("mailbox", sa.Text(), server_default="", nullable=False),
        sa.Column("queue", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.String(length=4), nullable=False),
        sa.Column("category", sa.Text(), server_default="", nullable=False),
        sa.Column("requester_id", Id, nullable=False),
        sa.Column("assignee_id", Id, nullable=True),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("updated_at", Time, nullable=False),
        sa.Column("answered_at", Time, nullable=True),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["person.id"], name="fk_ticket_assignee_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"], ["person.id"], name="fk_ticket_requester_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ticket"),
        sa.UniqueConstraint("number", name="uq_ticket_number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ticket_queue_status", "ticket", ["queue", "status"], unique=False)
    op.create_index("ix_ticket_requester_id", "ticket", ["requester_id"], unique=False)


def _attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("message_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), server_default="", nullable=False),
        sa.Column("content_type", sa.Text(), server_default="", nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("inline", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_attachment_message_id_message"
        ),
        sa.PrimaryKeyConstraint("message_id", "position", name="pk_attachment"),
        comment="What a message carries; the bytes are parts of the raw mail, never stored twice.",
    )


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("spool_id", Id, nullable=False),
        sa.Column("mailbox", sa.Text(), server_default="", nullable=False),
        sa.Column("rcpt_to", Json, nullable=False),
        sa.Column("state", sa.String(length=12), server_default="waiting", nullable=False),
        sa.Column("due_at", Time, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
        sa.Column("proof", sa.String(length=10), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("duplicate_of", Id, nullable=True),
        sa.Column("ticket_id", Id, nullable=True),
        sa.Column("finished_at", Time, nullable=True),
        sa.ForeignKeyConstraint(
            ["duplicate_of"], ["delivery.id"], name="fk_delivery_duplicate_of_delivery"
        ),
        sa.ForeignKeyConstraint(["spool_id"], ["spool.id"], name="fk_delivery_spool_id_spool"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_delivery_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("mailbox", "fingerprint", name="uq_delivery_mailbox_fingerprint"),
        sa.UniqueConstraint("spool_id", "mailbox", name="uq_delivery_spool_id_mailbox"),
        comment="One spooled mail for one mailbox, and how it ended. A copy of a mail that was "
        "handled has no fingerprint and names the first in duplicate_of.",
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["due_at", "id"],
        unique=False,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("actor", sa.String(length=12), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("actor_name", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_event_person_id_person"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_event_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("ticket_id", "seq", name="pk_event"),
        comment="What happened to a ticket; only ever added to. Ids, never addresses or text.",
    )


def _identifier() -> None:
    op.create_table(
        "identifier",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("issued", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_identifier_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_identifier_ticket_id_ticket"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_identifier"),
        sa.UniqueConstraint("ticket_id", "value", name="uq_identifier_ticket_id_value"),
        comment="Message-IDs of a conversation: received from a person, or issued to one. `value` "
        "is compared, `written` is what a client expects back in In-Reply-To.",
    )
    op.create_index(("ix_identifier_value"), "identifier", ["value"], unique=False)


def _link() -> None:
    op.create_table(
        "link",
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("other_id", Id, nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["ticket.id"], name="fk_link_other_id_ticket"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_link_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("ticket_id", "other_id", "how", name="pk_link"),
    )


def _participant() -> None:
    op.create_table(
        "participant",
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_participant_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_participant_ticket_id_ticket"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "person_id", name="pk_participant"),
        comment="Watchers. The requester stands in the ticket, its agents in the directory.",
    )


def _ticket_message() -> None:
    op.create_table(
        "ticket_message",
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("message_id", Id, nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_ticket_message_message_id_message"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_ticket_message_ticket_id_ticket"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "message_id", name="pk_ticket_message"),
        comment="Which conversation a message belongs to, and who of it may see it.",
    )


def _ticket_tag() -> None:
    op.create_table(
        "ticket_tag",
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_ticket_tag_ticket_id_ticket"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "tag", name="pk_ticket_tag"),
    )


def _timer() -> None:
    op.create_table(
        "timer",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), server_default="waiting", nullable=False),
        sa.Column("due_at", Time, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("finished_at", Time, nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_timer_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_timer"),
        sa.UniqueConstraint(
            "ticket_id", "name", "generation", name="uq_timer_ticket_id_name_generation"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_timer_waiting",
        "timer",
        ["due_at", "id"],
        unique=False,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def _decision() -> None:
    op.create_table(
        "decision",
        sa.Column("delivery_id", Id, autoincrement=False, nullable=False),
        sa.Column("decided_at", Time, nullable=False),
        sa.Column("ruleset", sa.String(length=64), nullable=False),
        sa.Column("reading", Json, nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("account", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name="fk_decision_delivery_id_delivery"
        ),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_decision"),
        comment="Why a delivery ended as it did: what was read, what was known, what followed.",
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("body_id", Id, nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("mail_from", sa.Text(), server_default="", nullable=False),
        sa.Column("rcpt_to", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("notice", sa.String(length=20), nullable=False),
        sa.Column("ticket_id", Id, nullable=True),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("delivery_id", Id, nullable=True),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("state", sa.String(length=12), server_default="waiting", nullable=False),
        sa.Column("due_at", Time, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("finished_at", Time, nullable=True),
        sa.ForeignKeyConstraint(
            ["body_id"], ["outbox_body.id"], name="fk_outbox_body_id_outbox_body"
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name="fk_outbox_delivery_id_delivery"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_outbox_person_id_person"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_outbox_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("message_id", name="uq_outbox_message_id"),
        comment="Outgoing mail: one row per recipient, written with what causes it.",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_delivery_id", "outbox", ["delivery_id"], unique=False)
    op.create_index(
        "ix_outbox_person_id_created_at", "outbox", ["person_id", "created_at"], unique=False
    )
    op.create_index("ix_outbox_ticket_id", "outbox", ["ticket_id"], unique=False)
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["due_at", "id"],
        unique=False,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
