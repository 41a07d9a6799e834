"""The list of held mail: who gets it, how often, and what its links and a reply to it do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.directory import Directory
from gateway.store import outbox, snapshot, tables, transaction
from gateway.workers import digest
from gateway.workers.upkeep import Upkeep
from support.held import balances, eves, hold_one, links, list_held, make, press, state
from support.in_process import BOB, HANA, LEE, InProcess, anns
from support.mail import a_mail
from support.stored import column


def test_the_leads_get_one_list_a_day_of_all_that_is_held(desk: InProcess) -> None:
    list_held(desk)
    assert not desk.mails(notices=["held"])
    first, second = hold_one(desk), hold_one(desk, "It is me again.")
    list_held(desk)
    list_held(desk)
    [listed] = desk.mails(notices=["held"])
    assert listed.rcpt_to == LEE
    text = desk.text(LEE, "held")
    for words in (str(first), str(second), "ann@example.com", "Re: Printer", "#1001"):
        assert words in text
    assert set(links(desk, LEE)) == {
        (word, each) for word in ("release", "drop") for each in (first, second)
    }
    with transaction(desk.office.database) as tx:
        long_ago = datetime.now(UTC) - timedelta(days=2)  # the day begins at seven
        tx.execute(tables.alert.update().values(told_at=long_ago))
    list_held(desk)
    assert len(desk.mails(LEE, ["held"])) == 2


def test_a_list_comes_once_a_day_in_the_morning_whenever_the_first_came(desk: InProcess) -> None:
    hold_one(desk)
    midnight = datetime(2026, 7, 2, tzinfo=UTC)  # the sample desk's zone is UTC
    hours = (-3, 1, 6, 7, 8, 23, 24, 30, 31, 32, 54, 55)
    came = [hour for hour in hours if digest.send(desk.office, midnight + timedelta(hours=hour))]
    assert came == [-3, 7, 31, 55]
    early = [hour for hour in (60 * 24 + 5, 60 * 24 + 7, 60 * 24 + 25, 60 * 24 + 31)
             if digest.send(desk.office, midnight + timedelta(hours=hour))]  # fmt: skip
    assert early == [60 * 24 + 5, 60 * 24 + 31]


def test_two_hosts_that_list_at_one_moment_write_one_mail(desk: InProcess) -> None:
    hold_one(desk)
    for name in ("one", "two"):
        Upkeep(replace(desk.office, worker=name)).step()
    for name in ("one", "two"):
        upkeep = Upkeep(replace(desk.office, worker=name))
        while upkeep.step():
            pass
    assert len(desk.mails(LEE, ["held"])) == 1


def test_a_link_of_one_lead_is_nothing_to_others(desk: InProcess) -> None:
    waiting = hold_one(desk)
    list_held(desk)
    to = links(desk, LEE)["release", waiting]
    for who in (BOB, HANA, "eve@evil.example"):
        desk.accept(a_mail(from_=who, to=to, text=f"release {waiting}", message_id=f"<{who}>"), to)
    desk.work()
    assert state(desk, waiting) == "held"
    assert [each.cause for each in desk.deliveries()[-3:]] == ["no-question"] * 3


def test_the_admin_gets_the_list_of_a_team_that_has_nobody(desk: InProcess) -> None:
    waiting = hold_one(desk)
    nobody = replace(desk.office.desk, directory=Directory())
    desk.office = replace(desk.office, desk=nobody)
    list_held(desk)
    [listed] = desk.mails(notices=["held"])
    assert listed.rcpt_to == desk.office.desk.gateway.desk.admin
    press(desk, listed.rcpt_to, "drop", waiting)
    assert state(desk, waiting) == "rejected"


def test_a_reply_to_the_list_decides_line_by_line(desk: InProcess) -> None:
    ids = [hold_one(desk, f"It is {number}.") for number in range(4)]
    list_held(desk)
    lines = f"release {ids[0]}\nDrop: #{ids[1]}\nrelease {ids[3]} please, and drop {ids[3]}"
    desk.reply(LEE, f"{lines}\ndrop 999999", to="held")
    desk.work()
    assert [state(desk, each) for each in ids] == ["joined", "rejected", "held", "joined"]
    assert desk.deliveries()[-1].state == "answered"
    assert balances(desk)


def test_a_mailbox_without_signed_addresses_is_answered_by_lines(desk: InProcess) -> None:
    make(desk, 'separator = ""', 'unknown_senders = "hold"')
    eves(desk)
    eves(desk, "Offer again")
    list_held(desk)
    assert links(desk, LEE) == {}
    first, second = (each.id for each in desk.deliveries())
    desk.reply(LEE, f"drop {first}\nrelease {second}", to="held")
    desk.work()
    assert desk.states() == ["rejected", "opened", "answered"]
    eves(desk, "Offer", text=f"release {first}",
         in_reply_to=str(desk.mail(LEE, "held")["Message-ID"]))  # fmt: skip
    assert desk.states()[-1] == "ignored"


def test_of_very_many_the_list_names_the_newest(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "MAX_LISTED", 2)
    ids = [hold_one(desk, f"It is {number}.") for number in range(3)]
    list_held(desk)
    assert {number for _, number in links(desk, LEE)} == set(ids[1:])
    assert "ticket-gateway held list" in desk.text(LEE, "held")


def test_mail_about_a_ticket_of_another_team_is_in_that_teams_list_alone(desk: InProcess) -> None:
    desk.change("gateway.toml", 'name = "HR"\nteam = "hr"',
                'name = "HR"\nteam = "hr"\nmembers_only = true')  # fmt: skip
    desk.accept(anns())
    desk.work()
    desk.reply(BOB, "#queue HR", to="new-ticket")
    desk.work()
    assert desk.tickets()[0].queue == "HR"
    waiting = hold_one(desk)
    list_held(desk)
    assert {each.rcpt_to for each in desk.mails(notices=["held"])} == {HANA}
    press(desk, HANA, "release", waiting)
    assert state(desk, waiting) == "joined"


def test_a_list_is_queued_with_the_mark_or_not_at_all(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_one(desk)

    def dies(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(outbox, "add", dies)
    with pytest.raises(RuntimeError):
        list_held(desk)
    monkeypatch.undo()
    with snapshot(desk.office.database) as tx:
        assert column(tx, tables.alert.c.key) == []
    list_held(desk)
    assert len(desk.mails(LEE, ["held"])) == 1
