"""What a subject says: that the mail is a forward, and what it is about.

Mail programs put prefixes before a subject, each in its user's language; the leftmost was added
last, and says what the mail is. The surprising fact: `VS:` is a Dane's and a Norwegian's forward
and a Finn's and an Estonian's reply, so only the mailbox's language can tell.
"""

import re
import unicodedata
from collections.abc import Iterable

from gateway.memory import remembering

_REPLIES = """re aw antw antwort sv odp odpowiedź ynt yan r rif res resp réf ref rép rép ré rsp
    vá ats atb bls ha на ответ відп απ σχετ השב תגובה رد 回复 回覆 答复 答覆 返信 회신 답장 odg
    tl svar vast"""
_FORWARDS = """fwd fw forward forwarded wg weitergeleitet tr trans i rv reenviado enc pd vb vl
    doorst doorgestuurd fs videresendt ts tov továbbítás i̇lt ilt posr proslj trs terusan yml ct
    пересл переслать πρθ προωθ הועבר إعادة_توجيه 转发 轉寄 转寄 轉發 転送 전달 edasi přep pārs"""
_DEPENDS = "vs"  # Danish and Norwegian: videresendt; Finnish and Estonian: vastaus, vastus
_REPLIES_WITH_VS = ("", "fi", "et")

_MAX_PREFIXES = 20
_SEARCHED_CHARS = 200  # of a subject, for a partner's number
_MAX_PARTNER_NUMBERS = 3
_SAME_CHARS = 40  # of a beginning: programs cut long subjects
_PREFIX = re.compile(  # the second alternative of a number is "Re^2:"
    r"\s*([^\W\d_]{1,20}(?: [^\W\d_]{1,20})?)\s*(?:[\[(]\d{1,3}[\])]|\^?\d{1,3})?\s*[:：]"
)
_BRACKETS = re.compile(r"\s*\[[^\[\]]{0,60}\]")
_TAG = re.compile(r"\[#\d{1,12}-[a-z2-7]{6}\]", re.IGNORECASE)


def _words(listed: str) -> frozenset[str]:
    return frozenset(unicodedata.normalize("NFKC", each).casefold() for each in listed.split())


_IS_REPLY, _IS_FORWARD = _words(_REPLIES), _words(_FORWARDS)


def is_forward(subject: str, language: str = "") -> bool:
    """Whether the prefix that was added last says that the mail is forwarded. `language` is the
    mailbox's; where none is told, `VS:` is a reply.

    >>> is_forward("WG: Re: Printer"), is_forward("Re: Fwd: Printer"), is_forward("Printer")
    (True, False, False)
    >>> is_forward("[EXTERNAL] Fwd[2]: Printer"), is_forward("Forwarding port 80: how?")
    (True, False)
    >>> is_forward("VS: Tulostin", "fi"), is_forward("VS: Printer", "da")
    (False, True)
    """
    last = _last(subject)
    if last == _DEPENDS:
        return language.partition("-")[0] not in _REPLIES_WITH_VS
    return last in _IS_FORWARD


def is_reply(subject: str) -> bool:
    """Whether the prefix that was added last says that the mail answers another.

    >>> is_reply("AW: Fwd: Printer"), is_reply("Fwd: Re: Printer"), is_reply("Reply all: no")
    (True, False, False)
    """
    last = _last(subject)
    return last == _DEPENDS or last in _IS_REPLY


def without_prefixes(subject: str) -> str:
    """
    >>> without_prefixes("WG: AW: Fwd: VPN: down"), without_prefixes("TR : L'imprimante")
    ('VPN: down', "L'imprimante")
    >>> without_prefixes("[EXTERNAL] Fwd: [Team] VPN"), without_prefixes("[Team] VPN")
    ('[Team] VPN', '[Team] VPN')
    """
    return _split(subject)[1].strip()


def _last(subject: str) -> str:
    """The prefix that was added last, "" where there is none."""
    prefixes, _, _ = _split(subject)
    return prefixes[0] if prefixes else ""


def topic(subject: str) -> str:
    """What the subject is about, to be compared: no prefix, tag, case or space.

    >>> topic("AW: Re: [EXTERNAL] The Printer  burns [#1042-k3v5xw]")
    'theprinterburns'
    >>> topic("Re: "), topic("[Printer]")
    ('', '[printer]')
    """
    _, _, rest = _split(_TAG.sub(" ", subject))
    return "".join(unicodedata.normalize("NFKC", rest).casefold().split())


def is_same_topic(one: str, other: str) -> bool:
    """Whether two subjects are about the same. One without words changes no topic, and a long one
    may have been cut.

    >>> is_same_topic("Re: Printer", "printer"), is_same_topic("Re:", "Printer")
    (True, True)
    >>> is_same_topic("Re: Scanner", "Printer")
    False
    """
    first, second = topic(one), topic(other)
    if first == second or not first:
        return True
    shorter, longer = sorted((first.rstrip(".…"), second), key=len)
    return len(shorter) >= _SAME_CHARS and longer.startswith(shorter)


def partner_numbers(subject: str, patterns: Iterable[str], domain: str) -> tuple[str, ...]:
    """What another ticket system calls its side of a conversation, as an identifier. Only mail of
    the same domain has the same; it has a space, so that it can be nobody's Message-ID.

    >>> partner_numbers("Your INC0012345 is open", [r"INC\\d{7}"], "partner.example")
    ('inc0012345 partner.example',)
    >>> partner_numbers("XINC00123456", [r"INC\\d{7}"], "partner.example")
    ()
    """
    text = subject[:_SEARCHED_CHARS]
    found = (
        match[0].lower()
        for pattern in patterns
        for match in re.finditer(rf"(?<![\w-])(?:{pattern})(?![\w-])", text, re.IGNORECASE)
    )
    return tuple(dict.fromkeys(f"{each} {domain}" for each in found))[:_MAX_PARTNER_NUMBERS]


@remembering
def _split(subject: str) -> tuple[tuple[str, ...], str, str]:
    """The prefixes, the last one added first; what stands behind them; and that without the
    brackets that a mail server or a list puts before or between them."""
    found: list[str] = []
    behind = rest = subject
    for _ in range(_MAX_PREFIXES):
        bracket = _BRACKETS.match(rest)
        if bracket and rest[bracket.end() :].strip():
            rest = rest[bracket.end() :]
            continue
        prefix = _PREFIX.match(rest)
        word = _word(prefix[1]) if prefix else ""
        if prefix is None or not (word in _IS_REPLY or word in _IS_FORWARD or word == _DEPENDS):
            break
        found.append(word)
        behind = rest = rest[prefix.end() :]
    return tuple(found), behind, rest


def _word(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace(" ", "_")
