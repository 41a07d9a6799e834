"""Base64 taken out of a mail before a parser reads it line by line, and put back after.

Decides nothing about meaning: the tree is the one the parser would have built. The
surprising fact: the standard library takes ten times as long for the lines of one
attachment as for all the rest of the mail, and no line of base64 can be a boundary or a field.
"""

import re
from collections.abc import Iterator
from email.message import Message as Node

MIN_BYTES = 4096  # of a block; a shorter one is read sooner than found

MIN_LINE = 20  # letters of a line in the mean

# Where one may begin: below an empty line, so never in a header. RFC 2045 section 6.8 asks for
# lines of at most 76 letters, and every program writes at least 60.
_BEGIN = re.compile(rb"\n\r?\n[A-Za-z0-9+/]{60}")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NAME = b"base64~block~"
_NUMBERED = re.compile(f"{_NAME.decode()}([0-9]{{1,9}})~")

Blocks = tuple[tuple[int, int], ...]  # where each stands in the mail


def set_aside(mail: bytes) -> tuple[bytes, Blocks]:
    """The mail with a short line in the place of each long block of base64, and the blocks.

    A mail that has our short line already stays as it is.
    """
    blocks = tuple(_blocks(mail))
    if not blocks or _NAME in mail:
        return mail, ()
    pieces, at = [], 0
    for number, (start, end) in enumerate(blocks):
        pieces += [mail[at:start], _NAME, b"%d~" % number]
        at = end
    return b"".join((*pieces, mail[at:])), blocks


def _blocks(mail: bytes) -> Iterator[tuple[int, int]]:
    """Each from its first letter to its last, if nothing else stands before the next hyphen."""
    at = 0
    while len(mail) - at > MIN_BYTES and (begin := _BEGIN.search(mail, at)):
        start = begin.end() - 60
        at = mail.find(b"-", start)
        at = len(mail) if at < 0 else at
        block = mail[start:at].rstrip(b"\r\n")
        breaks = block.translate(None, _ALPHABET)
        few = len(breaks) * MIN_LINE <= len(block)  # the parser counts lines, and not these
        if len(block) >= MIN_BYTES and few and not breaks.strip(b"\r\n"):
            yield start, start + len(block)


def put_back(tree: Node, mail: bytes, blocks: Blocks) -> None:
    """The blocks of that mail into its tree again, each in its place."""
    if not blocks:
        return
    view, name = memoryview(mail), _NAME.decode("ascii")

    def block(found: re.Match[str]) -> str:
        start, end = blocks[int(found[1])]
        return str(view[start:end], "ascii")

    for node in tree.walk():
        for place in ("_payload", "preamble", "epilogue"):
            text = vars(node).get(place)  # get_payload() would look for a charset first
            if isinstance(text, str) and name in text:
                setattr(node, place, _NUMBERED.sub(block, text))
