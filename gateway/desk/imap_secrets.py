"""The secrets of the `[[imap]]` accounts, read from the files that their settings name.

A fault is told of the key that names the file, not of the file: that is where an admin
looks. Nothing here is ever part of an error's text or of a repr().
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.config.faults import Loc, shown
from gateway.config.imap import PASSWORD_VARIABLE, Imap
from gateway.config.settings import Gateway
from gateway.desk.config_file import password
from gateway.errors import ConfigError

Found = tuple[Loc, str, str]
"""A fault, as place, problem and remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSecrets:
    """What one account logs in with; "" for what it does not use."""

    password: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)


def load(
    folder: Path, gateway: Gateway, environ: Mapping[str, str]
) -> tuple[tuple[ImapSecrets, ...], list[Found]]:
    """The secrets of each account in the order of the file, and what is wrong with them."""
    faults: list[Found] = []
    found = tuple(
        _of_account(folder, index, account, environ, faults)
        for index, account in enumerate(gateway.imap)
    )
    return found, faults


def _of_account(
    folder: Path, index: int, account: Imap, environ: Mapping[str, str], faults: list[Found]
) -> ImapSecrets:
    def read(key: str, variable: str = "") -> str:
        file = getattr(account, key)
        try:
            return password(folder / file if file else None, variable, environ) or ""
        except ConfigError as error:
            problems = [
                (f"{shown(str(file))} {each.problem}", each.remedy) for each in error.faults
            ]
            faults.extend((("imap", index, key), *each) for each in problems)
            return ""

    if account.ca_file and not (folder / account.ca_file).is_file():
        problem = f"{shown(str(account.ca_file))} is not there"
        faults.append((("imap", index, "ca_file"), problem, "write certificates in PEM form"))
    if account.oauth_provider:
        return ImapSecrets(
            client_secret=read("oauth_client_secret_file"),
            refresh_token=read("oauth_refresh_token_file"),
        )
    before = len(faults)
    secret = read("password_file", PASSWORD_VARIABLE)
    if not secret and len(faults) == before:
        problem = f"{shown(account.username)} has no password"
        remedy = f"name its file in password_file, or set {PASSWORD_VARIABLE}"
        faults.append((("imap", index, "username"), problem, remedy))
    return ImapSecrets(password=secret)
