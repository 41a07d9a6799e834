"""`init` writes a desk that is ready to run, and never writes over one."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.init import init_command, write_desk
from gateway.desk.folder import load_desk
from gateway.directory import Role
from gateway.errors import ConfigError
from gateway.message import Address


def init(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(init_command, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_desk_has_a_mailbox_an_agent_a_lead_and_three_employees(tmp_path: Path) -> None:
    write_desk(tmp_path)
    desk = load_desk(tmp_path, {})
    assert [mailbox.address for mailbox in desk.gateway.mailbox] == ["support@example.com"]
    assert [person.address.name for person in desk.directory.agents_of("it")] == [
        "Bob Agent",
        "Lee Lead",
    ]
    assert [person.address.name for person in desk.directory.leads_of("it")] == ["Lee Lead"]
    employees = [one for one in desk.directory.people if one.role is Role.EMPLOYEE]
    assert [person.address.name for person in employees] == ["Ann", "Carl", "Dora"]
    assert len(desk.rules.rules) >= 3


@pytest.mark.parametrize(
    ("address", "listen", "outgoing"),
    [
        ("support@example.com", "127.0.0.1:8025", "maildir:outgoing"),
        ("Help.Desk@Sub.Example.CO.UK", "0.0.0.0:25", "smtp://mail.example.com:587"),
        ("o'neil+it=x@x-1.example", "[::1]:8025", "smtps://[2001:db8::1]:465"),
        ("{a}%`$s#!&?^~|@localhost", "localhost:65535", "maildir:Mail for \"all\"/$out 'x'"),
        ("ann@example.com", "[::]:1", "maildir:/var/mail/Ünïcode 出"),
        ("bob@example.com", "127.0.0.1:8025", "maildir:."),
        ("1@2", "a-b.c:9", "maildir:a\\b"),
        ("---@x.example", "127.0.0.1:8025", "maildir:x"),
        ("abcdefghijklmnopqrst@" + "a" * 63 + ".example", "127.0.0.1:8025", "maildir:x"),
    ],
)
def test_written_desk_has_no_faults(
    tmp_path: Path, address: str, listen: str, outgoing: str
) -> None:
    folder = tmp_path / 'my "odd" $desk\''
    if outgoing.startswith("maildir:/"):
        outgoing = f"maildir:{tmp_path}{outgoing.removeprefix('maildir:')}"
    written = write_desk(folder, address=address, listen=listen, outgoing=outgoing)
    assert all(path.is_file() for path in written)
    desk = load_desk(folder, {})
    assert desk.gateway.mailbox[0].address == address.lower()
    assert desk.gateway.smtp.listen == listen
    assert desk.gateway.outgoing.to == outgoing
    assert desk.directory.find(Address(address)) is None, "a mailbox is nobody's own address"


def test_database_is_sqlite_unless_another_is_named(tmp_path: Path) -> None:
    write_desk(tmp_path / "a")
    write_desk(tmp_path / "b", database="postgresql://me@db/desk")
    assert load_desk(tmp_path / "a", {}).database_url.startswith("sqlite:///")
    assert load_desk(tmp_path / "b", {}).database_url == "postgresql+psycopg://me@db/desk"


def test_template_readme_is_the_only_file_among_the_templates(tmp_path: Path) -> None:
    write_desk(tmp_path)
    assert [path.name for path in (tmp_path / "templates").iterdir()] == ["README.md"]
    assert "instead of the packaged one" in (tmp_path / "templates" / "README.md").read_text()


def test_settings_show_every_default_commented_out(tmp_path: Path) -> None:
    write_desk(tmp_path)
    text = (tmp_path / "gateway.toml").read_text()
    assert "\n#max_message_bytes = 26214400\n" in text
    assert "# Largest message accepted, in bytes" in text
    assert tomllib.loads(text)["smtp"] == {"listen": "127.0.0.1:8025"}


def test_names_of_two_desks_differ_when_their_addresses_do(tmp_path: Path) -> None:
    write_desk(tmp_path / "a", address="support@a.example")
    write_desk(tmp_path / "b", address="support@b.example")
    names = {load_desk(tmp_path / each, {}).gateway.desk.name for each in "ab"}
    assert names == {"support.a.example", "support.b.example"}


# the muttrc


def muttrc(folder: Path) -> str:
    return (folder / "muttrc").read_text()


def test_muttrc_reads_the_maildir_and_sends_to_the_listener(tmp_path: Path) -> None:
    write_desk(tmp_path)
    assert f'set spoolfile = "{tmp_path}/outgoing"' in muttrc(tmp_path)
    assert 'set smtp_url = "smtp://127.0.0.1:8025"' in muttrc(tmp_path)
    assert 'set from = "ann@example.com"' in muttrc(tmp_path)
    assert {path.name for path in (tmp_path / "outgoing").iterdir()} == {"cur", "new", "tmp"}


@pytest.mark.parametrize(
    ("listen", "url"),
    [
        ("0.0.0.0:25", "smtp://127.0.0.1:25"),
        ("[::]:25", "smtp://[::1]:25"),
        ("mx:2", "smtp://mx:2"),
    ],
)
def test_muttrc_sends_to_where_the_listener_can_be_reached(
    tmp_path: Path, listen: str, url: str
) -> None:
    write_desk(tmp_path, listen=listen)
    assert f'set smtp_url = "{url}"' in muttrc(tmp_path)


def test_muttrc_of_a_desk_that_sends_by_smtp_says_where_its_mail_is(tmp_path: Path) -> None:
    write_desk(tmp_path, outgoing="smtp://mail:25")
    assert "spoolfile" not in muttrc(tmp_path)
    assert "# The desk sends to smtp://mail:25" in muttrc(tmp_path)


# what is refused


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--address", "support", '"support" is not a mail address; write for example'),
        ("--address", "a@b\nc", "is not a mail address"),
        ("--address", "x" * 21 + "@x.example", "has more than 20 octets before the @"),
        ("--listen", "8025", '"8025" has no port; write for example "127.0.0.1:8025"'),
        ("--database", "mysql://x", "is no database we know"),
        ("--database", "postgresql://me:hunter2@db/x", "holds a password; put it into a file"),
        ("--outgoing", "sendmail", "is no way out we know"),
    ],
)
def test_value_that_cannot_be_used_is_told_by_its_option(
    tmp_path: Path, option: str, value: str, said: str
) -> None:
    code, _, errors = init(str(tmp_path / "desk"), option, value)
    assert code == 2
    assert f"{option}: " in errors
    assert said in errors
    assert "hunter2" not in errors
    assert not (tmp_path / "desk").exists(), "nothing is written"


def test_only_what_was_said_is_complained_about(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        write_desk(tmp_path, address="support")
    assert [fault.key for fault in raised.value.faults] == ["--address"]


def test_folder_that_holds_a_desk_is_left_alone(tmp_path: Path) -> None:
    assert init(str(tmp_path))[0] == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    code, _, errors = init(str(tmp_path), "--address", "other@example.com")
    assert code == 73
    assert f"{tmp_path} holds a gateway.toml already; name another folder" in errors
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_file_of_somebody_else_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "muttrc").write_text("set from=me")
    code, _, errors = init(str(tmp_path))
    assert code == 73
    assert f"{tmp_path}/muttrc is in the way" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["muttrc"], "nothing is written"


def test_init_that_was_interrupted_can_be_said_again(tmp_path: Path) -> None:
    write_desk(tmp_path)
    (tmp_path / "gateway.toml").unlink()
    (tmp_path / "directory.csv").unlink()
    assert write_desk(tmp_path)[-1] == tmp_path / "gateway.toml"
    load_desk(tmp_path, {})


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, errors = init(str(tmp_path / "file" / "desk"))
    assert code == 73
    assert "cannot be written: Not a directory" in errors


def test_files_written_are_named_one_a_line(tmp_path: Path) -> None:
    code, output, _ = init(str(tmp_path / "desk"))
    assert code == 0
    assert all(Path(line).is_file() for line in output.splitlines())
    assert len(output.splitlines()) == 6
