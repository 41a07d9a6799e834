"""Links that open a new mail with address, subject and first line filled in. RFC 6068.

Pure. The surprising fact: a link cannot say which mail it answers. Most clients leave out an
In-Reply-To, so the address alone has to say what the mail is about, and whose it is.
"""

from functools import lru_cache
from urllib.parse import quote

MAX_URL_CHARS = 2000  # some clients on Windows take no more
_SUBJECT_CHARS = (40, 20, 0)  # of the subject; less where the rest needs the room


def link(address: str, subject: str, line: str = "", *, tag: str = "") -> str:
    """The link. `tag` stands behind the subject and is never cut, as `line` never is; a line
    break in it is one in the mail.

    >>> link("support+7@x.example", "Re: Printer", "#note ", tag="[#7-abcdef]")
    'mailto:support%2B7@x.example?subject=Re%3A%20Printer%20%5B%237-abcdef%5D&body=%23note%20'
    >>> link("support@x.example", "a&b?", "yes\\nAnn")
    'mailto:support@x.example?subject=a%26b%3F&body=yes%0D%0AAnn'
    """
    to, body = _address(address), _text(line)
    rest = f"&body={body}" if body else ""
    for chars in _SUBJECT_CHARS:
        url = f"mailto:{to}?subject={_subject(subject, chars, tag)}{rest}"
        if len(url) <= MAX_URL_CHARS:
            break
    return url


# The links of a mail differ in little, and those of all mails in few first lines.


@lru_cache(maxsize=64)
def _address(address: str) -> str:
    """`+` is free to stand as it is, and then a blank to who takes the link for a form."""
    local, _, domain = address.rpartition("@")
    return f"{quote(local, safe='')}@{quote(domain, safe='[]:')}"


@lru_cache(maxsize=256)
def _text(line: str) -> str:
    return quote("\r\n".join(line.split("\n")), safe="")


@lru_cache(maxsize=64)
def _subject(subject: str, chars: int, tag: str) -> str:
    line = " ".join(subject.split())
    if len(line) > chars:
        line = line[: max(chars - 1, 0)].rstrip() + "…" * bool(chars)
    return quote(f"{line} {tag}".strip(), safe="")
