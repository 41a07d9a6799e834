"""gateway.toml: every fault at once, with its line, its value and what to write instead."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.config.settings import Gateway
from gateway.desk.config_file import line_of, load_gateway
from gateway.errors import ConfigError
from support.settings import MINIMAL, a_gateway, faults, parsed


def with_mailboxes(*mailboxes: dict[str, object]) -> Gateway:
    return a_gateway(mailbox=[{"queue": "IT", **one} for one in mailboxes])


def test_smallest_file_has_every_default() -> None:
    settings = parsed()
    assert settings.smtp.listen == "127.0.0.1:8025"
    assert settings.mailbox[0].separator == "+"
    assert settings.outgoing.give_up_after == 5 * 24 * 3600


def test_lists_a_mailbox_stands_behind_are_named_by_address_or_list_id() -> None:
    line = 'behind_lists = ["Support@Groups.example.com", "Help <help.lists.example.com>"]\n'
    settings = parsed(MINIMAL + line)
    assert settings.mailbox[0].behind_lists == (
        "support@groups.example.com",
        "help.lists.example.com",
    )


@pytest.mark.parametrize("wrong", ["support", "", "a b@c", "https://groups.example.com/support"])
def test_list_that_is_neither_address_nor_list_id_is_told_what_to_write(wrong: str) -> None:
    [said] = faults(f'{MINIMAL}behind_lists = ["{wrong}"]\n')
    assert "mailbox" in said
    assert "behind_lists" in said
    assert "write what stands in the List-Id field" in said


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
        ("[smtp]\nport = 25", "smtp.port: unknown key; keys here are listen, tls, login"),
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
        # mailboxes
        (MAILBOX.replace("hr@x", "hr"), 'mailbox.address: "hr" is not a mail address; write'),
        (MAILBOX.replace("IT", "It"), 'unknown queue "It"; queues are IT: did you mean "IT"?'),
        (MAILBOX.replace("hr@x", "Support@Example.com"), "is there twice; keep one"),
        (MAILBOX.replace("hr", "h" * 21), "has more than 20 octets before the @"),
        (MAILBOX + 'aliases = ["people"]', 'mailbox.aliases: "people" is not a mail address'),
        (MAILBOX + 'aliases = ["Support@Example.com"]', 'Example.com" is there twice; keep one'),
        (MAILBOX + 'aliases = ["hr@x"]', 'aliases: "hr@x" is there twice; keep one'),
        (MAILBOX + 'aliases = ["a@x", "A@x"]', 'aliases: "A@x" is there twice; keep one'),
        (MAILBOX + 'aliases = "a@x"', 'mailbox.aliases: "a@x" is not a list'),
        # retention
        ('[retention]\nignored_mail = "0d"', 'retention.ignored_mail: "0d" is not a duration'),
        ("[retention]\nsent_mail = 0", "retention.sent_mail: 0 is not a duration"),
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


def test_what_tomllib_chokes_on_is_a_fault_all_the_same() -> None:
    assert "nested too deeply" in faults("a = " + "[" * 100_000)[0]
    assert "a number that is too long" in faults("a = " + "9" * 5000)[0]


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
        ("Help@Example.com", "support@example.com"),
        ("help+anything@example.com", "support@example.com"),
        ("support+vip@example.net", "hr@example.com"),
        ("", None),
    ],
)
def test_recipient_belongs_to_the_mailbox_that_fits_best(
    recipient: str, mailbox: str | None
) -> None:
    settings = with_mailboxes(
        {"address": "support@example.com", "aliases": ["help@example.com", "it@example.com"]},
        {"address": "support+vip@example.com"},
        {"address": "hr@example.com", "separator": "-", "aliases": ["support+vip@example.net"]},
        {"address": "nosep@example.com", "separator": ""},
    )
    found = settings.mailbox_of(recipient)
    assert (found.address if found else None) == mailbox


def test_password_in_a_url_is_refused_and_not_shown() -> None:
    [fault] = faults(MINIMAL + '[database]\nurl = "postgresql://me:hunter2@db/desk"')
    assert "holds a password; put it into a file" in fault
    assert "hunter2" not in fault


def test_aliases_are_own_addresses_and_may_be_longer_than_a_main_one() -> None:
    long = f"{'h' * 30}@example.com"
    settings = with_mailboxes({"address": "hr@example.com", "aliases": [long]})
    assert settings.own_addresses == {"hr@example.com", long}


@pytest.mark.parametrize("key", ["ignored_mail", "sent_mail"])
def test_retention_is_told_as_a_duration(key: str) -> None:
    settings = parsed(f'{MINIMAL}[retention]\n{key} = "2d"\n')
    assert getattr(settings.retention, key) == 2 * 24 * 3600
