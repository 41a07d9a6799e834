"""A decision is made from what is true when it is recorded, and explained as it was made."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from gateway.settle.correspond import Writer
from gateway.settle.office import Office
from gateway.store import decisions, snapshot, spool, tables, tickets, transaction
from gateway.store.claims import LEASE
from gateway.tickets.priority import Priority
from gateway.workers.pipeline import Pipeline
from support.in_process import ANN, BOB, InProcess, anns
from support.stored import count


class Interrupted:
    """A writer of mails who is so slow that, once, something else happens meanwhile."""

    def __init__(self, writer: Writer, meanwhile: Any) -> None:
        self._writer, self._meanwhile = writer, meanwhile

    def write(self, *args: Any) -> Any:
        meanwhile, self._meanwhile = self._meanwhile, lambda: None
        meanwhile()
        return self._writer.write(*args)


def interrupted(office: Office, meanwhile: Any) -> Office:
    return replace(office, writer=Interrupted(office.writer, meanwhile))  # type: ignore[arg-type]


def test_a_decision_from_a_ticket_that_changed_meanwhile_is_made_anew(desk: InProcess) -> None:
    desk.accept(anns())
    desk.work()
    [ticket] = desk.tickets()

    def a_colleague_takes_it() -> None:
        with transaction(desk.office.database) as tx:
            ids = {row.key: row.id for row in tx.execute(sa.select(tables.person))}
            urgent = replace(ticket, priority=Priority.P1, queue="HR")
            tickets.update(tx, ticket, urgent, ids)

    desk.reply(ANN, "Hurry!", to="confirmation")
    desk.work(Pipeline(interrupted(desk.office, a_colleague_takes_it)))
    [after] = desk.tickets()
    assert (after.priority, after.queue, after.version) == (Priority.P1, "HR", 3)
    assert len(desk.said(after.number)) == 2
    assert desk.mails(BOB, ["follow-up"]) == [], "it is of the queue HR now"
    assert len(desk.mails("hana@example.com", ["follow-up"])) == 1


def test_work_that_another_took_over_has_no_effect(desk: InProcess) -> None:
    desk.accept(anns())

    def another_takes_over() -> None:
        with transaction(desk.office.database) as tx:
            late = datetime.now(UTC) + LEASE + timedelta(seconds=1)
            assert spool.claim(tx, "another", late, 1)

    desk.work(Pipeline(interrupted(desk.office, another_takes_over)))
    assert (desk.states(), desk.tickets(), desk.mails()) == (["waiting"], [], [])


def test_work_that_failed_after_another_took_it_over_is_no_error_of_the_worker(
    desk: InProcess,
) -> None:
    desk.accept(anns())

    def another_takes_over_and_it_fails() -> None:
        with transaction(desk.office.database) as tx:
            late = datetime.now(UTC) + LEASE + timedelta(seconds=1)
            assert spool.claim(tx, "another", late, 1)
        raise RuntimeError("and now this")

    desk.work(Pipeline(interrupted(desk.office, another_takes_over_and_it_fails)))
    assert desk.states() == ["waiting"]


def recorded(desk: InProcess) -> dict[str, Any]:
    with snapshot(desk.office.database) as tx:
        kept = decisions.load(tx, desk.deliveries()[-1].id)
    assert kept is not None
    assert kept.ruleset == desk.office.desk.rules.version
    return dict(kept.account)


def test_explain_says_what_is_recorded_then(desk: InProcess) -> None:
    mails = [
        lambda: desk.accept(anns(subject="vpn is down", from_="Dora <dora@example.com>")),
        lambda: desk.reply("dora@example.com", "Hurry!", to="confirmation"),
        lambda: desk.reply(BOB, "#grab", to="new-ticket"),
        lambda: desk.reply(BOB, "#take", to="new-ticket"),
        lambda: desk.reply(BOB, "#resolve: done", to="new-ticket"),
        lambda: desk.reply(BOB, "Forged.", to="new-ticket", references="", in_reply_to="<no@x>"),
        lambda: desk.accept(anns(subject="x", headers={"Auto-Submitted": "auto-generated"})),
        lambda: desk.accept(anns(subject="out", headers={"Auto-Submitted": "auto-replied"})),
    ]
    outcomes = []
    for comes_in in mails:
        comes_in()
        expected = desk.foreseen()
        desk.work()
        told = recorded(desk)
        outcomes.append(told["outcome"])
        if told["outcome"] == "opened":
            del expected["ticket"], told["ticket"]  # a number is reserved for none but the real one
        assert told == expected
    assert outcomes == ["opened", *["joined"] * 5, "opened", "ignored"]


def test_a_decision_is_kept_without_the_text_it_was_about(desk: InProcess) -> None:
    texts = {"subject": "Sekret", "text": "Sekret", "html": "<p>Sekret</p>"}
    desk.accept(anns(message_id="<a@x.example>", **texts))
    desk.work()
    with snapshot(desk.office.database) as tx:
        kept = decisions.load(tx, desk.deliveries()[0].id)
        assert "Sekret" not in str(kept)
        assert count(tx, tables.decision) == 1
