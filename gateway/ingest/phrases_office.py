"""What notices write that speak for an office, or for somebody who has left: twelve languages.

Data for `wording`, beside `phrases` and of the same form. The surprising fact: a notice that
says "I am away" is the smaller part; offices that close and desks that say they have got a
mail never speak of one person.
"""

# The office is closed.
CLOSED = {
    "en": (
        r"(?:our|the) (?:\w+ ){0,2}(?:offices?|team|company|business|practice|school|library)"
        r" (?:is|are|will be|will remain|remains) (?:\w+ )?closed",
    ),
    "de": (
        r"(?:büros?|betrieb|unternehmen|praxis|kanzlei|geschäftsstelle|firma) (?:ist|sind|bleibt|"
        r"bleiben)[^!?\n]{0,60}geschlossen",
        r"\b(?:betriebsferien|betriebsurlaub)|(?:praxis|kanzlei|firma) macht (?:\w+ )?urlaub",
    ),
    "fr": (
        r"(?:bureaux?|service|entreprise|société|établissement) (?:est|sont|sera|seront)"
        r" (?:\w+ )?fermée?s?",
    ),
    "es": (
        r"(?:oficinas?|empresa) (?:está|estará|permanecerá|permanecerán|estarán)n? (?:\w+ )?cerrad",
    ),
    "it": (
        r"(?:uffic\w+|azienda|sede) (?:è|sono|sarà|saranno|resterà|resteranno|rimarranno) chius",
    ),
    "nl": (r"(?:kantoor|bedrijf|praktijk) (?:is|zijn|blijft) [^.!?\n]{0,40}gesloten",),
    "pt": (
        r"(?:escritórios?|empresa|serviços) (?:está|estará|estarão|encontra-se) (?:\w+ )?"
        r"(?:encerrad|fechad)",
    ),
    "pl": (
        r"(?:biuro|firma|sekretariat) (?:jest|będzie|pozostanie) (?:\w+ )?(?:nieczynn|zamknięt)",
    ),
    "sv": (r"(?:kontor(?:et)?|växel(?:n)?) (?:är|håller|kommer att vara) (?:\w+ )?stäng",),
    "ru": (r"(?:офис|компания|организация) (?:будет )?(?:закрыт|не работает)",),
    "zh": (r"(?:公司|本公司|我司|办公室|辦公室)[^。\n]{0,16}(?:放假|休假|休息|休业|休業)",),
    "ja": (r"休業(?:いた|致)します|休業とさせて",),
}

# The author has left for good.
LEFT = {
    "en": (r"\bi (?:no longer work|have left|am no longer (?:with|at|employed))",),
    "de": (
        r"\b(?:arbeite ich|ich arbeite|bin ich|ich bin) (?:\w+ ){0,2}nicht mehr"
        r" (?:\w+ )?(?:für|bei|tätig)",
    ),
    "fr": (r"\bje ne (?:fais plus partie|travaille plus)", r"j['’]ai quitté (?:la société|l)"),
    "es": (r"\bya no (?:trabajo|formo parte)",),
    "it": (r"\bnon (?:lavoro|faccio) più",),
    "nl": (
        r"\b(?:ik werk|werk ik|ik ben|ben ik) (?:\w+ ){0,2}niet (?:meer|langer)"
        r" (?:bij|werkzaam|voor)",
    ),
    "pt": (r"\b(?:já não trabalho|não trabalho mais|não faço mais parte)",),
    "pl": (r"\b(?:nie pracuję już|już nie pracuję)",),
    "sv": (r"\bjag (?:har slutat|arbetar inte längre|jobbar inte längre)",),
    "ru": (r"\bя (?:больше|уже) не работаю",),
    "zh": (r"(?:我|本人)[^。\n]{0,6}(?:已|已经|已經)(?:从[^。\n]{0,12})?(?:离职|離職)",),
    "ja": (r"(?:私|わたくし)[^。\n]{0,30}退職",),
}

# It has come in, and somebody will answer: what desks say to everybody.
RECEIVED = {
    "en": (
        r"(?:your (?:\w+ )?(?:message|e-?mail|request|enquiry|inquiry) has been received"
        r"|we have received your) [^\n]{0,200}(?:within|shortly|as soon as|will (?:reply|respond))",
    ),
    "de": (
        r"(?:nachricht|anfrage|mail|wir haben)[^\n]{0,60}(?:eingegangen|erhalten)"
        r"[^\n]{0,200}(?:schnellstmöglich|innerhalb|so bald wie|in kürze|umgehend)",
    ),
    "fr": (
        r"(?:bien (?:reçu|été reçue?)|accusons réception)[^\n]{0,200}"
        r"(?:meilleurs délais|plus brefs délais|dès que possible|sous \d)",
    ),
    "es": (
        r"(?:hemos recibido su|su (?:mensaje|correo|solicitud) ha sido recibid)[^\n]{0,200}"
        r"(?:lo antes posible|en breve|a la (?:mayor )?brevedad)",
    ),
    "it": (
        r"(?:abbiamo ricevuto|è stat[oa] ricevut)[^\n]{0,200}"
        r"(?:al più presto|appena possibile|entro)",
    ),
    "nl": (r"(?:hebben uw|is) [^\n]{0,40}ontvangen[^\n]{0,200}(?:zo spoedig|zo snel|binnen)",),
    "pt": (
        r"(?:recebemos (?:a )?(?:sua|o seu)|foi recebid)[^\n]{0,200}(?:brevemente|em breve"
        r"|assim que possível|o mais|brevidade)",
    ),
    "pl": (r"(?:otrzymaliśmy|została otrzymana)[^\n]{0,200}(?:wkrótce|najszybciej|w ciągu)",),
    "sv": (r"har (?:tagit emot|mottagit) (?:ditt|er)[^\n]{0,200}(?:så snart|inom)",),
    "ru": (
        r"(?:получено|получили ваше)[^\n]{0,200}(?:ближайшее время|в течение|как можно скорее)",
    ),
    "zh": (r"(?:来信|來信|邮件|郵件)(?:已)?(?:收到|收悉)[^\n]{0,60}(?:尽快|儘快|回[复覆])",),
    "ja": (r"(?:受け付け|受付)(?:まし|いたし)[^\n]{0,100}(?:追って|順次|担当者より|後ほど)",),
}

# Heads of subjects by which calendars answer an invitation.
ANSWERED = {
    "en": (r"accepted|tentative(?:ly accepted)?|declined|new time proposed",),
    "de": (r"zugesagt|angenommen|mit vorbehalt(?: zugesagt)?|abgelehnt|abgesagt|zusage|absage",),
    "fr": (r"accepté|provisoire|refusé",),
    "es": (r"aceptad[oa]|provisional|rechazad[oa]",),
    "it": (r"accettat[oa]|accettazione|provvisori[oa]|rifiutat[oa]",),
    "nl": (r"geaccepteerd|voorlopig|geweigerd|afgewezen",),
    "pt": (r"aceit[eo]|provisóri[oa]|recusad[oa]",),
    "pl": (r"zaakceptowan[oe]|wstępn\w+|odrzucon[oe]",),
    "sv": (r"accepterad|preliminär\w*|avböjd|avböjt",),
    "ru": (r"принято|под вопросом|отклонено",),
    "zh": (r"已?接受|暂定|暫定|已?拒绝|已?拒絕",),
    "ja": (r"承諾|仮承諾|辞退",),
}

# One of these stands in each phrase of CLOSED, LEFT and RECEIVED.
CLUES = (
    "closed", "geschlossen", "urlaub", "betriebs", "ferm", "cerrad", "chius",
    "gesloten", "encerrad", "fechad", "nieczynn", "zamknięt", "stäng",
    "закрыт", "не работа", "放假", "休假", "休息", "休业", "休業", "longer",
    "have left", "nicht mehr", "plus", "quitté", "ya no", "niet meer",
    "niet langer", "já não", "não trabalho", "não faço", "pracuję", "slutat",
    "inte längre", "离职", "離職", "退職", "received", "eingegangen", "erhalten",
    "reçu", "réception", "recibid", "ricevut", "ontvangen", "receb",
    "otrzyma", "mottagit", "tagit emot", "получ", "收到", "收悉", "più", "受け付け",
    "受付",
)  # fmt: skip
