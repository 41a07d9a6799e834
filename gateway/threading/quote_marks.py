"""The marks user agents leave around quoted text, in the languages they speak.

Answers only yes or no about a few short lines; `quoting` decides what follows. Every
line is cut to MAX_LINE letters before a pattern sees it, so no pattern can be long at work.
"""

import re

MAX_LINE = 400  # letters of a line that are looked at
MAX_ATTRIBUTION = 320  # letters of an attribution, over all its lines

REPLY_MARKER = "-- Please reply above this line --"
"""Line that outgoing mail begins with: below it stands nothing the reader wrote."""

_MARKER = re.compile(r"^[\s|*_-]{0,9}please reply above this line[\s|*_-]{0,9}$", re.IGNORECASE)
_MAY_BE_MARK = re.compile(r"[:：\d]|--|__|==|—|–|reply above", re.IGNORECASE)
_QUOTED = re.compile(r"^ {0,3}>")
_BARRED = re.compile(r"^ {0,3}(?:\||[A-Za-z]{1,12}> )")

_ADDRESS = re.compile(r"[^\s<>@:;,\"'()]+@[^\s<>@:;,\"'()]+|\[mailto:")
_TIME = re.compile(r"\b\d{1,2}[:.]\d{2}\b|\b\d{1,2} ?[ap]\.?m\b|\d{1,2}時|\d{1,2}시", re.IGNORECASE)
_DATE = re.compile(
    r"\b(?:19|20)\d{2}\b|\d年|\b\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})\b"
    r"|\b\d{1,2}\.? [^\W\d]{3,12}\.?\b|\b[^\W\d]{3,12}\.? \d{1,2}\b"
)
_VERB = re.compile(
    r"wrote|writes|schrieb|schreibt|écrit|ecrit|escribió|escribio|scritto|scrive|schreef|geschreven"
    r"|escreveu|napisał|napisal|pisze|napsal|napísal|skrev|skreiv|kirjoitti|написа|пише|пишет"
    r"|írta|yazdı|a scris|έγραψε|rašė|kirjutas|写道|寫道|写到|のメール|書きました|작성|đã viết"
    r"|menulis|כתב|كتب|vous a écrit|ha scritto",
    re.IGNORECASE,
)
_VERB_AT_END = re.compile(f"(?:{_VERB.pattern})$", re.IGNORECASE)
_GMAIL_OLD = re.compile(r"^\d{4}[-/]\d{1,2}[-/]\d{1,2} \d{1,2}:\d{2} GMT[+-]\d{1,2}:\d{2}\b")

# Labels of a header block, by what they mean. Outlook translates them, others copy it.
_LABELS = {
    "from": "from von de da van od från fra от від kimden feladó lähettäjä expéditeur remitente"
    " mittente odesílatel nadawca afsender avsändare 发件人 寄件者 寄件人 差出人 送信元 보낸사람",
    "date": "date sent datum gesendet envoyé enviado inviato verzonden wysłano data odesláno"
    " skickat sendt дата отправлено надіслано fecha lähetetty gönderilme tarih elküldve dátum"
    " 发送时间 日期 寄件日期 送信日時 日時 보낸날짜 날짜 päiväys envoyéle sentat",
    "to": "to an à para a aan do komu till til кому до vastaanottaja kime címzett destinatario"
    " destinataire adressat 收件人 宛先 받는사람",
    "subject": "subject betreff objet asunto oggetto onderwerp temat předmět ämne emne тема aihe"
    " konu tárgy assunto 主题 主旨 件名 제목",
}
_MEANING = {label: meaning for meaning, labels in _LABELS.items() for label in labels.split()}
_LABEL = re.compile(r"^[ \t>*_]{0,6}([^\W\d_][^\n:：]{0,24}?)[ \u00a0*]{0,3}[:：]\*?(.*)$")

_ORIGINAL = re.compile(
    r"original message|original appointment|original-nachricht|originalnachricht"
    r"|ursprüngliche (?:nachricht|e-mail)|message d['’]origine|message original|mensaje original"
    r"|messaggio originale|mensagem original|oorspronkelijk bericht|oryginalna wiadomość"
    r"|wiadomość oryginalna|původní zpráva|original ?meddelelse|oprindelig (?:meddelelse|besked)"
    r"|opprinnelig melding|ursprungligt meddelande|originalmeddelande|alkuperäinen viesti"
    r"|исходное сообщение|оригинальное сообщение|вихідне повідомлення|eredeti üzenet"
    r"|orijinal ileti|özgün ileti|原始邮件|原始郵件|元のメッセージ|원본 메시지|reply message",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"forwarded message|weitergeleitete (?:nachricht|mail)|weitergeleiteten nachricht"
    r"|message (?:transféré|réexpédié)|mensaje reenviado|messaggio inoltrato"
    r"|doorgestuurd bericht|mensagem (?:encaminhada|reencaminhada)|przekazana wiadomość"
    r"|wiadomość przekazana|přeposlaná zpráva|vidarebefordrat (?:mail|meddelande)"
    r"|videresendt (?:meddelelse|melding)|välitetty viesti|пересылаемое сообщение"
    r"|перенаправленное сообщение|переадресованн\w+ (?:сообщени|письм)\w+|továbbított üzenet"
    r"|iletilen (?:ileti|mesaj)|转发(?:的)?邮件|轉寄的?郵件|転送(?:された)?メッセージ"
    r"|전달된 메시지",
    re.IGNORECASE,
)
_FORWARD_SUBJECT = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|wg|tr|rv|enc|i|doorst|fs|vl|vb|pd|转发|轉寄|転送|пересл)\s?[:：]",
    re.IGNORECASE,
)
_RULED = re.compile(r"^[\s*>]{0,4}[-_=—–]{2,40}(.{3,80}?)[-_=—–]{2,40}[\s*]{0,3}$")
_DASHES = ("--", "__", "==", "—", "–")
_DIGIT = re.compile(r"\d")
_RULE = re.compile(r"^[\s*]{0,3}(?:[-_=*—–] ?){5,}\s*$")

_DEVICE = (
    r"(?:i-?phone|i-?pad|i-?pod|android|blackberry|samsung|galaxy|huawei|xiaomi|nokia|lumia|htc"
    r"|pixel|windows|outlook|yahoo|gmail|mail\b|mailbox|airmail|proton|gmx|web\.de|k-9|mobil\w*"
    r"|phone|telefon\w*|t[eé]l[eé]phone|cell|handy|smartphone|tablet|dispositivo|cellulare"
    r"|telem[oó]vel|celular|устройств\w*|телефон\w*|手机|手機|typeapp|spark|superhuman|boxer|aqua)"
)
_MOBILE = re.compile(
    r"^[\W_]{0,3}(?:sent (?:from|by|via|with|using)|get outlook for|from my|(?:von|aus) mein\w+"
    r"|gesendet (?:von|mit|aus)|diese nachricht wurde von|envoy[ée] (?:de|depuis|à partir)"
    r"|enviado (?:desde|do|a partir|con)|inviato da|verzonden (?:vanaf|met|vanuit|via)"
    r"|skickat från|sendt fra|wysłane? z|odesláno z|отправлено (?:с|из)|надіслано з"
    r"|从我的|從我的|发自我的|發自我的|outlook for|télécharger outlook|outlook für|obtener outlook"
    r"|obtenha o outlook|lähetetty|küldve|iPhone\s?から送信|scarica outlook).{0,60}$",
    re.IGNORECASE,
)
_HAS_DEVICE = re.compile(_DEVICE, re.IGNORECASE)
_SENTENCE = re.compile(r"[,;:!?](?!/)\s|\. \S")


def may_be_mark(line: str) -> bool:
    """Cheap, and true of every line that one of the questions below is answered with yes for."""
    return bool(_MAY_BE_MARK.search(line)) and not line.startswith(">")


def is_marker(line: str) -> bool:
    """Our own line, unquoted: a program that quotes without `>` took our mail over below it."""
    return bool(_MARKER.match(line))


def is_quoted(line: str) -> bool:
    return bool(_QUOTED.match(line))


def is_barred(line: str) -> bool:
    """Quoted in a rarer way, which only counts below an attribution: `|` or `Ann> `."""
    return bool(_BARRED.match(line))


def is_rule(line: str) -> bool:
    return bool(_RULE.match(line))


def is_ruled(line: str) -> bool:
    """Words between dashes, or dashes alone: what stands above a header block."""
    return bool(_RULED.match(line) or _RULE.match(line))


def is_original(line: str) -> bool:
    """-----Original Message-----, in any language."""
    if "--" not in line and "__" not in line and "—" not in line:
        return False
    ruled = _RULED.match(line)
    return bool(ruled and _ORIGINAL.search(ruled[1]))


def is_forward(line: str) -> bool:
    """---------- Forwarded message ----------, or Apple's line that ends in a colon."""
    if not (line[:12].strip(" *>").startswith(_DASHES) or line.endswith((":", "：", ":*"))):
        return False
    return len(line) < 120 and bool(_FORWARDED.search(line))


def is_forward_subject(subject: str) -> bool:
    """A prefix that forwards carry and answers do not.

    >>> is_forward_subject("WG: Drucker"), is_forward_subject("Re: Fwd: x")
    (True, False)
    """
    return bool(_FORWARD_SUBJECT.match(subject))


def is_mobile_signature(line: str) -> bool:
    """What a telephone adds, and no sentence of a person.

    >>> is_mobile_signature("Sent from my iPhone"), is_mobile_signature("Sent from my desk.")
    (True, False)
    """
    if len(line) > 120 or not _MOBILE.match(line) or not _HAS_DEVICE.search(line):
        return False
    return not _SENTENCE.search(line)


def is_attribution(text: str, *, before_quote: bool) -> bool:
    """Whether these joined lines say who wrote what follows, and when.

    Directly before a quote a colon and one sign are enough; alone it needs a time or a
    date, an address or a verb, and the end that such lines have.

    >>> is_attribution("On 1 Oct 2024 at 10:05, Ann wrote:", before_quote=False)
    True
    >>> is_attribution("The shop opens at 10:05:", before_quote=False)
    False
    """
    if len(text) > MAX_ATTRIBUTION:
        return False
    text = text.strip("*_- \t")
    ends = text.endswith((":", "：")) or bool(_VERB_AT_END.search(text))
    timed = is_timed(text)
    who = bool(_ADDRESS.search(text))
    verb = bool(_VERB.search(text))
    if before_quote:
        return (ends and (timed or who or verb)) or (timed and (who or verb))
    if _GMAIL_OLD.match(text):
        return True
    both = bool(_TIME.search(text)) and bool(_DATE.search(text))
    return ends and ((timed and verb) or (both and who))


def label_of(line: str) -> str:
    """What the word of a `Word: value` line means; "other" for an unknown one, "" for none."""
    match = _LABEL.match(line) if ":" in line or "：" in line else None
    if not match:
        return ""
    word = "".join(match[1].lower().split()).strip("*")
    return _MEANING.get(word, "other")


def may_end_attribution(line: str) -> bool:
    """Cheap, and true of every line that ends an attribution without a quote below it."""
    line = line.rstrip("*_- ")
    if line.endswith((":", "：")) or line[:1].isdigit():
        return True
    return bool(_DIGIT.search(line)) and bool(_VERB_AT_END.search(line[-16:]))


def is_timed(text: str) -> bool:
    """A date or a time of day stands in it."""
    return bool(_TIME.search(text)) or bool(_DATE.search(text))


def has_time(line: str) -> bool:
    return bool(_TIME.search(line))


def has_address(line: str) -> bool:
    return bool(_ADDRESS.search(line))
