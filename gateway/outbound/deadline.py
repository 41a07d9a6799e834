"""An end to a conversation that drags on.

A socket's timeout is for one answer. A server that says `250-still thinking` every second
for ever keeps within it, and would keep all other mail waiting behind one.
"""

import contextlib
import socket
import threading as workers
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def deadline(seconds: float, connected: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Cut the connection if what is done within takes longer; whoever reads it gets an error."""

    def cut() -> None:
        connection = connected()
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    timer = workers.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
