"""What can go wrong with an IMAP server, by whose turn it is: ours, later, or the admin's."""

import re
from dataclasses import dataclass

from gateway.errors import GatewayError, TemporaryError

NOT_NOW = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]", re.IGNORECASE)
"""Response codes of RFC 5530 by which a refused login says nothing about the password."""


TOKEN = "oauth_client_id"  # noqa: S105 - the setting named where a token is refused


class Lost(TemporaryError):
    """The connection is gone, or the server does not answer as one does."""


class Refused(GatewayError):
    """Only the admin can mend it: login, certificate or folder. `key` is the setting to look at."""

    def __init__(self, key: str, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.key, self.problem, self.remedy = key, problem, remedy


class Unwilling(TemporaryError):
    """The server is there and says no to this one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """What logs in: a password, or an access token and nothing else. Never shown."""

    password: str = ""
    token: str = ""

    def __repr__(self) -> str:
        return "Secret()"
