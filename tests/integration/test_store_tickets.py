"""Tickets, their history and their people: what is kept, and that two writers are noticed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from gateway.message import Address
from gateway.store import (
    Conflict,
    Database,
    Tx,
    conversation,
    identifiers,
    outbox,
    people,
    snapshot,
    tables,
    tickets,
    transaction,
)
from gateway.tickets.actions import Entry
from gateway.tickets.events import (
    Actor,
    Assigned,
    By,
    Event,
    MailBounced,
    MessageAdded,
    PrioritySet,
    TagAdded,
)
from gateway.tickets.priority import Priority
from gateway.tickets.status import Status
from support.cases import ANN, BOB, EVE, HANA, IDS, LEE, NOW, SUPPORT, a_ticket
from support.stored import LATER, a_stored_ticket, an_outgoing, column, count


def test_a_ticket_comes_back_as_it_was_saved(database: Database) -> None:
    full = a_ticket(
        subject="Grüße \U0001f98a",
        status=Status.WAITING_REQUESTER,
        priority=Priority.P1,
        category="network",
        assignee=BOB,
        tags=("b", "a"),
        answered_at=NOW,
    )
    with transaction(database) as tx:
        ticket_id = tickets.insert(tx, full, IDS)
    with snapshot(database) as tx:
        assert tickets.by_number(tx, [1042]) == {1042: full}
        assert tickets.by_id(tx, ticket_id) == full
        assert tickets.id_of(tx, 1042) == ticket_id
        assert tickets.by_number(tx, [1]) == {}
        assert tickets.by_number(tx, []) == {}


def test_an_update_saves_every_field_and_counts_the_version(database: Database) -> None:
    with transaction(database) as tx:
        _, old = a_stored_ticket(tx, tags=("a",))
        new = replace(
            old, queue="HR", status=Status.OPEN, assignee=LEE, tags=("a", "c"), updated_at=LATER
        )
        tickets.update(tx, old, new, IDS)
        assert tickets.by_number(tx, [1042])[1042] == replace(new, version=2)


def watching(tx: Tx, ticket_id: int) -> set[int]:
    rows = sa.select(tables.participant.c.person_id)
    return set(tx.execute(rows.where(tables.participant.c.ticket_id == ticket_id)).scalars())


def test_watchers_are_saved_with_their_ticket(database: Database) -> None:
    with transaction(database) as tx:
        ticket_id, old = a_stored_ticket(tx, watchers=(HANA,))
        _, other = a_stored_ticket(tx, number=1043, watchers=(HANA, LEE))
        assert tickets.by_number(tx, [1042, 1043]) == {1042: old, 1043: other}
        new = replace(old, watchers=(BOB, LEE), updated_at=LATER)
        tickets.update(tx, old, new, IDS)
        saved = tickets.by_number(tx, [1042])[1042]
        assert saved == replace(new, version=2)
        assert watching(tx, ticket_id) == {IDS[BOB.key], IDS[LEE.key]}
        tickets.update(tx, saved, replace(saved, watchers=()), IDS)
        assert watching(tx, ticket_id) == set()
        assert tickets.by_number(tx, [1043])[1043] == other


def test_who_goes_on_watching_needs_no_id_again(database: Database) -> None:
    with transaction(database) as tx:
        _, old = a_stored_ticket(tx, watchers=(HANA,))
        tickets.update(tx, old, replace(old, watchers=(BOB, HANA)), IDS)
        assert tickets.by_number(tx, [1042])[1042].watchers == (BOB, HANA)


def test_who_saves_what_another_has_changed_is_told_of_a_conflict(database: Database) -> None:
    with transaction(database) as tx:
        _, old = a_stored_ticket(tx)
    with transaction(database) as tx:
        tickets.update(tx, old, replace(old, queue="HR"), IDS)
    with pytest.raises(Conflict, match="ticket 1042 is no longer at version 1"):
        with_other_queue(database, old, "Billing")
    with snapshot(database) as tx:
        assert tickets.by_number(tx, [1042])[1042].queue == "HR"


def with_other_queue(database: Database, old, queue: str) -> None:  # type: ignore[no-untyped-def]
    with transaction(database) as tx:
        tickets.update(tx, old, replace(old, queue=queue), IDS)


def test_of_many_writers_at_once_one_wins(database: Database) -> None:
    with transaction(database) as tx:
        _, old = a_stored_ticket(tx)

    def writes(queue: str) -> bool:
        try:
            with_other_queue(database, old, queue)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(writes, "abcd")) == [False, False, False, True]


def test_a_number_is_not_the_rows_id_and_neither_is_used_again(database: Database) -> None:
    with transaction(database) as tx:
        first, _ = a_stored_ticket(tx, number=5000)
        assert first != 5000
        tx.execute(sa.delete(tables.ticket).where(tables.ticket.c.id == first))
        second, _ = a_stored_ticket(tx, number=5001)
        assert second > first, "SQLite reuses the highest id without AUTOINCREMENT"
    with pytest.raises(Conflict), transaction(database) as tx:
        tickets.insert(tx, a_ticket(number=5001), IDS)


def happened(tx: Tx, ticket_id: int, *facts: object, person: Address | None = BOB) -> None:
    events = [Event(NOW, By(Actor.AGENT, person), "test", fact) for fact in facts]  # type: ignore[arg-type]
    tickets.append(tx, ticket_id, events, IDS, message_id=77)


def test_events_follow_each_other_and_are_only_ever_added(database: Database) -> None:
    with transaction(database) as tx:
        one, _ = a_stored_ticket(tx)
        other, _ = a_stored_ticket(tx, number=1043)
        happened(tx, one, TagAdded("a"), TagAdded("b"))
        happened(tx, other, TagAdded("x"))
    with transaction(database) as tx:
        happened(tx, one, TagAdded("c"))
    with snapshot(database) as tx:
        rows = tx.execute(sa.select(tables.event).order_by(tables.event.c.seq)).all()
        assert [(r.seq, r.detail["tag"]) for r in rows if r.ticket_id == one] == [
            (1, "a"), (2, "b"), (3, "c"),
        ]  # fmt: skip
        assert [r.seq for r in rows if r.ticket_id == other] == [1]
    row = {"ticket_id": one, "seq": 2, "at": NOW, "actor": "agent", "name": "x", "detail": {}}
    with pytest.raises(Conflict), transaction(database) as tx:
        tx.execute(sa.insert(tables.event).values(row))


def test_an_event_holds_people_by_id_and_never_their_address(database: Database) -> None:
    with transaction(database) as tx:
        one, _ = a_stored_ticket(tx)
        facts = (Assigned(None, LEE), Assigned(LEE, BOB), MailBounced(ANN, "5.1.1"))
        happened(tx, one, *facts, MessageAdded(Entry.NOTE), PrioritySet(Priority.P3, Priority.P1))
        assert column(tx, tables.event.c.detail) == [
            {"old": None, "new": {"person": IDS[LEE.key]}},
            {"old": {"person": IDS[LEE.key]}, "new": {"person": IDS[BOB.key]}},
            {"to": {"person": IDS[ANN.key]}, "status": "5.1.1"},
            {"entry": "note", "message": 77},
            {"old": "P3", "new": "P1"},
        ]
        kept = str(tx.execute(sa.select(tables.event)).all())
    assert not [each for each in (ANN, BOB, LEE) if each.key in kept or each.name in kept]


def test_history_names_people_again_and_an_erased_one_is_erased_in_it(database: Database) -> None:
    with transaction(database) as tx:
        one, _ = a_stored_ticket(tx)
        happened(tx, one, Assigned(LEE, BOB))
        [told] = conversation.events(tx, 1042)
        assert (told.actor, told.name, told.why) == ("agent bob@example.com", "assigned", "test")
        assert told.detail == {"old": "lee@example.com", "new": "bob@example.com"}
        tx.execute(sa.delete(tables.person).where(tables.person.c.id == IDS[LEE.key]))
        [told] = conversation.events(tx, 1042)
        assert told.detail == {"old": "(erased)", "new": "bob@example.com"}


def test_people_are_found_by_id_and_without_their_case(database: Database) -> None:
    with transaction(database) as tx:
        assert people.ids_of(tx, [Address("ANN@Example.com"), EVE]) == {ANN.key: IDS[ANN.key]}
        assert people.with_ids(tx, [IDS[ANN.key], 999]) == {IDS[ANN.key]: ANN}
        assert people.ids_of(tx, []) == people.with_ids(tx, []) == {}


def test_who_is_enrolled_again_keeps_the_id_and_gets_the_new_name(database: Database) -> None:
    with transaction(database) as tx:
        people.enroll(tx, [Address("ANN@example.com", "Ann Doe"), EVE])
        assert people.ids_of(tx, [ANN]) == {ANN.key: IDS[ANN.key]}
        assert people.with_ids(tx, [IDS[ANN.key]])[IDS[ANN.key]].name == "Ann Doe"
        assert set(people.ids_of(tx, [EVE])) == {EVE.key}


def test_people_met_by_several_workers_at_once_are_enrolled_once(database: Database) -> None:
    crowd = [Address(f"p{number}@x.example") for number in range(8)]

    def enrolls(_: int) -> None:
        for _attempt in range(20):
            try:
                with transaction(database) as tx:
                    people.enroll(tx, crowd)
                return
            except Conflict:
                continue  # as the daemon's start does when it is started again

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(enrolls, range(4)))
    with snapshot(database) as tx:
        assert len(people.ids_of(tx, crowd)) == 8
        assert count(tx, tables.person) == 4 + 8


def test_an_identifier_leads_to_its_ticket_in_its_mailbox(database: Database) -> None:
    with transaction(database) as tx:
        one, _ = a_stored_ticket(tx)
        identifiers.remember(tx, one, {"ABC@x.Example": IDS[ANN.key]}, issued=False)
        asked = {"abc@x.example", "other@x.example"}
        assert identifiers.numbers(tx, asked) == {(SUPPORT, "abc@x.example"): 1042}
        assert identifiers.numbers(tx, set()) == {}


def test_an_identifier_that_several_tickets_know_leads_to_the_newest(database: Database) -> None:
    with transaction(database) as tx:
        for number in (1050, 1042):
            ticket_id, _ = a_stored_ticket(tx, number=number)
            identifiers.remember(tx, ticket_id, {"a@x": None}, issued=True)
        assert identifiers.numbers(tx, {"a@x"}) == {(SUPPORT, "a@x"): 1050}


def test_an_identifier_in_two_spellings_is_one(database: Database) -> None:
    with transaction(database) as tx:
        one, _ = a_stored_ticket(tx)
        identifiers.remember(tx, one, {"A@x": IDS[ANN.key]}, issued=False)
        identifiers.remember(tx, one, {"a@X": IDS[BOB.key], "<A@x>": None}, issued=True)
        assert column(tx, tables.identifier.c.written) == ["A@x"]


def test_each_person_has_seen_their_own_mails_in_their_order(database: Database) -> None:
    with transaction(database) as tx:
        one, _ = a_stored_ticket(tx)
        other, _ = a_stored_ticket(tx, number=1043)
        ann, bob = IDS[ANN.key], IDS[BOB.key]
        identifiers.remember(tx, one, {"Request@x": ann}, issued=False)
        identifiers.remember(tx, one, {"Confirm@e": ann, "Note@e": bob}, issued=True)
        identifiers.remember(tx, one, {"Old@x": None}, issued=False)
        identifiers.remember(tx, other, {"Else@x": ann}, issued=False)
        assert identifiers.exchanged(tx, [1042]) == {
            1042: {ann: ("Request@x", "Confirm@e"), bob: ("Note@e",)}
        }
        assert identifiers.exchanged(tx, []) == {}


def test_mail_of_a_ticket_is_listed_with_its_number(database: Database) -> None:
    with transaction(database) as tx:
        one, _ = a_stored_ticket(tx)
        outbox.add(tx, [an_outgoing()], NOW, ticket_id=one)
        assert [row.ticket for row in outbox.rows(tx)] == [1042]


def test_a_link_joins_two_tickets(database: Database) -> None:
    with transaction(database) as tx:
        one, _ = a_stored_ticket(tx)
        other, _ = a_stored_ticket(tx, number=1043)
        tickets.add_link(tx, other, 1042, "quoted")
        assert tx.execute(sa.select(tables.link)).all() == [(other, one, "quoted")]
