"""Conversations: who let a held mail in, which ticket is merged into which, who is not written
to, and which agents are away.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("delivery", sa.Column("granted", sa.String(10), nullable=True))
    op.create_index(
        "ix_delivery_held",
        "delivery",
        ["id"],
        sqlite_where=sa.text("outcome = 'held'"),
        postgresql_where=sa.text("outcome = 'held'"),
    )
    op.create_index("ix_link_other_id", "link", ["other_id"])
    op.add_column("ticket", sa.Column("merged_into", Id, nullable=True))
    op.add_column("ticket", sa.Column("over_at", sa.DateTime(timezone=True), nullable=True))
    # as near as can be told: since then nothing has been done to it
    op.execute("UPDATE ticket SET over_at = updated_at WHERE status IN ('resolved', 'closed')")
    op.create_table(
        "suppression",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False, server_default=""),
        sa.Column("bounces", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_suppression"),
        comment="Addresses whose mail came back: not written to before `until`, then once.",
    )
    op.create_table(
        "away",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_away_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", name="pk_away"),
        comment="Agents who get no new tickets until they are back, or write again.",
    )
