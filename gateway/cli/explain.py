"""`explain`: what a mail causes and why, by the very functions that handle mail. Writes nothing."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from gateway.cli.context import desk
from gateway.cli.show import console, json_option, lines
from gateway.cli.spool.choose import required, without_bytes
from gateway.decide import mail
from gateway.desk.folder import Desk
from gateway.errors import GatewayError
from gateway.message import Envelope, Source
from gateway.reading import as_json as reading_as_json
from gateway.settle.asking import read_delivery
from gateway.settle.batch import prepare
from gateway.settle.office import Office, open_office
from gateway.store import decisions, snapshot, spool

NEW_TICKET = 0  # number of the ticket that would be opened: none is reserved for a try
NEW_PERSON = 0


@click.command("explain")
@click.argument("what", metavar="FILE|DELIVERY-ID")
@click.option("--to", "recipient", metavar="ADDR", help="Envelope recipient of a FILE.")
@click.option("--from", "sender", metavar="ADDR", help="Envelope sender of a FILE.")
@json_option
def explain_command(what: str, recipient: str | None, sender: str | None, as_json: bool) -> None:
    """Say what a mail in FILE would cause, or why a delivery ended as it did."""
    office = open_office(desk())
    try:
        if what.isdecimal() and not Path(what).exists():
            told = _delivery(office, int(what))
        else:
            told = _file(office, Path(what), recipient, sender)
    finally:
        office.database.dispose()
    if as_json:
        lines([told])
    else:
        _print(console(), told)


def _delivery(office: Office, delivery_id: int) -> dict[str, Any]:
    """As it was decided, where it was; else as it would be now."""
    with snapshot(office.database) as tx:
        entry, kept = required(tx, delivery_id), decisions.load(tx, delivery_id)
        delivery = spool.load(tx, delivery_id)
    if delivery is None:
        raise GatewayError(f"delivery {delivery_id}: {without_bytes(entry, office.desk.gateway)}")
    gone = without_bytes(entry, office.desk.gateway)
    if kept is None and gone:
        raise GatewayError(f"delivery {delivery_id} cannot be explained: {gone}")
    if kept is None:
        return _tried(office, delivery)
    head = {"decided_at": kept.decided_at, "rules_version": kept.ruleset, "bytes": gone or None}
    about = {"kind": kept.reading["kind"], "evidence": kept.reading["evidence"]}
    return {**head, **about, **kept.account, "facts": kept.facts}


def _file(office: Office, path: Path, recipient: str | None, sender: str | None) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise GatewayError(f"{path}: {error.strerror}") from error
    rcpt_to: tuple[str, ...] = (recipient,) if recipient else ()
    delivery = _as_delivery(raw, rcpt_to, sender, office.desk.gateway.mailbox[0].address)
    reading = read_delivery(office, delivery)
    message = reading.message
    if not recipient:
        shown = (address.address for address in (*message.to, *message.cc))
        ours = tuple(each for each in shown if office.desk.gateway.mailbox_of(each))
        rcpt_to = ours or rcpt_to
    mailbox = next(filter(None, map(office.desk.gateway.mailbox_of, rcpt_to)), None)
    address = mailbox.address if mailbox else _only_mailbox(office.desk, recipient)
    author = sender if sender is not None else message.author.address
    return _tried(office, _as_delivery(raw, rcpt_to or (address,), author, address))


def _only_mailbox(ours: Desk, recipient: str | None) -> str:
    if recipient:
        raise GatewayError(f"{recipient} is no mailbox of this desk")
    return ours.gateway.mailbox[0].address


def _as_delivery(
    raw: bytes, rcpt_to: Sequence[str], sender: str | None, mailbox: str
) -> spool.Delivery:
    envelope = Envelope(
        mail_from="" if sender in (None, "<>") else str(sender),
        rcpt_to=tuple(rcpt_to),
        received_at=datetime.now(UTC),
        source=Source.PIPE,
    )
    return spool.Delivery(
        id=0,
        spool_id=0,
        mailbox=mailbox,
        rcpt_to=tuple(rcpt_to),
        attempt=0,
        envelope=envelope,
        content=raw,
    )


def _tried(office: Office, delivery: spool.Delivery) -> dict[str, Any]:
    now = datetime.now(UTC)
    reading = read_delivery(office, delivery)
    case = prepare(office, delivery, reading, now, NEW_TICKET, NEW_PERSON)
    decision = mail.decide(case)
    head = {"decided_at": None, "rules_version": office.desk.rules.version}
    about = {"kind": reading.kind.value, "evidence": list(reading.evidence)}
    said = {key: reading_as_json(reading)[key] for key in ("subject", "reply_text")}
    account = decision.as_json()
    if decision.before is None and decision.after is not None:
        account["ticket"] = "new"
    return {**head, **about, **account, **said, "facts": case.facts.as_json()}


def _print(out: Console, told: Mapping[str, Any]) -> None:
    match = told["match"]
    for name, value in (
        ("kind", f"{told['kind']}  {'; '.join(told['evidence'])}"),
        ("proof", told["proof"]),
        ("because", "; ".join(told.get("trust", ()))),
        ("ticket", f"#{match['ticket']} by {match['evidence']}" if match else "none found"),
        ("but", "; ".join(match["disagrees"]) if match else ""),
        ("so", f"{told['outcome']}: {told['reason']}"),
        ("but", told.get("bytes")),
    ):
        if value:
            out.print(Text.assemble((f"{name:8}", "bold"), str(value)))
    _section(out, "rules", (_rule(rule) for rule in told["rules"]))
    _section(out, "events", (f"{e['name']} by {e['by']} ({e['why']})" for e in told["events"]))
    _section(out, "mails", (f"{m['notice']} to {m['to']}" for m in told["mails"]))
    _section(out, "withheld", (f"{w['to']}: {w['cause']}" for w in told["withheld"]))
    _section(out, "problems", told["problems"])


def _section(out: Console, name: str, told: Any) -> None:
    told = list(told)
    if told:
        out.print(Text(f"\n{name}", style="bold"))
    for line in told:
        out.print("  ", line if isinstance(line, Text) else Text(line), sep="")


def _rule(rule: Mapping[str, Any]) -> Text:
    style = "green" if rule["matched"] else "dim"
    unused = "".join(f"; not used: {each}" for each in rule["unused"])
    mark = "matched" if rule["matched"] else "no"
    told = f"{mark:8}{rule['rule']} ({rule['file']}:{rule['line']})  {'; '.join(rule['because'])}"
    return Text(told + unused, style=style)
