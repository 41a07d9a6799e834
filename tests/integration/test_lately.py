"""What is remembered of a person from mail to mail: how much they had, and that they are away."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.decide import author
from gateway.ingest.trust import Proof
from gateway.store import away, counts, snapshot
from gateway.store.counts import Count
from support.in_process import ANN, BOB, LEE, SUPPORT, InProcess, anns
from support.mail import a_mail

EVE = "eve@evil.example"


def in_anns_name(desk: InProcess, count: int) -> None:
    """Eve writes as Ann, and all that she knows is the tag."""
    [ticket] = desk.tickets()[:1]
    for number in range(count):
        subject = f"Re: Printer [#{ticket.number}-{ticket.tag}]"
        raw = anns(subject=subject, text=f"Send {number}", message_id=f"<{number}@evil.example>")
        desk.accept(raw, mail_from=EVE)
    desk.work()


def test_a_forger_cannot_flood_ann_with_questions(desk: InProcess) -> None:
    desk.accept(anns())
    desk.work()
    in_anns_name(desk, 20)
    assert desk.states().count("held") == 20
    assert len(desk.mails(ANN, ["unproven"])) == 3


def test_a_requester_who_is_a_machine_is_confirmed_so_often_and_no_more(desk: InProcess) -> None:
    for number in range(70):
        desk.accept(anns(subject=f"Re: mail {number}"))
    desk.work()
    assert desk.states() == ["opened"] * 70
    assert len(desk.mails(ANN, ["confirmation"])) == 60
    withheld = [desk.history(each.number).count("mail-withheld") for each in desk.tickets()]
    assert sum(withheld) == 10


def test_agents_hear_of_every_new_ticket(desk: InProcess) -> None:
    for number in range(70):
        desk.accept(anns(subject=f"mail {number}"))
    desk.work()
    assert len(desk.mails(LEE, ["new-ticket"])) == 70


def test_mails_are_counted_in_each_window(desk: InProcess) -> None:
    desk.accept(anns())
    desk.work()
    [ticket], now = desk.tickets(), datetime.now(UTC)
    moments = (now - timedelta(hours=1), now + timedelta(hours=1))
    wanted = [
        Count("all", frozenset(), moments),
        Count("confirmations", frozenset({"confirmation"}), moments),
        Count("answers", frozenset({"answer"}), moments[:1]),
    ]
    with snapshot(desk.office.database) as tx:
        by_ticket = counts.by_ticket(tx, [ticket.number, 99], wanted)
        [(person, _)] = [
            each for each in by_ticket[ticket.number].items() if each[1]["confirmations"][0]
        ]
        by_person = counts.by_person(tx, [person], wanted[1:])
        assert counts.by_ticket(tx, [ticket.number], []) == {}
        assert counts.by_person(tx, [], wanted) == {}
    assert by_ticket.keys() == {ticket.number}
    assert by_ticket[ticket.number][person] == {
        "all": (1, 0),
        "confirmations": (1, 0),
        "answers": (0,),
    }
    assert by_person == {person: {"confirmations": (1, 0), "answers": (0,)}}


def out_of_office(text: str) -> bytes:
    return a_mail(
        from_=f"Bob Agent <{BOB}>",
        to=SUPPORT,
        subject="Automatic reply: New ticket",
        text=text,
        message_id=f"<{abs(hash(text))}@client.example>",
        headers={"Auto-Submitted": "auto-replied"},
    )


@pytest.fixture
def believed(desk: InProcess, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    """A desk whose mail server vouches for everybody."""
    monkeypatch.setattr(author, "proof", lambda *_: Proof.VERIFIED)
    return desk


def who_is_away(desk: InProcess) -> dict[str, datetime | None]:
    with snapshot(desk.office.database) as tx:
        return dict(away.now_away(tx, datetime.now(UTC)))


def is_back_with(desk: InProcess, raw: bytes) -> bool:
    desk.accept(raw, mail_from=BOB)
    desk.work()
    return BOB not in who_is_away(desk)


def test_an_agent_is_away_from_the_notice_until_the_next_mail(believed: InProcess) -> None:
    desk = believed
    day = datetime.now(UTC).date() + timedelta(days=10)
    desk.accept(anns(subject="vpn"))
    desk.work()
    assert desk.tickets()[0].assignee is not None, "the sample rules give it to Bob"
    path = desk.mails(BOB, ["new-ticket"])[-1].mail_from
    desk.accept(out_of_office(f"I am away until {day}."), path, mail_from="")
    desk.work()
    until = who_is_away(desk)[BOB]
    assert until
    assert until.date() == day + timedelta(days=1)
    desk.accept(anns(subject="vpn again"))
    desk.work()
    assert desk.tickets()[1].assignee is None
    assert not is_back_with(desk, out_of_office("I am still away."))
    assert who_is_away(desk) == {BOB: None}
    desk.reply(BOB, "#note I am back", to="new-ticket")
    desk.work()
    assert who_is_away(desk) == {}


def test_a_notice_that_nothing_vouches_for_has_no_effect(desk: InProcess) -> None:
    desk.accept(anns())
    desk.work()
    for path in (desk.mails(BOB, ["new-ticket"])[-1].mail_from, SUPPORT):
        desk.accept(out_of_office(f"I am away. {path}"), path, mail_from="")
    desk.work()
    assert who_is_away(desk) == {}
    assert [row.notice for row in desk.mails(ANN)] == ["confirmation"]


def test_thanks_are_filed_and_open_nothing(desk: InProcess) -> None:
    desk.accept(anns(text="It burns."))
    desk.work()
    desk.reply(BOB, "#resolve: it is out", to="new-ticket")
    desk.work()
    before = len(desk.mails())
    desk.reply(ANN, "Thank you so much!", to="resolved")
    desk.work()
    [ticket] = desk.tickets()
    assert ticket.status == "resolved"
    assert len(desk.mails()) == before
    assert [str(each.entry) for each in desk.said(ticket.number)][-1] == "thanks"
    desk.reply(ANN, "Thank you, reopen", to="resolved")
    desk.work()
    assert desk.tickets()[0].status == "open"
    assert len(desk.mails()) > before
