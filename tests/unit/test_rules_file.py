"""rules/*.yaml: what is read, and what is refused with file, line and remedy."""

import re
from pathlib import Path

import pytest

from gateway.desk.rules_file import load_rules, parse_rules, version_of
from gateway.directory import Directory
from gateway.errors import ConfigError
from support.rules import DIRECTORY, GATEWAY, rules
from support.settings import faults_of


def faults(text: str, *more: str) -> list[str]:
    return faults_of(rules, text, *more)


def test_unknown_queue_is_a_fault_as_the_handbook_writes_it() -> None:
    text = "\n" * 28 + "- name: vip\n  then:\n    queue: Suport\n"
    assert faults(text) == [
        'rules/0.yaml:31: rule "vip": unknown queue "Suport"; '
        'queues are Billing, Support, HR: did you mean "Support"?'
    ]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{name: a, then: {priority: p2}}", 'unknown priority "p2"; priorities are P1, P2, P3, P4'),
        (
            "{name: a, then: {assignee: ann@example.com}}",
            "is no agent in directory.csv; agents are",
        ),
        ("{name: a, then: {assignee: bib@example.com}}", 'did you mean "bob@example.com"?'),
        ("{name: a, then: {tags: [two words]}}", '"two words" cannot be a tag; write one word'),
        ("{name: a, then: {}}", "then: says nothing; write one of queue, category"),
        ("{name: a}", 'then: is missing; write for example then: {"queue": "IT"}'),
        ("{then: {tags: x}}", 'rule 1: name: is missing; write for example name: "vpn"'),
        ("{name: a, wen: {}, then: {tags: x}}", 'wen: unknown key; did you mean "when"?'),
        ("{name: a, then: {quue: HR}}", 'then.quue: unknown key; did you mean "queue"?'),
        ("{name: a, when: {author: x}, then: {tags: x}}", "keys here are subject, body, from, to"),
        ("{name: a, when: {subject: []}, then: {tags: x}}", "when.subject: [] is empty"),
        ("{name: a, when: {subject: 404}, then: {tags: x}}", "when.subject: 404 is not a text"),
        ("{name: a, when: {subject: [404]}, then: {tags: x}}", "404 is not a text; write it in q"),
        ("{name: a, when: {subject: ' '}, then: {tags: x}}", 'when.subject: " " says nothing'),
        ("{name: a, when: {from: example.com}, then: {tags: x}}", 'or "@example.com"'),
        ("{name: a, when: , then: {tags: x}}", "when: null is not a table"),
        ("vpn", 'rule 1: "vpn" is not a table'),
    ],
)
def test_mistake_is_told_with_its_remedy(rule: str, said: str) -> None:
    [fault] = faults(f"- {rule}")
    assert fault.startswith("rules/0.yaml:1: rule ")
    assert said in fault


def test_every_fault_of_every_file_is_told_at_once() -> None:
    said = faults(
        "- {name: a, then: {queue: X, priority: P9}}\n- {name: b, then: {tags: 'x y'}}",
        "a: [",
        "- {name: c, then: {}}",
    )
    assert [fault.split(": ")[0] for fault in said] == [
        "rules/0.yaml:1",
        "rules/0.yaml:1",
        "rules/0.yaml:2",
        "rules/1.yaml:1",
        "rules/2.yaml:1",
    ]


def test_two_rules_of_one_name_are_refused_and_the_first_is_named() -> None:
    [fault] = faults("- {name: a, then: {tags: x}}", "\n- {name: a, then: {tags: x}}")
    assert fault == (
        'rules/1.yaml:2: rule "a": the name is there twice, first in rules/0.yaml:1; '
        "call one of them something else"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- name: a\n  name: b\n", "rules/0.yaml:2: name: is there twice; it is on line 1 already"),
        ("- &x {name: a, then: {tags: x}}\n- *x\n", 'rules/0.yaml:2: alias "*x" is not read'),
        ("- !!python/name:os.system x", "rules/0.yaml:1: tag "),
        ("- name: a\n   then: b\n", "rules/0.yaml:2: is not YAML: "),
        ("- [\n", "rules/0.yaml:2: is not YAML: "),
        ("- a\n---\n- b\n", "is not YAML: but found another document"),
        ("[" * 1000, "rules/0.yaml:1: is nested too deeply"),
        ("- ? [a]\n  : b", "rules/0.yaml:1: the key is no text"),
        ("- a: \x00", "rules/0.yaml:1: is not YAML: "),
        ("name: a", "rules/0.yaml:1: is not a list of rules; write rules as a list"),
        ("# " + "x" * 2**20, "is larger than 1 MB; split it"),
    ],
)
def test_file_that_is_no_list_of_rules_is_told_with_its_line(text: str, said: str) -> None:
    assert said in faults(text)[0]


def test_empty_file_has_no_rules() -> None:
    assert rules("", "# nothing yet\n").rules == ()


def test_names_are_not_checked_against_files_that_could_not_be_read() -> None:
    text = "- {name: a, then: {queue: Anything, assignee: who@example.com}}"
    assert parse_rules([("rules/0.yaml", text)], None, None).rules
    [fault] = faults("- {name: a, then: {assignee: 'nobody'}}")
    assert '"nobody" is not in directory.csv' in fault


def test_desk_without_agents_says_so() -> None:
    text = "- {name: a, then: {assignee: bob@example.com}}"
    with pytest.raises(ConfigError, match="it has no agent yet"):
        parse_rules([("rules/0.yaml", text)], GATEWAY, Directory())


# the files


def a_folder_with(folder: Path, **texts: str) -> Path:
    (folder / "rules").mkdir()
    for name, text in texts.items():
        (folder / "rules" / f"{name}.yaml").write_text(text)
    return folder


def test_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    a_folder_with(
        tmp_path,
        b="- {name: 2, then: {tags: x}}".replace("2", "two"),
        a="- {name: one, then: {tags: x}}",
    )
    loaded = load_rules(tmp_path, GATEWAY, DIRECTORY)
    assert [(rule.name, rule.file) for rule in loaded.rules] == [
        ("one", "rules/a.yaml"),
        ("two", "rules/b.yaml"),
    ]


def test_what_an_editor_leaves_behind_is_not_read(tmp_path: Path) -> None:
    a_folder_with(tmp_path, a="[]")
    for name in (".#a.yaml", "a.yaml~", ".a.yaml.swp", "README.md"):
        (tmp_path / "rules" / name).write_text("no rules")
    assert [name for name, _ in load_rules(tmp_path, GATEWAY, DIRECTORY).sources] == [
        "rules/a.yaml"
    ]


def test_file_whose_name_would_be_passed_over_is_a_fault(tmp_path: Path) -> None:
    a_folder_with(tmp_path, b="- {}")
    (tmp_path / "rules" / "a.yml").write_text("[]")
    said = faults_of(load_rules, tmp_path, GATEWAY, DIRECTORY)
    assert said[0] == "rules/a.yml: is not read; call it a.yaml"
    assert said[1].startswith("rules/b.yaml:1: rule 1: ")


def test_desk_without_rules_is_in_order(tmp_path: Path) -> None:
    assert load_rules(tmp_path, GATEWAY, DIRECTORY).rules == ()


def test_version_names_exactly_these_files() -> None:
    one = [("rules/a.yaml", "x"), ("rules/b.yaml", "y")]
    others = [
        [("rules/b.yaml", "x"), ("rules/a.yaml", "y")],
        [("rules/a.yaml", "xy"), ("rules/b.yaml", "")],
        [("rules/a.yaml", "x")],
        [("rules/a.yaml", "xrules/b.yaml\0\0y")],
        [("rules/a.yaml", "xrules/b.yaml\0" + "1\0y")],
        [("rules/a.yaml", "x"), ("rules/b.yaml", "y ")],
        [],
    ]
    versions = [version_of(sources) for sources in (one, *others)]
    assert len(set(versions)) == len(versions)
    assert all(re.fullmatch("[0-9a-f]{12}", version) for version in versions)


def test_rule_set_can_be_made_again_from_its_sources() -> None:
    ruleset = rules("- {name: a, when: {subject: vpn}, then: {tags: x}}", "[]")
    again = parse_rules(ruleset.sources, GATEWAY, DIRECTORY)
    assert again == ruleset
    assert again.version == version_of(ruleset.sources)
