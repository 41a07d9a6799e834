"""Mails in files read in the order asked for, by this process or by several.

A failure is a value: one file that cannot be read, or that ends the process which reads
it, costs that file alone. The surprising fact: the first few hundred mails are read here,
because a further process needs as long to start as they take.
"""

import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.cli.parse.paths import STANDARD_INPUT
from gateway.message import Envelope, Reading, Source
from gateway.reading import as_json, read

UNKNOWN_SENDER = "unknown@invalid"
"""Of a mail in a file, whose envelope is gone: it was some address, not the null one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of one path: a line of JSON, or why there is none."""

    path: str
    line: bytes = b""
    kind: str = ""
    defects: bool = False
    problem: str = ""


def bytes_of(path: str) -> bytes:
    """The file, or standard input for `-`. Raises OSError."""
    if path == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    with open(path, "rb") as file:
        return file.read()


def read_file(raw: bytes) -> Reading:
    """A mail that lies in a file, outside of any desk."""
    envelope = Envelope(
        mail_from=UNKNOWN_SENDER, rcpt_to=(), received_at=datetime.now(UTC), source=Source.PIPE
    )
    return read(raw, envelope, own_addresses=frozenset(), own_desk="")


def told(path: str) -> Told:
    """The mail at this path as one line of JSON, or the problem. Never raises."""
    try:
        reading = read_file(bytes_of(path))
    except (OSError, ValueError) as error:  # ValueError: NUL in a path
        return Told(path=path, problem=problem_of(error))
    except MemoryError:
        return Told(path=path, problem="needs more memory than there is")
    return Told(
        path=path,
        line=_line({"path": path, **as_json(reading)}),
        kind=str(reading.kind),
        defects=bool(reading.message.defects),
    )


def problem_of(error: OSError | ValueError) -> str:
    """In the words of the system, without the path."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _line(mail: dict[str, object]) -> bytes:
    """UTF-8 whatever the locale; a path that is none comes as lone surrogates, escaped."""
    try:
        return json.dumps(mail, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(mail).encode() + b"\n"


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))
