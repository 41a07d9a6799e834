"""`check` and `config show`: what is wrong in a desk, and what is in force.

Nothing is changed and nothing is connected to: a desk can be checked on any machine. The
passwords are looked for and never printed.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from gateway.cli.config_text import MASK, in_force
from gateway.cli.context import desk_folder
from gateway.config.settings import Gateway
from gateway.daemon import service
from gateway.desk import keyring_file
from gateway.desk.config_file import load_gateway
from gateway.desk.folder import ENVIRONMENT, GATEWAY_TOML, TEMPLATES, fault_within, load_desk
from gateway.errors import ConfigError, Fault
from gateway.outbound.render import faults_of_templates

EX_CONFIG = 78  # sysexits.h: something is wrong in the configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `check` found: faults, or what the desk has."""

    faults: tuple[Fault, ...] = ()
    mailboxes: int = 0
    queues: int = 0
    rules: int = 0
    people: int = 0

    def __str__(self) -> str:
        counts = ", ".join(
            _counted(number, *words)
            for number, words in (
                (self.mailboxes, ("mailbox", "mailboxes")),
                (self.queues, ("queue", "queues")),
                (self.rules, ("rule", "rules")),
                (self.people, ("person", "people")),
            )
        )
        return f"all well: {counts}"


def report(desk_folder: Path, environ: Mapping[str, str]) -> Report:
    """Everything that is wrong in the desk's files, or how much is in them."""
    folder = desk_folder.absolute()
    faults = [
        fault_within(folder, fault)
        for fault in faults_of_templates(folder / TEMPLATES)
        if fault.file.name != "README.md"  # `init` puts it there; it is no template
    ]
    try:
        desk = load_desk(folder, environ)
    except ConfigError as error:
        return Report(faults=(*error.faults, *faults))
    try:
        keyring_file.load(desk.key_file, desk.gateway.desk.name)
    except ConfigError as error:
        faults += [fault_within(folder, fault) for fault in error.faults]
    return Report(
        faults=tuple(faults),
        mailboxes=len(desk.gateway.mailbox),
        queues=len(desk.gateway.queue),
        rules=len(desk.rules.rules),
        people=len(desk.directory.people),
    )


def print_faults(faults: Sequence[Fault]) -> None:
    """One line a fault on standard error, in colour where a terminal shows it."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    for fault in faults:
        place, separator, said = str(fault).partition(": ")  # an editor jumps to the place
        console.print(Text.assemble((place, "bold"), separator, (said, "red")))


@click.command("check")
def check_command() -> None:
    """Check every file of the desk and say what is wrong, each with its line."""
    found = report(desk_folder(), os.environ)
    print_faults(found.faults)
    if found.faults:
        raise click.exceptions.Exit(EX_CONFIG)
    click.echo(str(found))
    process = service.older_than(load_desk(desk_folder(), os.environ))
    if process:
        click.echo(f"the daemon (process {process}) still has the old files: restart it")


@click.group("config")
def config_group() -> None:
    """The desk's settings."""


@config_group.command("show")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def config_show(as_json: bool) -> None:
    """Print the settings in force, defaults included, passwords masked."""
    folder = desk_folder()
    try:
        gateway = load_gateway(folder / GATEWAY_TOML)
    except ConfigError as error:
        print_faults([fault_within(folder, fault) for fault in error.faults])
        raise click.exceptions.Exit(EX_CONFIG) from None
    if as_json:
        click.echo(json.dumps(as_object(gateway, os.environ), ensure_ascii=False))
    else:
        click.echo(in_force(gateway, sources_of_passwords(gateway, os.environ)), nl=False)


def as_object(gateway: Gateway, environ: Mapping[str, str]) -> dict[str, object]:
    """The settings as one JSON object; `password` is masked, or null where there is none."""
    tables: dict[str, dict[str, object]] = gateway.model_dump(mode="json")
    sources = sources_of_passwords(gateway, environ)
    for table in ENVIRONMENT:
        tables[table]["password"] = MASK if table in sources else None
    return {**tables}


def sources_of_passwords(gateway: Gateway, environ: Mapping[str, str]) -> dict[str, str]:
    """Of each table that has a password: where from, in words. Files are not opened."""
    files = {
        "database": gateway.database.password_file,
        "outgoing": gateway.outgoing.password_file,
    }
    found = {}
    for table, variable in ENVIRONMENT.items():
        if files[table]:
            found[table] = f"{MASK} from the file {files[table]}"
        elif environ.get(variable):
            found[table] = f"{MASK} from {variable}"
    return found


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
