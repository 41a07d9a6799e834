"""gateway.toml: every fault at once, with its line, its value and what to write instead."""

import json
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.cli.config_text import commented, in_force, tables, toml_value
from gateway.cli.manual import PAGES
from gateway.config import Gateway
from gateway.config_file import line_of, load_gateway, parse_gateway, password
from gateway.errors import ConfigError
from gateway.faults import shown

DOCS = Path(__file__).parents[2] / "docs"

MINIMAL = """\
[desk]
name = "support.example.com"
admin = "admin@example.com"
[[queue]]
name = "IT"
team = "it"
[[mailbox]]
address = "support@example.com"
queue = "IT"
"""


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse_gateway(text, Path("gateway.toml"))
    return [str(fault) for fault in raised.value.faults]


def gateway(text: str = MINIMAL) -> Gateway:
    return parse_gateway(text, Path("gateway.toml"))


def with_mailboxes(*mailboxes: dict[str, str]) -> Gateway:
    raw = tomllib.loads(MINIMAL)
    return Gateway.model_validate({**raw, "mailbox": [{"queue": "IT", **one} for one in mailboxes]})


def test_smallest_file_has_every_default() -> None:
    settings = gateway()
    assert settings.smtp.listen == "127.0.0.1:8025"
    assert settings.mailbox[0].separator == "+"
    assert settings.outgoing.give_up_after == 5 * 24 * 3600


MAILBOX = '[[mailbox]]\naddress = "hr@x"\nqueue = "IT"\n'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        # smtp
        ('[smtp]\nlisten = "0.0.0.0"', '"0.0.0.0" has no port; write for example "0.0.0.0:25"'),
        ('[smtp]\nlisten = "8025"', '"8025" has no port; write for example "127.0.0.1:8025"'),
        ('[smtp]\nlisten = "a:b:c"', '"a:b:c" has no port; write for example "127.0.0.1:8025"'),
        ('[smtp]\nlisten = "localhost:70000"', "has no port between 1 and 65535"),
        ("[smtp]\nlisten = 25", "smtp.listen: 25 is not a text; write it in quotes"),
        ("[smtp]\nmax_mesage_bytes = 1", 'unknown key; did you mean "max_message_bytes"?'),
        ("[smtp]\nport = 25", "smtp.port: unknown key; keys here are listen, hostname"),
        ('[smtp]\nmax_connections = "9"', '"9" is not a whole number; write it without quotes'),
        ("[smtp]\nmax_connections = 0", "smtp.max_connections: 0 is too small; write 1 or more"),
        ('[smtp]\nhostname = "a\\nb"', '"a\\nb" has a line end or a control character'),
        ('[smpt]\nlisten = ""', 'smpt: unknown key; did you mean "smtp"?'),
        ("smtp = 3", "smtp: 3 is not a table; write its keys under it"),
        # database and outgoing
        ('[database]\nurl = "mysql://x"', '"mysql://x" is no database we know; write "sqlite://'),
        ('[database]\nurl = "sqlite:///:memory:"', "is no database we know"),
        ('[outgoing]\nto = "smtp://mail"', "is no way out we know"),
        ('[outgoing]\nto = "smtp://mail:99999"', "is no way out we know"),
        ('[outgoing]\nto = "sendmail"', 'is no way out we know; write "maildir:outgoing" or "smtp'),
        ('[outgoing]\nstarttls = "no"', 'write "require", "if-offered" or "never"'),
        ('[outgoing]\ngive_up_after = "0d"', '"0d" is not a duration; write for example "15m"'),
        # queues
        ("[[queue]]\nname = 'HR'", 'queue.team: is missing; write for example team = "it"'),
        ("[[queue]]\nname = ''\nteam = 'x'", 'queue.name: "" is empty; write a text'),
        ("[[queue]]\nname = 'IT'\nteam = 'x'", 'queue.name: "IT" is there twice; keep one'),
        ("[[queue]]\nname = 'HR'\nteam = 'x'\nmembers_only = 1", "1 is neither true nor false"),
        # mailboxes
        (MAILBOX.replace("hr@x", "hr"), 'mailbox.address: "hr" is not a mail address; write'),
        (MAILBOX.replace("IT", "It"), 'unknown queue "It"; queues are IT: did you mean "IT"?'),
        (MAILBOX.replace("hr@x", "Support@Example.com"), "is there twice; keep one"),
        (MAILBOX.replace("hr", "h" * 21), "has more than 20 octets before the @"),
        (MAILBOX + 'language = "German"', 'write for example "pt-BR"'),
        (MAILBOX + 'time_zone = "Berlin"', 'write for example "Europe/Berlin"'),
        (MAILBOX + 'separator = "#"', '"#" has characters we cannot use; write for example "+"'),
    ],
)
def test_mistake_is_told_with_its_line_and_remedy(line: str, said: str) -> None:
    text = f"{line}\n{MINIMAL}" if line.startswith("smtp =") else f"{MINIMAL}{line}\n"
    [fault] = faults(text)
    assert said in fault
    assert fault.startswith("gateway.toml:1")


def test_every_fault_is_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
        [desk]
        name = "IT desk"
        [smtp]
        listen = "x"
        colour = "red"
        [[queue]]
        name = "IT"
        team = "it"
        [[mailbox]]
        address = "support"
        queue = "HR"
        [[mailbox]]
        queue = "Hr"
        language = "english"
        """
    assert [fault.split(": ")[:2] for fault in faults(text)] == [
        ["gateway.toml:1", "desk.admin"],
        ["gateway.toml:2", "desk.name"],
        ["gateway.toml:4", "smtp.listen"],
        ["gateway.toml:5", "smtp.colour"],
        ["gateway.toml:10", "mailbox.address"],
        ["gateway.toml:11", "mailbox.queue"],
        ["gateway.toml:12", "mailbox.address"],
        ["gateway.toml:13", "mailbox.queue"],
        ["gateway.toml:14", "mailbox.language"],
    ]


def test_file_without_its_tables_says_which() -> None:
    assert faults("") == [
        "gateway.toml: desk: is missing; write [desk] and its keys",
        "gateway.toml: queue: is missing; write [[queue]] and its keys",
        "gateway.toml: mailbox: is missing; write [[mailbox]] and its keys",
    ]
    assert "gateway.toml:1: queue: [] is empty; write at least one" in faults("queue = []")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[smtp]\nlisten = 127.0.0.1:25\n", 2),
        ("[smtp]\nlisten = 'a'\nlisten = 'b'\n", 3),
        ("[smtp]\n\n[smtp]\n", 3),
        ("a = 1\nb = [1,\n\n", 2),
        ('a = """\n\n', 1),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(text: str, line: int) -> None:
    [fault] = faults(text)
    assert fault.startswith(f"gateway.toml:{line}: is not TOML: ")


def test_nesting_without_end_is_refused() -> None:
    assert "nested too deeply" in faults("a = " + "[" * 100_000)[0]


def test_contradiction_cannot_be_built_in_code_either() -> None:
    with pytest.raises(ValidationError, match='unknown queue "HR"; queues are IT'):
        with_mailboxes({"address": "hr@example.com", "queue": "HR"})


def test_missing_file_is_a_fault_that_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not there; write a desk with `ticket-gateway init"):
        load_gateway(tmp_path / "gateway.toml")


def test_line_of_a_key_can_be_asked_later(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(MINIMAL)
    assert line_of(path, ("mailbox", 0, "queue")) == 9
    assert line_of(path, ("mailbox", 0, "language")) == 7, "where its table begins"
    assert line_of(path, ("smtp", "listen")) is None


# what is secret


def test_password_in_a_url_is_refused_and_not_shown() -> None:
    [fault] = faults(MINIMAL + '[database]\nurl = "postgresql://me:hunter2@db/desk"')
    assert "holds a password; put it into a file" in fault
    assert "hunter2" not in fault


@pytest.mark.parametrize(
    "url", ["postgresql://me:hun@ter2@db/x", "smtp://me:hunter2@mail", "x://:hunter2@y/z"]
)
def test_password_in_any_url_is_masked_when_shown(url: str) -> None:
    assert "ter2" not in shown(url)


def test_long_value_is_shortened_when_shown() -> None:
    assert len(shown("x" * 1000)) == 60


def a_secret(folder: Path, content: str = "hunter2\n", mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_text(content)
    path.chmod(mode)
    return path


def test_password_comes_from_the_file_without_its_line_end(tmp_path: Path) -> None:
    path = a_secret(tmp_path, " hun ter2 \n")
    assert password(path, "NAME", {}) == " hun ter2 "


def test_password_comes_from_the_environment_when_no_file_is_named() -> None:
    assert password(None, "NAME", {"NAME": "hunter2"}) == "hunter2"
    assert password(None, "NAME", {"NAME": ""}) is None
    assert password(None, "NAME", {}) is None


def test_file_wins_over_the_environment(tmp_path: Path) -> None:
    assert password(a_secret(tmp_path), "NAME", {"NAME": "other"}) == "hunter2"


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o666])
def test_file_open_to_everybody_is_refused(tmp_path: Path, mode: int) -> None:
    path = a_secret(tmp_path, mode=mode)
    with pytest.raises(ConfigError, match="is open to every user of this machine") as raised:
        password(path, "NAME", {})
    assert f"(mode {mode:04o}); say: chmod 600 {path}" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_file_that_its_group_may_read_is_taken(tmp_path: Path) -> None:
    assert stat.S_IMODE(a_secret(tmp_path, mode=0o640).stat().st_mode) == 0o640
    assert password(a_secret(tmp_path, mode=0o640), "NAME", {}) == "hunter2"


@pytest.mark.parametrize("content", ["", "\n"])
def test_empty_file_is_no_password(tmp_path: Path, content: str) -> None:
    with pytest.raises(ConfigError, match="is empty; write the password into it"):
        password(a_secret(tmp_path, content), "NAME", {})


def test_missing_file_is_told_with_both_ways_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read: No such file.*or set NAME and leave"):
        password(tmp_path / "no", "NAME", {})


# which mailbox a recipient belongs to


@pytest.mark.parametrize(
    ("recipient", "mailbox"),
    [
        ("support@example.com", "support@example.com"),
        ("SUPPORT@Example.Com", "support@example.com"),
        ("support+1042-token@example.com", "support@example.com"),
        ("support+vip@example.com", "support+vip@example.com"),
        ("support+vip+1042-token@example.com", "support+vip@example.com"),
        ("hr-1042@example.com", "hr@example.com"),
        ("hr+1042@example.com", None),
        ("support@example.org", None),
        ("supporter@example.com", None),
        ("nosep+1042@example.com", None),
        ("", None),
    ],
)
def test_recipient_belongs_to_the_mailbox_that_fits_best(
    recipient: str, mailbox: str | None
) -> None:
    settings = with_mailboxes(
        {"address": "support@example.com"},
        {"address": "support+vip@example.com"},
        {"address": "hr@example.com", "separator": "-"},
        {"address": "nosep@example.com", "separator": ""},
    )
    found = settings.mailbox_of(recipient)
    assert (found.address if found else None) == mailbox


# the file written out


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
                assert table[key] == field.default


def everything(secret: str = "") -> dict[str, Any]:
    raw = tomllib.loads(MINIMAL)
    raw["mailbox"][0]["signature"] = 'Your "IT"\nÖffnungszeiten: \\o/'
    raw["outgoing"] = {"username": "me", "password_file": "secrets/out"}
    return raw


def test_what_is_in_force_is_toml_that_means_the_same() -> None:
    settings = Gateway.model_validate(everything())
    text = in_force(settings, {"outgoing": "********"})
    assert gateway(text) == settings
    assert 'listen = "127.0.0.1:8025"  # default\n' in text
    assert 'username = "me"\n' in text
    assert "# password = ********\n" in text


def test_json_of_the_settings_has_every_key() -> None:
    settings = Gateway.model_validate(everything())
    read = json.loads(json.dumps(settings.model_dump(mode="json")))
    for name, several, model in tables():
        assert set(read[name][0] if several else read[name]) == set(model.model_fields)


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
