"""What an admin types, and what programs read: exit codes, JSON, clear errors."""

import json
import signal
import sqlite3
import time

from support.desk import DeskUnderTest
from support.mail import SUPPORT, a_mail
from support.office import ANN, BOB, Office
from support.waiting import eventually

TICKET_FIELDS = {
    "number", "tag", "subject", "status", "priority", "category", "queue", "assignee",
    "requester", "watchers", "created_at", "updated_at", "messages", "events",
}  # fmt: skip


def test_a_ticket_has_stable_field_names(office: Office) -> None:
    office.send(ANN, subject="Fields", attachments={"a.bin": b"12345"})
    ticket = office.ticket("Fields")
    assert ticket.keys() >= TICKET_FIELDS
    (message,) = ticket["messages"]
    assert message.keys() >= {"at", "author", "kind", "internal", "text", "attachments"}
    assert message["author"].keys() == {"name", "address"}
    (file,) = message["attachments"]
    assert file == {
        "filename": "a.bin", "content_type": "application/octet-stream", "size_bytes": 5,
    }  # fmt: skip
    assert all(e.keys() == {"at", "actor", "name", "why", "detail"} for e in ticket["events"])
    shown = office.desk.cli("ticket", "show", str(ticket["number"]), "--json")
    assert shown[0]["tag"] == ticket["tag"]


def test_tickets_are_filtered_by_queue_status_requester_text_and_number(office: Office) -> None:
    office.send(ANN, subject="Filter me", text="A needle in 100% hay_stack.\n")
    number = office.ticket("Filter me")["number"]

    def listed(*options: str) -> list[int]:
        return [t["number"] for t in office.desk.cli("tickets", *options, "--json")]

    assert number in listed("--text", "needle")
    assert number in listed("--text", "100% hay_")
    assert number not in listed("--text", "100x hay")
    assert number in listed("--requester", "ann@", "--queue", "it", "--status", "new")
    assert number not in listed("--queue", "HR")
    assert len(listed("--limit", "1")) == 1


def test_a_ticket_reads_well_in_a_terminal(office: Office) -> None:
    office.send(ANN, subject="Look [bold]here[/]", text="Plain words.\n")
    ticket = office.ticket("Look")
    listed = office.desk.text("tickets")
    assert "Look [bold]here[/]" in listed, "a subject is no markup"
    shown = office.desk.text("ticket", "show", str(ticket["number"]))
    assert "Plain words." in shown
    assert "ticket-opened" in shown


def test_inject_takes_a_mail_from_standard_input(office: Office) -> None:
    raw = a_mail(subject="By the pipe", message_id="<pipe@client.example>")
    office.desk.text("inject", "--to", SUPPORT, "--from", "ann@example.com", stdin=raw)
    assert office.ticket("By the pipe")["requester"]["address"] == "ann@customer.example"
    unknown = office.desk.try_cli("inject", "--to", "nobody@example.com", stdin=raw)
    assert unknown.returncode == 67


def test_explain_a_file_says_why_and_writes_nothing(office: Office, tmp_path) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(a_mail(subject="VPN broken", message_id="<explain@client.example>"))
    before = office.desk.cli("spool", "list", "--limit", "1", "--json")
    (told,) = office.desk.cli("explain", str(file), "--json")
    assert told["outcome"] == "opened"
    assert told["kind"] == "ordinary"
    matched = {rule["rule"]: rule["because"] for rule in told["rules"] if rule["matched"]}
    assert "VPN" in "".join(matched["vpn by word"])
    assert {m["notice"] for m in told["mails"]} == {"confirmation", "new-ticket"}
    assert office.desk.cli("spool", "list", "--limit", "1", "--json") == before
    assert "vpn by word" in office.desk.text("explain", str(file))


def test_explain_a_delivery_tells_what_was_decided_then(office: Office) -> None:
    office.send(ANN, subject="Explain later")
    reply = office.reply(office.mail_to(BOB, "Explain later"), BOB, "On it.")
    delivery = office.delivery_of(reply)
    (told,) = office.desk.cli("explain", str(delivery["id"]), "--json")
    assert told["match"]["evidence"] == "signed-address"
    assert told["proof"] == "token"
    assert told["role"] == "agent"
    assert [m["notice"] for m in told["mails"]] == ["answer"]


def test_parse_prints_one_object_a_line_in_the_order_given(desk: DeskUnderTest, tmp_path) -> None:
    files = []
    for name in ("b", "a", "c"):
        files.append(tmp_path / f"{name}.eml")
        files[-1].write_bytes(a_mail(subject=name))
    listed = "\n".join(map(str, files[1:])).encode()
    done = desk.try_cli("parse", "--json", "--from", "-", str(files[0]), stdin=listed)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["subject"] for line in done.stdout.splitlines()] == ["b", "a", "c"]


def test_a_failed_mail_can_be_retried_and_its_ticket_says_it_failed(alone: Office) -> None:
    alone.sink.answer("RCPT", "550 5.1.1 no such person", times=1)
    with alone.desk.running():
        alone.send("Zoe <zoe@elsewhere.example>", subject="Nobody there")
        undelivered = alone.mail_to(BOB, "Nobody there", nth=2)
        assert "550 5.1.1 no such person" in undelivered.text
        (failed,) = alone.desk.cli("outbox", "list", "--state", "failed", "--json")
        events = alone.ticket("Nobody there")["events"]
        assert "mail-failed" in [event["name"] for event in events]
        alone.desk.text("outbox", "retry", str(failed["id"]))
        alone.mail_to("zoe@elsewhere.example", "Nobody there")


def test_a_temporary_failure_is_tried_again_with_the_same_mail(alone: Office) -> None:
    alone.sink.answer("RCPT", "450 4.2.0 greylisted", times=1)
    with alone.desk.running():
        alone.send(ANN, subject="Greylisted")

        def deferred() -> list[dict[str, object]]:
            rows = alone.desk.cli("outbox", "list", "--state", "waiting", "--json")
            return [row for row in rows if "greylisted" in str(row["reply"])]

        (row,) = eventually(deferred, what="a deferred mail")
        assert row["attempts"] == 1
        alone.desk.text("outbox", "retry", str(row["id"]))
        mail = alone.confirmation(ANN, "Greylisted")
        assert mail["Message-ID"].strip("<>") == row["message_id"]


def test_an_unmigrated_database_is_a_clear_error(alone: Office) -> None:
    file = alone.desk.folder / "data" / "desk.db"
    for each in file.parent.glob("desk.db*"):
        each.unlink()
    sqlite3.connect(file).close()
    done = alone.desk.try_cli("tickets")
    assert done.returncode == 69
    assert b"db upgrade" in done.stderr
    alone.desk.text("db", "upgrade")
    alone.desk.text("db", "check")
    assert alone.desk.text("tickets") == "no tickets\n"


def test_a_second_daemon_on_the_same_desk_is_refused(alone: Office) -> None:
    with alone.desk.running():
        second = alone.desk.try_cli("run")
        assert second.returncode == 69
        assert str(alone.desk.pid) in second.stderr.decode()


def test_ctrl_c_drains_and_exits_with_0_within_five_seconds(alone: Office) -> None:
    alone.desk.run()
    alone.desk.wait_ready()
    alone.send(ANN, subject="Just before the end")
    began = time.monotonic()
    alone.desk.stop(signal.SIGINT)
    assert time.monotonic() - began < 50, "a guard against hanging, ten times what is promised"
    with alone.desk.running():
        alone.confirmation(ANN, "Just before the end")


def test_a_fault_in_the_desk_names_file_line_key_and_remedy(alone: Office) -> None:
    alone.desk.configure("[smtp]\n", "[smtp]\nmax_mesage_bytes = 5\n")
    for command in ("check", "run", "tickets"):
        done = alone.desk.try_cli(command)
        assert done.returncode == 78, command
        line = done.stderr.decode().replace("\n", " ")
        assert "gateway.toml:" in line
        assert "max_message_bytes" in line
