"""A desk's database, migrated, and rows in it that show only what matters."""

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from gateway.message import Envelope, Mail, Source
from gateway.store import (
    Database,
    Tx,
    connect,
    migrate,
    people,
    spool,
    tables,
    tickets,
    transaction,
)
from gateway.store.claims import LEASE
from gateway.tickets.model import Ticket
from support.cases import ANN, BOB, HANA, IDS, LEE, NOW, SUPPORT, a_ticket

LATER = NOW + timedelta(minutes=1)
AFTER_LEASE = NOW + LEASE + timedelta(seconds=1)


@contextlib.contextmanager
def migrated(url: str) -> Iterator[Database]:
    """The database at `url` with today's tables; Bob, Lee, Hana and Ann are in it."""
    migrate.upgrade(url, None, NOW)
    database = connect(url)
    _enroll(database)
    yield database
    database.dispose()


def empty(database: Database) -> None:
    """All rows are gone, and numbers begin again."""
    with transaction(database) as tx:
        for table in reversed(tables.metadata.sorted_tables):
            if table is not tables.counter:
                tx.execute(sa.delete(table))
        for name, value in (("ticket", 1000), ("person", 0)):
            named = tables.counter.c.name == name
            tx.execute(sa.update(tables.counter).where(named).values(value=value))


def start_anew(database: Database) -> Database:
    """The database as `migrated` gives it, whatever the test before has left in it."""
    empty(database)
    _enroll(database)
    return database


def _enroll(database: Database) -> None:
    with transaction(database) as tx:
        people.enroll(tx, [BOB, LEE, HANA, ANN])
        assert people.ids_of(tx, [ANN]) == {ANN.key: IDS[ANN.key]}


def an_envelope(**changes: Any) -> Envelope:
    """Ann's mail to support@, as SMTP gave it."""
    plain = {
        "mail_from": ANN.address,
        "rcpt_to": (SUPPORT,),
        "received_at": NOW,
        "source": Source.SMTP,
    }
    return Envelope(**{**plain, **changes})


def accepted(
    tx: Tx,
    content: bytes = b"Subject: x\r\n\r\nx",
    *,
    mailboxes: tuple[str, ...] = (SUPPORT,),
    message_id: str = "",
    **envelope: Any,
) -> int:
    """A mail in the spool; its id."""
    each = {mailbox: [mailbox] for mailbox in mailboxes}
    mail = spool.Accepted(
        envelope=an_envelope(**envelope), content=content, mailboxes=each, message_id=message_id
    )
    return spool.accept(tx, [mail])[0]


def spooled(database: Database, count: int = 1) -> None:
    """So many deliveries wait."""
    with transaction(database) as tx:
        for _ in range(count):
            accepted(tx)


def claimed(database: Database, limit: int = 1, worker: str = "a") -> list[spool.Delivery]:
    """What the worker gets when it asks for so many."""
    with transaction(database) as tx:
        return spool.claim(tx, worker, NOW, limit)


def an_outgoing(message_id: str = "one@example.com", body: bytes = b"body", **changes: Any) -> Mail:
    """A finished mail to Ann."""
    plain = {
        "headers": b"Subject: x\r\n\r\n",
        "body": body,
        "mail_from": SUPPORT,
        "rcpt_to": ANN.address,
        "message_id": message_id,
        "notice": "confirmation",
        "person_id": IDS[ANN.key],
    }
    return Mail(**{**plain, **changes})


def a_stored_ticket(tx: Tx, **changes: Any) -> tuple[int, Ticket]:
    """A ticket of Ann's, with its row id, as the store has it."""
    ticket = a_ticket(**changes)
    ticket_id = tickets.insert(tx, ticket, IDS)
    return ticket_id, tickets.by_number(tx, [ticket.number])[ticket.number]


def count(tx: Tx, table: sa.Table) -> int:
    return int(tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def column(tx: Tx, wanted: sa.Column[Any]) -> list[Any]:
    """All its values, in the order of the table's key."""
    return list(tx.execute(sa.select(wanted).order_by(*wanted.table.primary_key)).scalars())


def in_state(tx: Tx, table: sa.Table, state: str) -> int:
    query = sa.select(sa.func.count()).where(table.c.state == state)
    return int(tx.execute(query).scalar_one())


def make_due(tx: Tx, table: sa.Table, now: datetime) -> None:
    """As if the time for everything that waits had come."""
    tx.execute(sa.update(table).where(table.c.state == "waiting").values(due_at=now))
