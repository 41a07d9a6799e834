"""The words of our mails: who is told what, and what a desk's own templates can break."""

from dataclasses import fields, replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gateway.message import Address
from gateway.outbound import remedies, samples
from gateway.outbound.letter import Letter, Notice, PlainReply
from gateway.outbound.render import Renderer, faults_of_templates
from gateway.outbound.samples import PRIVATE_DOMAIN, a_letter, sample_letters
from gateway.rules.commands import FORMS

ROOT = Path(__file__).parents[2]
PACKAGED = ROOT / "templates" / "email"
LANGUAGES = ("en", "de", "de-AT", "fr")

CASES = [
    pytest.param(in_language, id=f"{n}-{letter.notice}-{language}")
    for n, letter in enumerate(sample_letters())
    for language in LANGUAGES
    for in_language in [
        replace(letter, mailbox=letter.mailbox.model_copy(update={"language": language}))
    ]
]


def write(folder: Path, **files: str) -> Path:
    """A desk's folder of templates: `confirmation_txt` is confirmation.txt.j2."""
    for name, text in files.items():
        (folder / f"{name.replace('_', '.')}.j2").write_text(text, encoding="utf-8")
    return folder


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
    mail = Renderer(None).render(letter)
    assert mail.faults == ()
    assert mail.subject == mail.subject.strip()
    assert len(mail.subject.splitlines()) == 1


@pytest.mark.parametrize("letter", CASES)
def test_text_has_no_trailing_blanks_and_no_gaps_of_its_own(letter: Letter) -> None:
    text = Renderer(None).render(replace(letter, text="a\n\n\n\nb \n")).text
    assert [line for line in text.split("\n") if line != line.rstrip() and line != "-- "] == []
    assert "\n\n\n" not in text.replace("a\n\n\n\nb", "")
    assert text.endswith("\n")


@pytest.mark.parametrize("letter", CASES)
def test_both_parts_carry_the_ticket_number(letter: Letter) -> None:
    mail = Renderer(None).render(letter)
    if letter.ticket:
        assert "#1042" in mail.text
        assert "#1042" in mail.html


@pytest.mark.parametrize("letter", CASES)
def test_the_marker_is_the_first_line_of_the_text(letter: Letter) -> None:
    text = Renderer(None).render(replace(letter, marker="== above ==")).text
    assert text.startswith("== above ==\n\n")
    assert "== above ==" not in Renderer(None).render(replace(letter, marker="")).text


@pytest.mark.parametrize("letter", CASES)
def test_html_is_well_formed_and_fetches_nothing(letter: Letter) -> None:
    html = Renderer(None).render(letter).html
    page = Tags(html)
    assert page.is_balanced
    assert page.open == []
    names = {tag for tag, _ in page.tags}
    assert names <= set(
        "html head meta title style body div p br a strong span table tr th td".split()
    )
    attributes = [(key, value or "") for _, attrs in page.tags for key, value in attrs.items()]
    assert not [
        key for key, _ in attributes if key.startswith("on") or key in ("src", "background")
    ]
    assert "url(" not in "".join(value for _, value in attributes)
    links = [attrs for tag, attrs in page.tags if tag == "a"]
    assert all((link["href"] or "").startswith(("http://", "https://")) for link in links)
    assert all("nofollow" in (link["rel"] or "") for link in links)


def test_hostile_text_stays_text() -> None:
    hostile = "<script>alert(1)</script> & <img src=x> </div> {{ letter }} javascript:alert(2)"
    for notice in Notice:
        html = Renderer(None).render(a_letter(notice, text=hostile)).html
        assert "<script" not in html
        assert "<img" not in html
        assert "{{ letter }}" in html or "alert" not in html
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
        mail = Renderer(None).render(
            replace(letter, ticket=ticket, enclosures=enclosures, problems=(evil,))
        )
        assert "<script" not in mail.html
        assert len(mail.subject.splitlines()) == 1


@pytest.mark.parametrize("letter", [c for c in CASES if not c.values[0].notice.for_agents])
def test_no_private_address_reaches_a_requester(letter: Letter) -> None:
    mail = Renderer(None).render(letter)
    assert PRIVATE_DOMAIN not in f"{mail.subject}{mail.text}{mail.html}"


def test_no_private_address_reaches_a_requester_by_the_desks_own_template(tmp_path: Path) -> None:
    leaky = "{{ letter }} {{ letter.author }} {{ letter.ticket }} {{ letter.ticket.watchers }}"
    for notice in Notice:
        if notice.for_agents:
            continue
        name = notice.replace("-", "_")
        write(tmp_path, **{f"{name}_txt": f"Subject: x\n\n{leaky}", f"{name}_html": leaky})
    for letter in sample_letters():
        if not letter.notice.for_agents:
            mail = Renderer(tmp_path).render(letter)
            assert mail.faults == ()
            assert PRIVATE_DOMAIN not in f"{mail.text}{mail.html}"


def test_an_agent_without_a_name_is_the_desk() -> None:
    for name in ("", f"zoe@{PRIVATE_DOMAIN}"):
        author = Address(f"zoe@{PRIVATE_DOMAIN}", name)
        mail = Renderer(None).render(a_letter(Notice.ANSWER, author=author))
        assert "\nIT Support\n" in mail.text
        assert PRIVATE_DOMAIN not in mail.text + mail.html


def test_every_notice_has_a_pair_and_a_sample() -> None:
    for notice in Notice:
        assert (PACKAGED / f"{notice}.txt.j2").is_file()
        assert (PACKAGED / f"{notice}.html.j2").is_file()
        assert a_letter(notice)


def test_every_packaged_file_is_used_by_some_mail() -> None:
    sources = {path.name: path.read_text(encoding="utf-8") for path in PACKAGED.iterdir()}
    assert faults_of_templates(PACKAGED) == []
    for name in sources:
        if name.startswith("_"):
            assert [other for other, text in sources.items() if f'"{name}"' in text]


def test_no_word_of_our_insides_reaches_a_requester() -> None:
    ours = ("requester", "assignee", "queue", "p2", "follow-up", "bounce", "agent")
    for letter in sample_letters():
        if not letter.notice.for_agents:
            mail = Renderer(None).render(replace(letter, text=""))
            said = mail.text.lower()
            assert [word for word in ours if word in said] == []


def test_confirmation_says_number_subject_time_and_how_to_add() -> None:
    text = Renderer(None).render(a_letter(Notice.CONFIRMATION)).text
    for word in ("#1042", samples.TICKET.subject, "Mon 23 Nov 2026, 18:05", "reply to this mail"):
        assert word in text
    assert text.endswith("-- \nIT Support, Example Ltd\nWeekdays 8 to 18, phone 4711\n")


def test_requesters_message_is_not_sent_back_in_the_confirmation() -> None:
    """Who forges a requester's address could otherwise have us send their text."""
    mail = Renderer(None).render(a_letter(Notice.CONFIRMATION, text="BUY NOW"))
    assert "BUY NOW" not in mail.text + mail.html


def test_agents_words_come_first() -> None:
    for notice in (Notice.ANSWER, Notice.QUESTION, Notice.RESOLVED, Notice.TAKEN):
        letter = a_letter(notice, text="Hello Ann,\n\nit works.", marker="")
        assert Renderer(None).render(letter).text.startswith("Hello Ann,\n\nit works.\n")


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
    for notice in (n for n in Notice if n.for_agents and n is not Notice.ALERT):
        mail = Renderer(None).render(a_letter(notice, plain_reply=plain_reply))
        assert words in mail.text
        assert words.partition(":")[0].partition("Ann")[0].partition("among")[0] in mail.html


def test_new_ticket_says_at_the_top_what_a_plain_reply_does() -> None:
    text = Renderer(None).render(a_letter(Notice.NEW_TICKET, marker="")).text
    assert text.startswith("Your reply goes to Ann Meyer.")


def test_refused_names_each_problem_and_every_right_form() -> None:
    for plain_reply in PlainReply:
        letter = a_letter(Notice.REFUSED, plain_reply=plain_reply)
        mail = Renderer(None).render(letter)
        assert all(problem in mail.text for problem in letter.problems)
        for form in FORMS.values():
            assert form.partition(" ")[0] in mail.text
            assert form.partition(" ")[0] in mail.html


def test_note_is_not_in_the_words_above_the_marker() -> None:
    """A mail client quotes the preview words, too; they stand above the marker."""
    for notice in (Notice.NOTE, Notice.UNPROVEN):
        html = Renderer(None).render(a_letter(notice, text="cupboard 4")).html
        above = html.partition(samples.MARKER)[0]
        assert "cupboard 4" not in above


def test_escalation_says_since_when_and_who_has_it() -> None:
    letter = a_letter(Notice.ESCALATION)
    assert "waited for an answer for 6 hours" in Renderer(None).render(letter).text
    assert "Nobody has taken the ticket" in Renderer(None).render(letter).text
    taken = replace(letter, ticket=samples.TAKEN, due_at=letter.at - timedelta(days=2))
    assert "Ben Weber has the ticket" in Renderer(None).render(taken).text
    assert "2 days ago" in Renderer(None).render(taken).text


def test_message_keeps_its_own_empty_lines_and_indents() -> None:
    text = "if x:\n\n\n\n    y\n\tz"
    assert f"\n{text}\n" in Renderer(None).render(a_letter(Notice.ANSWER, text=text)).text


def test_very_long_message_is_no_fault(tmp_path: Path) -> None:
    text = "\t<&> http://x.example/\n" * 100_000
    mail = Renderer(tmp_path).render(a_letter(Notice.NEW_TICKET, text=text))
    assert mail.faults == ()
    assert mail.html.count("<a ") == 500


def test_german_mailbox_writes_german_and_its_region_too() -> None:
    for language in ("de", "de-AT"):
        mailbox = samples.MAILBOX.model_copy(update={"language": language})
        mail = Renderer(None).render(a_letter(Notice.CONFIRMATION, mailbox=mailbox))
        assert "Guten Tag Ann Meyer," in mail.text
        assert "Mo, 23. November 2026, 18:05 Uhr" in mail.text
        assert '<html lang="de">' in mail.html


def test_language_without_templates_writes_english_with_english_times() -> None:
    mailbox = samples.MAILBOX.model_copy(update={"language": "fr"})
    mail = Renderer(None).render(a_letter(Notice.CONFIRMATION, mailbox=mailbox))
    assert "Mon 23 Nov 2026, 18:05" in mail.text
    assert '<html lang="en">' in mail.html


def test_desks_template_is_used_in_its_language_only(tmp_path: Path) -> None:
    write(
        tmp_path,
        confirmation_fr_txt="Subject: Bonjour\n\nBonjour",
        confirmation_fr_html="<p>Bonjour</p>",
    )
    mailbox = samples.MAILBOX.model_copy(update={"language": "fr"})
    renderer = Renderer(tmp_path)
    assert renderer.render(a_letter(Notice.CONFIRMATION, mailbox=mailbox)).text == "Bonjour\n"
    assert renderer.render(a_letter(Notice.CONFIRMATION)).text != "Bonjour\n"
    assert faults_of_templates(tmp_path) == []


def test_both_parts_are_in_one_language(tmp_path: Path) -> None:
    write(tmp_path, confirmation_fr_txt="Subject: Bonjour\n\nBonjour")
    mailbox = samples.MAILBOX.model_copy(update={"language": "fr"})
    mail = Renderer(tmp_path).render(a_letter(Notice.CONFIRMATION, mailbox=mailbox))
    assert "Bonjour" not in mail.text
    [fault] = faults_of_templates(tmp_path)
    assert fault.remedy == "write confirmation.fr.html.j2 as well"


def test_shared_part_of_the_desk_serves_packaged_templates(tmp_path: Path) -> None:
    (tmp_path / "_signature.txt.j2").write_text("Yours\n{{ letter.mailbox.display_name }}\n")
    assert Renderer(tmp_path).render(a_letter(Notice.ANSWER)).text.endswith("Yours\nIT Support\n")


def test_templates_added_changed_and_removed_count_at_once(tmp_path: Path) -> None:
    renderer = Renderer(tmp_path)
    letter = a_letter(Notice.CONFIRMATION)
    packaged = renderer.render(letter)
    write(tmp_path, confirmation_txt="Subject: one\n\none")
    assert renderer.render(letter).text == "one\n"
    write(tmp_path, confirmation_txt="Subject: two\n\ntwo, longer")
    assert renderer.render(letter).text == "two, longer\n"
    (tmp_path / "confirmation.txt.j2").unlink()
    assert renderer.render(letter) == packaged


BROKEN = {
    "syntax": ("Subject: x\n\n{% if %}", 3, "xpected"),
    "unclosed": ("Subject: x\n\n{{ letter.ticket", 3, "unexpected"),
    "word": ("Subject: x\n\n\n{{ letter.ticket.nummer }}", 4, 'ticket has no "nummer"'),
    "name": ("Subject: x\n\n{{ ticket.number }}", 3, '"ticket" is undefined'),
    "filter": ("Subject: x\n\n{{ letter.at | wen }}", 3, 'no filter "wen"'),
    "include": ('Subject: x\n\n{% include "_futter.txt.j2" %}', 3, '"_futter.txt.j2"'),
    "error": ("Subject: x\n\n{{ 1 // 0 }}", 3, "ZeroDivisionError"),
    "outside": ('Subject: x\n\n{% include "../../etc/passwd" %}', 3, "no template"),
    "sandbox": ("Subject: x\n\n{{ letter.__class__.__mro__ }}", 3, "unsafe"),
    "change": ("Subject: x\n\n{{ letter.problems.append(1) }}", 3, "append"),
    "no subject": ("Hello\n", 1, "no subject"),
    "empty subject": ("Subject:\n\nHello\n", 1, "no subject"),
    "two lines": ("Subject: a\nb\n\nHello\n", 1, "line break"),
    "split": ("Subject: a\u2028b\n\nHello\n", 1, "line break"),
    "endless": (
        "Subject: a\n\n{% for i in range(99999) %}{{ 'xxxxxxxxxxx' }}{% endfor %}",
        1,
        "1,000,000",
    ),
    "itself": ('Subject: a\n\n{% include "confirmation.txt.j2" %}', 3, "RecursionError"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_template_falls_back_and_names_file_and_line(case: str, tmp_path: Path) -> None:
    source, line, words = BROKEN[case]
    write(tmp_path, confirmation_txt=source)
    mail = Renderer(tmp_path).render(a_letter(Notice.CONFIRMATION))
    assert replace(mail, faults=()) == Renderer(None).render(a_letter(Notice.CONFIRMATION))
    [fault] = mail.faults
    assert (fault.file, fault.line) == (tmp_path / "confirmation.txt.j2", line)
    assert words in fault.problem
    assert fault.remedy
    assert "object at 0x" not in str(fault)
    assert fault in faults_of_templates(tmp_path)


def test_template_that_is_not_utf8_falls_back(tmp_path: Path) -> None:
    (tmp_path / "answer.html.j2").write_bytes("<p>\n<p>Größe".encode("latin-1"))
    [fault] = Renderer(tmp_path).render(a_letter(Notice.ANSWER)).faults
    assert (fault.line, fault.problem, fault.remedy) == (2, "is not in UTF-8", "save it as UTF-8")


def test_fault_in_a_shared_part_names_the_shared_part(tmp_path: Path) -> None:
    (tmp_path / "_signature.txt.j2").write_text("\n{{ letter.mailbox.nome }}\n")
    [fault] = Renderer(tmp_path).render(a_letter(Notice.ANSWER)).faults
    assert (fault.file.name, fault.line) == ("_signature.txt.j2", 2)
    assert faults_of_templates(tmp_path) == [fault]


def test_both_broken_parts_are_named(tmp_path: Path) -> None:
    write(tmp_path, answer_txt="{{", answer_html="{% endif %}")
    names = [fault.file.name for fault in Renderer(tmp_path).render(a_letter(Notice.ANSWER)).faults]
    assert names == ["answer.txt.j2", "answer.html.j2"]


def test_check_finds_what_only_some_letters_have(tmp_path: Path) -> None:
    """There is no enclosure in most mails, and no due time in many."""
    write(tmp_path, new_ticket_txt="x")
    source = "Subject: x\n\n{{ letter.due_at | when }}"
    (tmp_path / "new.ticket.txt.j2").rename(tmp_path / "new-ticket.txt.j2")
    (tmp_path / "new-ticket.txt.j2").write_text(source)
    [fault] = faults_of_templates(tmp_path)
    assert (fault.file.name, fault.line) == ("new-ticket.txt.j2", 3)


def test_check_asks_whether_another_name_was_meant(tmp_path: Path) -> None:
    write(tmp_path, confirmatoin_txt="Subject: x\n\nx")
    (tmp_path / "README.md").write_text("{{ not a template")
    (tmp_path / "answer.txt.j2~").write_text("{{ a backup")
    [fault] = faults_of_templates(tmp_path)
    assert fault.remedy == "did you mean confirmation.txt.j2?"


def test_folder_of_templates_may_be_missing(tmp_path: Path) -> None:
    letter = a_letter(Notice.CONFIRMATION)
    assert Renderer(tmp_path / "none").render(letter) == Renderer(None).render(letter)


def test_manual_lists_every_word_of_a_template_and_no_other() -> None:
    manual = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    documented = {line.split("`")[1] for line in manual.splitlines() if line.startswith("| `")}
    words = {word for word in documented if word.startswith(("letter.", "enclosure."))}
    assert words == set(remedies.words())
    assert {field.name for field in fields(Letter)} <= {word.split(".")[1] for word in words}


def test_manual_lists_every_filter_and_every_notice() -> None:
    manual = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    for notice in Notice:
        assert f"| `{notice}` |" in manual
    for (
        name
    ) in "when size duration who called in_full one_line as_reply excerpt paragraphs".split():
        assert f"| `{name}` |" in manual
