"""The one way to the database: SQLite for one host, PostgreSQL when it grows.

A `transaction` takes SQLite's write lock at its beginning (BEGIN IMMEDIATE): one
that reads first and writes later fails at once with "database is locked", whatever
the busy timeout. A `snapshot` only reads. What the driver raises leaves here as a
TemporaryError, so that no caller answers 250 to a database that is not there.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.errors import StoreError, TemporaryError

BUSY_TIMEOUT_SECONDS = 5
CACHE = "cache_size=-16384"  # kB a connection; the 2 MB of the library hold few indexes
LOOK_SECONDS = 0.0005  # between two looks whether SQLite's write lock is free
IDLE_SECONDS = 1.0  # after which a connection may be to a server that is gone
CONNECTIONS = 20  # at a time; one for each worker and for the sessions that commit

_BYTES = "gateway_bytes"
_READ_ONLY = "gateway_read_only"
_BUSY = 5  # SQLITE_BUSY: https://www.sqlite.org/rescode.html
_IDLE_SINCE = "gateway_idle_since"  # by the monotonic clock
_FILE = "gateway_file"  # device and inode of the file that a connection was opened on


Database = Engine
"""A desk's database, as `connect` gives it."""

WITH_BYTES = {_BYTES: True}
"""Option of a query whose rows have many bytes: as text, which is what else PostgreSQL sends, they
are twice as long and read letter by letter."""

Tx = Connection
"""A transaction or snapshot under way: what every function of the store works in."""


class Conflict(Exception):
    """Somebody else wrote first what we were about to write. Load and decide again."""


def connect(url: str, password: str | None = None, *, create: bool = False) -> Engine:
    """An engine for the URL. An SQLite file that is absent is made only with `create`:
    a database that vanished must be an error, not an empty one.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, create=create)
    if password is not None:
        parsed = parsed.set(password=password)
    engine = sa.create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        hide_parameters=True,  # errors go to the log, and parameters are people's mail
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_SECONDS,
        connect_args={
            "connect_timeout": BUSY_TIMEOUT_SECONDS,
            "tcp_user_timeout": BUSY_TIMEOUT_SECONDS * 1000,
            # a 250 must survive the server's power loss, however the server is set otherwise;
            # and a lock is not waited for longer than on SQLite
            "options": f"-c synchronous_commit=on -c lock_timeout={BUSY_TIMEOUT_SECONDS}s "
            # as for a disk without an arm, and for questions that are answered before
            # anything would be compiled for them: else whole tables are read for a few rows
            "-c random_page_cost=1.1 -c jit=off",
        },
    )
    event.listen(engine, "before_cursor_execute", _as_the_server_has_it)
    event.listen(engine, "checkin", _put_back)
    event.listen(engine, "checkout", _still_there(engine.dialect))
    return engine


def _put_back(dbapi: object, record: ConnectionPoolEntry) -> None:
    record.info[_IDLE_SINCE] = time.monotonic()


def _still_there(dialect: sa.Dialect) -> Callable[..., None]:
    """A check that a server that was not heard of for a while has not gone meanwhile: then all
    connections are made anew. To ask each time took a tenth of the listener's commits."""

    def check(dbapi: Any, record: ConnectionPoolEntry, proxy: object) -> None:
        since = record.info.get(_IDLE_SINCE)
        if since is None or time.monotonic() - since < IDLE_SECONDS:
            return
        try:
            dialect.do_ping(dbapi)
        except dialect.loaded_dbapi.Error as error:
            raise sa.exc.InvalidatePoolError(str(error)) from error

    return check


def _as_the_server_has_it(
    tx: object, cursor: Any, statement: str, given: object, context: Any, *more: object
) -> None:
    if context.execution_options.get(_BYTES):
        cursor.format = context.dialect.dbapi.pq.Format.BINARY


def _sqlite(url: URL, *, create: bool) -> Engine:
    path = Path(url.database or "")
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    mode = "rwc" if create else "rw"
    engine = sa.create_engine(
        f"sqlite+pysqlite:///file:{quote(str(path))}?mode={mode}&uri=true",
        hide_parameters=True,  # errors go to the log, and parameters are people's mail
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_SECONDS,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    event.listen(engine, "checkout", _same_file(path))
    return engine


def _same_file(path: Path) -> Callable[..., None]:
    """A check that the connection's file is still the one at `path`.

    SQLite goes on writing to a file that was moved away or replaced: a mail would be
    acknowledged and be in no database of ours. The pool connects anew, or cannot.
    """

    def check(dbapi: object, record: ConnectionPoolEntry, proxy: object) -> None:
        try:
            now = path.stat()
        except OSError as error:
            raise DisconnectionError(f"{path}: {error.strerror}") from error
        if record.info.setdefault(_FILE, (now.st_dev, now.st_ino)) != (now.st_dev, now.st_ino):
            raise DisconnectionError(f"{path} is another file now")

    return check


def _on_connect(dbapi: Any, record: object) -> None:
    dbapi.isolation_level = None  # the driver must not begin for us
    # SQLite's own knows ASCII alone: searching for "über" would miss "Über"
    dbapi.create_function("lower", 1, _lower, deterministic=True)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", CACHE):
        # FULL: NORMAL may lose the last commits at power loss, an answered 250 among them
        dbapi.execute(f"PRAGMA {pragma}")


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _on_begin(tx: Connection) -> None:
    if tx.get_execution_options().get(_READ_ONLY):
        tx.exec_driver_sql("BEGIN")
    else:
        _take_write_lock(tx)


def _take_write_lock(tx: Connection) -> None:
    """SQLite's own wait for the lock sleeps longer each time, up to 100 ms, and so whoever
    writes seldom starves beside one that writes all the time: ours looks all the time."""
    driver: Any = tx.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0")
    try:
        deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except driver.OperationalError as error:
                if error.sqlite_errorcode != _BUSY:
                    break  # as the statement below says in SQLAlchemy's words
            time.sleep(LOOK_SECONDS)
        tx.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout={1000 * BUSY_TIMEOUT_SECONDS}")


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """All or nothing. Raises TemporaryError when the database cannot, Conflict when a
    constraint says that another worker was first."""
    with _translated(), engine.begin() as tx:
        yield tx


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """One consistent view, for reading. Raises TemporaryError."""
    isolation = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with _translated(), engine.connect() as bare:
        tx = bare.execution_options(**{_READ_ONLY: True}, **isolation)
        with tx.begin():
            yield tx


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise Conflict(str(error.orig)) from error
    except (sa.exc.DBAPIError, sa.exc.TimeoutError, sa.exc.InvalidRequestError) as error:
        cause = getattr(error, "orig", None) or error
        if not _passes(error, cause):
            raise
        raise TemporaryError(f"database: {' '.join(str(cause).split())}") from error


_OURS = (sa.exc.DataError, sa.exc.ProgrammingError, sa.exc.NotSupportedError)
_PASSING = ("08", "25", "40", "53", "55", "57", "58")


def _passes(error: Exception, cause: BaseException) -> bool:
    """Whether trying again may help: a lost connection, a lock, a full disk. What PostgreSQL
    refuses for its own sake would be refused for ever (its SQLSTATE says which, by class)."""
    state = getattr(cause, "sqlstate", None)
    return not isinstance(error, _OURS) and (state is None or state[:2] in _PASSING)


def has_one_writer(engine: Engine) -> bool:
    """Whether a transaction keeps all others from writing, whatever they write."""
    return engine.dialect.name == "sqlite"


def describe(engine: Engine) -> str:
    """The database's place, without a password, for messages to people."""
    if engine.dialect.name == "sqlite":
        return str(engine.url.database).removeprefix("file:").partition("?")[0]
    return engine.url.render_as_string(hide_password=True)


def require_reachable(engine: Engine) -> None:
    """Raise StoreError, with what to type, when the database cannot be opened."""
    try:
        with snapshot(engine) as tx:
            tx.execute(sa.text("SELECT 1"))
    except TemporaryError as error:
        raise StoreError(
            f"{describe(engine)}: {error}; make it with `ticket-gateway db upgrade`, or "
            "correct database.url in gateway.toml"
        ) from error
