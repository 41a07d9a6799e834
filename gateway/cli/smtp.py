"""`smtp user`: the line of somebody who may log in to hand in mail."""

import sys

import click

from gateway.desk import smtp_users_file


@click.group("smtp")
def smtp_group() -> None:
    """Who may log in to hand in mail."""


@smtp_group.command("user")
@click.argument("name")
def smtp_user(name: str) -> None:
    """Ask for a password and print the line of a user for the file that smtp.users_file names.

    The line holds a salted hash, not the password. When standard input is no terminal, the
    password is its first line.
    """
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise click.UsageError("the password is empty")
    try:
        click.echo(smtp_users_file.line_for(name, password))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
