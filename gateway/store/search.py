"""Tickets that somebody asks for by mail: lists and searches, each within its time.

Who may see what is the caller's to say, by the names of queues. The surprising fact: a search
that takes too long is no error; its mail is handled like any other, and says so.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.store.tables import message, participant, person, ticket, ticket_message
from gateway.store.tickets import WATCHER, by_number
from gateway.tickets.model import Ticket
from gateway.tickets.status import Status

MAX_SECONDS = 2.0  # of one search
_LOOK_EACH = 20_000  # steps of SQLite between two looks at the clock
_OVER = [each.value for each in Status if each.is_over]


def page(
    tx: Connection,
    *,
    queues: Sequence[str],
    offset: int,
    limit: int,
    assignee: str | None = None,
    words: Sequence[str] = (),
) -> tuple[Ticket, ...] | None:
    """The tickets of these queues: those that are open, the most urgent first; with `words`, all
    that have every one of them in subject, requester or text, the newest first. `assignee` is
    an `Address.key`. None where it took too long.
    """
    query = sa.select(ticket.c.number).where(ticket.c.queue.in_(queues))
    if assignee is not None:
        mine = sa.select(person.c.id).where(person.c.key == assignee)
        query = query.where(ticket.c.assignee_id.in_(mine))
    for word in words:
        query = query.where(_has(word))
    if words:
        query = query.order_by(ticket.c.number.desc())
    else:
        query = query.where(ticket.c.status.not_in(_OVER))
        query = query.order_by(ticket.c.priority, ticket.c.number.desc())
    return _found(tx, query.offset(offset).limit(limit))


def of_person(tx: Connection, key: str, limit: int) -> tuple[Ticket, ...] | None:
    """The open tickets of which they are requester or watcher, the newest first."""
    who = sa.select(person.c.id).where(person.c.key == key).scalar_subquery()
    watched = sa.select(participant.c.ticket_id).where(
        participant.c.person_id == who, participant.c.role == WATCHER
    )
    theirs = sa.or_(ticket.c.requester_id == who, ticket.c.id.in_(watched))
    query = sa.select(ticket.c.number).where(theirs, ticket.c.status.not_in(_OVER))
    return _found(tx, query.order_by(ticket.c.number.desc()).limit(limit))


def counted(tx: Connection, queues: Sequence[str]) -> tuple[tuple[str, str, int], ...]:
    """Of these queues: queue, status, and how many tickets are in it; those over left out."""
    query = (
        sa.select(ticket.c.queue, ticket.c.status, sa.func.count())
        .where(ticket.c.queue.in_(queues), ticket.c.status.not_in(_OVER))
        .group_by(ticket.c.queue, ticket.c.status)
        .order_by(ticket.c.queue, ticket.c.status)
    )
    with within(tx, MAX_SECONDS) as done:
        done.extend(tx.execute(query).all())
    return tuple((row[0], row[1], row[2]) for row in done)


def _has(word: str) -> sa.ColumnElement[bool]:
    said = sa.select(ticket_message.c.ticket_id).join(message)
    said = said.where(
        sa.or_(
            message.c.text.icontains(word, autoescape=True),
            message.c.new_text.icontains(word, autoescape=True),
        )
    )
    who = sa.select(person.c.id).where(
        sa.or_(
            person.c.key.icontains(word, autoescape=True),
            person.c.name.icontains(word, autoescape=True),
        )
    )
    return sa.or_(
        ticket.c.subject.icontains(word, autoescape=True),
        ticket.c.requester_id.in_(who),
        ticket.c.id.in_(said),
    )


def _found(tx: Connection, query: sa.Select[tuple[int]]) -> tuple[Ticket, ...] | None:
    """In the order of the query."""
    finished = False
    with within(tx, MAX_SECONDS) as rows:
        rows.extend(tx.execute(query).all())
        finished = True
    if not finished:
        return None
    numbers = [row[0] for row in rows]
    found = by_number(tx, numbers) if numbers else {}
    return tuple(found[number] for number in numbers)


@contextmanager
def within(tx: Connection, seconds: float) -> Iterator[list[Any]]:
    """Rows to be added to; empty where the database was stopped for taking longer."""
    rows: list[Any] = []
    try:
        with _on_sqlite(tx, seconds) if tx.dialect.name == "sqlite" else _on_server(tx, seconds):
            yield rows
    except sa.exc.DBAPIError as error:
        stopped = getattr(error.orig, "sqlstate", "") == "57014" or "interrupted" in str(error.orig)
        if not stopped:
            raise
        rows.clear()


@contextmanager
def _on_sqlite(tx: Connection, seconds: float) -> Iterator[None]:
    driver: object = tx.connection.driver_connection
    deadline = time.monotonic() + seconds
    handler = driver.set_progress_handler  # type: ignore[attr-defined]  # sqlite3's own
    handler(lambda: time.monotonic() > deadline, _LOOK_EACH)
    try:
        yield
    finally:
        handler(None, 0)


@contextmanager
def _on_server(tx: Connection, seconds: float) -> Iterator[None]:
    """In a savepoint: what is stopped there leaves the rest of the view as it is."""
    with tx.begin_nested() as savepoint:
        tx.exec_driver_sql(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
        yield
        savepoint.rollback()  # the setting goes with it
