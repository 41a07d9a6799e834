"""A throwaway PostgreSQL cluster, one for the whole run, whoever asks first.

The controller of the run makes an empty folder and removes it; the xdist worker that
first needs the server starts it under a lock; the others find its address there.
PostgreSQL refuses to run as root, so root starts it as user postgres; the folder is
short (unix socket paths end at 107 octets) and passable for others for that reason.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from support.waiting import free_port

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "fsync": "off",  # a throwaway cluster survives kill -9 without it; only power loss needs it
    "full_page_writes": "off",
    "synchronous_commit": "off",
}


def binaries() -> Path | None:
    """Folder of initdb and pg_ctl, newest version first: Debian keeps them off the PATH."""
    debian = Path("/usr/lib/postgresql")
    versions = sorted(debian.glob("*/bin"), key=lambda path: -float(path.parent.name))
    on_path = [Path(found).resolve().parent for found in [shutil.which("pg_ctl")] if found]
    candidates = [*versions, *on_path]
    return next((path for path in candidates if (path / "initdb").exists()), None)


def why_not() -> str | None:
    """Why there can be no PostgreSQL here; None when there can."""
    if binaries() is None:
        return "PostgreSQL is not installed (tests/install-servers installs it)"
    if os.geteuid() == 0 and not _has_user("postgres"):
        return "PostgreSQL does not run as root, and there is no user postgres"
    return None


def new_folder() -> Path:
    """Where the cluster will be. Removed by `remove`."""
    folder = Path(tempfile.mkdtemp(prefix="tg-", dir="/tmp"))
    folder.chmod(0o755)
    return folder


def started(folder: Path) -> str:
    """The address of the run's server, as psycopg takes it; starts it when nobody has."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        address = folder / "address"
        if not address.exists():
            address.write_text(_start(folder))
        return address.read_text()


def remove(folder: Path) -> None:
    """Stop the server, when there is one, and leave nothing behind."""
    if (folder / "address").exists():
        _control(folder, "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def fresh_database(address: str) -> Iterator[str]:
    """An empty database of its own; its URL as our configuration has it."""
    name = f"desk_{uuid.uuid4().hex[:12]}"
    host, port = address.split(":")
    admin = {"host": host, "port": int(port), "user": "postgres", "dbname": "postgres"}
    with psycopg.connect(**admin, autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield f"postgresql+psycopg://postgres@{address}/{name}"
    finally:
        with psycopg.connect(**admin, autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class OwnPostgres:
    """A cluster of one test, which may stop it and start it again on the same port."""

    def __init__(self) -> None:
        self._folder = new_folder()
        self._address = started(self._folder)
        self.url = f"postgresql+psycopg://postgres@{self._address}/postgres"

    def stop(self) -> None:
        """As in a crash of its host: connections are cut."""
        _control(self._folder, "-m", "immediate", "stop")

    def start(self) -> None:
        _serve(self._folder, int(self._address.rpartition(":")[2]))

    def remove(self) -> None:
        remove(self._folder)


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _start(folder: Path) -> str:
    cluster = folder / "pg"
    cluster.mkdir()
    if os.geteuid() == 0:
        shutil.chown(cluster, "postgres", "postgres")
    port = free_port()
    _run(
        folder, "initdb", "-D", str(cluster / "data"), "-U", "postgres", "-A", "trust",
        "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
    )  # fmt: skip
    _serve(folder, port)
    return f"127.0.0.1:{port}"


def _serve(folder: Path, port: int) -> None:
    cluster = folder / "pg"
    options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    _control(folder, "-l", str(cluster / "log"), "-w",
             "-o", f"-k {cluster} -p {port} {options}", "start")  # fmt: skip


def _control(folder: Path, *arguments: str) -> None:
    _run(folder, "pg_ctl", "-D", str(folder / "pg/data"), "-s", *arguments)


def _run(folder: Path, program: str, *arguments: str) -> None:
    where = binaries()
    assert where is not None
    drop = {"user": "postgres", "group": "postgres", "extra_groups": []}
    # a file, not a pipe: the server inherits it and would keep a pipe open for ever
    with (folder / "output").open("a") as output:
        done = subprocess.run(
            [str(where / program), *arguments],
            cwd=folder,
            env={"PATH": f"{where}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            **(drop if os.geteuid() == 0 else {}),  # type: ignore[call-overload]
        )
    if done.returncode:
        pytest.fail(f"{program} failed: {(folder / 'output').read_text()}", pytrace=False)
