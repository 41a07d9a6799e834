"""kill -9 while a held mail is let in: it joins its ticket exactly once, whenever that happens."""

import pytest

from support.desk import DeskUnderTest
from support.office import ANN, Office
from support.sink import Sink
from support.waiting import eventually

ANSWER, MAIL = 1, 2  # the first that is worked is the answer, and then the mail it lets in


@pytest.fixture
def office(desk: DeskUnderTest, sink: Sink, database_url: str) -> Office:
    desk.init(outgoing=f"smtp://127.0.0.1:{sink.port}", database=database_url)
    return Office(desk, sink)


def settle(desk: DeskUnderTest) -> None:
    eventually(lambda: not desk.cli("spool", "list", "--state", "waiting", "--json"), 60)


@pytest.mark.parametrize(
    ("point", "worked"),
    [
        ("after-decision", ANSWER),
        ("within-record", ANSWER),
        ("after-record", ANSWER),
        ("after-claim", MAIL),
        ("within-record", MAIL),
        ("after-record", MAIL),
    ],
)
def test_killed_while_a_held_mail_is_let_in_it_joins_once(
    office: Office, point: str, worked: int
) -> None:
    desk = office.desk
    with desk.running():
        office.send(ANN, subject="Crane")
        subject = office.confirmation(ANN, "Crane")["Subject"]
        claim = office.send(ANN, subject=subject, text="And it squeaks.")
        assert office.delivery_of(claim)["state"] == "held"
        question = office.mail_to(ANN, "Crane", 2)
    desk.run(crash_at=(point, worked))
    desk.wait_ready()
    answer = office.reply(question, ANN, "Yes, that was me.")
    assert desk.wait_ended() == -9, f"it never came to {point}"

    with desk.running():
        settle(desk)
        assert office.delivery_of(claim)["state"] == "joined"
        assert office.delivery_of(answer)["state"] == "answered"
        [shown] = desk.cli("ticket", "show", str(office.ticket("Crane")["number"]), "--json")
        said = [each["text"] for each in shown["messages"]]
        assert len([text for text in said if "And it squeaks." in text]) == 1
        assert not desk.cli("held", "list", "--json")
        desk.text("spool", "account")
