"""What the command line has said before its command: which desk."""

from pathlib import Path

import click


def desk_folder() -> Path:
    """The folder that --desk or TICKET_GATEWAY_DESK named to the command line."""
    folder = click.get_current_context().obj
    if not isinstance(folder, Path):
        raise click.UsageError("which desk? Say --desk DIR, or set TICKET_GATEWAY_DESK")
    return folder
