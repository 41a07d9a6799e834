"""Whose mail is it, where the header alone can say: the server's fields, then people's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ingest.recipients import recipients
from gateway.workers.fetch import mailbox_of
from support.mail import a_mail
from support.settings import a_gateway

TOKEN = "1042-aeaqaaaaamfwl6fwyal5thoszznjpp3e"
GATEWAY = a_gateway(
    mailbox=[
        {"address": "it@x.example", "queue": "IT", "aliases": ["help@x.example"]},
        {"address": "hr@x.example", "queue": "IT"},
    ]
)


def whose(*fields: tuple[str, str], to: str = "bob@y.example") -> tuple[str, ...]:
    extra = "".join(f"{name}: {value}\r\n" for name, value in fields).encode()
    return recipients(extra + a_mail(to=to), mailbox_of(GATEWAY), ("it@x.example",))


@pytest.mark.parametrize(
    "name", ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Resent-To", "Cc"]
)
def test_field_names_the_mailbox(name: str) -> None:
    assert whose((name, "hr@x.example")) == ("hr@x.example",)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("Delivered-To", "X-Original-To"),
        ("X-Original-To", "Envelope-To"),
        ("Envelope-To", "Resent-To"),
        ("Resent-To", "Cc"),
    ],
)
def test_earlier_kind_of_field_wins_wherever_it_stands(first: str, then: str) -> None:
    assert whose((then, "it@x.example"), (first, "hr@x.example")) == ("hr@x.example",)


def test_fields_that_name_others_are_passed_over() -> None:
    fields = ("Delivered-To", "all@groups.example"), ("X-Original-To", "bob@y.example")
    assert whose(*fields, to="hr@x.example") == ("hr@x.example",)


def test_server_writes_on_top_and_what_stands_below_is_not_believed() -> None:
    assert whose(("Delivered-To", "it@x.example"), ("Delivered-To", "hr@x.example")) == (
        "it@x.example",
    )


def test_people_may_write_to_two_mailboxes() -> None:
    to = "HR <hr@x.example>, Bob <bob@y.example>, help@x.example"
    assert whose(to=to) == ("hr@x.example", "help@x.example")


def test_signed_address_stays_whole() -> None:
    signed = f"it+{TOKEN}@x.example"
    assert whose(("Delivered-To", signed)) == (signed,)
    assert whose(to=f"IT <{signed}>") == (signed,)


def test_mail_that_names_nobody_goes_to_the_mailbox_of_its_folder() -> None:
    assert whose(to="undisclosed-recipients:;") == ("it@x.example",)


def test_name_that_looks_like_an_address_is_only_a_name() -> None:
    assert whose(to='"bob@y.example" <hr@x.example>') == ("hr@x.example",)


@given(st.binary(max_size=300))
def test_whatever_the_header_there_is_a_recipient(raw: bytes) -> None:
    content = b"To: " + raw + b"\r\n\r\nhello"
    assert recipients(content, mailbox_of(GATEWAY), ("it@x.example",)) == ("it@x.example",)
