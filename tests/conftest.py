"""Fixtures that all kinds of tests share. Real servers, thrown away afterwards."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import postgres as pg
from support.desk import DeskUnderTest
from support.sink import Sink

_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """The controller of the run owns the cluster's folder, the workers share it."""
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
