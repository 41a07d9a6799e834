"""What the tables share: the metadata they stand in, and the columns that several have."""

from datetime import datetime

import sqlalchemy as sa

from gateway.store.column_types import CleanText, Id, UtcTime

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def row_id() -> sa.Column[int]:
    return sa.Column("id", Id, primary_key=True, autoincrement=True)


def ref(name: str, target: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, Id, sa.ForeignKey(f"{target}.id"), nullable=nullable)


def at(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, UtcTime, nullable=nullable)


def text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, CleanText, nullable=False, server_default=default)


def work(table: str) -> list[sa.schema.SchemaItem]:
    """What a row of work has: a claim moves `due_at` to the end of its lease."""
    waiting = sa.text("state = 'waiting'")
    return [
        sa.Column("state", sa.String(12), nullable=False, server_default="waiting"),
        at("due_at"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("claimed_by", CleanText),
        sa.Index(
            f"ix_{table}_waiting", "due_at", "id", sqlite_where=waiting, postgresql_where=waiting
        ),
    ]
