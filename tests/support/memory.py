"""How much memory reading one mail takes at its peak, seen from outside.

`python -m support.memory NAME` reads the large mail of that name in a process of its own and
prints two numbers: the mail's size, and what the peak grew by with it, in bytes. The kernel
counts, so nothing a library in C does is missed.
"""

import base64
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from support.hostile import HEADER, reading_of

SIZE = 20 * 2**20
FACTOR, SPARE = 10, 20 * 2**20

_FOX = b"The quick brown fox jumps over the lazy dog, again and again and so.\n"
_GRUESSE = "Zażółć gęślą jaźń, Größe, and the quick brown fox jumps over\n".encode()
_TEXT = HEADER + b"Content-Type: text/plain; charset=utf-8\n"
_HTML = HEADER + b"Content-Type: text/html; charset=utf-8\n\n"
_MIXED = HEADER + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\n"
_BASE64 = base64.b64encode(bytes(range(57))) + b"\n"

# What stands before, and what is repeated until the mail is as large as it should be.
MAILS: dict[str, tuple[bytes, bytes]] = {
    "attachment in base64": (
        _MIXED + b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n", _BASE64,
    ),
    "attachment of text": (_MIXED + b"Content-Type: text/csv; name=a.csv\n\n", _FOX),
    "text in ASCII": (_TEXT + b"\n", _FOX),
    "text in UTF-8": (_TEXT + b"\n", _GRUESSE),
    "text in Chinese": (_TEXT + b"\n", "打印机坏了请重启。\n".encode()),
    "text on one line": (_TEXT + b"\n", "Größe ".encode()),
    "quoted-printable": (
        _TEXT + b"Content-Transfer-Encoding: quoted-printable\n\n",
        b"Gr=C3=B6=C3=9Fe and the quick brown fox jumps over the lazy dog ag=\nain\n",
    ),
    "HTML": (_HTML, b"<p>The quick brown fox <b>jumps</b> over &amp; the lazy dog.</p>\n"),
    "HTML on one line": (_HTML, "<p>Größe <b>jumps</b> &amp; falls.</p>".encode()),
    "thousands of parts": (
        _MIXED, b"Content-Type: application/pdf\n\n" + b"x" * 60 + b"\n--b\n",
    ),
    "thousands of texts": (_MIXED, b"\n" + b"hello world, this is it\n" * 180 + b"--b\n"),
    "attached mail": (HEADER + b"Content-Type: message/rfc822\n\n" + HEADER + b"\n", _FOX),
    "one field": (HEADER + b"X-A: ", b"a" * 60),
    "many fields": (HEADER, b"X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"),
    "line breaks": (HEADER + b"\n", b"\n"),
    "eight bits on one line": (HEADER + b"\n", b"\xe9"),
    "quotes": (HEADER + b"\n", b"> a\n"),
}  # fmt: skip


def large(name: str) -> bytes:
    before, item = MAILS[name]
    return before + item * ((SIZE - len(before)) // len(item))


def allowed(size_bytes: int) -> int:
    return FACTOR * size_bytes + SPARE


def peak_of(name: str) -> tuple[int, int]:
    """Size of the mail and growth of the peak while it is read, both in bytes."""
    command = [sys.executable, "-m", "support.memory", name]
    done = subprocess.run(
        command, check=True, capture_output=True, timeout=120, cwd=Path(__file__).parents[1]
    )
    size, grown = done.stdout.split()
    return int(size), int(grown)


def _peak_bytes() -> int:
    """Of this program alone: `ru_maxrss` would begin with the peak of the process that forked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def main() -> None:
    reading_of(HEADER + b"\nwarm\n")
    reading_of(_HTML + b"<p>warm</p>")
    before = _peak_bytes()
    raw = large(sys.argv[1])
    with suppress(OSError):  # the peak begins anew, without what it took to make the mail
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    reading_of(raw)
    print(len(raw), _peak_bytes() - before)


if __name__ == "__main__":
    main()
