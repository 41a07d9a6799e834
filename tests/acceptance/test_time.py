"""A target that passes is told to the lead, once: over many ticks, restarts and outages."""

import time

import pytest

from support.desk import DeskUnderTest
from support.office import ANN, BOB, LEE, Office
from support.sink import Sink
from support.waiting import eventually


@pytest.fixture
def hasty(desk: DeskUnderTest, sink: Sink, database_url: str) -> Office:
    """A desk that promises an answer within two seconds."""
    desk.init(outgoing=f"smtp://127.0.0.1:{sink.port}", database=database_url)
    for slow in ("15m", "1h", "4h", "1d"):
        desk.configure(f"respond_within: {slow}", "respond_within: 2s", "priorities.yaml")
    return Office(desk, sink)


def escalations(office: Office) -> list[dict[str, object]]:
    rows = office.desk.cli("outbox", "list", "--limit", "1000", "--json")
    return [row for row in rows if row["notice"] == "escalation"]


def later_mail_is_handled(office: Office) -> None:
    """Time goes on: another mail has come, been handled and escalated meanwhile."""
    count = len(escalations(office))
    office.send(ANN, subject=f"meanwhile {time.monotonic()}")
    eventually(lambda: len(escalations(office)) > count, 20, "the next escalation")


def test_an_escalation_comes_once_over_many_ticks_and_a_restart(hasty: Office) -> None:
    with hasty.desk.running():
        hasty.send(ANN, subject="Nobody answers")
        escalation = hasty.mail_to(LEE, "Nobody answers", nth=2)
        assert "#" in escalation["Subject"]
        later_mail_is_handled(hasty)
    with hasty.desk.running():
        later_mail_is_handled(hasty)
    mine = [row for row in escalations(hasty) if row["ticket"] == 1001]
    assert [row["rcpt_to"] for row in mine] == ["lee@example.com"]
    events = [e["name"] for e in hasty.ticket("Nobody answers")["events"]]
    assert events.count("escalated") == 1


def test_a_target_that_passed_while_the_daemon_was_down_is_told_at_its_start(
    hasty: Office,
) -> None:
    # long enough that it is down by then, on a busy machine too
    hasty.desk.configure("respond_within: 2s", "respond_within: 8s", "priorities.yaml")
    with hasty.desk.running():
        hasty.send(ANN, subject="Over the weekend")
        ticket = hasty.ticket("Over the weekend")
    assert not escalations(hasty), "it was stopped before the target passed"
    opened = time.monotonic()
    eventually(lambda: time.monotonic() - opened > 8.5, 30, what="the target has passed")
    with hasty.desk.running():
        hasty.mail_to(LEE, "Over the weekend", nth=2)
        assert len(escalations(hasty)) == 1
        assert hasty.ticket("Over the weekend")["number"] == ticket["number"]


def test_an_answered_ticket_is_not_escalated(hasty: Office) -> None:
    with hasty.desk.running():
        hasty.send(ANN, subject="Answered at once")
        hasty.reply(hasty.mail_to(BOB, "Answered at once"), BOB, "Here you are.")
        hasty.mail_to(ANN, "Answered at once", nth=2)
        later_mail_is_handled(hasty)
        assert not [row for row in escalations(hasty) if row["ticket"] == 1001]


def test_a_ticket_only_taken_is_still_escalated(hasty: Office) -> None:
    with hasty.desk.running():
        hasty.send(ANN, subject="Taken and forgotten")
        hasty.reply(hasty.mail_to(BOB, "Taken and forgotten"), BOB, "#take")
        escalation = hasty.mail_to(LEE, "Taken and forgotten", nth=2)
        assert "Bob" in escalation.text, "the lead sees who has it"
