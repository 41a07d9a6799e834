"""Access tokens: asked for once, renewed in time, kept for nobody else to read."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.errors import TemporaryError
from gateway.oauth import Client, Denied, Tokens, token_url
from support.tokens import TokenServer

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Desk:
    """Tokens of one account, with a clock that a test may set."""

    def __init__(self, provider: TokenServer, folder: Path) -> None:
        self.now, self.file, self._provider = NOW, folder / "data" / "oauth.json", provider

    def tokens(self, grant: str = "refresh-token", first: str = "r1") -> Tokens:
        client = Client(
            token_url=self._provider.url,
            client_id="desk",
            grant=grant,
            scope="mail",
            client_secret="s3cret",
            refresh_token=first if grant == "refresh-token" else "",
        )
        return Tokens(client, self.file, lambda: self.now)


@pytest.fixture
def desk(provider: TokenServer, tmp_path: Path) -> Desk:
    return Desk(provider, tmp_path)


def test_token_is_asked_for_in_the_desks_own_name(provider: TokenServer, desk: Desk) -> None:
    provider.answers(access_token="a1", expires_in=3600)
    assert desk.tokens("client-credentials").access() == "a1"
    assert provider.asked == [
        {
            "grant_type": "client_credentials",
            "client_id": "desk",
            "client_secret": "s3cret",
            "scope": "mail",
        }
    ]


def test_token_is_asked_for_by_a_refresh_token(provider: TokenServer, desk: Desk) -> None:
    provider.answers(access_token="a1", expires_in="3600")
    assert desk.tokens().access() == "a1"
    assert provider.asked[0]["grant_type"] == "refresh_token"
    assert provider.asked[0]["refresh_token"] == "r1"


def test_token_is_used_until_shortly_before_it_ends(provider: TokenServer, desk: Desk) -> None:
    provider.answers(access_token="a1", expires_in=3600)
    provider.answers(access_token="a2", expires_in=3600)
    tokens = desk.tokens()
    assert tokens.access() == "a1"
    desk.now = NOW + timedelta(minutes=54)
    assert tokens.access() == "a1"
    desk.now = NOW + timedelta(minutes=56)
    assert tokens.access() == "a2"
    assert len(provider.asked) == 2


def test_token_outlives_a_restart(provider: TokenServer, desk: Desk) -> None:
    provider.answers(access_token="a1", expires_in=3600)
    desk.tokens().access()
    assert desk.tokens().access() == "a1"
    assert len(provider.asked) == 1


def test_tokens_are_for_their_owner_alone(provider: TokenServer, desk: Desk) -> None:
    provider.answers(access_token="a1", expires_in=1)
    desk.tokens().access()
    desk.file.chmod(0o644)  # whoever loosened it
    desk.tokens().access()
    assert stat.S_IMODE(desk.file.stat().st_mode) == 0o600
    assert [path.name for path in desk.file.parent.iterdir()] == ["oauth.json"]


def test_rotated_refresh_token_is_kept_and_used(provider: TokenServer, desk: Desk) -> None:
    provider.answers(access_token="a1", expires_in=1, refresh_token="r2")
    provider.answers(access_token="a2", expires_in=1)
    desk.tokens().access()
    desk.tokens().access()
    desk.tokens().access()
    assert [form["refresh_token"] for form in provider.asked] == ["r1", "r2", "r2"]


def test_new_refresh_token_of_the_admin_wins(provider: TokenServer, desk: Desk) -> None:
    provider.answers(access_token="a1", expires_in=3600, refresh_token="r2")
    desk.tokens().access()
    desk.tokens(first="fresh").access()
    assert provider.asked[-1]["refresh_token"] == "fresh"


def test_refused_token_is_replaced_before_its_time(provider: TokenServer, desk: Desk) -> None:
    provider.answers(access_token="a1", expires_in=3600)
    provider.answers(access_token="a2", expires_in=3600)
    tokens = desk.tokens()
    tokens.access()
    assert tokens.access(anew=True) == "a2"


def test_provider_that_is_down_costs_nothing_while_the_token_is_good(
    provider: TokenServer, desk: Desk
) -> None:
    provider.answers(access_token="a1", expires_in=3600)
    provider.answers(503, b"busy")
    tokens = desk.tokens()
    tokens.access()
    desk.now = NOW + timedelta(minutes=57)
    assert tokens.access() == "a1"
    desk.now = NOW + timedelta(minutes=61)
    with pytest.raises(TemporaryError, match="HTTP 503"):
        tokens.access()


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client", "unauthorized_client"])
def test_refusal_for_good_has_the_providers_words_and_no_secret(
    provider: TokenServer, desk: Desk, error: str
) -> None:
    provider.answers(400, error=error, error_description="It ended\non Monday.")
    with pytest.raises(Denied, match=f"{error}: It ended on Monday") as denied:
        desk.tokens().access()
    assert "s3cret" not in str(denied.value)
    assert "r1" not in str(denied.value)


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (429, {"error": "slow_down"}),
        (500, b"<html>"),
        (200, b"[]"),
        (200, b"{}"),
        (200, {"access_token": "a\x01auth=evil"}),
        (200, {"access_token": 5}),
    ],
)
def test_answer_without_a_token_is_tried_again_later(
    provider: TokenServer, desk: Desk, code: int, body: object
) -> None:
    provider.answers(code, body)
    with pytest.raises(TemporaryError):
        desk.tokens().access()


def test_secrets_follow_no_redirect(provider: TokenServer, desk: Desk) -> None:
    with TokenServer() as elsewhere:
        elsewhere.answers(access_token="a1")
        provider.redirects(elsewhere.url)
        with pytest.raises(TemporaryError):
            desk.tokens().access()
        assert elsewhere.asked == []


def test_end_of_the_refresh_token_is_known_where_it_is_told(
    provider: TokenServer, desk: Desk
) -> None:
    provider.answers(
        access_token="a1", expires_in=1, refresh_token="r2", refresh_token_expires_in=86400
    )
    provider.answers(access_token="a2", expires_in=1)
    tokens = desk.tokens()
    assert tokens.refresh_ends_at is None
    tokens.access()
    tokens.access()  # the same refresh token, of which nothing new is told
    assert tokens.refresh_ends_at == NOW + timedelta(days=1)
    assert desk.tokens().refresh_ends_at == NOW + timedelta(days=1)


def test_damaged_file_costs_one_question(provider: TokenServer, desk: Desk) -> None:
    provider.answers(access_token="a1", expires_in=3600)
    desk.tokens().access()
    desk.file.write_text('{"client": ')
    assert desk.tokens().access() == "a1"
    assert len(provider.asked) == 2


def test_nothing_shows_a_secret(provider: TokenServer, desk: Desk) -> None:
    client = Client(token_url="u", client_id="c", grant="g", client_secret="x1", refresh_token="x2")
    assert "x1" not in repr(client)
    assert "x2" not in repr(client)


def test_token_url_is_the_providers_unless_another_is_written() -> None:
    assert token_url("google", "", "") == "https://oauth2.googleapis.com/token"
    assert token_url("custom", "", "https://x.example/t") == "https://x.example/t"
    assert "/common/" in token_url("microsoft", "", "")
    assert "/a%2Fb/" in token_url("microsoft", "a/b", "")
