"""Whether a reply says yes or no, in the languages of an office. In doubt it says neither.

A false yes lets a stranger in, and a false no loses a mail. So the word has to stand apart, with
little behind it: "da" is a Slav's yes, and the beginning of many a German's "da hat jemand in
meinem Namen geschrieben"; and "yes, this is phishing" is none at all.
"""

import re
import unicodedata

_YES = """yes yep yeah ja jawohl oui sí sì sim ano áno igen kyllä evet ναι да haan हाँ हां نعم כן
    はい 是 是的 예 네"""
_NO = """nope nein nee nej hayır hayir όχι нет ні नहीं لا לא いいえ 否 不 不是
    아니요 아니오"""
_YES_ALONE = "y ok okay da si tak так jo jep yup"
_NO_ALONE = "n no ne ei nei nu non nie não nao nem"
_NEW = """new neu nouveau nouvelle nuevo nueva nuovo nuova novo nova nowy nowe nieuw nieuwe ny nyt
    nytt uusi nové nový új yeni новый новое нове νέο חדש جديد 新規 新しい 新 新的 새로운"""
_NOT = """not never didn wasn isn nicht kein keine niet geen pas inte ikke не nisam nejsem nincs
    nobody niemand personne nadie nessuno"""
_AFFIRMS = """that was me|it was me|this was me|that is me|it is me|that s me|it s me|i did|it was
    it is|i wrote it|i wrote this|i wrote that|i sent it|i sent this|please|that is right
    that mail was from me|it was me who wrote it|i wrote this mail myself|das war ich|das bin ich
    ich war es|ich war das|stimmt|das stimmt|bitte|das ist von mir|die mail ist von mir
    das habe ich selbst geschrieben|das habe ich geschrieben|c était moi|c est moi|c est bien moi
    c était bien moi|c est moi qui l ai écrit|fui yo|era yo|soy yo|sono stato io|sono stata io
    ero io|fui eu|dat was ik|dat ben ik|det var jag|det var jeg|det var mig|det er mig|to ja
    to byłem ja|to byłam ja|to jsem byl já|to jsem byla já|én voltam|minä se olin|bendim
    это я|это был я|это была я|це я|εγώ ήμουν"""
_DENIES = """that was not me|it was not me|that wasn t me|it wasn t me|i did not|i didn t
    i did not write this|i did not write that|i did not write it|i did not send this
    i didn t write this|i didn t write that|i didn t write it|das war ich nicht
    das habe ich nicht geschrieben|das ist nicht von mir|die mail ist nicht von mir
    ce n était pas moi|ce n est pas moi|dat was ik niet|dat heb ik niet geschreven
    to nie ja|det var inte jag|det var ikke mig|det var ikke meg"""
_FORGED = """phish spoof forg fake scam spam fraud hack stolen abus misus somebody someone else
    anybody gefälsch gefaelsch fälsch falsch falsa falso falsk betrug betrüg missbrauch gestohlen
    jemand fremd faux fausse usurp arnaque quelqu alguien estafa truffa frode qualcuno alguém
    vervalst vals nepmail iemand misbruik bedrägeri någon svindel nogen noen podrob fałszyw oszust
    ktoś někdo podvod falešn hamis csal valaki sahte biri joku väären huija κάποιος πλαστ поддел
    фальш мошен кто-то кто підроб хтось שקר מזויף مزيف"""
_FORGED_WITHIN = (
    """冒充 有人 假 伪 诈 盗 偽 なりすまし 詐欺 誰か 가짜 사칭 누군가 不 没 ません ない 아니"""
)
_UNCLEAR = """understand understood verstehe versteh verstanden begrijp comprends compris entiendo
    entendí capisco capito entendi percebo rozumiem értem nerozumím förstår forstår понимаю wait
    warte moment wacht attendez espera aspetta problem problema problème idea ahnung away office
    büro buero urlaub vacation holiday congés vacaciones ferie mail email nachricht message"""
_CLOSINGS = """best|regards|best regards|kind regards|best wishes|cheers|thanks|thank you
    many thanks|danke|vielen dank|gruß|grüße|viele grüße|liebe grüße|beste grüße|lg|mfg|vg
    mit freundlichen grüßen|freundliche grüße|merci|cordialement|bien cordialement|gracias
    saludos|un saludo|grazie|saluti|cordiali saluti|obrigado|obrigada|cumprimentos|bedankt
    groeten|groet|met vriendelijke groet|dziękuję|pozdrawiam|mvh|tack|tak|s pozdravem"""

YES, NO = frozenset(_YES.split()), frozenset(_NO.split())
YES_ALONE, NO_ALONE = frozenset(_YES_ALONE.split()), frozenset(_NO_ALONE.split())
NEW = frozenset(_NEW.split())
DENIES = NO | NO_ALONE | frozenset(_NOT.split())
"""Behind a yes, they leave it open what was meant."""
LET_IN, DROP = "release", "drop"  # of the links in the list; alone, or with the mail's number


def _phrases(table: str) -> frozenset[str]:
    return frozenset(each.strip().casefold() for each in re.split(r"[|\n]", table))


AFFIRMS, DENIALS, CLOSINGS = _phrases(_AFFIRMS), _phrases(_DENIES), _phrases(_CLOSINGS)
FORGED = tuple(_FORGED.split())
FORGED_WITHIN = frozenset(_FORGED_WITHIN.split())  # where no space is between words
UNCLEAR = frozenset(_UNCLEAR.split())
MAX_WORDS_BEHIND = 4  # in the sentence of a yes or no, unless it is one that we know
_MAX_CLOSING_LINES = 4  # with the name below "Best regards"

_COMMAND = re.compile(
    r"[\s*_•-]*(release|drop)[^\S\n]*[:#]?[^\S\n]*(#?\d{1,12}\b(?:[ \t,;]+#?\d{1,12}\b)*)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_ASKS = re.compile("[?？؟\u037e]")
_END = re.compile(r"[.!…。！]+")
_MAX_NAMED = 500  # held mails in one reply


def said(text: str) -> bool | None:
    """What the first line says: yes, no, or neither.

    >>> said("  *Yes*, that was me"), said("Nein, das war ich nicht"), said("release 8412")
    (True, False, True)
    >>> said("Da war ich im Urlaub"), said("Da."), said("No problem, do it"), said("Yes?")
    (None, True, None, None)
    """
    line = _first_line(text)
    words = _words(line)
    if not words or _ASKS.search(line):
        return None
    first = words[0]
    if first in (LET_IN, DROP):
        return first == LET_IN if all(map(str.isdecimal, words[1:])) else None
    if first in YES | YES_ALONE:
        return True if _is_plain(line, words, AFFIRMS, YES) and not _is_doubted(line) else None
    known = " ".join(_words(_behind(line)[0])) in DENIALS
    if first in NO | NO_ALONE and (known or not YES.intersection(words[1:])):
        is_no = _is_plain(line, words, DENIALS, NO) or _is_forgery_denied(line, words)
        return False if is_no else None
    return None


def says_more(text: str) -> bool:
    """Whether anything is said besides the yes or no, a closing and a name. Where it says
    neither, all of it is more.

    >>> says_more("Yes, that was me.\\n\\nBest regards\\nAnn"), says_more("Yes. It burns!")
    (False, True)
    >>> says_more("release 8412\\ndrop 8413"), says_more("Which mail?"), says_more(" ")
    (False, True, False)
    """
    lines = [each for each in text.partition("\n-- \n")[0].split("\n") if _words(each)]
    if not lines:
        return False
    if said(text) is None and not wants_new(text) and not named(text):
        return True
    rest = [_behind(lines[0])[1], *lines[1:]]
    rest = [each for each in rest if _words(each) and not _COMMAND.fullmatch(each.strip())]
    return bool(rest) and not _is_closing(rest)


def wants_new(text: str) -> bool:
    """Whether the first line begins with the word for a ticket of its own: "new", and no more
    than that and a mark, for a sentence may begin with it.

    >>> wants_new("New."), wants_new("Neu!\\n\\nGruss"), wants_new("New is better than old")
    (True, True, False)
    """
    line = _first_line(text)
    words = _words(line)
    return bool(words) and words[0] in NEW and _stands_alone(line, words)


def named(text: str) -> dict[int, bool]:
    """The held mails that lines such as "release 8412" name, and whether they are let in. One
    of which both is said is not among them.

    Only lines at the top count, up to the first that is no such line: below may stand what the
    reply quotes, and in that the subject that a stranger chose.

    >>> named("release 8412\\nDrop: #8413, 8414\\n\\nrelease 8413\\nBest,\\nrelease 8415")
    {8412: True, 8414: False}
    """
    found: dict[int, set[bool]] = {}
    for line in filter(str.strip, text.split("\n")):
        match = _COMMAND.match(line)
        if match is None:
            break
        for number in _NUMBER.findall(match[2]):
            if len(found) < _MAX_NAMED:
                found.setdefault(int(number), set()).add(match[1].lower() == "release")
    return {number: said == {True} for number, said in found.items() if len(said) == 1}


def _first_line(text: str) -> str:
    return next((each for each in text.split("\n") if _words(each)), "")


def _is_plain(
    line: str, words: list[str], known: frozenset[str], may_go_on: frozenset[str]
) -> bool:
    """Whether the first word is the whole of what the sentence says: it stands apart, and what
    is behind it is short and of no other matter, or a phrase that we know. Only words of
    `may_go_on` may have such a phrase right behind them."""
    behind = _words(_behind(line)[0])
    if " ".join(behind) in known and (words[0] in may_go_on or _stands_alone(line, words)):
        return True
    short = len(behind) <= MAX_WORDS_BEHIND and UNCLEAR.isdisjoint(words)
    return short and _stands_alone(line, words)


def _is_doubted(line: str) -> bool:
    """Whether a yes may be one to "was it somebody else?"."""
    words = _words(line)
    behind = line.casefold().partition(words[0])[2]
    return (
        not DENIES.isdisjoint(words[1:])
        or _names_forgery(words)
        or any(each in behind for each in FORGED_WITHIN)
    )


def _is_forgery_denied(line: str, words: list[str]) -> bool:
    return _stands_alone(line, words) and _names_forgery(words)


def _names_forgery(words: list[str]) -> bool:
    return any(word.startswith(FORGED) for word in words)


def _behind(line: str) -> tuple[str, str]:
    """What stands behind the first word: to the end of its sentence, and after it."""
    line = unicodedata.normalize("NFC", line.casefold())
    sentence, end, rest = _parted(line.partition(_words(line)[0])[2])
    return sentence, rest if end else ""


def _parted(text: str) -> tuple[str, str, str]:
    match = _END.search(text)
    return (text[: match.start()], match[0], text[match.end() :]) if match else (text, "", "")


def _is_closing(lines: list[str]) -> bool:
    """Whether these are a greeting at the end and a name, and nothing else."""
    is_greeting = " ".join(_words(lines[0])) in CLOSINGS
    names = all(len(_words(each)) <= 3 and not _END.search(each) for each in lines[1:])
    return is_greeting and names and len(lines) <= _MAX_CLOSING_LINES


def _stands_alone(line: str, words: list[str]) -> bool:
    """Whether nothing, or a punctuation mark, follows the first word."""
    rest = line.casefold().partition(words[0])[2].strip("*_ \t\r\u00a0")
    return not rest or unicodedata.category(rest[0])[0] in "PS"


def _words(line: str) -> list[str]:
    """Letters with the marks that belong to them, which `\\w` would part."""
    line = unicodedata.normalize("NFC", line.casefold())
    spaced = (each if unicodedata.category(each)[0] in "LMN" else " " for each in line)
    return "".join(spaced).split()
