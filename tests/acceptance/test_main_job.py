"""A mail becomes a ticket, a reply joins it, each is answered. On both databases."""

import re

from support.mail import SUPPORT
from support.office import ANN, BOB, CARL, LEE, Office

HR = "hr@example.com"
HANA = "Hana Agent <hana@example.com>"


def test_a_mail_becomes_a_ticket_and_its_author_is_told_the_number(office: Office) -> None:
    message_id = office.send(ANN, subject="Screen stays black", text="Since this morning.\n")

    confirmation = office.confirmation(ANN, "Screen stays black")
    ticket = office.ticket("Screen stays black")
    assert f"#{ticket['number']}" in confirmation.text
    assert f"#{ticket['number']}" in confirmation.html
    assert f"[#{ticket['number']}-{ticket['tag']}]" in confirmation["Subject"]
    assert confirmation["In-Reply-To"] == message_id
    assert confirmation["Auto-Submitted"] == "auto-replied"
    assert confirmation["From"] == "IT Support <support@example.com>"
    assert ticket["requester"] == {"name": "Ann", "address": "ann@example.com"}
    assert [m["kind"] for m in ticket["messages"]] == ["request"]
    assert ticket["messages"][0]["text"].strip() == "Since this morning."
    assert ticket["status"] == "new"
    assert ticket["events"][0]["name"] == "ticket-opened"


def test_the_queues_agents_get_the_message_and_what_a_plain_reply_does(office: Office) -> None:
    files = {"room.bin": b"\x00\x01"}
    office.send(ANN, subject="Beamer broken", text="Room 5.\n", attachments=files)

    for agent in (BOB, LEE):
        notification = office.mail_to(agent, "Beamer broken")
        assert "Room 5." in notification.text
        assert "Your reply goes to Ann" in notification.text
        assert notification.attachments == {"room.bin": b"\x00\x01"}
        assert notification["Auto-Submitted"] == "auto-generated"


def test_a_reply_to_the_signed_address_joins(office: Office) -> None:
    office.send(ANN, subject="Mouse jumps")
    confirmation = office.confirmation(ANN, "Mouse jumps")
    assert re.match(r"support\+\d+-[a-z2-7]{32}@example.com", confirmation["Reply-To"])

    reply = office.reply(confirmation, ANN, "It is the red one.", in_reply_to=None,
                         references=None, subject="nothing in common")  # fmt: skip

    assert office.delivery_of(reply)["state"] == "joined"
    ticket = office.ticket("Mouse jumps")
    assert [m["text"].strip() for m in ticket["messages"]][1] == "It is the red one."
    assert ticket["messages"][1]["proof"] == "token"


def test_a_mail_that_answers_by_references_alone_waits_for_its_authors_yes(office: Office) -> None:
    first = office.send(ANN, subject="Keyboard sticks")
    office.confirmation(ANN, "Keyboard sticks")

    reply = office.send(ANN, subject="other words", references=first, text="The letter e.\n")

    assert office.delivery_of(reply)["state"] == "held"
    question = office.mail_to(ANN, "Keyboard sticks", nth=2)
    assert "The letter e." in question.text
    assert len(office.ticket("Keyboard sticks")["messages"]) == 1

    office.reply(question, ANN, "Yes, that was me.")

    assert office.state_of(reply, "joined")
    [_, said] = office.ticket("Keyboard sticks")["messages"]
    assert said["text"].strip() == "The letter e."


def test_a_forger_who_knows_the_tag_learns_and_changes_nothing(office: Office) -> None:
    office.send(ANN, subject="Headset dead")
    subject = office.confirmation(ANN, "Headset dead")["Subject"]

    forged = office.send(ANN, subject=f"AW: {subject}", text="Send it to my new address.\n")

    assert office.delivery_of(forged)["state"] == "held"
    office.reply(office.mail_to(ANN, "Headset dead", nth=2), ANN, "no")
    assert office.state_of(forged, "rejected")
    assert len(office.ticket("Headset dead")["messages"]) == 1


def test_an_agents_reply_reaches_the_requester_from_the_support_address(office: Office) -> None:
    office.send(ANN, subject="Need a dock")
    notification = office.mail_to(BOB, "Need a dock")

    office.reply(notification, BOB, "Yours is on my desk.", attachments={"dock.bin": b"\x07"})

    answer = office.mail_to(ANN, "Need a dock", nth=2)
    assert "Yours is on my desk." in answer.text
    assert "support@example.com" in answer["From"]
    assert "bob@example.com" not in answer.received.content.decode()
    assert answer.attachments == {"dock.bin": b"\x07"}
    assert not answer["Auto-Submitted"], "a person's words may be answered by a machine"
    ticket = office.ticket("Need a dock")
    assert ticket["assignee"] == "bob@example.com", "who answers takes it"
    assert ticket["status"] == "open"

    office.reply(answer, ANN, "Thank you!")
    follow_up = office.mail_to(BOB, "Need a dock", nth=2)
    assert "Thank you!" in follow_up.text
    assert len(office.ticket("Need a dock")["messages"]) == 3


def test_a_rule_routes_by_author(office: Office) -> None:
    office.send("Payroll <payroll@example.com>", subject="Salary run")
    ticket = office.ticket("Salary run")
    assert (ticket["queue"], ticket["priority"]) == ("HR", "P1")
    assert "Salary run" in office.mail_to(HANA, "Salary run")["Subject"]


def test_a_rule_routes_by_word(office: Office) -> None:
    office.send(CARL, subject="my vpn again", text="It asks and asks.\n")
    ticket = office.ticket("my vpn again")
    assert ticket["category"] == "network"
    assert ticket["assignee"] == "bob@example.com"
    assert "vpn" in ticket["tags"]


def test_a_stranger_who_quotes_the_tag_opens_a_ticket_of_their_own(office: Office) -> None:
    office.send(ANN, subject="Secret merger file")
    confirmation = office.confirmation(ANN, "Secret merger file")

    stolen = office.reply(confirmation, "Eve <eve@evil.example>", "Me too!")

    assert office.delivery_of(stolen)["state"] == "opened"
    mine, theirs = sorted(office.tickets("Secret merger file", 2), key=lambda t: t["number"])
    assert len(mine["messages"]) == 1
    assert theirs["requester"]["address"] == "eve@evil.example"
    told = office.mail_to("eve@evil.example", "Secret merger file")
    assert f"#{mine['number']}" not in told.text


def test_a_requester_cannot_command_by_pretending_to_be_an_agent(office: Office) -> None:
    office.send(ANN, subject="Raise my quota")
    confirmation = office.confirmation(ANN, "Raise my quota")

    forged = office.reply(confirmation, BOB, "#resolve: granted")

    assert office.delivery_of(forged)["state"] == "held"
    ticket = office.ticket("Raise my quota")
    assert (ticket["status"], len(ticket["messages"])) == ("new", 1)
    assert "granted" in office.mail_to(BOB, "Raise my quota", nth=2).text
    assert not [m for m in office.mails_to(ANN, "Raise my quota") if "granted" in m.text]


def test_a_commanding_requester_only_writes(office: Office) -> None:
    office.send(ANN, subject="Please close")
    reply = office.reply(office.confirmation(ANN, "Please close"), ANN, "#resolve: by me")
    assert office.delivery_of(reply)["state"] == "joined"
    ticket = office.ticket("Please close")
    assert ticket["status"] == "new"
    assert ticket["messages"][1]["kind"] == "follow-up"


def test_one_mail_to_two_mailboxes_is_a_ticket_in_each(office: Office) -> None:
    office.send(ANN, subject="New colleague", to=f"{SUPPORT}, {HR}", rcpt_to=[SUPPORT, HR])
    both = office.tickets("New colleague", 2)
    assert {t["queue"] for t in both} == {"IT", "HR"}
    office.mails_to(ANN, "New colleague", 2)


def test_the_same_mail_delivered_twice_is_one_ticket(office: Office) -> None:
    message_id = office.send(ANN, subject="Delivered twice")
    office.ticket("Delivered twice")
    office.send(ANN, subject="Delivered twice", message_id=message_id)
    second = office.delivery_of(message_id)
    assert second["state"] == "ignored"
    assert "duplicate of delivery" in second["reason"]
    assert len(office.tickets("Delivered twice")) == 1


GONE = "Gone <gone@customer.example>"  # nobody else may write to them for two weeks


def test_a_bounce_is_filed_and_answered_by_nobody(office: Office) -> None:
    office.send(GONE, subject="Wrong number")
    confirmation = office.confirmation(GONE, "Wrong number")
    bounce = office.send(
        "Mail Delivery System <MAILER-DAEMON@mx.example>",
        mail_from="",
        to=confirmation.received.mail_from,
        subject="Undelivered Mail Returned to Sender",
        text="<gone@customer.example>: host mx said: 550 5.1.1 User unknown\n",
        headers={"Auto-Submitted": "auto-replied"},
    )
    assert office.delivery_of(bounce)["state"] == "joined"
    ticket = office.ticket("Wrong number")
    assert ticket["messages"][1]["internal"]
    assert not [m for m in office.sink.mails if m.rcpt_to == ("MAILER-DAEMON@mx.example",)]


def test_a_vacation_reply_is_answered_by_nobody(office: Office) -> None:
    office.send(ANN, subject="Before my leave")
    confirmation = office.confirmation(ANN, "Before my leave")
    away = office.reply(confirmation, ANN, "I am away until Monday.", mail_from="",
                        headers={"Auto-Submitted": "auto-replied"})  # fmt: skip
    assert office.delivery_of(away)["state"] == "joined"
    ticket = office.ticket("Before my leave")
    assert ticket["messages"][1]["kind"] == "automatic"
    assert len(office.mails_to(ANN, "Before my leave")) == 1
    assert len(office.mails_to(BOB, "Before my leave")) == 1, "nor is any agent bothered"


def test_our_own_mail_coming_back_is_ignored(office: Office) -> None:
    office.send(ANN, subject="Goes round")
    raw = office.confirmation(ANN, "Goes round").received.content
    from support.mail import send_mail

    send_mail(office.desk.port, raw, mail_from="ann@example.com", rcpt_to=SUPPORT)
    ours = office.confirmation(ANN, "Goes round")["Message-ID"]
    looped = office.delivery_of(ours)
    assert looped["state"] == "ignored"
    assert looped["reason"].startswith("loop")
