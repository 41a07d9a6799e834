"""A program on a terminal of its own, for programs that want one.

with on_a_terminal(["neomutt", "-F", "muttrc"], env) as terminal:
    terminal.wait_for("IT Support")
    assert terminal.ended() == 0, terminal.shown
"""

import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Terminal:
    """`shown` is all that the program has written so far, control sequences included."""

    process: "subprocess.Popen[bytes]"
    line: int
    deadline: float
    shown: str = ""

    def wait_for(self, text: str) -> None:
        """Read until the program has written this."""
        while text not in self.shown:
            assert self._read(), f"it ended without {text!r}:\n{self.shown}"

    def ended(self) -> int:
        """Read until the program ends by itself; its exit code."""
        while self._read():
            pass
        return self.process.wait(self._seconds_left())

    def _read(self) -> bool:
        """One piece more; False when nobody will write any more."""
        readable, _, _ = select.select([self.line], [], [], self._seconds_left())
        assert readable, f"time is up:\n{self.shown}"
        try:
            piece = os.read(self.line, 65536)
        except OSError:  # EIO: how Linux says that the last writer is gone
            return False
        self.shown += piece.decode("utf-8", "replace")
        return True

    def _seconds_left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())


@contextmanager
def on_a_terminal(
    command: Sequence[str], env: Mapping[str, str], seconds: float = 60.0
) -> Iterator[Terminal]:
    """The program, running, for at most so many seconds; killed at the end of the block."""
    ours, theirs = pty.openpty()
    size = {"TERM": "xterm", "LINES": "40", "COLUMNS": "120"}
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**env, **size},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours, time.monotonic() + seconds)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
