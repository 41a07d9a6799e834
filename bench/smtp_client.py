"""Sends mails by SMTP as fast as the server takes them, and tells how long each 250 took.

    python bench/smtp_client.py PORT [--connections 64] [--per-connection 20] [--mails 3000]
                                     [--bytes 5000]

Raw protocol on one event loop, without pipelining: what is measured is the server. With
--bytes every mail has that size, without it they are the mix of `mails.py`. The last line
is JSON. Latency is counted from the last byte of DATA to the first of its answer.
"""

import argparse
import asyncio
import json
import time
from collections import Counter, deque
from dataclasses import dataclass, field

import uvloop
from mails import SUPPORT, generate

SENDER = "ann@customers.test"


@dataclass(slots=True)
class Told:
    """What came of a run. `waits` are seconds from DATA's end to 250."""

    seconds: float = 0.0
    replies: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)  # indices of mails that got their 250

    @property
    def per_second(self) -> float:
        return self.replies[250] / self.seconds

    def wait_ms(self, share: float) -> float:
        ordered = sorted(self.waits) or [0.0]
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Wire(asyncio.Protocol):
    """One connection. `ask` is a line or a mail, and the code of its answer."""

    def __init__(self) -> None:
        self._rest = b""
        self._codes: deque[int] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        self._codes += [int(line[:3]) for line in lines if line[3:4] != b"-"]
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = True
        self._wake()

    def _wake(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)

    async def hear(self) -> int:
        while not self._codes:
            if self._lost:
                raise ConnectionError("the server hung up")
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return self._codes.popleft()

    async def ask(self, data: bytes) -> int:
        self._transport.write(data)  # type: ignore[attr-defined]
        return await self.hear()

    def close(self) -> None:
        self._transport.close()  # type: ignore[attr-defined]


def on_the_wire(raw: bytes) -> bytes:
    """Dots doubled, and the end. RFC 5321 section 4.5.2."""
    dotted = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
    return dotted + (b".\r\n" if dotted.endswith(b"\r\n") else b"\r\n.\r\n")


def plain_mail(size: int, number: int) -> bytes:
    head = (
        f"From: Ann <{SENDER}>\r\nTo: {SUPPORT}\r\nSubject: Printer {number}\r\n"
        f"Date: Mon, 5 Jan 2026 09:00:00 +0000\r\nMessage-ID: <plain-{number}@customers.test>\r\n"
        "\r\n"
    ).encode()
    line = b"The printer on the second floor does not print any more, please come.\r\n"
    return (head + line * (size // len(line) + 1))[: size - 2] + b"\r\n"


def mails_to_send(count: int, size: int | None) -> list[bytes]:
    if size:
        return [plain_mail(size, number) for number in range(count)]
    return [made.raw for made in generate(count, seed=11)]


async def send_all(
    port: int, mails: list[bytes], connections: int, per_connection: int, host: str = "127.0.0.1"
) -> Told:
    """All mails over that many connections, each closed after `per_connection` of them."""
    told = Told()
    waiting = deque(enumerate(map(on_the_wire, mails)))

    async def connection() -> None:
        loop = asyncio.get_running_loop()
        while waiting:
            _, wire = await loop.create_connection(Wire, host, port)
            try:
                await wire.hear()
                await wire.ask(b"EHLO client.test\r\n")
                for _ in range(per_connection):
                    if waiting:
                        await send(wire, *waiting.popleft())
                await wire.ask(b"QUIT\r\n")
            except ConnectionError:
                told.replies[0] += 1
            finally:
                wire.close()

    async def send(wire: Wire, index: int, stuffed: bytes) -> None:
        code = 0
        for line in (f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{SUPPORT}>", "DATA"):
            code = await wire.ask(f"{line}\r\n".encode())
            if code not in (250, 354):
                break
        if code == 354:
            begun = time.perf_counter()
            code = await wire.ask(stuffed)
            told.waits.append(time.perf_counter() - begun)
        told.replies[code] += 1
        if code == 250:
            told.accepted.append(index)

    begun = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    told.seconds = time.perf_counter() - begun
    return told


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("port", type=int)
    options.add_argument("--connections", type=int, default=64)
    options.add_argument("--per-connection", type=int, default=20)
    options.add_argument("--mails", type=int, default=3000)
    options.add_argument("--bytes", type=int)
    asked = options.parse_args()
    mails = mails_to_send(asked.mails, asked.bytes)
    told = uvloop.run(send_all(asked.port, mails, asked.connections, asked.per_connection))
    print(
        json.dumps(
            {
                "per_second": round(told.per_second, 1),
                "p50_ms": round(told.wait_ms(0.5), 2),
                "p99_ms": round(told.wait_ms(0.99), 2),
                "replies": dict(told.replies),
            }
        )
    )


if __name__ == "__main__":
    main()
