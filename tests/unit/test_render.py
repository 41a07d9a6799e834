"""The words of our mails: who is told what, in which form, and what nobody is told."""

import re
import textwrap
from dataclasses import replace
from datetime import timedelta
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.message import Address
from gateway.outbound import choices, phrasing, samples
from gateway.outbound.letter import Letter, Notice, PlainReply
from gateway.outbound.render import Rendered, Renderer
from gateway.outbound.samples import PRIVATE_DOMAIN, sample_letters
from gateway.rules.commands import FORMS
from gateway.rules.commands_table import EVERYDAY
from support.letters import a_letter

ROOT = Path(__file__).parents[2]
PACKAGED = ROOT / "templates" / "email"
LANGUAGES = ("en", "de")
WITHOUT_SEPARATOR = samples.MAILBOX.model_copy(update={"separator": ""})

CASES = [
    pytest.param(in_language, id=f"{n}-{letter.notice}-{language}")
    for n, letter in enumerate(sample_letters())
    for language in LANGUAGES
    for in_language in [
        replace(letter, mailbox=letter.mailbox.model_copy(update={"language": language}))
    ]
]


@cache
def packaged() -> Renderer:
    return Renderer(None)


def render(letter: Letter) -> Rendered:
    return packaged().render(letter)


HTML = {
    *("html", "head", "meta", "title", "style", "body", "div", "p", "br", "a"),
    *("strong", "span", "table", "tr", "th", "td"),
}


class Tags(HTMLParser):
    """Every tag with its attributes, what a reader sees, and whether tags pair up."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.is_balanced = True
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.is_balanced &= bool(self.open) and self.open.pop() == tag


@pytest.mark.parametrize("letter", CASES)
def test_every_letter_becomes_a_mail_without_a_fault(letter: Letter) -> None:
    mail = render(letter)
    assert mail.faults == ()
    assert mail.subject == mail.subject.strip()
    assert len(mail.subject.splitlines()) == 1


@pytest.mark.parametrize("letter", CASES)
def test_text_has_no_trailing_blanks_and_no_gaps_of_its_own(letter: Letter) -> None:
    text = render(replace(letter, text="a\n\n\n\nb \n")).text
    assert [line for line in text.split("\n") if line != line.rstrip() and line != "-- "] == []
    assert "\n\n\n" not in text.replace("a\n\n\n\nb", "message")
    assert text.endswith("\n")


@pytest.mark.parametrize("letter", CASES)
def test_both_parts_carry_the_ticket_number(letter: Letter) -> None:
    mail = render(letter)
    if letter.ticket:
        assert "#1042" in mail.text
        assert "#1042" in mail.html


@pytest.mark.parametrize("letter", CASES)
def test_the_marker_is_the_first_line_of_the_text(letter: Letter) -> None:
    text = render(replace(letter, marker="== above ==")).text
    assert text.startswith("== above ==\n\n")
    assert "== above ==" not in render(replace(letter, marker="")).text


@pytest.mark.parametrize("letter", CASES)
def test_html_is_well_formed_and_fetches_nothing(letter: Letter) -> None:
    html = render(letter).html
    page = Tags(html)
    assert page.is_balanced
    assert page.open == []
    names = {tag for tag, _ in page.tags}
    assert names <= HTML
    attributes = [(key, value or "") for _, attrs in page.tags for key, value in attrs.items()]
    assert not [
        key for key, _ in attributes if key.startswith("on") or key in ("src", "background")
    ]
    assert "url(" not in "".join(value for _, value in attributes)
    links = [attrs for tag, attrs in page.tags if tag == "a"]
    ours = {each.href for each in letter.choices}
    ours |= {href for each in letter.waiting for href in (each.release, each.drop)}
    theirs = [link for link in links if link["href"] not in ours]
    assert all((link["href"] or "").startswith(("http://", "https://")) for link in theirs)
    assert all("nofollow" in (link["rel"] or "") for link in theirs)


def test_hostile_text_stays_text() -> None:
    hostile = "<script>alert(1)</script> & <img src=x> </div> {{ letter }} javascript:alert(2)"
    for notice in Notice:
        html = render(a_letter(notice, text=hostile)).html
        assert "<script" not in html
        assert "<img" not in html
        assert "{{ letter }}" in html or "alert(1)" not in html
        assert 'href="javascript' not in html


def test_hostile_names_subjects_and_file_names_stay_text() -> None:
    evil = "</title><script>x</script>"
    person = Address("eve@evil.example", evil)
    for letter in sample_letters():
        if letter.ticket is None:
            continue
        ticket = replace(
            letter.ticket, subject=f"{evil}\n\u2028Bcc: x", requester=person, category=evil
        )
        enclosures = tuple(replace(e, filename=evil) for e in letter.enclosures)
        mail = render(replace(letter, ticket=ticket, enclosures=enclosures, problems=(evil,)))
        assert "<script" not in mail.html
        assert len(mail.subject.splitlines()) == 1


@pytest.mark.parametrize("letter", [c for c in CASES if not c.values[0].notice.for_agents])
def test_no_private_address_reaches_a_requester(letter: Letter) -> None:
    mail = render(letter)
    assert PRIVATE_DOMAIN not in f"{mail.subject}{mail.text}{mail.html}"


def test_an_agent_without_a_name_is_the_desk() -> None:
    for name in ("", f"zoe@{PRIVATE_DOMAIN}"):
        author = Address(f"zoe@{PRIVATE_DOMAIN}", name)
        mail = render(a_letter(Notice.ANSWER, author=author))
        assert "\nIT Support\n" in mail.text
        assert PRIVATE_DOMAIN not in mail.text + mail.html


def test_every_notice_has_a_pair_and_a_sample() -> None:
    for notice in Notice:
        assert (PACKAGED / f"{notice}.txt.j2").is_file()
        assert (PACKAGED / f"{notice}.html.j2").is_file()
        assert a_letter(notice)


def test_no_word_of_our_insides_reaches_a_requester() -> None:
    ours = ("requester", "assignee", "queue", "p2", "follow-up", "bounce", "agent")
    for letter in sample_letters():
        if not letter.notice.for_agents:
            mail = render(replace(letter, text=""))
            said = mail.text.lower()
            assert [word for word in ours if word in said] == []


def test_confirmation_says_number_subject_time_and_how_to_add() -> None:
    text = render(a_letter(Notice.CONFIRMATION)).text
    for word in ("#1042", samples.TICKET.subject, "Mon 23 Nov 2026, 18:05", "reply to this mail"):
        assert word in text
    assert text.endswith("-- \nIT Support, Example Ltd\nWeekdays 8 to 18, phone 4711\n")


def test_requesters_message_is_not_sent_back_in_the_confirmation() -> None:
    """Who forges a requester's address could otherwise have us send their text."""
    mail = render(a_letter(Notice.CONFIRMATION, text="BUY NOW"))
    assert "BUY NOW" not in mail.text + mail.html


def test_agents_words_come_first() -> None:
    for notice in (Notice.ANSWER, Notice.QUESTION, Notice.RESOLVED, Notice.TAKEN):
        letter = a_letter(notice, text="Hello Ann,\n\nit works.", marker="")
        assert render(letter).text.startswith("Hello Ann,\n\nit works.\n")


@pytest.mark.parametrize(
    ("plain_reply", "words"),
    [
        (PlainReply.ANSWERS, "Your reply goes to Ann Meyer."),
        (PlainReply.IS_NOTED, "Your reply stays among colleagues: Ann Meyer does not see it."),
        (PlainReply.FOLLOWS_UP, "Your reply is added to the ticket."),
        (PlainReply.NOTHING, "Nobody reads replies to this mail."),
    ],
)
def test_agents_are_told_what_a_plain_reply_does(plain_reply: PlainReply, words: str) -> None:
    for notice in (n for n in Notice if n.for_agents and a_letter(n).ticket):
        mail = render(a_letter(notice, plain_reply=plain_reply))
        assert words in mail.text
        assert words.partition(":")[0].partition("Ann")[0].partition("among")[0] in mail.html


def test_new_ticket_says_at_the_top_what_a_plain_reply_does() -> None:
    text = render(a_letter(Notice.NEW_TICKET, marker="")).text
    assert text.startswith("Your reply goes to Ann Meyer.")


def test_refused_names_each_problem_and_every_everyday_form() -> None:
    for plain_reply in PlainReply:
        letter = a_letter(Notice.REFUSED, plain_reply=plain_reply)
        mail = render(letter)
        assert all(problem in mail.text for problem in letter.problems)
        for form in (FORMS[verb] for verb in EVERYDAY):
            assert f"\n  {form.partition(' ')[0]} " in mail.text
    bare = a_letter(Notice.REFUSED, mailbox=WITHOUT_SEPARATOR)
    bare = replace(bare, choices=choices.offered(bare, samples.TEAM))
    for form in (FORMS[verb] for verb in EVERYDAY):
        assert f">{form.partition(' ')[0]}" in render(bare).html, "no links: the forms instead"


def test_each_choice_is_a_link_in_html_and_a_first_line_in_the_text() -> None:
    letter = a_letter(Notice.FOLLOW_UP)
    mail = render(letter)
    links = {attrs["href"] for tag, attrs in Tags(mail.html).tags if tag == "a"}
    assert {each.href for each in letter.choices if each.href} <= links
    for each in letter.choices:
        assert f"\n  {each.line.split(' ')[0].strip()} " in mail.text
    assert "mailto:" not in mail.text, "nobody types such an address"


def test_no_word_of_our_insides_is_on_a_link() -> None:
    for letter in sample_letters():
        assert "go-on" not in render(letter).text


def test_requester_who_is_asked_has_a_yes_and_a_no_to_tap() -> None:
    for language, words in (("en", ("Yes", "No")), ("de", ("Ja", "Nein"))):
        mailbox = samples.MAILBOX.model_copy(update={"language": language})
        html = render(a_letter(Notice.UNPROVEN, mailbox=mailbox)).html
        said = re.findall(r'<a href="mailto:support%2B8412-[^>]*>(\w+)', html)
        assert tuple(said) == words


def test_agents_see_what_speaks_for_the_author_and_who_else_got_it() -> None:
    mail = render(a_letter(Notice.NEW_TICKET, ticket=replace(samples.TAKEN, number=1042)))
    for part in (mail.text, mail.html):
        assert "verified by mx.example.com" in part
        assert "warehouse.3@customer.example, Carl Šimánek (watches)" in part
        assert "#977, whose participants they are not" in part


def test_whose_ticket_it_was_reads_who_has_it_now() -> None:
    by_another = a_letter(Notice.HANDED_OVER)
    assert "zoe@private.example has handed it to Ben Weber." in render(by_another).text
    by_the_new = replace(by_another, author=samples.BEN)
    assert "Ben Weber has taken it over." in render(by_the_new).text
    by_nobody = replace(by_another, ticket=samples.TICKET)
    assert "it is nobody's now." in render(by_nobody).text


def test_done_lists_every_change_and_says_so_where_there_is_none() -> None:
    letter = a_letter(Notice.DONE)
    mail = render(letter)
    assert all(f"- {change}\n" in mail.text for change in letter.changes)
    assert all(change in mail.html for change in letter.changes)
    assert "Nothing had to be done" in render(replace(letter, changes=())).text


def test_note_is_not_in_the_words_above_the_marker() -> None:
    """A mail client quotes the preview words, too; they stand above the marker."""
    html = render(a_letter(Notice.NOTE, text="cupboard 4")).html
    assert "cupboard 4" not in html.partition(samples.MARKER)[0]


def test_escalation_says_since_when_and_who_has_it() -> None:
    letter = a_letter(Notice.ESCALATION)
    assert "waited for an answer for 6 hours" in render(letter).text
    assert "Nobody has taken the ticket" in render(letter).text
    taken = replace(letter, ticket=samples.TAKEN, due_at=letter.at - timedelta(days=2))
    assert "Ben Weber has the ticket" in render(taken).text
    assert "2 days ago" in render(taken).text


def test_answered_ticket_has_no_time_to_answer_by() -> None:
    letter = a_letter(Notice.FOLLOW_UP)
    assert "answer by Mon 23 Nov 2026, 18:05" in render(letter).text
    late = replace(letter, due_at=letter.at - timedelta(hours=1))
    assert "answer was due by Mon 23 Nov 2026, 15:05" in render(late).text
    answered = replace(letter, ticket=replace(samples.TAKEN, answered_at=letter.at))
    assert "18:05" not in render(answered).text + render(answered).html


def test_alert_says_what_happens_meanwhile() -> None:
    for text in ("", "The ticket was opened."):
        mail = render(a_letter(Notice.ALERT, text=text))
        assert samples.FAULT in mail.text
        assert (text or "the packaged one is used") in mail.text
        of_files = "in the files of the desk" in mail.text
        assert of_files == ('"ticket-gateway check" says' in mail.text) == (not text)


def test_message_keeps_its_own_empty_lines_and_indents() -> None:
    text = "if x:\n\n\n\n    y\n\tz"
    assert f"\n{text}\n" in render(a_letter(Notice.ANSWER, text=text)).text


def test_german_mailbox_writes_german_and_its_region_too() -> None:
    for language in ("de", "de-AT"):
        mailbox = samples.MAILBOX.model_copy(update={"language": language})
        mail = render(a_letter(Notice.CONFIRMATION, mailbox=mailbox))
        assert "Guten Tag Ann Meyer," in mail.text
        assert "Mo, 23. November 2026, 18:05 Uhr" in mail.text
        assert '<html lang="de">' in mail.html


def test_language_without_templates_writes_english_with_english_times() -> None:
    mailbox = samples.MAILBOX.model_copy(update={"language": "fr"})
    mail = render(a_letter(Notice.CONFIRMATION, mailbox=mailbox))
    assert "Mon 23 Nov 2026, 18:05" in mail.text
    assert '<html lang="en">' in mail.html


@given(st.text(alphabet=st.sampled_from("ab <>&\"'\n\t.,()\u202e") | st.characters()))
def test_whatever_a_stranger_writes_becomes_text_and_links(text: str) -> None:
    page = Tags(phrasing.paragraphs(f"{text} https://x.example/{text}"))
    assert {tag for tag, _ in page.tags} <= {"p", "br", "a"}
    assert page.is_balanced
    assert all(
        set(attrs) <= {"dir", "style"} or attrs["href"].startswith("https://x.example/")
        for _, attrs in page.tags
    )


def test_line_breaks_stay_unless_a_mail_client_made_them() -> None:
    addresses = "Example Ltd\n12 Long Road\nLondon"
    assert phrasing.paragraphs(addresses).count("<br>") == 2
    wrapped = textwrap.fill("The printer prints only every other page since yesterday. " * 5, 72)
    assert phrasing.paragraphs(wrapped).count("<br>") == 0
    log = "\n".join(
        f"2026-11-23 14:0{n} error in the printer of the third floor again" for n in "123"
    )
    assert phrasing.paragraphs(log).count("<br>") == 2


@pytest.mark.parametrize("notice", [each for each in Notice if not each.for_agents])
def test_what_requesters_get_is_there_in_german(notice: Notice) -> None:
    for part in ("txt", "html"):
        assert (PACKAGED / f"{notice}.de.{part}.j2").is_file()


@pytest.mark.parametrize("letter", [each for each in sample_letters() if each.choices])
def test_links_are_for_thumbs_and_short_enough_for_every_client(letter: Letter) -> None:
    """44 points high, as the makers of telephones advise."""
    html = render(letter).html
    for attrs in (attrs for tag, attrs in Tags(html).tags if tag == "a"):
        if (attrs["href"] or "").startswith("mailto:"):
            assert "padding:11px" in (attrs["style"] or "")
            assert len(attrs["href"] or "") < 2000
