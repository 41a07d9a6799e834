"""Mails out of the spool into files. Nothing of a mail gets into a file's name."""

from collections.abc import Iterable
from pathlib import Path

import click

from gateway.cli.spool.choose import required, without_bytes
from gateway.config.settings import Gateway
from gateway.errors import GatewayError
from gateway.store import Database, ledger, snapshot

MODE = 0o600  # it is somebody's mail


def export(database: Database, gateway: Gateway, delivery_ids: Iterable[int], folder: Path) -> int:
    """Write each as a file, one in memory at a time; how many were. Says of the others why not.

    Raises GatewayError when the folder cannot be written to.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return sum(_exported(database, gateway, each, folder) for each in delivery_ids)
    except OSError as error:
        raise GatewayError(f"{error.filename or folder}: {error.strerror}") from error


def _exported(database: Database, gateway: Gateway, delivery_id: int, folder: Path) -> bool:
    file = folder / f"delivery-{delivery_id}.eml"
    with snapshot(database) as tx:
        entry, content = required(tx, delivery_id), ledger.content(tx, delivery_id)
    if content is None:
        click.echo(f"delivery {delivery_id}: {without_bytes(entry, gateway)}", err=True)
        return False
    try:
        file.touch(mode=MODE, exist_ok=False)
    except FileExistsError:
        click.echo(f"{file} is there already and was left as it is", err=True)
        return False
    file.write_bytes(content)
    return True
