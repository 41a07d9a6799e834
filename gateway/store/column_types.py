"""Types of columns: what goes in is cleaned or refused, on both databases alike.

The surprising fact: SQLite loses the offset of a time without a word, and PostgreSQL
refuses a whole row for one NUL in a text.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


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
"""SQLite counts up a key by itself only where its type is INTEGER."""
