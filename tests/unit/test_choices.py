"""What agents are offered: only what works, at addresses that are theirs alone."""

import email.policy
import re
from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.message import Address, Mail
from gateway.outbound import blanks, choices, compose, samples
from gateway.outbound.compose import File, Reader
from gateway.outbound.letter import Choice, Letter, Notice, PlainReply
from gateway.outbound.render import Renderer
from gateway.rules import commands
from gateway.rules.commands import Verb
from gateway.threading import tag
from gateway.threading.tag import Purpose, Signed
from gateway.tickets.actions import (
    AddMessage,
    Close,
    Entry,
    Reopen,
    Resolve,
    Take,
    WaitForRequester,
)
from gateway.tickets.events import Actor, By
from gateway.tickets.model import NotAllowed, Step, apply
from gateway.tickets.status import Status
from support.cases import NOW, a_ring
from support.letters import a_letter

RING = a_ring()
TEAM = [Address(f"agent{n}@example.com", f"Agent {n}") for n in range(1, 9)]
IDS = {each.key: n for n, each in enumerate(TEAM, 1)}
RENDERER = Renderer(None)
SUPPORT = samples.MAILBOX.address


def offered(letter: Letter, team: Sequence[Address] = TEAM[:3], **kwargs: object) -> list[str]:
    return [each.name for each in choices.offered(letter, team, **kwargs)]  # type: ignore[arg-type]


def mails_to(readers: Sequence[Address], letter: Letter, *, text: str = "") -> list[Mail]:
    """The mails of one letter, as the desk writes them."""
    stem = blanks.stem(RING)
    letter = replace(letter, text=text or letter.text)
    links = choices.linked(letter, choices.offered(letter, TEAM[:5]), stem, IDS)
    letter = replace(letter, choices=links)
    made = RENDERER.render(letter)
    files = [File(filename=each.filename, content_type="a/b", content=b"x" * 500)
             for each in letter.enclosures if each.attached]  # fmt: skip
    shared = compose.body(made.text, made.html, files, stem)
    return [
        compose.mail(letter, made.subject, shared, Reader(address=each, person=IDS[each.key]),
                     RING, "d1")
        for each in readers
    ]  # fmt: skip


def html_of(mail: Mail) -> str:
    made = message_from_bytes(mail.headers + mail.body, policy=email.policy.default)
    part = made.get_body(("html",))  # type: ignore[attr-defined]
    return str(part.get_content())


def links_of(mail: Mail) -> dict[str, tuple[Signed | None, str, str]]:
    """By their words: whose address, the subject and the body."""
    found = {}
    for href, words in re.findall(r'<a href="(mailto:[^"]*)"[^>]*>([^<]*)</a>', html_of(mail)):
        parts = urlsplit(href.replace("&amp;", "&"))
        fields = dict(parse_qsl(parts.query))
        signed = tag.read_address(RING, SUPPORT, "+", unquote(parts.path), samples.AT)
        found[words] = signed, fields["subject"], fields.get("body", "")
    return found


ACTIONS = {"take": Take(TEAM[0]), "ask": WaitForRequester(), "resolve": Resolve(),
           "go-on": Reopen(), "reopen": Reopen(), "close": Close(),
           "note": AddMessage(Entry.NOTE)}  # fmt: skip


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("merged_into", [None, 7])
def test_what_is_offered_is_a_move_that_the_ticket_takes(
    status: Status, merged_into: int | None
) -> None:
    ticket = replace(samples.TICKET, status=status, merged_into=merged_into)
    names = offered(a_letter(Notice.FOLLOW_UP, ticket=ticket))
    for name in names:
        if name in ACTIONS:
            apply(ticket, [Step(ACTIONS[name], By(Actor.AGENT, TEAM[0]), "test")], NOW)
    for name, action in (("resolve", Resolve()), ("ask", WaitForRequester()), ("close", Close())):
        if name not in names and not (name == "close" and status is Status.CLOSED):
            with pytest.raises(NotAllowed):
                apply(ticket, [Step(action, By(Actor.AGENT, TEAM[0]), "test")], NOW)


@pytest.mark.parametrize(
    ("status", "names"),
    [
        (Status.NEW, ["take", "ask", "resolve", "note"]),
        (Status.WAITING_VENDOR, ["take", "ask", "resolve", "go-on", "note"]),
        (Status.RESOLVED, ["take", "reopen", "close", "note"]),
        (Status.CLOSED, ["take", "reopen", "note"]),
    ],
)
def test_the_choices_of_a_status(status: Status, names: list[str]) -> None:
    letter = a_letter(Notice.FOLLOW_UP, ticket=replace(samples.TICKET, status=status))
    got = [each for each in offered(letter) if each not in ("hand", "why", "full", "help")]
    assert got == names


def test_a_merged_ticket_takes_notes_and_questions_and_nothing_else() -> None:
    merged = replace(samples.TICKET, status=Status.CLOSED, merged_into=7)
    assert offered(a_letter(Notice.FOLLOW_UP, ticket=merged)) == ["note", "why", "full", "help"]


def test_a_command_that_the_desk_does_not_obey_is_not_offered() -> None:
    obeyed = frozenset({Verb.TAKE, Verb.NOTE})
    assert offered(a_letter(Notice.FOLLOW_UP), obeyed=obeyed) == ["take", "note"]


def test_every_first_line_is_a_right_command() -> None:
    """Those that end in a colon or a blank wait for words."""
    lines = {each.line for letter in sample_letters_of_agents() for each in letter.choices}
    for line in lines - {""}:
        meant = f"{line}words" if line.endswith(": ") or line == "#note " else line
        meant = f"{line}kim@example.com" if line == "#assign " else meant
        parsed = commands.parse(meant)
        assert parsed.problems == ()
        assert len(parsed.commands) == 1


def sample_letters_of_agents() -> list[Letter]:
    return [each for each in samples.sample_letters() if each.notice.for_agents]


def test_a_plain_reply_and_the_other_one_have_an_address_each() -> None:
    [told] = mails_to(TEAM[:1], a_letter(Notice.FOLLOW_UP))
    assert links_of(told)["Note to colleagues"][0] == Signed(1042, Purpose.NOTE, 1)
    assert links_of(told)["Resolve"][0] == Signed(1042, Purpose.REPLY, 1)
    to_colleague = f"Hand to {TEAM[1].name}"
    assert links_of(told)[to_colleague][0] == Signed(1042, Purpose.NOTE, 1)
    assert links_of(told)["Hand to …"][0] == Signed(1042, Purpose.NOTE, 1)
    [note] = mails_to(TEAM[:1], a_letter(Notice.NOTE))
    assert to_colleague in links_of(note)
    signed, subject, body = links_of(note)["Answer Ann Meyer"]
    assert (signed, body) == (Signed(1042, Purpose.REPLY, 1), "")
    assert subject.endswith("[#1042-k3v5xw]")
    assert links_of(note)["Take it"][0] == Signed(1042, Purpose.NOTE, 1)
    assert "Note to colleagues" not in links_of(note)


def test_a_question_of_ours_is_answered_by_its_links() -> None:
    [mail] = mails_to(TEAM[:1], a_letter(Notice.UNPROVEN))
    links = links_of(mail)
    assert {body for _, _, body in links.values()} == {"yes", "no"}
    assert {signed for signed, _, _ in links.values()} == {Signed(8412, Purpose.ACTION, 1)}


def test_nobody_is_offered_to_hand_a_ticket_to_themselves() -> None:
    for mail, reader in zip(mails_to(TEAM[:5], a_letter(Notice.NEW_TICKET)), TEAM, strict=False):
        words = links_of(mail)
        assert f"Hand to {reader.name}" not in words
        others = {f"Hand to {each.name}" for each in TEAM[:5] if each != reader}
        assert others <= set(words)
        assert "Hand to …" in words


def test_whose_ticket_it_is_cannot_take_it_and_the_others_can() -> None:
    mine = replace(samples.TICKET, assignee=TEAM[0])
    own, others = mails_to(TEAM[:2], a_letter(Notice.FOLLOW_UP, ticket=mine))
    assert "Take it" not in links_of(own)
    assert "Take it" in links_of(others)


def test_many_colleagues_are_named_by_whoever_hands_it_on() -> None:
    letter = a_letter(Notice.NEW_TICKET)
    named = [each.person for each in choices.offered(letter, TEAM) if each.name == "hand"]
    assert named == [*TEAM[: choices.MAX_COLLEAGUES], None]
    alone = [each.person for each in choices.offered(letter, TEAM[:1]) if each.name == "hand"]
    assert alone == [None]


def test_without_signed_addresses_there_are_words_and_no_links() -> None:
    bare = samples.MAILBOX.model_copy(update={"separator": ""})
    letter = a_letter(Notice.NEW_TICKET, mailbox=bare)
    stem = blanks.stem(RING)
    got = choices.linked(letter, choices.offered(letter, TEAM), stem, IDS)
    assert got
    assert not any(each.href for each in got)


def test_what_is_not_for_agents_or_not_answered_offers_nothing() -> None:
    assert offered(a_letter(Notice.CONFIRMATION)) == []
    assert offered(a_letter(Notice.NEW_TICKET, plain_reply=PlainReply.NOTHING)) == []
    assert offered(a_letter(Notice.ALERT)) == []


def tokens_in(octets: bytes) -> set[str]:
    """Every token of ours, whatever is around it; soft line breaks do not hide one."""
    whole = octets.replace(b"=\r\n", b"")
    found = {match[1].decode() for match in re.finditer(rb"(?=([a-z2-7]{32}))", whole)}
    return found


def made_for(token: str) -> int | None:
    """For whom we made it, whatever ticket and delivery it is of."""
    numbers = (1042, 8412)
    said = [tag.verify(RING, SUPPORT, number, token, samples.AT) for number in numbers]
    return next((each.person for each in said if each), None)


letters = st.sampled_from([each for each in samples.sample_letters() if each.ticket])
readers = st.lists(st.sampled_from(TEAM), min_size=1, max_size=5, unique=True)


@settings(max_examples=60, deadline=None)
@given(letters, readers, st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300))
def test_a_mail_has_no_token_but_its_readers(
    letter: Letter, readers: list[Address], text: str
) -> None:
    for mail, reader in zip(mails_to(readers, letter, text=text), readers, strict=True):
        octets = mail.headers + mail.body
        people = {made_for(token) for token in tokens_in(octets)} - {None}
        if letter.mailbox.address == SUPPORT:
            assert people == {IDS[reader.key]}
        assert blanks.stem(RING).encode() not in octets.replace(b"=\r\n", b"")
        assert b"\0" not in octets
        lines = octets.split(b"\r\n\r\n", 1)[1].split(b"\r\n")
        assert max(map(len, lines)) <= 78, "RFC 2045 section 6.7, rule 5"
        made = message_from_bytes(octets, policy=email.policy.default)
        assert not made.defects


def test_whoever_writes_like_a_mark_gets_nothing_for_it() -> None:
    """What stands in a mail is not ours, be it a token of ours or made up."""
    for text in (samples.STEM + "1", "x17z", "aeaqaaaaamfwl6fwyal5thoszznjpp3e", "\nz\nx1z 1"):
        for mail in mails_to(TEAM[:2], a_letter(Notice.NEW_TICKET), text=text):
            assert text.strip().split("\n")[0] in html_of(mail)


def test_readers_of_one_letter_share_its_files() -> None:
    one, other = mails_to(TEAM[:2], a_letter(Notice.NEW_TICKET))
    assert one.body == other.body
    assert b"Etagenplan" in one.body
    assert b"Your reply goes to" not in one.body


def test_a_choice_without_a_person_is_shown_to_all() -> None:
    assert Choice(name="note", line="#note ").begin == ""
