"""From a decision to finished mails: what each reader gets, and what a link of theirs does."""

import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from gateway.decide import mail
from gateway.decide.admission import Grant
from gateway.decide.decision import Decision
from gateway.deliveries import Cause, Outcome
from gateway.ingest.trust import Proof
from gateway.message import Address, Mail
from gateway.outbound.letter import Notice, PlainReply
from gateway.outbound.notify import Telling
from gateway.outbound.render import Renderer
from gateway.settle.correspond import At, Request, Writer
from gateway.threading import tag
from gateway.threading.match import Clues
from gateway.threading.tag import Purpose, Signed
from gateway.tickets.actions import Entry
from gateway.tickets.model import Ticket
from gateway.tickets.status import Status
from support.cases import (
    ANN,
    BOB,
    CARL,
    EVE,
    IDS,
    LEE,
    NOW,
    NUMBER,
    SUPPORT,
    a_case,
    a_desk,
    a_reading,
    a_ring,
    a_ticket,
    by_address,
)  # fmt: skip

RING = a_ring()
ME = At(author=ANN, delivery=17, copied=(CARL, Address(SUPPORT), ANN, CARL))


def written(decision: Decision, at: At = ME, folder: Path | None = None) -> list[Mail]:
    writer = Writer(desk=a_desk(), ring=RING, renderer=Renderer(folder))
    done = writer.write(decision, at, IDS, {}, "delivery 17", NOW)
    assert done.faults == ()
    return list(done.mails)


def opened() -> Decision:
    return mail.decide(a_case())


def mail_to(person: Address, mails: list[Mail]) -> Mail:
    return next(each for each in mails if each.rcpt_to == person.address)


def parts(mail: Mail) -> tuple[str, str]:
    made = message_from_bytes(mail.headers + mail.body, policy=email.policy.default)
    bodies = [made.get_body((kind,)) for kind in ("plain", "html")]  # type: ignore[attr-defined]
    text, html = (str(each.get_content()).replace("\r\n", "\n") for each in bodies)
    return text, html


def links(mail: Mail) -> Iterator[tuple[str, str, str]]:
    """The words, the address, and the first line that each link writes."""
    for href, words in re.findall(r'<a href="(mailto:[^"]*)"[^>]*>([^<]*)</a>', parts(mail)[1]):
        url = urlsplit(unescape(href))
        yield words, unquote(url.path), dict(parse_qsl(url.query)).get("body", "")


def after_tapping(words: str, mail_of_ours: Mail, ticket: Ticket, *, text: str = "") -> Decision:
    """What the desk does when Bob taps a link and sends what opens."""
    _, address, line = next(each for each in links(mail_of_ours) if each[0] == words)
    signed = tag.read_address(RING, SUPPORT, "+", address, NOW)
    assert signed
    reading = a_reading(author=BOB, text=f"{line}{text}", message_id="tap@x.example")
    return mail.decide(a_case(reading, ticket=ticket, clues=Clues(signed=(signed,))))


@pytest.mark.parametrize(
    ("words", "text", "status", "entry"),
    [
        ("Take it", "", Status.OPEN, Entry.COMMAND),
        ("Take it", "I come at three.", Status.OPEN, Entry.ANSWER),
        ("Ask Ann", "Which cable?", Status.WAITING_REQUESTER, Entry.ANSWER),
        ("Resolve", "New roller.", Status.RESOLVED, Entry.ANSWER),
        ("Note to colleagues", "Cupboard 4.", Status.NEW, Entry.NOTE),
        ("Hand to Lee Lead", "", Status.NEW, Entry.COMMAND),
    ],
)
def test_a_tap_does_what_its_words_say(words: str, text: str, status: Status, entry: Entry) -> None:
    decision = opened()
    assert decision.after
    ticket = replace(decision.after, number=NUMBER)
    told = mail_to(BOB, written(replace(decision, after=ticket)))
    done = after_tapping(words, told, ticket, text=text)
    assert done.problems == ()
    assert done.after
    assert (done.after.status, done.entry) == (status, entry)
    assert done.text == text


def test_a_note_stays_a_note_when_its_first_line_is_lost() -> None:
    decision = replace(opened(), after=a_ticket())
    told = mail_to(BOB, written(decision))
    address = next(address for words, address, _ in links(told) if words == "Note to colleagues")
    assert tag.read_address(RING, SUPPORT, "+", address, NOW) == Signed(NUMBER, Purpose.NOTE, 1)


def test_nobody_gets_anothers_token() -> None:
    mails = written(replace(opened(), after=a_ticket()))
    assert {each.rcpt_to for each in mails} == {ANN.address, BOB.address, LEE.address}
    for each in mails:
        whole = (each.headers + each.body).replace(b"=\r\n", b"")
        tokens = {found.decode() for found in re.findall(rb"(?=([a-z2-7]{32}))", whole)}
        said = [tag.verify(RING, SUPPORT, NUMBER, token, NOW) for token in tokens]
        people = {found.person for found in said if found}
        assert people == {each.person_id}


def test_a_template_that_puts_a_link_into_the_subject_tells_no_mark(tmp_path: Path) -> None:
    one = "{{ (letter.choices | first).href }}"
    (tmp_path / "new-ticket.txt.j2").write_text(f"Subject: {one}\n\n{one}\n")
    (tmp_path / "new-ticket.html.j2").write_text(f"<p>{one[:-3]} | upper }}}} {one}</p>\n")
    told = mail_to(BOB, written(replace(opened(), after=a_ticket()), folder=tmp_path))
    text, html = parts(told)
    address = unquote(urlsplit(text.split()[0]).path)
    assert tag.read_address(RING, SUPPORT, "+", address, NOW) == Signed(NUMBER, Purpose.REPLY, 1)
    assert f"support%2B{NUMBER}-" in html
    assert b"\0" not in told.headers


@pytest.mark.parametrize(
    ("proof", "grant", "evidence", "words"),
    [
        (Proof.VERIFIED, Grant.NOBODY, "mx.example.com says dmarc=pass for x.example",
         "verified by mx.example.com"),
        (Proof.VERIFIED, Grant.NOBODY, "logged in here as ann@example.com",
         "verified by their login here"),
        (Proof.TOKEN, Grant.NOBODY, "", "came to their own reply address"),
        (Proof.CLAIMED, Grant.NOBODY, "mx.example.com says spf=none", "not verified"),
        (Proof.CLAIMED, Grant.AUTHOR, "", "said yes when we asked at the address on file"),
        (Proof.CLAIMED, Grant.PERSON, "", "not verified, let in by one of you"),
    ],
)  # fmt: skip
def test_agents_are_told_what_speaks_for_the_author(
    proof: Proof, grant: Grant, evidence: str, words: str
) -> None:
    decision = opened()
    trace = replace(decision.trace, proof=proof, trust=("mx says spf=fail", evidence))
    decision, at = replace(decision, trace=trace), replace(ME, grant=grant)
    text, html = parts(mail_to(BOB, written(decision, at)))
    assert f"Proof:     {words}\n" in text
    assert words in html
    assert "Proof" not in parts(mail_to(ANN, written(decision, at)))[0]


@pytest.mark.parametrize(
    ("author", "shown"), [(LEE, "Lee Lead"), (CARL, "Carl <carl@example.com>")]
)
def test_agents_are_told_a_colleague_by_name_alone(author: Address, shown: str) -> None:
    """A quotation of it may go to a requester."""
    told = mail_to(BOB, written(replace(opened(), after=a_ticket()), replace(ME, author=author)))
    for said in parts(told):
        assert shown in unescape(said)
        assert LEE.address not in unescape(said).replace(f"#assign {LEE.address}", "")


def test_agents_are_told_who_else_got_it_without_our_own_addresses() -> None:
    decision = opened()
    assert decision.after
    watched = replace(decision, after=replace(decision.after, watchers=(CARL,)))
    assert "Copied:    Carl (watches)\n" in parts(mail_to(BOB, written(watched)))[0]
    assert "Copied" not in parts(mail_to(ANN, written(watched)))[0]


def test_agents_are_told_of_the_ticket_that_a_stranger_pointed_at() -> None:
    case = a_case(a_reading(author=EVE), ticket=a_ticket(), clues=by_address(ANN))
    decision = mail.decide(case)
    assert decision.quoted == NUMBER
    text, _ = parts(mail_to(BOB, written(decision, replace(ME, author=EVE))))
    assert f"Points at: #{NUMBER}, whose participants they are not\n" in text


def test_whoever_asks_for_what_can_hardly_be_undone_is_told_why_we_ask() -> None:
    decision = Decision(
        outcome=Outcome.HELD,
        cause=Cause.NEEDS_YES,
        reason="test",
        about=a_ticket(),
        text="#merge 7",
        tellings=(Telling(Notice.UNPROVEN, BOB, PlainReply.CONFIRMS),),
    )
    text, _ = parts(mail_to(BOB, written(decision)))
    assert "can hardly be taken back" in text
    text, _ = parts(mail_to(BOB, written(replace(decision, cause=Cause.UNPROVEN))))
    assert "nothing proves that it is from you" in text


def test_who_gets_a_ticket_from_a_colleague_reads_the_request_and_their_note() -> None:
    reading = a_reading(author=BOB, text="#assign lee\n\nShe is angry.")
    clues = by_address(BOB, Purpose.NOTE)
    decision = mail.decide(a_case(reading, ticket=a_ticket(assignee=BOB), clues=clues))
    begun = Request(author=ANN, text="It burns.", at=NOW)
    mails = written(decision, At(author=BOB, delivery=17, request=begun))
    text, _ = parts(mail_to(LEE, mails))
    assert text.rstrip().endswith("It burns.")
    assert "Passed on: by Bob Agent" in text
    assert "She is angry." in text
