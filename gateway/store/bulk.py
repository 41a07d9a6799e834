"""Rows written by the hundred, where SQLAlchemy's own way would cost more than the database.

Values go to the driver as they are, by statements that were made once. Within `gathering`
rows are kept and written at its end, those of one table together, what others refer to before
what refers to it. The surprising fact: an `insert()` of one row costs 90 microseconds of Python
and 10 of SQLite.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.store import at_once, statements
from gateway.store.one_of import one_of
from gateway.store.tables import metadata

_GATHERED = "gateway_gathered"
_ORDER = {table.name: position for position, table in enumerate(metadata.sorted_tables)}

Row = Mapping[str, Any]
Values = Sequence[Any]


_Form = tuple[str, tuple[str, ...], tuple[str, ...]]
"""What one statement writes: the table, the columns given, and those that tell which row."""


@dataclass(slots=True)
class _Updates:
    """Changes of one form, each with the row it is for. Which of many met no row is not told
    by the database, so the first's error stands for all."""

    or_raise: Callable[[], Exception]
    changes: list[tuple[Row, Row]] = field(default_factory=list)


@dataclass(slots=True)
class _Gathered:
    """What a transaction has yet to write, and what it has to remember meanwhile."""

    expected: int
    rows: dict[_Form, list[Row]] = field(default_factory=lambda: defaultdict(list))
    updates: dict[_Form, _Updates] = field(default_factory=dict)
    ids: dict[str, Iterator[int]] = field(default_factory=dict)
    notes: dict[object, int] = field(default_factory=dict)


@contextmanager
def gathering(tx: Connection, expected: int) -> Iterator[None]:
    """Rows given to `add` and `finish` are written together at the end of the block, unless it
    raises. About `expected` rows of each table are to be expected."""
    gathered = tx.info[_GATHERED] = _Gathered(expected)
    try:
        yield
        _write(tx, gathered)
    finally:
        del tx.info[_GATHERED]


def notes(tx: Connection) -> dict[object, int]:
    """What is to be remembered of rows that are not written yet; empty where nothing is."""
    gathered = _gathered(tx)
    return gathered.notes if gathered else {}


def add(tx: Connection, table: sa.Table, row: Row, unless_there: tuple[str, ...] = ()) -> None:
    """Insert the row, now or at the end of `gathering`. With `unless_there`, the columns of a
    unique constraint, one that is there already stays as it is."""
    gathered = _gathered(tx)
    if gathered is None:
        insert(tx, table, [row], unless_there)
    else:
        gathered.rows[table.name, tuple(row), unless_there].append(row)


def update(tx: Connection, table: sa.Table, where: Row, values: Row) -> int:
    """Set the values in the rows that equal `where`, at once; how many they were."""
    change = (*values.values(), *where.values())
    return _update(tx, table, tuple(values), tuple(where), [change])


def value(tx: Connection, column: sa.Column[Any], where: Row) -> Any:
    """What the column has in the one row that equals `where`. Raises NoResultFound."""
    statement, convert = statements.to_ask(column, tuple(where), tx.dialect)
    return tx.exec_driver_sql(statement, convert(where.values())).scalar_one()


def values_by(
    tx: Connection, column: sa.Column[Any], where: tuple[str, ...], wanted: Collection[Values]
) -> dict[Any, Any]:
    """What the column has in the rows that equal one of the `wanted` in the columns `where`, by
    what they have in these; there is at most one row for each."""
    if not wanted:
        return {}
    if tx.dialect.name != "sqlite":
        found: Iterable[Values] = at_once.found(tx, column, where, list(wanted))
    else:  # which would read the whole table for a list of rows, and uses an index for one of each
        columns = [column.table.c[name] for name in where]
        lists = zip(columns, zip(*wanted, strict=True), strict=True)
        tests = (one_of(each, values) for each, values in lists)
        found = tx.execute(sa.select(*columns, column).where(*tests)).all()
    return {key: value for *of_row, value in found if (key := tuple(of_row)) in wanted}


def finish(
    tx: Connection, table: sa.Table, where: Row, values: Row, or_raise: Callable[[], Exception]
) -> None:
    """Set the values in the one row that equals `where`, now or at the end of `gathering`.
    Raises what `or_raise` gives where there is no such row; of rows gathered, what the first
    of them gives."""
    gathered = _gathered(tx)
    if gathered is None:
        if update(tx, table, where, values) != 1:
            raise or_raise()
        return
    form = table.name, tuple(values), tuple(where)
    gathered.updates.setdefault(form, _Updates(or_raise)).changes.append((where, values))


def insert(
    tx: Connection, table: sa.Table, rows: Sequence[Row], unless_there: tuple[str, ...] = ()
) -> None:
    """Insert the rows; all have the same columns, and those left out have defaults."""
    if not rows:
        return
    names = tuple(rows[0])
    statement, convert = statements.to_insert(table, names, unless_there, tx.dialect)
    given = [convert([row[name] for name in names]) for row in rows]
    if len(given) == 1:
        tx.exec_driver_sql(statement, given[0])
    elif tx.dialect.name == "sqlite":
        tx.exec_driver_sql(statement, given)
    elif unless_there:
        at_once.insert_new(tx, table, names, given, unless_there)
    else:
        at_once.copy(tx, table, names, given)


def new_id(tx: Connection, table: sa.Table) -> int:
    """The id for a new row, which is to be inserted with it."""
    gathered = _gathered(tx)
    if gathered is None:
        return new_ids(tx, table, 1)[0]
    ids = gathered.ids.get(table.name, iter(()))
    found = next(ids, None)
    if found is None:
        gathered.ids[table.name] = ids = _ids_ahead(tx, table, gathered.expected)
        found = next(ids)
    return found


def new_ids(tx: Connection, table: sa.Table, wanted: int) -> list[int]:
    """Ids for that many new rows, in order. What is not used in the end leaves a gap.

    SQLite's come from AUTOINCREMENT's own table, which the write lock keeps still.
    """
    if tx.dialect.name == "sqlite":
        last = _last_id(tx, table)
        return list(range(last + 1, last + 1 + wanted))
    found = tx.exec_driver_sql(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        (table.name, wanted),
    )
    return sorted(int(value) for (value,) in found)


def _ids_ahead(tx: Connection, table: sa.Table, expected: int) -> Iterator[int]:
    """Ids to be given while rows are gathered: on SQLite without end, for nobody else inserts
    meanwhile and we do so when all are given."""
    if tx.dialect.name == "sqlite":
        return count(_last_id(tx, table) + 1)
    return iter(new_ids(tx, table, expected))


def _last_id(tx: Connection, table: sa.Table) -> int:
    query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
    return int(tx.exec_driver_sql(query, (table.name,)).scalar() or 0)


def _gathered(tx: Connection) -> _Gathered | None:
    found: _Gathered | None = tx.info.get(_GATHERED)
    return found


def _write(tx: Connection, gathered: _Gathered) -> None:
    for table, names, unless_there in sorted(gathered.rows, key=lambda key: _ORDER[key[0]]):
        rows = gathered.rows[table, names, unless_there]
        insert(tx, metadata.tables[table], rows, unless_there)
    for (table, values, where), updates in gathered.updates.items():
        changes = [(*new.values(), *old.values()) for old, new in updates.changes]
        if _update(tx, metadata.tables[table], values, where, changes) != len(changes):
            raise updates.or_raise()


def _update(
    tx: Connection,
    table: sa.Table,
    values: tuple[str, ...],
    where: tuple[str, ...],
    changes: Sequence[Sequence[object]],
) -> int:
    statement, convert = statements.to_update(table, values, where, tx.dialect)
    given = [convert(each) for each in changes]
    if len(given) == 1:
        return tx.exec_driver_sql(statement, given[0]).rowcount
    if tx.dialect.name == "sqlite":
        return tx.exec_driver_sql(statement, given).rowcount
    return at_once.update(tx, table, values, where, given)
