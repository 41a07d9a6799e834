"""Pages of the manual for looking things up: the commands, the log's words, SMTP replies.

Nothing here is written by hand twice: options come from click, log lines are what the
functions of `maillog` log when they are called with the sample values below.
"""

import inspect
import logging
from collections.abc import Callable, Iterator

import click

from gateway import errors, maillog
from gateway.cli.main import cli
from gateway.errors import Reply
from gateway.ingest import path, smtp_login

PRINTED = (
    "<!-- Printed by `python -m gateway.cli.manual {page}`: change the code, `make docs`. -->\n"
)

_CLI = """\
# Commands

`ticket-gateway [--desk DIR] COMMAND`. The desk is named by `--desk` or by the environment
variable `TICKET_GATEWAY_DESK`; `init`, `parse` and `demo` need none. With `--json` a command
prints one JSON object a line, whose field names do not change.

The log goes to standard error, what was asked for to standard output.
"""

_CODES = """\
## Exit codes

Those of `sysexits.h`, so that an MTA's pipe and a script can tell whose turn it is.

| code | meaning |
|---|---|
| 0 | done |
| 64 | the command was said wrongly |
| 65 | `inject`: the mail or its envelope is refused for good |
| 66 | `parse`: a file could not be read; it is named on standard error, the others are done |
| 67 | `inject`: the recipient is no mailbox of this desk |
| 1 | `spool account`: it does not add up; `spool export`: a mail could not be written |
| 69 | it cannot be done; the message says what to do first |
| 73 | `init`: something is in the new desk's place |
| 75 | try again: the database is locked; from `inject`, whatever is wrong on our side |
| 78 | a file of the desk is wrong; each fault is named with its line |
| 130 | interrupted |
"""

_LOG = """\
# The log

One line an event, to standard error: time, level, event, and `name=value` pairs. INFO tells
a mail's story, WARNING means that somebody may have to act, ERROR is a bug or a lost
dependency. A value that a sender could use to forge a line is quoted as JSON.

`spool`, `delivery`, `ticket` and `outbox` are the ids that `ticket-gateway spool`, `ticket`
and `outbox` take, so `grep ' ticket=1042 '` is the story of a ticket.

| event | level | when |
|---|---|---|
"""

_REPLIES = """\
## What a mail server is told

Every SMTP reply of ours that is not plain success. The text says nothing about our insides;
the cause is in the log, under `refused`.

| reply | when |
|---|---|
"""

_WHEN = {
    "TRY_LATER": "The database is locked, absent or full, or we have a bug. The mail stays with "
    "whoever sends it.",
    "BUSY": "The database takes too long for a commit, or `smtp.max_waiting` deliveries wait.",
    "NO_ROOM_NOW": "Mails that are being received fill `smtp.max_memory_bytes`.",
    "SHUTTING_DOWN": "The daemon is being stopped.",
    "TOO_MANY_CONNECTIONS": "`smtp.max_connections` are open, or `smtp.max_connections_per_peer` "
    "of one peer.",
    "TOO_MANY_ERRORS": "The client was told 5yz `smtp.max_errors` times, or has tried three wrong "
    "passwords.",
    "TOO_LONG_A_SESSION": "The session goes on for `smtp.max_session_seconds`.",
    "NO_SUCH_ADDRESS": "RCPT to an address that is no mailbox of this desk.",
    "TOO_MANY_RECIPIENTS": "The mail has more than `smtp.max_recipients`.",
    "TOO_LARGE": "The mail is larger than `smtp.max_message_bytes`.",
    "LINE_TOO_LONG": "The mail has a line of more than 65,536 octets.",
    "IDLE_TOO_LONG": "The client said nothing for `smtp.timeout_seconds`.",
    "BAD_SENDER": "MAIL FROM something that is no address.",
    "NO_LOGIN": "AUTH where `login` is `never`.",
    "NO_TLS_NO_LOGIN": "AUTH outside of TLS.",
    "NOT_NOW": "AUTH for the second time, or after MAIL.",
    "UNKNOWN_MECHANISM": "AUTH by another mechanism than PLAIN or LOGIN.",
    "WRONG_LOGIN": "AUTH with a name or a password that is not in `smtp.users_file`.",
    "NO_BASE64": "AUTH with something that cannot be read.",
    "LOGIN_CANCELLED": "The client has cancelled AUTH with `*`.",
    "TOO_MANY_LOGINS": "Twenty wrong passwords from one address or IPv6 network within ten "
    "minutes.",
}

_OF: dict[str, dict[str, object]] = {
    "login_refused": {
        "reply": str(smtp_login.WRONG_LOGIN),
        "cause": "wrong user name or password",
    },
    "file_not_used": {"cause": "secrets/key.pem: is not the key of cert.pem"},
    "imap_lost": {"cause": "FETCH: socket error: EOF", "retry_in_seconds": 2.4},
    "imap_refused": {
        "cause": "imap.example.com does not let support@example.com in: AUTHENTICATE failed",
        "retry_in_seconds": 900,
    },
    "imap_left_behind": {"cause": "too-large", "size_bytes": 41943040},
    "imap_not_filed": {"cause": "MOVE: [OVERQUOTA] Quota exceeded"},
    "refused": {"reply": str(errors.NO_SUCH_ADDRESS)},
    "postponed": {"cause": "TemporaryError: database: database is locked"},
    "quarantined": {"cause": "after 5 attempts: ValueError: no such part"},
    "expired": {"what": "mail", "count": 17},
    "unbalanced": {"mismatch": "1 mails without any delivery: 8412"},
    "sent": {"reply": "250 2.0.0 Ok: queued as 4Xyz"},
    "failed": {"reply": "550 5.1.1 User unknown"},
    "worker_failed": {"cause": "database: database is locked", "retry_in_seconds": 1.0},
}
"""Sample values of one event, where the common ones would mislead."""

_SAMPLES: dict[str, object] = {
    "user": "printer", "file": "cert.pem, key.pem",
    "place": "support@example.com@imap.example.com/INBOX", "idle": "yes", "move": "yes",
    "uid": 4711, "taken": 6400, "left": 93600,
    "mailbox": "support@example.com", "held": 2,
    "spool": 8412, "delivery": 8412, "ticket": 1042, "outbox": 5531, "mails": 3,
    "source": "smtp", "mail_from": "ann@example.org", "rcpt": "support@example.com",
    "size_bytes": 18233, "peer": "192.0.2.7", "outcome": "opened", "attempt": 2, "attempts": 5,
    "reason": "ordinary mail that belongs to no ticket", "retry_in_seconds": 240,
    "reply": "450 4.2.0 Greylisted, please try again", "notice": "confirmation",
    "cause": "no mailbox of ours", "target": "response", "unfinished": 0, "worker": "pipeline",
    "listening": "127.0.0.1:8025", "database": "data/desk.db", "outgoing": "maildir:outgoing",
    "fault": 'templates/answer.txt.j2:3: ticket has no "nummer"',
}  # fmt: skip


def commands() -> str:
    """docs/cli.md: every command with its arguments and options."""
    context = click.Context(cli, info_name="ticket-gateway")
    lines = [PRINTED.format(page="cli"), _CLI, *_options(cli, context), _CODES]
    for usage, command, inner in walk(cli, context):
        lines += [
            f"## {usage}",
            "",
            inspect.cleandoc(command.help or ""),
            "",
            f"    {_usage(usage, command, inner)}",
        ]
        lines += ["", *_options(command, inner)]
    return "\n".join(lines).rstrip() + "\n"


def walk(
    group: click.Group, context: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    """Every command that does something, with its full name."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from walk(command, inner)
        else:
            yield inner.command_path.removeprefix("ticket-gateway "), command, inner


def _usage(name: str, command: click.Command, context: click.Context) -> str:
    return " ".join(["ticket-gateway", name, *command.collect_usage_pieces(context)])


def _options(command: click.Command, context: click.Context) -> list[str]:
    """The table of options; none for a command that has only --help."""
    rows = [
        f"| `{form}` | {what} |"
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option) and "--help" not in parameter.opts
        for form, what in [_cells(parameter, context)]
    ]
    return ["| option | what it says |", "|---|---|", *rows, ""] if rows else []


def _cells(option: click.Option, context: click.Context) -> tuple[str, str]:
    form, what = option.get_help_record(context) or ("", "")
    return form.replace("|", "\\|"), what.replace("|", "\\|")


def log() -> str:
    """docs/maillog.md: every event of the log with its line, and every SMTP reply."""
    lines = [PRINTED.format(page="maillog"), _LOG.rstrip()]
    examples = []
    for function in log_functions():
        record = _logged(function)
        event = record.getMessage().partition(" ")[0]
        what = " ".join((function.__doc__ or "").split())
        lines.append(f"| `{event}` | {record.levelname} | {what} |")
        examples.append(record.getMessage())
    lines += ["", "An example of each:", "", "```", *examples, "```", "", _REPLIES.rstrip()]
    lines += [f"| `{reply}` | {_WHEN[name]} |" for name, reply in replies().items()]
    return "\n".join(lines) + "\n"


def log_functions() -> list[Callable[..., None]]:
    """The functions of `maillog`, in the order of the file."""
    found = inspect.getmembers(maillog, inspect.isfunction)
    named = [function for name, function in found if not name.startswith("_")]
    return sorted(named, key=lambda function: function.__code__.co_firstlineno)


def replies() -> dict[str, Reply]:
    """Every SMTP reply that is a constant of ours, by its name."""
    found = {
        name: value
        for module in (errors, path, smtp_login)
        for name, value in vars(module).items()
        if isinstance(value, Reply)
    }
    return dict(sorted(found.items(), key=lambda item: (item[1].code, item[0])))


class _Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def _logged(function: Callable[..., None]) -> logging.LogRecord:
    """What the function logs; nobody else sees it."""
    logger, kept = logging.getLogger("gateway"), _Kept()
    before = logger.level, logger.propagate, logger.disabled
    logger.addHandler(kept)
    logger.propagate, logger.disabled = False, False
    logger.setLevel(logging.DEBUG)
    try:
        values = {**_SAMPLES, **_OF.get(function.__name__, {})}
        function(**{name: values[name] for name in inspect.signature(function).parameters})
    finally:
        logger.removeHandler(kept)
        logger.level, logger.propagate, logger.disabled = before
    return kept.records[0]
