"""Mail as a domain signs and a list seals it, and the DNS that says so: a table, no network.

dkimpy seals only with one more library at hand, so the ARC set is put together here, from its
own parts; that `gateway.dkim` accepts a chain is thus not proven by the code that made it.
"""

import base64
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.lookup import Lookup, Unanswered

SELECTOR = "s1"
SIGNED = ("from", "to", "subject", "date")

Table = Mapping[tuple[str, str], tuple[str, ...] | None]


def dns_of(table: Table, asked: list[str] | None = None) -> Lookup:
    """A name system that knows this table alone; None in it is a server that does not answer."""

    def lookup(name: str, kind: str) -> tuple[str, ...]:
        if asked is not None:
            asked.append(f"{name} {kind}")
        found = table.get((name.rstrip(".").lower(), kind), ())
        if found is None:
            raise Unanswered(f"{kind} of {name}: timed out")
        return found

    return lookup


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ed25519_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def rsa_record(bits: int = 2048, *, flags: str = "") -> str:
    """The TXT record of that key; `flags` is its t= tag."""
    public = rsa_key(bits).public_key()
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"v=DKIM1; k=rsa; {flags}p={base64.b64encode(der).decode()}"


def ed25519_record() -> str:
    public = ed25519_key().public_key().public_bytes_raw()
    return f"v=DKIM1; k=ed25519; p={base64.b64encode(public).decode()}"


def key_of(domain: str) -> tuple[str, str]:
    """Under which name and type the record of a domain's key stands."""
    return f"{SELECTOR}._domainkey.{domain}", "TXT"


def signed(
    mail: bytes,
    domain: str,
    *,
    bits: int = 2048,
    fields: Sequence[str] = SIGNED,
    length: bool = False,
    algorithm: bytes = b"rsa-sha256",
) -> bytes:
    """The mail with a signature of the domain on top."""
    private = rsa_key(bits).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    if algorithm == b"ed25519-sha256":
        private = base64.b64encode(ed25519_key().private_bytes_raw())
    field = dkim.sign(
        mail, SELECTOR.encode(), domain.encode(), private,
        canonicalize=(b"relaxed", b"relaxed"), signature_algorithm=algorithm,
        include_headers=[each.encode() for each in fields], length=length,
    )  # fmt: skip
    assert isinstance(field, bytes)
    return field + mail


def signed_by_hand(mail: bytes, domain: str, tags: str, fields: Sequence[str] = SIGNED) -> bytes:
    """As `signed`, with more tags, such as `x=1`, that the library would not write."""
    head, _, body = mail.partition(b"\r\n\r\n")
    start = f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s={SELECTOR}; {tags}; h="
    digest = base64.b64encode(sha256(_body(body)).digest()).decode()
    value = f"{start}{':'.join(fields)}; bh={digest}; b="
    chosen = [_field(head, name) for name in fields]
    to_sign = b"\r\n".join([*chosen, f"dkim-signature:{value}".encode()])
    return f"DKIM-Signature: {value}{_rsa(to_sign)}\r\n".encode() + mail


def sealed(
    mail: bytes,
    domain: str,
    results: str,
    *,
    instance: int = 1,
    cv: str = "none",
    fields: Sequence[str] = SIGNED,
    tags: str = "",
    older: Sequence[bytes] = (),
) -> bytes:
    """The mail with one ARC set of the domain on top (RFC 8617 section 4.1), which records
    `results`. `older` are the fields of the sets before, as `arc_fields` gives them."""
    head, _, body = mail.partition(b"\r\n\r\n")
    aar = f"i={instance}; {results}"
    digest = base64.b64encode(sha256(_body(body)).digest()).decode()
    common = f"i={instance}; a=rsa-sha256; d={domain}; s={SELECTOR};"
    ams = f"{common} c=relaxed/relaxed; {tags}h={':'.join(fields)}; bh={digest}; b="
    chosen = [_field(head, name) for name in fields]
    ams += _rsa(b"\r\n".join([*chosen, f"arc-message-signature:{ams}".encode()]))
    seal = f"{common} cv={cv}; b="
    own = [f"arc-authentication-results:{aar}", f"arc-message-signature:{ams}"]
    seal += _rsa(b"\r\n".join([*older, *map(str.encode, own), f"arc-seal:{seal}".encode()]))
    fields_now = (
        ("ARC-Seal", seal), ("ARC-Message-Signature", ams), ("ARC-Authentication-Results", aar),
    )  # fmt: skip
    return "".join(f"{name}: {value}\r\n" for name, value in fields_now).encode() + mail


def arc_fields(mail: bytes) -> list[bytes]:
    """The fields of all sets on this mail, oldest first, each as a seal covers it."""
    found = mail.partition(b"\r\n\r\n")[0].split(b"\r\n")
    order = (b"arc-authentication-results", b"arc-message-signature", b"arc-seal")
    arc = [line.partition(b": ") for line in found if line.lower().startswith(b"arc-")]

    def place(field: tuple[bytes, bytes, bytes]) -> tuple[int, int]:
        number = int(field[2].partition(b"i=")[2].partition(b";")[0])
        return number, order.index(field[0].lower())

    return [name.lower() + b":" + value for name, _, value in sorted(arc, key=place)]


def keys(*domains: str) -> dict[tuple[str, str], tuple[str, ...] | None]:
    """The RSA record of each of them."""
    return {key_of(domain): (rsa_record(),) for domain in domains}


def _rsa(text: bytes) -> str:
    signature = rsa_key(2048).sign(text, padding.PKCS1v15(), SHA256())
    return base64.b64encode(signature).decode()


def _field(head: bytes, name: str) -> bytes:
    """One field in relaxed form, RFC 6376 section 3.4.2; these tests fold none."""
    wanted = name.encode().lower()
    line = next(each for each in head.split(b"\r\n") if each.lower().startswith(wanted + b":"))
    return wanted + b":" + b" ".join(line.partition(b":")[2].split())


def _body(body: bytes) -> bytes:
    """RFC 6376 section 3.4.4, of bodies without double spaces."""
    return body.rstrip(b"\r\n") + b"\r\n"
