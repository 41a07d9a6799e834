"""What the pipeline spends on a mail beside a thousand tickets, and beside many more.

A desk's first thousand tickets are made by the pipeline itself; the many are copies of
them, row by row, with ids, numbers, names and people of their own: a person who had every
copy's mails within the hour would be nobody's. Raw mails are not copied.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from mails import generate
from sqlalchemy import Table, text

from gateway.daemon.service import move_in
from gateway.desk.folder import load_desk
from gateway.settle.office import open_office
from gateway.store import Database, connect, tables, transaction
from gateway.workers.pipeline import Pipeline

FEW = 1000
STRIDE = 10_000_000  # between the ids of one copy and those of the next
MAILS = 300  # in each round
#     table                     ids and numbers moved on                      names made their own
COPIED: dict[Table, tuple[tuple[str, ...], tuple[str, ...]]] = {
    tables.person:         (("id",),                                         ("key",)),
    tables.spool:          (("id",),                                         ()),
    tables.ticket:         (("id", "number", "requester_id"),                ()),
    tables.delivery:       (("id", "spool_id", "ticket_id"),                 ("fingerprint",)),
    tables.decision:       (("delivery_id",),                                ()),
    tables.message:        (("id", "spool_id", "author_id"),                 ()),
    tables.ticket_message: (("ticket_id", "message_id"),                     ()),
    tables.identifier:     (("id", "ticket_id", "person_id"),                ("value",)),
    tables.event:          (("ticket_id", "person_id"),                      ()),
    tables.timer:          (("id", "ticket_id"),                             ()),
    tables.outbox:         (("id", "ticket_id", "delivery_id", "person_id"), ("message_id",)),
}  # fmt: skip


def multiply(database: Database, copies: int) -> None:
    """As many times the tickets that are there."""
    with transaction(database) as tx:
        for table, (moved, named) in COPIED.items():
            columns = [column.name for column in table.columns]
            given = [
                f"{name} + n * {STRIDE}" if name in moved
                else f"{name} || '.' || n" if name in named else name
                for name in columns
            ]  # fmt: skip
            tx.execute(text(
                f"WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted "  # noqa: S608 - names of our own columns
                f"WHERE n < {copies}) INSERT INTO {table.name} ({', '.join(columns)}) "
                f"SELECT {', '.join(given)} FROM {table.name} CROSS JOIN counted"
                + (" WHERE true" if tx.dialect.name == "sqlite" else "")
            ))  # fmt: skip
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # else the server would tidy up after the copies while mails are counted
        sqlite = connection.dialect.name == "sqlite"
        for statement in ("ANALYZE",) if sqlite else ("VACUUM ANALYZE", "CHECKPOINT"):
            connection.execute(text(statement))


def compare(
    small: tuple[Path, Callable[[list[bytes]], None]],
    large: tuple[Path, Callable[[list[bytes]], None]],
    tickets: int,
    rounds: int,
    spent: Callable[[], float],
) -> list[float]:
    """Ratios of CPU. `small` and `large` are desks, each with the way into its spool; `spent`
    is what this process and the database's server have used by now."""
    fill = [made.raw for made in generate(FEW, seed=1, kind="new")]
    with ExitStack() as stack:
        works = []
        for folder, accept in (small, large):
            office = open_office(load_desk(folder, {}))
            stack.callback(office.database.dispose)
            move_in(office, datetime.now(UTC))
            pipeline = Pipeline(office)
            accept(fill)
            _drain(pipeline)
            works.append((pipeline, accept))
        loaded = load_desk(large[0], {})
        database = connect(loaded.database_url)
        stack.callback(database.dispose)
        multiply(database, tickets // FEW - 1)
        ratios = []
        for seed in range(50, 51 + rounds):
            raws = [made.raw for made in generate(MAILS, seed=seed)]
            used = []
            for pipeline, accept in works if seed % 2 else works[::-1]:
                accept(raws)
                begun = spent()
                _drain(pipeline)
                used.append(spent() - begun)
            few, many = used if seed % 2 else used[::-1]
            ratios.append(many / few)
    return ratios[1:]  # the first warms up


def _drain(pipeline: Pipeline) -> None:
    while pipeline.step():
        time.sleep(0)
