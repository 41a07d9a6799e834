"""A desk is one folder: read whole, or every fault in it told."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.desk.folder import Desk, load_desk
from gateway.message import Address
from gateway.tickets.priority import Priority
from support.settings import faults_of


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def line_of(folder: Path, file: str, text: str) -> int:
    """The line on which the text begins, counted by hand."""
    return (folder / file).read_text().partition(text)[0].count("\n") + 1


def faults(folder: Path, environ: Mapping[str, str] | None = None) -> list[str]:
    return faults_of(load_desk, folder, environ or {})


def test_desk_has_what_its_files_say(folder: Path) -> None:
    desk = load_desk(folder, {})
    assert desk.gateway.mailbox[0].address == "support@example.com"
    assert desk.rules.rules
    assert desk.directory.find(Address("bob@example.com"))
    assert desk.targets[Priority.P1].respond_within_seconds == 15 * 60


def test_paths_are_absolute_and_below_the_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    desk = load_desk(Path("desk"), {})
    assert desk.folder == folder
    assert desk.database_url == f"sqlite:///{folder}/data/desk.db"
    assert desk.templates_folder == folder / "templates"
    assert desk.data_folder == folder / "data"
    assert desk.key_file == folder / "secrets" / "keys"


def test_absolute_path_of_the_database_stays(folder: Path) -> None:
    change(folder, "gateway.toml", "#url", "url")
    change(folder, "gateway.toml", "sqlite:///data", "sqlite:////var/lib")
    assert load_desk(folder, {}).database_url == "sqlite:////var/lib/desk.db"


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_postgresql_is_spoken_with_the_driver_we_ship(folder: Path, scheme: str) -> None:
    change(folder, "gateway.toml", "#url", "url")
    change(folder, "gateway.toml", "sqlite:///data/desk.db", f"{scheme}://me@db:5432/desk")
    assert load_desk(folder, {}).database_url == "postgresql+psycopg://me@db:5432/desk"


# passwords


def with_secret(folder: Path, content: str = "hunter2\n", mode: int = 0o600) -> None:
    (folder / "secrets").mkdir(exist_ok=True)
    secret = folder / "secrets" / "outgoing-password"
    secret.write_text(content)
    secret.chmod(mode)
    change(
        folder,
        "gateway.toml",
        '#password_file = "secrets/outgoing',
        'password_file = "secrets/outgoing',
    )


def test_password_comes_from_its_file_below_the_folder(folder: Path) -> None:
    with_secret(folder)
    assert load_desk(folder, {}).outgoing_password == "hunter2"


def test_passwords_come_from_the_environment(folder: Path) -> None:
    environ = {
        "TICKET_GATEWAY_DATABASE_PASSWORD": "one",
        "TICKET_GATEWAY_OUTGOING_PASSWORD": "two",
    }
    desk = load_desk(folder, environ)
    assert (desk.database_password, desk.outgoing_password) == ("one", "two")


def test_desk_can_be_printed_without_showing_a_password(folder: Path) -> None:
    environ = {
        "TICKET_GATEWAY_DATABASE_PASSWORD": "hunter2",
        "TICKET_GATEWAY_OUTGOING_PASSWORD": "hunter2",
    }
    desk = load_desk(folder, environ)
    assert "hunter2" not in repr(desk) + str(desk)
    assert "hunter2" not in desk.database_url


def test_password_file_open_to_everybody_is_told_at_the_key_that_names_it(folder: Path) -> None:
    with_secret(folder, mode=0o644)
    line = line_of(folder, "gateway.toml", 'password_file = "secrets/outgoing')
    [fault] = faults(folder)
    assert fault.startswith(
        f'gateway.toml:{line}: outgoing.password_file: "secrets/outgoing-password" '
        "is open to every user of this machine (mode 0644); say: chmod 600 "
    )
    assert "hunter2" not in fault


def test_user_name_without_a_password_is_a_fault(folder: Path) -> None:
    change(folder, "gateway.toml", '#username = ""', 'username = "me"')
    line = line_of(folder, "gateway.toml", "username")
    [fault] = faults(folder)
    assert fault == (
        f'gateway.toml:{line}: outgoing.username: "me" has no password; name its file in '
        "password_file, or set TICKET_GATEWAY_OUTGOING_PASSWORD"
    )
    load_desk(folder, {"TICKET_GATEWAY_OUTGOING_PASSWORD": "x"})


# what two files say of each other


def test_queue_whose_team_has_no_agent_is_a_fault(folder: Path) -> None:
    change(folder, "gateway.toml", 'team = "it"', 'team = "itt"')
    line = line_of(folder, "gateway.toml", 'team = "itt"')
    assert faults(folder) == [
        f'gateway.toml:{line}: queue.team: no agent in directory.csv is in team "itt"; '
        'teams are it: did you mean "it"?'
    ]


def test_mailbox_that_is_also_a_person_is_a_fault(folder: Path) -> None:
    with (folder / "directory.csv").open("a") as file:
        file.write("eve@example.com,Eve,employee,,,,Support@Example.com\n")
    [fault] = faults(folder)
    assert '"support@example.com" is a person\'s address in directory.csv too' in fault


# faults


def test_all_faults_of_all_files_are_told_at_once(folder: Path) -> None:
    change(folder, "gateway.toml", "#hostname", "hostnam")
    change(folder, "directory.csv", "Bob Agent,agent", "Bob Agent,agnet")
    change(folder, "priorities.yaml", "15m", "soon")
    change(folder, "rules/10-examples.yaml", "priority: P1", "priority: P9")
    (folder / "rules" / "20-more.yaml").write_text("- {name: a, then: {}}")
    places = [fault.partition(": ")[0] for fault in faults(folder)]
    assert places == [
        f"gateway.toml:{line_of(folder, 'gateway.toml', 'hostnam')}",
        f"directory.csv:{line_of(folder, 'directory.csv', 'bob@')}",
        f"priorities.yaml:{line_of(folder, 'priorities.yaml', 'respond_within: soon')}",
        f"rules/10-examples.yaml:{line_of(folder, 'rules/10-examples.yaml', 'priority: P9')}",
        "rules/20-more.yaml:1",
    ]


def test_folder_without_a_desk_names_every_file_that_is_missing(tmp_path: Path) -> None:
    assert [fault.partition(";")[0] for fault in faults(tmp_path / "no")] == [
        "gateway.toml: is not there",
        "directory.csv: is not there",
        "priorities.yaml: is not there",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_file_that_cannot_be_read_is_a_fault(folder: Path) -> None:
    (folder / "directory.csv").chmod(0)
    assert "directory.csv: cannot be read: Permission denied" in faults(folder)[0]


def test_folder_in_the_place_of_a_file_is_a_fault(folder: Path) -> None:
    (folder / "directory.csv").unlink()
    (folder / "directory.csv").mkdir()
    assert faults(folder)[0].startswith("directory.csv: cannot be read: Is a directory")


def test_desk_is_a_value(folder: Path) -> None:
    desk = load_desk(folder, {})
    assert isinstance(desk, Desk)
    assert desk == load_desk(folder, {})
