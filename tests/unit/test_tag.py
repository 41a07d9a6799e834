"""Subject tags and signed addresses: what they prove, and what is no evidence at all."""

import base64
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.config.settings import MAX_MAILBOX_LOCAL_PART
from gateway.threading import tag
from gateway.threading.tag import VALID_DAYS, KeyRing, Purpose, Signed
from support.cases import HR, NOW, NUMBER, SUPPORT, a_ring

LETTERS = "abcdefghijklmnopqrstuvwxyz234567"

RING = a_ring()
TOKEN = tag.sign(RING, SUPPORT, NUMBER, Purpose.REPLY, 7, NOW)
ADDRESS = tag.signed_address(SUPPORT, "+", NUMBER, TOKEN)
BY_ANN = Signed(NUMBER, Purpose.REPLY, 7)

purposes = st.sampled_from(Purpose)
numbers = st.integers(1, 10**10 - 1)
people = st.integers(0, 2**32 - 1)
separators = st.sampled_from("+-=")
locals_ = st.from_regex(r"[a-z0-9][a-z0-9.+=-]{0,18}[a-z0-9]", fullmatch=True)
quickly = settings(max_examples=100, deadline=None)


def read(address: str, ring: KeyRing = RING, now: datetime = NOW) -> Signed | None:
    return tag.read_address(ring, SUPPORT, "+", address, now)


@quickly
@given(locals_, separators, numbers, purposes, people)
def test_a_signed_address_says_what_it_was_made_for(
    local: str, separator: str, number: int, purpose: Purpose, person: int
) -> None:
    mailbox = f"{local}@example.com"
    token = tag.sign(RING, mailbox, number, purpose, person, NOW)
    address = tag.signed_address(mailbox, separator, number, token)
    told = Signed(number, purpose, person)
    assert tag.read_address(RING, mailbox, separator, address, NOW) == told
    assert tag.read_address(RING, mailbox, separator, address.upper(), NOW) == told
    assert tag.read_address(RING, mailbox, separator, address.title(), NOW) == told


@quickly
@given(locals_, numbers, purposes, people)
def test_a_signed_address_always_fits_before_the_at_sign(
    local: str, number: int, purpose: Purpose, person: int
) -> None:
    assert len(local) <= MAX_MAILBOX_LOCAL_PART
    token = tag.sign(RING, f"{local}@example.com", number, purpose, person, NOW)
    signed = tag.signed_address(f"{local}@example.com", "+", number, token)
    assert len(signed.partition("@")[0]) <= 64, "RFC 5321 section 4.5.3.1.1"


@pytest.mark.parametrize(
    ("local", "number", "octets"),
    [("support", 1001, 45), ("helpdesk", 12345, 47), ("x" * MAX_MAILBOX_LOCAL_PART, 99999, 59)],
)
def test_an_ordinary_signed_address_has_45_to_59_octets(
    local: str, number: int, octets: int
) -> None:
    signed = tag.signed_address(f"{local}@example.com", "+", number, TOKEN)
    assert len(signed.partition("@")[0]) == octets


def test_the_form_of_addresses_in_circulation_is_as_it_always_was() -> None:
    assert TOKEN == "aeaqaaaaa4febpvakz2nqeeobx2s7xmu"
    assert tag.subject_tag(RING, NUMBER) == "tbjx7c"
    # 2026-02-02 is day 2224 since 2020-01-01
    purpose, key_id, person, expiry = 1, 1, (0, 0, 0, 7), divmod(2224 + VALID_DAYS, 256)
    assert base64.b32decode(TOKEN.upper())[:8] == bytes((purpose, key_id, *person, *expiry))


@pytest.mark.parametrize("at", range(len(TOKEN)))
def test_one_altered_letter_is_no_evidence(at: int) -> None:
    for letter in LETTERS:
        if letter != TOKEN[at]:
            altered = TOKEN[:at] + letter + TOKEN[at + 1 :]
            assert tag.verify(RING, SUPPORT, NUMBER, altered, NOW) is None


@quickly
@given(st.text(alphabet=LETTERS, min_size=len(TOKEN), max_size=len(TOKEN)))
def test_a_guess_is_no_evidence(token: str) -> None:
    assert tag.verify(RING, SUPPORT, NUMBER, token, NOW) is None


@quickly
@given(st.text())
def test_whatever_is_no_token_of_ours_is_no_evidence_and_no_error(text: str) -> None:
    assume(text != TOKEN)
    assert tag.verify(RING, SUPPORT, NUMBER, text, NOW) is None
    assert read(text) is None
    assert read(f"support+{text}@example.com") is None
    assert tag.read_message_id(RING, SUPPORT, text, NOW) is None


@pytest.mark.parametrize(
    ("what", "signed"),
    [
        ("other mailbox", tag.verify(RING, HR, NUMBER, TOKEN, NOW)),
        ("other ticket", tag.verify(RING, SUPPORT, NUMBER + 1, TOKEN, NOW)),
        ("other desk", tag.verify(a_ring(desk="other.example"), SUPPORT, NUMBER, TOKEN, NOW)),
        ("unknown key", tag.verify(a_ring(ids=(2,)), SUPPORT, NUMBER, TOKEN, NOW)),
        ("no key", tag.verify(KeyRing("desk.example", ()), SUPPORT, NUMBER, TOKEN, NOW)),
        (
            "another secret of the same id",
            tag.verify(KeyRing("desk.example", ((1, b"z" * 32),)), SUPPORT, NUMBER, TOKEN, NOW),
        ),
        ("too short", tag.verify(RING, SUPPORT, NUMBER, TOKEN[:-8], NOW)),
        ("nothing", tag.verify(RING, SUPPORT, NUMBER, "", NOW)),
    ],
)
def test_what_was_signed_for_something_else_is_no_evidence(what: str, signed: object) -> None:
    assert signed is None, what


def test_desk_and_mailbox_cannot_flow_into_each_other() -> None:
    one, other = KeyRing("a", ((1, b"k" * 32),)), KeyRing("ab", ((1, b"k" * 32),))
    token = tag.sign(one, "bc@x.example", NUMBER, Purpose.REPLY, 7, NOW)
    assert tag.verify(other, "c@x.example", NUMBER, token, NOW) is None


@pytest.mark.parametrize(
    "address",
    [
        SUPPORT,
        "support+1042@example.com",
        f"support-{NUMBER}-{TOKEN}@example.com",
        f"hr+{NUMBER}-{TOKEN}@example.com",
        f"support+{NUMBER}-{TOKEN}",
        f"support+{NUMBER}-{TOKEN}x@example.com",
        f"support+{NUMBER}-{TOKEN}@other.example",
        f"support+vip+{NUMBER}-{TOKEN}@example.com",
    ],
)
def test_any_other_address_is_none_of_this_mailbox(address: str) -> None:
    assert read(address) is None


def test_without_a_separator_no_address_is_signed() -> None:
    assert tag.signed_address(SUPPORT, "", NUMBER, TOKEN) == SUPPORT
    assert tag.read_address(RING, SUPPORT, "", f"support{NUMBER}-{TOKEN}@x.example", NOW) is None


def test_an_address_expires_after_its_days_and_still_names_its_ticket() -> None:
    last_day = NOW + timedelta(days=VALID_DAYS)
    assert read(ADDRESS, now=last_day) == BY_ANN
    expired = read(ADDRESS, now=last_day + timedelta(days=1))
    assert expired == Signed(NUMBER, Purpose.REPLY, 7, expired=True)


def test_the_day_of_expiry_is_the_same_everywhere() -> None:
    late = datetime(2026, 2, 2, 23, 30, tzinfo=UTC)
    there = late.astimezone(tz=datetime.strptime("+0800", "%z").tzinfo)
    assert there.date() != late.date()
    token = tag.sign(RING, SUPPORT, NUMBER, Purpose.REPLY, 7, late)
    assert tag.sign(RING, SUPPORT, NUMBER, Purpose.REPLY, 7, there) == token


def test_after_a_rotation_old_addresses_go_on_being_verified() -> None:
    rotated = a_ring(ids=(1, 2))
    assert read(ADDRESS, ring=rotated) == BY_ANN
    new = tag.sign(rotated, SUPPORT, NUMBER, Purpose.REPLY, 7, NOW)
    assert new != TOKEN, "the highest id signs"
    assert tag.verify(RING, SUPPORT, NUMBER, new, NOW) is None


def test_a_key_taken_out_of_the_ring_makes_its_addresses_worthless() -> None:
    assert read(ADDRESS, ring=a_ring(ids=(2,))) is None


@pytest.mark.parametrize("purpose", Purpose, ids=lambda purpose: purpose.name)
def test_one_purpose_cannot_serve_as_another(purpose: Purpose) -> None:
    token = tag.sign(RING, SUPPORT, NUMBER, purpose, 7, NOW)
    signed = tag.verify(RING, SUPPORT, NUMBER, token, NOW)
    assert signed is not None
    assert signed.purpose is purpose


def test_a_ring_never_shows_its_secrets() -> None:
    assert repr(RING) == "KeyRing(desk='desk.example', ids=[1])"
    assert "k" * 8 not in str(RING)


@quickly
@given(numbers, st.text())
def test_an_issued_message_id_is_read_again_also_without_its_case(number: int, cause: str) -> None:
    token = tag.sign(RING, SUPPORT, number, Purpose.REPLY, 7, NOW)
    issued = tag.issue_message_id(SUPPORT, number, token, cause)
    told = Signed(number, Purpose.REPLY, 7)
    for each in (issued, issued.lower(), issued.upper()):
        assert tag.read_message_id(RING, SUPPORT, each, NOW) == told


def test_the_same_cause_has_the_same_message_id_and_another_has_another() -> None:
    one, same, other = (
        tag.issue_message_id(SUPPORT, NUMBER, TOKEN, cause) for cause in ("d1", "d1", "d2")
    )
    assert one == same != other


def test_a_message_id_of_another_domain_is_none_of_ours() -> None:
    issued = tag.issue_message_id(SUPPORT, NUMBER, TOKEN, "d1")
    elsewhere = issued.replace("example.com", "other.example")
    assert tag.read_message_id(RING, SUPPORT, elsewhere, NOW) is None


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("Re: Printer [#1042-k3v5xw]", ((1042, "k3v5xw"),)),
        ("RE: PRINTER [#1042-K3V5XW]", ((1042, "k3v5xw"),)),
        ("[#1-aaaaaa] [#2-bbbbbb]", ((1, "aaaaaa"), (2, "bbbbbb"))),
        ("Printer #1042", ()),
        ("Printer [#1042]", ()),
        ("[#1042-k3v5x]", ()),
        ("[#1042-k3v5xw7]", ()),
        ("[#1042-k3v1xw]", ()),
        ("[1042-k3v5xw]", ()),
        ("#1042-k3v5xw", ()),
        ("[Ticket#1042-k3v5xw]", ()),
    ],
)
def test_a_tag_is_read_in_a_subject_and_a_bare_number_never(
    subject: str, found: tuple[tuple[int, str], ...]
) -> None:
    assert tag.tags_in(subject) == found


@quickly
@given(st.text(alphabet=st.characters(exclude_characters="[]"), max_size=80), numbers)
def test_a_tagged_subject_loses_its_tag_and_nothing_else(subject: str, number: int) -> None:
    plain = " ".join(subject.split())
    tagged = tag.with_tag(plain, number, "k3v5xw")
    assert tag.tags_in(tagged) == ((number, "k3v5xw"),)
    assert tag.without_tags(tagged) == plain


def test_tags_are_keyed_by_ticket_and_desk() -> None:
    tags = {tag.subject_tag(a_ring(desk=desk), number) for desk in "ab" for number in range(50)}
    assert len(tags) == 100


@pytest.mark.parametrize(
    "written",
    [
        f"support+42-{TOKEN}@x.eu",
        f"support%2B42-{TOKEN}%40x.eu",
        f"support&#43;42-{TOKEN}&#64;x.eu",
        f"support+42-{TOKEN} (at) x.eu",
        f"support+42-{TOKEN[:12]}\n{TOKEN[12:]}@x.eu",
        f"support+42-{TOKEN[:12]}=\r\n{TOKEN[12:]}@x.eu",
        f"support+42-{TOKEN}\n> @x.eu",
        f"support+4\n2-{TOKEN}<wbr>@x.eu",
        f"support+42-{TOKEN[:5]}\u200b{TOKEN[5:]}@x.eu",
    ],
)
def test_a_signed_address_is_known_however_a_client_breaks_it(written: str) -> None:
    assert tag.has_token(written)
    left = "".join(tag.without_tokens(written).split())
    assert not any(piece in left for piece in (TOKEN[:5], TOKEN[-5:]))


@pytest.mark.parametrize(
    "text",
    [
        "ann@x.eu",
        "Room 3 -12-a big one, and do ask bob@x.eu",
        f"Message-ID: <42-{TOKEN}.k3v5xwamjs5nabcd@x.eu>",
        "file-2024-3f2504e04f8911d39a0c0305e82c3301@x.eu",
        "+49 30 1234-567 " + "abc " * 20,
    ],
)
def test_what_is_no_signed_address_stays_as_it_is(text: str) -> None:
    assert tag.without_tokens(text) == text


@pytest.mark.parametrize(
    "separator", ["+", "-", "=", "%2B", "=3D", "=2b", "&#43;", "&#x2B;", "&plus;"]
)
def test_a_token_is_found_however_its_separator_is_written(separator: str) -> None:
    assert tag.without_tokens(f"to support{separator}7-{TOKEN}@x.eu!") == "to support@x.eu!"


@quickly
@given(st.binary(max_size=64), st.text(max_size=20), numbers)
def test_the_mac_is_hmac_sha256_whatever_the_length_of_the_key(
    secret: bytes, mailbox: str, number: int
) -> None:
    token = tag.sign(KeyRing("example", ((1, secret),)), mailbox, number, Purpose.NOTE, 7, NOW)
    octets = base64.b32decode(token.upper())
    parts = ("signed", "example", mailbox, number, octets[:8].hex())
    text = "".join(f"{len(str(part))}:{part}" for part in parts)
    assert hmac.digest(secret, text.encode(), "sha256")[:12] == octets[8:]
