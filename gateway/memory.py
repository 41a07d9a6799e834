"""Remember what short texts gave: one desk's mail says few different things in its fields."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

MAX_TEXTS = 1_024
MAX_LETTERS = 1_000  # of a text that is remembered, so that strangers cannot fill the memory

_Found = TypeVar("_Found")


def remembering(function: Callable[[str], _Found]) -> Callable[[str], _Found]:
    """The function of one text, asked once for a short one that comes again. What it gives must
    not be changed by anybody.

    >>> remembering(str.upper)("a" * 2_000) == "A" * 2_000
    True
    """
    kept = lru_cache(maxsize=MAX_TEXTS)(function)

    @wraps(function)
    def asked(text: str) -> _Found:
        return kept(text) if len(text) <= MAX_LETTERS else function(text)

    return asked
