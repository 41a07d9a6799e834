"""Which fields of a header our own servers wrote: by where they stand, never by what they say."""

import pytest

from gateway.ingest.trace_fields import believed, header_of

OURS = frozenset(("mx.example.com",))
PASS = "mx.example.com; dmarc=pass header.from=bank.example"
NONE = "mx.example.com; dmarc=none header.from=bank.example"


def results_of(*fields: tuple[str, str], hops: int = 1, below: int = 0) -> list[str]:
    found = believed(fields, OURS, unnamed=False, hops=hops, below=below)
    return [each.result for one in found for each in one.results]


def received(by: str = "mx.example.com") -> tuple[str, str]:
    return "received", f"from out.evil.example by {by}; Mon, 02 Feb 2026 09:00:00 +0100"


def results(value: str) -> tuple[str, str]:
    return "authentication-results", value


def test_what_stands_above_our_received_counts() -> None:
    assert results_of(results(PASS), received(), ("from", "a@b.example")) == ["pass"]


def test_what_stands_below_our_received_is_the_strangers() -> None:
    assert results_of(received(), results(PASS)) == []


def test_a_received_that_seems_ours_does_not_move_the_border() -> None:
    assert results_of(received(), results(PASS), received("mx.example.com")) == []


def test_a_forged_field_below_adds_nothing_to_the_real_one() -> None:
    assert results_of(results(NONE), received(), results(PASS), received()) == ["none"]


def test_a_mail_with_fewer_hops_than_ours_proves_nothing() -> None:
    assert results_of(results(PASS), received(), hops=2) == []


def test_without_any_received_nothing_counts() -> None:
    assert results_of(results(PASS)) == []


def test_with_one_hop_too_many_set_the_borders_own_field_still_stands_first() -> None:
    header = (results(NONE), received(), results(PASS), received("mx.example.com"))
    assert results_of(*header, hops=2) == ["none"]


def test_the_field_of_the_border_is_found_behind_our_inner_servers() -> None:
    header = (received("store"), ("x-scanned", "yes"), results(PASS), received(), results(NONE))
    assert results_of(*header, hops=2) == ["pass"]


def test_several_fields_of_one_place_count_together() -> None:
    other = "mx.example.com; spf=softfail smtp.mailfrom=a@b.example"
    assert results_of(results(PASS), results(other), received()) == ["pass", "softfail"]


def test_another_servers_name_does_not_count() -> None:
    for name in (
        "evil.example",
        "mx.example.com.evil.example",
        "(mx.example.com) x",
        "example.com",
    ):
        value = PASS.replace("mx.example.com", name)
        assert results_of(results(value), received()) == []


def test_a_field_without_a_name_counts_only_where_our_servers_write_none() -> None:
    fields = (results("dmarc=pass header.from=bank.example"), received())
    assert not believed(fields, OURS, unnamed=False, hops=1, below=0)
    assert believed(fields, frozenset(), unnamed=True, hops=1, below=0)
    named = (results(PASS), received())
    assert not believed(named, frozenset(), unnamed=True, hops=1, below=0)


def test_gmails_field_counts_directly_below_its_received() -> None:
    header = (received("inner"), ("x-received", "by inner"), received(), ("received-spf", "pass"),
              results(PASS), ("dkim-signature", "v=1"))  # fmt: skip
    assert results_of(*header, hops=2, below=1) == ["pass"]


def test_below_the_strangers_field_that_follows_at_once_does_not_count() -> None:
    assert results_of(received(), results(NONE), results(PASS), below=1) == ["none"]


def test_below_a_field_under_another_name_takes_its_place_all_the_same() -> None:
    other = "evil.example; none"
    assert results_of(received(), results(other), results(PASS), below=1) == []


@pytest.mark.parametrize("between", ["from", "received", "dkim-signature", "subject", "to"])
def test_below_nothing_counts_behind_a_field_of_the_author(between: str) -> None:
    assert results_of(received(), (between, "x"), results(PASS), below=1) == []


def test_below_what_stands_above_does_not_count() -> None:
    assert results_of(results(PASS), received(), below=1) == []


def test_two_milters_put_two_fields_below() -> None:
    header = (received(), results(PASS), results(NONE), results(PASS))
    assert results_of(*header, below=2) == ["pass", "none"]


def test_folded_fields_are_one_and_names_have_no_case() -> None:
    header = header_of(b"AUTHENTICATION-results: mx.example.com;\r\n\tdkim=pass\r\n\r\nTo: x\r\n")
    assert header.fields == (("authentication-results", " mx.example.com;\tdkim=pass"),)
    assert not header.odd


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: a\rFrom: eve@evil.example\r\n\r\n",
        b"Subject: a\0b\r\n\r\n",
        b"From: a@b.example\r\nno field at all\r\nFrom: c@d.example\r\n\r\n",
        b" continues nothing\r\n\r\n",
        b"Subject: " + b"x" * 300_000,
    ],
)
def test_a_header_that_programs_read_differently_is_odd(raw: bytes) -> None:
    assert header_of(raw).odd


def test_the_line_on_top_of_an_mbox_entry_is_no_field() -> None:
    header = header_of(b"From ann Mon Feb  2 09:00:00 2026\nFrom: ann@example.com\n\nText\n")
    assert header.fields == (("from", " ann@example.com"),)
    assert not header.odd


def test_a_field_that_cannot_be_read_leaves_its_place_to_nobody() -> None:
    broken = results('mx.example.com; spf=pass (of "a) x')
    header = (broken, received(), results(PASS), received())
    assert results_of(*header, hops=2) == []


def test_below_a_field_without_a_name_takes_its_place_too() -> None:
    unnamed = results("dmarc=none header.from=bank.example")
    assert results_of(received(), unnamed, results(PASS), below=1) == []
