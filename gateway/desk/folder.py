"""A desk: one folder of an admin's files, read into values that the whole daemon shares.

All faults of all files are told at once. What concerns two files is checked here and
nowhere else: that a queue's team has an agent, that a password is where gateway.toml says.

Surprising: a `Desk` holds passwords, and is safe to print all the same; they are fields
that its repr() leaves out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from gateway.config.faults import Loc, choices_are, key_at, shown
from gateway.config.settings import Gateway
from gateway.desk import listening
from gateway.desk.config_file import line_of, load_gateway, password
from gateway.desk.directory_file import load_directory
from gateway.desk.imap_secrets import ImapSecrets
from gateway.desk.imap_secrets import load as load_imap_secrets
from gateway.desk.priorities_file import load_priorities
from gateway.desk.rules_file import load_rules
from gateway.directory import Directory
from gateway.errors import ConfigError, Fault
from gateway.rules.ruleset import RuleSet
from gateway.tickets.priority import Priority, Target

GATEWAY_TOML = "gateway.toml"
PRIORITIES_YAML = "priorities.yaml"
DIRECTORY_CSV = "directory.csv"
TEMPLATES = "templates"
KEY_FILE = "secrets/keys"

#   password of  its environment variable
ENVIRONMENT = {
    "database": "TICKET_GATEWAY_DATABASE_PASSWORD",
    "outgoing": "TICKET_GATEWAY_OUTGOING_PASSWORD",
}

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything an admin has said, checked. All paths are absolute."""

    folder: Path
    gateway: Gateway
    rules: RuleSet
    directory: Directory
    targets: Mapping[Priority, Target]
    database_url: str
    database_password: str | None = field(default=None, repr=False)
    outgoing_password: str | None = field(default=None, repr=False)
    imap_secrets: tuple[ImapSecrets, ...] = ()

    @property
    def templates_folder(self) -> Path:
        """Where the desk's own templates are; they win over the packaged ones."""
        return self.folder / TEMPLATES

    @property
    def data_folder(self) -> Path:
        return self.folder / "data"

    @property
    def key_file(self) -> Path:
        """The key ring that signs addresses; read by `gateway.threading`, not here."""
        return self.folder / KEY_FILE


def load_desk(folder: Path, environ: Mapping[str, str]) -> Desk:
    """The desk in this folder.

    Raises ConfigError with every fault of every file; files are named from the folder on.
    """
    folder = folder.absolute()
    faults: list[Fault] = []
    gateway = _read(faults, lambda: load_gateway(folder / GATEWAY_TOML))
    directory = _read(faults, lambda: load_directory(folder / DIRECTORY_CSV))
    targets = _read(faults, lambda: load_priorities(folder / PRIORITIES_YAML))
    rules = _read(faults, lambda: load_rules(folder, gateway, directory))
    secrets: dict[str, str | None] = {}
    imap_secrets: tuple[ImapSecrets, ...] = ()
    if gateway is not None:
        secrets = _passwords(folder, gateway, environ, faults)
        imap_secrets, wrong = load_imap_secrets(folder, gateway, environ)
        faults += [_of(folder, *each) for each in wrong]
        faults += listening.faults(folder, gateway)
    if gateway is not None and directory is not None:
        faults += _unfit(folder, gateway, directory)
    if faults or gateway is None or directory is None or rules is None or targets is None:
        raise ConfigError([fault_within(folder, fault) for fault in faults])
    return Desk(
        folder=folder,
        gateway=gateway,
        rules=rules,
        directory=directory,
        targets=targets,
        database_url=database_url(folder, gateway),
        database_password=secrets["database"],
        outgoing_password=secrets["outgoing"],
        imap_secrets=imap_secrets,
    )


def load_settings(folder: Path, environ: Mapping[str, str]) -> tuple[Gateway, str, str | None]:
    """gateway.toml alone, with the database's URL and password.

    For what only takes or looks at mail: a fault in a rule must not keep a mail out, nor its
    admin from looking. Raises ConfigError.
    """
    folder = folder.absolute()
    faults: list[Fault] = []
    gateway = load_gateway(folder / GATEWAY_TOML)
    secrets = _passwords(folder, gateway, environ, faults)
    if faults:
        raise ConfigError([fault_within(folder, fault) for fault in faults])
    return gateway, database_url(folder, gateway), secrets["database"]


def fault_within(folder: Path, fault: Fault) -> Fault:
    """The fault with its file named as the admin knows it: from the desk's folder on."""
    inside = fault.file.is_absolute() and fault.file.is_relative_to(folder)
    return replace(fault, file=fault.file.relative_to(folder)) if inside else fault


def database_url(folder: Path, gateway: Gateway) -> str:
    """The database's URL with an absolute path, and with the driver we ship.

    The password is not in it: it goes to the driver beside it, so that no error shows it.
    """
    scheme, _, rest = gateway.database.url.partition("://")
    if scheme == "sqlite":
        return f"sqlite:///{folder / rest.removeprefix('/')}"
    return f"postgresql+psycopg://{rest}"


def _read(faults: list[Fault], load: Callable[[], Read]) -> Read | None:
    """What `load` gives; None when it finds faults, which are kept."""
    try:
        return load()
    except ConfigError as error:
        faults += error.faults
        return None


def _passwords(
    folder: Path, gateway: Gateway, environ: Mapping[str, str], faults: list[Fault]
) -> dict[str, str | None]:
    """Password of each table that has one. A fault of the file is told of the key naming it."""
    files = {
        "database": gateway.database.password_file,
        "outgoing": gateway.outgoing.password_file,
    }
    found: dict[str, str | None] = {}
    for table, file in files.items():
        path = folder / file if file else None
        try:
            found[table] = password(path, ENVIRONMENT[table], environ)
        except ConfigError as error:
            for fault in error.faults:
                problem = f"{shown(str(file))} {fault.problem}"
                faults.append(_of(folder, (table, "password_file"), problem, fault.remedy))
    if gateway.outgoing.username and "outgoing" in found and found["outgoing"] is None:
        problem = f"{shown(gateway.outgoing.username)} has no password"
        remedy = f"name its file in password_file, or set {ENVIRONMENT['outgoing']}"
        faults.append(_of(folder, ("outgoing", "username"), problem, remedy))
    return found


def _unfit(folder: Path, gateway: Gateway, directory: Directory) -> list[Fault]:
    """What fits gateway.toml and directory.csv each, but not the two together."""
    faults = []
    teams = sorted({team for person in directory.people for team in person.teams})
    for index, queue in enumerate(gateway.queue):
        if not directory.agents_of(queue.team):
            problem = f"no agent in directory.csv is in team {shown(queue.team)}"
            remedy = choices_are("teams", teams, queue.team) if teams else "put one in"
            faults.append(_of(folder, ("queue", index, "team"), problem, remedy))
    people = {key for person in directory.people for key in (person.address.key, *person.aliases)}
    for index, mailbox in enumerate(gateway.mailbox):
        for address in sorted(people.intersection(mailbox.addresses)):
            key = "address" if address == mailbox.address else "aliases"
            problem = f"{shown(address)} is a person's address in directory.csv too"
            remedy = "take it out there, or mail to that person would come back here"
            faults.append(_of(folder, ("mailbox", index, key), problem, remedy))
    return faults


def _of(folder: Path, loc: Loc, problem: str, remedy: str) -> Fault:
    """A fault of a key in gateway.toml."""
    path = folder / GATEWAY_TOML
    return Fault(path, line_of(path, loc), key_at(loc), problem, remedy)
