"""`run`: the daemon in the foreground."""

import click

from gateway import daemon
from gateway.cli.show import desk
from gateway.desk.folder import Desk


@click.command("run")
@click.option("--hints", is_flag=True, help="Say what a newcomer can try next.")
def run_command(hints: bool) -> None:
    """Run the daemon until SIGTERM or Ctrl-C; then finish what is under way and exit 0."""
    ours = desk()

    def ready(host: str, port: int) -> None:
        click.echo(f"listening on {host}:{port}")
        if hints:
            for line in next_steps(ours, host, port):
                click.echo(line)

    daemon.run(ours, ready)


def next_steps(ours: Desk, host: str, port: int) -> list[str]:
    """The three lines a newcomer needs: send, see, answer."""
    address = ours.gateway.mailbox[0].address
    domain = address.rpartition("@")[2]
    command = f".venv/bin/ticket-gateway --desk {ours.folder}"
    return [
        "",
        f"  send    swaks --server {host}:{port} --to {address} --from ann@{domain}",
        "          or with nothing installed:",
        '          printf "Subject: My laptop does not start\\n\\nIt only beeps.\\n" |',
        f"          {command} inject --to {address} --from ann@{domain}",
        f"  see     {command} tickets",
        f"  answer  neomutt -F {ours.folder / 'muttrc'}",
        "",
    ]
