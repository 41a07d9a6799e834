"""Statements for the driver, and what their values go through: made once from the tables.

The tables stay their only source, types and conversions of values included.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from gateway.store.column_types import CleanJson, CleanText, UtcTime, clean, clean_json


@cache
def to_insert(
    table: sa.Table, names: tuple[str, ...], unless_there: tuple[str, ...], dialect: Dialect
) -> Any:
    """The statement for one row with the driver's own place holders, and the conversion of its
    values. It is one for any number of rows, so that SQLite reads and plans it once."""
    marks = ", ".join([_mark(dialect)] * len(names))
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - names of our own columns
    if unless_there:
        statement += f" ON CONFLICT ({', '.join(unless_there)}) DO NOTHING"
    return statement, _conversion(table, names, dialect)


@cache
def to_update(
    table: sa.Table, values: tuple[str, ...], where: tuple[str, ...], dialect: Dialect
) -> Any:
    """The same, to set the `values` in the rows that equal what is given for `where`."""
    mark = _mark(dialect)
    news = ", ".join(f"{name} = {mark}" for name in values)
    olds = " AND ".join(f"{name} = {mark}" for name in where)
    statement = f"UPDATE {table.name} SET {news} WHERE {olds}"  # noqa: S608 - as above
    return statement, _conversion(table, (*values, *where), dialect)


@cache
def to_ask(column: sa.Column[Any], where: tuple[str, ...], dialect: Dialect) -> Any:
    """The same, to ask what the column has in the row that equals what is given for `where`."""
    names = " AND ".join(f"{name} = {_mark(dialect)}" for name in where)
    statement = f"SELECT {column.name} FROM {column.table.name} WHERE {names}"  # noqa: S608 - as above
    return statement, _conversion(column.table, where, dialect)


def _mark(dialect: Dialect) -> str:
    return "?" if dialect.name == "sqlite" else "%s"


def _conversion(
    table: sa.Table, names: Sequence[str], dialect: Dialect
) -> Callable[[Iterable[object]], tuple[object, ...]]:
    found = [(at, _way(table.c[name].type, dialect)) for at, name in enumerate(names)]
    ways = [(at, way) for at, way in found if way]

    def convert(values: Iterable[object]) -> tuple[object, ...]:
        given = list(values)
        for at, way in ways:
            given[at] = way(given[at])
        return tuple(given)

    return convert


def _way(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Callable[[Any], object] | None:
    """What a value of this type goes through; that of SQLAlchemy, or what gives the same sooner."""
    if isinstance(kind, CleanText):
        return _text
    if isinstance(kind, CleanJson):
        return _json
    way = kind.dialect_impl(dialect).bind_processor(dialect)
    if not isinstance(kind, UtcTime) or way is None:
        return way
    # the rows of one mail have one time; two of a zone with summer time may be equal and differ
    kept = lru_cache(maxsize=256)(way)
    return lambda at: kept(at) if at is not None and at.tzinfo is UTC else way(at)


def _text(value: str | None) -> str | None:
    return None if value is None else clean(value)


def _json(value: object) -> str:
    """As the driver takes it for both databases. NUL and surrogates show as escapes, if at all."""
    text = json.dumps(value)
    return json.dumps(clean_json(value)) if "\\u0000" in text or "\\ud" in text else text
