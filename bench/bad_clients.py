"""Clients that do their worst to a listener, each as fast as it may, until killed.

    python bench/bad_clients.py PORT

Slow senders, lines without end, floods of recipients, of garbage and of commands, all from one
address of their own. A client that is turned away or told to go comes back at once.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mails import SUPPORT

BAD_CLIENTS = 40
ADDRESS = "127.0.0.66"

_OPENING = f"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<{SUPPORT}>\r\n".encode()
WAYS = (
    [_OPENING, b"DATA\r\n", *[b"x"] * 1000],  # a letter at a time
    [_OPENING, b"DATA\r\n", *[b"a" * 60_000] * 100],  # a line without end
    [b"EHLO x\r\nMAIL FROM:<>\r\n", *[b"RCPT TO:<no@example.com>\r\n" * 100] * 100],
    [b"\x16\x03\x01\x02\x00" * 2000] * 20,
    [b"HELP\r\n" * 1000] * 20,
    [b"EHLO x\r\n" * 1000] * 20,
    [(_OPENING + b"RSET\r\n") * 100] * 20,  # a mail announced, and taken back
    [b"EHLO x\r\nMAIL FROM:<>\r\n", *[f"RCPT TO:<{SUPPORT}>\r\n".encode() * 1000] * 20],
)


@contextmanager
def bad_clients(port: int) -> Iterator[None]:
    """They are at it, in a process of their own, while the block runs."""
    attack = subprocess.Popen([sys.executable, __file__, str(port)])
    time.sleep(1)
    try:
        yield
    finally:
        attack.kill()
        attack.wait()


async def _client(port: int, way: list[bytes]) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(ADDRESS, 0))
            for data in way:
                writer.write(data)
                await writer.drain()
                await asyncio.sleep(0.01)
            writer.close()
        except OSError:
            await asyncio.sleep(0.05)


async def _all(port: int) -> None:
    ways = [WAYS[number % len(WAYS)] for number in range(BAD_CLIENTS)]
    await asyncio.gather(*(_client(port, way) for way in ways))


if __name__ == "__main__":
    os.nice(10)  # others' machines do the work of an attack
    asyncio.run(_all(int(sys.argv[1])))
