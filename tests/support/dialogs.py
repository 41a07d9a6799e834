"""Dialogs as data: `tests/dialogs/README.md` has the form."""

import contextlib
import re
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from support.listening import DEADLINE, Dialog

FOLDER = Path(__file__).parents[1] / "dialogs"
FILES = sorted(FOLDER.glob("*.txt"))

_REPEATED = re.compile(r"\{(\d+)\*((?:\\x..|[^}])+)\}")
_ENDS = {b"r": b"0d", b"n": b"0a"}
_BETWEEN_OCTETS_SECONDS = 0.01


@dataclass(frozen=True)
class Written:
    """One file: what it asks of the listener, and its lines."""

    settings: dict[str, str]
    lines: tuple[str, ...]

    @property
    def kept(self) -> int:
        return int(self.settings["kept"])

    @property
    def listener(self) -> dict[str, int | str]:
        """Settings of `[smtp]`."""
        others = {"kept", "protocol"}
        return {
            name: int(value) if value.isdigit() else value
            for name, value in self.settings.items()
            if name not in others
        }


def read(file: Path) -> Written:
    settings, lines = {}, []
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("%"):
            name, _, value = line[1:].partition("=")
            settings[name.strip()] = value.strip()
        elif not line.startswith("#"):
            lines.append(line)
    return Written(settings, tuple(lines))


def octets(text: str) -> bytes:
    r"""What the client says.

    >>> octets(r"a\r\n\xff{3*ab}")
    b'a\r\n\xffababab'
    """
    spelt = _REPEATED.sub(lambda found: found[2] * int(found[1]), text)
    return re.sub(
        rb"\\(?:x([0-9a-f]{2})|([rn]))",
        lambda found: bytes.fromhex((found[1] or _ENDS[found[2]]).decode()),
        spelt.encode("utf-8"),
    )


def play(written: Written, client: Dialog, trusting: ssl.SSLContext) -> None:
    """Say and hear each line. Fails with the line that was answered otherwise."""
    saying: threading.Thread | None = None
    for number, line in enumerate(written.lines, 1):
        word, _, rest = line.partition(" ")
        place = f"line {number}: {line[:80]}"
        if saying and word.startswith("C"):
            saying.join()
        match word:
            case "C:":
                client.say(octets(rest) + b"\r\n")
            case "C+":
                client.say(octets(rest))
            case "C*":
                count, _, text = rest.partition(" ")
                saying = _say_meanwhile(client, (octets(text) + b"\r\n") * int(count))
            case "C.":
                _drip(client, octets(rest))
            case "S:":
                _hear(client, rest, place)
            case "S*":
                count, _, text = rest.partition(" ")
                for _ in range(int(count)):
                    _hear(client, text, place)
            case "S~":
                assert client.hears_nothing(), place
            case "S!":
                assert _hangs_up(client), place
            case "TLS":
                client.wrap(trusting, "localhost")
            case "HANG":
                client.close()
            case _:
                raise ValueError(place)


def _hear(client: Dialog, wanted: str, place: str) -> None:
    heard = client.hear()
    assert heard.startswith(wanted), f"{place}: heard {heard!r}"


def _hangs_up(client: Dialog) -> bool:
    with contextlib.suppress(ConnectionError):
        while client.socket.recv(65536):
            pass
    return True


def _say_meanwhile(client: Dialog, content: bytes) -> threading.Thread:
    """Say it in a thread: the answers would fill the line if nobody heard them."""

    def say() -> None:
        with contextlib.suppress(OSError):
            client.say(content)

    thread = threading.Thread(target=say, daemon=True)
    thread.start()
    return thread


def _drip(client: Dialog, content: bytes) -> None:
    deadline = time.monotonic() + DEADLINE
    for octet in content:
        if not client.hears_nothing(_BETWEEN_OCTETS_SECONDS):
            return
        assert time.monotonic() < deadline
        with contextlib.suppress(OSError):
            client.say(bytes([octet]))
