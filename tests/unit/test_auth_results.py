"""What one Authentication-Results field says: never more than its server wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ingest.auth_results import MAX_FIELD_CHARS, Result, read_results

# as the systems write them, with names of our own
ZOO = {
    "gmail": (
        "mx.google.com;       dkim=pass header.i=@example.com header.s=s2026 header.b=aB3+/x9=;"
        "       spf=pass (google.com: domain of ann@example.com designates 192.0.2.7 as permitted"
        " sender) smtp.mailfrom=ann@example.com;"
        "       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.com",
        "mx.google.com",
        {"dkim": "@example.com", "spf": "ann@example.com", "dmarc": "example.com"},
    ),
    "exchange-online": (
        "spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=example.com; dkim=pass (signature was"
        " verified) header.d=example.com;dmarc=pass action=none"
        " header.from=example.com;compauth=pass reason=100",
        "",
        {"spf": "example.com", "dkim": "example.com", "dmarc": "example.com"},
    ),
    "opendkim": (
        "mx.desk.example; dkim=pass (2048-bit key; unprotected) header.d=example.com"
        ' header.i=@example.com header.a=rsa-sha256 header.s=s1 header.b="aB3/x9"',
        "mx.desk.example",
        {"dkim": "example.com"},
    ),
    "opendmarc-with-job": (
        "mx.desk.example/4XyZ1; dmarc=pass (p=reject dis=none) header.from=example.com",
        "mx.desk.example",
        {"dmarc": "example.com"},
    ),
    "rspamd": (
        "mail.desk.example;\tdkim=pass header.d=example.com header.s=s1 header.b=aB3x9;"
        "\tspf=pass (mail.desk.example: domain of ann@example.com designates 192.0.2.7 as"
        " permitted sender) smtp.mailfrom=ann@example.com;"
        "\tdmarc=pass (policy=reject) header.from=example.com",
        "mail.desk.example",
        {"dkim": "example.com", "spf": "ann@example.com", "dmarc": "example.com"},
    ),
    "fastmail": (
        "mx5.messages.example; arc=none (no signatures found);"
        " bimi=none (No BIMI records found); dkim=pass (2048-bit rsa key sha256)"
        " header.d=example.com header.i=@example.com header.b=aB3x9 header.a=rsa-sha256"
        " header.s=s1 x-bits=2048; dmarc=pass policy.published-domain-policy=reject"
        " policy.applied-disposition=none policy.evaluated-disposition=none (p=reject,d=none,"
        "d.eval=none) policy.policy-from=p header.from=example.com; iprev=pass"
        " smtp.remote-ip=192.0.2.7 (out.example.com); spf=pass"
        " smtp.mailfrom=ann@example.com smtp.helo=out.example.com",
        "mx5.messages.example",
        {"dkim": "example.com", "spf": "ann@example.com", "dmarc": "example.com"},
    ),
    "yahoo": (
        "atlas.mail.example; dkim=pass header.i=@example.com header.s=s1; spf=pass"
        " smtp.mailfrom=example.com; dmarc=pass(p=REJECT) header.from=example.com;",
        "atlas.mail.example",
        {"dkim": "@example.com", "spf": "example.com", "dmarc": "example.com"},
    ),
    "exim": (
        "mx.desk.example; iprev=pass (out.example.com) smtp.remote-ip=192.0.2.7; spf=pass"
        " smtp.mailfrom=example.com; dkim=pass header.d=example.com header.s=s1"
        " header.a=rsa-sha256; dmarc=pass header.from=example.com; arc=none",
        "mx.desk.example",
        {"spf": "example.com", "dkim": "example.com", "dmarc": "example.com"},
    ),
    "cyrus-submission": (
        "mail.desk.example 1; auth=pass (cram-md5) smtp.auth=ann@example.com",
        "mail.desk.example",
        {"auth": "ann@example.com"},
    ),
}
PROPERTY = {
    "dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",), "dmarc": ("header.from",),
    "auth": ("smtp.auth",),
}  # fmt: skip


@pytest.mark.parametrize("name", ZOO)
def test_what_each_mail_system_writes_is_read(name: str) -> None:
    value, server, passed = ZOO[name]
    found = read_results(value)
    assert (found.server, found.defect) == (server, "")
    told = {
        each.method: next(filter(None, map(each.get, PROPERTY[each.method])))
        for each in found.results
        if each.result == "pass" and each.method in PROPERTY
    }
    assert told == passed


@pytest.mark.parametrize(
    "value",
    [
        "mx.example.com (dkim=pass; header.d=bank.example)",
        "mx.example.com; none (dkim=pass header.d=bank.example)",
        "mx.example.com (a (nested (deeply)) ; dmarc=pass) 1; none",
        'mx.example.com; none reason="; dkim=pass header.d=bank.example"',
        "mx.example.com;",
        "mx.example.com",
        "",
    ],
)
def test_what_stands_in_comments_and_quotes_is_no_result(value: str) -> None:
    assert read_results(value).results == ()


def test_quotes_in_an_address_hide_what_a_stranger_wrote_into_it() -> None:
    value = 'mx.example.com; spf=pass smtp.mailfrom="a; dkim=pass header.d=bank.example "@x.example'
    [only] = read_results(value).results
    assert only.get("smtp.mailfrom") == "a; dkim=pass header.d=bank.example @x.example"


@pytest.mark.parametrize(
    "value",
    [
        'mx.example.com; spf=pass (domain of "a); dkim=pass header.d=bank.example ("@evil.example)',
        "mx.example.com; dkim=pass (never closed",
        "mx.example.com; dkim=pass) header.d=bank.example",
        'mx.example.com; dkim=pass reason="never closed',
        "mx.example.com; dmarc=fail header.from=a.example; dmarc=pass header.from=a.example",
        "mx.example.com dkim=pass header.d=bank.example",
        "x" * (MAX_FIELD_CHARS + 1),
        "(" * 10_000,
    ],
)
def test_a_field_that_can_be_read_in_two_ways_says_nothing(value: str) -> None:
    found = read_results(value)
    assert found.results == ()
    assert found.defect


def test_a_name_in_a_comment_is_not_the_servers() -> None:
    assert read_results("(mx.example.com) evil.example; none").server == "evil.example"


def test_space_around_each_sign_and_case_do_not_matter() -> None:
    found = read_results("MX.Example.com ; DKIM = Pass\r\n\tHeader.D = Example.com")
    assert found.server == "mx.example.com"
    assert found.results == (Result("dkim", "pass", (("header.d", "Example.com"),)),)


def test_an_empty_property_does_not_swallow_the_next_one() -> None:
    [only] = read_results("mx.a.example; spf=none smtp.mailfrom= smtp.helo=b.example").results
    assert (only.get("smtp.mailfrom"), only.get("smtp.helo")) == ("", "b.example")


def test_signs_inside_of_a_value_belong_to_it() -> None:
    [only] = read_results("mx.a.example; spf=pass smtp.mailfrom=prvs=12ab=ann@example.com").results
    assert only.get("smtp.mailfrom") == "prvs=12ab=ann@example.com"


def test_a_property_with_two_values_has_none() -> None:
    value = "mx.a.example; dmarc=pass header.from=a.example header.from=b.example"
    assert read_results(value).results[0].get("header.from") == ""


def test_the_instance_of_an_arc_field_is_not_its_server() -> None:
    found = read_results("i=1; mx.microsoft.example 1; spf=pass smtp.mailfrom=example.com")
    assert found.server == "mx.microsoft.example"
    assert [each.method for each in found.results] == ["spf"]


def test_a_version_of_a_method_is_not_part_of_its_name() -> None:
    assert read_results("mx.a.example; dkim/1=pass").results[0].method == "dkim"


@given(st.text(alphabet=st.sampled_from('();="\\ \t/.ab') | st.characters(), max_size=200))
def test_whatever_stands_in_a_field_it_is_read(value: str) -> None:
    found = read_results(value)
    assert not (found.defect and found.results)
