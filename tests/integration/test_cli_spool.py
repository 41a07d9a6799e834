"""`ticket-gateway spool`, as an admin types it: what it says, writes, changes and returns."""

import json
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from gateway.cli.main import cli
from gateway.cli.spool import choose
from gateway.errors import GatewayError
from gateway.store import spool, tables, transaction
from gateway.workers.upkeep import Upkeep
from support.in_process import HR, HR_SETTINGS, InProcess, anns

AWAY = {"Auto-Submitted": "auto-replied"}


@pytest.fixture
def desk(desk: InProcess) -> InProcess:
    """A desk with an opened, an ignored, two quarantined and a waiting delivery, in this order."""
    desk.accept(anns(subject="fine"))
    desk.accept(anns(subject="away", headers=AWAY))
    for subject in ("lost", "lost too"):
        desk.accept(anns(subject=subject), HR)
    desk.change("gateway.toml", HR_SETTINGS, "")
    with transaction(desk.office.database) as tx:
        last = tables.delivery.c.mailbox == HR
        tx.execute(sa.update(tables.delivery).where(last).values(attempts=spool.MAX_ATTEMPTS - 1))
    desk.work()
    desk.accept(anns(subject="to come"))
    return desk


def say(desk: InProcess, *words: str, status: int = 0) -> str:
    """What the command prints."""
    done = typed(desk, *words)
    assert done.exit_code == status, done.output
    return done.output


def typed(desk: InProcess, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--desk", str(desk.folder), "spool", *words])


def objects(desk: InProcess, *words: str, status: int = 0) -> list[dict[str, Any]]:
    return [json.loads(line) for line in say(desk, *words, "--json", status=status).splitlines()]


def refusal(desk: InProcess, *words: str) -> str:
    done = typed(desk, *words)
    assert isinstance(done.exception, GatewayError), done.output
    return str(done.exception)


def ids(desk: InProcess) -> list[str]:
    return [str(entry.id) for entry in desk.deliveries()]


# list and show


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], [4, 3, 2, 1, 0]),
        (["--state", "quarantined"], [3, 2]),
        (["--state", "waiting"], [4]),
        (["--cause", "auto-reply"], [1]),
        (["--cause", "KeyError"], [3, 2]),
        (["--mailbox", "HR@example.com"], [3, 2]),
        (["--mailbox", "hr@example.com", "--limit", "1"], [3]),
        (["--since", "24h"], [4, 3, 2, 1, 0]),
        (["--state", "ignored", "--cause", "loop"], []),
    ],
    ids=str,
)
def test_list_shows_what_the_filters_leave(
    desk: InProcess, words: list[str], found: list[int]
) -> None:
    there = [str(each["id"]) for each in objects(desk, "list", *words)]
    assert there == [ids(desk)[nth] for nth in found]


def test_list_leaves_out_what_is_older_than_asked_for(desk: InProcess) -> None:
    with transaction(desk.office.database) as tx:
        before = datetime.now(UTC) - timedelta(hours=25)
        old = tables.spool.c.id == desk.deliveries()[0].spool
        tx.execute(sa.update(tables.spool).where(old).values(received_at=before))
    assert len(objects(desk, "list", "--since", "24h")) == 4
    assert len(objects(desk, "list", "--since", "2d")) == 5


def test_a_span_that_is_none_is_a_usage_error(desk: InProcess) -> None:
    said = say(desk, "list", "--since", "yesterday", status=2)
    assert '"yesterday" is not a duration; write for example' in said


def test_list_and_show_tell_the_cause(desk: InProcess) -> None:
    assert re.search(r"quarantined +KeyError", say(desk, "list"))
    shown = say(desk, "show", ids(desk)[2])
    assert re.search(r"^cause +KeyError$", shown, re.MULTILINE)
    assert "Traceback" in shown


# replay


def test_replay_all_is_of_what_is_quarantined(desk: InProcess) -> None:
    said = say(desk, "replay", "--all")
    assert said.splitlines()[-1] == "2 deliveries wait again"
    assert desk.states() == ["opened", "ignored", "waiting", "waiting", "waiting"]
    assert [entry.cause for entry in desk.deliveries()] == [None, "auto-reply", None, None, None]


def test_replay_by_cause_takes_no_other_cause(desk: InProcess) -> None:
    with transaction(desk.office.database) as tx:
        first = tables.delivery.c.id == desk.deliveries()[2].id
        tx.execute(sa.update(tables.delivery).where(first).values(cause="worker-died"))
    assert "1 deliveries wait again" in say(desk, "replay", "--cause", "worker-died")
    assert desk.states()[2:4] == ["waiting", "quarantined"]


def test_what_was_ignored_is_replayed_when_it_is_asked_for(desk: InProcess) -> None:
    say(desk, "replay", "--cause", "auto-reply")
    assert desk.states()[1] == "ignored"
    say(desk, "replay", "--cause", "auto-reply", "--state", "ignored")
    assert desk.states()[1] == "waiting"


def test_a_dry_run_says_which_and_changes_nothing(desk: InProcess) -> None:
    before = desk.deliveries()
    said = say(desk, "replay", "--all", "--dry-run")
    assert f"delivery {ids(desk)[2]} would wait again" in said
    assert "2 deliveries would wait again" in said
    assert desk.deliveries() == before


def test_what_is_replayed_is_handled(desk: InProcess) -> None:
    desk.change("gateway.toml", "[[queue]]", f"{HR_SETTINGS}\n[[queue]]")
    say(desk, "replay", ids(desk)[2], ids(desk)[3])
    desk.work()
    assert desk.states() == ["opened", "ignored", "opened", "opened", "opened"]
    assert say(desk, "account").splitlines()[-1] == "All of it is accounted for."


@pytest.mark.parametrize(
    ("nth", "why"),
    [(0, "is opened (#"), (4, "waits already")],
)
def test_what_had_an_effect_or_waits_is_not_replayed(desk: InProcess, nth: int, why: str) -> None:
    assert why in refusal(desk, "replay", ids(desk)[2], ids(desk)[nth])
    assert desk.states()[2] == "quarantined", "all that were named, or none"


def test_a_delivery_that_there_is_not_is_named(desk: InProcess) -> None:
    assert "there is no delivery 999999" in refusal(desk, "replay", "999999")
    assert "there is no delivery 999999" in refusal(desk, "show", "999999")


@pytest.mark.parametrize("words", [(), ("--all", "1"), ("--cause", "x", "1"), ("--state", "held")])
def test_replay_asks_which(desk: InProcess, words: tuple[str, ...]) -> None:
    say(desk, "replay", *words, status=2)
    assert desk.states()[2:4] == ["quarantined"] * 2


# export


def test_export_writes_the_bytes_as_they_came(desk: InProcess, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "mails"
    said = say(desk, "export", "--all", "--state", "quarantined", "--to", str(folder))
    assert said == f"2 mails are in {folder}\n"
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == [f"delivery-{each}.eml" for each in ids(desk)[2:4]]
    assert files[0].read_bytes() == anns(subject="lost")
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_export_overwrites_nothing(desk: InProcess, tmp_path: Path) -> None:
    there = tmp_path / f"delivery-{ids(desk)[0]}.eml"
    there.write_text("precious")
    said = say(desk, "export", *ids(desk)[:2], "--to", str(tmp_path), status=1)
    assert "is there already and was left as it is" in said
    assert "1 mails are in" in said
    assert there.read_text() == "precious"


def test_export_follows_no_link_that_lies_in_its_way(desk: InProcess, tmp_path: Path) -> None:
    (tmp_path / f"delivery-{ids(desk)[0]}.eml").symlink_to(tmp_path / "elsewhere")
    say(desk, "export", ids(desk)[0], "--to", str(tmp_path), status=1)
    assert not (tmp_path / "elsewhere").exists()


# account


def test_account_is_a_table_that_adds_up(desk: InProcess) -> None:
    said = say(desk, "account", "--since", "24h")
    assert re.search(r"^accepted +5 +deliveries of 5 mails since ", said)
    for name, count in (("opened", 1), ("ignored", 1), ("quarantined", 2), ("waiting", 1)):
        assert re.search(rf"^{name} +{count}\b", said, re.MULTILINE), said
    assert re.search(r"^  KeyError +2$", said, re.MULTILINE)
    assert re.search(r"^sum +5 +as many as were accepted$", said, re.MULTILINE)


def test_account_as_an_object_has_every_outcome_and_cause(desk: InProcess) -> None:
    [told] = objects(desk, "account")
    assert told["accepted"] == told["sum"] == sum(told["outcomes"].values()) == 5
    assert told["causes"]["ignored"]["auto-reply"] == 1
    assert told["causes"]["quarantined"] == {"KeyError": 2}
    assert told["balances"] is True
    assert told["mismatches"] == []


def test_account_that_does_not_add_up_says_so_and_fails(desk: InProcess) -> None:
    lost = desk.deliveries()[4]
    with transaction(desk.office.database) as tx:
        tx.execute(sa.delete(tables.delivery).where(tables.delivery.c.id == lost.id))
    said = say(desk, "account", status=1)
    assert f"MISMATCH: 1 mails without any delivery: {lost.spool}" in said
    [told] = objects(desk, "account", status=1)
    assert told["balances"] is False
    assert told["mismatches"][0]["ids"] == [lost.spool]


# what is gone is said


@pytest.fixture
def tidied(desk: InProcess) -> str:
    """The id of the ignored delivery, whose bytes are gone."""
    with transaction(desk.office.database) as tx:
        long_ago = datetime.now(UTC) - timedelta(days=31)
        ended = sa.update(tables.delivery).where(tables.delivery.c.finished_at.is_not(None))
        tx.execute(ended.values(finished_at=long_ago))
    upkeep = Upkeep(desk.office)
    while upkeep.step():
        pass
    return ids(desk)[1]


GONE = "its bytes were deleted after 30 days (retention.ignored_mail)"


def test_show_export_replay_and_explain_say_that_bytes_are_gone(
    desk: InProcess, tidied: str, tmp_path: Path
) -> None:
    assert GONE in say(desk, "show", tidied)
    assert GONE in refusal(desk, "show", "--raw", tidied)
    assert GONE in refusal(desk, "replay", tidied)
    assert GONE in say(desk, "export", tidied, "--to", str(tmp_path), status=1)
    assert list(tmp_path.glob("*.eml")) == []
    explained = CliRunner().invoke(cli, ["--desk", str(desk.folder), "explain", tidied])
    assert GONE in explained.output
    assert "auto-reply" in explained.output


def test_replay_of_all_leaves_out_what_has_lost_its_bytes(desk: InProcess, tidied: str) -> None:
    said = say(desk, "replay", "--all", "--state", "ignored")
    assert "0 deliveries wait again; 1 cannot be tried again" in said


def test_every_state_can_be_asked_for() -> None:
    assert {"quarantined", "waiting", "held"} <= set(choose.STATES)
