"""Whom a result is about: the author, not the list that forwards, and not who looks alike."""

import pytest

from gateway.ingest.trust import Proof, prove
from gateway.ingest.trust_weigh import Verdict
from support.cases import ANN, a_reading, signed_for
from support.trusting import behind_border, verdict

MX = "mx.desk.example"
DMARC = f"{MX}; dmarc=pass header.from=example.com"

LIST_FROM = "Ann via Help <help@lists.example.net>"


def test_behind_a_list_nothing_of_the_lists_domain_counts_for_the_author() -> None:
    results = (
        f"{MX}; dkim=pass header.d=lists.example.net; dmarc=pass header.from=lists.example.net"
    )
    found = verdict(behind_border(results, from_=LIST_FROM), author="ann@example.com")
    assert not found.verified


def test_behind_a_list_of_the_authors_own_organisation_nothing_counts() -> None:
    results = f"{MX}; dkim=pass header.d=example.com; dmarc=pass header.from=example.com"
    raw = behind_border(results, from_="Ann via Help <help@example.com>")
    assert not verdict(raw, author="ann@example.com").verified
    raw = behind_border(results, from_="Ann via Help <help@lists.example.com>")
    assert not verdict(raw, author="ann@example.com").verified


def test_behind_a_list_dmarc_that_passed_before_it_counts_and_a_mere_signature_does_not() -> None:
    raw = behind_border(DMARC, from_=LIST_FROM)
    assert verdict(raw, author="ann@example.com").verified
    raw = behind_border(f"{MX}; dkim=pass header.d=example.com", from_=LIST_FROM)
    assert not verdict(raw, author="ann@example.com").verified


@pytest.mark.parametrize(
    "author",
    [
        "ann@exаmple.com",  # a Cyrillic a
        "ann@ｅxample.com",  # full width
        "ann@example。com",  # an ideographic full stop
        "ann@\u212aexample.com",  # the Kelvin sign
        "ann@xn--exmple-4nf.com",
    ],
)
def test_a_domain_that_looks_alike_is_another_domain(author: str) -> None:
    results = f"{MX}; dmarc=pass header.from=example.com; dkim=pass header.d=kexample.com"
    mail = f"From: {author}\r\n\r\nHi\r\n".encode()
    assert not verdict(behind_border(results, mail=mail), author=author).verified


def test_a_domain_in_another_script_is_compared_by_its_a_label() -> None:
    mail = "From: ann@münchen.example\r\n\r\nHi\r\n".encode()
    results = f"{MX}; dmarc=pass header.from=xn--mnchen-3ya.example"
    assert verdict(behind_border(results, mail=mail), author="ann@münchen.example").verified


VERIFIED, FORGED = Verdict(verified=True), Verdict(forged=True)


@pytest.mark.parametrize(
    ("found", "token", "proof"),
    [
        (VERIFIED, False, Proof.VERIFIED),
        (VERIFIED, True, Proof.VERIFIED),
        (Verdict(), True, Proof.TOKEN),
        (Verdict(), False, Proof.CLAIMED),
        (FORGED, True, Proof.CLAIMED),
        (FORGED, False, Proof.CLAIMED),
    ],
)
def test_verified_is_above_token_and_forged_takes_both_away(
    found: Verdict, token: bool, proof: Proof
) -> None:
    signed = signed_for(ANN) if token else None
    assert prove(a_reading().message, ANN, signed, ANN, found) is proof


def test_a_verdict_about_several_from_fields_proves_nobody() -> None:
    message = a_reading(from_fields=2).message
    assert prove(message, ANN, None, None, VERIFIED) is Proof.CLAIMED
