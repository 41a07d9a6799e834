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
_MAY_BE_MARK = re.compile(r"[:：\d—–]|--|__|==|(?i:reply above)")
# All that is no part of a mark, turned round: a set of ASCII letters is the quickest search.
_LINE_WITH_MARK = re.compile(r"[^A-Za-z \t\n.,;!?'\"()/<>@*+&%$|\r][^\n]*")
_LINE_OF_OURS = re.compile(r"[^\n]*reply above[^\n]*", re.IGNORECASE)
_QUOTED = (">", " >", "  >", "   >")
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
    r"|menulis|כתב|كتب|vous a écrit|ha scritto"
)  # of a text in lower case: to ignore the case takes four times as long
_VERB_AT_END = re.compile(f"(?:{_VERB.pattern})$")
_GMAIL_OLD = re.compile(r"^\d{4}[-/]\d{1,2}[-/]\d{1,2} \d{1,2}:\d{2} GMT[+-]\d{1,2}:\d{2}\b")

# Labels of a header block, by what they mean. Outlook translates them, others copy it.
_LABELS = {
    "from": "from von de da van od från fra от від kimden feladó lähettäjä expéditeur remitente"
    " mittente odesílatel nadawca afsender avsändare 发件人 寄件者 寄件人 差出人 送信元 보낸사람"
    " από מאת من dela šalje saatja no nuo dari จาก từ",
    "date": "date sent datum gesendet envoyé enviado inviato verzonden wysłano data odesláno"
    " skickat sendt дата отправлено надіслано fecha lähetetty gönderilme tarih elküldve dátum"
    " στάλθηκε ημερομηνία נשלח תאריך تاريخالإرسال تمالإرسال trimis изпратено poslano odoslané"
    " saadetud nosūtīts išsiųsta dikirim tanggal ส่ง วันที่ đãgửi ngày enviat"
    " 发送时间 日期 寄件日期 送信日時 日時 보낸날짜 날짜 päiväys envoyéle sentat",
    "to": "to an à para a aan do komu till til кому до vastaanottaja kime címzett destinatario"
    " destinataire adressat 收件人 宛先 받는사람"
    " προς אל إلى către prima kam kepada ถึง đến pera adressaat",
    "subject": "subject betreff objet asunto oggetto onderwerp temat předmět ämne emne тема aihe"
    " konu tárgy assunto 主题 主旨 件名 제목"
    " θέμα נושא الموضوع subiect относно predmet teema temats subjek เรื่อง chủđề assumpte",
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
    r"|doorgestuurd bericht|mensagem (?:encaminhada|reencaminhada)"
    r"|przekaz(?:ana|ywanej) wiadomoś(?:ć|ci)"
    r"|wiadomość przekazana|přeposlan(?:á|é) zpráv[ay]|vidarebefordrat (?:mail|meddelande)"
    r"|videresendt (?:meddelelse|melding)|välitetty viesti|пересылаемое сообщение"
    r"|перенаправленное сообщение|переадресованн\w+ (?:сообщени|письм)\w+|továbbított üzenet"
    r"|iletilen (?:ileti|mesaj)|转发(?:的)?邮件|轉寄的?郵件|転送(?:された)?メッセージ"
    r"|전달된 메시지",
    re.IGNORECASE,
)
_RULED = re.compile(r"^[\s*>]{0,4}[-_=—–]{2,40}(.{3,80}?)[-_=—–]{2,40}[\s*]{0,3}$")
_DASHES = ("--", "__", "==", "—", "–")
_RUN_IN = re.compile(r"^([^<>]{1,120}<[^<>\s]{1,100}@[^<>\s]{1,100}>[^:：]{0,30}[:：]) ")
_DIGIT = re.compile(r"\d")
_RULE = re.compile(r"^[\s*]{0,3}(?:[-_=*—–] ?){5,}\s*$")

_DEVICE = (
    r"(?:i-?phone|i-?pad|i-?pod|android|blackberry|samsung|galaxy|huawei|xiaomi|nokia|lumia|htc"
    r"|pixel|windows|outlook|yahoo|gmail|mail\b|mailbox|airmail|proton|gmx|web\.de|k-9|mobil\w*"
    r"|phone|telefon\w*|t[eé]l[eé]phone|cell|handy|smartphone|tablet|dispositivo|cellulare"
    r"|telem[oó]vel|celular|устройств\w*|телефон\w*|手机|手機|typeapp|spark|superhuman|boxer|aqua|thunderbird)"
)
_MOBILE = re.compile(
    r"^[\W_]{0,3}(?:sent (?:from|by|via|with|using)|get outlook for|from my|(?:von|aus) mein\w+"
    r"|gesendet (?:von|mit|aus)|diese nachricht wurde von|envoy[ée] (?:de|depuis|à partir)"
    r"|enviado (?:desde|do|a partir|con)|inviato da|ver(?:zonden|stuurd) (?:vanaf|met|vanuit|via)"
    r"|skickat från|sendt fra|wysłane? z|odesláno z|отправлено (?:с|из)|надіслано з"
    r"|从我的|從我的|发自我的|發自我的|outlook for|télécharger outlook|outlook für|obtener outlook"
    r"|obtenha o outlook|lähetetty|küldve|iPhone\s?から送信|scarica outlook"
    r"|trimis de pe|στάλθηκε από|נשלח מ).{0,60}$"
    r"|^[\W_]{0,3}(?:von|aus|med|från|fra|z|из|с) .{2,40} (?:gesendet|sendt|skickat)\W{0,3}$",
    re.IGNORECASE,
)
_LINK_AT_END = re.compile(r" ?<https?://[^<>\s]{1,200}>\W{0,3}$")
_HAS_DEVICE = re.compile(_DEVICE, re.IGNORECASE)
_SENTENCE = re.compile(r"[,;:!?](?!/)\s|\. \S")


def lines_with_marks(text: str, last: int) -> list[int]:
    """The numbers, up to `last`, of the lines that have any letter a mark needs; in one pass."""
    found = [match.start() for match in _LINE_WITH_MARK.finditer(text)]
    if "reply above" in text.lower():
        found = sorted({*found, *(match.start() for match in _LINE_OF_OURS.finditer(text))})
    numbers: list[int] = []
    number = at = 0
    for start in found:
        number += text.count("\n", at, start)
        at = start
        if number > last:
            break
        if not numbers or numbers[-1] != number:
            numbers.append(number)
    return numbers


def may_be_mark(line: str) -> bool:
    """Cheap, and true of every line that one of the questions below is answered with yes for."""
    return not line.startswith(">") and bool(_MAY_BE_MARK.search(line))


def is_marker(line: str) -> bool:
    """Our own line, unquoted: a program that quotes without `>` took our mail over below it."""
    return bool(_MARKER.match(line))


def is_quoted(line: str) -> bool:
    return line.startswith(_QUOTED)


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


def is_mobile_signature(line: str) -> bool:
    """What a telephone adds, and no sentence of a person.

    >>> is_mobile_signature("Sent from my iPhone"), is_mobile_signature("Sent from my desk.")
    (True, False)
    """
    line = _LINK_AT_END.sub("", line)
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
    lowered = text.lower()
    ends = text.endswith((":", "：")) or bool(_VERB_AT_END.search(lowered))
    who = has_address(text)
    verb = bool(_VERB.search(lowered))
    if before_quote:
        return (ends or who or verb) and (
            (ends and (who or verb or is_timed(text))) or ((who or verb) and is_timed(text))
        )
    if not ends or not (who or verb):  # quicker to tell than the times
        return bool(_GMAIL_OLD.match(text))
    if verb and is_timed(text):
        return True
    return who and bool(_TIME.search(text)) and bool(_DATE.search(text))


def is_run_in(line: str) -> bool:
    """An attribution that the quoted text follows on the same line, as Yahoo's telephones write.

    >>> is_run_in("  On Tue, Oct 1, 2024 at 9:00, Ann<a@x.example> wrote:   Please restart.")
    True
    >>> is_run_in("On 1 Oct 2024 at 9:00 Bo wrote: it burns.")
    False
    """
    match = _RUN_IN.match(line)
    return bool(match and _VERB.search(match[1].lower()) and is_timed(match[1]))


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
    return bool(_DIGIT.search(line)) and bool(_VERB_AT_END.search(line[-16:].lower()))


def is_timed(text: str) -> bool:
    """A date or a time of day stands in it."""
    return bool(_TIME.search(text)) or bool(_DATE.search(text))


def has_time(line: str) -> bool:
    return bool(_TIME.search(line))


def has_address(line: str) -> bool:
    return ("@" in line or "[mailto:" in line) and bool(_ADDRESS.search(line))
