"""What the name system (DNS) is asked: a function that is handed in, and how much it may cost.

Who checks a mail gets a `Lookup` and never sees a socket; a test hands in a table. The
surprising fact: no such name and no such record are one and the same empty answer, while a
server that says nothing raises, for then nobody knows.
"""

import time
from collections.abc import Callable

Lookup = Callable[[str, str], tuple[str, ...]]
"""Name and type (TXT, A, AAAA, MX, PTR) to what is recorded, () where nothing is. A TXT is one
text, its pieces joined; an MX is "10 mx.example.com". Raises Unanswered, and nothing else."""


class Unanswered(Exception):
    """Nobody answered for now, or we have asked enough; the text says which."""


def unasked(name: str, kind: str) -> tuple[str, ...]:
    """For whoever must not ask: `parse`, which reads a file and nothing else."""
    raise Unanswered(f"{kind} of {name} was not asked for")


class Limited:
    """The questions of one mail: no more than `most`, and none after `seconds`.

    A sender chooses which names we ask for, and how slowly their server answers.
    """

    def __init__(
        self,
        lookup: Lookup,
        *,
        most: int,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lookup = lookup
        self._left = most
        self._clock = clock
        self._until = clock() + seconds
        self._answers: dict[tuple[str, str], tuple[str, ...]] = {}

    def __call__(self, name: str, kind: str) -> tuple[str, ...]:
        """As `Lookup`; the same question is asked once."""
        name = name.rstrip(".").lower()
        if (name, kind) in self._answers:
            return self._answers[name, kind]
        if self._left <= 0:
            raise Unanswered("more questions to the DNS than one mail may cause")
        if self._clock() >= self._until:
            raise Unanswered("the DNS took longer than one mail may take")
        self._left -= 1
        answer = self._answers[name, kind] = self._lookup(name, kind)
        return answer
