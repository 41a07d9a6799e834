"""What time alone will cause: one row per ticket, name and generation, fired once."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.store import bulk, claims
from gateway.store.one_of import one_of
from gateway.store.tables import ticket, timer


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A timer that is due, claimed: `attempt` is which try this is."""

    id: int
    number: int
    name: str
    generation: int
    attempt: int

    @property
    def claimed(self) -> tuple[int, int]:
        return self.id, self.attempt


def start(tx: Connection, ticket_id: int, name: str, generation: int, due_at: datetime) -> None:
    values = {"ticket_id": ticket_id, "name": name, "generation": generation, "due_at": due_at}
    bulk.add(tx, timer, values)


def cancel(tx: Connection, ticket_id: int, name: str, now: datetime) -> None:
    """What has not fired will not."""
    stopped = sa.update(timer).where(
        timer.c.ticket_id == ticket_id, timer.c.name == name, timer.c.state == "waiting"
    )
    tx.execute(stopped.values(state="cancelled", claimed_by=None, finished_at=now))


def claim(tx: Connection, worker: str, now: datetime, limit: int) -> list[Timer]:
    """Due timers, whether their moment was now or while nobody was there."""
    attempts = dict(claims.claim(tx, timer, worker, now, limit))
    query = sa.select(timer, ticket.c.number).join(ticket).where(one_of(timer.c.id, attempts))
    return [
        Timer(
            id=row.id,
            number=row.number,
            name=row.name,
            generation=row.generation,
            attempt=attempts[row.id],
        )
        for row in tx.execute(query.order_by(timer.c.id))
    ]


def finish(tx: Connection, claimed: tuple[int, int], worker: str, now: datetime) -> None:
    """It has fired. Raises LostClaim."""
    claims.finish(tx, timer, claimed, worker, {"state": "fired", "finished_at": now})


def defer(tx: Connection, claimed: tuple[int, int], worker: str, due_at: datetime) -> None:
    claims.finish(tx, timer, claimed, worker, {"due_at": due_at})
