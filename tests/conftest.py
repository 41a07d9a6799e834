"""Fixtures that all kinds of tests share. Real servers, thrown away afterwards."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support import dovecot as imap_server
from support import postfix as mail_server
from support import postgres as pg
from support.desk import DeskUnderTest
from support.dovecot import Dovecot
from support.postfix import NewPostfix, Postfix
from support.sink import Sink
from support.tokens import TokenServer

_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """The controller of the run owns the cluster's folder, the workers share it.

    A run in the background of a script ignores SIGINT, and hands that on to all it starts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        config.stash[_FOLDER] = pg.new_folder()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """xdist's hook: tell a worker where the controller's folder is."""
    node.workerinput["postgres_folder"] = str(node.config.stash[_FOLDER])  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = config.stash.get(_FOLDER, None)
    if folder is not None:
        pg.remove(folder)


def without(reason: str) -> None:
    """Skip a test for want of a server; in CI every server must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have it: {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> str:
    """HOST:PORT of the run's throwaway PostgreSQL (user postgres, no password)."""
    reason = pg.why_not()
    if reason:
        without(reason)
    worker = getattr(request.config, "workerinput", None)
    folder = Path(worker["postgres_folder"]) if worker else request.config.stash[_FOLDER]
    return pg.started(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh, empty database; the test runs once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'desk.db'}"
        return
    with pg.fresh_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """URL of a fresh, empty database on PostgreSQL."""
    with pg.fresh_database(postgres) as url:
        yield url


@pytest.fixture
def own_postgres() -> Iterator[pg.OwnPostgres]:
    """A PostgreSQL that the test may stop."""
    reason = pg.why_not()
    if reason:
        without(reason)
    cluster = pg.OwnPostgres()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A Dovecot for tests that only use it; each has an account of its own."""
    with _dovecot() as server:
        yield server


@pytest.fixture(scope="session")
def plain_dovecot() -> Iterator[Dovecot]:
    """A Dovecot without IDLE, MOVE, UIDPLUS or any other extension."""
    with _dovecot(plain=True) as server:
        yield server


@pytest.fixture
def own_dovecot() -> Iterator[Dovecot]:
    """A Dovecot that the test may stop and kill."""
    with _dovecot() as server:
        yield server


def _dovecot(*, plain: bool = False) -> Dovecot:
    reason = imap_server.why_not()
    if reason:
        without(reason)
    return Dovecot(plain=plain)


@pytest.fixture
def postfix() -> Iterator[NewPostfix]:
    """A Postfix in front of us: `postfix("lmtp:inet:127.0.0.1:8024")`. Stopped after the test."""
    reason = mail_server.why_not()
    if reason:
        without(reason)
    with ExitStack() as running:
        yield lambda hop, **elsewhere: running.enter_context(Postfix(hop, **elsewhere))


@pytest.fixture
def provider() -> Iterator[TokenServer]:
    """A scripted server of access tokens."""
    with TokenServer() as server:
        yield server


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A scripted mail server for what we send."""
    server = Sink()
    yield server
    server.stop()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskUnderTest]:
    """A desk not yet initialised, whose processes do not outlive the test."""
    under_test = DeskUnderTest(tmp_path / "desk")
    yield under_test
    under_test.close()
