"""A desk as its admin has it: the installed command, in processes of its own.

    desk = DeskUnderTest(tmp_path / "desk")
    desk.init(outgoing=f"smtp://127.0.0.1:{sink.port}")
    with desk.running():
        send_mail(desk.port)
        sink.wait_for_mails(1)
    desk.cli("tickets", "--json")

Nothing is imported from the gateway here, so that what is tested is what is shipped.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from support.mail import SUPPORT
from support.waiting import eventually, free_port

COMMAND = Path(sys.executable).with_name("ticket-gateway")
READY = re.compile(r"listening on (\S+):(\d+)")
STOP_SECONDS = 10.0  # the promise is 5 s; a loaded machine gets a little more
CLI_SECONDS = 60.0
TESTS = Path(__file__).parents[1]


class DeskUnderTest:
    """One desk in one folder. Its daemon, when it runs, is killed by `close`."""

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.output_file = folder.with_name(folder.name + ".output")
        self.port = 0
        self._daemon: subprocess.Popen[bytes] | None = None
        self._read_from = 0
        self._env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(folder.parent),
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            **(env or {}),
        }

    def init(
        self,
        *,
        address: str = SUPPORT,
        listen: str | None = None,
        database: str | None = None,
        outgoing: str | None = None,
    ) -> None:
        """Write the desk's folder, as `ticket-gateway init` does for anybody.

        It listens on a free port of loopback, the same one each time it runs.
        """
        where = listen or f"127.0.0.1:{free_port()}"
        arguments = ["init", str(self.folder), "--address", address, "--listen", where]
        arguments += ["--database", database] if database else []
        arguments += ["--outgoing", outgoing] if outgoing else []
        self._checked(arguments)

    def confirm_all(self) -> None:
        """Confirm however many mails one sender writes: a test counts them all."""
        self.configure(
            "#confirmations_of_strangers = ", 'confirmations_of_strangers = ["9999 in 1h"] #'
        )

    def configure(self, old: str, new: str, file: str = "gateway.toml") -> None:
        """Replace text in one of the desk's files. The text must be there."""
        path = self.folder / file
        text = path.read_text()
        assert old in text, f"{file} has no {old!r}:\n{text}"
        path.write_text(text.replace(old, new))

    def run(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        crash_at: tuple[str, int] | None = None,
    ) -> None:
        """Start the daemon. It is not ready yet: `wait_ready`.

        `crash_at` is a point of `support.crash_points` and which time there is the last.
        """
        assert self._daemon is None, "the daemon runs already"
        self._read_from = self.output_file.stat().st_size if self.output_file.exists() else 0
        with self.output_file.open("ab") as output:
            self._daemon = subprocess.Popen(
                [*_command(crash_at), "--desk", str(self.folder), "run", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder.parent,
                env={
                    **self._env,
                    **({"PYTHONPATH": str(TESTS)} if crash_at else {}),
                    **(env or {}),
                },
                start_new_session=True,  # a process group, so that kill takes all of it
            )

    def wait_ready(self, seconds: float = 20.0) -> int:
        """The port it listens on, once it says so. Fails at once when it has died."""

        def port() -> int:
            found = READY.search(self.output())
            if not found and self.has_ended:
                raise RuntimeError(f"the daemon ended:\n{self.output()}")
            return int(found[2]) if found else 0

        self.port = eventually(port, seconds, "the daemon says that it listens")
        return self.port

    @contextlib.contextmanager
    def running(self, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[int]:
        """The daemon, ready, for as long as the block lasts; then stopped as systemd does."""
        self.run(*arguments, env=env)
        try:
            yield self.wait_ready()
        except BaseException:
            self.close()
            raise
        self.stop()

    @property
    def has_ended(self) -> bool:
        return self._daemon is None or self._daemon.poll() is not None

    @property
    def pid(self) -> int:
        assert self._daemon is not None
        return self._daemon.pid

    def output(self) -> str:
        """What the daemon has written since it was last started."""
        if not self.output_file.exists():
            return ""
        with self.output_file.open("rb") as file:
            file.seek(self._read_from)
            return file.read().decode("utf-8", "replace")

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> None:
        """End it as systemd (SIGTERM) or Ctrl-C (SIGINT) does. It must exit with 0."""
        assert self._daemon is not None
        self._daemon.send_signal(with_signal)
        try:
            code = self._daemon.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            output = self.output()
            self.kill()
            raise AssertionError(f"not stopped in {STOP_SECONDS} s:\n{output}") from None
        self._daemon = None
        assert code == 0, f"exit code {code}:\n{self.output()}"

    def kill(self) -> None:
        """SIGKILL to all of its processes: what a crash or a power cut leaves."""
        assert self._daemon is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._daemon.pid, signal.SIGKILL)
        self._daemon.wait()
        self._daemon = None

    def kill_parent(self) -> None:
        """SIGKILL to the process that was started, and to none that it started."""
        assert self._daemon is not None
        self._daemon.kill()
        self._daemon.wait()
        self._daemon = None

    def wait_ended(self, seconds: float = 20.0) -> int:
        """The exit code of a daemon that ends by itself (a crash point, a bad desk)."""
        assert self._daemon is not None
        code = self._daemon.wait(seconds)
        self._daemon = None
        return code

    def close(self) -> None:
        """Leave no process behind, whatever the test did."""
        if self._daemon is not None:
            self.kill()

    def cli(self, *arguments: str, stdin: bytes = b"") -> list[dict[str, Any]]:
        """Run a command of the desk that prints JSON, one object a line; the objects."""
        output = self._checked(["--desk", str(self.folder), *arguments], stdin)
        return [json.loads(line) for line in output.splitlines() if line.strip()]

    def text(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run a command of the desk; what it prints."""
        return self._checked(["--desk", str(self.folder), *arguments], stdin)

    def try_cli(self, *arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        """Run a command of the desk that may fail."""
        return self._run(["--desk", str(self.folder), *arguments], stdin)

    def tickets(self) -> list[dict[str, Any]]:
        return self.cli("tickets", "--json")

    def _checked(self, arguments: list[str], stdin: bytes = b"") -> str:
        done = self._run(arguments, stdin)
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == 0, f"{' '.join(arguments)}: exit {done.returncode}\n{said}"
        return done.stdout.decode()

    def _run(self, arguments: list[str], stdin: bytes) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [str(COMMAND), *arguments],
            input=stdin,
            capture_output=True,
            env=self._env,
            cwd=self.folder.parent,
            timeout=CLI_SECONDS,
            check=False,
        )


def _command(crash_at: tuple[str, int] | None) -> list[str]:
    if crash_at is None:
        return [str(COMMAND)]
    point, nth = crash_at
    return [sys.executable, "-m", "support.crash_points", point, str(nth)]
