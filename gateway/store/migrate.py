"""Migrations: bring a database to the shape that `tables` says, and check that it has it.

On SQLite they run with foreign keys off and inside BEGIN IMMEDIATE: a batch change
copies a table, and with foreign keys on, dropping the old one deletes all child rows.
"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from gateway.errors import StoreError
from gateway.store.engine import connect, describe, require_reachable, snapshot
from gateway.store.tables import metadata

if TYPE_CHECKING:  # alembic is imported where it works: every command pays for what is above
    from alembic.config import Config

HEAD = "0005"
"""The newest revision there is; a test holds it against the scripts."""

_VERSION = sa.table("alembic_version", sa.column("version_num"))


def upgrade(url: str, password: str | None, now: datetime) -> tuple[str | None, str]:
    """Run what is missing; the revisions before and after.

    An SQLite file that has data is copied beside itself first (`.before-REVISION`).
    """
    engine = connect(url, password, create=True)
    try:
        before = revision(engine)
        if before == HEAD:
            return before, before
        _copy_first(engine, before, now)
        with engine.connect() as tx:
            if engine.dialect.name == "sqlite":
                _driver(tx).execute("PRAGMA foreign_keys=OFF")  # before BEGIN, or it does nothing
            with tx.begin():
                _migrate(tx)
                _require_foreign_keys(tx)
            tx.invalidate()  # its foreign keys are off
        return before, HEAD
    finally:
        engine.dispose()


def _copy_first(engine: Engine, before: str | None, now: datetime) -> None:
    if engine.dialect.name != "sqlite" or before is None:
        return
    path = Path(describe(engine))
    copy = path.with_name(f"{path.name}.before-{HEAD}-{now:%Y%m%dT%H%M%S}")
    with engine.connect() as tx:
        _driver(tx).execute("VACUUM INTO ?", (str(copy),))


def _driver(tx: Connection) -> Any:
    """The driver's own connection, on which nothing has begun."""
    return tx.connection.driver_connection


def _migrate(tx: Connection) -> None:
    from alembic import command

    command.upgrade(config(tx), "head")


def _require_foreign_keys(tx: Connection) -> None:
    if tx.dialect.name == "sqlite":
        broken = tx.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise StoreError(f"migration undone: rows without their parent: {broken[:5]}")


def revision(engine: Engine) -> str | None:
    """The database's revision; None for one that has no tables of ours."""
    with snapshot(engine) as tx:
        if not sa.inspect(tx).has_table(_VERSION.name):
            return None
        return tx.execute(sa.select(_VERSION.c.version_num)).scalar()


def require_current(engine: Engine) -> None:
    """Raise StoreError, with what to type, unless the database has today's shape."""
    require_reachable(engine)
    found = revision(engine)
    if found != HEAD:
        is_what = "has no tables yet" if found is None else f"is at revision {found}"
        newer = found is not None and found > HEAD
        remedy = "install the newer release" if newer else "run `ticket-gateway db upgrade`"
        raise StoreError(f"{describe(engine)} {is_what}, this release needs {HEAD}; {remedy}")


def differences(engine: Engine) -> list[str]:
    """Where the database's tables differ from `tables.metadata`; none after an upgrade."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with snapshot(engine) as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        return [str(each) for each in compare_metadata(context, metadata)]


def config(tx: Connection | None = None) -> "Config":
    """Alembic's, without a file of its own."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", "gateway.store:migrations")
    attributes: dict[str, Any] = made.attributes
    attributes["connection"] = tx
    return made
