"""An agent's commands: what is read as one, what is refused, what the rest of the mail is."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.message import NOBODY
from gateway.rules.commands import FORMS, MAX_COMMANDS, MAX_LINES, TABLE, Verb, is_command, parse
from gateway.rules.commands_arguments import Listing, Scope
from gateway.rules.commands_table import EVERYDAY, Needs
from gateway.tickets.actions import (
    AddTag,
    AddWatcher,
    Take,
    Unassign,
    WaitForApproval,
    WaitForRequester,
    WaitForVendor,
)

EVERY_FORM = [form for row in TABLE.values() for form in row.forms]


@pytest.mark.parametrize(
    ("text", "verb", "said"),
    [
        ("#take", Verb.TAKE, ""),
        ("#TAKE", Verb.TAKE, ""),
        ("# take", Verb.TAKE, ""),
        ("  #take  ", Verb.TAKE, ""),
        ("\n\n#take\n", Verb.TAKE, ""),
        ("#take\r\n", Verb.TAKE, ""),
        ("\N{FULLWIDTH NUMBER SIGN}take", Verb.TAKE, ""),
        ("\N{ZERO WIDTH SPACE}#take\N{NO-BREAK SPACE}", Verb.TAKE, ""),
        ("\N{ZERO WIDTH SPACE}\n#take", Verb.TAKE, ""),
        ("#resolve: new toner", Verb.RESOLVE, "new toner"),
        ("#resolve new toner", Verb.RESOLVE, "new toner"),
        ("#Resolve\N{FULLWIDTH COLON}new toner", Verb.RESOLVE, "new toner"),
        ("#resolve:\N{NO-BREAK SPACE}new toner", Verb.RESOLVE, "new toner"),
        ("#wait requester: which one?", Verb.WAIT, "which one?"),
        ("#wait REQUESTER which one?", Verb.WAIT, "which one?"),
        ("#wait: requester: which one?", Verb.WAIT, "which one?"),
        ("#note a b", Verb.NOTE, "a b"),
        ("#note: a b", Verb.NOTE, "a b"),
        ('#note she said "no"', Verb.NOTE, 'she said "no"'),
        ("#note -5 degrees", Verb.NOTE, "-5 degrees"),
    ],
)
def test_a_command_is_read_however_a_client_writes_it(text: str, verb: Verb, said: str) -> None:
    parsed = parse(text)
    assert [command.verb for command in parsed.commands] == [verb]
    assert (parsed.said, parsed.rest, parsed.problems) == (said, "", ())
    assert is_command(text)


@pytest.mark.parametrize("form", EVERY_FORM)
def test_every_form_that_is_told_is_a_right_one(form: str) -> None:
    parsed = parse(form)
    assert not parsed.problems
    assert [f"#{command.verb}" for command in parsed.commands] == [form.split()[0].rstrip(":")]


def test_every_verb_has_a_row_and_every_row_tells_what_it_does() -> None:
    assert set(TABLE) == set(Verb) == set(FORMS)
    assert set(EVERYDAY) <= set(Verb)
    for row in TABLE.values():
        assert row.forms
        assert row.does


def test_what_can_hardly_be_taken_back_needs_more_than_a_signed_address() -> None:
    sure = {verb for verb, row in TABLE.items() if row.needs is Needs.SURE}
    assert sure == {Verb.MERGE, Verb.REQUESTER, Verb.AWAY}


@pytest.mark.parametrize(
    "text",
    ["Hello #take", "take", "#1042 is the same", "Hello,\n#1042", "#", "#17346c", "", "!",
     "> #take", ">#note secret", "Hello\n> #take", "#2nd floor", "#\uff11\uff10"],
)  # fmt: skip
def test_other_text_is_no_command(text: str) -> None:
    parsed = parse(text)
    assert (parsed.commands, parsed.problems, parsed.rest) == ((), (), text)
    assert not is_command(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("#grab", '"#grab" is no command; #help tells which there are'),
        ("#take\n#closed: done", '"#closed" is no command; did you mean "#close"?'),
        ("#wait", "requester, vendor or approval"),
        ("#wait colleagues: the part", "requester, vendor or approval"),
        ("#wait requesters: what?", "requester, vendor or approval"),
        ("#wait requester", "what you ask or wait for"),
        ("#wait vendor:  ", "what you ask or wait for"),
        ("#resolve", "what was done"),
        ("#resolve:\n\n  ", "what was done"),
        ("#take it", "takes nothing more"),
        ("#assign", "to whom"),
        ("#queue .", "which queue"),
        ("#category", "which category"),
        ("#priority", "which priority"),
        ("#priority P0 because", "which priority"),
        ("#priority P1 because", "does not say why"),
        ("#priority P1\n\nThe door is locked.", "does not say why"),
        ("#tag", "which tag"),
        ("#tag " + "x" * 41, "cannot be a tag"),
        ("#tag " + " ".join(f"t{n}" for n in range(26)), "more than 25 tags"),
        ("#watch @", '"@" is no mail address'),
        ("#watch a@x.example kim", '"kim" is no mail address'),
        ("#watch a@-", '"a@-" is no mail address'),
        ("#requester", "the address of one person"),
        ("#merge", "the number of a ticket"),
        ("#merge that one", "the number of a ticket"),
        ("#link 0", "the number of a ticket"),
        ("#show " + "9" * 30, "the number of a ticket"),
        ("#search", "what to look for"),
        ("#away until Monday", '"Monday" is no day'),
    ],
)
def test_a_wrong_command_is_a_problem_that_says_what_is_wrong(text: str, problem: str) -> None:
    assert problem in "; ".join(parse(text).problems)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("#l\u00f6sung: she lies", "#l\u00f6sung"),
        ("#lo\u0308sung: she lies", "#l\u00f6sung"),
        ("#Pr\u00fcfen she lies", "#pr\u00fcfen"),
        ("#\u0437\u0430\u043c she lies", "#\u0437\u0430\u043c"),
        ("#\u5099\u8003 she lies", "#\u5099\u8003"),
        ("#\u0928\u094b\u091f she lies", "#\u0928\u094b\u091f"),
        ("#note2 she lies", "#note2"),
        ("#n\u043ete she lies", "#n\u043ete"),
        ("#  grab she lies", "#grab"),
        ("#weiterleitungandieabteilung she lies", "#weiterleitungandieabteilung"),
        ("#" + "x" * 100, "#" + "x" * 55 + " ..."),
        ("#take\n> It burns.\n\n#grab she lies", "#grab"),
        ("#take\n" * MAX_COMMANDS + "#grab she lies", "#grab"),
    ],
)  # fmt: skip
def test_a_word_that_is_no_command_is_told_and_never_sent_as_text(text: str, word: str) -> None:
    """Whatever script it is in: the requester would read what was meant for colleagues."""
    assert any(problem.startswith(f'"{word}" ') for problem in parse(text).problems)


@pytest.mark.parametrize("word", ["#note2", "#n0te", "#n\u043ete", "#not\u00e9"])
def test_a_word_that_is_nearly_a_command_is_told_with_the_command(word: str) -> None:
    [problem] = parse(f"{word} she lies").problems
    assert 'did you mean "#note text' in problem


def test_a_problem_has_the_line_as_it_stands_and_the_right_form() -> None:
    [problem] = parse("- #Priority P1.").problems
    assert problem == (
        '"#Priority P1.": does not say why; write for example '
        '"#priority P2 because nobody on the floor can print"'
    )


def test_every_wrong_command_of_a_mail_is_told() -> None:
    assert len(parse("#grab\n#wait\n#take\n#queue").problems) == 3


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("#take", (Take(NOBODY),)),
        ("#assign nobody", (Unassign(),)),
        ("#wait requester: x", (WaitForRequester(),)),
        ("#wait vendor: x", (WaitForVendor(),)),
        ("#wait approval: x", (WaitForApproval(),)),
        ("#tag a, B", (AddTag("a"), AddTag("b"))),
        ("#watch", (AddWatcher(NOBODY),)),
        ("#help", ()),
    ],
)
def test_a_command_says_what_is_to_be_done_as_a_rule_would(
    text: str, actions: tuple[object, ...]
) -> None:
    [command] = parse(text).commands
    assert command.actions == actions


def test_a_list_is_of_ones_own_tickets_unless_another_is_named() -> None:
    found = [parse(text).commands[0].argument.detail for text in ("#list", "#list all", "#list A")]
    assert found == [Listing(Scope.MINE), Listing(Scope.ALL), Listing(Scope.QUEUE, "A")]


def test_without_a_ticket_only_what_needs_none_is_right() -> None:
    for verb, form in FORMS.items():
        problems = parse(form, in_ticket=False).problems
        assert bool(problems) != TABLE[verb].anywhere, form
    assert "in a reply to a mail of that one" in parse("#take", in_ticket=False).problems[0]


def test_the_text_below_completes_a_command() -> None:
    parsed = parse("#resolve: new toner\n\nIt prints again.")
    assert parsed.said == "new toner\n\nIt prints again."


def test_a_question_may_stand_below_its_command() -> None:
    parsed = parse("#wait requester:\nWhich one?")
    assert not parsed.problems
    assert parsed.said == "Which one?"


@pytest.mark.parametrize("gap", ["\n", "\n\n", "\n \n", "\n\N{NO-BREAK SPACE}\n"])
def test_commands_follow_each_other_also_with_empty_lines_between(gap: str) -> None:
    """A client that writes HTML makes a paragraph of each line, and its text an empty line
    between. What is below must not go to the requester as if it were an answer."""
    parsed = parse(f"#take{gap}#note she sounds angry")
    assert [command.verb for command in parsed.commands] == [Verb.TAKE, Verb.NOTE]
    assert parsed.rest == ""


def test_whoever_answers_below_commands_below() -> None:
    parsed = parse("> #note secret\n> Does it print?\n\n#resolve: yes")
    assert ([str(command.verb) for command in parsed.commands], parsed.said) == (["resolve"], "yes")
    assert not parsed.problems


def test_a_quoted_line_ends_where_its_line_does_and_no_sooner() -> None:
    text = "> Help.\u2028#close: done\x0b#take\n\nWhich one?"
    parsed = parse(text)
    assert (parsed.commands, parsed.problems, parsed.rest) == ((), (), text)


def test_a_mail_of_nothing_but_signs_does_not_take_for_ever() -> None:
    parsed = parse("#take\n" * 10_000)
    assert len(parsed.commands) == MAX_COMMANDS


@settings(max_examples=300, deadline=None)
@given(st.text())
@example("#\u0130")  # a letter whose small form is two
@example("#\u017fake")
@example("#\u212aeep")
@example("\u200b\n#take")
@example("# take\x0bx")
def test_whatever_is_written_is_read_without_an_error(text: str) -> None:
    parsed = parse(text)
    assert all(command.verb in Verb for command in parsed.commands)
    if is_command(text):
        assert parsed.commands or parsed.problems
    else:
        assert not parsed.commands


@settings(max_examples=300, deadline=None)
@given(verb=st.sampled_from(list(Verb)), argument=st.text(max_size=60))
def test_whatever_stands_behind_a_command_is_read_without_an_error(
    verb: Verb, argument: str
) -> None:
    parse(f"#{verb} {argument}")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="abc #\n:", max_size=60))
def test_no_line_of_a_mail_is_lost(text: str) -> None:
    parsed = parse(f"#note\n{text}")
    if not parsed.problems and len(parsed.commands) == 1:
        assert parsed.said == text.strip()


@pytest.mark.parametrize(
    "text",
    ["I look at it.\n\n#note she loses it weekly", "#resolve\nDone.\n#take", "Done.\n# note secret",
     "Hello,\n#priority P1 because she is angry", "See below.\n\n#wait vendor: they are slow"],
)  # fmt: skip
def test_a_command_below_the_text_is_refused_and_never_sent_as_text(text: str) -> None:
    assert any("stands below your text" in problem for problem in parse(text).problems)


@pytest.mark.parametrize("above", ["", "Hello\n"])
def test_a_note_below_a_quotation_of_whatever_length_is_never_sent_as_text(above: str) -> None:
    parsed = parse(above + "> a line of the log\n" * 5_000 + "\n#note she lies")
    assert parsed.problems if above else parsed.has(Verb.NOTE)


def test_a_text_too_long_to_look_for_commands_in_is_refused() -> None:
    log = "\n".join(["Hello,", *["# x"] * MAX_LINES])
    assert not parse(log).problems
    assert f"more than {MAX_LINES} lines" in parse(f"{log}\n#note she lies").problems[0]


def test_the_comment_of_a_script_is_text() -> None:
    script = "Put this into the file:\n# list the jobs\n# show them\n# close the door"
    assert parse(script).problems == ()


@pytest.mark.parametrize(
    "line",
    ["#  note x", "#\u00a0\u00a0note x", "#\t note x", "#*note* x", "#\ufe0f\u20e3note x",
     "\uff03\uff4e\uff4f\uff54\uff45 x", " " * 5_000 + "#note x",
     "\u200e#note x", "\u2060#note x", "\u00ad#note x", "* #note x", "1. #note x", "##note x",
     "*#note* x", "\u201c#note x", "\ufe5fnote x", "\uff03note x", "- #note x"],
)  # fmt: skip
def test_a_note_is_one_whatever_the_client_puts_before_it(line: str) -> None:
    assert parse(line).has(Verb.NOTE)
