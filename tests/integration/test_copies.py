"""Copies of one mail have one effect; another mail is never taken for a copy."""

import pytest

from support.in_process import ANN, SUPPORT, InProcess, anns
from support.mail import a_mail

FIRST = anns()

COPIES = {
    "sent again after a 250 that got lost": FIRST,
    "by another path": b"Received: from a by b; Mon, 2 Feb 2026 09:00:01 +0100\r\n" + FIRST,
    "through a forwarder": b"Delivered-To: x@y.example\r\nReturn-Path: <f@y.example>\r\n" + FIRST,
    "with other line ends": FIRST.replace(b"\r\n", b"\n"),
}

OTHERS = {
    "another text": anns(text="The printer on floor 4 is on fire.\n"),
    "another subject": anns(message_id="<Printer@x.example>", subject="Scanner"),
    "another author": anns(from_="Eve <eve@y.example>"),
    "another date": anns(date="Tue, 03 Feb 2026 09:00:00 +0100"),
    "another file": anns(attachments={"a.txt": b"a"}),
    "the same from a script that has no ids": a_mail(
        from_=f"Ann <{ANN}>", message_id=None, subject="Printer on fire"
    ),
}


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_has_no_effect_and_names_the_first(desk: InProcess, how: str) -> None:
    desk.accept(FIRST)
    desk.accept(COPIES[how], mail_from="somebody@relay.example")
    desk.work()
    first, copy = desk.deliveries()
    assert (first.state, copy.state, copy.cause) == ("opened", "ignored", "duplicate")
    assert copy.duplicate_of == first.id
    assert len(desk.mails(ANN)) == 1


@pytest.mark.parametrize("what", OTHERS)
def test_another_mail_that_reuses_a_message_id_is_not_swallowed(desk: InProcess, what: str) -> None:
    desk.accept(FIRST)
    desk.accept(OTHERS[what])
    desk.work()
    assert desk.states() == ["opened", "opened"]


def test_a_copy_to_an_address_of_its_own_is_one_as_well(desk: InProcess) -> None:
    desk.accept(FIRST, SUPPORT)
    desk.accept(FIRST, "support+anything@example.com")
    desk.work()
    assert desk.states() == ["opened", "ignored"]
