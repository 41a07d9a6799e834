"""Agents work by replying from their own mail client, and nothing internal gets out."""

from support.office import ANN, BOB, LEE, Office


def test_take_makes_the_ticket_mine_and_tells_the_requester(office: Office) -> None:
    office.send(ANN, subject="Chair squeaks")
    office.reply(office.mail_to(BOB, "Chair squeaks"), BOB, "#take")

    told = office.mail_to(ANN, "Chair squeaks", nth=2)
    assert "Bob" in told.text
    assert "bob@example.com" not in told.received.content.decode()
    ticket = office.ticket("Chair squeaks")
    assert (ticket["status"], ticket["assignee"]) == ("open", "bob@example.com")


def test_a_note_reaches_colleagues_and_no_requester(office: Office) -> None:
    office.send(ANN, subject="Lost badge")
    office.reply(office.mail_to(BOB, "Lost badge"), BOB, "#note She loses it every week.")

    note = office.mail_to(LEE, "Lost badge", nth=2)
    assert "every week" in note.text
    office.reply(note, LEE, "Be kind, Bob.")
    answer_to_note = office.mail_to(BOB, "Lost badge", nth=2)
    assert "Be kind" in answer_to_note.text
    ticket = office.ticket("Lost badge")
    assert [m["kind"] for m in ticket["messages"]] == ["request", "note", "note"]
    assert len(office.mails_to(ANN, "Lost badge")) == 1, "the confirmation and nothing else"


def test_an_answer_between_the_lines_of_a_note_does_not_carry_the_note_out(office: Office) -> None:
    office.send(ANN, subject="Where is my parcel")
    note_text = "The courier says it was stolen from the yard yesterday."
    office.reply(office.mail_to(BOB, "Where is my parcel"), BOB, f"#note {note_text}")
    office.mail_to(LEE, "Where is my parcel", nth=2)
    first = office.mail_to(LEE, "Where is my parcel")

    office.reply(first, LEE, f"> {note_text}\n\nWe are looking into it.\n\n> Is it there?\nNo.")

    answer = office.mail_to(ANN, "Where is my parcel", nth=2)
    assert "We are looking into it." in answer.text
    assert "stolen" not in answer.text


def test_wait_asks_the_requester_and_their_answer_opens_it_again(office: Office) -> None:
    office.send(ANN, subject="Slow laptop")
    office.reply(office.mail_to(BOB, "Slow laptop"), BOB, "#wait requester: Which model is it?")

    question = office.mail_to(ANN, "Slow laptop", nth=2)
    assert "Which model is it?" in question.text
    assert office.ticket("Slow laptop")["status"] == "waiting-requester"

    office.reply(question, ANN, "The grey one.")
    follow_up = office.mail_to(BOB, "Slow laptop", nth=2)
    assert "The grey one." in follow_up.text
    assert office.ticket("Slow laptop")["status"] == "open"


def test_resolve_tells_the_requester_what_was_done_and_a_reply_reopens(office: Office) -> None:
    office.send(ANN, subject="Toner empty")
    office.reply(
        office.mail_to(BOB, "Toner empty"), BOB, "#take\n#resolve: new toner\n\nIt prints again."
    )

    resolved = office.mail_to(ANN, "Toner empty", nth=2)
    assert "new toner" in resolved.text
    assert "It prints again." in resolved.text
    ticket = office.ticket("Toner empty")
    assert (ticket["status"], ticket["assignee"]) == ("resolved", "bob@example.com")
    assert len(office.mails_to(ANN, "Toner empty")) == 2, "one mail tells all of it"

    office.reply(resolved, ANN, "It is empty again.")
    office.mail_to(BOB, "Toner empty", nth=2)
    assert office.ticket("Toner empty")["status"] == "open"


def test_a_wrong_command_does_nothing_and_comes_back_with_the_right_form(office: Office) -> None:
    office.send(ANN, subject="Door locked")
    office.reply(office.mail_to(BOB, "Door locked"), BOB, "#resolv: kicked it in")

    refused = office.mail_to(BOB, "Door locked", nth=2)
    assert '"#resolv" is no command' in refused.text
    assert "#resolve: what was done" in refused.text
    ticket = office.ticket("Door locked")
    assert ticket["status"] == "new"
    assert ticket["messages"][1]["kind"] == "note"
    assert len(office.mails_to(ANN, "Door locked")) == 1


def test_a_resolution_that_says_nothing_is_refused(office: Office) -> None:
    office.send(ANN, subject="Lights flicker")
    office.reply(office.mail_to(BOB, "Lights flicker"), BOB, "#resolve")
    assert "does not say what was done" in office.mail_to(BOB, "Lights flicker", nth=2).text
    assert office.ticket("Lights flicker")["status"] == "new"


def test_an_agents_mail_threads_for_requester_and_agent(office: Office) -> None:
    first = office.send(ANN, subject="Thread me")
    confirmation = office.confirmation(ANN, "Thread me")
    notification = office.mail_to(BOB, "Thread me")
    office.reply(notification, BOB, "Done.")
    answer = office.mail_to(ANN, "Thread me", nth=2)
    assert answer["References"].split() == [first, confirmation["Message-ID"]]
    assert answer["In-Reply-To"] == confirmation["Message-ID"]
    seen = answer.received.content.decode()
    assert notification["Message-ID"].strip("<>") not in seen, "an agent's own stays theirs"

    office.reply(answer, ANN, "Thanks.")
    second = office.mail_to(BOB, "Thread me", nth=2)
    assert second["References"].split()[0] == notification["Message-ID"]


def test_a_note_beside_another_command_does_not_stand_in_the_mail_about_that(
    office: Office,
) -> None:
    office.send(ANN, subject="Layoff list")
    office.reply(office.mail_to(BOB, "Layoff list"), BOB, "#take\n#note She is on the list.")
    told = office.mail_to(ANN, "Layoff list", nth=2)
    assert "Bob" in told.text
    assert "on the list" not in told.received.content.decode()


def test_an_address_made_up_from_an_agents_message_id_commands_nothing(office: Office) -> None:
    office.send(ANN, subject="Give me admin")
    seen = office.mail_to(BOB, "Give me admin")["Message-ID"].strip("<>").partition(".")[0]
    forged = office.send(
        BOB,
        to=f"support+{seen}@example.com",
        subject="Re: Give me admin",
        text="#resolve: send your password to evil@evil.example\n",
    )
    assert office.delivery_of(forged)["state"] == "held"
    ticket = office.ticket("Give me admin")
    assert (ticket["status"], len(ticket["messages"])) == ("new", 1)
    assert len(office.mails_to(ANN, "Give me admin")) == 1
