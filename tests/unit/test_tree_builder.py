"""The tree is the one that the standard library builds, whatever is odd or broken in a mail."""

import base64
import random
import tracemalloc
from email import message_from_bytes
from email.message import Message as Node
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ingest.tree_builder import MAX_DEPTH, MAX_NODES, tree_of
from support.hostile import damaged, golden_mails

HEAD = b'From: a@x.example\nContent-Type: multipart/mixed; boundary="b"\n\n'
PART = b"--b\nContent-Type: text/plain\n\n"
MAIL = b"--b\nContent-Type: message/rfc822\n\n"
BLOCK = base64.encodebytes(bytes(range(256)) * 4)
REPORT = b"--b\nContent-Type: message/delivery-status\n\n"
INNER = b"--b\nContent-Type: multipart/alternative; boundary=bb\n\n"
DIGEST = b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\nHello\n--b--\n"

MAILS = {
    "nothing at all": b"",
    "no header": b"\n\nHello\n",
    "no body": b"Subject: x",
    "a body right below the header": b"Subject: x\nHello\n\nyou\n",
    "one part": HEAD + PART + BLOCK + b"--b--\n",
    "two parts": HEAD + PART + BLOCK + PART + BLOCK + b"--b--\n",
    "before the first and behind the last": HEAD + b"before\n\n" + PART + b"in\n--b--\n\nbehind\n",
    "one empty line before the first": HEAD + b"\n" + PART + b"in\n--b--",
    "never closed": HEAD + PART + BLOCK,
    "never begun": HEAD + b"Hello\n",
    "closed and never begun": HEAD + b"Hello\n--b--\nbehind\n",
    "closed right below a delimiter": HEAD + b"--b\n--b--\n" + PART + b"in\n--b--\n",
    "delimiters below each other": HEAD + b"--b\n--b\n" + PART + b"in\n--b--\n",
    "no boundary": b"Content-Type: multipart/mixed\n\n--b\n\nHello\n--b--\n",
    "an empty boundary": b"Content-Type: multipart/mixed; boundary=\n\n--\n\nHello\n----\nend\n",
    "a boundary over two lines": b'Content-Type: multipart/mixed; boundary="b\n c"\n\n--b\n c\n\nx',
    "a boundary beyond ASCII": (
        b"Content-Type: multipart/x; boundary=\xe9\n\n--\xe9\n\nx\n--\xef\xbf\xbd\n\ny\n"
    ),
    "an encoded boundary": (
        b"Content-Type: multipart/mixed; boundary*=utf-7''+3OkAYg-\n\n--\xe9b\n\nx\n--\xe9b--\n"
    ),
    "blanks behind a delimiter": HEAD + b"--b \t\n\nin\n--b-- \nbehind",
    "longer than its delimiter": HEAD + PART + b"--bb\n --b\nx--b\n--b-\n--b---\n--b x\n--b--\n",
    "an encoded multipart": b"Content-Transfer-Encoding: base64\n" + HEAD + PART + b"in\n--b--\n",
    "one inside of another": HEAD + INNER + b"--bb\n\nin\n--bb--\n\nbehind\n--b--\n",
    "one not closed inside of another": HEAD + INNER + b"--bb\n\nin\n--b\n\nout\n--bb--\n--b--\n",
    "one never begun inside of another": HEAD + INNER + b"Hello\n--b--\n",
    "one of the same boundary inside": HEAD + b"--b\n" + HEAD + PART + b"in\n--b--\n--b--\n",
    "a digest": DIGEST,
    "an attached mail": HEAD + MAIL + HEAD + PART + b"in\n--b--\nbehind\n--b--\n",
    "attached mails": HEAD + MAIL + b"Subject: x\n\nHello\n" + MAIL + b"Subject: y\n" + b"--b--\n",
    "a mail for a mail": b"Content-Type: message/rfc822\n\n" * 3 + b"Subject: x\n\nHello\n",
    "a report": HEAD + REPORT + b"A: b\n\nC: d\n e\n\n\nF: g\n--b--\n",
    "a report with an end": HEAD + REPORT + b"A: b\n\nno field\n\n--b--\n",
    "a report and nothing else": b"Content-Type: message/delivery-status\n\nA: b\r\n\r\nC: d",
    "a report without groups": HEAD + REPORT + b"--b--\n",
    "a From line on top": b"From a@x.example Mon Jan  1\nSubject: x\n\nHello\n",
    "a From line among the fields": b"Subject: x\nFrom a\n y\nTo: z\n\nHello\n",
    "a From line as the last field": b"Subject: x\nFrom a\n\nHello\n",
    "a From line above a mail": b"Content-Type: message/rfc822\nFrom a\r\n\nTo: z\n\nHello\n",
    "a From line above parts": HEAD[:-1] + b"From a\n\n" + PART + b"in\n--b--\n",
    "a header that begins with a blank": b" x\n\ty\nSubject: z\n\nHello\n",
    "a field without a name": b"Subject: x\n: y\n z\nTo: a\n\nHello\n",
    "fields with nothing in them": b"A:\nB: \n \n\t\nC:  \t d \n\nHello\n",
    "separators that end no line": b"Subject: x\x0by\x0c\x1cz\x85\n\n--b\x0b\n",
    "bytes beyond ASCII": HEAD + b"--b\nSubject: \xe9\xff\n\n\xe2\x80\xa8\x80\n--b--\n",
}  # fmt: skip
LINES = (
    b"", b"", b"--b", b"--b", b"--b--", b"--bb", b"--bb--", b"--b--bb", b"--b \t", b"--b-- ", b"--",
    b"---", b"Subject: x", b" folded", b": no name", b"Hello", b"--bx", b" --b", b"\xe9\x0b\x85",
    b"Content-Type: multipart/mixed; boundary=b", b'Content-Type: multipart/digest; boundary="bb "',
    b"Content-Type: multipart/mixed; boundary=b--", b"Content-Type: multipart/mixed; boundary=",
    b"Content-Type: multipart/mixed", b"Content-Type: message/rfc822", b"Content-Type: message/x",
    b"Content-Type: message/delivery-status", b"Content-Transfer-Encoding: base64", b"\x00",
)  # fmt: skip
ENDS = (b"\n", b"\r\n", b"\r")

ANY_LINE = st.one_of(
    st.builds(lambda line, end: line + end, st.sampled_from(LINES), st.sampled_from(ENDS)),
    st.sampled_from((b"From a\n", b"From a\r\n", HEAD, PART, MAIL, INNER, REPORT, DIGEST)),
    st.binary(max_size=8).map(lambda some: some.replace(b"From ", b"")),
)
ANY_MAIL = st.builds(
    lambda head, lines: head + b"".join(lines),
    st.sampled_from((HEAD, HEAD, HEAD, DIGEST, b"")),
    st.lists(ANY_LINE, max_size=30),
)


def shape(node: Node) -> dict[str, Any]:
    """Everything in a node, and in those below."""
    given = vars(node)
    payload = given["_payload"]
    below = [shape(each) for each in payload] if isinstance(payload, list) else payload
    defects = [(type(each), str(each)) for each in node.defects]
    return {**given, "_payload": below, "defects": defects}


@pytest.mark.parametrize("end", ENDS, ids=("LF", "CRLF", "CR"))
@pytest.mark.parametrize("name", MAILS)
def test_tree_is_the_one_the_standard_library_builds(name: str, end: bytes) -> None:
    mail = MAILS[name].replace(b"\n", end)
    assert shape(tree_of(mail)[0]) == shape(message_from_bytes(mail))


@settings(max_examples=500, deadline=None)
@given(ANY_MAIL)
def test_tree_of_any_lines_is_the_one_the_standard_library_builds(mail: bytes) -> None:
    assert shape(tree_of(mail)[0]) == shape(message_from_bytes(mail))


def test_tree_of_a_damaged_mail_is_the_one_the_standard_library_builds() -> None:
    rng, mails = random.Random(1), [*golden_mails(), *filter(None, MAILS.values())]
    for _ in range(1_000):
        mail = damaged(rng, mails)
        assert shape(tree_of(mail)[0]) == shape(message_from_bytes(mail))


def test_bytes_that_are_given_stay_as_they_are() -> None:
    mail = MAILS["a From line as the last field"]
    before = bytes(bytearray(mail))
    tree_of(mail)
    assert mail == before


def test_tree_ends_at_the_last_node_it_may_have_and_tells_what_is_behind() -> None:
    behind = b"\nx\n--b--\n"
    tree, cut = tree_of(HEAD + b"--b\n\nx\n" * (MAX_NODES - 1) + b"--b\n" + behind)
    assert len(list(tree.walk())) == MAX_NODES
    assert cut == (f"cut: {len(behind)} bytes behind {MAX_NODES} parts",)
    assert tree_of(HEAD + b"--b\n\nx\n" * (MAX_NODES - 1) + b"--b--\n")[1] == ()


@pytest.mark.parametrize("field", ["boundary=%d", 'boundary="%d "', "boundary*0=%d"])
def test_tree_ends_where_a_multipart_opens_that_has_too_many_around_it(field: str) -> None:
    def nested(levels: int) -> bytes:
        opened = f"Content-Type: multipart/mixed; {field}\n\n--%d\n"
        return "".join(opened % (n, n) for n in range(levels)).encode() + b"\nHello\n"

    tree, cut = tree_of(nested(MAX_DEPTH))
    assert (shape(tree), cut) == (shape(message_from_bytes(nested(MAX_DEPTH))), ())
    tree, cut = tree_of(nested(1_000))
    assert len(list(tree.walk())) == MAX_DEPTH + 1
    assert cut == (f"cut: more than {MAX_DEPTH} parts inside each other",)


def test_depth_is_of_what_is_open_and_not_of_all_that_was() -> None:
    mail = HEAD + (INNER + b"--bb\n\nin\n--bb--\n") * (2 * MAX_DEPTH) + b"--b--\n"
    tree, cut = tree_of(mail)
    assert (shape(tree), cut) == (shape(message_from_bytes(mail)), ())


@pytest.mark.parametrize("lines", [b"X: y\r\n" * 50_000, b"X: y\r\n" + b" z\r\n" * 75_000])
def test_a_long_header_takes_room_for_itself_alone(lines: bytes) -> None:
    """An expression that repeats a group remembers each time, at a hundred bytes a line."""
    tracemalloc.start()
    tree_of(lines + b"\r\nHello")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * len(lines)
