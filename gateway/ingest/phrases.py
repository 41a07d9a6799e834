"""What machines write that answer for people, as tables: twelve languages, one line a phrase.

Data for `wording`, which knows where these words count. A phrase is a regular expression
in lower case without repetition of more than 60 letters. CLUES are what every phrase of a
language has one of: cheap to look for, so that eleven languages cost next to nothing.
"""

# Subjects that programs write and people do not.
SUBJECTS = {
    "en": (
        r"auto(?:matic|mated|mat)?[- ]?(?:re(?:ply|sponse|sponder))",
        r"vacation (?:reply|message|response|auto-?reply)",
        r"out[- ]of[- ](?:the[- ])?office (?:auto ?)?reply",
    ),
    "de": (r"automatische (?:antwort|abwesenheits\w*)", r"abwesenheits(?:notiz|assistent|meldung)"),
    "fr": (r"r[ée]ponse automatique", r"message d['’]absence"),
    "es": (r"(?:respuesta|contestación) autom[áa]tica",),
    "it": (r"risposta automatica",),
    "nl": (r"automatisch(?:e)? (?:antwoord|beantwoording)", r"afwezigheids(?:bericht|assistent)"),
    "pt": (r"resposta autom[áa]tica",),
    "pl": (r"odpowiedź automatyczna", r"automatyczna odpowiedź", r"autoodpowiedź"),
    "sv": (r"auto(?:matiskt )?svar", r"frånvaro(?:meddelande|avisering)"),
    "ru": (r"автоматический ответ", r"автоответ(?:чик)?", r"автовідповідь"),
    "zh": (r"自动(?:回复|答复)", r"自動(?:回覆|回復|答覆)"),
    "ja": (r"自動(?:応答|返信)(?:メール)?", r"不在(?:通知|自動応答)"),
}

# Subjects that a person may write too.
HINTS = {
    "en": (r"out of (?:the )?office", r"o+o", r"away", r"(?:on )?(?:vacation|holiday|leave)"),
    "de": (r"abwesen\w*", r"(?:im )?urlaub", r"nicht im büro"),
    "fr": (r"absen[tc]\w*", r"(?:en )?congés?"),
    "es": (r"fuera de (?:la )?oficina", r"ausen\w*", r"(?:de )?vacaciones"),
    "it": (r"fuori (?:sede|ufficio)", r"assen[tz]\w*", r"(?:in )?ferie"),
    "nl": (r"afwezig\w*", r"niet aanwezig", r"(?:op )?vakantie"),
    "pt": (r"fora d[oe] escritório", r"ausên\w*", r"(?:de )?férias"),
    "pl": (r"nieobecn\w*", r"(?:na )?urlop\w*", r"poza biurem"),
    "sv": (r"frånvaro\w*", r"(?:på )?semester", r"ej på plats"),
    "ru": (r"(?:нет|не) (?:в офисе|на месте)", r"(?:в )?отпуске?"),
    "zh": (r"休假", r"外出", r"不在", r"[请請]假"),
    "ja": (r"(?:夏季)?休[暇業]", r"不在", r"お休み"),
}

# The author tells that they are away.
ABSENT = {
    "en": (
        r"\bi(?:['’]m| am| will be|['’]ll be) (?:\w+ ){0,2}(?:away|on (?:\w+ )?leave)\b",
        r"\bi(?:['’]m| am| will be|['’]ll be) (?:\w+ ){0,2}out (?:until|on|from|sick|today)\b",
        r"\bi(?:['’]m| am| will be|['’]ll be) (?:\w+ ){0,2}out of (?:the |my )?(?:office|town"
        r"|country|building|reach)",
        r"\bi(?:['’]m| am| will be|['’]ll be) (?:\w+ ){0,2}(?:on (?:vacation|holiday)|travel+ing)",
        r"\bi(?:['’]m| am| will be|['’]ll be) (?:\w+ ){0,2}(?:absent|unavailable)",
        r"\bi(?:['’]m| am| will be|['’]ll be) (?:\w+ ){0,2}(?:on sabbatical|not reading)",
        r"\bi(?:['’]m| am| will be|['’]ll be) (?:\w+ ){0,2}off (?:until|sick|work|from|on)\b",
        r"\b(?:currently|presently) (?:out of|away|on leave|unavailable)",
        r"\bi (?:have|will have) (?:limited|no|little) access to",
        r"\bhas left the company",
    ),
    "de": (
        r"\b(?:ich bin|bin ich) [^.\n]{0,60}(?:abwesend|außer haus|im urlaub|verreist|krank)",
        r"\b(?:ich bin|bin ich) [^.\n]{0,60}(?:in (?:elternzeit|mutterschutz)|auf \w*reise)",
        r"\b(?:ich bin|bin ich) [^\n]{0,60}nicht (?:im (?:büro|haus)|erreichbar|da\b)",
        r"\b(?:ich bin|bin ich) [^\n]{0,60}nicht am (?:arbeits)?platz",
        r"\b(?:ich bin|bin ich) erst (?=[^.\n]{0,40}(?:wieder|zurück))",
        r"\b(?:ich bin|bin ich) ab [^\n]{0,30}(?:wieder|zurück)",
        r"\bmich vertritt|\bvertritt mich",
        r"befinde(?:n)? (?:ich )?mich [^.\n]{0,60}(?:urlaub|elternzeit|reise|abwesen)",
        r"habe ich (?:\w+ ){0,2}keinen zugriff",
    ),
    "fr": (
        r"\bje (?:suis|serai) (?:\w+ ){0,3}(?:absente?|indisponible|hors du bureau)",
        r"\bje (?:suis|serai) (?:\w+ ){0,3}en (?:congés?|vacances|déplacement|arrêt|formation)",
        r"\bje ne consulte (?:pas|que)",
        r"actuellement (?:absente?|en (?:congés?|formation|déplacement)|indisponible)",
        r"\bserai de retour",
        r"\bje ne (?:suis|serai) pas (?:joignable|disponible|au bureau)",
    ),
    "es": (
        r"\b(?:estoy|estaré|me encuentro|me encontraré) (?:\w+ ){0,2}(?:fuera|ausente|sin acceso)",
        r"\b(?:estoy|estaré|me encuentro) (?:\w+ ){0,2}de (?:vacaciones|viaje|baja|permiso)",
        r"\bno (?:estaré|estoy) (?:disponible|en la oficina)",
        r"\bno (?:puedo|podré) (?:atender|responder|contestar)",
    ),
    "it": (
        r"\b(?:sono|sarò) (?:\w+ ){0,2}(?:assente|fuori (?:sede|ufficio))",
        r"\b(?:sono|sarò) (?:\w+ ){0,2}in (?:ferie|vacanza|trasferta|malattia|congedo)",
        r"\bnon (?:sono|sarò) (?:in (?:ufficio|sede)|raggiungibile|disponibile)",
    ),
    "nl": (
        r"\b(?:ik ben|ben ik) [^.\n]{0,50}(?:afwezig|op reis|vrij\b|ziek)",
        r"\b(?:ik ben|ben ik) [^.\n]{0,50}(?:op|met) (?:vakantie|\w*verlof)",
        r"\b(?:ik ben|ben ik) [^.\n]{0,50}niet (?:aanwezig|op kantoor|bereikbaar)",
        r"\bwegens (?:vakantie|verlof|afwezigheid|ziekte)",
    ),
    "pt": (
        r"\b(?:estou|estarei|encontro-me) (?:\w+ ){0,2}(?:ausente|fora|sem acesso|indisponível)",
        r"\b(?:estou|estarei|encontro-me) (?:\w+ ){0,2}(?:de|em) (?:férias|licença|viagem|baixa)",
        r"\bnão (?:estou|estarei) (?:disponível|no escritório|contactável)",
    ),
    "pl": (
        r"\b(?:jestem|będę) (?:\w+ ){0,2}(?:nieobecn\w+|niedostępn\w+|poza biurem)",
        r"\b(?:jestem|będę|przebywam) (?:\w+ ){0,2}(?:na (?:urlopie|zwolnieniu)|poza)",
        r"\b(?:jestem|będę|przebywam) (?:\w+ ){0,2}(?:na szkoleniu|w delegacji)",
        r"\bnie (?:ma mnie|będzie mnie) (?:\w+ ){0,2}w (?:biurze|pracy)",
    ),
    "sv": (
        r"\b(?:jag är|är jag) (?:\w+ ){0,3}inte (?:på kontoret|på plats|i tjänst)",
        r"\b(?:jag är|är jag) (?:\w+ ){0,3}(?:inte (?:anträffbar|tillgänglig)|sjuk)\b",
        r"\b(?:jag är|är jag) (?:\w+ ){0,3}(?:ledig|borta|bortrest|frånvarande)",
        r"\b(?:jag är|är jag) (?:\w+ ){0,3}på (?:semester|\w*resa)",
        r"\b(?:jag är|är jag) (?:\w+ ){0,3}(?:föräldraledig|sjukskriven|tjänstledig)",
        r"\b(?:jag har|har jag) semester",
    ),
    "ru": (
        r"\bя (?:\w+ ){0,2}(?:в (?:отпуске|командировке|отъезде)|на больничном|вне офиса)",
        r"\b(?:сейчас|время) я (?:\w+ ){0,2}(?:в (?:отпуске|командировке)|на больничном)",
        r"\bнахожусь (?:в (?:отпуске|командировке|отъезде)|на больничном|вне офиса)",
        r"\b(?:буду )?отсутств(?:ую|овать)",
        r"\bменя (?:\w+ )?(?:не будет|нет) (?:в офисе|на месте|на работе)",
    ),
    "zh": (
        r"(?:我|本人)[^。\n]{0,20}(?:休.{0,2}假|出差|度假|[请請]假|不在[办辦]公室|返回[办辦]公室|产假|產假|培训|培訓)",
        r"(?:[暂暫][时時]|[前间間後后])(?:无法|無法)(?:及[时時])?(?:回[复覆]|查看)",
    ),
    "ja": (
        r"(?:休暇|出張|不在|休業|お休み|外出)[^。\n]{0,20}(?:いただ|頂|ております|しています|中です|中につき|のため)",
    ),
}

# One of these stands in each phrase of ABSENT.
CLUES = {
    "en": ("i'm", "i’m", "i am", "i will", "i'll", "i’ll", "i have", "ently ", "left the"),
    "de": ("ich", "mich"),
    "fr": ("je ", "actuellement", "serai"),
    "es": ("esto", "estar", "encuentro", "encontrar", "no p"),
    "it": ("sono", "sarò"),
    "nl": ("ik ben", "ben ik", "wegens"),
    "pt": ("esto", "estar", "encontro-me"),
    "pl": ("jestem", "będę", "przebywam", "mnie"),
    "sv": ("jag",),
    "ru": ("я ", "нахожусь", "отсутств", "меня не"),
    "zh": ("我", "本人", "时", "時"),
    "ja": ("休", "出張", "不在", "外出"),
}

# What such a notice says besides: until when, whom to ask, what becomes of the mail.
BESIDES = {
    "en": (
        r"until|return|\bback\b|reopen",
        r"urgent|contact|reach out|covering for me|looking after|in my absence",
        r"respond|reply|forward|can['’]t wait",
    ),
    "de": (r"\bbis\b|zurück|wieder", r"dringend|wenden sie|vertret|weitergeleit|bearbeitet"),
    "fr": (r"jusqu|retour|reviendrai", r"urgen|contacte[rz]|adresser|intérim|absence", r"répond"),
    "es": (r"hasta|regres|vuelta|volveré", r"contact|diríjase|urgen|responder|acceso"),
    "it": (r"fino al|rientr|ritorn", r"rivolg|contatt|urgen|risponder"),
    "nl": (
        r"tot (?:en met|\w+dag)|terug|vanaf|er weer",
        r"dringen|spoed|contact|collega['’]?s|mijn taken|beantwoord|reageren",
    ),
    "pt": (r"até|voltarei|volto|regress|retorn", r"contac?t|urg[eê]n|responder|acesso"),
    "pl": (r"\bdo \w|wrac|wróc|powr", r"piln|zastęp|kontakt|odpowiem"),
    "sv": (r"till och med|tillbaka|åter|stäng", r"brådsk|kontakta|svarar"),
    "ru": (r"\bдо \w|верн|возвращ", r"срочн|обращ|свяж|замеща|отвеч|ответ[иь]"),
    "zh": (r"至|回[来來复覆]|返回", r"[紧緊]急|急事|[联聯][系絡]"),
    "ja": (r"まで|戻", r"急ぎ|連絡|返信|対応"),
}

# One of these stands in each phrase of AUTOMATIC.
AUTOMATIC_CLUES = (
    "auto",
    "автомат",
    "自动",
    "自動",
    "reply",
    "respond",
    "you are ",
    "antwort",
    "répondre",
    "rispond",
    "odpowiada",
    "svara",
    "отвечайте",
    "回复",
    "回覆",
    "返信",
)

# The text says of itself that no person wrote it.
AUTOMATIC = {
    "en": (
        r"this is an? auto\w*[- ](?:generated )?(?:e-?mail )?(?:reply|response|message)",
        r"this is an? auto\w*[- ](?:generated )?(?:e-?mail|acknowledge?ment|notification)",
        r"(?:automatically|auto)[- ]generated (?:reply|response|message|e-?mail|notification)",
        r"do not (?:reply|respond) to this (?:automat\w+ )?(?:e-?mail|message|mail|address)",
        r"(?:confirm|verify|prove) (?:that )?you are (?:a (?:human|real)|not a (?:robot|spam))",
    ),
    "de": (
        r"diese? (?:e-?mail|nachricht|antwort|mail) (?:wurde|wird|ist) (?:\w+ )?automatisch",
        r"dies ist eine automatisch",
        r"automatisch (?:generierte|erstellte|erzeugte|versandte) ",
        r"antworten sie (?:bitte )?nicht auf diese",
    ),
    "fr": (
        r"c(?:eci|e (?:message|courriel)|et e-?mail) (?:est|a été) (?:\w+ ){0,3}automatique",
        r"c(?:eci|['’])\s?est un(?:e)? (?:réponse|message) automatique",
        r"ne pas répondre à ce (?:message|courriel|mail)",
    ),
    "es": (
        r"est[ea] es una? (?:\w+ )?(?:respuesta|mensaje|correo) (?:\w+ )?automátic",
        r"mensaje generado automáticamente",
        r"no responda a este (?:correo|mensaje)",
    ),
    "it": (
        r"quest[oa] è un[ao]? (?:\w+ )?(?:messaggio|risposta|e-?mail) automatic",
        r"messaggio generato automaticamente",
        r"non rispond\w+ a quest",
    ),
    "nl": (
        r"dit is een automatisch",
        r"automatisch gegenereerde? ",
        r"niet (?:te )?(?:be)?antwoorden op dit",
    ),
    "pt": (
        r"est[ae] é uma? (?:\w+ )?(?:resposta|mensagem|e-?mail) automátic",
        r"mensagem gerada automaticamente",
        r"não responda a est[ae]",
    ),
    "pl": (
        r"wiadomość (?:\w+ )?(?:\w+ )?automatycznie",
        r"(?:to|jest to) (?:\w+ )?automatyczn[ay] (?:odpowiedź|wiadomość)",
        r"nie odpowiadać",
    ),
    "sv": (
        r"detta är ett automat",
        r"(?:mejl|meddelande|svar)(?:et)? (?:har )?(?:skickats|genererats) automatiskt",
        r"svara inte på detta",
    ),
    "ru": (
        r"это (?:\w+ )?автоматическ\w+ (?:сообщение|письмо|ответ|уведомление)",
        r"(?:создано|сгенерировано|отправлено) автоматически",
        r"не отвечайте на это",
    ),
    "zh": (
        r"[这這]是[^。\n]{0,12}自[动動]",
        r"系[统統]自[动動](?:发送|發送|生成|回[复覆])",
        r"[请請]勿(?:直接)?回[复覆]",
    ),
    "ja": (
        r"(?:この|本)メールは[^。\n]{0,12}自動",
        r"返信(?:しないで|はご遠慮|はできません)",
    ),
}
