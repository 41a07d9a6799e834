"""A file of a ticket's mail is stored once, and whoever gets it gets it whole."""

import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from random import Random
from typing import Any

import sqlalchemy as sa

from gateway.base64_lines import in_lines
from gateway.store import account, outbox, retention, snapshot, tables, transaction
from support.in_process import ANN, LEE, InProcess, anns
from support.stored import column, count

PLANS = Random(7).randbytes(90_000)
WITH_PLANS = {"plans.pdf": PLANS}


def as_sent(**fields: Any) -> bytes:
    """Ann's mail, whose files are in lines as long as mail programs make them."""
    longer = re.compile(rb"(?:[A-Za-z0-9+/=]{77,}\r\n)+(?:[A-Za-z0-9+/=]+\r\n)?")
    return longer.sub(lambda it: in_lines(b64decode(it[0])) + b"\r\n", anns(**fields))


def test_an_agent_gets_the_file_that_is_stored_once(desk: InProcess) -> None:
    desk.accept(as_sent(attachments=WITH_PLANS))
    desk.work()
    [file] = desk.mail(LEE, "new-ticket").iter_attachments()
    assert (file.get_filename(), file.get_payload(decode=True)) == ("plans.pdf", PLANS)
    with snapshot(desk.office.database) as tx:
        stored = [bytes(each) for each in column(tx, tables.outbox_body.c.content)]
        assert count(tx, tables.excerpt) == 1
    assert max(map(len, stored)) < 10_000


def test_a_requester_gets_the_file_that_an_agent_answers_with(desk: InProcess) -> None:
    desk.accept(anns())
    desk.work()
    desk.reply(LEE, "See the plans.", to="new-ticket", attachments=WITH_PLANS)  # type: ignore[arg-type]
    desk.work()
    [file] = desk.mail(ANN, "answer").iter_attachments()
    assert file.get_payload(decode=True) == PLANS


def test_what_a_worker_claims_is_the_whole_mail(desk: InProcess) -> None:
    """Several files, one of them twice, each at its place."""
    files = {"a.pdf": PLANS, "b.pdf": PLANS[::-1], "c.pdf": PLANS, "small.txt": b"text"}
    desk.accept(as_sent(attachments=files))
    desk.work()
    with transaction(desk.office.database) as tx:
        rows = outbox.claim(tx, "a", datetime.now(UTC), 100)
    [told] = {row.content.partition(b"\r\n\r\n")[2] for row in rows if row.rcpt_to == LEE}
    mail = message_from_bytes(rows[-1].content, policy=default)
    got = {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()}
    assert got == files
    assert told


def old(desk: InProcess, table: sa.Table) -> None:
    with transaction(desk.office.database) as tx:
        ended = {"state": "sent" if table is tables.outbox else "done",
                 "finished_at": datetime.now(UTC) - timedelta(days=900)}  # fmt: skip
        tx.execute(sa.update(table).values(**ended))


def test_a_mail_keeps_its_bytes_while_one_of_ours_carries_a_file_of_it_on(
    desk: InProcess,
) -> None:
    desk.accept(as_sent(attachments=WITH_PLANS))
    desk.work()
    old(desk, tables.delivery)
    now = datetime.now(UTC)
    with transaction(desk.office.database) as tx:  # as if no ticket had it
        tx.execute(sa.delete(tables.ticket_message))
        tx.execute(sa.delete(tables.attachment))
        tx.execute(sa.delete(tables.message))
        tx.execute(sa.update(tables.delivery).values(outcome="ignored"))
        assert retention.old_mails(tx, now, 0).ids == ()
    old(desk, tables.outbox)
    with transaction(desk.office.database) as tx:
        retention.delete_bodies(tx, retention.old_bodies(tx, now, 0).ids, now)
        assert count(tx, tables.excerpt) == 0
        assert len(retention.old_mails(tx, now, 0).ids) == 1


def test_the_account_tells_of_bytes_that_a_mail_of_ours_needs(desk: InProcess) -> None:
    desk.accept(as_sent(attachments=WITH_PLANS))
    desk.work()
    with transaction(desk.office.database) as tx:
        tx.execute(sa.update(tables.raw).values(content=b""))
    with snapshot(desk.office.database) as tx:
        found = account.account(tx, None, lambda _: True)
    assert any("deleted though they are needed" in str(each) for each in found.mismatches)


def test_a_mail_that_is_tried_again_has_the_same_octets(desk: InProcess) -> None:
    desk.accept(as_sent(attachments=WITH_PLANS))
    desk.work()
    tries = []
    for worker in ("a", "b"):
        now = datetime.now(UTC)
        with transaction(desk.office.database) as tx:
            rows = outbox.claim(tx, worker, now, 100)
            for row in rows:
                outbox.defer(tx, row.claimed, worker, now, "451 later")
        tries.append({row.message_id: row.content for row in rows})
    assert tries[0] == tries[1]
    assert any(len(each) > len(PLANS) for each in tries[0].values())
