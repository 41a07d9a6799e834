"""Reports in the form of many mail systems: the kind, and what each says of the recipient."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.message import Envelope, Kind, Reading, Source
from gateway.reading import read

GOLDEN = Path(__file__).parent.parent / "golden"
FILES = ("bounces.toml", "bounces-2.toml")
ZOO = {
    name: case
    for file in FILES
    for name, case in tomllib.loads((GOLDEN / file).read_text(encoding="utf-8")).items()
}


def reading(case: dict[str, Any]) -> Reading:
    envelope = Envelope(
        mail_from="",
        rcpt_to=("support@desk.example",),
        received_at=datetime(2026, 2, 2, 12, tzinfo=UTC),
        source=Source.SMTP,
    )
    raw = case["mail"].encode(case.get("charset", "utf-8"))
    own = frozenset({"support@desk.example"})
    return read(raw, envelope, own_addresses=own, own_desk="desk.example")


@pytest.mark.parametrize("name", ZOO)
def test_report_of_any_system_is_read(name: str) -> None:
    case = ZOO[name]
    found = reading(case)
    assert found.kind is Kind.BOUNCE, found.evidence
    bounce = found.bounce
    assert bounce is not None
    assert (bounce.recipient, bounce.action) == (case["recipient"], case.get("action", "failed"))
    assert f"{bounce.status}.".startswith(f"{case['status']}.")
    assert bounce.original_message_id == case.get("original")
    assert case.get("says", "").lower() in bounce.diagnostic.lower()


@pytest.mark.parametrize("hostile", ["-" * 40_000, "\n" * 40_000, ("-" * 78 + "\n") * 500])
@pytest.mark.timeout(5)
def test_report_made_to_take_long_is_read_at_once(hostile: str) -> None:
    header = "From: MAILER-DAEMON@x.example\nSubject: Undelivered\n\n"
    assert reading({"mail": header + hostile}).kind is Kind.BOUNCE
