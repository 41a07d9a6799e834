"""priorities.yaml: four promises, each with a time."""

from pathlib import Path

import pytest

from gateway.desk.priorities_file import load_priorities
from gateway.tickets.priority import Priority, Target
from support.settings import faults_of

GOOD = "\n".join(
    f"P{number}: {{name: Name {number}, respond_within: {number}h}}" for number in (4, 3, 2, 1)
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "priorities.yaml"


def faults(path: Path, text: str) -> list[str]:
    path.write_text(text)
    return [fault.removeprefix(str(path)) for fault in faults_of(load_priorities, path)]


def test_targets_come_in_the_order_of_priority(path: Path) -> None:
    path.write_text(GOOD)
    targets = load_priorities(path)
    assert list(targets) == list(Priority)
    assert targets[Priority.P2] == Target(name="Name 2", respond_within_seconds=7200)


def test_plain_number_is_seconds(path: Path) -> None:
    path.write_text(GOOD.replace("1h", "90"))
    assert load_priorities(path)[Priority.P1].respond_within_seconds == 90


def test_all_four_are_asked_for(path: Path) -> None:
    said = faults(path, GOOD.replace("P2", "P5"))
    assert said == [
        ': P2: is missing; write for example P2: {"name": "Normal", "respond_within": "4h"}',
        ":3: P5: unknown key; keys here are P1, P2, P3, P4",
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            "P1: {name: X}",
            ':4: P1.respond_within: is missing; write for example respond_within: "4h"',
        ),
        ("P1: {name: '', respond_within: 1h}", ':4: P1.name: "" is empty; write a text'),
        ("P1: {name: X, respond_within: soon}", ':4: P1.respond_within: "soon" is not a duration;'),
        ("P1: {name: X, respond_within: 0m}", ':4: P1.respond_within: "0m" is not a duration;'),
        ("P1: {name: X, respond_within: -5}", ":4: P1.respond_within: -5 is not a duration;"),
        ("P1: {name: X, respond_within: true}", ":4: P1.respond_within: true is not a duration;"),
        ("P1: {name: X, respond: 1h, respond_within: 1h}", 'did you mean "respond_within"?'),
        ("P1: {name: X, respond_within: 9999d}", '"9999d" is more than ten years; write for'),
        ("P1: {name: X, respond_within: 99999999999999999999}", "is not a duration;"),
        ("P1: 15m", ':4: P1: "15m" is not a table'),
        (
            "P1:\n  name: X\n  name: Y",
            ":6: name: is there twice; it is on line 5 already; keep one",
        ),
    ],
)
def test_mistake_is_told_with_its_line_and_remedy(path: Path, wrong: str, said: str) -> None:
    good_lines = GOOD.split("\n")[:3]
    [fault] = faults(path, "\n".join([*good_lines, wrong]))
    assert said in fault


@pytest.mark.parametrize("text", ["", "[]", "P1"])
def test_file_that_says_something_else_is_refused(path: Path, text: str) -> None:
    assert faults(path, text)
