"""Thanks open nothing again; whoever wants something, in whatever words, does."""

import tomllib
from pathlib import Path

import pytest

from gateway.decide import mail
from gateway.decide.decision import Decision
from gateway.decide.thanks import is_thanks
from gateway.deliveries import Outcome
from gateway.message import Attachment, Message
from gateway.tickets.actions import Entry
from gateway.tickets.status import Status
from support.cases import ANN, BOB, CARL, a_case, a_reading, a_ticket, by_address

TEXTS = tomllib.loads((Path(__file__).parents[1] / "golden" / "thanks.toml").read_text())
NAMES = ("Ann Example", "Bob Agent")
PRINTER = Message(subject="Re: Printer on fire")


def decided(text: str, status: Status = Status.RESOLVED, **fields: object) -> Decision:
    reading = a_reading(text=text, **{"subject": "Re: Printer on fire", **fields})
    ticket = a_ticket(status=status, watchers=(CARL,), assignee=BOB)
    author = fields.get("author", ANN)
    return mail.decide(a_case(reading, ticket=ticket, clues=by_address(author)))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", TEXTS["thanks"])
def test_thanks_are_thanks(text: str) -> None:
    assert is_thanks(PRINTER, text, "Printer on fire", NAMES)


@pytest.mark.parametrize("text", TEXTS["wants"])
def test_whoever_wants_something_does_not_only_say_thanks(text: str) -> None:
    assert not is_thanks(PRINTER, text, "Printer on fire", NAMES)


def test_there_are_many_of_both() -> None:
    assert len(set(TEXTS["thanks"])) >= 60
    assert len(set(TEXTS["wants"])) >= 60


@pytest.mark.parametrize("text", TEXTS["thanks"])
@pytest.mark.parametrize("more", ["but", "aber", "mais", "no", "nicht", "не", "not", "?", "2", "x"])
def test_one_more_word_is_a_wish(text: str, more: str) -> None:
    assert not is_thanks(PRINTER, f"{text} {more}", "Printer on fire", NAMES)
    assert not is_thanks(PRINTER, f"{more} {text}", "Printer on fire", NAMES)


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED], ids=str)
@pytest.mark.parametrize("author", [ANN, CARL], ids=lambda who: who.name)
def test_thanks_are_kept_without_opening_the_ticket_and_nobody_is_told(
    status: Status, author: object
) -> None:
    decision = decided("Thank you!", status, author=author)
    assert decision.outcome is Outcome.JOINED
    assert (decision.entry, decision.text) == (Entry.THANKS, "Thank you!")
    assert decision.after is not None
    assert decision.after.status is status
    assert decision.tellings == decision.withheld == ()


@pytest.mark.parametrize("status", [each for each in Status if not each.is_over], ids=str)
def test_thanks_while_there_is_work_are_a_follow_up(status: Status) -> None:
    assert decided("Thank you!", status).entry is Entry.FOLLOW_UP


@pytest.mark.parametrize("text", ["reopen", "Reopen, thanks", "wieder öffnen", "It burns again."])
def test_one_word_opens_it_again(text: str) -> None:
    decision = decided(text)
    assert decision.after is not None
    assert decision.after.status is Status.OPEN
    assert [each.to for each in decision.tellings] == [BOB]


def test_thanks_with_a_file_open_it_again() -> None:
    file = Attachment(filename="error.png", content_type="image/png", size_bytes=9)
    assert decided("Thank you!", attachments=(file,)).entry is Entry.FOLLOW_UP


@pytest.mark.parametrize("subject", ["VPN is down", "Re: Printer", "Thanks"])
def test_thanks_under_another_subject_open_it_again(subject: str) -> None:
    assert decided("Thank you!", subject=subject).entry is Entry.FOLLOW_UP


@pytest.mark.parametrize(
    "subject",
    ["", "AW: Re: Printer on fire", "Re: [#1042-k3v5xw] Printer on fire", "回复：Printer on fire"],
)
def test_prefixes_and_our_tag_are_no_other_subject(subject: str) -> None:
    assert decided("Thank you!", subject=subject).entry is Entry.THANKS


def test_a_long_mail_is_no_thanks_whatever_it_is_made_of() -> None:
    assert not is_thanks(PRINTER, "Thank you! " * 30, "Printer on fire")
