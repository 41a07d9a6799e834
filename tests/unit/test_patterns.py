"""Regular expressions mean the same to every Python that we say we run on."""

import re
from pathlib import Path

import pytest

import gateway

ATOMIC = re.compile(r"\)[*+?]\+|\)\{[\d,]+\}\+|\(\?>")


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        (r'"(?:a|b)*+"', True),
        (r'"(a)++"', True),
        (r'"(?:ab){2,}+"', True),
        (r'"(?>ab)"', True),
        (r'"[ab]*+c"', False),
        (r'"(?:a|b)* \+"', False),
    ],
)
def test_what_is_looked_for_is_found(line: str, is_one: bool) -> None:
    assert bool(ATOMIC.search(line)) == is_one


def test_no_group_is_repeated_possessively() -> None:
    """Python up to 3.11.4, and so that of Debian 12, may go on from the middle of a repetition
    that did not fit: https://github.com/python/cpython/issues/106052. One letter's is fine."""
    files = Path(gateway.__file__).parent.rglob("*.py")
    found = [
        f"{file.name}:{number}: {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if ATOMIC.search(line) and '"' in line
    ]
    assert found == []
