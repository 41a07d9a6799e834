"""What we check ourselves: signatures, and how much a mail may make us do for it."""

import time

import pytest

from gateway import dkim
from gateway.config.trust import Trust
from gateway.ingest.trust_weigh import Verdict
from gateway.lookup import Limited, Unanswered
from support.mail import a_mail
from support.signing import (
    SIGNED,
    Table,
    dns_of,
    ed25519_record,
    key_of,
    keys,
    rsa_record,
    signed,
    signed_by_hand,
)
from support.trusting import CHECKED, FROM, no_dns, silent_dns, verdict

MAIL = a_mail(from_=FROM)
KEYS = keys("example.com", "mail.example.com", "evil.example")
POLICY = ("_dmarc.example.com", "TXT")


def checked(raw: bytes, table: Table = KEYS, **envelope: object) -> Verdict:
    return verdict(raw, CHECKED, dns_of(table), **envelope)


def test_a_signature_of_the_authors_domain_verifies() -> None:
    found = checked(signed(MAIL, "example.com"))
    assert found.verified
    assert "our own check says dkim=pass for example.com" in found.evidence


def test_a_signature_with_an_elliptic_key_verifies() -> None:
    raw = signed(MAIL, "example.com", algorithm=b"ed25519-sha256")
    assert checked(raw, {key_of("example.com"): (ed25519_record(),)}).verified


def test_a_mail_with_line_feeds_alone_verifies_as_it_was_signed() -> None:
    assert checked(signed(MAIL, "example.com").replace(b"\r\n", b"\n")).verified


def test_a_signature_of_a_subdomain_speaks_for_its_organisation() -> None:
    assert checked(signed(MAIL, "mail.example.com")).verified


def test_a_domain_that_wants_its_very_name_is_not_proven_by_a_subdomain() -> None:
    table = {**KEYS, POLICY: ("v=DMARC1; p=none; adkim=s",)}
    assert not checked(signed(MAIL, "mail.example.com"), table).verified
    assert checked(signed(MAIL, "example.com"), table).verified


def test_a_signature_of_another_domain_is_not_even_tried() -> None:
    asked: list[str] = []
    verdict(signed(MAIL, "evil.example"), CHECKED, dns_of(KEYS, asked))
    assert asked == ["_dmarc.example.com TXT"]


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"on fire.", b"in use."),
        lambda raw: raw.replace(b"Subject: Printer", b"Subject: Scanner"),
        lambda raw: raw.replace(b"ann@example.com", b"bob@example.com"),
        lambda raw: raw + b"and more\r\n",
    ],
)
def test_a_mail_that_was_changed_is_not_verified(change: object) -> None:
    raw = signed(MAIL, "example.com")
    assert change(raw) != raw  # type: ignore[operator]
    assert not checked(change(raw)).verified  # type: ignore[operator]


def test_a_second_from_field_above_a_signed_one_proves_nobody() -> None:
    raw = signed(MAIL, "example.com")
    assert not checked(b"From: ceo@example.com\r\n" + raw).verified
    assert not checked(raw.replace(b"\r\nTo:", b"\r\nFrom: ceo@example.com\r\nTo:")).verified


def test_a_signature_of_a_part_of_the_body_does_not_count() -> None:
    found = checked(signed(MAIL, "example.com", length=True) + b"Pay at evil.example\r\n")
    assert not found.verified
    assert any("it covers a part of the body" in each for each in found.evidence)
    assert not checked(signed(MAIL, "example.com", length=True)).verified


def test_a_signature_that_leaves_out_from_does_not_count() -> None:
    raw = signed_by_hand(MAIL, "example.com", "t=1", [each for each in SIGNED if each != "from"])
    found = checked(raw)
    assert not found.verified
    assert any("From is not signed" in each for each in found.evidence)


def test_an_expired_signature_does_not_count() -> None:
    assert checked(signed_by_hand(MAIL, "example.com", "t=1; x=4102444800")).verified
    assert not checked(signed_by_hand(MAIL, "example.com", "t=1; x=1700000000")).verified


def test_an_old_algorithm_does_not_count() -> None:
    found = checked(signed(MAIL, "example.com", algorithm=b"rsa-sha1"))
    assert not found.verified
    assert any("algorithm is not safe" in each for each in found.evidence)


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ((), "there is no key"),
        ((rsa_record(), rsa_record(1024)), "several keys"),
        ((rsa_record(flags="t=y; "),), "for testing"),
        (("v=DKIM1; p=",), "revoked"),
        (("v=DKIM1; p=!!!",), "not readable"),
        ((f"v=DKIM1; p={'A' * 4000}",), "too large"),
        (("v=DKIM1; k=rsa; p=AAAA",), ""),
    ],
)
def test_a_key_that_cannot_be_used_proves_nothing(records: tuple[str, ...], said: str) -> None:
    found = checked(signed(MAIL, "example.com"), {key_of("example.com"): records})
    assert not found.verified
    assert any(said in each for each in found.evidence)


def test_a_key_that_is_too_short_proves_nothing() -> None:
    record = {key_of("example.com"): (SHORT_KEY,)}
    [only] = dkim.signatures(SHORT_SIGNED, lambda _: True, dns_of(record))
    assert (only.result, "too small" in only.reason) == ("permerror", True)


def test_a_name_server_that_is_silent_verifies_nobody_and_is_told() -> None:
    for table in ({POLICY: None}, {key_of("example.com"): None}):
        found = checked(signed(MAIL, "example.com"), table)
        assert (found.verified, found.forged) == (False, False)
        assert any("temperror" in each and "timed out" in each for each in found.evidence)


def test_when_no_name_server_answers_there_is_a_verdict() -> None:
    settings = Trust(check=True, arc_sealers=("lists.example.net",))
    assert not verdict(signed(MAIL, "example.com"), settings, silent_dns).verified


def test_by_default_nothing_is_asked() -> None:
    assert verdict(signed(MAIL, "example.com"), Trust(), no_dns) == Verdict()


def test_only_so_many_signatures_are_tried() -> None:
    broken = b"DKIM-Signature: v=1; d=example.com; s=%d; h=from; a=rsa-sha256; b=AAAA; bh=AAAA\r\n"
    raw = b"".join(broken % number for number in range(50)) + signed(MAIL, "example.com")
    asked: list[str] = []
    assert not verdict(raw, CHECKED, dns_of(KEYS, asked)).verified
    assert len(asked) <= 1 + dkim.MAX_SIGNATURES


@pytest.mark.parametrize(
    "field",
    [
        "v=1",
        "",
        "d=example.com",
        "d=example.com; d=example.com",
        f"d=example.com; h=from; a=rsa-sha256; b=; bh=; s=s1; v=1; x={'9' * 3000}",
        "d=example.com; h=from; v=1; a=rsa-sha256; s=\xff; b=AAAA; bh=AAAA",
    ],
)
def test_whatever_stands_in_a_signature_there_is_a_verdict(field: str) -> None:
    assert not checked(f"DKIM-Signature: {field}\r\n".encode() + MAIL).verified


def test_behind_a_list_our_own_check_is_not_made() -> None:
    raw = signed(a_mail(from_="help@lists.example.net"), "lists.example.net")
    assert verdict(raw, CHECKED, no_dns, author="ann@example.com") == Verdict()


def test_one_mail_asks_no_more_than_it_may_and_no_question_twice() -> None:
    asked: list[str] = []
    limited = Limited(dns_of({}, asked), most=2, seconds=5)
    for name in ("a.example", "A.example.", "b.example"):
        assert limited(name, "TXT") == ()
    with pytest.raises(Unanswered, match="more questions"):
        limited("c.example", "TXT")
    assert len(asked) == 2


def test_one_mail_waits_no_longer_than_it_may() -> None:
    ticks = iter((0.0, 1.0, 6.0))
    limited = Limited(dns_of({}), most=9, seconds=5, clock=lambda: next(ticks))
    limited("a.example", "TXT")
    with pytest.raises(Unanswered, match="longer"):
        limited("b.example", "TXT")


# made once with 512 bits: no library at hand makes such a key any more
SHORT_KEY = (
    "v=DKIM1; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL+oZyWOeAsYAjMcOzmsCU6Gj7+5knUtBLZmOvPEL"
    "bt73r9ORJsdxEAM8qZbLIvyNQ0UyTp2+Nv76qqdR6movF0CAwEAAQ=="
)
SHORT_SIGNED = (
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1; h=from; b"
    b"h=j+uJ1+KwQjMpdNiCngwvlv2FTzZnzkokoCYASnN36NE=; b=vLK8+28FbamrJchYj9rl67YOG6Pp6W2iMr"
    b"Sb9WW07ZIw0RtqKSsfRNCZmuvB935etpemg/kX8azd/I32OKJ1/w=="
    b"\r\nFrom: ann@example.com\r\n\r\nHi\r\n"
)


def test_a_signature_that_is_too_long_is_not_tried() -> None:
    asked: list[str] = []
    raw = signed_by_hand(MAIL, "example.com", f"t=1; n={'x' * dkim.MAX_SIGNATURE_OCTETS}")
    assert dkim.signatures(raw, lambda _: True, dns_of(KEYS, asked)) == ()
    assert asked == []


@pytest.mark.parametrize(
    "raw",
    [
        MAIL + (b" " * 60_000 + b"x\r\n") * 80,
        b"DKIM-Signature: d=example.com; b" + b"\r\n " * 60_000 + b"x\r\n" + MAIL,
        b"X-Long: a\r\n" + b" a\r\n" * 60_000 + MAIL,
        b"DKIM-Signature: d=example.com; h=from" + b" " * 200_000 + b"\r\n" + MAIL,
    ],
    ids=["spaces", "folded-tag", "folded-field", "long-tag"],
)
def test_a_mail_made_to_take_long_does_not(raw: bytes) -> None:
    before = time.monotonic()
    checked(signed(raw, "example.com"))
    assert time.monotonic() - before < 5
