"""What rules say of a mail, and why."""

import re
from pathlib import Path

import pytest

from gateway.message import Address
from gateway.rules.ruleset import RuleFacts, RuleTrace, Verdict, evaluate
from gateway.tickets.actions import AddTag, Assign, SetCategory, SetPriority, SetQueue
from gateway.tickets.priority import Priority
from support.rules import rules

DOCS = Path(__file__).parents[2] / "docs"


def verdict(
    text: str,
    *,
    subject: str = "",
    body: str = "",
    author: str = "ann@example.com",
    to: tuple[str, ...] = ("support@example.com",),
) -> Verdict:
    mail = RuleFacts(
        subject=subject,
        body=body,
        author=Address(author),
        recipients=tuple(Address(each) for each in to),
    )
    return evaluate(rules(text), mail)


def test_first_rule_that_sets_a_field_wins_it() -> None:
    said = verdict(
        """
        - {name: a, then: {queue: Billing, category: A, priority: P1, assignee: bob@example.com}}
        - {name: b, then: {queue: HR, category: B, priority: P4, assignee: bob@example.com}}
        """
    )
    assert said.actions == (
        (SetQueue("Billing"), "a"),
        (SetCategory("A"), "a"),
        (SetPriority(Priority.P1), "a"),
        (Assign(Address("bob@example.com", "Bob Agent")), "a"),
    )
    assert said.trace[1].unused == (
        'queue HR: rule "a" already said Billing',
        'category B: rule "a" already said A',
        'priority P4: rule "a" already said P1',
        'assignee bob@example.com: rule "a" already said so',
    )


def test_later_rule_still_has_the_word_on_what_is_left() -> None:
    said = verdict(
        "[{name: a, then: {queue: HR}}, {name: b, then: {queue: Billing, priority: P2}}]"
    )
    assert said.actions == ((SetQueue("HR"), "a"), (SetPriority(Priority.P2), "b"))


def test_rule_that_does_not_match_wins_nothing() -> None:
    said = verdict(
        "[{name: a, when: {subject: vpn}, then: {queue: HR}}, {name: b, then: {queue: Billing}}]"
    )
    assert said.actions == ((SetQueue("Billing"), "b"),)
    assert said.trace[1].unused == ()


def test_tags_add_up_and_each_comes_once() -> None:
    said = verdict("[{name: a, then: {tags: [x, y]}}, {name: b, then: {tags: [y, z]}}]")
    assert said.actions == ((AddTag("x"), "a"), (AddTag("y"), "a"), (AddTag("z"), "b"))
    assert said.trace[1].unused == ('tag y: rule "a" already said so',)


def test_rule_without_conditions_matches_every_mail() -> None:
    [trace] = verdict("[{name: a, then: {tags: x}}]").trace
    assert trace == RuleTrace(
        rule="a", file="rules/0.yaml", line=1, matched=True, because=("no condition",)
    )


EVERYTHING = """
- name: all
  when:
    subject: [vpn, "remote access"]
    body: [down]
    from: "@example.com"
    to: [support@example.com, hr@example.com]
  then: {tags: x}
"""


def test_all_conditions_must_hold_and_each_says_why() -> None:
    [trace] = verdict(EVERYTHING, subject="Remote  Access", body="it is DOWN").trace
    assert trace.matched
    assert trace.because == (
        'from is ann@example.com, which fits "@example.com"',
        "to is support@example.com",
        'subject has "remote access"',
        'body has "down"',
    )


@pytest.mark.parametrize(
    ("mail", "because"),
    [
        ({"author": "ann@other.example"}, 'from has no "@example.com"'),
        (
            {"to": ("it@example.com",)},
            'to has neither "support@example.com" nor "hr@example.com"',
        ),
        ({"subject": "hello"}, 'subject has neither "vpn" nor "remote access"'),
        ({"subject": "vpn", "body": "all is well"}, 'body has no "down"'),
    ],
)
def test_condition_that_failed_is_named(mail: dict[str, str], because: str) -> None:
    [trace] = verdict(EVERYTHING, **mail).trace  # type: ignore[arg-type]
    assert not trace.matched
    assert trace.because == (because,)


def test_every_rule_is_in_the_trace_with_its_file_and_line() -> None:
    ruleset = rules("\n- name: a\n  then: {tags: x}\n\n- name: b\n  then: {tags: y}\n", "[]")
    mail = RuleFacts(subject="", body="", author=Address("ann@example.com"))
    places = [(trace.rule, trace.file, trace.line) for trace in evaluate(ruleset, mail).trace]
    assert places == [("a", "rules/0.yaml", 2), ("b", "rules/0.yaml", 5)]


def test_assignee_is_known_by_the_main_address() -> None:
    said = verdict("[{name: a, then: {assignee: Robert@Example.com}}]")
    assert said.actions[0][0] == Assign(Address("bob@example.com", "Bob Agent"))


def test_same_mail_gets_the_same_verdict() -> None:
    assert verdict(EVERYTHING, subject="vpn") == verdict(EVERYTHING, subject="vpn")


def test_words_of_yaml_1_1_stay_words() -> None:
    [trace] = verdict(
        "- {name: on, when: {subject: [no, off]}, then: {tags: yes}}", subject="No!"
    ).trace
    assert trace.because == ('subject has "no"',)


def test_examples_of_the_manual_are_rules() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", (DOCS / "rules.md").read_text(), re.DOTALL)
    assert len(examples) >= 4
    for example in examples:
        assert rules(example).rules


def test_example_of_the_manual_says_of_a_mail_what_the_manual_says() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", (DOCS / "rules.md").read_text(), re.DOTALL)
    [which] = [one for one in examples if "outage" in one]
    said = verdict(which, subject="Printer is down")
    assert {action for action, _ in said.actions} == {
        SetPriority(Priority.P1),
        AddTag("outage"),
        SetCategory("Hardware"),
    }
    assert said.trace[1].unused == ('priority P4: rule "outage" already said P1',)
