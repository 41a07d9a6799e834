"""The manual's pages that are printed from the code: `python -m gateway.cli.manual config`.

A page is a function without parameters that returns Markdown. `make docs` writes each to
docs/PAGE.md (`--write DIR` writes them all), and a test compares, so that a page is never
older than what it describes.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gateway.cli import manual_commands, manual_decisions, manual_reference
from gateway.cli.config_text import as_tables, settings_of
from gateway.desk.directory_file import COLUMNS
from gateway.desk.folder import DIRECTORY_CSV, ENVIRONMENT, GATEWAY_TOML, PRIORITIES_YAML
from gateway.desk.priorities_file import TargetEntry

_CONFIG = """\
<!-- Printed by `python -m gateway.cli.manual config`; change the code, then `make docs`. -->

# A desk's files

A desk is one folder. `ticket-gateway init DIR` writes one; `ticket-gateway --desk DIR
COMMAND` works with it, and so does `TICKET_GATEWAY_DESK=DIR ticket-gateway COMMAND`.

| file | what it says |
|---|---|
| `{toml}` | settings: listener, database, way out, queues, mailboxes |
| `rules/*.yaml` | what happens to a mail: [rules](rules.md) |
| `{priorities}` | how soon each priority is answered |
| `{directory}` | who people are |
| `templates/` | your own versions of the mails we send |
| `secrets/` | passwords and the key ring; mode 0600, never in a backup that others read |
| `data/` | mail and tickets, where the database is SQLite |
| `muttrc` | to try the desk with mutt or neomutt |

`ticket-gateway check` reads all of it and says what is wrong: file, line, key, value and
what to write instead. It exits 0 when all is well and 78 otherwise.
`ticket-gateway config show` prints what is in force, defaults included, passwords masked.

## {toml}

[TOML](https://toml.io). A key that is not listed here is an error, and so is a value of
another type. Paths are relative to the desk's folder.
"""

_PASSWORDS = """\
## Passwords

A password stands in no setting. It is in a file of its own that not every user can read
(`chmod 600`), named in `password_file`, or in the environment variable; the file wins.
"""

_PRIORITIES = """\
## {priorities}

All four of `P1` to `P4`, each with:
"""

_DIRECTORY = """\
## {directory}

Comma or semicolon between the columns, UTF-8, with a header line. Blank lines and lines
that begin with `#` are skipped. Only the column `address` must be there.
"""


def config() -> str:
    """docs/config.md: every file of a desk and every setting."""
    names = {"toml": GATEWAY_TOML, "priorities": PRIORITIES_YAML, "directory": DIRECTORY_CSV}
    lines = [_CONFIG.format_map(names), *as_tables(), _PASSWORDS]
    lines += ["| password of | environment variable |", "|---|---|"]
    lines += [f"| `[{table}]` | `{variable}` |" for table, variable in ENVIRONMENT.items()]
    lines += ["", _PRIORITIES.format_map(names), *settings_of(TargetEntry)]
    lines += ["", _DIRECTORY.format_map(names), "| column | what it says |", "|---|---|"]
    lines += [f"| `{column}` | {text} |" for column, text in COLUMNS.items()]
    return "\n".join(lines) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "config": config,
    "cli": manual_reference.commands,
    "maillog": manual_reference.log,
    "commands": manual_commands.commands,
    "decisions": manual_decisions.decisions,
    "statuses": manual_decisions.statuses,
}


def main(arguments: Sequence[str]) -> None:
    """Print the page that is named; with `--write DIR`, write all of them there."""
    if len(arguments) == 2 and arguments[0] == "--write":
        for name, page in PAGES.items():
            (Path(arguments[1]) / f"{name}.md").write_text(page(), "utf-8")
        return
    if len(arguments) != 1 or arguments[0] not in PAGES:
        sys.exit(f"which page? One of: {', '.join(PAGES)}")
    sys.stdout.write(PAGES[arguments[0]]())


if __name__ == "__main__":
    main(sys.argv[1:])
