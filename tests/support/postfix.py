"""A throwaway Postfix in front of us: takes mail by SMTP and hands it on by LMTP.

    with Postfix("lmtp:inet:127.0.0.1:8024") as server:
        send_mail(server.port)
        server.queued()                 # what it holds while we are down
        server.flush()                  # try all of it now

Needs root. Mail for `elsewhere` domains goes to a next hop of its own, so that a test can
read the bounces that Postfix makes.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from support.waiting import eventually, free_port

PROGRAM = Path("/usr/sbin/postfix")

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}/log
multi_instance_enable = no
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.test.invalid
mydomain = test.invalid
myorigin = test.invalid
mydestination =
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
alias_database =
local_transport = error:no local delivery
default_transport = {hop}
relay_transport = {hop}
transport_maps = {maps}
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_tls_security_level = none
smtpd_tls_security_level = none
disable_dns_lookups = yes
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_peername_lookup = no
message_size_limit = 52428800
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
transport_retry_time = 1s
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
lmtp      unix  - - n - - lmtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


def why_not() -> str | None:
    """Why there can be no Postfix here; None when there can."""
    if not PROGRAM.exists():
        return "Postfix is not installed (tests/install-servers installs it)"
    if os.geteuid() != 0:
        return "Postfix starts for root alone"
    return None


NewPostfix = Callable[..., "Postfix"]


class Postfix:
    """One server. `hop` is where its mail goes, `elsewhere` the next hops of single domains."""

    def __init__(self, hop: str, elsewhere: dict[str, str] | None = None) -> None:
        # not below pytest's own folder, whose parents others cannot pass
        self.folder = Path(tempfile.mkdtemp(prefix="tg-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.port = free_port()
        for name in ("etc", "queue", "data", "log"):
            (self.folder / name).mkdir(mode=0o755)
        shutil.chown(self.folder / "data", "postfix")
        hops = ", ".join(f"{{ {domain}={to} }}" for domain, to in (elsewhere or {}).items())
        maps = f"inline:{{ {hops} }}" if hops else ""
        text = _MAIN.format(folder=self.folder, hop=hop, maps=maps)
        (self.folder / "etc/main.cf").write_text(text)
        (self.folder / "etc/master.cf").write_text(_MASTER.format(port=self.port))

    def __enter__(self) -> "Postfix":
        self._say("start")
        eventually(lambda: " daemon started" in self.log(), what="Postfix is up")
        return self

    def __exit__(self, *error: object) -> None:
        subprocess.run(
            [PROGRAM, "-c", self.folder / "etc", "stop"], capture_output=True, timeout=60
        )
        shutil.rmtree(self.folder, ignore_errors=True)

    def configure(self, hop: str) -> None:
        """Send all mail to this next hop from now on."""
        file = self.folder / "etc/main.cf"
        file.write_text(f"{file.read_text()}default_transport = {hop}\n")
        self._say("reload")

    def queued(self) -> list[dict[str, object]]:
        """What it holds."""
        done = subprocess.run(
            ["/usr/sbin/postqueue", "-c", self.folder / "etc", "-j"],
            capture_output=True,
            check=True,
            timeout=60,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    def flush(self) -> None:
        """Try to hand on all that it holds, now."""
        subprocess.run(
            ["/usr/sbin/postqueue", "-c", self.folder / "etc", "-f"], check=True, timeout=60
        )

    def log(self) -> str:
        file = self.folder / "log/mail.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def _say(self, word: str) -> None:
        done = subprocess.run(
            [PROGRAM, "-c", self.folder / "etc", word], capture_output=True, timeout=60
        )
        assert done.returncode == 0, done.stderr.decode() + self.log()
