"""An agent's day by replies alone, in mail clients that people use, over real SMTP and IMAP."""

from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from conftest import without
from support import dovecot as imap
from support.clients import Neomutt, PostOffice, Snail
from support.desk import DeskUnderTest
from support.dovecot import Dovecot
from support.mail import SUPPORT
from support.sink import Sink
from support.waiting import eventually

DORA, BOB, LEE = "dora@example.com", "bob@example.com", "lee@example.com"

pytestmark = pytest.mark.server


class Day:
    """The desk, everybody's accounts, and the clients at their tables."""

    def __init__(self, desk: DeskUnderTest, post: PostOffice, home: Path) -> None:
        self.desk, self.post = desk, post
        self.bob = Neomutt(post, BOB, desk.port, home / "bob")
        self.lee = Neomutt(post, LEE, desk.port, home / "lee")
        self.dora = Snail(post, DORA, desk.port, home / "dora")

    def hears(self, who: str, subject: str, words: str) -> None:
        """They have a mail with this subject that says this, and it is their newest."""
        self.post.newest(who, subject, words)

    def ticket(self, subject: str, **wanted: Any) -> dict[str, Any]:
        """The ticket, once its fields have these values."""

        def there() -> dict[str, Any] | None:
            found = [each for each in self.desk.tickets() if each["subject"] == subject]
            fits = [e for e in found if all(e[name] == value for name, value in wanted.items())]
            return fits[0] if fits else None

        found = eventually(there, 20, f"{subject} with {wanted}")
        assert found is not None
        return found


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    for program in ("neomutt", "s-nail"):
        if not which(program):
            without(f"{program} is not installed")
    if why := imap.why_not():
        without(why)
    folder, sink = tmp_path_factory.mktemp("day"), Sink()
    desk = DeskUnderTest(folder / "desk")
    desk.init(outgoing=f"smtp://127.0.0.1:{sink.port}")
    try:
        with Dovecot() as server, desk.running():
            yield Day(desk, PostOffice(sink, server), folder)
    finally:
        desk.close()
        sink.stop()


def test_take_ask_note_and_resolve_are_replies(day: Day) -> None:
    subject = "Printer prints blank pages"
    day.dora.write(SUPPORT, subject, "All of them are white – even the cover.")
    day.hears(DORA, subject, "Your request has arrived")
    day.hears(BOB, subject, "white – even the cover")

    day.bob.reply(subject, "#take")
    day.ticket(subject, assignee=BOB, status="open")
    day.hears(DORA, subject, "Bob Agent")

    day.bob.reply(subject, "#wait requester: Which floor is it on?")
    day.hears(DORA, subject, "Which floor is it on?")
    day.ticket(subject, status="waiting-requester")

    day.dora.reply(subject, "On the third – next to the lift.")
    day.hears(BOB, subject, "next to the lift")
    day.ticket(subject, status="open")

    day.bob.reply(subject, "#note She sits next to it and never says so.")
    day.hears(LEE, subject, "never says so")
    day.lee.reply(subject, "Order a new one, Bob.")
    day.hears(BOB, subject, "Order a new one")

    day.bob.reply(subject, "#resolve: a new cartridge is in it")
    day.hears(DORA, subject, "a new cartridge is in it")
    ticket = day.ticket(subject, status="resolved")
    assert [each["kind"] for each in ticket["messages"]] == [
        "request",
        "command",
        "answer",
        "follow-up",
        "note",
        "note",
        "answer",
    ]
    for mail in day.post.got[DORA]:
        assert "never says so" not in mail.as_string()
        assert "Order a new one" not in mail.as_string()
        assert BOB not in mail.as_string()


def test_two_tickets_about_one_thing_are_merged_by_reply_and_yes(day: Day) -> None:
    first, second = "Door does not open", "The door again"
    day.dora.write(SUPPORT, first, "It sticks.")
    target = day.ticket(first)["number"]
    day.dora.write(SUPPORT, second, "It still sticks.")
    day.hears(BOB, second, "still sticks")

    day.bob.reply(second, f"#merge {target}")
    day.hears(BOB, second, "hardly be taken back")
    day.ticket(second, status="new")

    day.bob.reply(second, "yes")
    day.ticket(second, status="closed")
