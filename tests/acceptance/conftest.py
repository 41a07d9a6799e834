"""A running office per kind of database, shared by the tests of a run that do not stop it."""

from collections.abc import Iterator

import pytest

from support import postgres as pg
from support.desk import DeskUnderTest
from support.office import Office
from support.sink import Sink

RULES = """
- name: payroll
  when:
    from: payroll@example.com
  then:
    queue: HR
    priority: P1
- name: vpn by word
  when:
    subject: VPN
  then:
    category: network
    assignee: bob@example.com
    tags: vpn
"""


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def office(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """IT and HR on one daemon. Tests tell their mails apart by their subjects."""
    desk = DeskUnderTest(tmp_path_factory.mktemp("office") / "desk")
    sink = Sink()
    database = pg.fresh_database(request.getfixturevalue("postgres")) if (
        request.param == "postgresql") else None  # fmt: skip
    url = database.__enter__() if database else None
    try:
        desk.init(outgoing=f"smtp://127.0.0.1:{sink.port}", database=url)
        two_mailboxes(desk)
        (desk.folder / "rules" / "05-office.yaml").write_text(RULES)
        with desk.running():
            yield Office(desk, sink)
    finally:
        desk.close()
        sink.stop()
        if database:
            database.__exit__(None, None, None)


@pytest.fixture
def alone(desk: DeskUnderTest, sink: Sink) -> Office:
    """An office of one test, which starts it and may break it."""
    desk.init(outgoing=f"smtp://127.0.0.1:{sink.port}")
    return Office(desk, sink)


def two_mailboxes(desk: DeskUnderTest) -> None:
    """Add a queue and a mailbox for HR, with an agent of its own."""
    toml = desk.folder / "gateway.toml"
    toml.write_text(
        toml.read_text()
        + '\n[[queue]]\nname = "HR"\nteam = "hr"\n'
        + '\n[[mailbox]]\naddress = "hr@example.com"\nqueue = "HR"\n'
    )
    people = desk.folder / "directory.csv"
    people.write_text(people.read_text() + "hana@example.com,Hana Agent,agent,hr,hr,,\n")
