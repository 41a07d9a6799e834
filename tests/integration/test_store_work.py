"""Work that waits: nobody gets what another has, and nothing claimed is ever lost."""

import threading as workers
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from gateway.store import (
    Database,
    Tx,
    claims,
    connect,
    outbox,
    reserve,
    tables,
    timers,
    transaction,
)
from gateway.store.claims import LEASE, LostClaim
from support.cases import NOW
from support.stored import (
    AFTER_LEASE,
    a_stored_ticket,
    accepted,
    an_outgoing,
    claimed,
    column,
    spooled,
)


def three_timers(tx: Tx) -> None:
    ticket_id, _ = a_stored_ticket(tx)
    for number in range(3):
        timers.start(tx, ticket_id, "response", number, NOW)


def three_mails(tx: Tx) -> None:
    outbox.add(tx, [an_outgoing(f"{number}@x") for number in range(3)], NOW, ticket_id=None)


def three_deliveries(tx: Tx) -> None:
    for _ in range(3):
        accepted(tx)


WORK = [
    pytest.param(tables.delivery, three_deliveries, id="deliveries"),
    pytest.param(tables.timer, three_timers, id="timers"),
    pytest.param(tables.outbox, three_mails, id="outbox"),
]


@pytest.mark.parametrize(("table", "make"), WORK)
def test_a_claim_takes_as_many_as_asked_oldest_first_and_once(
    database: Database, table: sa.Table, make: Callable[[Tx], None]
) -> None:
    with transaction(database) as tx:
        make(tx)
        ids = column(tx, table.c.id)
    with transaction(database) as tx:
        assert [row for row, _ in claims.claim(tx, table, "a", NOW, 2)] == ids[:2]
    with transaction(database) as tx:
        assert claims.claim(tx, table, "b", NOW, 2) == [(ids[2], 1)]
        assert claims.claim(tx, table, "c", NOW, 2) == []


@pytest.mark.parametrize(("table", "make"), WORK)
def test_what_is_not_due_is_not_claimed(
    database: Database, table: sa.Table, make: Callable[[Tx], None]
) -> None:
    with transaction(database) as tx:
        assert claims.next_due(tx, table) is None
        make(tx)
        due_at = claims.next_due(tx, table)
        assert due_at is not None
        assert due_at <= NOW
        assert claims.claim(tx, table, "a", due_at - timedelta(seconds=1), 9) == []


@pytest.mark.parametrize(("table", "make"), WORK)
def test_a_crash_before_the_commit_frees_the_claim(
    database: Database, table: sa.Table, make: Callable[[Tx], None]
) -> None:
    with transaction(database) as tx:
        make(tx)
    crashed = database.connect()
    transaction_ = crashed.begin()
    assert len(claims.claim(crashed, table, "a", NOW, 3)) == 3
    transaction_.rollback()  # what the server does when the connection is gone
    crashed.close()
    with transaction(database) as tx:
        assert [attempt for _, attempt in claims.claim(tx, table, "b", NOW, 3)] == [1, 1, 1]


@pytest.mark.parametrize(("table", "make"), WORK)
def test_a_crash_after_the_commit_is_waited_out_by_the_lease(
    database: Database, table: sa.Table, make: Callable[[Tx], None]
) -> None:
    with transaction(database) as tx:
        make(tx)
        assert len(claims.claim(tx, table, "a", NOW, 3)) == 3
    with transaction(database) as tx:
        assert claims.claim(tx, table, "b", NOW + LEASE - timedelta(seconds=1), 3) == []
        again = claims.claim(tx, table, "b", AFTER_LEASE, 3)
    assert [attempt for _, attempt in again] == [2, 2, 2], "the attempt was counted"


@pytest.mark.parametrize(("table", "make"), WORK)
def test_a_restart_frees_its_own_claims_at_once_and_nobody_elses(
    database: Database, table: sa.Table, make: Callable[[Tx], None]
) -> None:
    with transaction(database) as tx:
        make(tx)
        claims.claim(tx, table, "dead", NOW, 2)
        claims.claim(tx, table, "alive", NOW, 1)
        assert claims.release(tx, table, "dead", NOW) == 2
        assert len(claims.claim(tx, table, "dead", NOW, 9)) == 2


@pytest.mark.parametrize(("table", "make"), WORK)
def test_whoever_lost_the_claim_ends_nothing(
    database: Database, table: sa.Table, make: Callable[[Tx], None]
) -> None:
    with transaction(database) as tx:
        make(tx)
        mine = claims.claim(tx, table, "a", NOW, 3)[0]
        theirs = claims.claim(tx, table, "b", AFTER_LEASE, 3)[0]
        assert (mine[0], mine[1] + 1) == theirs
    for claim, worker in ((mine, "a"), (theirs, "a"), (mine, "b")):
        with pytest.raises(LostClaim), transaction(database) as tx:
            claims.finish(tx, table, claim, worker, {"state": "done"})
    with transaction(database) as tx:
        claims.finish(tx, table, theirs, "b", {"state": "done"})
    with pytest.raises(LostClaim), transaction(database) as tx:
        claims.finish(tx, table, theirs, "b", {"state": "done"})


def test_no_two_claimers_ever_get_one_row(database: Database) -> None:
    spooled(database, 60)
    url = database.url.render_as_string(hide_password=False)
    here = database.dialect.name == "sqlite"
    others = [database if here else connect(url) for _ in range(4)]
    together = workers.Barrier(4)

    def claims_all(number: int) -> list[int]:
        got: list[int] = []
        together.wait()
        while found := claimed(others[number], limit=2, worker=f"worker {number}"):
            assert len(found) <= 2
            got += [each.id for each in found]
        return got

    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(claims_all, range(4)))
    everything = [each for share in shares for each in share]
    assert len(everything) == len(set(everything)) == 60
    for other in others:
        other.dispose()


def test_no_two_workers_are_handed_one_number(database: Database) -> None:
    def numbers(_: int) -> list[int]:
        with transaction(database) as tx:
            return list(reserve(tx, "ticket", 3))

    with ThreadPoolExecutor(4) as pool:
        handed = [each for some in pool.map(numbers, range(20)) for each in some]
    assert sorted(handed) == list(range(1001, 1061))
