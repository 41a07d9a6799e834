"""Migrations: bring a database to the shape that `tables` says, and check that it has it.

On SQLite they run with foreign keys off and inside BEGIN IMMEDIATE: a batch change
copies a table, and with foreign keys on, dropping the old one deletes all child rows.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

from gateway.errors import StoreError
from gateway.store.engine import connect, describe, require_reachable, snapshot
from gateway.store.tables import metadata


def upgrade(url: str, password: str | None, now: datetime) -> tuple[str | None, str]:
    """Run what is missing; the revisions before and after.

    An SQLite file that has data is copied beside itself first (`.before-REVISION`).
    """
    engine = connect(url, password, create=True)
    try:
        before = revision(engine)
        if before == head():
            return before, before
        _copy_first(engine, before, now)
        with engine.connect() as tx:
            if engine.dialect.name == "sqlite":
                tx.exec_driver_sql("PRAGMA foreign_keys=OFF")  # before BEGIN, or it does nothing
                tx.rollback()
            with tx.begin():
                command.upgrade(_config(tx), "head")
                _require_foreign_keys(tx)
            tx.invalidate()  # its foreign keys are off
        return before, head()
    finally:
        engine.dispose()


def _copy_first(engine: Engine, before: str | None, now: datetime) -> None:
    if engine.dialect.name != "sqlite" or before is None:
        return
    path = Path(describe(engine))
    copy = path.with_name(f"{path.name}.before-{head()}-{now:%Y%m%dT%H%M%S}")
    with engine.connect() as tx:
        raw = tx.connection.driver_connection
        assert raw is not None  # noqa: S101 - a fresh connection has its driver's
        raw.execute("VACUUM INTO ?", (str(copy),))


def _require_foreign_keys(tx: Connection) -> None:
    if tx.dialect.name == "sqlite":
        broken = tx.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise StoreError(f"migration undone: rows without their parent: {broken[:5]}")


def revision(engine: Engine) -> str | None:
    """The database's revision; None for one that has no tables of ours."""
    with snapshot(engine) as tx:
        return MigrationContext.configure(tx).get_current_revision()


def head() -> str:
    """The newest revision there is."""
    return str(ScriptDirectory.from_config(_config(None)).get_current_head())


def require_current(engine: Engine) -> None:
    """Raise StoreError, with what to type, unless the database has today's shape."""
    require_reachable(engine)
    found = revision(engine)
    if found != head():
        is_what = "has no tables yet" if found is None else f"is at revision {found}"
        raise StoreError(
            f"{describe(engine)} {is_what}, this release needs {head()}; "
            "run `ticket-gateway db upgrade`"
        )


def differences(engine: Engine) -> list[str]:
    """Where the database's tables differ from `tables.metadata`; none after an upgrade."""
    with snapshot(engine) as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        return [str(each) for each in compare_metadata(context, metadata)]


def _config(tx: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", "gateway.store:migrations")
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = tx
    return config
