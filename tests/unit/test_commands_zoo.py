"""Commands as mail programs deliver them: what a person meant is read, and no more.

The whole way from the mail as received: HTML to text, quotes and signatures off, then parsed.
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.desk.directory_file import parse_directory
from gateway.message import Address
from gateway.rules.commands import Command, Names, parse
from gateway.rules.commands_arguments import Listing
from gateway.threading.internal import own_words
from gateway.tickets import actions
from support.hostile import reading_of

ZOO = Path(__file__).parent.parent / "golden" / "commands.toml"
CASES: dict[str, dict[str, Any]] = tomllib.loads(ZOO.read_text(encoding="utf-8"))

DIRECTORY = """\
address,name,role,teams,leads,vip,aliases
bob@desk.example,Bob Agent,agent,it,,,
kim@desk.example,Kim Lee,agent,it,,,
kyoung@desk.example,Kim Young,agent,billing,,,
jose@desk.example,José Álvarez,agent,it,,,
ben@desk.example,Ben Weber,agent,it,,,
ann@customer.example,Ann Meyer,employee,,,,ann.private@home.example
"""
NAMES = Names(
    me=Address("bob@desk.example", "Bob Agent"),
    queues=("IT", "Billing", "Human Resources"),
    categories=("network", "printing"),
    directory=parse_directory(DIRECTORY, Path("directory.csv")),
    own=frozenset({"support@desk.example"}),
)


def shown(command: Command) -> str:
    """The command in a line: its word, what is done, and what it says."""
    parts = [str(command.verb)]
    for action in command.actions:
        parts += _values(action)
    detail = command.argument.detail
    if isinstance(detail, Listing):
        parts += [str(detail.scope), detail.queue]
    elif isinstance(detail, date):
        parts.append(str(detail))
    return " ".join(part for part in (*parts, command.argument.text) if part)


def _values(action: actions.Action) -> list[str]:
    words = {
        actions.Unassign: "nobody",
        actions.WaitForRequester: "requester",
        actions.WaitForVendor: "vendor",
        actions.WaitForApproval: "approval",
    }
    if type(action) in words:
        return [words[type(action)]]
    if isinstance(action, actions.Take | actions.SetPriority):
        return []  # told by the word, and by the text
    values = (getattr(action, name) for name in action.__dataclass_fields__)
    return [value.key if isinstance(value, Address) else str(value) for value in values]


@pytest.mark.parametrize("name", CASES)
def test_a_mail_of_this_program_is_read_as_it_was_meant(name: str) -> None:
    case = CASES[name]
    kind, body = ("html", case["html"]) if "html" in case else ("plain", case["text"])
    header = (
        f"From: bob@desk.example\nSubject: Re: [#1042-k3v9xw] Printer\n"
        f"Message-ID: <{name}@desk.example>\nIn-Reply-To: <t@desk.example>\n"
        f"Content-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    )
    parsed = parse(own_words(reading_of(f"{header}{body}".encode()).new_text), NAMES)
    if "problem" in case:
        assert case["problem"] in "; ".join(parsed.problems)
        return
    assert parsed.problems == ()
    assert [shown(command) for command in parsed.commands] == case["commands"]
    assert parsed.rest == case.get("rest", "")


def test_the_zoo_is_not_too_small() -> None:
    assert len(CASES) >= 60
