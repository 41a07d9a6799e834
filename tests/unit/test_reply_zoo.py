"""Replies of many mail programs and languages: what is new in each is found, and no more."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from support.hostile import reading_of

REPLIES = Path(__file__).parent.parent / "golden" / "replies.toml"
CASES: dict[str, dict[str, Any]] = tomllib.loads(REPLIES.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_new_text_of_a_reply_is_found(name: str) -> None:
    case = CASES[name]
    kind, body = ("html", case["html"]) if "html" in case else ("plain", case["text"])
    header = (
        f"From: ann@customer.example\nSubject: {case.get('subject', 'Re: Printer')}\n"
        f"Message-ID: <{name}@customer.example>\nIn-Reply-To: <t@desk.example>\n"
        f"Content-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    )
    assert reading_of(f"{header}{body}".encode()).new_text.strip() == case["new"].strip()
