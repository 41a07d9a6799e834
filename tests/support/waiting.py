"""Wait for a condition, with a deadline; never for an amount of time."""

import random
import socket
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_LOOK_AGAIN_SECONDS = 0.02


def eventually(fn: Callable[[], T], seconds: float = 10.0, what: str = "") -> T:
    """The first truthy value of `fn()`. Fails after `seconds`, saying what it last saw.

    An AssertionError inside `fn` counts as "not yet", so that `fn` may be a check.

    >>> eventually(iter([0, "", "yes"]).__next__)
    'yes'
    """
    deadline = time.monotonic() + seconds
    seen: object = None
    while True:
        try:
            value = fn()
            if value:
                return value
            seen = value
        except AssertionError as error:
            seen = error
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or fn} not within {seconds} s; last seen: {seen!r}")
        time.sleep(_LOOK_AGAIN_SECONDS)


def free_port() -> int:
    """A TCP port on loopback that nobody listens on.

    From below the range that the kernel takes ports of outgoing connections from, so
    that none of those sits on it when the server under test starts, or starts again.
    """
    for _ in range(100):
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port between 20000 and 32000")
