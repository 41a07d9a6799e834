"""The secrets that sign addresses, in a file of mode 0600: one line a key, id and secret.

Made when a desk is made, and never overwritten: the addresses in circulation hang on
it. To rotate, add a line with a higher id; old addresses go on being verified.
"""

import base64
import os
import secrets
import stat
from pathlib import Path

from gateway.errors import ConfigError, Fault
from gateway.threading.tag import KeyRing

KEY_OCTETS = 32

_HEADER = """\
# The keys of this desk's signed addresses: id and secret, one a line.
# Whoever has this file can pretend to be any agent. Keep a copy with your backups;
# without it the addresses in old mails prove nobody any more.
"""


def make(path: Path) -> bool:
    """Write a new key ring with one key; False when there is one already."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{_HEADER}1 {base64.b32encode(secrets.token_bytes(KEY_OCTETS)).decode()}\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def load(path: Path, desk: str) -> KeyRing:
    """The keys in the file. Raises ConfigError where others may read it, or no key is in it."""
    try:
        mode = path.stat().st_mode
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is no key file"
        remedy = "restore it from a backup; on a new desk `ticket-gateway keys make` makes it"
        raise _fault(path, None, reason, remedy) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _fault(path, None, f"mode {stat.S_IMODE(mode):04o}: others may read it",
                     f"run `chmod 600 {path}`")  # fmt: skip
    keys: dict[int, bytes] = {}
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            key_id, secret = _key(path, number, line)
            if key_id in keys:
                raise _fault(path, number, f"key {key_id} is there twice", "give it a new id")
            keys[key_id] = secret
    if not keys:
        raise _fault(path, None, "holds no key", "restore it from a backup")
    return KeyRing(desk, tuple(sorted(keys.items())))


def _key(path: Path, number: int, line: str) -> tuple[int, bytes]:
    try:
        key_id, secret = line.split()
        key = int(key_id), base64.b32decode(secret)
    except ValueError as error:
        raise _fault(path, number, "is no key", "write ID and base32 secret") from error
    if not 0 < key[0] < 256 or len(key[1]) < KEY_OCTETS:
        problem = f"key id 1 to 255 and at least {KEY_OCTETS} octets are needed"
        raise _fault(path, number, problem, "write another")
    return key


def _fault(path: Path, line: int | None, problem: str, remedy: str) -> ConfigError:
    return ConfigError([Fault(path, line, "", problem, remedy)])
