"""Lists, searches and statuses, asked by mail and answered to those who may see them."""

import pytest
import sqlalchemy as sa

from gateway.store import search, snapshot, tables
from support.acting import bare, opened, says, states
from support.in_process import ANN, BOB, HANA, HR, InProcess

CARL, DORA = "carl@customer.example", "dora@customer.example"
EVE = "eve@evil.example"


def test_lists_and_searches_are_answered_in_text_and_table(desk: InProcess) -> None:
    number = opened(desk, CARL, "Drucker für Übelkeit", "100% _toner_ \\ gone")
    opened(desk, ANN, "Door")
    lines = "#list all\n#search übelkeit\n#search 100% _toner_\n#search 1000%\n#list\n#status"
    says(desk, BOB, f"{lines}\n#show {number}\n#why\n#help", to="new-ticket")
    text = desk.text(BOB, "report")
    sections = dict.fromkeys(
        ("Open tickets", "Tickets with übelkeit", "Tickets with 1000%", "Your open tickets")
    )
    assert all(section in text for section in sections)
    found = text.split("Tickets with 100% _toner_")[1].split("Tickets with 1000%")
    assert (f"#{number}" in found[0], f"#{number}" in found[1].split("Your open")[0]) == (
        True,
        False,
    )
    assert "IT: 2 new" in text
    html = desk.mail(BOB, "report").get_body(("html",))
    assert html is not None
    assert "#merge 1042" in html.get_content()


def hr_secret(desk: InProcess) -> int:
    """A ticket that is nobody's business but HR's."""
    desk.change(
        "gateway.toml", 'name = "HR"\nteam = "hr"', 'name = "HR"\nteam = "hr"\nmembers_only = true'
    )
    return opened(desk, ANN, "Salaries of all", "Ann earns too little.", to=HR)


def test_what_is_for_members_only_is_found_by_nobody_else(desk: InProcess) -> None:
    number = hr_secret(desk)
    opened(desk, CARL, "Printer")
    says(desk, BOB, "#list all\n#list HR\n#search salaries\n#search little", to="new-ticket")
    assert "Salaries" not in desk.text(BOB, "report")
    for text in (f"#show {number}", f"#link {number}", f"#merge {number}"):
        says(desk, BOB, text, to="new-ticket", sure="merge" in text)
        assert "that you may look into" in desk.text(BOB, "refused")
    assert "Salaries" not in "".join(row.content.decode() for row in desk.mails(BOB))
    says(desk, HANA, "#list all\n#search little", to="new-ticket")
    assert desk.text(HANA, "report").count("Salaries") >= 2


def test_a_strangers_list_gets_nothing_and_a_forged_agent_is_asked(desk: InProcess) -> None:
    opened(desk, CARL, "Printer of Carl")
    for who in (EVE, ANN):
        bare(desk, who, "#list all")
        assert {row.notice for row in desk.mails(who)} == {"confirmation"}
    bare(desk, BOB, "#list all")
    assert states(desk)[-1] == "held"
    assert desk.mails(BOB, ["report"]) == []
    desk.reply(BOB, "yes", to="unproven")
    desk.work()
    assert "Printer of Carl" in desk.text(BOB, "report")
    assert states(desk)[-2:] == ["answered", "answered"]


def test_requesters_get_the_list_of_their_own_and_nothing_internal(desk: InProcess) -> None:
    mine = opened(desk, ANN, "Printer of Ann")
    opened(desk, CARL, "Salaries")
    opened(desk, ANN, "Door", to=HR)
    says(desk, BOB, "#note Between us: she broke it.", to="new-ticket")
    bare(desk, ANN, "#status")
    text = desk.text(ANN, "status")
    assert f"#{mine}" in text
    assert "Door" in text
    assert not [word for word in ("Salaries", "P3", "General", "broke", "Bob") if word in text]
    bare(desk, ANN, "Hello, what is new?", to="support+status@example.com")
    assert len(desk.mails(ANN, ["status"])) == 2
    bare(desk, EVE, "#status")
    assert desk.mails(EVE, ["status"]) == []


def test_own_lists_are_limited(desk: InProcess) -> None:
    opened(desk, ANN, "Printer")
    for _ in range(7):
        bare(desk, ANN, "#status")
    assert len(desk.mails(ANN, ["status"])) == 5
    assert states(desk)[-1] == "answered"


def test_an_agent_is_away_and_back_by_a_mail_of_no_ticket(desk: InProcess) -> None:
    bare(desk, BOB, "#away until 2099-01-05")
    desk.reply(BOB, "yes", to="unproven")
    desk.work()
    assert "away until the end of 2099-01-05" in desk.text(BOB, "report")
    with snapshot(desk.office.database) as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(tables.away)).scalar() == 1
    bare(desk, BOB, "#back")
    desk.reply(BOB, "yes", to="unproven")
    desk.work()
    with snapshot(desk.office.database) as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(tables.away)).scalar() == 0


def test_a_search_that_takes_too_long_is_stopped(
    desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(desk, CARL, "Printer")
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with snapshot(desk.office.database) as tx:
        with search.within(tx, 0.2) as rows:
            rows.extend(tx.exec_driver_sql(slow).all())
        assert rows == []
        found = search.page(tx, queues=["IT", "General"], offset=0, limit=5, words=["printer"])
    assert found is not None
    assert [each.subject for each in found] == ["Printer"]


@pytest.mark.parametrize("how", ["unwatch", "unfollow"])
def test_who_follows_no_more_has_the_ticket_in_no_list(desk: InProcess, how: str) -> None:
    opened(desk, ANN, "Lay-off of Carl")
    says(desk, BOB, f"#watch {CARL}", to="new-ticket")
    if how == "unwatch":
        says(desk, BOB, f"#unwatch {CARL}", to="new-ticket")
    else:
        says(desk, CARL, "unfollow", to="watching")
    bare(desk, CARL, "#status")
    assert "Lay-off" not in desk.text(CARL, "status")


def test_one_word_that_answers_a_question_is_not_taken_for_one(desk: InProcess) -> None:
    number = opened(desk, ANN, "Printer")
    says(desk, BOB, "#wait requester: Which lamp blinks?", to="new-ticket")
    says(desk, ANN, "Status", to="question")
    assert desk.said(number)[-1].text.strip() == "Status"
    assert desk.tickets()[-1].status == "open"
