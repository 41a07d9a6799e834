"""A throwaway Dovecot: any user, password `secret`, each with a Maildir of their own.

    with Dovecot() as server:
        account = server.account()          # a fresh user
        account.put(a_mail(subject="Help"))
        account.subjects("INBOX")

Root starts it with Dovecot's own users for the login processes and `nobody` for mail; any
other user runs all of it themselves. Mail is written straight into the Maildir, and looked
at with imaplib, so that nothing of the gateway is in the tests' own hands.
"""

import contextlib
import imaplib
import itertools
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import trustme

from support.waiting import eventually, free_port

PASSWORD = "secret"
PROGRAM = Path("/usr/sbin/dovecot")

_PLAIN = ("NAMESPACE", "IMAP4rev1", "LITERAL+", "AUTH=PLAIN")

_CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
listen = 127.0.0.1
protocols = imap
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
default_login_user = {login_user}
default_internal_user = {internal_user}
default_internal_group = {internal_group}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:~/Maildir
mail_fsync = never
auth_failure_delay = 0
mail_max_userip_connections = 100
{more}
passdb {{
{passdb}
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={folder}/mail/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""
_PARTS = ("cur", "new", "tmp")
_STATIC = "  driver = static\n  args = password=secret"


def why_not() -> str | None:
    """Why there can be no Dovecot here; None when there can."""
    if not PROGRAM.exists() or not Path("/usr/lib/dovecot/imap").exists():
        return "Dovecot is not installed (tests/install-servers installs it)"
    return None


class Dovecot:
    """One server. `plain` takes IDLE, MOVE, UIDPLUS and all other extensions away;
    `capabilities` names them one by one."""

    def __init__(
        self,
        *,
        plain: bool = False,
        capabilities: Sequence[str] = (),
        introspection_url: str = "",
        mechanisms: str = "plain login",
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tg-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.port, self.tls_port = free_port(), free_port()
        self.authority = trustme.CA()
        self._process: subprocess.Popen[bytes] | None = None
        advertised = capabilities or (_PLAIN if plain else ())
        more = f"imap_capability = {' '.join(advertised)}" if advertised else ""
        self._configure(more, introspection_url, mechanisms)

    def _configure(self, more: str, introspection_url: str, mechanisms: str) -> None:
        for name in ("run", "mail"):
            (self.folder / name).mkdir()
        root = os.geteuid() == 0
        me = str(os.geteuid()) if not root else ""
        user = _name_of_me()
        if root:
            shutil.chown(self.folder / "mail", "nobody", "nogroup")
        passdb = _STATIC
        if introspection_url:
            oauth = self.folder / "oauth2.conf"
            oauth.write_text(
                f"introspection_mode = post\nintrospection_url = {introspection_url}\n"
                "username_attribute = username\nactive_attribute = active\nactive_value = true\n"
                "force_introspection = yes\n"
            )
            passdb = f"  driver = oauth2\n  mechanisms = {mechanisms}\n  args = {oauth}"
        (self.folder / "dovecot.conf").write_text(
            _CONFIG.format(
                folder=self.folder,
                mechanisms=mechanisms,
                login_user="dovenull" if root else user,
                internal_user="dovecot" if root else user,
                internal_group="dovecot" if root else os.getgid(),
                mail_user="nobody" if root else me,
                mail_group="nogroup" if root else os.getgid(),
                passdb=passdb,
                port=self.port,
                tls_port=self.tls_port,
                more=more,
            )
        )
        certificate = self.authority.issue_cert("localhost", "127.0.0.1")
        certificate.private_key_pem.write_to_path(self.folder / "key.pem")
        for number, pem in enumerate(certificate.cert_chain_pems):
            pem.write_to_path(self.folder / "cert.pem", append=number > 0)
        self.authority.cert_pem.write_to_path(self.folder / "ca.pem")

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    def __enter__(self) -> "Dovecot":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        assert self._process is None
        with (self.folder / "output").open("a") as output:
            self._process = subprocess.Popen(
                [str(PROGRAM), "-F", "-c", str(self.folder / "dovecot.conf")],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(self._answers, 20, f"Dovecot is up; see {self.folder}")

    def stop(self) -> None:
        """As its service is stopped: sessions end."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            self.kill()

    def kill(self) -> None:
        """SIGKILL to all of its processes: connections break where they are."""
        process, self._process = self._process, None
        assert process is not None
        for pid in _group(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        eventually(lambda: not _group(process.pid), 10, "Dovecot's processes are gone")
        # a lock of the dead keeps the living out for two minutes
        for lock in (self.folder / "mail").rglob("*.lock"):
            lock.unlink()

    def _answers(self) -> bool:
        process = self._process
        assert process is not None
        if process.poll() is not None:
            raise RuntimeError((self.folder / "output").read_text())
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as probe:
                return probe.recv(4) == b"* OK"
        except OSError:
            return False

    def account(self, name: str = "") -> "Account":
        return Account(self, name or f"u{uuid.uuid4().hex[:10]}")


class Account:
    """One user's mail on the server."""

    _counter = itertools.count(1)

    def __init__(self, server: Dovecot, name: str) -> None:
        self.server, self.name = server, name
        self.maildir = server.folder / "mail" / name / "Maildir"

    def put(self, *raw: bytes, folder: str = "INBOX") -> None:
        """Mails come in, as a delivery agent leaves them: oldest first."""
        where = self.maildir if folder == "INBOX" else self.maildir / f".{folder}"
        new = where / "new"
        if not new.exists():
            self.make(folder)
        base = int(time.time())
        for each in raw:
            number = next(self._counter)
            # Dovecot numbers by time, then name; a name in one second keeps the order
            name = f"{base}.M{number:08d}P1.test"
            (where / "tmp" / name).write_bytes(each)
            if os.geteuid() == 0:
                shutil.chown(where / "tmp" / name, "nobody", "nogroup")
            (where / "tmp" / name).rename(new / name)

    def make(self, folder: str) -> None:
        if folder != "INBOX":
            with self.talking() as imap:
                imap.create(folder)
            return
        for path in (self.maildir.parent, self.maildir, *map(self.maildir.joinpath, _PARTS)):
            path.mkdir(exist_ok=True)
            if os.geteuid() == 0:
                shutil.chown(path, "nobody", "nogroup")

    @contextlib.contextmanager
    def talking(self, folder: str | None = None) -> Iterator[imaplib.IMAP4]:
        """A conversation as this user, by another client than ours."""
        with imaplib.IMAP4("127.0.0.1", self.server.port, 20) as imap:
            imap.login(self.name, PASSWORD)
            if folder is not None:
                status, said = imap.select(folder)
                assert status == "OK", said
            yield imap

    def folders(self) -> list[str]:
        with self.talking() as imap:
            return sorted(line.split()[-1].decode().strip('"') for line in imap.list()[1] if line)

    def uids(self, folder: str = "INBOX", criterion: str = "ALL") -> list[int]:
        with self.talking(folder) as imap:
            return [int(uid) for uid in imap.uid("SEARCH", criterion)[1][0].split()]

    def subjects(self, folder: str = "INBOX", criterion: str = "ALL") -> list[str]:
        with self.talking(folder) as imap:
            uids = imap.uid("SEARCH", criterion)[1][0].split()
            if not uids:
                return []
            item = "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"
            found = imap.uid("FETCH", b",".join(uids).decode(), item)[1]
            heads = [part[1].decode() for part in found if isinstance(part, tuple)]
            return [re.sub(r"^Subject: ", "", head.strip()) for head in heads]

    def flags(self, folder: str = "INBOX") -> list[str]:
        with self.talking(folder) as imap:
            found = imap.uid("FETCH", "1:*", "(FLAGS)")[1]
            return [part.decode() for part in found if isinstance(part, bytes)]

    def renumber(self) -> None:
        """The folder gets another UIDVALIDITY, as after a restore from a backup: what is there
        is the same, and each mail has a UID that means nothing any more."""
        uidlist = self.maildir / "dovecot-uidlist"
        head = uidlist.read_text().partition("\n")[0]
        number = re.search(r"V(\d+)", head)
        assert number, head
        uidlist.write_text(re.sub(r"V\d+ N\d+", f"V{int(number[1]) + 7} N1", head) + "\n")
        for index in self.maildir.glob("dovecot.index*"):
            index.unlink()

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.server.ca_file)


def _group(leader: int) -> list[int]:
    """Dovecot's processes: those of the leader's session, whoever they run as."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if fields[3] == str(leader) and fields[0] != "Z":
                found.append(int(path.parent.name))
    return found


def _name_of_me() -> str:
    return subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
