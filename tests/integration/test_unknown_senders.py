"""Mail of somebody whom the mailbox does not know: accepted, held, or refused politely."""

from collections.abc import Callable

import pytest

from support.held import EVE, balances, eves, list_held, make, press, state
from support.in_process import LEE, InProcess, anns
from support.mail import a_mail


def test_an_unknown_senders_mail_waits_and_opens_a_ticket_once_it_is_let_in(
    desk: InProcess,
) -> None:
    make(desk, 'unknown_senders = "hold"')
    eves(desk)
    [entry] = desk.deliveries()
    assert (entry.state, entry.cause) == ("held", "unknown-sender")
    assert not desk.mails()
    desk.accept(anns())
    desk.work()
    assert desk.states() == ["held", "opened"]
    list_held(desk)
    assert "eve@evil.example" in desk.text(LEE, "held")
    press(desk, LEE, "release", entry.id)
    assert state(desk, entry.id) == "opened"
    assert len(desk.mails(EVE, ["confirmation"])) == 1
    desk.reply(EVE, "Thanks, one more thing: what is the price?", to="confirmation")
    desk.work()
    assert desk.deliveries()[-1].state == "joined"
    assert balances(desk)


def test_an_unknown_sender_is_refused_politely_and_once_a_day(desk: InProcess) -> None:
    make(desk, 'unknown_senders = "refuse"')
    for _ in range(3):
        eves(desk)
    for _ in range(3):
        raw = a_mail(from_=EVE, message_id=f"<{len(desk.deliveries())}@evil.example>")
        desk.accept(raw, mail_from=EVE)
    desk.work()
    assert {(each.state, each.cause) for each in desk.deliveries()} == {
        ("rejected", "unknown-sender")
    }
    [told] = desk.mails()
    assert (told.notice, told.rcpt_to) == ("not-accepted", EVE)
    assert "Printer on fire" not in desk.text(EVE, "not-accepted")
    assert desk.mail(EVE, "not-accepted")["Auto-Submitted"] == "auto-replied"
    assert not desk.tickets()
    assert balances(desk)


@pytest.mark.parametrize(
    "write",
    [
        lambda desk: eves(desk, mail_from=""),
        lambda desk: eves(desk, headers={"Auto-Submitted": "auto-generated"}),
        lambda desk: eves(desk, from_="no-reply@evil.example"),
    ],
    ids=["null sender", "machine", "no-reply"],
)
def test_who_is_no_person_is_refused_in_silence(
    desk: InProcess, write: Callable[[InProcess], None]
) -> None:
    make(desk, 'unknown_senders = "refuse"')
    write(desk)
    assert not desk.mails()
    assert not desk.tickets()


def test_a_known_domain_is_known_to_its_last_letter(desk: InProcess) -> None:
    make(desk, 'unknown_senders = "hold"', 'known_domains = ["Evil.example"]')
    eves(desk)
    eves(desk, from_="eve@sub.evil.example")
    eves(desk, from_="eve@notevil.example")
    assert desk.states() == ["opened", "held", "held"]


def test_a_stranger_who_knows_a_tag_is_as_unknown_as_any(desk: InProcess) -> None:
    make(desk, 'unknown_senders = "hold"')
    desk.accept(anns())
    desk.work()
    [ticket] = desk.tickets()
    eves(desk, f"Re: Printer [#{ticket.number}-{ticket.tag}]")
    assert desk.states() == ["opened", "held"]
    assert not desk.mails(EVE)
