"""Who may log in to hand in mail: lines of a name and what its password leaves behind.

A line is `name:scrypt:N:r:p:salt:hash`, salt and hash in base64; `ticket-gateway smtp user`
prints one. Surprising: a name that is not there is checked as well, against nobody's line, so
that the time an answer takes does not tell names apart.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.desk.textfile import read_text
from gateway.errors import ConfigError, Fault

COST, BLOCK, PARALLEL = 2**14, 8, 1  # RFC 7914 section 2: 16 MB and some 50 ms a try
MAX_COST, MAX_BLOCK, MAX_PARALLEL = 2**17, 16, 4
SALT_OCTETS, HASH_OCTETS = 16, 32
MAX_PASSWORD_OCTETS = 1024
_MEMORY_BYTES = 2**29


@dataclass(frozen=True, slots=True)
class Scrypt:
    """What a password leaves behind; the password cannot be had from it."""

    cost: int
    block: int
    parallel: int
    salt: bytes
    digest: bytes

    def fits(self, password: str) -> bool:
        """Whether this is the password; compared in constant time."""
        made = hashlib.scrypt(
            password.encode("utf-8", "surrogateescape")[:MAX_PASSWORD_OCTETS],
            salt=self.salt,
            n=self.cost,
            r=self.block,
            p=self.parallel,
            maxmem=_MEMORY_BYTES,
            dklen=len(self.digest),
        )
        return hmac.compare_digest(made, self.digest)


@dataclass(frozen=True, slots=True)
class SmtpUsers:
    """Everybody who may log in, by name."""

    users: Mapping[str, Scrypt] = field(default_factory=dict, repr=False)

    def is_right(self, name: str, password: str) -> bool:
        """Whether the name is one of ours and this is its password. Takes some 50 ms of CPU."""
        found = self.users.get(name)
        return (found or _NOBODY).fits(password) and found is not None


_NOBODY = Scrypt(COST, BLOCK, PARALLEL, bytes(SALT_OCTETS), bytes(HASH_OCTETS))


def line_for(name: str, password: str) -> str:
    """The line of a user. Raises ValueError for a name that has no place in it.

    >>> line_for("printer", "secret").split(":")[:5]
    ['printer', 'scrypt', '16384', '8', '1']
    """
    if not name.isprintable() or not name or set(name) & set(" :#"):
        raise ValueError(f"{name!r} is no name: no space, colon or # in it")
    salt = secrets.token_bytes(SALT_OCTETS)
    digest = hashlib.scrypt(
        password.encode()[:MAX_PASSWORD_OCTETS], salt=salt, n=COST, r=BLOCK, p=PARALLEL,
        maxmem=_MEMORY_BYTES, dklen=HASH_OCTETS,
    )  # fmt: skip
    packed = (base64.b64encode(each).decode() for each in (salt, digest))
    return ":".join((name, "scrypt", str(COST), str(BLOCK), str(PARALLEL), *packed))


def load(path: Path) -> SmtpUsers:
    """The users in the file. Raises ConfigError where others may read it, or a line is none."""
    text = read_text(path, if_missing="make it with `ticket-gateway smtp user NAME`")
    faults = []
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        problem = f"is open to every user of this machine (mode {mode:04o})"
        faults.append(Fault(path, None, "", problem, f"say: chmod 600 {path}"))
    users: dict[str, Scrypt] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.strip().partition(":")
        user = _user(rest)
        if user is None:
            remedy = "write what `ticket-gateway smtp user NAME` prints"
            faults.append(Fault(path, number, "", "is no user", remedy))
        elif name in users:
            faults.append(Fault(path, number, "", f"{name} is there twice", "keep one"))
        else:
            users[name] = user
    if faults:
        raise ConfigError(faults)
    return SmtpUsers(users)


def _user(text: str) -> Scrypt | None:
    """What stands behind a name; None where it is not of our making."""
    try:
        scheme, cost, block, parallel, salt, digest = text.split(":")
        user = Scrypt(
            int(cost),
            int(block),
            int(parallel),
            base64.b64decode(salt, validate=True),
            base64.b64decode(digest, validate=True),
        )
    except (ValueError, binascii.Error):
        return None
    bounded = (
        2**10 <= user.cost <= MAX_COST
        and 1 <= user.block <= MAX_BLOCK
        and 1 <= user.parallel <= MAX_PARALLEL
    )
    power = user.cost & (user.cost - 1) == 0
    known = scheme == "scrypt" and len(user.salt) >= 8 and len(user.digest) >= 16
    return user if bounded and power and known else None
