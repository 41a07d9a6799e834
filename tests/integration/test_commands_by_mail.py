"""Commands from the mail to the database: who is told, and what is kept."""

import pytest

from support.in_process import ANN, BOB, HANA, LEE, InProcess, anns

CARL = "carl@customer.example"


def opened(desk: InProcess, who: str = CARL) -> None:
    desk.accept(anns(from_=who), mail_from=who)
    desk.work()


def test_somebody_who_never_wrote_is_made_a_watcher_and_gets_the_answer(desk: InProcess) -> None:
    opened(desk)
    desk.reply(BOB, "#watch ann@example.com\n#tag vpn\n\nTry again, please.", to="new-ticket")
    desk.work()
    [ticket] = desk.tickets()
    assert ([each.address for each in ticket.watchers], ticket.tags) == ([ANN], ("vpn",))
    assert "Try again, please." in desk.text(ANN, "answer")
    desk.reply(ANN, "It works for me.", to="answer")
    desk.work()
    desk.reply(BOB, "#unwatch ann@example.com\n#untag VPN", to="follow-up")
    desk.work()
    [ticket] = desk.tickets()
    assert (ticket.watchers, ticket.tags) == ((), ())
    assert [name for name in desk.history(ticket.number) if "watcher" in name or "tag" in name] == [
        "watcher-added",
        "tag-added",
        "watcher-removed",
        "tag-removed",
    ]


def test_a_ticket_is_handed_to_another_queue_whose_agent_answers_it(desk: InProcess) -> None:
    opened(desk)
    desk.reply(BOB, "#take", to="new-ticket")
    desk.work()
    desk.reply(BOB, "#queue hr\n#note It is about her contract.", to="new-ticket")
    desk.work()
    [ticket] = desk.tickets()
    assert (ticket.queue, ticket.assignee) == ("HR", None)
    assert "It is about her contract." in desk.text(HANA, "new-ticket")
    desk.reply(HANA, "We will look into it.", to="new-ticket")
    desk.work()
    [ticket] = desk.tickets()
    assert ticket.assignee
    assert ticket.assignee.address == HANA
    assert "We will look into it." in desk.text(CARL, "answer")
    assert "contract" not in desk.text(CARL, "answer")


def test_what_a_wrong_name_would_have_done_is_not_done(desk: InProcess) -> None:
    opened(desk)
    desk.reply(BOB, "#take\n#assign nobdy", to="new-ticket")
    desk.work()
    [ticket] = desk.tickets()
    assert ticket.assignee is None
    assert 'there is no agent "nobdy"' in desk.text(BOB, "refused")
    assert desk.mails(LEE, ["note"]) == []


def test_an_agent_makes_a_watcher_of_somebody_whom_nobody_here_knew(desk: InProcess) -> None:
    opened(desk)
    new = "new@customer.example"
    desk.reply(BOB, f"#watch {new}", to="new-ticket")
    desk.work()
    [ticket] = desk.tickets()
    assert [each.address for each in ticket.watchers] == [new]
    assert "You now follow the request" in desk.text(new, "watching")
    link = str(desk.mail(new, "watching")["List-Unsubscribe"])
    assert link.endswith("?subject=unfollow&body=unfollow>")
    desk.reply(new, "unfollow", to="watching")
    desk.work()
    [ticket] = desk.tickets()
    assert (ticket.watchers, [each.address for each in ticket.left]) == ((), [new])
    assert desk.states()[-1] == "joined"
    assert desk.mails(BOB, ["follow-up"]) == []


def test_a_reason_is_kept_as_a_note_and_never_in_the_history(desk: InProcess) -> None:
    opened(desk)
    desk.reply(BOB, "#priority P1 because she is angry", to="new-ticket")
    desk.work()
    [ticket] = desk.tickets()
    said = desk.said(ticket.number)[-1]
    assert (ticket.priority, said.internal, said.text) == ("P1", True, "P1 because she is angry")
    assert desk.mails(CARL, ["answer"]) == []
    assert "because she is angry" in desk.text(LEE, "note")


SECRET = "her badge was cloned on Tuesday by Kowalski, and HR looks into it"


def test_a_note_that_comes_back_without_quote_marks_is_not_sent(desk: InProcess) -> None:
    """Its author is told the words; the same text again is refused again, and other words go."""
    opened(desk)
    desk.reply(BOB, f"#note {SECRET}", to="new-ticket")
    desk.work()
    for _ in range(2):
        desk.reply(LEE, f"Hello,\n\n* {SECRET}\n\nWe will see.", to="new-ticket")
        desk.work()
        assert SECRET in " ".join(desk.text(LEE, "refused").split())
    assert desk.mails(CARL, ["answer"]) == []
    desk.reply(LEE, "Hello,\n\nWe look into your badge.", to="new-ticket")
    desk.work()
    assert "We look into your badge." in desk.text(CARL, "answer")


def test_words_of_the_requester_are_no_secret_because_a_note_has_them(desk: InProcess) -> None:
    theirs = "since Monday nobody on the third floor can print in colour any more"
    desk.accept(anns(from_=CARL, text=f"Hello, {theirs}."), mail_from=CARL)
    desk.work()
    desk.reply(BOB, f"#note She says {theirs}, and it is the old driver.", to="new-ticket")
    desk.work()
    desk.reply(LEE, f"You wrote {theirs}. Which driver do you have?", to="new-ticket")
    desk.work()
    assert "Which driver" in desk.text(CARL, "answer")


def test_what_was_refused_is_sent_when_it_is_put_right(desk: InProcess) -> None:
    """The refused text is kept as a note, and is no secret from whoever wrote it."""
    opened(desk)
    text = "The toner of the printer on the third floor is new, please try again."
    desk.reply(BOB, f"#resolv\n\n{text}", to="new-ticket")
    desk.work()
    desk.reply(BOB, f"#resolve\n\n{text}", to="new-ticket")
    desk.work()
    [ticket] = desk.tickets()
    assert ticket.status == "resolved"
    assert desk.mails(CARL, ["resolved", "answer", "resolution"])


def test_words_below_a_hand_over_reach_the_colleague_alone(desk: InProcess) -> None:
    opened(desk)
    desk.reply(BOB, "#assign lee\n\nLee, careful: she makes it up.", to="new-ticket")
    desk.work()
    assert "she makes it up" in desk.text(LEE, "new-ticket")
    assert "answer" not in {row.notice for row in desk.mails(CARL)}


@pytest.mark.parametrize("word", ["#l\u00f6sung", "#n0te", "#\u5099\u8003"])
def test_a_word_that_is_no_command_is_told_to_its_author_alone(
    sqlite_desk: InProcess, word: str
) -> None:
    opened(sqlite_desk)
    sqlite_desk.reply(BOB, f"{word} she lies", to="new-ticket")
    sqlite_desk.work()
    assert sqlite_desk.mails(CARL, ["answer"]) == []
    assert word in sqlite_desk.text(BOB, "refused")


def test_a_note_that_introduces_a_quotation_is_no_answer(sqlite_desk: InProcess) -> None:
    opened(sqlite_desk)
    note = "#note Ann wrote on Monday:\n> It burns.\n\nshe lies"
    sqlite_desk.reply(BOB, note, to="new-ticket")
    sqlite_desk.work()
    assert sqlite_desk.mails(CARL, ["answer"]) == []
    assert "she lies" in sqlite_desk.text(LEE, "note")


@pytest.mark.parametrize("separator", ["\u2028", "\x0b"])
def test_quoted_words_of_the_requester_are_no_command_whatever_parts_their_lines(
    sqlite_desk: InProcess, separator: str
) -> None:
    words = f"Help.{separator}#close: done{separator}"
    sqlite_desk.accept(anns(from_=CARL, text=words), mail_from=CARL)
    sqlite_desk.work()
    told = sqlite_desk.text(BOB, "new-ticket")
    quoted = [f"> {line}" for line in told[told.index("Help") :].strip().split("\n")]
    sqlite_desk.reply(BOB, "\n".join([*quoted, "", "Which printer is it?"]), to="new-ticket")
    sqlite_desk.work()
    [ticket] = sqlite_desk.tickets()
    assert ticket.status == "open"
    assert "Which printer is it?" in sqlite_desk.text(CARL, "answer")
