"""`ticket-gateway held`, as an admin types it: what it says, changes and returns."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import cli
from gateway.errors import GatewayError
from gateway.store import transaction
from support.in_process import ANN, SUPPORT, InProcess, anns
from support.mail import a_mail

EVE = "eve@evil.example"


@pytest.fixture
def desk(desk: InProcess) -> InProcess:
    """A desk with Ann's ticket, and two mails that wait: one in her name, and one of Eve's."""
    desk.change("gateway.toml", f'address = "{SUPPORT}"',
                f'address = "{SUPPORT}"\nunknown_senders = "hold"')  # fmt: skip
    desk.accept(anns())
    desk.work()
    [ticket] = desk.tickets()
    subject = f"Re: Printer [#{ticket.number}-{ticket.tag}]"
    desk.accept(anns(subject=subject, text="And it smells."))
    desk.accept(a_mail(from_=f"Eve <{EVE}>", subject="Offer", message_id="<1@evil.example>"),
                mail_from=EVE)  # fmt: skip
    desk.work()
    assert desk.states() == ["opened", "held", "held"]
    return desk


def typed(desk: InProcess, *words: object) -> Result:
    return CliRunner().invoke(cli, ["--desk", str(desk.folder), "held", *map(str, words)])


def say(desk: InProcess, *words: object, status: int = 0) -> str:
    """What the command prints."""
    done = typed(desk, *words)
    assert done.exit_code == status, done.output
    return done.output


def objects(desk: InProcess, *words: object) -> list[dict[str, Any]]:
    return [json.loads(line) for line in say(desk, *words, "--json").splitlines()]


def ids(desk: InProcess) -> list[int]:
    return [each.id for each in desk.deliveries()]


def test_list_names_who_waits_for_which_ticket_and_what_about(desk: InProcess) -> None:
    _, anns_mail, eves = ids(desk)
    first, second = objects(desk, "list")
    assert (first["delivery"], first["cause"], first["ticket"]) == (anns_mail, "unproven", 1001)
    assert (second["delivery"], second["author"], second["subject"]) == (eves, EVE, "Offer")
    assert second["ticket"] is None
    table = say(desk, "list")
    assert all(word in table for word in ("unproven", "#1001", f"<{ANN}>", f"<{EVE}>", "Offer"))
    [one] = objects(desk, "list", "--cause", "unknown-sender", "--mailbox", SUPPORT)
    assert one["delivery"] == eves
    assert say(desk, "list", "--mailbox", "hr@example.com") == "no mail is held\n"


def test_show_says_why_and_what_it_says(desk: InProcess) -> None:
    _, anns_mail, _ = ids(desk)
    said = say(desk, "show", anns_mail)
    for words in ("And it smells.", "nothing proves who wrote it", "1001", f"release {anns_mail}"):
        assert words in said
    [shown] = objects(desk, "show", anns_mail)
    assert shown["text"].strip() == "And it smells."


def test_release_lets_in_what_it_names_and_nothing_else(desk: InProcess) -> None:
    _, anns_mail, eves = ids(desk)
    assert say(desk, "release", anns_mail) == f"delivery {anns_mail} is let in\n"
    desk.work()
    assert desk.states() == ["opened", "joined", "held"]
    assert desk.said(1001)[-1].text.strip() == "And it smells."
    assert say(desk, "release", eves) == f"delivery {eves} is let in\n"
    desk.work()
    assert desk.states() == ["opened", "joined", "opened"]


def test_drop_drops_all_of_a_cause(desk: InProcess) -> None:
    say(desk, "drop", "--cause", "unknown-sender")
    desk.work()
    assert desk.states() == ["opened", "held", "rejected"]
    dropped = desk.deliveries()[-1]
    assert (dropped.cause, dropped.reason) == ("dropped", "dropped at the command line")
    say(desk, "drop", "--all", "--mailbox", "hr@example.com")
    assert desk.states() == ["opened", "held", "rejected"]


def test_a_dry_run_changes_nothing(desk: InProcess) -> None:
    said = say(desk, "release", "--all", "--dry-run")
    assert "would be let in" in said
    assert "2 of 2 deliveries" in said
    say(desk, "drop", "--all", "--dry-run")
    desk.work()
    assert desk.states() == ["opened", "held", "held"]


def test_what_is_not_held_is_refused_with_what_it_is(desk: InProcess) -> None:
    opened, anns_mail, _ = ids(desk)
    for words in (("show", opened), ("release", opened), ("drop", anns_mail, opened)):
        done = typed(desk, *words)
        assert isinstance(done.exception, GatewayError)
        assert f"delivery {opened} is not held: it is opened (#1001)" in str(done.exception)
    assert desk.states() == ["opened", "held", "held"]
    assert "there is no delivery 999" in str(typed(desk, "drop", 999).exception)


@pytest.mark.parametrize("words", [(), ("--mailbox", SUPPORT), ("--all", 1), ("--cause", "x", 1)])
def test_a_choice_is_ids_or_filters(desk: InProcess, words: tuple[object, ...]) -> None:
    assert typed(desk, "release", *words).exit_code == 2


def test_what_is_decided_about_meanwhile_is_said_and_left(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway.cli import held as command
    from gateway.store import held

    _, anns_mail, _ = ids(desk)
    find = held.ids

    def find_late(*arguments: Any) -> list[int]:
        found = find(*arguments)
        with transaction(desk.office.database) as tx:
            if anns_mail in found:
                held.drop(tx, anns_mail, "by another", desk.deliveries()[0].received_at)
        return found

    monkeypatch.setattr(command.held, "ids", find_late)
    done = typed(desk, "release", "--all")
    assert "was decided about meanwhile" in done.output
    assert "1 of 2 deliveries" in done.output
