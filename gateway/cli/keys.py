"""`keys`: the secrets that sign addresses."""

import click

from gateway.cli.context import desk
from gateway.desk import keyring_file
from gateway.errors import GatewayError


@click.group("keys")
def keys_group() -> None:
    """The keys of the desk's signed addresses."""


@keys_group.command("make")
def keys_make() -> None:
    """Make a key ring where there is none. Addresses signed with a lost one prove nobody."""
    path = desk().key_file
    if not keyring_file.make(path):
        raise GatewayError(f"{path} is there already; it is never overwritten")
    click.echo(path)
