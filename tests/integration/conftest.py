"""Fixtures of the integration tests: the parts that talk to a network or a database."""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import trustme

from gateway.config.settings import Further, Smtp
from gateway.ingest.smtp import Listener
from gateway.outbound.sender import SmtpSender
from gateway.store import Database
from support import postgres as pg
from support.in_process import InProcess
from support.listening import NOON, Listen, Listening, Spool
from support.outgoing import NewSender, NewSink
from support.sink import Sink
from support.stored import migrated, start_anew


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of one database for the tests of a file in turn; they run once on each kind.

    Ask for `desk` or `database`, which empty it first.
    """
    if request.param == "postgresql":
        with pg.fresh_database(request.getfixturevalue("postgres")) as ready:
            yield ready
    else:
        yield f"sqlite:///{tmp_path_factory.mktemp('shared') / 'desk.db'}"


@pytest.fixture
def desk(tmp_path: Path, url: str) -> Iterator[InProcess]:
    """A desk worked in this process, on each kind of database; not the installed one."""
    made = InProcess(tmp_path, url)
    yield made
    made.close()


@pytest.fixture
def sqlite_desk(tmp_path: Path) -> Iterator[InProcess]:
    """The same for tests to which one kind of database is as good as the other."""
    made = InProcess(tmp_path, f"sqlite:///{tmp_path / 'desk.db'}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def migrated_database(url: str) -> Iterator[Database]:
    with migrated(url) as ready:
        yield ready


@pytest.fixture
def database(migrated_database: Database) -> Database:
    """Today's tables on each kind of database, with Bob, Lee, Hana and Ann in them."""
    return start_anew(migrated_database)


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Start a listener: `listen(max_connections=2)`, `listen([{"listen": "unix:/run/x"}])`.

    `given` goes to the Listener itself. Stopped after the test.
    """
    started: list[Listening] = []

    def start(
        further: Sequence[dict[str, Any]] = (),
        given: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> Listening:
        spool = Spool()
        listener = Listener(
            # constructed without validation: an admin may not write port 0, a test may
            Smtp.model_construct(**{"listen": "127.0.0.1:0", "hostname": "mx.example", **settings}),
            is_ours=spool.is_ours,
            submit=spool.submit,
            now=lambda: NOON,
            further=[Further.model_construct(**{"protocol": "lmtp", **each}) for each in further],
            **(given or {}),
        )
        places = listener.start()
        port = int(places[0].rpartition(":")[2]) if places[0][:5] != "unix:" else 0
        started.append(Listening(port, spool, listener, places))
        return started[-1]

    yield start
    for each in started:
        each.spool.go_on.set()
        each.listener.stop(within_seconds=5)


@pytest.fixture
def new_sender() -> Iterator[NewSender]:
    made: list[SmtpSender] = []

    def new(port: int, **options: object) -> SmtpSender:
        given = {"timeout_seconds": 5.0, "helo": "desk.example", **options}
        made.append(SmtpSender("localhost", port, **given))  # type: ignore[arg-type]
        return made[-1]

    yield new
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """The client's side: trusts our certificate authority and no other."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def tls_sink(authority: trustme.CA) -> Iterator[NewSink]:
    """A sink with a certificate for `name`: `tls_sink(users={"desk": "secret"})`."""
    made: list[Sink] = []

    def new(name: str = "localhost", **options: object) -> Sink:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        made.append(Sink(tls_context=context, **options))  # type: ignore[arg-type]
        return made[-1]

    yield new
    for each in made:
        each.stop()
