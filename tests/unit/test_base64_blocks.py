"""Base64 set aside and put back: nobody can tell the tree from the one that read every line."""

import base64
import random
from email import message_from_bytes
from email.message import Message as Node

import pytest

from gateway.ingest.base64_blocks import MIN_BYTES, put_back, set_aside
from support.hostile import damaged, golden_mails

BLOCK = base64.encodebytes(bytes(range(256)) * 40)
HEAD = b'From: a@x.example\nContent-Type: multipart/mixed; boundary="b"\n\n'
PART = b"--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n"
MAILS = {
    "one file": HEAD + PART + BLOCK + b"--b--\n",
    "two files": HEAD + PART + BLOCK + PART + BLOCK + b"--b--\n",
    "CRLF": (HEAD + PART + BLOCK + b"--b--\n").replace(b"\n", b"\r\n"),
    "no end": HEAD + PART + BLOCK.rstrip(),
    "no multipart": b"Content-Transfer-Encoding: base64\n\n" + BLOCK,
    "in an attached mail": HEAD + b"--b\nContent-Type: message/rfc822\n\n" + HEAD + PART + BLOCK,
    "before the first boundary": HEAD + BLOCK + PART + b"QUJD\n--b--\n",
    "behind the last boundary": HEAD + PART + b"QUJD\n--b--\n\n" + BLOCK,
    "no header": b"\n\n" + BLOCK,
    "a hyphen in the last line": HEAD + PART + BLOCK + b"QUJD-QUJD\n--b--\n",
    "lines after a blank one": HEAD + PART + BLOCK + b"\n" + BLOCK + b"--b--\n",
    "our own short line": HEAD + PART + b"base64~block~0~\n" + BLOCK + b"--b--\n",
}


def shape(tree: Node) -> list[object]:
    return [
        (node.raw_items and list(node.raw_items()), node.preamble, node.epilogue,
         None if node.is_multipart() else node.get_payload())
        for node in tree.walk()
    ]  # fmt: skip


def rebuilt(mail: bytes) -> Node:
    short, blocks = set_aside(mail)
    tree = message_from_bytes(short)
    put_back(tree, mail, blocks)
    return tree


@pytest.mark.parametrize("name", MAILS)
def test_tree_is_the_one_the_parser_would_have_built(name: str) -> None:
    mail = MAILS[name]
    assert shape(rebuilt(mail)) == shape(message_from_bytes(mail))


def test_tree_of_a_damaged_mail_is_the_same_too() -> None:
    rng, mails = random.Random(1), [*golden_mails(), *MAILS.values()]
    for _ in range(500):
        mail = damaged(rng, mails).lstrip(b"\r\n")
        assert shape(rebuilt(mail)) == shape(message_from_bytes(mail))


def test_long_block_is_set_aside_and_a_short_one_is_not() -> None:
    assert len(set_aside(MAILS["one file"])[0]) < 300
    short = HEAD + PART + BLOCK[: MIN_BYTES // 2] + b"\n--b--\n"
    assert set_aside(short) == (short, ())


def test_line_breaks_without_end_are_no_block() -> None:
    mail = b"X: y\n\n" + b"A" * 60 + b"\n" * 100_000 + b"A"
    assert set_aside(mail) == (mail, ())
