"""An account in words and as an object. What it proves stands beside each of its numbers."""

from collections.abc import Iterator
from dataclasses import asdict

from rich.text import Text

from gateway.deliveries import Outcome
from gateway.store.account import Account, Folder
from gateway.store.ledger import WAITING

_WIDTH = 24  # of the column of names
_DIGITS = 9


def as_object(told: Account) -> dict[str, object]:
    """The stable form for programs."""
    return {
        "since": told.since,
        "mails": told.mails,
        "accepted": told.accepted,
        "outcomes": dict(told.outcomes),
        "sum": sum(told.outcomes.values()),
        "causes": {outcome: dict(causes) for outcome, causes in told.causes.items()},
        "tickets_opened": told.tickets,
        "messages_joined": told.messages,
        "bytes_deleted": told.bytes_deleted,
        "imap": [asdict(folder) for folder in told.folders],
        "balances": told.balances,
        "mismatches": [asdict(each) | {"text": str(each)} for each in told.mismatches],
    }


def as_text(told: Account) -> Iterator[Text]:
    """The account as lines of a table, the sum below, and the verdict."""
    since = f"since {told.since:%Y-%m-%d %H:%M} UTC" if told.since else "since the beginning"
    yield _line("accepted", told.accepted, f"deliveries of {told.mails} mails {since}", "bold")
    yield Text()
    proof = {
        Outcome.OPENED.value: f"{told.tickets} requests in tickets",
        Outcome.JOINED.value: f"{told.messages} other messages in tickets",
        WAITING: "for their turn, or for another try",
    }
    for outcome, count in told.outcomes.items():
        yield _line(outcome, count, proof.get(outcome, ""))
        for cause, of_it in told.causes.get(outcome, {}).items():
            if of_it:
                yield Text(f"  {cause:{_WIDTH - 2}}{of_it:>{_DIGITS}}", style="dim")
    total = sum(told.outcomes.values())
    verdict = "as many as were accepted" if total == told.accepted else "NOT what was accepted"
    yield Text("-" * (_WIDTH + _DIGITS), style="dim")
    yield _line("sum", total, verdict, "bold")
    yield from _besides(told)
    yield Text()
    if told.balances:
        yield Text("All of it is accounted for.", style="green")
    for mismatch in told.mismatches:
        yield Text(f"MISMATCH: {mismatch}", style="bold red")


def _besides(told: Account) -> Iterator[Text]:
    if told.bytes_deleted:
        yield Text()
        yield _line("bytes deleted", told.bytes_deleted, "mails, after their time ([retention])")
    if told.folders:
        yield Text()
    for folder in told.folders:
        yield _line("by IMAP", folder.mails, _place(folder))


def _place(folder: Folder) -> str:
    where = f"{folder.place}, UIDVALIDITY {folder.uidvalidity}"
    if folder.cursor is None:
        return f"{where}: up to UID {folder.last_uid}; no longer read so"
    return f"{where}: up to UID {folder.last_uid}, taken up to {folder.cursor}"


def _line(name: str, count: int, what: str, style: str = "") -> Text:
    return Text.assemble((f"{name:{_WIDTH}}{count:>{_DIGITS}}", style), f"   {what}".rstrip())
