"""Agents who are away get no tickets, and no requester gets their out-of-office notice."""

from datetime import UTC, datetime

import pytest

from gateway.decide import absence, mail
from gateway.decide.admission import Grant
from gateway.decide.decision import Absence, Decision
from gateway.decide.lately import Lately
from gateway.deliveries import Outcome
from gateway.ingest.trust import Proof
from gateway.message import Address, Kind
from gateway.outbound.letter import Notice
from gateway.threading.match import Clues
from gateway.threading.tag import Purpose
from gateway.tickets.actions import Entry
from gateway.tickets.status import Status
from support.cases import (
    ANN,
    BOB,
    BY_TAG,
    HANA,
    LEE,
    NOW,
    a_case,
    a_desk,
    a_reading,
    a_ticket,
    by_address,
)

BACK_ON = datetime(2026, 2, 10, tzinfo=UTC)
AWAY = Lately(away={BOB.key: BACK_ON})
NOTICE = "I am out of the office until 9 February 2026. In urgent cases ask Lee."
TICKET = a_ticket(status=Status.OPEN, assignee=BOB)


def decided(
    clues: Clues = Clues(),  # noqa: B008 - a value
    *,
    author: Address = BOB,
    kind: Kind = Kind.ORDINARY,
    text: str = "Hello",
    proof: Proof | None = None,
    monkeypatch: pytest.MonkeyPatch | None = None,
    **about: object,
) -> Decision:
    if proof and monkeypatch:
        monkeypatch.setattr(mail.author, "proof", lambda *_: proof)
    evidence = about.pop("evidence", ("Auto-Submitted: auto-replied",))
    reading = a_reading(author=author, kind=kind, text=text, evidence=evidence)  # type: ignore[arg-type]
    return mail.decide(a_case(reading, ticket=TICKET, clues=clues, **about))  # type: ignore[arg-type]


@pytest.mark.parametrize("purpose", [Purpose.REPLY, Purpose.NOTE, Purpose.BOUNCE], ids=str)
@pytest.mark.parametrize("kind", [Kind.AUTO_REPLY, Kind.AUTO_GENERATED], ids=str)
@pytest.mark.parametrize("evidence", [("Auto-Submitted: yes",), ("Subject: out of office",)])
def test_an_agents_notice_reaches_nobody_but_agents(
    purpose: Purpose, kind: Kind, evidence: tuple[str, ...]
) -> None:
    decision = decided(by_address(BOB, purpose), kind=kind, text=NOTICE, evidence=evidence)
    assert all(each.notice.for_agents for each in decision.tellings)
    assert decision.entry in (Entry.AUTOMATIC, Entry.NOTE) or decision.outcome is Outcome.HELD


@pytest.mark.parametrize("clues", [by_address(BOB), by_address(BOB, Purpose.BOUNCE), Clues()])
def test_a_verified_notice_marks_the_agent_away(
    clues: Clues, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = decided(
        clues, kind=Kind.AUTO_REPLY, text=NOTICE, proof=Proof.VERIFIED, monkeypatch=monkeypatch
    )
    assert decision.absence == Absence(away=True, until=BACK_ON)


@pytest.mark.parametrize("proof", [Proof.TOKEN, Proof.CLAIMED], ids=str)
def test_a_notice_that_nothing_verifies_has_no_effect(
    proof: Proof, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = decided(
        by_address(BOB), kind=Kind.AUTO_REPLY, text=NOTICE, proof=proof, monkeypatch=monkeypatch
    )
    assert decision.absence is None


def test_a_requesters_notice_marks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    decision = decided(
        by_address(ANN), author=ANN, kind=Kind.AUTO_REPLY, text=NOTICE, proof=Proof.VERIFIED,
        monkeypatch=monkeypatch,
    )  # fmt: skip
    assert decision.absence is None
    assert decision.tellings == ()


@pytest.mark.parametrize(
    ("clues", "grant", "kind", "ends"),
    [
        (by_address(BOB), Grant.NOBODY, Kind.ORDINARY, True),
        (BY_TAG, Grant.AUTHOR, Kind.ORDINARY, True),
        (BY_TAG, Grant.NOBODY, Kind.ORDINARY, False),
        (by_address(BOB), Grant.NOBODY, Kind.AUTO_GENERATED, False),
    ],
)
def test_any_mail_of_theirs_ends_it(clues: Clues, grant: Grant, kind: Kind, ends: bool) -> None:
    decision = decided(clues, kind=kind, grant=grant, lately=AWAY)
    assert decision.absence == (Absence(away=False) if ends else None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#away", Absence(away=True)),
        ("#away until 2026-02-09", Absence(away=True, until=BACK_ON)),
        ("#back", Absence(away=False)),
    ],
)
@pytest.mark.parametrize("lately", [Lately(), AWAY])
def test_an_agent_says_it_by_a_command(text: str, said: Absence, lately: Lately) -> None:
    decision = decided(by_address(BOB), text=text, grant=Grant.AUTHOR, lately=lately)
    assert (decision.absence, decision.problems) == (said, ())
    assert all(each.notice.for_agents for each in decision.tellings)


def test_a_command_needs_more_than_a_reply_address() -> None:
    assert decided(by_address(BOB), text="#away").absence is None


def test_who_is_here_is_not_marked_as_back() -> None:
    assert decided(by_address(BOB)).absence is None


RULES = "[{name: vpn, then: {assignee: bob@example.com, category: network}}]"


def test_a_rule_gives_no_ticket_to_who_is_away_and_the_account_says_so() -> None:
    desk = a_desk(rules=RULES)
    given = mail.decide(a_case(desk=desk)).after
    assert given
    assert given.assignee == BOB
    decision = mail.decide(a_case(desk=desk, lately=AWAY))
    assert decision.after
    assert (decision.after.assignee, decision.after.category) == (None, "network")
    assert "rule vpn assigns it to Bob Agent, who is away until 2026-02-09" in decision.reason
    assert {each.to for each in decision.tellings if each.notice is Notice.NEW_TICKET} == {BOB, LEE}


def test_whoever_assigns_a_ticket_to_somebody_away_is_told() -> None:
    decision = decided(by_address(LEE), author=LEE, text="#assign Bob", lately=AWAY)
    assert [each.notice for each in decision.tellings] == [Notice.REFUSED]
    assert decision.problems == (
        "Bob Agent, who is away until 2026-02-09; assign it to somebody else, or to nobody",
    )
    assert decision.outcome is Outcome.JOINED


@pytest.mark.parametrize("text", ["#take", "#assign me"])
def test_who_takes_a_ticket_is_back(text: str) -> None:
    decision = decided(by_address(BOB), text=text, lately=AWAY)
    assert decision.after
    assert (decision.after.assignee, decision.problems) == (BOB, ())
    assert decision.absence == Absence(away=False)


def test_the_team_reads_along_while_the_assignee_is_away() -> None:
    plain = decided(by_address(ANN), author=ANN)
    assert [each.to for each in plain.tellings] == [BOB]
    decision = decided(by_address(ANN), author=ANN, lately=AWAY)
    assert {each.to for each in decision.tellings} == {BOB, LEE}
    other = decided(by_address(ANN), author=ANN, lately=Lately(away={HANA.key: None}))
    assert [each.to for each in other.tellings] == [BOB]


DAYS = [
    ("Ich bin bis einschließlich 9.2.2026 nicht im Büro.", "2026-02-10"),
    ("Ich bin vom 02.02. bis 13.02. im Urlaub.", "2026-02-14"),
    ("Ich bin am 16. Februar wieder da.", "2026-02-17"),
    ("Back on 2026-02-16.", "2026-02-17"),
    ("I am away until February 9th, 2026.", "2026-02-10"),
    ("I am away until the 9th of February.", "2026-02-10"),
    ("Je suis absente jusqu'au 9 février 2026 inclus.", "2026-02-10"),
    ("Estaré fuera hasta el 9 de febrero de 2026.", "2026-02-10"),
    ("Sono assente fino al 9 febbraio.", "2026-02-10"),
    ("Ik ben afwezig tot 9 februari.", "2026-02-10"),
    ("Away until 25/02/2026", "2026-02-26"),
    ("Away until Jan 7", "2027-01-08"),
    ("I am away.", None),
    ("Away until 03/04/2026", None),
    ("Away since 1 January 2026", None),
    ("Away until Monday", None),
    ("Call 0664 12 02 20 26 or 12.2", None),
    ("Away until 31.02.2026", None),
    ("Closed on 3 March, 4 April and 5 May 2026.", None),
    ("ISO 9001:2015, valid until 1 May 2031", None),
]


@pytest.mark.parametrize(("text", "day"), DAYS)
def test_a_day_counts_where_it_is_plain(text: str, day: str | None) -> None:
    found = absence.until_in(text, NOW)
    assert (found.date().isoformat() if found else None) == day
