"""Which attachments the HTML shows in its place, and which a person has to open.

Decides by what the HTML refers to, never by what the part says of itself. The surprising
fact: Apple Mail calls every attachment inline, and Outlook gives each a Content-ID.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import unquote

from gateway.message import Attachment

MAX_REFERENCES = 2_000

_REFERENCE = re.compile(
    r"cid:([^\"'\s<>)]{1,300})|(?:src|background)\s{0,9}=\s{0,9}[\"']?([^\"'\s>]{1,300})",
    re.IGNORECASE,
)


def with_inline(
    attachments: list[Attachment], locations: Mapping[int, str], pages: Sequence[str]
) -> list[Attachment]:
    """The attachments, `inline` where a page refers to their Content-ID (RFC 2392) or to
    their Content-Location (RFC 2557 section 8.2). `locations` are by part number.
    """
    if not pages or not (locations or any(each.content_id for each in attachments)):
        return attachments
    referred = _referred(pages)
    return [
        replace(each, inline=True)
        if each.content_id.lower() in referred
        or locations.get(each.part, "").rpartition("/")[2].lower() in referred
        else each
        for each in attachments
    ]


def _referred(pages: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    for page in pages:
        for match in _REFERENCE.finditer(page):
            place = match[1] or match[2]
            if match[1] or place.lower().startswith("cid:"):
                found.add(unquote(place[0 if match[1] else 4 :]).lower())
            else:
                found.add(place.rpartition("/")[2].lower())
            if len(found) >= MAX_REFERENCES:
                break
    return frozenset(found - {""})
