"""What the listeners need from files: the certificate with its key, and who may log in."""

import ssl
from pathlib import Path

from gateway.config.settings import Gateway
from gateway.desk import certificate, smtp_users_file
from gateway.desk.smtp_users_file import SmtpUsers
from gateway.desk.watched import Watched
from gateway.errors import ConfigError, Fault


def tls_context(folder: Path, gateway: Gateway) -> Watched[ssl.SSLContext] | None:
    """The certificate in force; None where no file is named. Raises ConfigError."""
    smtp = gateway.smtp
    if smtp.certificate_file is None or smtp.key_file is None:
        return None
    chain, key = folder / smtp.certificate_file, folder / smtp.key_file
    return Watched((chain, key), lambda: certificate.load(chain, key))


def users(folder: Path, gateway: Gateway) -> Watched[SmtpUsers] | None:
    """Who may log in; None where no file is named. Raises ConfigError."""
    if gateway.smtp.users_file is None:
        return None
    file = folder / gateway.smtp.users_file
    return Watched((file,), lambda: smtp_users_file.load(file))


def faults(folder: Path, gateway: Gateway) -> list[Fault]:
    """What is wrong with these files."""
    found: list[Fault] = []
    for read in (tls_context, users):
        try:
            read(folder, gateway)
        except ConfigError as error:
            found += error.faults
    return found
