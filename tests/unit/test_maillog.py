"""The log: one line for one thing that happened, which no sender can forge."""

import inspect
import json
import logging
import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway import maillog

EVENTS = {
    name: function
    for name, function in inspect.getmembers(maillog, inspect.isfunction)
    if not name.startswith("_")
}

FIELD = re.compile(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|[^\s"=]+)(?: |$)')

hostile = st.one_of(
    st.text(max_size=60),
    st.text(alphabet='\r\n\t "=\\<>\x1b\u2028\x85\N{ZERO WIDTH SPACE}a1', max_size=30),
    st.sampled_from(
        ["x\nrejected spool=1", 'x" reply="250 ok', "a=b", "", "-", "\x1b[2J", "\udcff"]
    ),
)
quickly = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def arguments(function: Callable[..., None], text: str) -> dict[str, object]:
    """Every text that the function takes is what a stranger says."""
    kinds = inspect.signature(function).parameters.values()
    return {each.name: text if each.annotation is str else 7 for each in kinds}


def line_of(caplog: pytest.LogCaptureFixture, name: str, **fields: object) -> logging.LogRecord:
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="gateway"):
        EVENTS[name](**fields)
    [record] = caplog.records
    return record


def fields_of(line: str) -> dict[str, str]:
    """The fields as a program reads the line again."""
    rest, found = line.partition(" ")[2], {}
    while rest:
        match = FIELD.match(rest)
        assert match, rest
        found[match[1]] = json.loads(match[2]) if match[2].startswith('"') else match[2]
        rest = rest[match.end() :]
    return found


@pytest.mark.parametrize("name", EVENTS)
@quickly
@given(text=hostile)
def test_whatever_a_stranger_says_stays_in_its_field(
    name: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    given_ = arguments(EVENTS[name], text)
    line = line_of(caplog, name, **given_).getMessage()
    assert line.isprintable(), "one line, and nothing that moves a terminal"
    assert line.isascii() or not text.isascii()
    assert line.partition(" ")[0] == name.replace("_", "-")
    found = fields_of(line)
    assert list(found) == list(given_)
    for field, value in given_.items():
        assert found[field] in (str(value), f"<{value}>", "-")


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_says_what_it_means(name: str) -> None:
    assert EVENTS[name].__doc__


def test_a_line_is_made_for_reading(caplog: pytest.LogCaptureFixture) -> None:
    record = line_of(
        caplog, "sent", outbox=5, rcpt="ann@x.example", notice="answer", reply="250 2.0.0 Ok"
    )
    assert (
        record.getMessage()
        == 'sent outbox=5 rcpt=<ann@x.example> notice=answer reply="250 2.0.0 Ok"'
    )


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("accepted", logging.INFO),
        ("ended", logging.INFO),
        ("sent", logging.INFO),
        ("refused", logging.WARNING),
        ("postponed", logging.WARNING),
        ("deferred", logging.WARNING),
        ("failed", logging.WARNING),
        ("quarantined", logging.ERROR),
        ("worker_failed", logging.ERROR),
    ],
)
def test_the_level_says_whether_somebody_must_act(
    name: str, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert line_of(caplog, name, **arguments(EVENTS[name], "x")).levelno == level


@pytest.mark.parametrize("name", EVENTS)
def test_no_event_has_room_for_a_subject_a_text_or_a_password(name: str) -> None:
    taken = set(inspect.signature(EVENTS[name]).parameters)
    assert not taken & {"subject", "text", "body", "password", "content"}
