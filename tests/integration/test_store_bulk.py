"""Rows written by the hundred: they are what rows written one by one are, on both databases."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.errors import TemporaryError
from gateway.store import Conflict, Database, Tx, bulk, gathering, tables, transaction
from gateway.store.claims import LostClaim
from gateway.store.one_of import one_of
from support.cases import IDS, LEE, NOW
from support.stored import a_stored_ticket, accepted, claimed, column

Row = dict[str, Any]

ODD_TEXTS = (
    "",
    "a\0b",
    "\0",
    "lone \ud83d and \udcff",
    "a pair \U0001f600",
    'tab\tline\r\nend \\. \\N {NULL,"x"} \'; --',
    "é" * 3_000_000,
)
ODD_JSON = (
    None,
    [],
    {},
    "",
    [None, True, -1, 1.5, 2**53],
    {"k\0ey": ["a\0b", {"\udcff": "\ud83d"}]},
    {"text": "x" * 3_000_000},
)
ODD_TIMES = (
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC),
    datetime(2026, 3, 29, 2, 30, 0, 1, timezone(timedelta(hours=5, minutes=45))),
    NOW,
    NOW,
    NOW,
    NOW,
)


def read(tx: Tx, table: sa.Table) -> list[Row]:
    found = tx.execute(sa.select(table).order_by(*table.primary_key)).mappings()
    return [dict(row) for row in found]


def the_same_however_written(database: Database, table: sa.Table, rows: list[Row]) -> list[Row]:
    """The rows, after they were found to be equal when written at once and one by one."""
    with transaction(database) as tx:
        bulk.insert(tx, table, rows)
        together = read(tx, table)
        tx.execute(sa.delete(table))
        for row in rows:
            bulk.insert(tx, table, [row])
        assert read(tx, table) == together
    return together


def test_odd_values_are_kept_alike_by_both_databases(database: Database) -> None:
    with transaction(database) as tx:
        ticket_id, _ = a_stored_ticket(tx)
        tx.execute(sa.delete(tables.event))
    values = zip(ODD_TEXTS, ODD_JSON, ODD_TIMES, strict=True)
    rows = [
        {"ticket_id": ticket_id, "seq": seq, "at": at, "actor": "agent", "name": "odd"}
        | {"person_id": IDS[LEE.key] if seq % 2 else None, "why": text, "detail": json}
        for seq, (text, json, at) in enumerate(values, 1)
    ]
    kept = the_same_however_written(database, tables.event, rows)
    assert [row["why"] for row in kept] == [
        "",
        "ab",
        "",
        "lone \ufffd and \ufffd",
        "a pair \U0001f600",
        'tab\tline\r\nend \\. \\N {NULL,"x"} \'; --',
        "é" * 3_000_000,
    ]
    assert [row["detail"] for row in kept] == [
        *ODD_JSON[:5],
        {"key": ["ab", {"\ufffd": "\ufffd"}]},
        ODD_JSON[6],
    ]
    assert [row["at"] for row in kept] == list(ODD_TIMES)
    assert [row["person_id"] for row in kept] == [row["person_id"] for row in rows]
    assert {row["actor_name"] for row in kept} == {""}  # left out: what the table says


def test_all_bytes_are_kept_as_they_are(database: Database) -> None:
    contents = (b"", b"\0", bytes(range(256)), b"\xff" * 5_000_000, b"\\x41")
    rows: list[Row] = [{"id": at, "content": each} for at, each in enumerate(contents, 1)]
    assert the_same_however_written(database, tables.outbox_body, rows) == rows


def test_none_true_and_false_are_told_apart(database: Database) -> None:
    with transaction(database) as tx:
        ticket_id, _ = a_stored_ticket(tx)
        cases = ((True, None), (False, None), (False, IDS[LEE.key]))
        for at, (issued, person_id) in enumerate(cases):
            row = {"ticket_id": ticket_id, "value": f"{at}@x", "written": f"{at}@X"}
            row |= {"issued": issued, "person_id": person_id}
            with gathering(tx, 1):
                bulk.add(tx, tables.identifier, row, unless_there=("ticket_id", "value"))
                bulk.add(tx, tables.identifier, row, unless_there=("ticket_id", "value"))
        query = sa.select(tables.identifier.c.issued, tables.identifier.c.person_id)
        assert [tuple(row) for row in tx.execute(query.order_by(tables.identifier.c.id))] == [
            *cases
        ]


@pytest.mark.parametrize("wide", [2**31, -(2**31) - 1, 2**40, 2**70])
def test_a_number_too_wide_for_its_column_is_never_cut(database: Database, wide: int) -> None:
    """SQLite's columns have no width: up to 64 bits it is kept whole there."""
    is_kept = database.dialect.name == "sqlite" and abs(wide) < 2**63
    refused = pytest.raises((OverflowError, sa.exc.DataError))
    with transaction(database) as tx:
        ticket_id, _ = a_stored_ticket(tx)
    row = {"ticket_id": ticket_id, "name": "odd", "due_at": NOW}
    for others in ([], [1]):
        rows = [{**row, "generation": each} for each in (*others, wide)]
        with nullcontext() if is_kept else refused, transaction(database) as tx:
            bulk.insert(tx, tables.timer, rows)
            assert column(tx, tables.timer.c.generation) == [*others, wide]
            tx.execute(sa.delete(tables.timer))


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"number": 1}, id="taken by another"),
        pytest.param({"requester_id": 9999}, id="refers to nobody"),
        pytest.param({"tag": None}, id="has to be something"),
    ],
)
def test_one_row_against_a_constraint_is_a_conflict_and_undoes_all(
    database: Database, wrong: Row
) -> None:
    right = {"version": 1, "tag": "t", "status": "new", "priority": "P3"}
    right |= {"requester_id": IDS[LEE.key], "created_at": NOW, "updated_at": NOW}
    with pytest.raises(Conflict), transaction(database) as tx:
        bulk.insert(tx, tables.ticket, [right | {"number": 1}, right | {"number": 2} | wrong])
    with transaction(database) as tx:
        assert column(tx, tables.ticket.c.id) == []
        bulk.insert(tx, tables.ticket, [right | {"number": 1}, right | {"number": 2}])


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)  # SQLite has none to lose
def test_a_lost_connection_is_to_be_tried_again(database: Database) -> None:
    rows = [{"id": each, "content": b"x"} for each in (1, 2)]

    def cut_off() -> None:
        with transaction(database) as tx:
            pid = tx.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            with transaction(database) as other:
                other.exec_driver_sql("SELECT pg_terminate_backend(%s)", (pid,))
            bulk.insert(tx, tables.outbox_body, rows)

    with pytest.raises(TemporaryError):
        cut_off()
    with transaction(database) as tx:
        bulk.insert(tx, tables.outbox_body, rows)
        assert column(tx, tables.outbox_body.c.id) == [1, 2]


def end(database: Database, ours: Sequence[tuple[int, int]]) -> None:
    """All but the first are copies of it."""
    with transaction(database) as tx, gathering(tx, len(ours)):
        for seq, (row_id, attempt) in enumerate(ours):
            values = {"state": "done", "reason": f"{seq} \0\\{{\"'\ud83d", "finished_at": NOW}
            values |= {"duplicate_of": ours[0][0] if seq else None}
            where = {"id": row_id, "attempts": attempt}
            bulk.finish(tx, tables.delivery, where, values, LostClaim)


def test_many_ends_are_each_delivery_s_own(database: Database) -> None:
    with transaction(database) as tx:
        for _ in range(3):
            accepted(tx)
    ours = [each.claimed for each in claimed(database, 3)]
    end(database, ours)
    with transaction(database) as tx:
        found = read(tx, tables.delivery)
    assert [row["reason"] for row in found] == [f"{seq} \\{{\"'\ufffd" for seq in range(3)]
    assert [row["duplicate_of"] for row in found] == [None, ours[0][0], ours[0][0]]
    assert {row["finished_at"] for row in found} == {NOW}


def test_of_many_ends_one_that_is_not_ours_undoes_all(database: Database) -> None:
    with transaction(database) as tx:
        for _ in range(2):
            accepted(tx)
    ours = [each.claimed for each in claimed(database, 2)]
    ours[1] = (ours[1][0], ours[1][1] + 1)
    with pytest.raises(LostClaim):
        end(database, ours)
    with transaction(database) as tx:
        assert set(column(tx, tables.delivery.c.state)) == {"waiting"}


def test_rows_are_found_by_any_list_of_values(database: Database) -> None:
    keys = ["o'neill@x.example", 'q"[{,\\@x.example', "ünïcode@x.example", "%s@x.example", "1"]
    with transaction(database) as tx:
        rows = [{"id": 9000 + at, "key": key, "address": key} for at, key in enumerate(keys)]
        bulk.insert(tx, tables.person, [row | {"name": ""} for row in rows])
        key, row_id = tables.person.c.key, tables.person.c.id

        def found(condition: sa.ColumnElement[bool]) -> list[str]:
            return list(tx.execute(sa.select(key).where(condition).order_by(row_id)).scalars())

        assert found(one_of(key, [])) == []
        assert found(one_of(key, keys)) == keys
        assert found(one_of(key, {*keys[1:], "nobody@x.example"})) == keys[1:]
        assert found(one_of(row_id, [9001, 9003, 2**60])) == [keys[1], keys[3]]
        wanted = {(each, each) for each in keys[:3]} | {(keys[3], keys[4])}
        assert bulk.values_by(tx, row_id, ("key", "address"), wanted) == {
            (each, each): 9000 + at for at, each in enumerate(keys[:3])
        }
        assert bulk.values_by(tx, row_id, ("key", "address"), set()) == {}
