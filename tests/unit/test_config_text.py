"""gateway.toml written out: commented, in force, and as the manual."""

import json
import tomllib
from pathlib import Path

import pytest

from gateway.cli.config_text import commented, in_force, tables, toml_value
from gateway.cli.manual import PAGES
from support.settings import a_gateway, parsed

DOCS = Path(__file__).parents[2] / "docs"

SETTINGS = a_gateway(
    outgoing={"username": "me", "password_file": "secrets/out"},
    listener=[{"listen": "unix:lmtp", "proxy_from": ["10.0.0.0/8"]}],
    mailbox=[
        {
            "address": "support@example.com",
            "queue": "IT",
            "signature": 'Your "IT"\nÖffnungszeiten: \\o/',
        }
    ],
)


@pytest.mark.parametrize(
    "value", ["", "plain", 'a "quote" \\ and\nlines\t\x7f', "é密\U0001f600", True, False, 0, -7]
)
def test_value_is_written_as_toml_reads_it(value: str | int) -> None:
    assert tomllib.loads(f"x = {toml_value(value)}")["x"] == value


def test_commented_file_shows_every_setting_with_its_description() -> None:
    text = commented({})
    words = " ".join(text.replace("#", " ").split())
    for _, _, model in tables():
        for key, field in model.model_fields.items():
            assert f"\n#{key} = " in text
            assert " ".join((field.description or "?").split()) in words


def test_every_default_that_is_commented_out_is_the_default() -> None:
    text = commented({"desk": [{}], "queue": [{}], "mailbox": [{}]})
    read = tomllib.loads(text.replace("\n#", "\n").replace("\n ", "\n# "))
    for name, several, model in tables():
        table = read[name][0] if several else read[name]
        for key, field in model.model_fields.items():
            if not field.is_required() and field.default is not None:
                given = table[key]
                assert (tuple(given) if isinstance(given, list) else given) == field.default


def test_what_is_in_force_is_toml_that_means_the_same() -> None:
    text = in_force(SETTINGS, {"outgoing": "********"})
    assert parsed(text) == SETTINGS
    assert 'listen = "127.0.0.1:8025"  # default\n' in text
    assert 'username = "me"\n' in text
    assert "# password = ********\n" in text


def test_json_of_the_settings_has_every_key() -> None:
    read = json.loads(json.dumps(SETTINGS.model_dump(mode="json")))
    for name, several, model in tables():
        for table in read[name] if several else [read[name]]:
            assert set(table) == set(model.model_fields)


def test_page_of_the_manual_is_not_stale() -> None:
    for name, page in PAGES.items():
        path = DOCS / f"{name}.md"
        assert path.read_text() == page(), f"say: python -m gateway.cli.manual {name} > {path}"


def test_every_setting_has_its_line_in_the_manual() -> None:
    page = (DOCS / "config.md").read_text()
    for _, _, model in tables():
        for key, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{key} says nothing"
            assert f"| `{key}` | " in page
