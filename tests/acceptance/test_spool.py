"""The spool of a running desk, whatever the other tests have sent to it: all of it is there."""

from pathlib import Path

from support.mail import SUPPORT
from support.office import ANN, Office

HR = "hr@example.com"


def test_the_account_of_a_running_desk_adds_up(office: Office) -> None:
    first = office.send(ANN, subject="Account me")
    office.confirmation(ANN, "Account me")
    office.send(ANN, subject="Account me", message_id=first)
    office.send(ANN, subject="Account me twice", to=f"{SUPPORT}, {HR}", rcpt_to=[SUPPORT, HR])
    office.tickets("Account me twice", 2)
    (told,) = office.desk.cli("spool", "account", "--since", "24h", "--json")
    assert told["mismatches"] == []
    assert told["accepted"] == sum(told["outcomes"].values())
    assert told["causes"]["ignored"]["duplicate"] >= 1
    assert "All of it is accounted for." in office.desk.text("spool", "account")


def test_two_tickets_of_one_mail_name_each_other(office: Office) -> None:
    office.send(ANN, subject="Badge and laptop", to=f"{SUPPORT}, {HR}", rcpt_to=[SUPPORT, HR])
    both = office.tickets("Badge and laptop", 2)
    for ticket in both:
        [link] = [e["detail"] for e in ticket["events"] if e["name"] == "ticket-linked"]
        assert link["how"] == "same-mail"
        assert link["other"] in {each["number"] for each in both} - {ticket["number"]}
    confirmations = office.mails_to(ANN, "Badge and laptop", 2)
    later = max(both, key=lambda each: int(each["number"]))
    [second] = [each for each in confirmations if f"#{later['number']}-" in each["Subject"]]
    assert f"there it is #{min(int(each['number']) for each in both)}" in second.text


def test_a_mail_is_exported_as_it_came(office: Office, tmp_path: Path) -> None:
    message_id = office.send(ANN, subject="Export me")
    delivery = office.delivery_of(message_id)
    office.desk.text("spool", "export", str(delivery["id"]), "--to", str(tmp_path))
    [file] = tmp_path.glob("*.eml")
    assert b"Subject: Export me\r\n" in file.read_bytes()
