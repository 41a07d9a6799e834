"""A desk that fetches its mail from a Dovecot, worked in this process.

fetching = Fetching(InProcess(tmp_path, database_url), account)
with fetching.running():
    eventually(lambda: len(fetching.spooled()) == 3)
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from gateway.ingest.imap_source import ImapSource
from gateway.intake import Intake
from gateway.store import snapshot, tables
from gateway.worker import Worker
from gateway.workers import fetch
from support.dovecot import PASSWORD, Account
from support.in_process import InProcess

_BEFORE = '\n[[queue]]\nname = "HR"'


def settings(account: Account, **keys: Any) -> str:
    """An `[[imap]]` for the account, with TLS unless said otherwise."""
    server = account.server
    table: dict[str, Any] = {
        "host": "localhost",
        "port": server.tls_port,
        "ca_file": str(server.ca_file),
        "username": account.name,
        "password_file": "secrets/imap",
        "timeout_seconds": 10,
        **keys,
    }
    if table.get("security", "tls") != "tls" and "port" not in keys:
        table["port"] = server.port
    lines = [
        f"{key} = {value if isinstance(value, int) else chr(34) + str(value) + chr(34)}"
        for key, value in table.items()
    ]
    return "\n".join(["", "[[imap]]", *lines, ""])


class Fetching:
    """The desk with one account; `keys` are settings of its `[[imap]]`."""

    def __init__(self, desk: InProcess, account: Account, **keys: Any) -> None:
        self.desk, self.account = desk, account
        secret = desk.folder / "secrets" / "imap"
        secret.write_text(str(keys.pop("password", PASSWORD)) + "\n")
        secret.chmod(0o600)
        table = settings(account, **keys)
        desk.change("gateway.toml", _BEFORE, table + _BEFORE)
        self.source = self.anew()

    def anew(self) -> ImapSource:
        """The source as the daemon makes it when it starts."""
        office = self.desk.office
        [self.source] = fetch.sources(office, Intake(office.database, office.desk.gateway))
        return self.source

    @contextlib.contextmanager
    def running(self) -> Iterator[Worker]:
        """Fetch in a worker of its own, until the block ends."""
        worker = Worker("imap", self.anew())
        worker.start()
        try:
            yield worker
        finally:
            worker.stop()
            self.source.stop()
            worker.join(10)
            assert worker.thread is not None
            assert not worker.thread.is_alive(), "the worker did not hear that it should stop"

    def spooled(self) -> list[tuple[int, int]]:
        """UIDVALIDITY and UID of what is in the spool, in the order in which it came."""
        spool = tables.spool
        query = sa.select(spool.c.imap_uidvalidity, spool.c.imap_uid).order_by(spool.c.id)
        with snapshot(self.desk.office.database) as tx:
            return [(row.imap_uidvalidity, row.imap_uid) for row in tx.execute(query)]

    def uids(self) -> list[int]:
        return [uid for _, uid in self.spooled()]
