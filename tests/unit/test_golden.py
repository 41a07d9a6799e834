"""Golden mails: each folder is a mail as received, named by what is odd about it, and what
a person finds in it. `expect.toml` holds only what the case is about.
"""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.message import Envelope, Source
from gateway.reading import as_json, read

GOLDEN = Path(__file__).parent.parent / "golden"
CASES = sorted(path.parent for path in GOLDEN.glob("*/mail.eml"))


def found_in(case: Path, mail_from: str) -> dict[str, Any]:
    envelope = Envelope(
        mail_from=mail_from,
        rcpt_to=("support@desk.example",),
        received_at=datetime(2026, 2, 2, 12, tzinfo=UTC),
        source=Source.SMTP,
    )
    raw = (case / "mail.eml").read_bytes()
    reading = read(
        raw, envelope, own_addresses=frozenset({"support@desk.example"}), own_desk="desk.example"
    )
    found = as_json(reading)
    found["attachments"] = [
        f"{file.filename} {file.content_type} {file.size_bytes}"
        for file in reading.message.attachments
    ]
    found["files"] = [file.filename for file in reading.message.files]
    found["inline"] = [file.filename for file in reading.message.attachments if file.inline]
    found["author"] = str(reading.message.author)
    found["degraded"] = reading.message.degraded
    found["defects"] = list(reading.message.defects)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_mail_is_read_as_a_person_reads_it(case: Path) -> None:
    expect = tomllib.loads((case / "expect.toml").read_text(encoding="utf-8"))
    found = found_in(case, expect.pop("mail_from", "ann@customer.example"))
    assert {name: found[name] for name in expect} == expect


def test_every_golden_folder_is_a_case() -> None:
    folders = {path for path in GOLDEN.iterdir() if path.is_dir()}
    assert folders == set(CASES)
    assert all((case / "expect.toml").exists() for case in CASES)
