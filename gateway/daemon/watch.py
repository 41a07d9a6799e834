"""The process of pipeline and clock, as the daemon sees it: started, woken, watched, buried.

It says what it does over a socket. Whichever piece of work takes longer than LIMIT_SECONDS
has it killed, and when it died, of this or anything else, another one is started, which first
makes due again what was claimed. Attempts are counted before work starts, so a mail that kills
its process is set aside after MAX_ATTEMPTS. What leaves with the daemon is the process, too:
the kernel kills it with its parent, and the socket ends.
"""

import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading as workers
import time
from collections.abc import Callable
from contextlib import suppress

from gateway import maillog
from gateway.settle.office import Office

COMMAND = (sys.executable, "-P", "-m", "gateway.daemon.backroom")
LIMIT_SECONDS = 60.0  # for one delivery or timer, from its beginning or its last sign of life
FIRST_PAUSE_SECONDS = 0.2  # before a process that died is replaced; doubled each time, up to
MAX_PAUSE_SECONDS = 30.0
LIVED_SECONDS = 60.0  # after which a death counts as the first again

LANES = ("pipeline", "clock")
BUSY = {"pipeline": b"P", "clock": b"C"}
IDLE = {"pipeline": b"p", "clock": b"c"}
RANG, WAKE, STOP = b"r", b"w", b"s"
MAX_TOLD = 64  # mails that came together; more are told of as so many
_NAME = "backroom"


def is_worth_it() -> bool:
    """Whether there is another core for another process."""
    return len(os.sched_getaffinity(0)) > 1


def worker_of(office: Office) -> str:
    """The name under which the process claims its work."""
    return f"{office.worker}#{_NAME}"


class Watch:
    """Keeps one such process running. `rings` is called when there is mail to be sent."""

    def __init__(
        self, office: Office, rings: Callable[[], None], limit_seconds: float = LIMIT_SECONDS
    ) -> None:
        self._office, self._rings, self._limit = office, rings, limit_seconds
        self._worker = worker_of(office)
        self._stopping = workers.Event()
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        # the kernel kills the process when the thread ends that started it: this one
        self._thread = workers.Thread(target=self._run, name=_NAME, daemon=True)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        self._thread.start()

    def wake(self, count: int) -> None:
        """So many mails have come: whoever waits for them need not wait for its next look."""
        self._say(WAKE * min(count, MAX_TOLD))

    def stop(self) -> None:
        """No new piece of work; the one under way is finished."""
        self._stopping.set()
        self._say(STOP)

    def join(self, within_seconds: float) -> None:
        """Wait for its end; it comes within that time in any case."""
        self._thread.join(within_seconds)
        process = self._process
        if process and process.poll() is None:
            process.kill()
        self._thread.join(within_seconds)

    def _say(self, what: bytes) -> None:
        """Never waits: a socket that is full has woken it already."""
        line = self._line
        if line is not None:
            with suppress(OSError):
                line.send(what, socket.MSG_DONTWAIT)

    def _run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                cause = self._one_life()
            except OSError as error:
                cause = f"cannot be started: {error}"
            if self._stopping.is_set():
                return
            if time.monotonic() - began > LIVED_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            maillog.worker_failed(worker=_NAME, cause=cause, retry_in_seconds=pause)
            self._stopping.wait(pause)
            pause = min(pause * 2, MAX_PAUSE_SECONDS)

    def _one_life(self) -> str:
        """Start it and see it to its end; what it died of."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                process = self._process = subprocess.Popen(  # noqa: S603 - our own program
                    [*COMMAND, str(theirs.fileno()), self._worker],
                    stdin=subprocess.PIPE,
                    pass_fds=(theirs.fileno(),),
                )
            with process:
                assert process.stdin  # noqa: S101 - asked for above
                with suppress(BrokenPipeError):  # dead already: the socket says so
                    process.stdin.write(pickle.dumps(self._office.desk))
                    process.stdin.close()
                self._line = ours
                if self._stopping.is_set():
                    self._say(STOP)
                try:
                    is_stuck = self._listen(ours)
                finally:
                    self._line = None
                if is_stuck:
                    process.kill()
                    process.wait()
                    return f"killed, for {is_stuck} took longer than {self._limit:g} s"
                return _ended(process.wait())

    def _listen(self, line: socket.socket) -> str:
        """Until it hangs up, or the lane of it that is stuck."""
        since: dict[str, float] = {}
        while True:
            wait = self._limit
            if since:
                wait = max(0.0, min(since.values()) + self._limit - time.monotonic())
            readable, _, _ = select.select([line], [], [], wait)
            now = time.monotonic()
            if not readable:
                if since and now - min(since.values()) >= self._limit:
                    return min(since, key=lambda lane: since[lane])
                continue
            with suppress(ConnectionResetError):
                said = line.recv(4096)
                if said:
                    self._hear(said, since, now)
                    continue
            return ""

    def _hear(self, said: bytes, since: dict[str, float], now: float) -> None:
        for lane in LANES:
            busy, idle = said.rfind(BUSY[lane]), said.rfind(IDLE[lane])
            if busy > idle:
                since[lane] = now
            elif idle > busy:
                since.pop(lane, None)
        if RANG in said:
            self._rings()


def _ended(code: int) -> str:
    """
    >>> _ended(-9), _ended(1)
    ('killed by SIGKILL', 'ended with 1')
    """
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
