"""The listener's certificate and key, read into a context that TLS sessions are made from.

TLS 1.2 and later, as the library's own defaults have it. Surprising: a key with a password
would make OpenSSL ask for it on the terminal; here it is a fault.
"""

import ssl
import stat
from pathlib import Path

from gateway.errors import ConfigError, Fault


def load(certificate: Path, key: Path) -> ssl.SSLContext:
    """The server's side of TLS. Raises ConfigError, a fault per file, naming what is wrong."""
    faults = [*_unreadable(certificate), *_unreadable(key)]
    if not faults and key.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        faults.append(_fault(key, "is open to every user of this machine", f"chmod 600 {key}"))
    if faults:
        raise ConfigError(faults)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_none)
    except (ssl.SSLError, _PasswordAsked) as error:
        raise ConfigError([_meaning(certificate, key, error)]) from error
    return context


class _PasswordAsked(Exception):
    """The key is encrypted."""


def _none() -> str:
    raise _PasswordAsked


def _unreadable(path: Path) -> list[Fault]:
    try:
        path.read_bytes()
    except OSError as error:
        return [_fault(path, f"cannot be read: {error.strerror}", "write it in PEM form")]
    return []


def _meaning(certificate: Path, key: Path, error: Exception) -> Fault:
    if isinstance(error, _PasswordAsked):
        remedy = f"write it without one: openssl pkey -in {key} -out {key}"
        return _fault(key, "has a password, and nobody is there to say it", remedy)
    if getattr(error, "reason", "") in ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"):
        return _fault(key, f"is not the key of {certificate.name}", "write both anew, together")
    remedy = "write the certificate with its chain, and its key, each in PEM form"
    return _fault(certificate, f"cannot be used with {key.name}", remedy)


def _fault(path: Path, problem: str, remedy: str) -> Fault:
    return Fault(path, None, "", problem, remedy)
