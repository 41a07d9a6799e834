"""The gateway's own command, with one place in it where the process is killed.

    python -m support.crash_points POINT NTH --desk DIR run

runs the command as installed but for this: the NTH time it comes to POINT, it is gone as
by `kill -9`, with nothing flushed and nothing said. It has one core, and so one process. Where
POINT begins with BACKROOM it has them all, and it is the process of pipeline and clock that is
gone, once. The product itself has no such hooks.
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from gateway import intake
from gateway.cli.main import main
from gateway.daemon import backroom, watch
from gateway.decide import mail
from gateway.ingest import imap_source
from gateway.settle import asking, batch, record
from gateway.store import bulk
from gateway.workers import clock, dispatch

BACKROOM = "backroom:"

#   point:                     (where it is looked up, its name, killed before or after it)
POINTS: dict[str, tuple[Any, str, str]] = {
    "before-accept-commits":   (intake.spool, "accept", "after"),  # rows written, not committed
    "between-commit-and-250":  (intake.Intake, "commit", "after"),
    "within-imap-commit":      (imap_source.imap, "move", "after"),  # mails and cursor written
    "imap-kept-not-filed":     (imap_source, "file_away", "before"),
    "imap-filed":              (imap_source, "file_away", "after"),
    "after-claim":             (asking, "read_delivery", "before"),
    "after-reading":           (asking, "read_delivery", "after"),
    "after-decision":          (mail, "decide", "after"),
    "after-writing-mails":     (batch, "write", "after"),
    "within-record":           (bulk, "_write", "after"),  # all written, not committed
    "after-record":            (batch.maillog, "ended", "before"),
    "outbox-claimed":          (dispatch.Dispatch, "_send", "before"),
    "between-sink-and-mark":   (dispatch.outbox, "sent", "before"),
    "after-mark":              (dispatch.maillog, "sent", "before"),
    "timer-claimed":           (clock.Clock, "_fire", "before"),
    "within-timer-record":     (record.timers, "finish", "after"),
}  # fmt: skip


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _deadly(function: Callable[..., Any], when: str, nth: int) -> Callable[..., Any]:
    times = 0

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal times
        times += 1
        if when == "before" and times == nth:
            _kill()
        result = function(*args, **kwargs)
        if when == "after" and times == nth:
            _kill()
        return result

    return wrapped


def _set_up(point: str, nth: int) -> None:
    module, name, when = POINTS[point]
    setattr(module, name, _deadly(getattr(module, name), when, nth))


def _once(point: str, nth: str) -> None:
    """The first process of pipeline and clock comes to its end there; the next ones live."""
    whole = watch.COMMAND
    deadly = (sys.executable, "-m", "support.crash_points", "--within", point, nth)
    commands = itertools.chain([deadly], itertools.repeat(whole))
    spawn = watch.Watch._one_life

    def life(self: watch.Watch) -> str:
        watch.COMMAND = next(commands)
        return spawn(self)

    watch.Watch._one_life = life  # type: ignore[method-assign]


if __name__ == "__main__":
    if sys.argv[1].startswith(BACKROOM):
        _once(sys.argv[1].removeprefix(BACKROOM), sys.argv[2])
        del sys.argv[1:3]
        main()
    elif sys.argv[1] == "--within":
        _set_up(sys.argv[2], int(sys.argv[3]))
        del sys.argv[1:4]
        backroom.main()
    else:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        _set_up(sys.argv[1], int(sys.argv[2]))
        del sys.argv[1:3]
        main()
