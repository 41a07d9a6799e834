"""`init`: a new desk, ready to run, without a question.

Files that are there are never written over. What a newcomer needs is all in it: an agent,
a lead, three employees, a few rules, and a muttrc to play both sides of a conversation.

Surprising: gateway.toml is written last, so that a folder that holds one is a whole desk
and an `init` that was interrupted can be said again.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from string import Template

import click

from gateway.cli.config_text import Value, commented
from gateway.cli.db import make_ready
from gateway.config.settings import Gateway
from gateway.desk import keyring_file
from gateway.desk.config_file import parse_gateway
from gateway.desk.folder import DIRECTORY_CSV, GATEWAY_TOML, KEY_FILE, PRIORITIES_YAML
from gateway.errors import ConfigError, GatewayError

EX_CANTCREAT = 73  # sysexits.h: an output file cannot be created

MUTTRC = "muttrc"
COPIED = (
    "rules/10-examples.yaml",
    PRIORITIES_YAML,
    DIRECTORY_CSV,
    "templates/README.md",
    MUTTRC,
)  # from gateway/desk/template
PEOPLE = ("ann", "bob", "carl", "dora", "lee")

#    key of gateway.toml  the option that says it
OPTIONS = {
    "mailbox.address": "--address",
    "smtp.listen":     "--listen",
    "database.url":    "--database",
    "outgoing.to":     "--outgoing",
}  # fmt: skip


class CannotCreateError(GatewayError):
    """The desk cannot be written: something is in its place."""


def write_desk(
    folder: Path,
    *,
    address: str = "support@example.com",
    listen: str = "127.0.0.1:8025",
    database: str | None = None,
    outgoing: str = "maildir:outgoing",
) -> list[Path]:
    """Write a desk and return its files, gateway.toml last.

    Raises ConfigError when a value cannot be used, its fault's key being the option, and
    CannotCreateError when files are in the way. Nothing is written then.
    """
    folder = folder.absolute()
    people = _people(address)
    text = commented(_settings(address, listen, database, outgoing, people["lee"]))
    try:
        gateway = parse_gateway(text, Path(GATEWAY_TOML))
    except ConfigError as error:
        raise ConfigError(
            [
                replace(fault, line=None, key=OPTIONS[fault.key])
                for fault in error.faults
                if fault.key in OPTIONS
            ]
        ) from None
    words = {
        **people,
        "domain": address.lower().rpartition("@")[2],
        **_mutt(folder, gateway, people),
    }
    source = files("gateway.desk") / "template"
    texts = {
        folder / name: Template(source.joinpath(name).read_text("utf-8")).substitute(words)
        for name in COPIED
    }
    texts[folder / GATEWAY_TOML] = text
    _refuse_to_overwrite(folder, texts)
    _write(folder, texts, gateway)
    return list(texts)


def _people(address: str) -> dict[str, str]:
    """Addresses of the people in the sample directory; none is the mailbox's own."""
    local, _, domain = address.lower().rpartition("@")
    return {
        name: f"{name}.person@{domain}" if name == local else f"{name}@{domain}" for name in PEOPLE
    }


def _settings(
    address: str, listen: str, database: str | None, outgoing: str, admin: str
) -> dict[str, list[dict[str, Value]]]:
    # a desk's name is never changed, so it is one that a second desk is unlikely to have
    name = re.sub(r"[^a-z0-9.-]", "-", address.lower().replace("@", "."))
    return {
        "desk": [{"name": name.lstrip(".-")[:63], "admin": admin}],
        "database": [{"url": database} if database else {}],
        "smtp": [{"listen": listen}],
        "outgoing": [{"to": outgoing}],
        "queue": [{"name": "IT", "team": "it"}],
        "mailbox": [{"address": address, "display_name": "IT Support", "queue": "IT"}],
    }


def _mutt(folder: Path, gateway: Gateway, people: Mapping[str, str]) -> dict[str, str]:
    """What the muttrc needs to know, each as mutt quotes it."""
    scheme, _, path = gateway.outgoing.to.partition(":")
    if scheme == "maildir":
        spoolfile = f"set spoolfile = {_quoted(str(folder / path))}"
    else:
        spoolfile = f"# The desk sends to {gateway.outgoing.to}: read its mail where that delivers."
    host, _, port = gateway.smtp.listen.rpartition(":")
    here = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104 - asked, not bound
    domain = people["ann"].rpartition("@")[2].replace(".", "[.]")
    locals_ = "|".join(each.partition("@")[0].replace(".", "[.]") for each in people.values())
    return {
        "ann": people["ann"],
        "everybody": _quoted(f"^({locals_})@{domain}$"),
        "folder": _quoted(str(folder)),
        "spoolfile": spoolfile,
        "smtp_url": _quoted(f"smtp://{here}:{port}"),
        "postponed": _quoted(str(folder / "data" / "postponed")),
    }


def _quoted(text: str) -> str:
    r"""The text in mutt's double quotes, where these four characters have a meaning.

    >>> print(_quoted('/home/o"neil/$desk'))
    "/home/o\"neil/\$desk"
    """
    return '"' + re.sub(r'(["\\$`])', r"\\\1", text) + '"'


def _refuse_to_overwrite(folder: Path, texts: Mapping[Path, str]) -> None:
    if (folder / GATEWAY_TOML).exists():
        raise CannotCreateError(
            f"{folder} holds a {GATEWAY_TOML} already; name another folder, or take it away"
        )
    for path, text in texts.items():
        try:
            is_ours = not path.exists() or path.read_text("utf-8") == text
        except (OSError, UnicodeDecodeError):
            is_ours = False
        if not is_ours:
            raise CannotCreateError(f"{path} is in the way; name another folder, or move it")


def _write(folder: Path, texts: Mapping[Path, str], gateway: Gateway) -> None:
    scheme, _, path = gateway.outgoing.to.partition(":")
    maildir = [folder / path / part for part in ("cur", "new", "tmp")]
    try:
        for made in [folder / "data", *(maildir if scheme == "maildir" else ())]:
            made.mkdir(parents=True, exist_ok=True, mode=0o700)  # people's mail is in them
        keyring_file.make(folder / KEY_FILE)
        for file, text in texts.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
    except OSError as error:
        raise CannotCreateError(f"{error.filename} cannot be written: {error.strerror}") from None


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--address",
    default="support@example.com",
    show_default=True,
    help="The address that people will write to.",
)
@click.option(
    "--listen",
    default="127.0.0.1:8025",
    show_default=True,
    help="Address and port of the SMTP listener.",
)
@click.option(
    "--database",
    metavar="URL",
    help="postgresql://USER@HOST:PORT/NAME; SQLite within the desk when left out.",
)
@click.option(
    "--outgoing",
    metavar="maildir:PATH|smtp://HOST:PORT",
    default="maildir:outgoing",
    show_default=True,
    help="Where mail goes.",
)
def init_command(
    folder: Path, address: str, listen: str, database: str | None, outgoing: str
) -> None:
    """Write a new desk into DIR: settings, rules, priorities, people and a muttrc."""
    try:
        written = write_desk(
            folder, address=address, listen=listen, database=database, outgoing=outgoing
        )
    except ConfigError as error:
        said = "\n".join(f"{fault.key}: {fault.problem}; {fault.remedy}" for fault in error.faults)
        raise click.UsageError(said) from None
    except CannotCreateError as error:
        click.echo(f"ticket-gateway init: {error}", err=True)
        raise click.exceptions.Exit(EX_CANTCREAT) from None
    for path in written:
        click.echo(path)
    make_ready(folder)
