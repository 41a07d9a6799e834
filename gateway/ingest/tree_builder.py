"""Bytes into the tree of parts, piece by piece, and no further than a tree may grow.

The standard library's parser does the work. The surprising fact: its one-call entry holds the
mail six times over before it reads the first line, five of them in a buffer of four bytes a
letter; fed in pieces it never does. And a node costs a kilobyte, however small its part.
"""

from email.feedparser import BytesFeedParser
from email.message import Message as Node
from email.policy import Compat32, compat32

MAX_NODES = 3_000  # parts, multiparts and attached mails; what is behind them is cut
_PIECE = 64 * 1024


class _Nodes:
    """Makes the nodes of one tree, and counts them."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, policy: Compat32 = compat32) -> Node:
        self.made += 1
        return Node(policy)


def tree_of(mail: bytes) -> tuple[Node, tuple[str, ...]]:
    """The tree, and what was cut. Raises RecursionError on a thousand parts inside each other."""
    nodes = _Nodes()
    parser = BytesFeedParser(nodes)
    for at in range(0, len(mail), _PIECE):
        if nodes.made > MAX_NODES:
            return parser.close(), (f"cut: {len(mail) - at} bytes behind {MAX_NODES} parts",)
        parser.feed(mail[at : at + _PIECE])
    return parser.close(), ()
