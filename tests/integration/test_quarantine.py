"""A mail that cannot be handled is set aside with its cause, and the admin hears of it once."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from gateway.decide import mail
from gateway.decide.case import Case
from gateway.decide.decision import Decision
from gateway.store import Conflict, decisions, ledger, spool, tables, transaction
from gateway.workers.pipeline import Pipeline
from support.in_process import ANN, LEE, InProcess, anns


class Unheard(Exception):
    """A bug with a name that is longer than the column of causes."""


class AVeryLongNameOfAnErrorIndeed(Exception):
    pass


def fails_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(mail, "decide", fail)


def work_until_set_aside(desk: InProcess) -> None:
    for _ in range(spool.MAX_ATTEMPTS):
        desk.work()
        desk.let_time_pass()


def test_what_fails_is_set_aside_with_the_type_of_its_error(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.accept(anns())
    fails_with(ValueError("no such part"), monkeypatch)
    work_until_set_aside(desk)
    [entry] = desk.deliveries()
    assert (entry.state, entry.cause) == ("quarantined", "ValueError")
    assert "ValueError: no such part" in entry.reason
    assert "Traceback" in entry.trouble


def test_a_long_name_of_an_error_is_cut(desk: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.accept(anns())
    fails_with(AVeryLongNameOfAnErrorIndeed(), monkeypatch)
    work_until_set_aside(desk)
    assert desk.deliveries()[0].cause == "AVeryLongNameOfAnErr"


def test_what_kills_its_worker_is_set_aside_for_that(desk: InProcess) -> None:
    desk.accept(anns())
    with transaction(desk.office.database) as tx:
        tx.execute(sa.update(tables.delivery).values(attempts=spool.MAX_ATTEMPTS))
    desk.work()
    assert [(e.state, e.cause) for e in desk.deliveries()] == [("quarantined", "worker-died")]


def test_the_admin_is_told_once_of_each_cause(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error in (ValueError("one"), Unheard("two")):
        with monkeypatch.context() as patch:
            fails_with(error, patch)
            for number in range(3):
                desk.accept(anns(subject=f"{type(error)} {number}"))
            work_until_set_aside(desk)
    assert desk.states() == ["quarantined"] * 6
    first, second = desk.mails(LEE, ["alert"])
    assert b"ValueError" in first.content
    assert b"Unheard" in second.content
    said = " ".join(desk.text(LEE, "alert").split())
    assert f"(from <{ANN}> to support@example.com) failed 5 times and is set aside" in said
    assert '"ticket-gateway spool replay --cause Unheard"' in said
    assert "files of the desk" not in said


def test_what_is_replayed_and_fails_again_is_set_aside_again(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.accept(anns())
    fails_with(ValueError("no"), monkeypatch)
    work_until_set_aside(desk)
    with transaction(desk.office.database) as tx:
        assert ledger.replay(tx, desk.deliveries()[0].id, datetime.now(UTC))
        tx.execute(sa.delete(tables.alert))  # as a day later
    work_until_set_aside(desk)
    assert desk.states() == ["quarantined"]
    assert len(desk.mails(LEE, ["alert"])) == 2


def test_an_alarm_that_somebody_else_gives_at_the_same_time_keeps_nothing_back(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def second(*_: object) -> None:
        raise Conflict("told")

    desk.accept(anns())
    monkeypatch.setattr(decisions, "tell", second)
    fails_with(ValueError("no"), monkeypatch)
    work_until_set_aside(desk)
    assert desk.states() == ["quarantined"]


def test_an_error_whose_words_no_database_takes_is_set_aside_all_the_same(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.accept(anns())
    fails_with(ValueError("half a letter \udcff"), monkeypatch)
    work_until_set_aside(desk)
    [entry] = desk.deliveries()
    assert entry.state == "quarantined"
    assert "half a letter ?" in entry.reason


def test_a_mail_whose_alarm_fails_is_set_aside_without_it(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise AttributeError("a bug in telling")

    desk.accept(anns())
    fails_with(ValueError("no such part"), monkeypatch)
    monkeypatch.setattr("gateway.workers.alarm.quarantined", fails)
    work_until_set_aside(desk)
    assert [each.state for each in desk.deliveries()] == ["quarantined"]


def test_a_mail_whose_failure_cannot_be_recorded_stops_no_other(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide, postpone = mail.decide, Pipeline._postpone

    def poisoned(case: Case) -> Decision:
        if case.reading.message.subject == "poison":
            raise ValueError("poison")
        return decide(case)

    def cannot(self: Pipeline, delivery: spool.Delivery, error: Exception, **more: bool) -> None:
        if "poison" in str(error):
            raise AttributeError("a bug in postponing")
        postpone(self, delivery, error, **more)

    monkeypatch.setattr(mail, "decide", poisoned)
    monkeypatch.setattr(Pipeline, "_postpone", cannot)
    desk.accept(anns(subject="poison", message_id="<0@x.example>"))
    for number in range(3):
        desk.accept(anns(subject=f"good {number}", message_id=f"<g{number}@x.example>"))
    pipeline = Pipeline(desk.office)
    for _ in range(6):
        with suppress(AttributeError):
            pipeline.step()
    assert [each.state for each in desk.deliveries()].count("opened") == 3
