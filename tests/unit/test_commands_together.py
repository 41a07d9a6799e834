"""Which commands go together in a mail, and what becomes of its text."""

from itertools import product

import pytest

from gateway.rules.commands import FORMS, TABLE, Effect, Verb, parse
from gateway.rules.commands_table import Company

EVERY_FORM = [form for row in TABLE.values() for form in row.forms]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("#wait requester: why?\n#resolve: done", "#wait and #resolve contradict each other"),
        ("#wait requester: a?\n#wait vendor: b", "#wait is there twice, and says two things"),
        ("#close\n#reopen", "contradict"),
        ("#resolve: done\n#close", "contradict"),
        ("#take\n#assign kim@x.example", "both set the assignee"),
        ("#assign a@x.example\n#assign b@x.example", "#assign is there twice"),
        ("#queue A\n#queue B", "#queue is there twice"),
        ("#priority P1 because x\n#priority P2 because x", "#priority is there twice"),
        ("#note a\n#resolve: done", "#note is for colleagues"),
        ("#note a\n#wait requester: why?", "#note is for colleagues"),
        ("#note a\n#close: done", "#note is for colleagues"),
        ("#priority P1 because x\n#resolve: done", "#priority is for colleagues"),
        ("#undo\n#take", "#undo goes alone"),
        ("#take\n#merge 7", "#merge goes alone"),
        ("#split\n#note x", "#split goes alone"),
        ("#merge 7\n#merge 8", "#merge goes alone"),
        ("#take\n#full", "#full does nothing to the ticket"),
        ("#list\n#note x", "#list does nothing to the ticket"),
    ],
)
def test_commands_that_contradict_each_other_are_a_problem(text: str, problem: str) -> None:
    problems = parse(text).problems
    assert problem in "; ".join(problems)
    assert len(problems) == len(set(problems))


@pytest.mark.parametrize(
    "text",
    ["#take\n#resolve: done", "#note a\n#wait vendor: b", "#tag a\n#tag b\n#untag c", "#why\n#full",
     "#note a\n#priority P1 because x\n#queue B", "#take\n#reopen", "#note x\n#close",
     "#watch a@x.example\n#watch b@x.example", "#assign kim@x.example\n#queue B", "#take\n#take"],
)  # fmt: skip
def test_commands_that_mean_something_together_go_together(text: str) -> None:
    assert not parse(text).problems


def test_no_two_commands_change_the_verdict_by_their_order() -> None:
    for one, other in product(EVERY_FORM, repeat=2):
        there, back = parse(f"{one}\n{other}").problems, parse(f"{other}\n{one}").problems
        assert bool(there) == bool(back), (one, other)


def test_no_command_both_hides_the_text_and_sends_it() -> None:
    """Whatever two commands stand in a mail: one for colleagues and one for the requester
    never pass together."""
    for one, other in product(EVERY_FORM, repeat=2):
        parsed = parse(f"{one}\n{other}\n\nText below.")
        effects = {command.effect for command in parsed.commands}
        hides_and_sends = {Effect.NOTE, Effect.ANSWER} <= effects
        if hides_and_sends or (Effect.SILENT in effects and len(effects) > 1):
            assert parsed.problems, (one, other)


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("Hello", Effect.PLAIN),
        ("#take", Effect.PLAIN),
        ("#tag x\n#watch ann@x.example", Effect.PLAIN),
        ("#queue B\n#tag x", Effect.ASIDE),
        ("#take\n#assign nobody", Effect.ASIDE),
        ("#queue B\n#resolve: x", Effect.ANSWER),
        ("#queue B\n#note x", Effect.NOTE),
        ("#note x\n#take", Effect.NOTE),
        ("#priority P1 because x", Effect.NOTE),
        ("#wait vendor: x", Effect.NOTE),
        ("#wait approval: x", Effect.NOTE),
        ("#wait requester: x", Effect.ANSWER),
        ("#take\n#resolve: x", Effect.ANSWER),
        ("#close: x", Effect.ANSWER),
        ("#close", Effect.PLAIN),
        ("#help\n\nHow?", Effect.SILENT),
        ("#split\n\nThe other one.", Effect.SILENT),
    ],
)
def test_what_becomes_of_the_text(text: str, effect: Effect) -> None:
    assert parse(text).effect is effect


FOR_COLLEAGUES = ["assign", "queue", "link", "requester", "unwatch", "note", "priority"]


@pytest.mark.parametrize("verb", FOR_COLLEAGUES)
@pytest.mark.parametrize("answer", ["#resolve: done", "#wait requester: which?", "#close: done"])
def test_text_below_words_for_colleagues_and_an_answer_is_nobodys(verb: str, answer: str) -> None:
    form = TABLE[Verb(verb)].forms[0]
    for commands in (f"{form}\n{answer}", f"{answer}\n{form}"):
        [problem] = parse(f"{commands}\n\nLee, careful.").problems
        assert "write two mails" in problem
        assert f"#{verb}" in problem


def test_only_what_says_so_sends_its_text_to_the_requester() -> None:
    """Every other command's text is a note, nobody's, or a plain reply's as its page says."""
    forms = [(verb, form) for verb, row in TABLE.items() for form in row.forms]
    sends = {verb for verb, form in forms if parse(form).effect is Effect.ANSWER}
    plain = {verb for verb, form in forms if parse(f"{form}\n\nText.").effect is Effect.PLAIN}
    assert sends == {"wait", "resolve", "close"}
    assert plain == {"take", "category", "tag", "untag", "watch", "reopen", "close"}


def test_what_asks_us_something_is_never_sent_on() -> None:
    for verb, row in TABLE.items():
        if row.company is not Company.ANY:
            assert parse(f"{FORMS[verb]}\n\nBob\nIT").effect is Effect.SILENT
