"""An agent passes somebody's mail on: the ticket is theirs, whoever wrote it, and it threads."""

from email.message import EmailMessage

from support.in_process import ANN, BOB, HR, LEE, SUPPORT, InProcess, anns
from support.mail import a_mail

DORA, CARL = "dora@customer.example", "carl@customer.example"
GMAIL = """\
Please be quick.

---------- Forwarded message ---------
From: Dora Dorn <dora@customer.example>
Date: Tue, Oct 1, 2024 at 10:05 AM
Subject: Re: VPN
To: <bob@example.com>
Cc: Carl <carl@customer.example>, Ann <ann@example.com>

It does not connect.
"""
FIRST = "<First@customer.example>"


def forward(
    desk: InProcess, text: str = GMAIL, subject: str = "Fwd: Re: VPN", who: str = BOB
) -> None:
    raw = a_mail(from_=who, subject=subject, text=text, message_id=f"<{len(desk.deliveries())}@b>")
    desk.accept(raw, mail_from=who)
    desk.work()


def say_yes(desk: InProcess, who: str = BOB) -> None:
    desk.reply(who, "yes", to="unproven")
    desk.work()
    desk.work()


def passed_on(desk: InProcess, text: str = GMAIL, subject: str = "Fwd: Re: VPN") -> None:
    """Bob forwards, is asked, and says yes."""
    forward(desk, text, subject)
    say_yes(desk)


def an_eml(subject: str = "Fwd: VPN") -> bytes:
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = f"Dora <{DORA}>", BOB, "VPN"
    inner["Date"], inner["Message-ID"] = "Tue, 01 Oct 2024 10:05:00 +0200", FIRST
    inner["References"] = "<before@customer.example>"
    inner.set_content("It does not connect.")
    inner.add_attachment(b"photo", maintype="image", subtype="jpeg", filename="vpn.jpg")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = BOB, SUPPORT, subject
    mail["Message-ID"] = "<eml@example.com>"
    mail.set_content("For you.")
    mail.add_attachment(inner)
    return mail.as_bytes()


def test_an_agent_whom_nothing_vouches_for_is_asked_first(desk: InProcess) -> None:
    forward(desk)
    [held] = desk.deliveries()
    assert (held.state, held.cause) == ("held", "needs-yes")
    assert desk.tickets() == []
    assert desk.mails(DORA) == []
    assert "It does not connect." in desk.text(BOB, "unproven")


def test_the_original_author_is_the_requester_and_hears_of_it(desk: InProcess) -> None:
    passed_on(desk)
    [ticket] = desk.tickets()
    assert (ticket.requester.address, ticket.requester.name) == (DORA, "Dora Dorn")
    assert ticket.subject == "VPN"
    told = desk.text(DORA, "confirmation")
    assert "your mail of Tue 1 Oct 2024" in told
    assert "was passed on to us" in told
    assert "quick" not in desk.mail(DORA, "confirmation").as_string()
    assert BOB not in desk.mail(DORA, "confirmation").as_string()


def test_what_the_agent_says_above_is_a_note(desk: InProcess) -> None:
    passed_on(desk)
    [ticket] = desk.tickets()
    request, note = desk.said(ticket.number)
    assert (request.author.address, request.entry, request.internal) == (DORA, "request", False)
    assert request.full_text.strip() == "It does not connect."
    assert (note.author.address, note.text, note.internal) == (BOB, "Please be quick.", True)
    for agent in (BOB, LEE):
        told = desk.text(agent, "new-ticket")
        assert "Please be quick." in told
        assert "Passed on: by Bob" in told
    assert [row.notice for row in desk.mails(LEE)] == ["new-ticket"]


def test_the_history_says_who_did_it(desk: InProcess) -> None:
    passed_on(desk)
    [ticket] = desk.tickets()
    assert desk.history(ticket.number)[:2] == ["ticket-opened", "message-added"]
    delivery = desk.deliveries()[0]
    assert "passed on by an agent" in delivery.reason


def test_people_on_file_who_were_in_copy_follow_and_others_do_not(desk: InProcess) -> None:
    passed_on(desk)
    [ticket] = desk.tickets()
    assert [each.address for each in ticket.watchers] == [ANN]
    assert "You now follow the request" in desk.text(ANN, "watching")
    assert desk.mails(CARL) == []


def test_the_agent_answers_the_author_from_the_notification(desk: InProcess) -> None:
    passed_on(desk)
    desk.reply(BOB, "Try again.", to="new-ticket")
    desk.work()
    assert "Try again." in desk.text(DORA, "answer")
    desk.reply(DORA, "It works.", to="answer")
    desk.work()
    assert "It works." in desk.text(BOB, "follow-up")
    assert len(desk.tickets()) == 1


def test_an_attached_mail_brings_its_files_and_what_threads_the_next(desk: InProcess) -> None:
    desk.accept(an_eml(), mail_from=BOB)
    desk.work()
    say_yes(desk)
    [ticket] = desk.tickets()
    assert (ticket.requester.address, ticket.subject) == (DORA, "VPN")
    [file] = list(desk.mail(LEE, "new-ticket").iter_attachments())
    assert (file.get_filename(), file.get_content()) == ("vpn.jpg", b"photo")
    assert desk.mail(DORA, "confirmation")["In-Reply-To"] == FIRST

    again = a_mail(from_=DORA, subject="Re: VPN", text="Still?", in_reply_to=FIRST)
    desk.accept(again, mail_from=DORA)
    desk.work()
    assert len(desk.tickets()) == 1
    assert desk.deliveries()[-1].cause == "unproven", "it is asked at her own address"
    desk.reply(DORA, "yes", to="unproven")
    desk.work()
    desk.work()
    assert desk.said(ticket.number)[-1].text.strip() == "Still?"


def test_an_employee_who_forwards_wants_something_themselves(desk: InProcess) -> None:
    forward(desk, who=ANN)
    [ticket] = desk.tickets()
    assert ticket.requester.address == ANN
    assert desk.mails(DORA) == []


def test_a_command_names_another_requester(desk: InProcess) -> None:
    passed_on(desk, "#requester ann@example.com\n#tag vpn\n\n" + GMAIL)
    [ticket] = desk.tickets()
    assert (ticket.requester.address, ticket.tags) == (ANN, ("vpn",))
    assert desk.mails(DORA) == []


def test_a_wrong_command_is_told_and_nothing_is_lost(desk: InProcess) -> None:
    passed_on(desk, "#tkae\n\n" + GMAIL)
    [ticket] = desk.tickets()
    assert ticket.requester.address == DORA
    assert '"#tkae" is no command' in desk.text(BOB, "refused")
    assert desk.said(ticket.number)[1].internal
    assert "tkae" not in desk.mail(DORA, "confirmation").as_string()


def test_a_desk_may_leave_the_author_in_peace(desk: InProcess) -> None:
    desk.change(
        "gateway.toml",
        f'address = "{SUPPORT}"',
        f'address = "{SUPPORT}"\nconfirm_forwarded = false',
    )
    passed_on(desk)
    assert len(desk.tickets()) == 1
    assert desk.mails(DORA) == []


def test_a_forwarded_machine_leaves_the_ticket_to_the_agent(desk: InProcess) -> None:
    forward(desk, GMAIL.replace("dora@customer.example", "no-reply@customer.example"))
    [ticket] = desk.tickets()
    assert ticket.requester.address == BOB


def test_a_forged_forward_writes_to_nobody_but_the_agent(desk: InProcess) -> None:
    forward(desk)
    assert {row.rcpt_to for row in desk.mails()} == {BOB}
    desk.reply(BOB, "no", to="unproven")
    desk.work()
    assert desk.tickets() == []
    assert {row.rcpt_to for row in desk.mails()} == {BOB}


def test_an_identifier_of_another_ticket_is_not_taken_over(desk: InProcess) -> None:
    desk.accept(anns(message_id="<anns@x.example>"))
    desk.work()
    raw = an_eml().replace(b"<before@customer.example>", b"<anns@x.example>")
    desk.accept(raw, mail_from=BOB)
    desk.work()
    say_yes(desk)
    mine, hers = desk.tickets()
    desk.accept(
        a_mail(from_=ANN, subject="Re: Printer", text="And?", in_reply_to="<anns@x.example>")
    )
    desk.work()
    desk.reply(ANN, "yes", to="unproven")
    desk.work()
    desk.work()
    assert desk.said(mine.number)[-1].text.strip() == "And?"
    assert len(desk.said(hers.number)) == 2


def test_hr_agents_pass_on_what_nobody_in_copy_follows(desk: InProcess) -> None:
    desk.change("gateway.toml", 'name = "HR"\n', 'name = "HR"\nmembers_only = true\n')
    raw = a_mail(from_="hana@example.com", to=HR, subject="Fwd: VPN", text=GMAIL)
    desk.accept(raw, HR, mail_from="hana@example.com")
    desk.work()
    say_yes(desk, "hana@example.com")
    [ticket] = desk.tickets()
    assert (ticket.requester.address, ticket.watchers) == (DORA, ())
