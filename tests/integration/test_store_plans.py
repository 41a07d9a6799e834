"""What a mail asks the database costs the same beside many tickets: nothing reads a whole table."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.store import Database
from support.in_process import HR, SUPPORT, InProcess, anns

FEW_ROWS = "json_each|away|sqlite_sequence"  # those asked for, agents, tables
SCAN = re.compile(rf"SCAN (?!(?:{FEW_ROWS})\b)")


@contextmanager
def plans(database: Database) -> Iterator[dict[str, str]]:
    """How SQLite goes about each statement that is executed meanwhile."""
    found: dict[str, str] = {}

    def explain(
        tx: sa.Connection, cursor: object, statement: str, given: Any, context: object, many: bool
    ) -> None:
        if statement not in found and not statement.startswith("PRAGMA"):
            driver: Any = tx.connection.driver_connection
            rows = driver.execute(f"EXPLAIN QUERY PLAN {statement}", given[0] if many else given)
            found[statement] = "\n".join(row[3] for row in rows)

    sa.event.listen(database, "before_cursor_execute", explain)
    yield found
    sa.event.remove(database, "before_cursor_execute", explain)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/plans.db"


def test_no_statement_of_the_pipeline_reads_a_whole_table(
    tmp_path: Path, database_url: str
) -> None:
    desk = InProcess(tmp_path, database_url)
    for raw in (anns(subject=f"mail {number}") for number in range(20)):
        desk.accept(raw)
    desk.work()
    for number in range(20):
        fields = {"subject": f"more {number}", "text": f"As in #{number}.\n\n#status"}
        desk.accept(anns(in_reply_to=f"<mail%20{number}@x.example>", **fields), SUPPORT, HR)
    with plans(desk.office.database) as found:
        desk.work()
    assert len(found) > 30
    reading_all = {statement: plan for statement, plan in found.items() if SCAN.search(plan)}
    assert reading_all == {}
    desk.close()
