"""Bytes into the tree of parts, delimiter by delimiter, and no further than a tree may grow.

Decides where a part begins and ends (RFC 2046 section 5.1.1). The tree is the one that the
standard library's parser builds, of damaged mails and with its defects, too; a test holds the two
side by side (docs/adr/0025). The surprising fact: that parser compares each line with the delimiter
of each open multipart, so most of its time goes to base64. But the delimiter of a multipart ends
all that is inside: a part never reaches beyond it, and one search finds it.
"""

import re
from email import errors
from email.message import Message as Node
from email.policy import compat32
from typing import NamedTuple

from gateway.ingest.parse_limits import MAX_DEPTH, MAX_NODES

# A line ends with CR LF, LF or CR, and at the end of the mail.
_HEADER = re.compile(  # some lines of it: what is repeated without end is remembered as often
    rb"(?:(?:From |[!-9;-~]*:|[ \t])[^\r\n]*(?:\r\n?|\n|\Z)){1,100}"
)
_END_OF_FIELD = re.compile(r"(?:\r\n|\r(?!\n)|\n)(?![ \t])|\Z")
_NAME = re.compile(r"([!-9;-~]+):[ \t]*")
_LINE = re.compile(r"[^\r\n]+(?:\r\n?|\n|\Z)")
_BREAK = re.compile(rb"\r\n?|\n")
_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?=[\r\n])")
_REST_OF_DELIMITER = re.compile(rb"(--)?[ \t]*(?:\r\n?|\n|\Z)")


class _Delimiter(NamedTuple):
    """The line that begins at `start`; the next one begins at `end`."""

    start: int
    end: int
    closes: bool


class _Full(Exception):
    """The tree is as large as it may be; what was cut."""


def tree_of(mail: bytes, max_nodes: int = MAX_NODES) -> tuple[Node, tuple[str, ...]]:
    """The tree, and what was cut. Raises RecursionError on a thousand mails inside each other."""
    root = Node(compat32)
    try:
        _Mail(mail, max_nodes).read(root, 0, len(mail))
    except _Full as full:
        return root, (str(full),)
    is_without_parts = root.defects and not root.is_multipart()  # each such has a defect already
    if is_without_parts and root.get_content_maintype() == "multipart":
        root.defects.append(errors.MultipartInvariantViolationDefect())
    return root, ()


class _Mail:
    """The bytes, of which each node is told where it begins and ends: at heads of lines."""

    def __init__(self, mail: bytes, max_nodes: int) -> None:
        self._mail: bytes | bytearray = mail
        self._max_nodes = max_nodes
        self._made = 1
        self._open = 0  # multiparts around the place that is read

    def read(self, node: Node, start: int, end: int, *, is_part: bool = False) -> None:
        """Everything between into the node. The last line break of a part is its delimiter's."""
        start = self._read_header(node, start, end)
        kind = node.get_content_type()
        if kind == "message/delivery-status":
            self._read_groups(node, start, end, is_part=is_part)
        elif kind.startswith("message/"):
            self.read(self._below(node, start), start, end, is_part=is_part)
        elif kind.startswith("multipart/"):
            self._read_multipart(node, start, end, is_part=is_part)
        else:
            node.set_payload(self._text(start, self._break_before(start, end) if is_part else end))

    def _below(self, above: Node, at: int) -> Node:
        if self._made >= self._max_nodes:
            raise _Full(f"cut: {len(self._mail) - at} bytes behind {self._max_nodes} parts")
        self._made += 1
        node = Node(compat32)
        above.attach(node)
        return node

    def _read_header(self, node: Node, start: int, end: int) -> int:
        """Where the body begins."""
        at = start
        while at < end and (fields := _HEADER.match(self._mail, at, end)):
            at = fields.end()
        blank = _BREAK.match(self._mail, at, end)
        if at < end and not blank:
            node.defects.append(errors.MissingHeaderBodySeparatorDefect())
        after = blank.end() if blank else at
        block, begun = self._text(start, at), 0
        for ended in _END_OF_FIELD.finditer(block):
            name = _NAME.match(block, begun, ended.start())
            if name:
                node.set_raw(name[1], block[name.end() : ended.start()])
            for found in () if name else _LINE.finditer(block, begun, ended.end()):
                line, is_last = found[0], found.end() == len(block)
                if line.startswith("From ") and found.start() > 0 and is_last:
                    return self._exchanged(at - len(line), at, after)
                _read_stray(node, line, is_first=found.start() == 0)
            begun = ended.end()
        return after

    def _exchanged(self, start: int, middle: int, end: int) -> int:
        """A From line right above the blank line is the first of the body: they change places.

        Only where its CR comes to stand before an LF is the tree not quite the library's.
        """
        if isinstance(self._mail, bytes):
            self._mail = bytearray(self._mail)
        self._mail[start:end] = self._mail[middle:end] + self._mail[start:middle]
        return start + end - middle

    def _read_groups(self, node: Node, start: int, end: int, *, is_part: bool) -> None:
        """RFC 3464 section 2.1: a delivery report is groups of fields, a blank line after each."""
        while True:
            stop = self._blank_line(start, end)
            blank = _BREAK.match(self._mail, stop, end)
            after = blank.end() if blank else end
            self.read(self._below(node, start), start, stop, is_part=is_part and after == end)
            if after == end:
                return
            start = after

    def _blank_line(self, start: int, end: int) -> int:
        if self._mail[start : start + 1] in (b"\r", b"\n"):
            return start
        found = _BLANK_LINE.search(self._mail, start, end)
        return found.end() if found else end

    def _read_multipart(self, node: Node, start: int, end: int, *, is_part: bool) -> None:
        boundary = node.get_boundary()
        if boundary is None:
            node.defects.append(errors.NoBoundaryInMultipartDefect())
            node.set_payload(self._text(start, end))
            return
        encoding = str(node.get("content-transfer-encoding", "8bit")).lower()
        if encoding not in ("7bit", "8bit", "binary"):  # RFC 2045 section 6.4
            node.defects.append(errors.InvalidMultipartContentTransferEncodingDefect())
        dashes = _dashes(boundary)
        first = self._delimiter(dashes, start, end)
        if first is None or first.closes:
            node.defects.append(errors.StartBoundaryNotFoundDefect())
            node.set_payload(self._text(start, first.start if first else end))
            node.epilogue = None if is_part else ""
            return
        if start < first.start:
            node.preamble = self._text(start, self._break_before(start, first.start))
        after = self._read_parts(node, dashes, first, end)
        if after is None:
            node.defects.append(errors.CloseBoundaryNotFoundDefect())
        elif not is_part:
            node.epilogue = self._text(after, end)
        elif after < end:
            node.epilogue = self._text(after, self._break_before(after, end))

    def _read_parts(self, node: Node, dashes: bytes, first: _Delimiter, end: int) -> int | None:
        """Where the epilogue begins; None where no delimiter closes the multipart."""
        self._open += 1
        if self._open > MAX_DEPTH:
            raise _Full(f"cut: more than {MAX_DEPTH} parts inside each other")
        is_digest = node.get_content_type() == "multipart/digest"
        found: _Delimiter | None = first
        while found and not found.closes:
            start = found.end
            found = self._delimiter(dashes, start, end)
            while found and found.start == start:  # one right below another is no part
                start = found.end
                found = self._delimiter(dashes, start, end)
            part = self._below(node, start)
            if is_digest:  # RFC 2046 section 5.1.5
                part.set_default_type("message/rfc822")
            self.read(part, start, found.start if found else end, is_part=True)
        self._open -= 1
        return found.end if found else None

    def _delimiter(self, dashes: bytes, start: int, end: int) -> _Delimiter | None:
        """The next one; `start` and `end` are heads of lines."""
        at = self._mail.find(dashes, start, end) if dashes else -1
        if at < 0:
            return None
        is_head = self._mail[at - 1] in b"\r\n"  # there is a byte: a multipart has a header
        rest = _REST_OF_DELIMITER.match(self._mail, at + len(dashes), end) if is_head else None
        if rest is None:  # only looks like it, and there may be a million more that do
            rest = _exactly(dashes).search(self._mail, at, end)
            if rest is None:
                return None
            at = rest.start()
        return _Delimiter(at, rest.end(), rest[1] is not None)

    def _break_before(self, start: int, end: int) -> int:
        """`end`, or where the line break begins that stands right before it."""
        last = bytes(self._mail[max(start, end - 2) : end])
        return end - (2 if last == b"\r\n" else last.endswith((b"\r", b"\n")))

    def _text(self, start: int, end: int) -> str:
        return str(memoryview(self._mail)[start:end], "ascii", "surrogateescape")


def _dashes(boundary: str) -> bytes:
    """What a delimiter begins with; empty where no line can."""
    try:
        dashes = f"--{boundary}".encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return b""
    return b"" if _BREAK.search(dashes) else dashes


def _exactly(dashes: bytes) -> re.Pattern[bytes]:
    """The whole line. It begins with what it looks for and then looks back: so it is quick."""
    known = re.escape(dashes)
    return re.compile(known + rb"(?<![^\r\n]" + known + rb")" + _REST_OF_DELIMITER.pattern)


def _read_stray(node: Node, line: str, *, is_first: bool) -> None:
    """A line of the header that is no field."""
    if line[0] in " \t":
        node.defects.append(errors.FirstHeaderLineIsContinuationDefect(line))
    elif line[0] == ":":
        node.defects.append(errors.InvalidHeaderDefect("Missing header name."))
    elif is_first:
        node.set_unixfrom(line.rstrip("\r\n"))
    else:
        node.defects.append(errors.MisplacedEnvelopeHeaderDefect(line))
