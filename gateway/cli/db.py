"""`db`: the database's shape, and whether it is today's."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.cli.context import desk
from gateway.desk.folder import load_desk
from gateway.errors import StoreError, TemporaryError
from gateway.store import connect, describe, migrate


@click.group("db")
def db_group() -> None:
    """The desk's database."""


@db_group.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to this release's shape; an SQLite file is copied first."""
    ours = desk()
    before, after = migrate.upgrade(ours.database_url, ours.database_password, datetime.now(UTC))
    if before == after:
        click.echo(f"nothing to do: at revision {after}")
    else:
        click.echo(f"upgraded from {before or 'nothing'} to {after}")


@db_group.command("check")
def db_check() -> None:
    """Say whether the database has the shape that this release needs."""
    ours = desk()
    database = connect(ours.database_url, ours.database_password)
    try:
        migrate.require_current(database)
        wrong = migrate.differences(database)
        if wrong:
            raise StoreError(f"{describe(database)} differs: {'; '.join(wrong)}")
        click.echo(f"all well: {describe(database)} is at revision {migrate.HEAD}")
    finally:
        database.dispose()


def make_ready(folder: Path) -> None:
    """What a new desk needs beside its files: a database, where one can be had."""
    ours = load_desk(folder, os.environ)
    try:
        migrate.upgrade(ours.database_url, ours.database_password, datetime.now(UTC))
    except TemporaryError as error:
        click.echo(
            f"the database is not there yet ({error}); when it is, run "
            f"`ticket-gateway --desk {folder} db upgrade`",
            err=True,
        )
