"""`inject`: one mail from an MTA's pipe, with an answer the MTA understands (sysexits.h)."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.cli import context
from gateway.config.settings import Gateway
from gateway.errors import PermanentError
from gateway.ingest import pipe
from gateway.ingest.recipients import recipients as addresses_for
from gateway.intake import Intake

EX_DATAERR, EX_NOUSER, EX_TEMPFAIL = 65, 67, 75


@click.command("inject")
@click.option("--to", "recipients", multiple=True, metavar="ADDR",
              help="Envelope recipient; can be said several times. Left out, the mail's own "
              "header says whose it is.")  # fmt: skip
@click.option("--from", "sender", metavar="ADDR",
              help="Envelope sender; that of the mail itself when left out.")  # fmt: skip
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True),
                required=False)  # fmt: skip
def inject_command(recipients: tuple[str, ...], sender: str | None, file: Path | None) -> None:
    """Take one mail from FILE or standard input. Exit 0 once it is safe, 75 to try again."""
    try:
        with context.intake() as (gateway, opened):
            intake = Intake(opened, gateway)
            for recipient in recipients:
                if not intake.is_ours(recipient):
                    click.echo(f"{recipient} is no mailbox of this desk", err=True)
                    raise click.exceptions.Exit(EX_NOUSER)
            with file.open("rb") if file else sys.stdin.buffer as stream:
                content = pipe.read_mail(stream, gateway.smtp.max_message_bytes)
            if not recipients:
                recipients = named_in(content, gateway)
                if not recipients:
                    click.echo("the mail names no mailbox of this desk: say --to", err=True)
                    raise click.exceptions.Exit(EX_NOUSER)
            envelope, content = pipe.envelope(
                content, sender=sender, recipients=recipients, now=datetime.now(UTC)
            )
            spool_id = intake.accept(envelope, content)
    except PermanentError as error:
        click.echo(f"refused: {error.reply}", err=True)
        raise click.exceptions.Exit(EX_DATAERR) from error
    except click.exceptions.Exit:
        raise
    except Exception as error:
        # Whatever it is, a broken desk or a bug: an MTA keeps the mail for 75 and for nothing
        # else; Postfix bounces it for any other code.
        click.echo(f"not taken, try again: {error}", err=True)
        raise click.exceptions.Exit(EX_TEMPFAIL) from error
    click.echo(f"accepted as {spool_id}")


def named_in(content: bytes, gateway: Gateway) -> tuple[str, ...]:
    """Our addresses that the header names, as it does for mail without an envelope."""

    def mailbox_of(address: str) -> str | None:
        mailbox = gateway.mailbox_of(address)
        return mailbox.address if mailbox else None

    _, mail = pipe.split_from_line(content)
    return addresses_for(mail, mailbox_of, ())
