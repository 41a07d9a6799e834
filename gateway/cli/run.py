"""`run`: the daemon in the foreground."""

import os
from pathlib import Path

import click

from gateway.cli.context import desk
from gateway.daemon import service
from gateway.desk.folder import Desk


@click.command("run")
@click.option("--hints", is_flag=True, help="Say what a newcomer can try next.")
def run_command(hints: bool) -> None:
    """Run the daemon until SIGTERM or Ctrl-C; then finish what is under way and exit 0."""
    ours = desk()

    def ready(places: list[str]) -> None:
        for place in places:
            click.echo(f"listening on {place}")
        if hints:
            for line in next_steps(ours, places[0]):
                click.echo(line)

    service.run(ours, ready)


def next_steps(ours: Desk, place: str) -> list[str]:
    """What a newcomer needs, each in a line: send, see, answer."""
    address = ours.gateway.mailbox[0].address
    people = f"--to {address} --from ann@{address.rpartition('@')[2]}"
    folder = Path(os.path.relpath(ours.folder))
    shown = folder if ".." not in folder.parts else ours.folder
    command = f".venv/bin/ticket-gateway --desk {shown}"
    return [
        "",
        f'  send    echo "Subject: My laptop only beeps" | {command} inject {people}',
        f"          or by SMTP: swaks --server {place} {people}",
        f"  see     {command} tickets",
        f"  answer  neomutt -F {shown / 'muttrc'}",
        "",
    ]
