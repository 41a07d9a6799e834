"""Access tokens on a real IMAP server, by both mechanisms; and what ends is told in time."""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import without
from support import dovecot as imap_server
from support.dovecot import Dovecot
from support.imap import Fetching
from support.in_process import InProcess, anns
from support.tokens import TokenServer
from support.waiting import eventually

pytestmark = pytest.mark.server


@pytest.fixture
def desk(sqlite_desk: InProcess) -> InProcess:
    """A desk with a refresh token and a client's secret in their files."""
    for name, text in (("refresh", "r1"), ("client", "s3cret")):
        secret = sqlite_desk.folder / "secrets" / name
        secret.write_text(text)
        secret.chmod(0o600)
    return sqlite_desk


@pytest.fixture(params=["xoauth2", "oauthbearer"])
def server(request: pytest.FixtureRequest, provider: TokenServer) -> Iterator[Dovecot]:
    reason = imap_server.why_not()
    if reason:
        without(reason)
    with Dovecot(introspection_url=provider.introspection_url, mechanisms=request.param) as dovecot:
        yield dovecot


def oauth(provider: TokenServer, **keys: Any) -> dict[str, Any]:
    return {
        "oauth_provider": "custom",
        "oauth_token_url": provider.url,
        "oauth_client_id": "desk",
        "oauth_client_secret_file": "secrets/client",
        "oauth_refresh_token_file": "secrets/refresh",
        **keys,
    }


def test_folder_is_read_with_an_access_token(
    desk: InProcess, server: Dovecot, provider: TokenServer
) -> None:
    account = server.account()
    provider.answers(access_token="good", expires_in=3600)
    provider.good["good"] = account.name
    fetching = Fetching(desk, account, **oauth(provider))
    account.put(anns(subject="A"))
    with fetching.running():
        eventually(lambda: fetching.uids() == [1])


def test_token_that_the_server_refuses_is_renewed_once_and_then_an_alarm(
    desk: InProcess, server: Dovecot, provider: TokenServer, caplog: pytest.LogCaptureFixture
) -> None:
    account = server.account()
    provider.answers(access_token="revoked", expires_in=3600)
    provider.answers(access_token="good", expires_in=3600)
    provider.good["good"] = account.name
    fetching = Fetching(desk, account, **oauth(provider))
    account.put(anns(subject="A"))
    with caplog.at_level(logging.INFO), fetching.running():
        eventually(lambda: fetching.uids() == [1], 20)
        assert len(provider.asked) == 2
        provider.good.clear()
        server.kill()
        server.start()
        eventually(lambda: "imap-refused" in caplog.text, 30)
    assert len(provider.asked) == 3
    assert len(desk.mails(notices=["alert"])) == 1


def test_secret_that_ends_soon_is_told_days_ahead(
    desk: InProcess, dovecot: Dovecot, provider: TokenServer
) -> None:
    soon = (datetime.now(UTC) + timedelta(days=13)).date()
    provider.answers(
        access_token="a", expires_in=3600, refresh_token="r2", refresh_token_expires_in=86400
    )
    fetching = Fetching(desk, dovecot.account(), **oauth(provider, oauth_secret_expires=str(soon)))
    around = fetching.source._around
    around.secret(False)
    for _ in range(2):
        around.look_after()
    told = [
        re.sub(rb"=\r?\n", b"", mail.content).decode() for mail in desk.mails(notices=["alert"])
    ]
    assert len(told) == 2
    assert any(str(soon) in text for text in told)
    assert any("refresh token" in text for text in told)
