"""`check` and `config show`: exit codes, one line a fault, and no password anywhere."""

import json
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from gateway.cli.check import check_command, config_group, report


@click.group()
@click.option("--desk", type=click.Path(path_type=Path))
@click.pass_context
def main(context: click.Context, desk: Path | None) -> None:
    """The command line as far as these commands know it."""
    context.obj = desk


main.add_command(check_command)
main.add_command(config_group)


def run(folder: Path, *arguments: str, **environ: str) -> Result:
    return CliRunner(env=environ).invoke(main, ["--desk", str(folder), *arguments])


def test_desk_as_it_is_written_is_all_well(folder: Path) -> None:
    result = run(folder, "check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "all well: 1 mailbox, 1 queue, 5 rules, 5 people\n"


def test_every_fault_is_one_line_on_standard_error(folder: Path) -> None:
    (folder / "rules" / "20-long.yaml").write_text(
        f"- {{name: {'long ' * 15}, then: {{queue: '[red]X'}}}}\n- {{name: b, then: {{}}}}\n"
    )
    result = run(folder, "check")
    assert result.exit_code == 78
    assert result.stdout == ""
    first, second = result.stderr.splitlines()
    assert first.startswith("rules/20-long.yaml:1: rule ")
    assert first.endswith('unknown queue "[red]X"; queues are IT')
    assert second.startswith("rules/20-long.yaml:2: rule ")


def test_report_counts_what_is_there(folder: Path) -> None:
    found = report(folder, {})
    assert (found.mailboxes, found.queues, found.rules, found.people) == (1, 1, 5, 5)
    assert found.faults == ()


def test_template_of_the_desk_that_does_not_load_is_told_with_its_line(folder: Path) -> None:
    (folder / "templates" / "confirmation.txt.j2").write_text("Hello\n{% if %}\n")
    result = run(folder, "check")
    assert result.exit_code == 78
    assert result.stderr.startswith("templates/confirmation.txt.j2:2: ")


def test_template_faults_and_others_are_told_together(folder: Path) -> None:
    (folder / "templates" / "confirmation.txt.j2").write_text("{% if %}")
    (folder / "priorities.yaml").unlink()
    places = {line.partition(":")[0] for line in run(folder, "check").stderr.splitlines()}
    assert places == {"templates/confirmation.txt.j2", "priorities.yaml"}


def test_desk_must_be_named() -> None:
    for arguments in (["check"], ["config", "show"]):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 2
        assert "Say --desk DIR, or set TICKET_GATEWAY_DESK" in result.stderr


def test_settings_in_force_are_shown_as_toml(folder: Path) -> None:
    result = run(folder, "config", "show")
    assert result.exit_code == 0
    read = tomllib.loads(result.stdout)
    assert read["smtp"]["max_connections"] == 200
    assert "max_connections = 200  # default\n" in result.stdout
    assert 'listen = "127.0.0.1:8025"\n' in result.stdout


def test_output_of_config_show_is_a_gateway_toml(folder: Path) -> None:
    shown = run(folder, "config", "show").stdout
    (folder / "gateway.toml").write_text(shown)
    assert run(folder, "check").exit_code == 0
    again = run(folder, "config", "show").stdout
    assert tomllib.loads(again) == tomllib.loads(shown)


def test_settings_in_force_are_one_json_object(folder: Path) -> None:
    [line] = run(folder, "config", "show", "--json").stdout.splitlines()
    read = json.loads(line)
    assert read["mailbox"][0]["address"] == "support@example.com"
    assert read["database"]["password"] is None


def with_password(folder: Path) -> None:
    (folder / "secrets").mkdir(exist_ok=True)
    secret = folder / "secrets" / "database-password"
    secret.write_text("hunter2")
    secret.chmod(0o600)
    path = folder / "gateway.toml"
    path.write_text(
        path.read_text().replace('#password_file = "secrets/d', 'password_file = "secrets/d')
    )


@pytest.mark.parametrize(
    "arguments", [("config", "show"), ("config", "show", "--json"), ("check",)]
)
def test_passwords_are_never_shown(folder: Path, arguments: tuple[str, ...]) -> None:
    with_password(folder)
    result = run(folder, *arguments, TICKET_GATEWAY_OUTGOING_PASSWORD="hunter3")
    assert result.exit_code == 0
    assert "hunter" not in result.output


def test_where_a_password_comes_from_is_shown(folder: Path) -> None:
    with_password(folder)
    shown = run(folder, "config", "show", TICKET_GATEWAY_OUTGOING_PASSWORD="x").stdout
    assert "# password = ******** from the file secrets/database-password\n" in shown
    assert "# password = ******** from TICKET_GATEWAY_OUTGOING_PASSWORD\n" in shown
    as_json = json.loads(run(folder, "config", "show", "--json").stdout)
    assert as_json["database"]["password"] == "********"
    assert as_json["outgoing"]["password"] is None


def test_settings_with_faults_are_not_shown(folder: Path) -> None:
    (folder / "gateway.toml").write_text("[smtp]\nport = 25\n")
    for arguments in (["config", "show"], ["config", "show", "--json"]):
        result = run(folder, *arguments)
        assert result.exit_code == 78
        assert result.stdout == ""
        assert "\ngateway.toml:2: smtp.port: unknown key" in "\n" + result.stderr
