"""gateway.toml, read: frozen settings, or every fault in the file at once.

Nothing is opened but the file itself and, for `password`, the file that holds a secret.
What fits together only with other files (a queue's team, for example) is for `desk`.

Surprising: settings that contradict each other are looked for in the raw values too, so
that an unknown queue is reported although another line of the file is wrong as well.
"""

import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gateway.config import imap, listen
from gateway.config.faults import Lines, Loc, faults_of, key_at, line_at
from gateway.config.settings import Gateway, inconsistencies
from gateway.desk.textfile import read_text
from gateway.desk.toml_lines import lines_of
from gateway.errors import ConfigError, Fault

_SYNTAX = re.compile(r"(?P<problem>.*?) \(at (?:line (?P<line>\d+), column \d+|end of document)\)")


def load_gateway(path: Path) -> Gateway:
    """The settings in gateway.toml. Raises ConfigError with every fault."""
    return parse_gateway(
        read_text(path, if_missing="write a desk with `ticket-gateway init DIR`"), path
    )


def parse_gateway(text: str, file: Path) -> Gateway:
    """The settings in the text of a gateway.toml; `file` is only named in faults."""
    raw = _raw(text, file)
    lines = lines_of(text)
    faults: list[Fault] = []
    gateway = None
    try:
        gateway = Gateway.model_validate(raw)
    except ValidationError as error:
        faults = faults_of(error, Gateway, file, lines) + _contradictions(raw, file, lines)
    if gateway is None or faults:
        raise ConfigError(sorted(faults, key=lambda fault: fault.line or 0))
    return gateway


def line_of(path: Path, loc: Loc) -> int | None:
    """The line of a key in a gateway.toml that has been read without faults."""
    return line_at(lines_of(read_text(path)), loc)


def password(file: Path | None, env_name: str, environ: Mapping[str, str]) -> str | None:
    """The password from the file, else from the environment variable, else None.

    One line end at the end of the file is not part of it. Raises ConfigError when the file
    cannot be read, is empty, or can be read by everybody. No text here ever holds the value.
    """
    if file is None:
        return environ.get(env_name) or None
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        remedy = f"write the password into it, or set {env_name} and leave the key out"
        raise ConfigError([Fault(file, None, "", problem, remedy)]) from None
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        problem = f"is open to every user of this machine (mode {mode:04o})"
        raise ConfigError([Fault(file, None, "", problem, f"say: chmod 600 {file}")])
    secret = read_text(file).removesuffix("\n")
    if not secret:
        raise ConfigError([Fault(file, None, "", "is empty", "write the password into it")])
    return secret


def _raw(text: str, file: Path) -> dict[str, Any]:
    """What tomllib reads. It says the place of a mistake only in its text (before 3.14)."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigError([Fault(file, None, "", "is nested too deeply")]) from None
    except tomllib.TOMLDecodeError as error:
        match = _SYNTAX.fullmatch(str(error))
        problem = match["problem"] if match else str(error)
        end = len(text.rstrip().split("\n"))
        line = int(match["line"] or end) if match else None
        remedy = "texts stand in quotes, lists in [ ], and each key stands once in its table"
        fault = Fault(file, line, "", f"is not TOML: {_lower(problem)}", remedy)
        raise ConfigError([fault]) from None
    except ValueError:  # Python reads no number of more than 4300 digits
        raise ConfigError([Fault(file, None, "", "holds a number that is too long")]) from None


def _contradictions(raw: Mapping[str, Any], file: Path, lines: Lines) -> list[Fault]:
    """`inconsistencies` of whatever can be made out of the raw values."""
    queues = [_text(item, "name") for item in _items(raw, "queue")]
    mailboxes = [(_addresses(item), _text(item, "queue")) for item in _items(raw, "mailbox")]
    addresses = [address for found, _ in mailboxes for address in found]
    folders, ways = (
        [item for item in _items(raw, name) if isinstance(item, Mapping)]
        for name in ("imap", "listener")
    )
    smtp = raw.get("smtp", {})
    return [
        Fault(file, line_at(lines, loc), key_at(loc), problem, remedy)
        for loc, problem, remedy in (
            *inconsistencies(queues, mailboxes),
            *imap.contradictions(addresses, folders),
            *listen.contradictions(smtp if isinstance(smtp, Mapping) else {}, ways),
        )
    ]


def _items(raw: Mapping[str, Any], key: str) -> list[Any]:
    items = raw.get(key)
    return items if isinstance(items, list) else []


def _addresses(item: Any) -> list[str]:
    """The main address of a mailbox, then its aliases."""
    aliases = item.get("aliases") if isinstance(item, Mapping) else None
    more = [each for each in aliases if isinstance(each, str)] if isinstance(aliases, list) else []
    return [_text(item, "address"), *more]


def _text(item: Any, key: str) -> str:
    value = item.get(key) if isinstance(item, Mapping) else None
    return value if isinstance(value, str) else ""


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
