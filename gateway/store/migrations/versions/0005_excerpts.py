"""Excerpts: what an outgoing mail has from a mail that came in is not stored a second time.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "excerpt",
        sa.Column("body_id", Id, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("spool_id", Id, nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_id"], ["outbox_body.id"], name="fk_excerpt_body_id_outbox_body"
        ),
        sa.ForeignKeyConstraint(["spool_id"], ["raw.spool_id"], name="fk_excerpt_spool_id_raw"),
        sa.PrimaryKeyConstraint("body_id", "position", name="pk_excerpt"),
        comment="What a body has from a mail that came in: before the octet `position` of what is "
        "stored of it stand `size_bytes` of the mail, from `start` on.",
    )
    op.create_index("ix_excerpt_spool_id", "excerpt", ["spool_id"])
