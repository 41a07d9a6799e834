"""The way to the database: migrations, transactions, and clear words when it is not there."""

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from gateway.errors import StoreError, TemporaryError
from gateway.store import (
    Conflict,
    Database,
    Tx,
    connect,
    describe,
    migrate,
    people,
    reserve,
    snapshot,
    tables,
    transaction,
)
from gateway.store import engine as store_engine
from support.cases import ANN, CARL, NOW
from support.stored import column, count, migrated


def test_upgrade_from_empty_is_what_the_tables_say(database: Database) -> None:
    assert migrate.differences(database) == []


def test_every_constraint_and_index_has_the_name_that_the_tables_say(database: Database) -> None:
    for table in tables.metadata.sorted_tables:
        wanted = {each.name for each in (*table.indexes, *table.constraints)}
        with snapshot(database) as tx:
            of = sa.inspect(tx)
            made = {each["name"] for each in of.get_unique_constraints(table.name)}
            made |= {each["name"] for each in of.get_indexes(table.name)}
            made |= {each["name"] for each in of.get_foreign_keys(table.name)}
            made |= {of.get_pk_constraint(table.name)["name"]}
        assert made - {None} <= wanted, table
        unnamed = {table.primary_key.name} if None in made else set()  # SQLite's AUTOINCREMENT
        assert wanted - made == unnamed, table


def ended_by_the_server(url: str) -> Database:
    """A database whose one connection the server has ended since it was put back."""
    ours, other = connect(url), connect(url)
    pid = "SELECT pg_backend_pid()"
    with snapshot(ours) as tx:
        was = tx.exec_driver_sql(pid).scalar_one()
    with transaction(other) as tx:
        tx.exec_driver_sql("SELECT pg_terminate_backend(%s, 5000)", (was,))
    other.dispose()
    return ours


def test_a_connection_that_ended_while_it_was_idle_is_made_anew(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_engine, "IDLE_SECONDS", 0.0)
    database = ended_by_the_server(postgres_url)
    with transaction(database) as tx:
        assert tx.exec_driver_sql("SELECT 1").scalar_one() == 1
    database.dispose()


def test_a_connection_that_ended_just_now_is_told_once_and_made_anew(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is told says "come back", and does nothing twice."""
    monkeypatch.setattr(store_engine, "IDLE_SECONDS", 1000.0)
    database = ended_by_the_server(postgres_url)
    with pytest.raises(TemporaryError), transaction(database) as tx:
        tx.exec_driver_sql("SELECT 1")
    with transaction(database) as tx:
        assert tx.exec_driver_sql("SELECT 1").scalar_one() == 1
    database.dispose()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)  # SQLite compresses nothing
def test_what_is_long_is_compressed_by_lz4_where_the_server_has_it(database: Database) -> None:
    has_lz4 = "SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name LIKE '%%_compression'"
    by_lz4 = (
        "SELECT attrelid::regclass || '.' || attname FROM pg_attribute WHERE attcompression = 'l'"
    )
    with snapshot(database) as tx:
        found = set(tx.exec_driver_sql(by_lz4).scalars())
        if True not in tx.exec_driver_sql(has_lz4).scalars():
            assert not found
            return
    assert {"raw.content", "outbox.headers", "outbox_body.content", "message.text"} <= found


def test_head_is_the_newest_script() -> None:
    scripts = ScriptDirectory.from_config(migrate.config())
    assert scripts.get_heads() == [migrate.HEAD]


def test_a_second_upgrade_does_nothing(database_url: str, tmp_path: Path) -> None:
    assert migrate.upgrade(database_url, None, NOW) == (None, migrate.HEAD)
    before = sorted(os.listdir(tmp_path))
    assert migrate.upgrade(database_url, None, NOW) == (migrate.HEAD, migrate.HEAD)
    assert sorted(os.listdir(tmp_path)) == before


def test_an_older_database_is_brought_up_with_its_rows(database_url: str) -> None:
    old = connect(database_url, create=True)
    with old.begin() as tx:
        command.upgrade(migrate.config(tx), "0001")
        # as the first release wrote it: without the columns that came later
        tx.execute(
            sa.text(
                "INSERT INTO spool (received_at, source, rcpt_to, tls, size_bytes)"
                " VALUES ('2026-01-01 09:00:00', 'smtp', '[]', false, 4)"
            )
        )
    old.dispose()
    assert migrate.upgrade(database_url, None, NOW) == ("0001", migrate.HEAD)
    new = connect(database_url)
    try:
        assert migrate.differences(new) == []
        with snapshot(new) as tx:
            assert column(tx, tables.spool.c.size_bytes) == [4]
    finally:
        new.dispose()


def test_an_upgraded_database_is_current(database: Database) -> None:
    migrate.require_current(database)


def test_a_database_without_tables_says_what_to_type(database_url: str) -> None:
    empty = connect(database_url, create=True)
    with pytest.raises(StoreError, match=r"has no tables yet.*`ticket-gateway db upgrade`"):
        migrate.require_current(empty)
    empty.dispose()


def test_a_database_of_another_release_says_what_to_do(database_url: str) -> None:
    with migrated(database_url) as database:
        for revision, words in (
            ("0000", r"at revision 0000.*`ticket-gateway db upgrade`"),
            ("9999", r"at revision 9999.*install the newer release"),
        ):
            with transaction(database) as tx:
                tx.execute(sa.update(migrate._VERSION).values(version_num=revision))
            with pytest.raises(StoreError, match=words):
                migrate.require_current(database)


def test_foreign_keys_hold_after_a_migration(database: Database) -> None:
    orphan = sa.insert(tables.delivery).values(spool_id=77, mailbox="x", rcpt_to=[], due_at=NOW)
    with pytest.raises(Conflict), transaction(database) as tx:
        tx.execute(orphan)


def test_foreign_keys_are_off_while_sqlite_migrates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With them on, a batch change that drops a table deletes all rows that refer to it."""
    seen: list[object] = []
    real = migrate._migrate

    def asked(tx: sa.Connection) -> None:
        seen.append(tx.exec_driver_sql("PRAGMA foreign_keys").scalar())
        real(tx)

    monkeypatch.setattr(migrate, "_migrate", asked)
    with migrated(f"sqlite:///{tmp_path / 'desk.db'}") as database, snapshot(database) as tx:
        assert seen == [0]
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_sqlite_is_safe_against_a_power_cut(tmp_path: Path) -> None:
    with migrated(f"sqlite:///{tmp_path / 'desk.db'}") as database, snapshot(database) as tx:
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "FULL"


def test_an_absent_sqlite_file_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "vanished.db"
    absent = connect(f"sqlite:///{path}")
    with pytest.raises(StoreError, match=r"vanished\.db.*`ticket-gateway db upgrade`"):
        migrate.require_current(absent)
    with pytest.raises(TemporaryError), transaction(absent):
        pass
    assert not path.exists()
    absent.dispose()


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.write_bytes(b"this is no database" * 100)
    wrong = connect(f"sqlite:///{path}")
    with pytest.raises(StoreError, match=r"desk\.db"):
        migrate.require_current(wrong)
    wrong.dispose()


def test_an_unreachable_server_is_a_clear_error_without_its_password() -> None:
    down = connect("postgresql://desk@127.0.0.1:1/desk", "s3cret")
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1/desk") as caught:
        migrate.require_current(down)
    assert "s3cret" not in str(caught.value)
    down.dispose()


def test_an_engine_shows_no_password() -> None:
    database = connect("postgresql://desk@db.example/desk", "s3cret")
    for shown in (repr(database), str(database.url), describe(database)):
        assert "s3cret" not in shown
    assert describe(database) == "postgresql+psycopg://desk:***@db.example/desk"
    database.dispose()


def test_an_sqlite_database_is_described_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "a b%20c#d?e" / "desk.db"
    database = connect(f"sqlite:///{path}", create=True)
    assert describe(database).startswith(str(tmp_path))
    database.dispose()


def test_a_locked_database_is_a_temporary_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_engine, "BUSY_TIMEOUT_SECONDS", 0.05)
    with migrated(f"sqlite:///{tmp_path / 'desk.db'}") as database:
        other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        locked = pytest.raises(TemporaryError, match="database: database is locked")
        with locked as caught, transaction(database):
            pytest.fail("nobody gets in")
        assert caught.value.reply.code == 451
        with snapshot(database) as tx:
            assert count(tx, tables.person), "readers are not kept out"
        other.execute("ROLLBACK")
        other.close()


def test_what_fails_within_a_transaction_undoes_all_of_it(database: Database) -> None:
    def fails(tx: Tx) -> None:
        people.add(tx, 77, CARL)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction(database) as tx:
        fails(tx)
    with snapshot(database) as tx:
        assert people.with_ids(tx, [77]) == {}


def test_who_is_second_to_write_the_same_is_told_of_a_conflict(database: Database) -> None:
    with pytest.raises(Conflict), transaction(database) as tx:
        people.add(tx, 77, ANN)


def test_a_snapshot_sees_one_moment(database: Database) -> None:
    with snapshot(database) as tx:
        before = count(tx, tables.person)
        with transaction(database) as other:
            people.add(other, 77, CARL)
        assert count(tx, tables.person) == before
    with snapshot(database) as tx:
        assert count(tx, tables.person) == before + 1


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    with transaction(database) as writing:
        people.add(writing, 77, CARL)
        with snapshot(database) as tx:
            assert people.with_ids(tx, [77]) == {}


def test_numbers_are_handed_out_in_order_from_1001(database: Database) -> None:
    with transaction(database) as tx:
        assert list(reserve(tx, "ticket", 3)) == [1001, 1002, 1003]
        assert list(reserve(tx, "ticket", 0)) == []
        assert list(reserve(tx, "ticket", 1)) == [1004]


def test_a_time_without_its_zone_is_refused(database: Database) -> None:
    naive = sa.insert(tables.alert).values(key="x", told_at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(sa.exc.StatementError, match="naive time"), transaction(database) as tx:
        tx.execute(naive)


@pytest.mark.parametrize("zone", ["+0000", "+0530", "-0800"])
def test_a_time_comes_back_in_utc_whatever_zone_it_was_told_in(
    database: Database, zone: str
) -> None:
    there = NOW.replace(microsecond=123456).astimezone(datetime.strptime(zone, "%z").tzinfo)
    with transaction(database) as tx:
        tx.execute(sa.insert(tables.alert).values(key="x", told_at=there))
    with snapshot(database) as tx:
        [back] = column(tx, tables.alert.c.told_at)
        earlier = sa.select(tables.alert).where(tables.alert.c.told_at <= there)
        assert tx.execute(earlier).first()
    assert back == there
    assert back.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\0b", "ab"),
        ("a\ud800b", "a\ufffdb"),
        ("\U0001f98a \u0000", "\U0001f98a "),
        ("\ud83e\udd8a", "\U0001f98a"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_every_text_can_be_kept(database: Database, text: str, kept: str) -> None:
    source = {"nested": [text, {text: text}]}
    with transaction(database) as tx:
        row = {"version": "v", "first_used_at": NOW, "sources": source}
        tx.execute(sa.insert(tables.ruleset).values(row))
        tx.execute(sa.insert(tables.alert).values(key=text, told_at=NOW))
    with snapshot(database) as tx:
        assert column(tx, tables.alert.c.key) == [kept]
        assert column(tx, tables.ruleset.c.sources) == [{"nested": [kept, {kept: kept}]}]


def test_who_has_sqlite_never_waits_for_the_other_driver() -> None:
    asked = "import sys, gateway.cli.run; print('psycopg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
