"""Header fields and MIME parts as octets, 7-bit clean. RFC 5322, RFC 2045.

What is plain is written as it is; whatever needs quoting, encoding or folding is left to the
library, and kept for the next mail. The surprising fact: the library takes 1.8 ms to write a
mail of a dozen fields and two texts, twice the time that reading a mail takes.
"""

import re
from binascii import b2a_qp
from collections.abc import Sequence
from email import headerregistry
from email.charset import QP, Charset
from email.message import EmailMessage
from email.policy import SMTP
from email.quoprimime import header_encode
from functools import lru_cache
from itertools import groupby, repeat

from gateway.message import Address

# email.policy.SMTP encodes identifiers of 78 characters and more as if they were words
# (=?utf-8?q?...), which breaks the thread at their reader. RFC 5322 section 2.1.1: 998.
MAX_LINE = 998
_POLICY = SMTP.clone(max_line_length=MAX_LINE)
_UTF8 = _POLICY.clone(utf8=True)

MARK = b"\0"  # in no encoded text
SOFT_BREAK = b"=\r\n"  # RFC 2045 section 6.7, rule 5: none at all to whoever decodes it

_QUOTED_LINE = 76  # RFC 2045 section 6.7, rule 5
_ENCODED_WORD = 75  # RFC 2047 section 2
_WORDS = Charset("utf-8")
_WORDS.header_encoding = QP  # of which a part is read even where nothing decodes it
_PLAIN = re.compile(r"(?!.*=\?)[!-~](?:[ -~]*[!-~])?")
_ATOMS = re.compile(r"[A-Za-z0-9'_+-]+(?: [A-Za-z0-9'_+-]+)*")  # RFC 5322 section 3.2.3
_QUOTABLE = re.compile(r"(?!.*=\?)[!#-\[\]-~](?:[ !#-\[\]-~]*[!#-\[\]-~])?")
_DOT_ATOM = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)*", re.I)


def field(name: str, value: str, *, utf8: bool = False) -> bytes:
    """An unstructured field, or one of identifiers, with its line end.

    >>> field("Subject", "Printer"), field("Subject", "Gr\u00f6\u00dfe")
    (b'Subject: Printer\\r\\n', b'Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\\r\\n')
    """
    if _PLAIN.fullmatch(value) and len(name) + 2 + len(value) <= MAX_LINE:
        return f"{name}: {value}\r\n".encode("ascii")
    if not utf8 and value.isprintable() and "=?" not in value and value == " ".join(value.split()):
        words = groupby(value.split(" "), str.isascii)  # between two encoded ones, blanks are lost
        said = (" ".join(each) if plain else _encoded(" ".join(each)) for plain, each in words)
        line = f"{name}: {' '.join(said)}\r\n"
        if len(line) <= MAX_LINE:
            return line.encode("ascii")
    return _by_library(name, value, utf8)


@lru_cache(maxsize=1024)  # the same few people are written to again and again
def address_field(name: str, address: Address, *, utf8: bool = False) -> bytes:
    """A field of one address. RFC 5322 section 3.4.

    >>> address_field("To", Address("ann@x.example", "Ann, n\u00e9e Doe"))
    b'To: =?utf-8?q?Ann=2C_n=C3=A9e_Doe?= <ann@x.example>\\r\\n'
    >>> address_field("To", Address("ann@x.example", "Ann (IT)"))
    b'To: "Ann (IT)" <ann@x.example>\\r\\n'
    """
    shown = " ".join(address.name.split())
    if _DOT_ATOM.fullmatch(address.address) and len(shown) < MAX_LINE / 2:
        if not shown:
            return f"{name}: {address.address}\r\n".encode("ascii")
        if _ATOMS.fullmatch(shown):
            return f"{name}: {shown} <{address.address}>\r\n".encode("ascii")
        if _QUOTABLE.fullmatch(shown):
            return f'{name}: "{shown}" <{address.address}>\r\n'.encode("ascii")
        if shown.isprintable() and len(shown) <= _ENCODED_WORD:
            return f"{name}: {_encoded(shown)} <{address.address}>\r\n".encode("ascii")
    return _address_by_library(name, address, utf8)


def _encoded(text: str) -> str:
    """In encoded words, as many as it takes. RFC 2047 section 4.2.

    >>> _encoded("Gr\u00f6\u00dfe"), _encoded("\u00f6" * 20).count("=?utf-8?q?")
    ('=?utf-8?q?Gr=C3=B6=C3=9Fe?=', 2)
    """
    word = header_encode(text.encode("utf-8"), "utf-8")
    if len(word) <= _ENCODED_WORD:
        return word
    return " ".join(filter(None, _WORDS.header_encode_lines(text, repeat(_ENCODED_WORD))))


@lru_cache(maxsize=1024)
def _by_library(name: str, value: str, utf8: bool) -> bytes:
    return _written(name, value, utf8)


def _address_by_library(name: str, address: Address, utf8: bool) -> bytes:
    local, _, domain = address.address.rpartition("@")
    return _written(name, headerregistry.Address(inert(address.name), local, domain), utf8)


def _written(name: str, value: object, utf8: bool) -> bytes:
    policy = _UTF8 if utf8 else _POLICY
    return policy.fold_binary(*policy.header_store_parse(name, value))


def inert(text: str) -> str:
    """The text without what would be decoded once more: the library takes `=?utf-8?q?=0D=0A?=`
    in a value for an encoded word (RFC 2047), and writes the line break that is in it. Nor with a
    NUL, which it writes as it is (RFC 5322 section 2.2)."""
    return " ".join(text.replace("\0", "").replace("=?", "= ?").split())


def text_part(subtype: str, text: str, stem: str = "") -> bytes:
    """A text with its fields, quoted-printable. RFC 2045 section 6.7. Where the text has marks,
    which begin with `stem`, a MARK stands for the stem, at the head of a line."""
    if not stem or stem not in text:
        return _TEXT_FIELDS[subtype] + _quoted(text)
    pieces = _quoted(text.replace(stem, "\n" + stem)).split(b"\r\n" + stem.encode("ascii"))
    return _TEXT_FIELDS[subtype] + MARK.join((*map(_going_on, pieces[:-1]), pieces[-1]))


_TEXT_FIELDS = {
    subtype: (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode("ascii")
    for subtype in ("plain", "html")
}


def _quoted(text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    # b2a_qp breaks long lines with \n where the text has no \r\n: so it gets none at all
    return b2a_qp(lines.encode("utf-8"), istext=True).replace(b"\n", b"\r\n")


def _going_on(quoted: bytes) -> bytes:
    """With a soft line break at its end, for which the last line may be too long by one."""
    if len(quoted) - quoted.rfind(b"\n") <= _QUOTED_LINE:
        return quoted + SOFT_BREAK
    end = -3 if quoted[-3:-2] == b"=" else -1
    return quoted[:end] + SOFT_BREAK + quoted[end:] + SOFT_BREAK


@lru_cache(maxsize=256)
def file_fields(filename: str, content_type: str) -> bytes:
    """The fields of a file in base64, which goes behind them. The content type is one that
    `multipart` can hold."""
    maintype, _, subtype = content_type.partition("/")
    made = EmailMessage(policy=_POLICY)
    made.set_content(b"", maintype=maintype, subtype=subtype, filename=filename,
                     disposition="attachment")  # fmt: skip
    del made["MIME-Version"]
    return made.as_bytes().partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def multipart(subtype: str, parts: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The parts as one: its field, with the empty line that ends a header, and its content.

    The boundary is in none of them: neither quoted-printable nor base64 has `=_`
    (RFC 2045 section 6.7), and a part that is a multipart itself has another subtype.
    """
    boundary = f"=_{subtype}".encode("ascii")
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (subtype.encode(), boundary)
    pieces = (b"--%s\r\n%s\r\n" % (boundary, part) for part in parts)
    return head, b"".join((*pieces, b"--%s--\r\n" % boundary))
