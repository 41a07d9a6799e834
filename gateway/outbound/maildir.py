"""A folder of mails that mutt, neomutt and s-nail read: where a desk sends while it is tried out.

A mail is written under tmp/ and moved to new/ once it is on the disk, so that a reader
never sees half of one (the Maildir convention; no RFC has it). Lines end in LF there,
unlike on the wire; and Return-Path and Delivered-To are put on top, because the
envelope is nowhere else.
"""

import itertools
import os
import socket
import time
from pathlib import Path

from gateway.errors import GatewayError, PermanentError, TemporaryError

_counter = itertools.count()


class Maildir:
    """Makes the folder when there is none; `deliver` may be called from several processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            for name in ("cur", "new", "tmp"):
                (path / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise GatewayError(
                f"{path}: cannot be used as a Maildir: {error.strerror}; "
                "name another folder in outgoing.to"
            ) from error

    def deliver(self, mail_from: str, rcpt_to: str, content: bytes) -> str:
        """Keep the mail, and return its file name. Safe on the disk when this returns.

        Raises TemporaryError when the disk will not have it.
        """
        top = _field("Return-Path", f"<{mail_from}>") + _field("Delivered-To", rcpt_to)
        name = _unique_name()
        try:
            _write(self._path / "tmp" / name, top + content.replace(b"\r\n", b"\n"))
            (self._path / "tmp" / name).rename(self._path / "new" / name)
            _sync(self._path / "new")
        except OSError as error:
            raise TemporaryError(f"{self._path}: {error.strerror}") from error
        return name


def _field(name: str, value: str) -> bytes:
    if not value.isprintable():
        raise PermanentError(f"bad address: {value!a}")
    return f"{name}: {value}\n".encode()


def _unique_name() -> str:
    """Time, process, counter and host: no two deliveries share one, on any host."""
    seconds, nanoseconds = divmod(time.time_ns(), 10**9)
    host = socket.gethostname().replace("/", "_").replace(":", "_")
    return f"{seconds}.M{nanoseconds // 1000}P{os.getpid()}Q{next(_counter)}.{host}"


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """A rename is safe once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
