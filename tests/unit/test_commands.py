"""An agent's commands: what is read as one, what is refused, what the rest of the mail is."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.rules.commands import FORMS, MAX_COMMANDS, Command, Verb, is_command, parse

TAKE, NOTE = Command(Verb.TAKE), Command(Verb.NOTE, "a b")
WAIT, RESOLVE = Command(Verb.WAIT, "which one?"), Command(Verb.RESOLVE, "new toner")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("#take", TAKE),
        ("#TAKE", TAKE),
        ("# take", TAKE),
        ("  #take  ", TAKE),
        ("\n\n#take\n", TAKE),
        ("#take\r\n", TAKE),
        ("\N{FULLWIDTH NUMBER SIGN}take", TAKE),
        ("\N{ZERO WIDTH SPACE}#take\N{NO-BREAK SPACE}", TAKE),
        ("#resolve: new toner", RESOLVE),
        ("#resolve new toner", RESOLVE),
        ("#Resolve\N{FULLWIDTH COLON}new toner", RESOLVE),
        ("#resolve:\N{NO-BREAK SPACE}new toner", RESOLVE),
        ("#wait requester: which one?", WAIT),
        ("#wait REQUESTER which one?", WAIT),
        ("#wait: requester: which one?", WAIT),
        ("#note a b", NOTE),
        ("#note: a b", NOTE),
    ],
)
def test_a_command_is_read_however_a_client_writes_it(text: str, command: Command) -> None:
    parsed = parse(text)
    assert (parsed.commands, parsed.rest, parsed.problems) == ((command,), "", ())
    assert is_command(text)


@pytest.mark.parametrize("verb", Verb, ids=str)
def test_the_form_that_is_told_is_a_right_one(verb: Verb) -> None:
    parsed = parse(FORMS[verb])
    assert [command.verb for command in parsed.commands] == [verb]
    assert not parsed.problems


@pytest.mark.parametrize(
    "text",
    ["Hello #take", "take", "#1042 is the same", "Hello,\n#1042", "#", "#take2", "", "!"],
)
def test_other_text_is_no_command(text: str) -> None:
    parsed = parse(text)
    assert (parsed.commands, parsed.problems, parsed.rest) == ((), (), text)
    assert not is_command(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("#grab", '"#grab" is no command'),
        ("#take\n#closed: done", '"#closed" is no command'),
        ("#wait", "can wait for the requester"),
        ("#wait vendor: the part", "can wait for the requester"),
        ("#wait requesters: what?", "can wait for the requester"),
        ("#wait requester", "what you ask"),
        ("#wait requester:  ", "what you ask"),
        ("#resolve", "what was done"),
        ("#resolve:\n\n  ", "what was done"),
        ("#wait requester: why?\n#resolve: done", "contradict"),
        ("#note a\n#resolve: done", "for colleagues"),
        ("#note a\n#wait requester: why?", "for colleagues"),
    ],
)
def test_a_wrong_command_is_a_problem_that_says_what_is_wrong(text: str, problem: str) -> None:
    assert problem in "; ".join(parse(text).problems)


def test_the_text_below_completes_a_command() -> None:
    parsed = parse("#resolve: new toner\n\nIt prints again.")
    assert parsed.said(Verb.RESOLVE) == "new toner\n\nIt prints again."


def test_a_question_may_stand_below_its_command() -> None:
    parsed = parse("#wait requester:\nWhich one?")
    assert not parsed.problems
    assert parsed.said(Verb.WAIT) == "Which one?"


@pytest.mark.parametrize("gap", ["\n", "\n\n", "\n \n", "\n\N{NO-BREAK SPACE}\n"])
def test_commands_follow_each_other_also_with_empty_lines_between(gap: str) -> None:
    """A client that writes HTML makes a paragraph of each line, and its text an empty line
    between. What is below must not go to the requester as if it were an answer."""
    parsed = parse(f"#take{gap}#note she sounds angry")
    assert [command.verb for command in parsed.commands] == [Verb.TAKE, Verb.NOTE]
    assert parsed.rest == ""


def test_a_mail_of_nothing_but_signs_does_not_take_for_ever() -> None:
    parsed = parse("#take\n" * 10_000)
    assert len(parsed.commands) == MAX_COMMANDS


@settings(max_examples=200, deadline=None)
@given(st.text())
@example("#\u0130")  # a letter whose small form is two
@example("#\u017fake")
@example("#\u212aeep")
def test_whatever_is_written_is_read_without_an_error(text: str) -> None:
    parsed = parse(text)
    assert all(command.verb in Verb for command in parsed.commands)
    assert bool(parsed.commands or parsed.problems) == is_command(text)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="abc #\n:", max_size=60))
def test_no_line_of_a_mail_is_lost(text: str) -> None:
    parsed = parse(f"#note\n{text}")
    if not parsed.problems and len(parsed.commands) == 1:
        assert parsed.said(Verb.NOTE) == text.strip()


@pytest.mark.parametrize(
    "text", ["I look at it.\n\n#note she loses it weekly", "#resolve\nDone.\n#take"]
)
def test_a_command_below_the_text_is_refused_and_never_sent_as_text(text: str) -> None:
    assert any("stands below your text" in problem for problem in parse(text).problems)


@pytest.mark.parametrize(
    "line",
    ["\u200e#note x", "\u2060#note x", "\u00ad#note x", "* #note x", "1. #note x", "##note x",
     "*#note* x", "\u201c#note x", "\ufe5fnote x", "\uff03note x", "- #note x"],
)  # fmt: skip
def test_a_note_is_one_whatever_the_client_puts_before_it(line: str) -> None:
    assert parse(line).has(Verb.NOTE)
