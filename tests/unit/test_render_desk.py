"""A desk's own templates: when they are used, what breaks them, what the admin is told."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gateway.outbound import remedies, samples
from gateway.outbound.audience import in_language
from gateway.outbound.letter import Letter, Notice
from gateway.outbound.render import Renderer, faults_of_templates
from gateway.outbound.samples import PRIVATE_DOMAIN, sample_letters
from support.letters import a_letter

ROOT = Path(__file__).parents[2]


def write(folder: Path, **files: str) -> Path:
    """A desk's folder of templates: `confirmation_txt` is confirmation.txt.j2."""
    for name, text in files.items():
        (folder / f"{name.replace('_', '.')}.j2").write_text(text, encoding="utf-8")
    return folder


def test_every_packaged_file_is_used_by_some_mail() -> None:
    packaged = ROOT / "templates" / "email"
    sources = {path.name: path.read_text(encoding="utf-8") for path in packaged.iterdir()}
    assert faults_of_templates(packaged) == []
    for name in sources:
        if name.startswith("_"):
            assert [other for other, text in sources.items() if f'"{name}"' in text]


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


@pytest.mark.parametrize("letter", sample_letters(), ids=lambda letter: letter.notice)
def test_packaged_templates_say_the_same_beside_templates_of_the_desk(
    letter: Letter, tmp_path: Path
) -> None:
    """Those of a desk that has none are put together beforehand."""
    (tmp_path / "_of_no_mail.txt.j2").write_text("")
    for language in ("en", "de"):
        said = in_language(letter, language)
        assert Renderer(tmp_path).render(said) == Renderer(None).render(said)


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


def test_all_letters_of_one_mail_are_written_with_the_templates_of_one_moment(
    tmp_path: Path,
) -> None:
    renderer = Renderer(tmp_path)
    render, letter = renderer.for_one_mail(), a_letter(Notice.CONFIRMATION)
    packaged = render(letter)
    write(tmp_path, confirmation_txt="Subject: one\n\none")
    assert render(letter) == packaged
    assert renderer.for_one_mail()(letter).text == "one\n"


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
    """The first sample has a due time, another has none."""
    source = "Subject: x\n\n{{ letter.due_at | when }}"
    (tmp_path / "new-ticket.txt.j2").write_text(source, encoding="utf-8")
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


def test_no_private_address_reaches_a_requester_by_the_desks_own_template(tmp_path: Path) -> None:
    leaky = "{{ letter }} {{ letter.author }} {{ letter.ticket }} {{ letter.ticket.watchers }}"
    for notice in ("confirmation", "answer", "question", "resolved", "taken"):
        text = f"Subject: x\n\n{leaky}"
        write(tmp_path, **{f"{notice}_txt": text, f"{notice}_html": leaky})
    for letter in sample_letters():
        if not letter.notice.for_agents:
            mail = Renderer(tmp_path).render(letter)
            assert mail.faults == ()
            assert PRIVATE_DOMAIN not in f"{mail.text}{mail.html}"


def test_very_long_message_is_no_fault(tmp_path: Path) -> None:
    text = "\t<&> http://x.example/\n" * 100_000
    mail = Renderer(tmp_path).render(a_letter(Notice.NEW_TICKET, text=text))
    assert mail.faults == ()
    assert mail.html.count('<a href="http') == 500


def test_example_in_the_manual_works(tmp_path: Path) -> None:
    manual = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    write(tmp_path, confirmation_txt=manual.split("```\n")[1])
    assert faults_of_templates(tmp_path) == []
    text = Renderer(tmp_path).render(a_letter(Notice.CONFIRMATION)).text
    assert "Hello Ann Meyer,\n\nyour request has the number #1042.\n" in text


def test_manual_lists_every_word_of_a_template_and_no_other() -> None:
    manual = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    documented = {line.split("`")[1] for line in manual.splitlines() if line.startswith("| `")}
    words = {word for word in documented if word.startswith(("letter.", "enclosure."))}
    assert words == set(remedies.words())
    assert {field.name for field in fields(Letter)} <= {word.split(".")[1] for word in words}


def filters_of(renderer: Renderer) -> list[str]:
    return list(renderer._packaged._jinja.filters)


def test_manual_lists_every_filter_and_every_notice() -> None:
    manual = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    for notice in Notice:
        assert f"| `{notice}` |" in manual
    jinja_alone = set(ImmutableSandboxedEnvironment().filters)
    for name in set(filters_of(Renderer(None))) - jinja_alone:
        assert f"| `{name}` |" in manual
