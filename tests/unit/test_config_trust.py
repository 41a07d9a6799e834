"""The settings of [trust]: nobody is believed unless the admin says so."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.config.trust import Trust
from gateway.desk.config_file import parse_gateway
from gateway.errors import ConfigError


def test_by_default_nobody_is_believed_and_nothing_is_asked() -> None:
    settings = Trust()
    assert settings.believes_nobody
    assert not settings.asks_dns


@pytest.mark.parametrize("given", [{"check": True}, {"arc_sealers": ["lists.example.net"]}])
def test_what_needs_keys_asks_the_dns(given: dict[str, object]) -> None:
    assert Trust.model_validate(given).asks_dns


def test_names_of_servers_are_compared_without_case() -> None:
    assert Trust.model_validate({"servers": ["MX.Example.com"]}).servers == ("mx.example.com",)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"servers": ["mx.example.com; dkim=pass"]}, "before the first semicolon"),
        ({"servers": [""]}, "no name of a server"),
        ({"relays": ["mx.example.com"]}, "no network"),
        ({"relays": ["10.0.0.5/8"]}, "no network"),
        ({"arc_sealers": ["nonsense"]}, "no domain"),
        ({"arc_sealers": ["@example.net"]}, "no domain"),
        ({"hops": 0}, "greater than or equal to 1"),
        ({"below": -1}, "greater than or equal to 0"),
        ({"hosts": 1}, "Extra inputs"),
        ({"below": 1}, "no server is named"),
        ({"hops": 2, "check": True}, "no server is named"),
    ],
)
def test_what_is_wrong_is_refused_with_a_remedy(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Trust.model_validate(given)


def test_a_fault_names_file_line_key_and_remedy() -> None:
    text = '[trust]\nservers = ["mx.example.com"]\nrelays = ["mx.example.com"]\n'
    with pytest.raises(ConfigError) as error:
        parse_gateway(text, Path("gateway.toml"))
    assert any(
        line.startswith("gateway.toml:3: trust.relays: ")
        and 'write for example ["10.0.0.5"' in line
        for line in str(error.value).splitlines()
    )
