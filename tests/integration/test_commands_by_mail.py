"""Commands from the mail to the database: who is told, and what is kept."""

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
