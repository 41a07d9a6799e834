"""The header as it came, and which fields in it only our own servers can have written.

Every server puts its fields on top of what it was given. So all that stands above the
Received of our border was written by our servers, and all below it may be the stranger's: an
Authentication-Results with our name, or Received fields as of our servers, to seem above them.
Therefore Received fields are counted from the top and never recognised by what they say.

- `hops` is the number of our own Received fields. Where a mail has fewer, nothing counts.
- Above (RFC 8601 section 4.1, Exchange Online, milters from 2026 on): fields above the last of
  ours. Only the topmost place between two Received fields that has one counts: should a mail
  have fewer hops than we think, the border's own field still stands above the stranger's.
- Below (Gmail; OpenDKIM, OpenDMARC and rspamd as milters of Postfix, which insert at index 1):
  the first so many fields directly below it. The stranger's may follow at once, so the run
  is counted as well; whatever stands there takes its place, also under a name we do not trust.

What remains: a border that writes no field of its own leaves its place to the stranger. It
must write one for every mail, and take away those with its own name (RFC 8601 section 5).
The surprising fact: a lone CR ends a line for some programs, so a header with one proves
nothing: two programs would read two senders.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gateway.ingest.auth_results import AuthResults, read_results
from gateway.ingest.parse_limits import MAX_HEADER_BYTES

RESULTS_FIELD = "authentication-results"
MAX_FIELDS = 2_000
MAX_HEADER_LINES = 10_000  # dkimpy takes the square of a folded field

# what servers insert beside their results, in the same place
_BESIDE = re.compile(r"received-spf|arc-[a-z-]{1,40}|dkim-filter|dmarc-filter|x-[a-z0-9-]{1,60}")

_NAME = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,200})[ \t]*:")  # RFC 5322 section 3.6.8, 4.5.8

Field = tuple[str, str]
IsOurs = Callable[[AuthResults], bool]


@dataclass(frozen=True, slots=True)
class Header:
    """The fields in order: names in lower case, values unfolded and otherwise untouched.

    `odd` says why two programs may read this header differently; "" when they will not.
    """

    fields: tuple[Field, ...]
    odd: str = ""

    def values(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.fields if key == name)


def header_of(raw: bytes) -> Header:
    """The header block of a raw mail. Never raises."""
    if raw.startswith(b"From "):  # RFC 4155: the line on top of an mbox entry
        raw = raw.partition(b"\n")[2]
    fields: list[tuple[str, list[str]]] = []
    odd = ""
    for number, line in enumerate(_lines(raw)):
        if number >= MAX_HEADER_LINES:
            odd = odd or "too many lines"
            break
        if b"\r" in line or b"\0" in line:
            odd = odd or "a lone CR or a NUL in the header"
        text = line.decode("utf-8", "surrogateescape")
        name = _NAME.match(line)
        if line[:1] in b" \t" and fields:
            fields[-1][1].append(text)
        elif name and len(fields) < MAX_FIELDS:
            fields.append((name[1].decode("ascii").lower(), [text[name.end() :]]))
        else:
            odd = odd or ("too many fields" if name else "a line in the header that is no field")
            break
    else:
        if len(raw) >= MAX_HEADER_BYTES and not _ends(raw[:MAX_HEADER_BYTES]):
            odd = odd or "a header that is too long"
    return Header(tuple((name, "".join(parts)) for name, parts in fields), odd)


def _ends(block: bytes) -> bool:
    return b"\n\n" in block or b"\n\r\n" in block


def _lines(raw: bytes) -> Iterator[bytes]:
    """Lines up to the empty one that ends the header. Only LF and CRLF end a line."""
    for line in raw[:MAX_HEADER_BYTES].split(b"\n"):
        line = line.removesuffix(b"\r")
        if not line:
            return
        yield line


def believed(
    fields: Sequence[Field], servers: frozenset[str], *, unnamed: bool, hops: int, below: int
) -> tuple[AuthResults, ...]:
    """The Authentication-Results that servers of ours wrote, from the top.

    `servers` are their authserv-ids in lower case; `unnamed`: fields without one count too.
    """
    places = [at for at, (name, _) in enumerate(fields) if name == "received"]
    if len(places) < hops:
        return ()
    border = places[hops - 1]

    def is_ours(found: AuthResults) -> bool:
        # one that cannot be read may be ours, so that nothing further down takes its place
        return found.server in servers if found.server else unnamed or bool(found.defect)

    if below:
        return tuple(filter(is_ours, _directly_below(fields[border + 1 :], below)))
    return _topmost(fields[:border], is_ours)


def _directly_below(fields: Sequence[Field], most: int) -> Iterator[AuthResults]:
    left = most
    for name, value in fields:
        if name == RESULTS_FIELD:
            yield read_results(value)
            left -= 1
        elif not _BESIDE.fullmatch(name):
            return
        if left <= 0:
            return


def _topmost(fields: Sequence[Field], is_ours: IsOurs) -> tuple[AuthResults, ...]:
    found: list[AuthResults] = []
    for name, value in fields:
        if name == "received" and found:
            break
        if name == RESULTS_FIELD and is_ours(read := read_results(value)):
            found.append(read)
    return tuple(found)
