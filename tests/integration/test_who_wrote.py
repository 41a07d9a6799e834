"""Who is proven is who is believed: no verdict on one address is proof of another.

An author is who From: names. Where it names nobody the envelope's sender is asked as a
participant, and never believed, for MAIL FROM is free text as well.
"""

import pytest

from gateway.tickets.model import Ticket
from support.in_process import ANN, BOB, InProcess, anns
from support.mail import a_mail

EVE = "eve@evil.example"
OUR_MX = "192.0.2.1"
VOUCHED = (
    b"Authentication-Results: mx.example.com; dmarc=pass header.from=evil.example\r\n"
    b"Received: from evil.example by mx.example.com; Mon, 2 Feb 2026\r\n"
)
FROM = {
    "too long": b"From: <" + b"a" * 260 + b"@evil.example>\r\n",
    "nobody, by our own word": b'From: "(no sender)" <nobody@invalid>\r\n',
    "missing": b"",
    "empty": b"From:\r\n",
}


@pytest.fixture(params=FROM)
def author(request: pytest.FixtureRequest) -> bytes:
    """A From field that names nobody."""
    return FROM[request.param]


@pytest.fixture
def trusting(sqlite_desk: InProcess) -> InProcess:
    """A desk that believes its mail server, which vouches for evil.example."""
    sqlite_desk.change(
        "gateway.toml",
        "\n[trust]\n",
        '\n[trust]\nservers = ["mx.example.com"]\nrelays = ["192.0.2.1"]\n',
    )
    return sqlite_desk


def evils(author: bytes, text: str, subject: str = "Re: Printer") -> bytes:
    mail = a_mail(from_=None, subject=subject, text=text, message_id="<evil@evil.example>")
    return VOUCHED + author + mail


def anns_ticket(desk: InProcess) -> Ticket:
    desk.accept(anns())
    desk.work()
    [ticket] = desk.tickets()
    return ticket


def test_a_from_that_names_nobody_makes_nobody_the_requester(
    trusting: InProcess, author: bytes
) -> None:
    ticket = anns_ticket(trusting)
    subject = f"Re: Printer [#{ticket.number}-{ticket.tag}]"
    trusting.accept(evils(author, f"#watch {EVE}", subject), mail_from=ANN, peer=OUR_MX)
    trusting.work()
    assert trusting.tickets()[0].watchers == ()
    assert len(trusting.said(ticket.number)) == 1


def test_a_from_that_names_nobody_makes_nobody_an_agent(trusting: InProcess, author: bytes) -> None:
    trusting.accept(evils(author, "#away"), mail_from=BOB, peer=OUR_MX)
    trusting.work()
    assert trusting.states() != ["answered"], trusting.account(1)


def test_a_stolen_reply_address_without_its_owners_from_proves_nobody(
    sqlite_desk: InProcess, author: bytes
) -> None:
    ticket = anns_ticket(sqlite_desk)
    stolen = str(sqlite_desk.mail(ANN, "confirmation")["Reply-To"])
    sqlite_desk.accept(evils(author, "By me."), stolen, mail_from=ANN)
    sqlite_desk.work()
    assert len(sqlite_desk.said(ticket.number)) == 1
    assert sqlite_desk.states()[-1] == "held"


def test_a_yes_without_its_authors_from_lets_nothing_in(
    sqlite_desk: InProcess, author: bytes
) -> None:
    ticket = anns_ticket(sqlite_desk)
    sqlite_desk.accept(anns(subject=f"Re: Printer [#{ticket.number}-{ticket.tag}]"), mail_from=EVE)
    sqlite_desk.work()
    stolen = str(sqlite_desk.mail(ANN, "unproven")["Reply-To"])
    sqlite_desk.accept(evils(author, "yes"), stolen, mail_from=ANN)
    sqlite_desk.work()
    assert len(sqlite_desk.said(ticket.number)) == 1
