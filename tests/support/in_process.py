"""A desk worked in this process, step by step and without a daemon.

desk = InProcess(tmp_path, database_url)
desk.accept(a_mail(subject="Printer on fire"))
desk.work()
[ticket] = desk.tickets()
"""

import threading as workers
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from gateway.cli.init import write_desk
from gateway.daemon.service import move_in
from gateway.decide.mail import decide
from gateway.desk import keyring_file
from gateway.desk.folder import load_desk
from gateway.intake import Intake
from gateway.message import Envelope, Source
from gateway.settle.asking import read_delivery
from gateway.settle.batch import prepare
from gateway.settle.office import Office, open_office
from gateway.store import (
    Database,
    conversation,
    decisions,
    ledger,
    migrate,
    outbox,
    snapshot,
    spool,
    tables,
    tickets,
    transaction,
)
from gateway.store.conversation import Said
from gateway.tickets.model import Ticket
from gateway.workers.pipeline import Pipeline
from support.mail import a_mail
from support.stored import empty, make_due

SUPPORT, HR = "support@example.com", "hr@example.com"
ANN, BOB = "ann@example.com", "bob@example.com"
LEE, HANA = "lee@example.com", "hana@example.com"

HR_SETTINGS = """
[[queue]]
name = "HR"
team = "hr"

[[mailbox]]
address = "hr@example.com"
queue = "HR"
"""
HR_PEOPLE = "hana@example.com,Hana Agent,agent,hr,hr,,\n"


def anns(**fields: Any) -> bytes:
    """Ann's mail. Each subject is a mail of its own."""
    of_its_own = f"<{quote(fields.get('subject', 'Printer'))}@x.example>"
    return a_mail(**{"from_": f"Ann <{ANN}>", "message_id": of_its_own, **fields})


class InProcess:
    """The sample desk with a second mailbox, hr@, on a database that is emptied first."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder / "desk"
        write_desk(self.folder, database=database_url)
        for name, more in (("gateway.toml", HR_SETTINGS), ("directory.csv", HR_PEOPLE)):
            path = self.folder / name
            path.write_text(path.read_text() + more)
        desk = load_desk(self.folder, {})
        keyring_file.make(desk.key_file)
        migrate.upgrade(desk.database_url, None, datetime.now(UTC))
        self.office = self._open(empty)

    def _open(self, prepare: Callable[[Database], None] = lambda _: None) -> Office:
        office = open_office(load_desk(self.folder, {}))
        prepare(office.database)
        move_in(office, datetime.now(UTC))
        return office

    def change(self, name: str, old: str, new: str) -> None:
        """The admin edits a file and starts the daemon again."""
        path = self.folder / name
        assert old in path.read_text(), path.read_text()
        path.write_text(path.read_text().replace(old, new))
        self.start_anew()

    def start_anew(self) -> None:
        """As the daemon is. Raises ConfigError, and goes on with what it had, where a file is not
        as it should be."""
        before, self.office = self.office, self._open()
        before.database.dispose()

    def close(self) -> None:
        self.office.database.dispose()

    def accept(self, raw: bytes, *rcpt_to: str, mail_from: str = ANN, peer: str = "") -> int:
        """A mail comes in by SMTP; its spool id."""
        envelope = Envelope(
            mail_from=mail_from,
            rcpt_to=rcpt_to or (SUPPORT,),
            received_at=datetime.now(UTC),
            source=Source.SMTP,
            peer=peer,
        )
        return Intake(self.office.database, self.office.desk.gateway).accept(envelope, raw)

    def work(self, pipeline: Pipeline | None = None) -> None:
        """Until nothing is due."""
        pipeline = pipeline or Pipeline(self.office)
        while pipeline.step():
            pass

    def work_in_parallel(self, count: int) -> None:
        """As many pipelines at once, each a worker of its own; raises what any of them raised."""
        together = workers.Barrier(count)

        def works(number: int) -> None:
            together.wait()
            self.work(Pipeline(replace(self.office, worker=f"worker {number}")))

        with ThreadPoolExecutor(count) as pool:
            list(pool.map(works, range(count)))

    def reply(self, who: str, text: str, to: str, **fields: str) -> None:
        """What somebody answers to the last mail of the notice `to` that they got; handled."""
        got = self.mail(who, to)
        reply_to = str(got["Reply-To"])
        answered = {
            "from_": who,
            "to": reply_to,
            "subject": f"Re: {got['Subject']}",
            "message_id": f"<{len(self.deliveries())}@client.example>",
            "in_reply_to": str(got["Message-ID"]),
        }
        raw = a_mail(**{**answered, **fields}, text=text)  # type: ignore[arg-type]
        self.accept(raw, reply_to, mail_from=who)

    def let_time_pass(self) -> None:
        """As if everything that waits for another try had waited long enough."""
        with transaction(self.office.database) as tx:
            make_due(tx, tables.delivery, datetime.now(UTC))

    def tickets(self) -> list[Ticket]:
        """All tickets, oldest first."""
        with snapshot(self.office.database) as tx:
            found = tickets.by_number(tx, conversation.numbers(tx))
        return [found[number] for number in sorted(found)]

    def said(self, number: int) -> list[Said]:
        with snapshot(self.office.database) as tx:
            return conversation.messages(tx, number)

    def history(self, number: int) -> list[str]:
        with snapshot(self.office.database) as tx:
            return [event.name for event in conversation.events(tx, number)]

    def deliveries(self) -> list[ledger.Entry]:
        """Oldest first."""
        with snapshot(self.office.database) as tx:
            return ledger.entries(tx)[::-1]

    def account(self, delivery_id: int) -> Mapping[str, Any]:
        """Why the delivery ended as it did."""
        with snapshot(self.office.database) as tx:
            kept = decisions.load(tx, delivery_id)
        assert kept is not None
        return kept.account

    def foreseen(self) -> dict[str, Any]:
        """What `explain` says of the mail that waits, which is the first of them."""
        office, now = self.office, datetime.now(UTC)
        with transaction(office.database) as tx:
            [found] = spool.claim(tx, "explain", now, 1)
            spool.defer(tx, found.claimed, "explain", now, "", forgive=True)
        case = prepare(office, found, read_delivery(office, found), now, 0, 0)
        return decide(case).as_json()

    def states(self) -> list[str]:
        return [entry.state for entry in self.deliveries()]

    def mails(self, to: str | None = None, notices: Sequence[str] = ()) -> list[outbox.Row]:
        """What waits to be sent, oldest first; with its bytes."""
        with snapshot(self.office.database) as tx:
            ids = [row.id for row in outbox.rows(tx)][::-1]
            rows = [outbox.rows(tx, outbox_id=each)[0] for each in ids]
        return [
            row
            for row in rows
            if (to is None or row.rcpt_to == to) and (not notices or row.notice in notices)
        ]

    def mail(self, to: str, notice: str, nth: int = -1) -> EmailMessage:
        """The last mail of this notice to this person, or the nth from 0."""
        content = self.mails(to, [notice])[nth].content
        return cast(EmailMessage, message_from_bytes(content, policy=default))

    def text(self, to: str, notice: str, nth: int = -1) -> str:
        """What that mail says in plain text."""
        body = self.mail(to, notice, nth).get_body(("plain",))
        assert body is not None
        return str(body.get_content())
