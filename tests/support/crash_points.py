"""The gateway's own command, with one place in it where the process is killed.

    python -m support.crash_points POINT NTH --desk DIR run

runs the command as installed but for this: the NTH time it comes to POINT, it is gone as
by `kill -9`, with nothing flushed and nothing said. The product itself has no such hooks.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from gateway import clock, dispatch, intake, pipeline, record
from gateway.cli.main import main
from gateway.decide import mail

#   point:                     (where it is looked up, its name, killed before or after it)
POINTS: dict[str, tuple[Any, str, str]] = {
    "before-accept-commits":   (intake.spool, "accept", "after"),  # rows written, not committed
    "between-commit-and-250":  (intake.maillog, "accepted", "before"),
    "after-claim":             (pipeline, "read_delivery", "before"),
    "after-reading":           (pipeline, "read_delivery", "after"),
    "after-decision":          (mail, "decide", "after"),
    "after-writing-mails":     (pipeline, "write", "after"),
    "within-record":           (record.spool, "finish", "after"),  # all written, not committed
    "after-record":            (pipeline.maillog, "ended", "before"),
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


if __name__ == "__main__":
    _set_up(sys.argv[1], int(sys.argv[2]))
    del sys.argv[1:3]
    main()
