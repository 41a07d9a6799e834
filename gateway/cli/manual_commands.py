"""The manual's page of an agent's commands, printed from their table."""

from gateway.cli.manual_reference import PRINTED
from gateway.rules.commands import Effect, parse
from gateway.rules.commands_table import TABLE, Company, Needs, Row

_COMMANDS = """\
# An agent's commands

What an agent can do by mail: lines that begin with `#`, on the first lines of a reply, each on a
line of its own. [Working by mail](agents.md) says what proves that it is you, and what becomes of
a command that is wrong.

| write | does | the mail's text |
|---|---|---|
"""

_TOGETHER = """\
The text of a command is what its line says and what stands below all commands. *As a plain
reply's* means that it goes where it would without the command; with no text below, the mail is
kept as a command that only moved the ticket. Text below what hands a ticket on or says who it is
about is a note even in a reply to a mail that a plain reply answers.

## What goes together

"""

_SURE = """\
## What needs a yes

{sure}: they can hardly be taken back.
They are done at once where a mail server that the desk trusts vouches for your address. Else you
get a mail that asks whether it was you, and a yes does it.
"""


def commands() -> str:
    """docs/commands.md: every command, what it does, and with what it does not go."""
    lines = [PRINTED.format(page="commands"), _COMMANDS.rstrip()]
    lines += [f"| {_forms(row)} | {row.does} | {_text(row)} |" for row in TABLE.values()]
    lines += ["", _TOGETHER.rstrip(), ""]
    things = dict.fromkeys(row.sets for row in TABLE.values() if row.sets)
    for thing in things:
        lines.append(f"- One command for the {thing}: {_verbs(sets=thing)}.")
    lines.append(f"- Alone in a mail: {_verbs(company=Company.NONE)}.")
    lines.append(
        "- Nothing that changes the ticket beside what asks something: "
        f"{_verbs(company=Company.QUESTIONS)}."
    )
    lines.append(
        "- Nothing whose text is a note for colleagues beside what writes to the requester; "
        f"and no text below these beside it: {_verbs(effect=Effect.ASIDE)}."
    )
    lines += ["", _SURE.format(sure=_verbs(needs=Needs.SURE)).rstrip()]
    anywhere = _verbs(anywhere=True)
    lines += ["", "## Without a ticket", "", f"In a mail that belongs to no ticket: {anywhere}."]
    return "\n".join(lines) + "\n"


def _forms(row: Row) -> str:
    return ", ".join(f"`{form}`" for form in row.forms)


def _text(row: Row) -> str:
    """What becomes of the mail's text, by each of the forms."""
    return "; ".join(dict.fromkeys(parse(form).effect for form in row.forms))


def _verbs(**wanted: object) -> str:
    rows = TABLE.items()
    found = [verb for verb, row in rows if all(getattr(row, k) == v for k, v in wanted.items())]
    return ", ".join(f"`#{verb}`" for verb in found)
