"""What somebody who forwards mail recorded of it: believed of whom the admin trusts alone."""

import random

import pytest

from gateway import dkim
from gateway.config.trust import Trust
from gateway.ingest.trust_weigh import Verdict
from support.mail import a_mail
from support.signing import SIGNED, Table, arc_fields, dns_of, key_of, keys, sealed, signed
from support.trusting import FROM, RECEIVED, verdict

LIST, OTHER, EVIL = "lists.example.net", "relay.example.org", "evil.example"
TRUSTING = Trust(arc_sealers=(LIST, OTHER))
KEYS = keys(LIST, OTHER, EVIL, "example.com")
PASS = "mx.lists.example.net; dmarc=pass header.from=example.com"
MAIL = a_mail(from_=FROM)


def found(raw: bytes, settings: Trust = TRUSTING, table: Table = KEYS, author: str = "") -> Verdict:
    return verdict(raw, settings, dns_of(table), author=author)


def chain(*sets: tuple[str, str], mail: bytes = MAIL) -> bytes:
    """Sealed by these domains, one after the other, with what each recorded."""
    for number, (domain, results) in enumerate(sets, 1):
        cv = "pass" if number > 1 else "none"
        mail = sealed(mail, domain, results, instance=number, cv=cv, older=arc_fields(mail))
    return mail


def test_what_a_trusted_sealer_recorded_verifies() -> None:
    assert found(chain((LIST, PASS))) == Verdict(
        verified=True,
        evidence=("lists.example.net says dmarc=pass for example.com, sealed by ARC",),
    )


def test_what_a_stranger_sealed_verifies_nobody() -> None:
    asked: list[str] = []
    told = verdict(chain((EVIL, PASS)), TRUSTING, dns_of(KEYS, asked))
    assert not told.verified
    assert "it is sealed by evil.example, whom we do not trust" in told.evidence[0]
    assert asked == []


def test_without_trusted_sealers_no_chain_is_looked_at() -> None:
    assert found(chain((LIST, PASS)), Trust()) == Verdict()


def test_behind_a_list_its_seal_verifies_the_author() -> None:
    raw = chain((LIST, PASS), mail=a_mail(from_="Ann via Help <help@lists.example.net>"))
    assert found(raw, author="ann@example.com").verified
    assert not found(raw, author="ann@example.org").verified


def test_a_trusted_seal_explains_why_our_own_server_says_fail() -> None:
    settings = TRUSTING.model_copy(update={"servers": ("mx.desk.example",)})
    fail = "Authentication-Results: mx.desk.example; dmarc=fail header.from=example.com"
    top = f"{fail}\r\n{RECEIVED}\r\n".encode()
    told = found(top + chain((LIST, PASS)), settings)
    assert (told.verified, told.forged) == (True, False)
    assert (found(top + MAIL, settings).verified, found(top + MAIL, settings).forged) == (
        False,
        True,
    )


def test_a_trusted_sealer_who_says_fail_says_forged() -> None:
    told = found(chain((LIST, PASS.replace("pass", "fail"))))
    assert (told.verified, told.forged) == (False, True)


def test_what_was_recorded_before_the_last_change_counts_as_long_as_each_is_trusted() -> None:
    fail = "x; dmarc=fail header.from=example.com"
    assert found(chain((LIST, PASS), (OTHER, fail))).verified
    assert not found(chain((EVIL, PASS), (OTHER, fail))).verified
    assert not found(chain((LIST, PASS), (EVIL, fail))).verified
    assert not found(chain((LIST, PASS), (EVIL, PASS), (OTHER, "x; none"))).verified


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"on fire.", b"in use."),
        lambda raw: raw.replace(b"ann@example.com", b"bob@example.com"),
        lambda raw: raw.replace(b"dmarc=pass", b"dmarc=Pass"),
        lambda raw: raw.replace(b"cv=none", b"cv=pass"),
        lambda raw: raw.replace(b"ARC-Message-Signature", b"X-Message-Signature"),
        lambda raw: raw.replace(b"ARC-Seal: i=1", b"ARC-Seal: i=2"),
        lambda raw: b"ARC-Authentication-Results: i=1; " + PASS.encode() + b"\r\n" + raw,
        lambda raw: b"From: ceo@example.com\r\n" + raw,
    ],
)
def test_a_chain_that_was_touched_verifies_nobody(change: object) -> None:
    raw = chain((LIST, PASS))
    assert change(raw) != raw  # type: ignore[operator]
    assert not found(change(raw)).verified  # type: ignore[operator]


def test_a_chain_that_says_itself_that_it_is_broken_verifies_nobody() -> None:
    first = chain((LIST, PASS))
    raw = sealed(first, OTHER, PASS, instance=2, cv="fail", older=arc_fields(first))
    assert not found(raw).verified


def test_a_seal_over_a_part_of_the_body_or_without_from_does_not_count() -> None:
    assert not found(sealed(MAIL, LIST, PASS, tags="l=4; ")).verified
    fields = [each for each in SIGNED if each != "from"]
    assert not found(sealed(MAIL, LIST, PASS, fields=fields)).verified


def test_a_chain_that_is_too_long_is_not_tried() -> None:
    raw = chain(*[(LIST, PASS)] * (dkim.MAX_SETS + 1))
    asked: list[str] = []
    assert dkim.chain(raw, lambda _: True, dns_of(KEYS, asked)).result == "fail"
    assert asked == []


def test_older_sets_are_not_tried_under_a_seal_that_does_not_hold() -> None:
    raw = chain((EVIL, PASS), (OTHER, PASS), (LIST, PASS)).replace(b"on fire.", b"in use.")
    asked: list[str] = []
    assert dkim.chain(raw, lambda _: True, dns_of(KEYS, asked)).result == "fail"
    assert set(asked) == {f"{key_of(LIST)[0]}. TXT"}


def test_a_name_server_that_is_silent_verifies_nobody_and_is_told() -> None:
    told = found(chain((LIST, PASS)), table={key_of(LIST): None})
    assert not told.verified
    assert "timed out" in told.evidence[0]


def test_a_field_of_arc_by_itself_proves_nothing() -> None:
    raw = f"ARC-Authentication-Results: i=1; {PASS}\r\n".encode() + MAIL
    assert found(raw) == Verdict()


@pytest.mark.parametrize(
    "field", ["", "i=1", "i=x; cv=none", "i=1; cv=none; d=lists.example.net; s=\xff"]
)
def test_whatever_stands_in_a_seal_there_is_a_verdict(field: str) -> None:
    names = ("ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results")
    top = "".join(f"{name}: {field}\r\n" for name in names).encode()
    assert not found(top + MAIL).verified


def test_a_signature_of_the_author_and_a_seal_live_side_by_side() -> None:
    raw = chain((LIST, PASS), mail=signed(MAIL, "example.com"))
    settings = TRUSTING.model_copy(update={"check": True})
    assert found(raw, settings).verified


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_mail_proves_nobody_else(seed: int) -> None:
    rng = random.Random(seed)
    settings = TRUSTING.model_copy(update={"check": True})
    whole = chain((LIST, PASS), (OTHER, "x; none"), mail=signed(MAIL, "example.com"))
    for _ in range(30):
        raw = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(raw))
            raw[at : at + rng.randint(0, 3)] = rng.choice(
                (b"", b"\r\n", b";", b"=", b"\xff", b" i=1")
            )
        told = found(bytes(raw), settings)
        assert not any("not judged" in each for each in told.evidence)
        assert not told.verified or b"<ann@example.com>" in raw
