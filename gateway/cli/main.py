"""`ticket-gateway`: one command with a noun or verb below it, each in a module of its own.

A module is imported when its command is called, so that `inject`, started for every mail
of an MTA's pipe, does not pay for the rest.
"""

import importlib
import logging
import sys
from pathlib import Path
from typing import NoReturn

import click

from gateway.errors import ConfigError, GatewayError, TemporaryError

EX_USAGE, EX_UNAVAILABLE = 64, 69  # sysexits.h
EX_TEMPFAIL, EX_CONFIG = 75, 78

#   command:  (module, attribute, short help)
COMMANDS = {
    "init":    ("init", "init_command", "Write a new desk into a folder."),
    "check":   ("check", "check_command", "Check every file of the desk."),
    "config":  ("check", "config_group", "Show the settings in force."),
    "keys":    ("keys", "keys_group", "The keys that sign addresses."),
    "smtp":    ("smtp", "smtp_group", "Who may log in to hand in mail."),
    "db":      ("db", "db_group", "Bring the database to this release's shape."),
    "run":     ("run", "run_command", "Run the daemon in the foreground."),
    "import":  ("import_mail", "import_command", "Make tickets of old mail, without answering."),
    "inject":  ("inject", "inject_command", "Take one mail from standard input or a file."),
    "tickets": ("tickets", "tickets_command", "List tickets."),
    "ticket":  ("tickets", "ticket_group", "Look at one ticket."),
    "spool":   ("spool.command", "spool_group", "Look at incoming mail and how it ended."),
    "held":    ("held", "held_group", "Let in or drop mail that waits for a yes."),
    "outbox":  ("outbox", "outbox_group", "Look at outgoing mail and how it ended."),
    "suppressed": ("suppressed", "suppressed_group", "Addresses whose mail came back."),
    "parse":   ("parse.command", "parse_command", "Show what is read in mails."),
    "explain": ("explain", "explain_command", "Say what a mail causes, and why."),
    "demo":    ("demo.command", "demo_command", "Play a small office day."),
}  # fmt: skip


class _Commands(click.Group):
    """Imports a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(f"gateway.cli.{module}"), attribute)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, _, what) in COMMANDS.items()])


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--desk",
    envvar="TICKET_GATEWAY_DESK",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The desk's folder; TICKET_GATEWAY_DESK says the same.",
)
@click.version_option(package_name="ticket-gateway", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context, desk: Path | None) -> None:
    """The daemon behind support@: mail becomes tickets, replies join them."""
    context.obj = desk.absolute() if desk else None
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    for noisy in ("alembic", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def main() -> NoReturn:
    """Run the command; what went wrong is one clear message and a code of sysexits.h."""
    try:
        status = cli.main(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(EX_USAGE if isinstance(error, click.UsageError) else error.exit_code)
    except ConfigError as error:
        for fault in error.faults:
            click.echo(str(fault), err=True)
        sys.exit(EX_CONFIG)
    except TemporaryError as error:
        click.echo(f"ticket-gateway: {error}", err=True)
        sys.exit(EX_TEMPFAIL)
    except GatewayError as error:
        click.echo(f"ticket-gateway: {error}", err=True)
        sys.exit(EX_UNAVAILABLE)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has seen enough
        sys.exit(0)
