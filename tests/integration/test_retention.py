"""Bytes that no ticket needs go after their time; everything else stays, and rows always."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from gateway import maillog
from gateway.store import account, ledger, retention, snapshot, spool, tables, transaction
from gateway.store.ledger import Wanted
from gateway.workers.upkeep import Upkeep
from support.in_process import ANN, HR, HR_SETTINGS, SUPPORT, InProcess, anns
from support.stored import column

AWAY = {"Auto-Submitted": "auto-replied"}
LONG = timedelta(days=31)


def let_days_pass(desk: InProcess, span: timedelta = LONG) -> None:
    """As if all that ended had ended so much earlier."""
    with transaction(desk.office.database) as tx:
        for table in (tables.delivery, tables.outbox):
            ended = sa.update(table).where(table.c.finished_at.is_not(None))
            tx.execute(ended.values(finished_at=datetime.now(UTC) - span))


def tidy(desk: InProcess) -> None:
    upkeep = Upkeep(desk.office)
    while upkeep.step():
        pass


def with_bytes(desk: InProcess) -> list[bool]:
    """Of every delivery, oldest first."""
    return [entry.has_bytes for entry in desk.deliveries()]


def test_an_ignored_mail_loses_its_bytes_after_thirty_days_and_not_before(desk: InProcess) -> None:
    desk.accept(anns(headers=AWAY))
    desk.work()
    let_days_pass(desk, timedelta(days=29))
    tidy(desk)
    assert with_bytes(desk) == [True]
    let_days_pass(desk)
    tidy(desk)
    assert with_bytes(desk) == [False]
    with snapshot(desk.office.database) as tx:
        assert ledger.content(tx, desk.deliveries()[0].id) is None


def test_a_mail_of_a_ticket_lives_as_long_as_the_ticket(desk: InProcess) -> None:
    desk.accept(anns())
    desk.work()
    desk.reply(ANN, "And it smells.", to="confirmation")
    desk.reply(ANN, "I am away.", to="confirmation", headers=AWAY)  # type: ignore[arg-type]
    desk.work()
    assert desk.states() == ["opened", "joined", "joined"]
    let_days_pass(desk, timedelta(days=4000))
    tidy(desk)
    assert with_bytes(desk) == [True, True, True]


def test_what_is_not_handled_never_expires(desk: InProcess) -> None:
    desk.accept(anns(subject="set aside"), HR)
    desk.accept(anns(subject="waits"))
    desk.change("gateway.toml", HR_SETTINGS, "")
    with transaction(desk.office.database) as tx:
        for worker in ("a", "b"):  # one dies with the first mail, the other is at the second
            [each] = spool.claim(tx, worker, datetime.now(UTC), 1)
            if worker == "a":
                values = {
                    "state": "done",
                    "outcome": "quarantined",
                    "finished_at": datetime.now(UTC),
                }
                mine = tables.delivery.c.id == each.id
                tx.execute(sa.update(tables.delivery).where(mine).values(**values))
    let_days_pass(desk, timedelta(days=4000))
    tidy(desk)
    assert with_bytes(desk) == [True, True]


@pytest.mark.parametrize("outcome", ["held", "answered", "quarantined", "opened", "joined"])
def test_only_what_was_ignored_or_rejected_expires(desk: InProcess, outcome: str) -> None:
    for subject in ("one", "two"):
        desk.accept(anns(subject=subject, headers=AWAY))
    desk.work()
    first = tables.delivery.c.id == desk.deliveries()[0].id
    with transaction(desk.office.database) as tx:
        tx.execute(sa.update(tables.delivery).values(outcome="rejected"))
        tx.execute(sa.update(tables.delivery).where(first).values(outcome=outcome))
    let_days_pass(desk)
    tidy(desk)
    assert with_bytes(desk) == [True, False]


def test_a_mail_that_one_of_two_mailboxes_needs_is_kept_for_both(desk: InProcess) -> None:
    desk.accept(anns(subject="one"))
    desk.work()
    desk.accept(anns(subject="one"), SUPPORT, HR)
    desk.work()
    assert desk.states() == ["opened", "ignored", "opened"]
    let_days_pass(desk)
    tidy(desk)
    assert with_bytes(desk) == [True, True, True]


def test_a_copy_is_known_as_one_after_the_bytes_are_gone(desk: InProcess) -> None:
    for _ in range(2):
        desk.accept(anns(headers=AWAY))
    desk.work()
    let_days_pass(desk)
    tidy(desk)
    desk.accept(anns(headers=AWAY))
    desk.work()
    assert [entry.cause for entry in desk.deliveries()] == ["auto-reply", "duplicate", "duplicate"]


def test_the_account_still_balances_when_bytes_are_gone(desk: InProcess) -> None:
    desk.accept(anns(subject="one"))
    desk.accept(anns(subject="two", headers=AWAY))
    desk.work()
    let_days_pass(desk)
    tidy(desk)
    with snapshot(desk.office.database) as tx:
        found = account.account(tx, None, lambda _: True)
    assert (found.mismatches, found.bytes_deleted) == ((), 1)


def test_what_has_lost_its_bytes_is_not_tried_again(desk: InProcess) -> None:
    desk.accept(anns(headers=AWAY))
    desk.work()
    let_days_pass(desk)
    tidy(desk)
    with transaction(desk.office.database) as tx:
        assert not ledger.replay(tx, desk.deliveries()[0].id, datetime.now(UTC))
    assert desk.states() == ["ignored"]


def test_what_is_replayed_at_the_last_moment_keeps_its_bytes(desk: InProcess) -> None:
    desk.accept(anns(headers=AWAY))
    desk.work()
    let_days_pass(desk)
    now = datetime.now(UTC)
    with snapshot(desk.office.database) as tx:
        found = retention.old_mails(tx, now, 0)
    with transaction(desk.office.database) as tx:
        assert ledger.replay(tx, desk.deliveries()[0].id, now)
    with transaction(desk.office.database) as tx:
        assert retention.delete_mails(tx, found.ids, now) == 0
    assert with_bytes(desk) == [True]


def test_what_was_sent_loses_its_text_and_what_was_not_keeps_it(desk: InProcess) -> None:
    desk.accept(anns())
    desk.work()
    with transaction(desk.office.database) as tx:
        ended = {"state": "sent", "finished_at": datetime.now(UTC)}
        told = tables.outbox.c.notice == "confirmation"
        tx.execute(sa.update(tables.outbox).where(told).values(**ended))
        one_agent = sa.select(sa.func.min(tables.outbox.c.id)).where(~told).scalar_subquery()
        tx.execute(sa.update(tables.outbox).where(tables.outbox.c.id == one_agent).values(**ended))
    let_days_pass(desk)
    tidy(desk)
    with snapshot(desk.office.database) as tx:
        kept = [bool(content) for content in column(tx, tables.outbox_body.c.content)]
    assert kept == [False, True]


def test_what_was_sent_loses_the_text_that_only_its_reader_got(desk: InProcess) -> None:
    """Links of their own stand in it, so it is behind their header and in no shared body."""
    desk.accept(anns())
    desk.work()
    with transaction(desk.office.database) as tx:
        before = column(tx, tables.outbox.c.headers)
        ended = {"state": "sent", "finished_at": datetime.now(UTC)}
        tx.execute(sa.update(tables.outbox).values(**ended))
    let_days_pass(desk)
    tidy(desk)
    with snapshot(desk.office.database) as tx:
        after = column(tx, tables.outbox.c.headers)
    assert any(b"It burns" in bytes(each) or b"text/html" in bytes(each) for each in before)
    for was, left in zip(before, after, strict=True):
        assert bytes(left) == bytes(was).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def test_a_step_takes_a_few_mails_and_goes_on_where_it_was(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MAX_ROWS", 2)
    monkeypatch.setattr(retention, "_LOOK_AT", 3)
    taken: list[int] = []
    monkeypatch.setattr(maillog, "expired", lambda *, what, count: taken.append(count))
    for number in range(7):
        desk.accept(anns(subject=f"mail {number}", headers=AWAY if number != 3 else {}))
    desk.work()
    let_days_pass(desk)
    tidy(desk)
    assert with_bytes(desk) == [False] * 3 + [True] + [False] * 3
    assert sum(taken) == 6
    assert max(taken) == 2


def test_a_large_mail_is_taken_alone(desk: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MAX_BYTES", 2000)
    for number in range(3):
        desk.accept(anns(subject=f"mail {number}", headers=AWAY, text="x" * 3000))
    desk.work()
    let_days_pass(desk)
    with snapshot(desk.office.database) as tx:
        found = retention.old_mails(tx, datetime.now(UTC), 0)
    assert len(found.ids) == 1


def test_how_long_is_a_setting(desk: InProcess) -> None:
    desk.accept(anns(headers=AWAY))
    desk.work()
    desk.change("gateway.toml", "#ignored_mail = 2592000", 'ignored_mail = "2d"')
    let_days_pass(desk, timedelta(days=3))
    tidy(desk)
    assert with_bytes(desk) == [False]
    with snapshot(desk.office.database) as tx:
        assert ledger.entries(tx, Wanted(cause="auto-reply"))
