"""Mails that arrive together share a commit, and none of them shares another's fate."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.errors import PermanentError, TemporaryError
from gateway.intake import LARGE_BYTES, MAX_GROUP, MAX_WAITING, Arrival, GroupCommit, Intake
from gateway.store import Database, snapshot, tables
from support.settings import a_gateway
from support.stored import an_envelope, count

MAIL = b"Subject: x\r\n\r\nx"
LARGE = MAIL + b"y" * LARGE_BYTES


@pytest.fixture
def commits(database: Database) -> Iterator[list[int]]:
    """One entry for each commit that wrote."""
    made: list[int] = []

    def note(tx: Any) -> None:
        if not tx.get_execution_options().get("gateway_read_only"):
            made.append(1)

    sa.event.listen(database, "commit", note)
    yield made
    sa.event.remove(database, "commit", note)


@pytest.fixture
def group(database: Database) -> GroupCommit:
    return GroupCommit(Intake(database, a_gateway()))


def kept(database: Database) -> int:
    with snapshot(database) as tx:
        return count(tx, tables.raw)


def test_what_waits_is_one_commit(
    database: Database, group: GroupCommit, commits: list[int]
) -> None:
    promises = [group.submit(an_envelope(), MAIL) for _ in range(50)]
    assert group.step()
    assert len({promise.result(0) for promise in promises}) == 50
    assert len(commits) == 1
    assert kept(database) == 50
    assert not group.step()


def test_ids_go_up_in_the_order_of_arrival(database: Database, group: GroupCommit) -> None:
    promises = [group.submit(an_envelope(), MAIL) for _ in range(20)]
    group.step()
    told = [promise.result(0) for promise in promises]
    assert told == sorted(told)


def test_nothing_is_promised_before_the_commit(group: GroupCommit) -> None:
    assert not group.submit(an_envelope(), MAIL).done()


def test_a_group_is_bounded(group: GroupCommit, commits: list[int]) -> None:
    for _ in range(MAX_GROUP + 1):
        group.submit(an_envelope(), MAIL)
    while group.step():
        pass
    assert len(commits) == 2


def test_small_mails_wait_for_one_large_one_at_most(database: Database, group: GroupCommit) -> None:
    order: list[str] = []

    def noted(name: str, promise: "Future[int]") -> None:
        promise.add_done_callback(lambda done: order.append(name))

    for _ in range(3):
        noted("large", group.submit(an_envelope(), LARGE))
    noted("small", group.submit(an_envelope(), MAIL))
    group.step()
    noted("small", group.submit(an_envelope(), MAIL))
    while group.step():
        pass
    assert order in (
        ["large", "small", "small", "large", "large"],
        ["small", "large", "small", "large", "large"],
    )
    assert kept(database) == 5


def test_a_mail_that_cannot_be_kept_takes_no_other_with_it(
    database: Database, group: GroupCommit
) -> None:
    good = [group.submit(an_envelope(), MAIL) for _ in range(3)]
    bad = group.submit(an_envelope(imap_uid="no number", tls="neither"), MAIL)
    group.step()
    assert all(promise.result(0) for promise in good)
    assert bad.exception(0) is not None
    assert kept(database) == 3


def test_a_database_that_is_gone_is_said_to_all(
    database: Database, group: GroupCommit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, Exception("the server is gone"))

    monkeypatch.setattr("gateway.store.spool.bulk.insert", gone)
    promises = [group.submit(an_envelope(), MAIL) for _ in range(3)]
    group.step()
    assert all(isinstance(promise.exception(0), TemporaryError) for promise in promises)
    assert kept(database) == 0


def test_who_is_no_mailbox_of_ours_is_told_at_once(group: GroupCommit) -> None:
    promise = group.submit(an_envelope(rcpt_to=("else@example.com",)), MAIL)
    assert isinstance(promise.exception(0), PermanentError)
    assert not group.step()


def test_a_queue_that_grows_is_closed_before_memory_is_full(group: GroupCommit) -> None:
    for _ in range(MAX_WAITING):
        group.submit(an_envelope(), MAIL)
    assert isinstance(group.submit(an_envelope(), MAIL).exception(0), TemporaryError)


def test_many_threads_hand_in_and_each_gets_its_own_id(
    database: Database, group: GroupCommit
) -> None:
    promises: list[Future[int]] = []
    lock = threading.Lock()

    def hand_in() -> None:
        for _ in range(25):
            promise = group.submit(an_envelope(), MAIL)
            with lock:
                promises.append(promise)

    hands = [threading.Thread(target=hand_in) for _ in range(8)]
    for hand in hands:
        hand.start()
    while any(hand.is_alive() for hand in hands) or not all(each.done() for each in promises):
        group.step()
    assert len({promise.result(0) for promise in promises}) == 200
    assert kept(database) == 200


def test_a_batch_is_committed_with_what_belongs_to_it_or_not_at_all(database: Database) -> None:
    intake = Intake(database, a_gateway())
    arrivals = [Arrival(an_envelope(), MAIL), Arrival(an_envelope(), MAIL)]

    def fails(tx: object) -> None:
        raise TemporaryError("the cursor is gone")

    with pytest.raises(TemporaryError):
        intake.accept_batch(arrivals, fails)
    assert kept(database) == 0
    assert len(intake.accept_batch(arrivals)) == 2
    assert kept(database) == 2
