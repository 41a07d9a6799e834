"""Nobody makes the desk write to others, nor commands it in somebody else's name."""

from email import message_from_bytes

from gateway.config.limits import Limits, windows
from gateway.store import counts, snapshot
from gateway.store.counts import Count
from gateway.workers import digest
from support.in_process import ANN, BOB, LEE, InProcess, anns

DAN = "dan@friends.example"
EVE = "eve@evil.example"


def watching(desk: InProcess) -> list[str]:
    return [each.rcpt_to for each in desk.mails(notices=["watching"])]


def tickets_of_anns(desk: InProcess, count: int) -> list[str]:
    """Their reply addresses."""
    for number in range(count):
        desk.accept(anns(subject=f"Printer {number}", message_id=f"<p{number}@x.example>"))
    desk.work()
    mails = desk.mails(ANN, ["confirmation"])
    return [str(message_from_bytes(each.content)["Reply-To"]) for each in mails]


def says(desk: InProcess, text: str, path: str) -> None:
    desk.accept(anns(subject="Re: x", text=text, message_id=f"<{path}>"), path)


def test_nobody_hears_more_than_five_times_in_an_hour_that_they_follow_a_ticket(
    desk: InProcess,
) -> None:
    for path in tickets_of_anns(desk, 7):
        says(desk, f"#watch {DAN}", path)
        desk.work()
    assert watching(desk) == [DAN] * 5
    followed = [[each.address for each in ticket.watchers] for ticket in desk.tickets()]
    assert followed == [[DAN]] * 7, "they follow all the same"


def test_in_one_batch_as_well(desk: InProcess) -> None:
    for path in tickets_of_anns(desk, 7):
        says(desk, f"#watch {DAN}", path)
    desk.work()
    assert watching(desk) == [DAN] * 5


def test_one_requester_has_25_people_told_and_no_more(desk: InProcess) -> None:
    for number, path in enumerate(tickets_of_anns(desk, 3)):
        friends = ", ".join(f"f{n}@friends{number}.example" for n in range(5))
        others = ", ".join(f"g{n}@friends{number}.example" for n in range(5))
        says(desk, f"#watch {friends}\n#watch {others}", path)
        if number:
            desk.work()
    assert len(watching(desk)) == windows(Limits().watching_per_requester)[0].most
    assert [len(each.watchers) for each in desk.tickets()] == [10] * 3


def test_mails_about_the_tickets_of_a_requester_are_counted(desk: InProcess) -> None:
    [path] = tickets_of_anns(desk, 1)
    says(desk, f"#watch {DAN}", path)
    desk.work()
    long_ago = desk.tickets()[0].created_at.replace(year=2000)
    wanted = [Count("watching", frozenset({"watching"}), (long_ago,))]
    with snapshot(desk.office.database) as tx:
        found = counts.by_requester(tx, range(1, 50), wanted)
        assert counts.by_requester(tx, [], wanted) == {}
    assert list(found.values()) == [{"watching": (1,)}]


def test_who_is_in_copy_of_a_forged_mail_hears_nothing_of_it(desk: InProcess) -> None:
    copies = {"Cc": f"{BOB}, carl@example.com, {LEE}, hana@example.com"}
    desk.accept(anns(subject="PILLS", headers=copies), mail_from=EVE)
    desk.work()
    assert watching(desk) == []
    assert len(desk.tickets()[0].watchers) == 2, "they get the first answer"


def test_a_forgery_that_an_agent_lets_in_is_no_command(desk: InProcess) -> None:
    tickets_of_anns(desk, 1)
    [ticket] = desk.tickets()
    subject = f"Re: Printer [#{ticket.number}-{ticket.tag}]"
    forged = anns(subject=subject, text=f"#watch {EVE}", message_id="<1@evil.example>")
    desk.accept(forged, mail_from=EVE)
    desk.work()
    held = desk.deliveries()[-1]
    assert held.state == "held"
    digest.send(desk.office, held.finished_at.replace(year=held.finished_at.year + 1))
    desk.reply(LEE, f"release {held.id}", to="held")
    desk.work()
    assert desk.said(ticket.number)[-1].entry == "follow-up", "its agents read it"
    assert desk.tickets()[0].watchers == ()
    desk.reply(BOB, "The password is hunter2.", to="new-ticket")
    assert desk.mails(EVE) == []
