"""Access tokens for a mail account, in place of a password (RFC 6749).

Fetched when needed, kept in a file of mode 0600 until shortly before they end, so that a
restart asks for none. Surprising: a provider may hand out a new refresh token with each
access token, and the old one ends then. It is on disk before the new one is used.
"""

import contextlib
import json
import os
import re
import ssl
import threading as workers
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any

from gateway.errors import GatewayError, TemporaryError

TIMEOUT_SECONDS = 30.0
MAX_ANSWER_BYTES = 65_536
EARLY = timedelta(minutes=5)  # a token is renewed so long before it ends
DEFAULT_LIFE_SECONDS = 3600  # RFC 6749 section 5.1 lets a server not say it

MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
GOOGLE = "https://oauth2.googleapis.com/token"

#   provider and grant                     what is asked for
SCOPES = {
    ("microsoft", "client-credentials"): "https://outlook.office365.com/.default",
    ("microsoft", "refresh-token"):
        "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
}  # fmt: skip

_FOR_GOOD = re.compile(r"invalid_|unauthorized_client|unsupported_grant_type|access_denied")
"""Errors of RFC 6749 section 5.2 that trying again does not mend."""

_TOKEN = re.compile(r"[\x21-\x7e]+")  # RFC 6749 appendix A.12, less the space


class Denied(GatewayError):
    """The provider gives no token, and will not until an admin has done something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who asks for tokens, where, and by what right."""

    token_url: str
    client_id: str
    grant: str  # client-credentials | refresh-token
    scope: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)

    @property
    def mark(self) -> str:
        """Changes when an admin changes anything; then what was kept counts no more."""
        told = (self.token_url, self.client_id, self.grant, self.scope, self.refresh_token)
        return sha256("\n".join(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Tokens as they are kept. `refresh_ends_at` is None where the provider says nothing."""

    access_token: str = field(repr=False)
    ends_at: datetime
    refresh_token: str = field(default="", repr=False)
    refresh_ends_at: datetime | None = None


def token_url(provider: str, tenant: str, custom: str) -> str:
    """Where the provider hands out tokens.

    >>> token_url("microsoft", "example.onmicrosoft.com", "")
    'https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/token'
    """
    if provider == "microsoft":
        return custom or MICROSOFT.format(tenant=urllib.parse.quote(tenant or "common", safe=""))
    return custom or GOOGLE


class Tokens:
    """The tokens of one account. Used by any thread; `file` by this one object."""

    def __init__(
        self,
        client: Client,
        file: Path,
        now: Callable[[], datetime],
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self._client, self._file, self._now = client, file, now
        self._tls_context = tls_context or ssl.create_default_context()
        self._lock = workers.Lock()
        self._kept: Kept | None = None

    def access(self, *, anew: bool = False) -> str:
        """A token that is good for some minutes at least; `anew` when the last was refused.

        Raises TemporaryError, or Denied.
        """
        with self._lock:
            kept = self._kept = self._kept or self._read()
            if kept and not anew and self._now() < kept.ends_at - EARLY:
                return kept.access_token
            try:
                self._kept = kept = self._fetched(kept)
            except TemporaryError:
                if kept is None or anew or self._now() >= kept.ends_at:
                    raise
            return kept.access_token

    @property
    def refresh_ends_at(self) -> datetime | None:
        """When the refresh token ends, where the provider has said so."""
        with self._lock:
            kept = self._kept or self._read()
            return kept.refresh_ends_at if kept else None

    def _fetched(self, kept: Kept | None) -> Kept:
        client, now = self._client, self._now()
        asked = {"client_id": client.client_id, "scope": client.scope}
        asked["client_secret"] = client.client_secret
        asked["grant_type"] = "client_credentials"
        refresh_token = ""
        if client.grant == "refresh-token":
            refresh_token = (kept.refresh_token if kept else "") or client.refresh_token
            asked |= {"grant_type": "refresh_token", "refresh_token": refresh_token}
        said = self._asked({name: value for name, value in asked.items() if value})
        token = said.get("access_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise TemporaryError(f"{client.token_url}: an answer without a token")
        later = _text(said, "refresh_token") or refresh_token
        life = _seconds(said, "refresh_token_expires_in")
        ends_at = kept.refresh_ends_at if kept and later == kept.refresh_token else None
        fetched = Kept(
            access_token=token,
            ends_at=now + timedelta(seconds=_seconds(said, "expires_in") or DEFAULT_LIFE_SECONDS),
            refresh_token=later,
            refresh_ends_at=now + timedelta(seconds=life) if life else ends_at,
        )
        self._write(fetched)
        return fetched

    def _asked(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        """What the provider answers. Errors show its words, never ours."""
        url = self._client.token_url
        data = urllib.parse.urlencode(form).encode()
        headers = {"Accept": "application/json"}
        request = urllib.request.Request(url, data, headers)  # noqa: S310 - config allows https, or this machine
        opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self._tls_context), _NoRedirect
        )
        try:
            with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return _read(answer)
        except urllib.error.HTTPError as error:
            with error:
                said = _read(error)
            code = _text(said, "error") or f"HTTP {error.code}"
            words = " ".join(_text(said, "error_description").split())[:300]
            text = f"{url}: {code}" + (f": {words}" if words else "")
            if error.code < 500 and _FOR_GOOD.match(code):
                raise Denied(text) from None
            raise TemporaryError(text) from None
        except (OSError, HTTPException, ValueError) as error:
            raise TemporaryError(f"{url}: {type(error).__name__}: {error}") from error

    def _read(self) -> Kept | None:
        """What was kept for this very client; None where that is nothing of use."""
        try:
            said = json.loads(self._file.read_text("utf-8"))
            if said["client"] != self._client.mark:
                return None
            ends_at = said["refresh_ends_at"]
            return Kept(
                access_token=str(said["access_token"]),
                ends_at=datetime.fromisoformat(said["ends_at"]),
                refresh_token=str(said["refresh_token"]),
                refresh_ends_at=datetime.fromisoformat(ends_at) if ends_at else None,
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, kept: Kept) -> None:
        """All or nothing, for nobody else to read. Raises TemporaryError: without a file a
        rotated refresh token would be lost with the process."""
        said = {
            "client": self._client.mark,
            "access_token": kept.access_token,
            "ends_at": kept.ends_at.isoformat(),
            "refresh_token": kept.refresh_token,
            "refresh_ends_at": kept.refresh_ends_at.isoformat() if kept.refresh_ends_at else None,
        }
        new = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                new.unlink()
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(said, file)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._file)
        except OSError as error:
            raise TemporaryError(f"{self._file}: {error.strerror}") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A secret goes to whom it is for, and nowhere that this one points at."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None


def _read(answer: Any) -> Mapping[str, Any]:
    """The JSON object in an answer; an empty one where it is something else."""
    try:
        said = json.loads(answer.read(MAX_ANSWER_BYTES))
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""


def _seconds(said: Mapping[str, Any], key: str) -> int:
    """A duration, which some servers write as text; 0 where it is absent or senseless."""
    try:
        return min(max(int(said.get(key) or 0), 0), 10 * 365 * 86400)
    except (TypeError, ValueError):
        return 0
