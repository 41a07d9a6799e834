"""A mail of somebody else that a person passes on: who wrote it, when, to whom, and what.

In the text of any user agent and in its language, or attached. Decides only what is there, never
whether it counts. The surprising fact: a reply carries the same header block as a forward, so
without a forward's own mark or subject there is none.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from gateway.ingest import fields
from gateway.ingest.classify import OUR_MARK
from gateway.ingest.forwarded_date import read_date
from gateway.ingest.parse import attachment_bytes, parse
from gateway.message import NOBODY, Address, Forwarded, Message
from gateway.threading import quote_marks as marks
from gateway.threading.subject import is_forward, is_reply, without_prefixes

MAX_LINES = 300  # of the text in which the mail that is passed on has to begin
MAX_ABOVE = 20_000  # letters of the text that such a place is looked for in
MAX_BLOCK = 40  # lines of a header block
MAX_FIELD = 10_000  # letters of one of its fields
MAX_AUTHOR = 500

_COPIES = frozenset((
    "cc", "kopie", "copie", "copia", "cópia", "kopia", "kopi", "kópia", "dw", "dowiadomości",
    "másolat", "másolatotkap", "bilgi", "kopio", "koopia", "копия", "копія", "κοιν",
    "κοινοποίηση", "抄送", "副本", "참조", "עותק", "نسخة",
))  # fmt: skip
_REPLY_TO = ("reply-to", "antwortan", "répondreà", "respondera", "rispondia", "odpowiedzdo")
_ADDRESSEES = frozenset(("to", "cc"))
_MAILTO = re.compile(r"\[mailto:([^\[\]\s]{1,254})\]|<mailto:[^<>\s]{1,254}>")
_ON_BEHALF = re.compile(r"(?:\[[^\]]*\]|<[^<>]*>)?\s*On Behalf Of\s+", re.IGNORECASE)
_STRANGE = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF))
_STRANGE |= {0xA0: " "}
_END = re.compile(r"^[\s>]*[-_=*]{2,40}\s*(?:end|ende|fin|fine)\b.{3,60}[-_=*]{2,40}\s*$", re.I)


def passed_on(
    message: Message, raw: bytes, own_addresses: frozenset[str], own_desk: str
) -> Forwarded | None:
    """The mail that this one passes on; None where it is no forward, or one of our own mail."""
    if is_reply(message.subject):
        return None
    found = _attached(message, raw, own_desk) or _in_text(message)
    if found is None or found.mail.author == NOBODY or found.mail.author.key in own_addresses:
        return None
    return found


def _attached(message: Message, raw: bytes, own_desk: str) -> Forwarded | None:
    """The one mail that is attached, where the mail around it has no subject of its own."""
    mails = [each for each in message.attachments if each.content_type == "message/rfc822"]
    if len(mails) != 1:
        return None
    inner = parse(attachment_bytes(raw, mails[0].part))
    bare = without_prefixes(inner.subject).casefold()
    is_own = bool(message.subject) and without_prefixes(message.subject).casefold() != bare
    if is_own and not is_forward(message.subject):
        return None
    if own_desk and own_desk in inner.all_headers(OUR_MARK):
        return None
    return Forwarded(
        mail=replace(inner, subject=without_prefixes(inner.subject)),
        above=_own_words(message.text.split("\n")),
        part=mails[0].part,
    )


def _in_text(message: Message) -> Forwarded | None:
    by_subject = is_forward(message.subject)
    if not by_subject and not _may_have_mark(message.text):
        return None
    text = message.text.translate(_STRANGE).split("\n")
    lines = [line[: marks.MAX_LINE].rstrip() for line in text]
    begins = _beginning(lines, by_subject)
    if begins is None:
        return None
    start, mark_end = begins
    quoted = _is_all_quoted(lines[mark_end:])
    below = [_unquoted(line) for line in text[mark_end:]] if quoted else text[mark_end:]
    block, end = _block(below)
    if not _is_header(block):
        return None
    subject = without_prefixes(block.get("subject", "")) or without_prefixes(message.subject)
    mail = Message(
        author=_first(block["from"]),
        to=_addresses(block.get("to", "")),
        cc=_addresses(block.get("cc", "")),
        date=read_date(block.get("date", "")),
        subject=subject,
        text="\n".join(_body(below[end:])).strip("\n"),
        attachments=message.attachments,
        # a forward refers to what it forwards, as a reply does to what it answers
        references=(*message.references, *message.in_reply_to),
    )
    return Forwarded(mail=mail, above=_own_words(text[:start]))


def _may_have_mark(text: str) -> bool:
    """Cheap: whether any line of the beginning says that a mail is forwarded."""
    return any(marks.is_forward(line) for line in text[:MAX_ABOVE].split("\n", MAX_LINES))


def _beginning(lines: Sequence[str], by_subject: bool) -> tuple[int, int] | None:
    """Where the forward's own mark stands, and where its header block may begin; None where
    something that is answered stands above it."""
    for number, line in enumerate(lines[:MAX_LINES]):
        if not line.strip():
            continue
        if marks.is_forward(line) and (by_subject or not marks.is_quoted(line)):
            return number, number + 1
        if marks.is_quoted(line):
            return None
        if marks.is_original(line):
            return (number, number + 1) if by_subject else None
        if marks.label_of(line) in ("from", "date", "subject") and _starts(lines, number):
            return (_without_rule(lines, number), number) if by_subject else None
        if marks.may_end_attribution(line) and marks.is_attribution(line, before_quote=False):
            return None
    return None


def _starts(lines: Sequence[str], number: int) -> bool:
    return _is_header(_block(lines[number : number + MAX_BLOCK])[0])


def _without_rule(lines: Sequence[str], number: int) -> int:
    above = number - 1
    while above > 0 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and marks.is_rule(lines[above]) else number


def _is_header(block: dict[str, str]) -> bool:
    """Who, and two more of when, to whom and what about."""
    return bool(block.get("from")) and len(block.keys() & {"date", "to", "subject"}) >= 2


def _block(lines: Sequence[str]) -> tuple[dict[str, str], int]:
    """The fields of the header block at the beginning, and the number of the first line below."""
    found: dict[str, str] = {}
    last, end = "", 0
    for number, line in enumerate(lines[:MAX_BLOCK]):
        if not line.strip():
            if found and _next_meaning(lines, number) in ("", *found):
                break
            continue
        meaning = _meaning(line)
        if meaning and meaning in found and meaning != "other":
            break
        if meaning:
            found[meaning] = _value(line)
            last = meaning
        elif found and _goes_on(found[last], line, last):
            found[last] = f"{found[last]} {line[:MAX_FIELD].strip()}".strip()[:MAX_FIELD]
        else:
            break
        end = number + 1
    return found, end


def _next_meaning(lines: Sequence[str], number: int) -> str:
    """What the next line below this empty one means; "" where it is no field we know."""
    below = next((line for line in lines[number : number + 3] if line.strip()), "")
    meaning = _meaning(below)
    return "" if meaning == "other" else meaning


def _meaning(line: str) -> str:
    word = "".join(re.split(r"[:：]", line, maxsplit=1)[0].lower().split()).strip("*_")
    if word in _COPIES:
        return "cc"
    if word in _REPLY_TO:
        return "reply-to"
    return marks.label_of(line)


def _value(line: str) -> str:
    return re.split(r"[:：]", line[:MAX_FIELD], maxsplit=1)[1].strip().strip("*").strip()


def _goes_on(value: str, line: str, meaning: str) -> bool:
    """A line that belongs to the field above: what it names is not complete yet."""
    if not value:
        return True
    open_name = value.endswith((",", ";")) or value.count("<") > value.count(">")
    return meaning in _ADDRESSEES and (open_name or (line[:1] in " \t" and "@" in line))


def _addresses(value: str) -> tuple[Address, ...]:
    value = _MAILTO.sub(lambda found: f"<{found[1]}>" if found[1] else "", value)
    return fields.addresses(value)


def _first(value: str) -> Address:
    """Who wrote; the name alone where there is no address, as programs show their own people."""
    value = _ON_BEHALF.split(value[:MAX_AUTHOR])[-1]
    found = _addresses(value)
    if found:
        return found[0]
    name = " ".join(value.strip("\"'* ").split())
    return Address("", name) if name and "@" not in name else NOBODY


def _is_all_quoted(lines: Sequence[str]) -> bool:
    """As Apple's program shows what it forwards: all of it with `>`."""
    first = [line for line in lines if line.strip()][:3]
    return bool(first) and all(marks.is_quoted(line) for line in first)


def _unquoted(line: str) -> str:
    return re.sub(r"^ ?> ?", "", line)


def _body(lines: Sequence[str]) -> Sequence[str]:
    """Up to the line that says where the forwarded mail ends."""
    ends = (number for number, line in enumerate(lines) if "--" in line and _END.match(line))
    return lines[: next(ends, len(lines))]


def _own_words(lines: Sequence[str]) -> str:
    """What stands above, without a signature and the line between the two mails."""
    kept = [line.rstrip() for line in lines]
    kept = kept[: kept.index("--")] if "--" in kept else kept
    plain = (line for line in kept if not marks.is_mobile_signature(line))
    return "\n".join(line for line in plain if not marks.is_rule(line)).strip()
