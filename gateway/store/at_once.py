"""Many rows to PostgreSQL at once, where a statement for each would cost it more than the row.

New rows are copied in binary form. Where some may be there already, and for changes, they go as
an array for each column. The surprising fact: the driver cuts a number that is too wide for its
column, and what is copied is taken as it is; so numbers that may be are put into bytes here.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

Values = Sequence[Any]

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]

# what the driver would not do, or not safely, given as bytes; the others are left to it
_BYTES: dict[str, Callable[[Any], bytes]] = {
    "jsonb": lambda text: b"\x01" + text.encode(),  # the version of the form, and JSON
    "integer": lambda number: number.to_bytes(4, "big", signed=True),
}


def copy(tx: Connection, table: sa.Table, names: tuple[str, ...], rows: Sequence[Values]) -> None:
    """Insert the rows. Raises what a statement of SQLAlchemy would, and OverflowError."""
    statement, types, ways = _copying(table, names)
    with _as_of_sqlalchemy(tx, statement):
        driver: Any = tx.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(statement) as copying:
            copying.set_types(types)
            for row in rows:
                copying.write_row(_with_bytes(row, ways))


_Ways = Sequence[tuple[int, Callable[[Any], bytes]]]


@cache
def _copying(table: sa.Table, names: tuple[str, ...]) -> tuple[str, list[str], _Ways]:
    """The statement, the types that the driver is to write, and what it is not left to."""
    types = [_type(table, name) for name in names]
    ways = [(at, _BYTES[kind]) for at, kind in enumerate(types) if kind in _BYTES]
    given = ["bytea" if kind in _BYTES else kind for kind in types]
    return f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)", given, ways


def _with_bytes(row: Values, ways: _Ways) -> Values:
    given = list(row)
    for at, way in ways:
        given[at] = None if given[at] is None else way(given[at])
    return given


def insert_new(
    tx: Connection,
    table: sa.Table,
    names: tuple[str, ...],
    rows: Sequence[Values],
    unless_there: tuple[str, ...],
) -> None:
    """Insert those of the rows that are not there, by the columns of a unique constraint."""
    tx.exec_driver_sql(_inserting(table, names, unless_there), _by_column(rows))


def update(
    tx: Connection,
    table: sa.Table,
    values: tuple[str, ...],
    where: tuple[str, ...],
    changes: Sequence[Values],
) -> int:
    """Of each change, set the `values` in the rows that equal what it has for `where`; how many
    rows that were."""
    return tx.exec_driver_sql(_updating(table, values, where), _by_column(changes)).rowcount


def found(
    tx: Connection, column: sa.Column[Any], where: tuple[str, ...], wanted: Sequence[Values]
) -> list[Any]:
    """Of each row that equals one of the `wanted`, its columns `where` and this one. For many
    values in a list, the planner may read all the rows that have only the first in common."""
    return list(tx.exec_driver_sql(_finding(column, where), _by_column(wanted)))


def _by_column(rows: Sequence[Values]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


@cache
def _inserting(table: sa.Table, names: tuple[str, ...], unless_there: tuple[str, ...]) -> str:
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) "  # noqa: S608 - names of our own columns
        f"SELECT * FROM unnest({_arrays(table, names)}) "
        f"ON CONFLICT ({', '.join(unless_there)}) DO NOTHING"
    )


@cache
def _updating(table: sa.Table, values: tuple[str, ...], where: tuple[str, ...]) -> str:
    changed = [f"new_{name}" for name in values] + [f"old_{name}" for name in where]
    news = ", ".join(f"{name} = new_{name}" for name in values)
    olds = " AND ".join(f"{name} = old_{name}" for name in where)
    return (
        f"UPDATE {table.name} SET {news} "  # noqa: S608 - as above
        f"FROM unnest({_arrays(table, (*values, *where))}) AS change ({', '.join(changed)}) "
        f"WHERE {olds}"
    )


@cache
def _finding(column: sa.Column[Any], where: tuple[str, ...]) -> str:
    table = column.table
    wanted = ", ".join(f"wanted_{name}" for name in where)
    equal = " AND ".join(f"{name} = wanted_{name}" for name in where)
    return (
        f"SELECT {', '.join(where)}, {column.name} "  # noqa: S608 - as above
        f"FROM unnest({_arrays(table, where)}) AS wanted ({wanted}) JOIN {table.name} ON {equal}"
    )


def _arrays(table: sa.Table, names: tuple[str, ...]) -> str:
    return ", ".join(f"%s::{_type(table, name)}[]" for name in names)


def _type(table: sa.Table, name: str) -> str:
    """The type's name, as the server and the driver know it, whatever its length."""
    return table.c[name].type.compile(_DIALECT).lower().partition("(")[0]


@contextmanager
def _as_of_sqlalchemy(tx: Connection, statement: str) -> Iterator[None]:
    """What the driver raises past SQLAlchemy becomes what SQLAlchemy would have made of it."""
    base = tx.dialect.loaded_dbapi.Error  # not imported: with SQLite nobody needs the driver
    try:
        yield
    except base as error:
        raise sa.exc.DBAPIError.instance(
            statement, None, error, base, hide_parameters=True, dialect=tx.dialect
        ) from error
