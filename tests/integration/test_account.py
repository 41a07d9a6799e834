"""The account proves that no mail is lost: each way of losing one is tried, and named."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from gateway.store import Tx, account, ledger, snapshot, tables, transaction
from gateway.store.account import Account
from gateway.store.ledger import Wanted
from gateway.workers.upkeep import Upkeep
from support.in_process import ANN, HR, LEE, SUPPORT, InProcess, anns
from support.stored import accepted


@pytest.fixture
def desk(desk: InProcess) -> InProcess:
    """A desk that has had a request, an answer to it, a copy, an absence notice, a mail to two
    mailboxes, and has one to come."""
    desk.accept(anns(subject="one"))
    desk.work()
    desk.reply(ANN, "And it smells.", to="confirmation")
    desk.accept(anns(subject="one"))
    desk.accept(anns(subject="Away", headers={"Auto-Submitted": "auto-replied"}))
    desk.accept(anns(subject="both"), SUPPORT, HR)
    desk.work()
    desk.accept(anns(subject="to come"))
    return desk


def told(desk: InProcess, since: datetime | None = None) -> Account:
    gateway = desk.office.desk.gateway
    with snapshot(desk.office.database) as tx:
        return account.account(tx, since, lambda each: gateway.mailbox_of(each) is not None)


def test_what_was_accepted_is_all_there(desk: InProcess) -> None:
    found = told(desk)
    assert found.mismatches == ()
    assert found.accepted == sum(found.outcomes.values()) == 7
    ended = {name: count for name, count in found.outcomes.items() if count}
    assert ended == {"opened": 3, "joined": 1, "ignored": 2, "waiting": 1}
    causes = {cause: count for cause, count in found.causes["ignored"].items() if count}
    assert causes == {"duplicate": 1, "auto-reply": 1}
    assert (found.mails, found.tickets, found.messages) == (6, 3, 1)


def test_only_what_came_since_is_counted(desk: InProcess) -> None:
    assert told(desk, datetime.now(UTC) + timedelta(seconds=1)).accepted == 0


def a_delivery(tx: Tx, state: str, nth: int = 0) -> int:
    return sorted(entry.id for entry in ledger.entries(tx, Wanted(state=state)))[nth]


def of(ended: str, **values: object) -> Callable[[Tx], None]:
    """A hand in the database changes a delivery of this state."""

    def change(tx: Tx) -> None:
        mine = tables.delivery.c.id == a_delivery(tx, ended)
        tx.execute(sa.update(tables.delivery).where(mine).values(**values))

    return change


def without_delivery(state: str, nth: int = 0) -> Callable[[Tx], None]:
    def delete(tx: Tx) -> None:
        row_id = a_delivery(tx, state, nth)
        for table in (tables.decision, tables.outbox):
            tx.execute(sa.delete(table).where(table.c.delivery_id == row_id))
        tx.execute(sa.delete(tables.delivery).where(tables.delivery.c.id == row_id))

    return delete


def without_bytes(tx: Tx) -> None:
    tx.execute(sa.delete(tables.raw).where(tables.raw.c.spool_id == first_mail(tx)))


def emptied(tx: Tx) -> None:
    mine = tables.raw.c.spool_id == first_mail(tx)
    tx.execute(sa.update(tables.raw).where(mine).values(content=b""))


def without_message(tx: Tx) -> None:
    tx.execute(sa.delete(tables.ticket_message))


def without_confirmations(tx: Tx) -> None:
    tx.execute(sa.delete(tables.outbox).where(tables.outbox.c.notice == "confirmation"))


def confirmed_twice(tx: Tx) -> None:
    columns = [each for each in tables.outbox.c if each.name not in ("id", "message_id")]
    one = sa.select(*columns).where(tables.outbox.c.notice == "confirmation").limit(1)
    row = tx.execute(one).mappings().one()
    tx.execute(sa.insert(tables.outbox).values({**row, "message_id": "again@example.com"}))


def first_mail(tx: Tx) -> int:
    return int(tx.execute(sa.select(sa.func.min(tables.spool.c.id))).scalar_one())


def above_its_cursor(tx: Tx) -> None:
    at = {"account": "ann@imap", "folder": "INBOX", "uidvalidity": 7}
    tx.execute(
        sa.insert(tables.imap_cursor).values(**at, last_uid=41, updated_at=datetime.now(UTC))
    )
    for uid in (40, 41, 42):
        accepted(tx, received_at=datetime.now(UTC), imap_folder="ann@imap/INBOX",
                 imap_uidvalidity=7, imap_uid=uid)  # fmt: skip


LOSSES = {
    "mails without any delivery": without_delivery("waiting"),
    "mails without a delivery for one of their mailboxes": without_delivery("opened", 2),
    "mails in a ticket that no delivery knows of": without_delivery("opened", 2),
    "deliveries that ended without an outcome": of("ignored", outcome=None),
    "deliveries that wait and have an outcome": of("opened", state="waiting"),
    "deliveries with an outcome that there is not": of("opened", outcome="lost"),
    "deliveries that were ignored for a cause that there is not": of("ignored", cause="spite"),
    "duplicates of no delivery to the same mailbox": of("ignored", duplicate_of=None),
    "deliveries opened without a ticket that has their mail": of("opened", ticket_id=None),
    "deliveries joined to no ticket that has their mail": without_message,
    "deliveries opened with neither a confirmation nor a reason for none": without_confirmations,
    "deliveries opened and confirmed more than once": confirmed_twice,
    "mails without their bytes": without_bytes,
    "mails whose bytes were deleted though they are needed": emptied,
    "mails from above the cursor of their IMAP folder": above_its_cursor,
}


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_is_named(desk: InProcess, loss: str) -> None:
    assert told(desk).balances
    with transaction(desk.office.database) as tx:
        LOSSES[loss](tx)
    found = told(desk)
    [named] = [each for each in found.mismatches if each.what == loss]
    assert named.ids
    assert named.count == len(named.ids)


def test_every_proof_is_tried() -> None:
    assert {what for what, _ in account.proofs()} <= set(LOSSES)


def test_a_withheld_confirmation_is_a_reason_for_none(desk: InProcess) -> None:
    desk.accept(anns(subject="news", headers={"Precedence": "bulk"}))
    desk.work()
    assert "mail-withheld" in desk.history(desk.tickets()[-1].number)
    assert told(desk).mismatches == ()


def test_what_imap_gave_is_held_against_its_cursor(desk: InProcess) -> None:
    with transaction(desk.office.database) as tx:
        above_its_cursor(tx)
    [folder] = told(desk).folders
    assert folder.place == "ann@imap/INBOX", "as the way in writes it"
    assert (folder.mails, folder.last_uid, folder.cursor) == (3, 42, 41)
    with transaction(desk.office.database) as tx:
        tx.execute(sa.update(tables.imap_cursor).values(last_uid=42))
    assert told(desk).balances


def test_a_folder_that_was_renumbered_has_no_cursor_to_be_above_of(desk: InProcess) -> None:
    with transaction(desk.office.database) as tx:
        above_its_cursor(tx)
        tx.execute(sa.update(tables.imap_cursor).values(uidvalidity=8, last_uid=3))
    found = told(desk)
    assert found.balances
    assert found.folders[0].cursor is None


def test_a_loss_is_an_alarm_once_a_day(desk: InProcess, caplog: pytest.LogCaptureFixture) -> None:
    upkeep = Upkeep(desk.office)
    assert upkeep.step()
    assert desk.mails(notices=["alert"]) == []
    with transaction(desk.office.database) as tx:
        without_bytes(tx)
    for _ in range(3):
        upkeep.prove(datetime.now(UTC))
    [alert] = desk.mails(notices=["alert"])
    assert alert.rcpt_to == LEE
    assert "1 mails without their bytes" in desk.text(LEE, "alert")
    assert "spool account" in desk.text(LEE, "alert")
    assert [line for line in caplog.messages if line.startswith("unbalanced")]


def test_what_was_ignored_before_causes_were_kept_is_no_loss(desk: InProcess) -> None:
    with transaction(desk.office.database) as tx:
        tx.execute(sa.update(tables.delivery).values(cause=None))
    found = told(desk)
    assert found.balances
    assert found.causes["ignored"]["not recorded"] == 2
