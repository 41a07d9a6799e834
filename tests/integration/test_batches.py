"""Mails that are worked together come to the same end as one by one, and share no other's fate."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.errors import TemporaryError
from gateway.store import Conflict, claims, spool, tables, transaction
from gateway.workers import pipeline
from gateway.workers.pipeline import Pipeline
from support.in_process import ANN, BOB, HR, SUPPORT, InProcess, anns
from support.stored import empty

Mail = tuple[bytes, tuple[str, ...]]


def some_mails(chance: random.Random, count: int) -> list[Mail]:
    """New ones of few people, answers to any of them, copies, and mails to two mailboxes."""
    made: list[Mail] = []
    ids: list[str] = []
    for number in range(count):
        who = chance.choice(
            ["Ann <ann@x.example>", "Zoe <zoe@x.example>", f"N <n{number}@x.example>"]
        )
        kind = chance.choice(["new", "new", "reply", "reply", "copy", "both"]) if made else "new"
        if kind == "copy":
            made.append(chance.choice(made))
            continue
        fields: dict[str, Any] = {"from_": who, "message_id": f"<{number}@client.example>"}
        fields["subject"] = fields["text"] = f"mail {number}"
        if kind == "reply":
            fields |= {"in_reply_to": (to := chance.choice(ids)), "references": to}
        ids.append(fields["message_id"])
        made.append((anns(**fields), (SUPPORT, HR) if kind == "both" else (SUPPORT,)))
    return made


def came_of(desk: InProcess, mails: list[Mail], batch: int, monkeypatch: Any) -> object:
    """What there is in the end, but for numbers and times."""
    empty(desk.office.database)
    desk.close()
    desk.office = desk._open()
    monkeypatch.setattr(pipeline, "MAX_BATCH", batch)
    for raw, rcpt_to in mails:
        desk.accept(raw, *rcpt_to)
    desk.work()
    tickets = desk.tickets()
    subjects = {ticket.number: ticket.subject for ticket in tickets}
    told = Counter((row.rcpt_to, row.notice, subjects.get(row.ticket or 0)) for row in desk.mails())
    return (
        desk.states(),
        sorted(
            (
                each.subject, each.mailbox, each.requester.key, each.version,
                [said.text for said in desk.said(each.number)], sorted(desk.history(each.number)),
            )
            for each in tickets
        ),
        told,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_any_batches_come_to_the_same_end_as_one_by_one(
    desk: InProcess, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    mails = some_mails(chance, 14)
    alone = came_of(desk, mails, 1, monkeypatch)
    for batch in (64, chance.randint(2, 9)):
        assert came_of(desk, mails, batch, monkeypatch) == alone


def test_a_reply_in_the_same_batch_as_its_parent_finds_its_ticket(desk: InProcess) -> None:
    desk.accept(anns(message_id="<1@x.example>"))
    desk.accept(anns(message_id="<2@x.example>", in_reply_to="<1@x.example>", text="And smoke."))
    desk.work()
    [ticket] = desk.tickets()
    assert desk.states() == ["opened", "held"]  # nothing but its From says that it is Ann's
    assert desk.account(desk.deliveries()[1].id)["about"] == ticket.number


def test_confirmations_are_limited_within_a_batch_as_well(desk: InProcess) -> None:
    desk.change("gateway.toml", '#confirmations = ["500 in 1h"', 'confirmations = ["3 in 1h"')
    for number in range(6):
        desk.accept(anns(subject=f"mail {number}"))
    desk.work()
    assert desk.states() == ["opened"] * 6
    assert len(desk.mails(ANN, ["confirmation"])) == 3


def test_a_commit_that_fails_is_done_again_mail_by_mail(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes, original = [], pipeline.put_down

    def fails(office: Any, done: Any) -> float:
        sizes.append(len(done))
        if any("two" in each.asked.reading.message.subject for each in done):
            raise Conflict("nothing of this")
        return original(office, done)

    monkeypatch.setattr(pipeline, "put_down", fails)
    for subject in ("one", "two", "three"):
        desk.accept(anns(subject=subject))
    desk.work()
    assert desk.states() == ["opened", "waiting", "opened"]
    assert sizes[0] == 3
    assert set(sizes[1:]) == {1}
    assert len(desk.mails(BOB, ["new-ticket"])) == 2


@pytest.mark.parametrize(("mail_comes", "largest"), [(True, 4), (False, 12)])
def test_commits_are_small_while_somebody_may_wait_for_a_250(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch, mail_comes: bool, largest: int
) -> None:
    monkeypatch.setattr(pipeline, "LOCK_SECONDS", 60)  # however slow the machine is
    for number in range(12):
        desk.accept(anns(subject=str(number)))
    sizes: list[int] = []
    put_down = pipeline.put_down
    monkeypatch.setattr(
        pipeline, "put_down", lambda office, done: sizes.append(len(done)) or put_down(office, done)
    )
    desk.work(Pipeline(desk.office, mail_comes=lambda: mail_comes))
    assert max(sizes) == largest
    assert sum(sizes) == 12
    assert desk.states() == ["opened"] * 12


def test_what_was_claimed_when_the_database_went_away_is_given_back_by_the_next_step(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.accept(anns())

    def gone(*_: Any) -> None:
        raise TemporaryError("database: gone")

    works = Pipeline(desk.office)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline.spool, "load_all", gone)
        with pytest.raises(TemporaryError):
            works.step()
    assert works.step()
    [entry] = desk.deliveries()
    assert (entry.state, entry.attempts) == ("opened", 1)


def test_after_a_death_the_mails_of_a_batch_are_tried_one_by_one(desk: InProcess) -> None:
    now = datetime.now(UTC)
    for subject in ("one", "two", "three"):
        desk.accept(anns(subject=subject))
    with transaction(desk.office.database) as tx:
        both = spool.due(tx, now, 2, 10**6)
        assert len(claims.claim(tx, tables.delivery, "dead", now, 2, both)) == 2
    with transaction(desk.office.database) as tx:
        assert spool.release(tx, "dead", claims.AT_ONCE) == 2
        assert spool.due(tx, now, 64, 10**6) == both[:1]


def test_what_kills_its_process_alone_comes_later_each_time(desk: InProcess) -> None:
    """Or all other mail would wait for the same death five times over."""
    desk.accept(anns(subject="deadly"))
    desk.accept(anns(subject="harmless"))
    now = datetime.now(UTC)
    with transaction(desk.office.database) as tx:
        [deadly, harmless] = spool.due(tx, now, 2, 10**6)
        for _ in range(2):
            claims.claim(tx, tables.delivery, "dead", now, 1, [deadly])
            spool.release(tx, "dead", claims.AT_ONCE if not _ else now)
        assert spool.due(tx, now, 1, 10**6) == [harmless]
        claims.claim(tx, tables.delivery, "other", now, 1, [harmless])
        assert spool.due(tx, now + timedelta(minutes=1), 1, 10**6) == [deadly]


def test_large_mails_are_not_claimed_by_the_dozen(desk: InProcess) -> None:
    for number in range(4):
        desk.accept(anns(subject=f"mail {number}", text="x" * 2000))
    with transaction(desk.office.database) as tx:
        assert len(spool.due(tx, datetime.now(UTC), 64, 5000)) == 2
        assert len(spool.due(tx, datetime.now(UTC), 64, 1)) == 1
