"""`make run` as a newcomer types it: a fresh clone, an empty environment, nothing installed.

What is cloned is the last commit, not what lies in the working tree. Takes 20 s where the
package index is near, most of it pip; xdist has the rest of the tests run beside it.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import without
from support.mail import SUPPORT, send_mail
from support.terminal import on_a_terminal
from support.waiting import eventually, free_port

ROOT = Path(__file__).parents[2]
INSTALL_SECONDS = 240.0
STOP_SECONDS = 5.0
ANN = "ann@example.com"

# What make or pip say when the machine, and not the project, is at fault.
NO_FAULT_OF_OURS = re.compile(
    r"No matching distribution found|Connection(Error| refused| timed out)|NameResolutionError"
    r"|cannot make a virtual environment|python3: (command )?not found"
)

pytestmark = [pytest.mark.server, pytest.mark.timeout(INSTALL_SECONDS + 120)]


@dataclass(frozen=True)
class Newcomer:
    """Somebody with a clone, a home and an empty environment."""

    folder: Path

    @property
    def clone(self) -> Path:
        return self.folder / "clone"

    @property
    def desk(self) -> Path:
        return self.folder / "desk"

    @property
    def env(self) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(self.folder / "home")}

    def make_run(self, port: int) -> list[str]:
        at = ["-C", str(self.clone)]
        return ["make", *at, "run", f"DESK={self.desk}", f"LISTEN=127.0.0.1:{port}"]

    def tickets(self) -> list[str]:
        """Subjects, as the newcomer sees them with the command that `make run` told them."""
        command = [self.clone / ".venv/bin/ticket-gateway", "--desk", self.desk, "tickets"]
        told = subprocess.run([*command, "--json"], env=self.env, capture_output=True, check=True)
        return [json.loads(line)["subject"] for line in told.stdout.splitlines()]


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    for tool in ("git", "make"):
        if not shutil.which(tool):
            without(f"{tool} is not installed")
    if not (ROOT / ".git").exists():
        without("this is no git checkout, so there is nothing to clone")
    someone = Newcomer(tmp_path)
    (tmp_path / "home").mkdir()
    subprocess.run(["git", "clone", "--quiet", ROOT, someone.clone], check=True, timeout=60)
    yield someone
    shutil.rmtree(someone.clone)  # pytest keeps three of its folders, and this one is big


def test_make_run_in_a_clean_clone_takes_the_first_mail(newcomer: Newcomer) -> None:
    port = free_port()
    output = newcomer.folder / "output"
    with output.open("wb") as said:
        make = subprocess.Popen(
            newcomer.make_run(port),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=newcomer.env,
            start_new_session=True,
        )
    try:
        wait_until_it_listens(make, output, port)
        send_mail(port, mail_from=ANN, rcpt_to=SUPPORT, from_=ANN, subject="My first mail")
        assert eventually(newcomer.tickets) == ["My first mail"]

        daemon = int((newcomer.desk / "data" / "daemon.lock").read_text())
        os.kill(daemon, signal.SIGINT)
        assert make.wait(STOP_SECONDS) == 0, output.read_text()
    finally:
        if make.poll() is None:
            os.killpg(make.pid, signal.SIGKILL)
            make.wait()

    the_second_time_it_goes_on_where_it_was_until_ctrl_c(newcomer, port)


def wait_until_it_listens(make: "subprocess.Popen[bytes]", output: Path, port: int) -> None:
    """Until the daemon says so, and what to do next in three steps."""

    def listens() -> bool:
        told = output.read_text("utf-8", "replace")
        if make.poll() is not None:
            if NO_FAULT_OF_OURS.search(told):
                without(f"`make run` cannot install here: {told[-500:]}")
            pytest.fail(f"make ended with {make.returncode}:\n{told}", pytrace=False)
        return all(each in told for each in (f"listening on 127.0.0.1:{port}", "answer "))

    eventually(listens, INSTALL_SECONDS, "`make run` says that it listens")
    told = output.read_text("utf-8", "replace")
    assert re.search(r"^ +send .*\n(.*\n)? +see .*\n +answer ", told, re.MULTILINE), told


def the_second_time_it_goes_on_where_it_was_until_ctrl_c(newcomer: Newcomer, port: int) -> None:
    """Nothing is installed again and the desk is as it was. Of Ctrl-C make dies as well, after
    the daemon has ended; that is make's own way, so here its exit code says nothing."""
    with on_a_terminal(newcomer.make_run(port), newcomer.env) as terminal:
        terminal.wait_for(f"listening on 127.0.0.1:{port}")
        assert "Installing" not in terminal.shown
        assert newcomer.tickets() == ["My first mail"]
        os.killpg(terminal.process.pid, signal.SIGINT)  # what Ctrl-C does: to all of them
        terminal.wait_for("stopped unfinished=0")
        terminal.process.wait(STOP_SECONDS)
