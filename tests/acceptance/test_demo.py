"""`demo`, as it is installed: a whole office day, and nothing left of it afterwards."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.demo import command as demo
from gateway.cli.demo.day import DAY
from support.desk import COMMAND, DeskUnderTest
from support.terminal import on_a_terminal
from support.waiting import eventually

A_MAIL = re.compile(r"^\d\d:\d\d  ", re.MULTILINE)
SECONDS = 90.0  # for a day that takes 3 on an idle machine


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment whose temporary files are told apart from everybody else's."""
    return {**os.environ, "TMPDIR": str(tmp_path), "LC_ALL": "C.UTF-8", "COLUMNS": "120"}


def demo_of(env: dict[str, str], *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(COMMAND), "demo", *options],
        capture_output=True,
        text=True,
        env=env,
        stdin=subprocess.DEVNULL,
        timeout=SECONDS,
        check=False,
    )


def processes_about(folder: Path) -> list[str]:
    """Command lines of all processes that name the folder."""
    return [line for line in _command_lines() if str(folder) in line]


def _command_lines() -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield process.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue  # it has just ended


def test_a_day_of_twelve_mails_or_more_ends_well(env: dict[str, str], tmp_path: Path) -> None:
    played = demo_of(env, "--fast")

    assert played.returncode == 0, played.stdout + played.stderr
    assert len(A_MAIL.findall(played.stdout)) == len(DAY) >= 12
    assert "09:02  Ann writes: My laptop does not start -> #1001 opened" in played.stdout
    for row in (
        r"1001 +resolved +P3 +IT +Bob +Ann +My laptop does not start +answer by Bob",
        r"1003 +new +P2 +IT +- +Dora +Kein Zugang für Köln +mail to Dora came back",
        r"1005 +new +P1 +IT +- +Rack 2 +Mail store is down +no answer: auto-generated",
    ):
        assert re.search(row, played.stdout), played.stdout
    assert "None lost." in played.stdout
    assert len(played.stdout.rstrip().rpartition("\n\n")[2].splitlines()) == 3, "where to go next"
    assert not played.stderr
    assert list(tmp_path.iterdir()) == []
    assert processes_about(tmp_path) == []


def test_on_a_terminal_the_table_is_drawn_again_and_again(
    env: dict[str, str], tmp_path: Path
) -> None:
    with on_a_terminal([str(COMMAND), "demo", "--fast"], env, SECONDS) as terminal:
        assert terminal.ended() == 0, terminal.shown
    assert terminal.shown.count("last event") > len(DAY)
    assert "\x1b[1A" in terminal.shown, "it moves up to draw over what it has drawn"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_it_leaves_neither_a_process_nor_a_folder(
    env: dict[str, str], tmp_path: Path, how: signal.Signals
) -> None:
    with on_a_terminal([str(COMMAND), "demo"], env, SECONDS) as terminal:
        terminal.wait_for("09:02")
        assert processes_about(tmp_path), "the daemon runs"
        terminal.process.send_signal(how)
        assert terminal.ended() == 130, terminal.shown
    assert "\x1b[?25h" in terminal.shown, "the cursor is there again"
    assert list(tmp_path.iterdir()) == []
    assert processes_about(tmp_path) == []


def test_a_kept_desk_has_the_day_in_it(env: dict[str, str], tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    played = demo_of(env, "--fast", "--keep", str(kept))

    assert played.returncode == 0, played.stdout + played.stderr
    desk = DeskUnderTest(kept)
    assert [ticket["number"] for ticket in desk.tickets()] == [1006, 1005, 1004, 1003, 1002, 1001]
    assert len(desk.cli("spool", "list", "--json")) == len(DAY)
    assert processes_about(tmp_path) == []
    with desk.running():  # its lock and its port are free again
        pass


def test_a_desk_that_is_there_is_not_played_on(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "gateway.toml").write_text("# mine\n")
    played = demo_of(env, "--fast", "--keep", str(tmp_path / "mine"))
    assert played.returncode != 0
    assert "holds a gateway.toml already" in played.stderr
    assert (tmp_path / "mine" / "gateway.toml").read_text() == "# mine\n"


def test_a_mail_without_its_effect_ends_the_day_with_what_was_expected(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = replace(DAY[0], ticket="open P1 Lee", mails="confirmation Ann")
    monkeypatch.setattr(demo, "DAY", (first, *DAY[1:]))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    played = CliRunner().invoke(demo.demo_command, ["--fast"])

    assert played.exit_code == 1
    assert "09:02 Ann writes: My laptop does not start" in played.stderr
    assert "ticket: expected 'open P1 Lee', found 'new P3 -'" in played.stderr
    assert "new-ticket Bob" in played.stderr
    assert "09:10" not in played.stdout, "it stops at once"
    assert list(tmp_path.iterdir()) == []
    assert eventually(lambda: not processes_about(tmp_path))
