"""What was said in a ticket, and the list of tickets that people filter."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from gateway.message import Attachment
from gateway.store import Database, Tx, conversation, people, snapshot, transaction
from gateway.store.conversation import Said
from gateway.tickets.actions import Entry
from gateway.tickets.status import Status
from support.cases import ANN, BOB, EVE, IDS, LEE, NOW
from support.stored import a_stored_ticket, accepted


def said(text: str = "It burns.", **changes: Any) -> Said:
    """Ann's request."""
    plain = {
        "at": NOW,
        "author": ANN,
        "entry": Entry.REQUEST,
        "internal": False,
        "text": text,
        "full_text": text,
        "proof": "token",
        "message_id": "a@x.example",
        "spool_id": None,
        "attachments": (),
    }
    return Said(**{**plain, **changes})


def test_a_message_comes_back_as_it_was_said(database: Database) -> None:
    files = tuple(
        Attachment(filename=name, content_type="a/b", size_bytes=2**33, inline=inline, part=part)
        for name, inline, part in (("ü.pdf", False, 2), ("", True, 1))
    )
    with transaction(database) as tx:
        ticket_id, _ = a_stored_ticket(tx)
        new = said("Yes.", full_text="Yes.\n> It burns?", spool_id=accepted(tx), attachments=files)
        conversation.add(tx, ticket_id, IDS[ANN.key], new, "Re: fire")
    with snapshot(database) as tx:
        assert conversation.messages(tx, 1042) == [new]


def test_text_that_is_all_new_is_kept_once(database: Database) -> None:
    with transaction(database) as tx:
        ticket_id, _ = a_stored_ticket(tx)
        for text in ("It burns.", ""):
            conversation.add(tx, ticket_id, IDS[ANN.key], said(text), "x")
        assert [each.text for each in conversation.messages(tx, 1042)] == ["It burns.", ""]


def test_nothing_new_is_not_the_same_as_all_of_it(database: Database) -> None:
    with transaction(database) as tx:
        ticket_id, _ = a_stored_ticket(tx)
        conversation.add(tx, ticket_id, IDS[ANN.key], said("", full_text="> quoted"), "x")
        [back] = conversation.messages(tx, 1042)
        assert (back.text, back.full_text) == ("", "> quoted")


def test_a_conversation_is_told_oldest_first_and_by_whom(database: Database) -> None:
    with transaction(database) as tx:
        ticket_id, _ = a_stored_ticket(tx)
        later = said("Coming.", at=NOW + timedelta(hours=1), author=BOB, entry=Entry.ANSWER)
        note = said("Hm.", at=NOW + timedelta(hours=2), author=LEE, entry=Entry.NOTE, internal=True)
        for each in (note, later, said()):
            conversation.add(tx, ticket_id, IDS[each.author.key], each, "x")
        told = conversation.messages(tx, 1042)
        assert [each.text for each in told] == ["It burns.", "Coming.", "Hm."]
        assert [each.author for each in told] == [ANN, BOB, LEE]
        assert [each.internal for each in told] == [False, False, True]
        assert conversation.messages(tx, 7) == []


@pytest.fixture
def listed(database: Database) -> Iterator[Tx]:
    """Five tickets, 1001 to 1005."""
    with transaction(database) as tx:
        people.enroll(tx, [EVE])
        rows: list[dict[str, Any]] = [
            {"subject": "Printer on fire", "status": Status.NEW},
            {"subject": "100% sure_thing", "status": Status.OPEN},
            {"subject": "1000 sureXthing", "status": Status.OPEN, "queue": "HR"},
            {"subject": r"back\slash", "status": Status.RESOLVED, "requester": BOB},
            {"subject": "ÜBER alles", "status": Status.CLOSED, "requester": LEE},
        ]
        for number, row in enumerate(rows, 1001):
            ticket_id, _ = a_stored_ticket(tx, number=number, **row)
            spoken = said(f"body {number} Toner_{number}")
            conversation.add(tx, ticket_id, IDS[ANN.key], spoken, "x")
        yield tx


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [1005, 1004, 1003, 1002, 1001]),
    ({"limit": 2}, [1005, 1004]),
    ({"queue": "hr"}, [1003]),
    ({"queue": "H%"}, []),
    ({"status": "open"}, [1003, 1002]),
    ({"requester": "bob@"}, [1004]),
    ({"requester": "LEAD"}, [1005]),
    ({"requester": "%"}, []),
    ({"requester": "ann", "status": "new"}, [1001]),
    ({"text": "PRINTER"}, [1001]),
    ({"text": "100%"}, [1002]),
    ({"text": "sure_thing"}, [1002]),
    ({"text": "toner_1003"}, [1003]),
    ({"text": "Toner%"}, []),
    ({"text": "\\"}, [1004]),
    ({"text": "/"}, []),
    ({"text": "ÜBER"}, [1005]),
    ({"text": "body"}, [1005, 1004, 1003, 1002, 1001]),
    ({"text": "'; DROP TABLE ticket; --"}, []),
]


def test_the_list_of_tickets_is_filtered_newest_first(listed: Tx) -> None:
    found = [(asked, conversation.numbers(listed, **asked)) for asked, _ in FILTERS]
    assert found == FILTERS


def test_a_word_is_found_whatever_its_case_in_any_script(listed: Tx) -> None:
    assert conversation.numbers(listed, text="über") == [1005]


def test_a_word_said_twice_lists_its_ticket_once(listed: Tx) -> None:
    ticket_id, _ = a_stored_ticket(listed, number=1006)
    for _ in range(2):
        conversation.add(listed, ticket_id, IDS[ANN.key], said("echo"), "x")
    assert conversation.numbers(listed, text="echo") == [1006]
