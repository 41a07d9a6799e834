"""Ways in: where each IMAP folder was left, and why a mail was ignored.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "imap_cursor",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("account", sa.Text(), nullable=False, server_default=""),
        sa.Column("folder", sa.Text(), nullable=False, server_default=""),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_imap_cursor"),
        sa.UniqueConstraint("account", "folder", name="uq_imap_cursor_account_folder"),
        sqlite_autoincrement=True,
        comment="Where each IMAP folder was left; written with the mail that moved it on.",
    )
    op.create_index(
        "ix_spool_imap_uidvalidity_imap_uid",
        "spool",
        ["imap_uidvalidity", "imap_uid"],
        sqlite_where=sa.text("imap_uid IS NOT NULL"),
        postgresql_where=sa.text("imap_uid IS NOT NULL"),
    )
    op.create_index("ix_spool_received_at", "spool", ["received_at"])
    op.add_column("delivery", sa.Column("cause", sa.String(20), nullable=True))
    # what several are sent is stored once: retention asks who of them has had it
    op.create_index("ix_outbox_body_id", "outbox", ["body_id"])
