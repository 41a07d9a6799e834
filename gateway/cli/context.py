"""What the command line has said before its command: which desk, and that desk opened."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gateway.config.settings import Gateway
from gateway.desk.folder import Desk, load_desk, load_settings
from gateway.store import Database, connect, migrate


def desk_folder() -> Path:
    """The folder that --desk or TICKET_GATEWAY_DESK named to the command line."""
    folder = click.get_current_context().obj
    if not isinstance(folder, Path):
        raise click.UsageError("which desk? Say --desk DIR, or set TICKET_GATEWAY_DESK")
    return folder


def desk() -> Desk:
    """The desk that the command line names."""
    return load_desk(desk_folder(), os.environ)


@contextmanager
def database() -> Iterator[Database]:
    """The desk's database, of today's shape."""
    with intake() as (_, opened):
        yield opened


@contextmanager
def intake() -> Iterator[tuple[Gateway, Database]]:
    """The desk's settings and its database, of today's shape; no other file is read."""
    gateway, url, password = load_settings(desk_folder(), os.environ)
    opened = connect(url, password)
    try:
        migrate.require_current(opened)
        yield gateway, opened
    finally:
        opened.dispose()
