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
        r"\bi(?:['’]m| am| will be|['’]ll be) (?:\w+ ){0,2}(?:out of|away|on \w* ?leave)\b",
        r"\bi(?:['’]m| am| will be|['’]ll be) (?:\w+ ){0,2}(?:on (?:vacation|holiday)|travel+ing)",
        r"\bi(?:['’]m| am| will be|['’]ll be) (?:\w+ ){0,2}(?:absent|unavailable|off until)",
        r"\b(?:currently|presently) (?:out of|away|on leave|unavailable)",
        r"\bi (?:have|will have) (?:limited|no|little) access to",
        r"\bi no longer work\b",
        r"\bhas left the company",
    ),
    "de": (
        r"\bich bin [^.\n]{0,60}(?:abwesend|außer haus|im urlaub|verreist|krank|auf \w*reise)",
        r"\bich bin [^.\n]{0,60}(?:in elternzeit|auf dienstreise|in mutterschutz)",
        r"\bich bin [^\n]{0,60}nicht (?:im (?:büro|haus)|erreichbar|am (?:arbeits)?platz|da\b)",
        r"befinde(?:n)? (?:ich )?mich [^.\n]{0,60}(?:urlaub|elternzeit|reise|abwesen)",
        r"habe ich (?:\w+ ){0,2}keinen zugriff",
    ),
    "fr": (
        r"\bje (?:suis|serai) (?:\w+ ){0,3}(?:absente?|indisponible|hors du bureau)",
        r"\bje (?:suis|serai) (?:\w+ ){0,3}en (?:congés?|vacances|déplacement|arrêt|formation)",
        r"actuellement (?:absente?|en congés?|indisponible|en déplacement)",
        r"\bserai de retour",
    ),
    "es": (
        r"\b(?:estoy|estaré|me encuentro|me encontraré) (?:\w+ ){0,2}(?:fuera|ausente|sin acceso)",
        r"\b(?:estoy|estaré|me encuentro) (?:\w+ ){0,2}de (?:vacaciones|viaje|baja|permiso)",
        r"\bno (?:estaré|estoy) (?:disponible|en la oficina)",
    ),
    "it": (
        r"\b(?:sono|sarò) (?:\w+ ){0,2}(?:assente|fuori (?:sede|ufficio))",
        r"\b(?:sono|sarò) (?:\w+ ){0,2}in (?:ferie|vacanza|trasferta|malattia|congedo)",
        r"\bnon (?:sono|sarò) (?:in ufficio|raggiungibile|disponibile)",
    ),
    "nl": (
        r"\b(?:ik ben|ben ik) [^.\n]{0,50}(?:afwezig|op vakantie|met verlof|op reis|vrij\b)",
        r"\b(?:ik ben|ben ik) [^.\n]{0,50}niet (?:aanwezig|op kantoor|bereikbaar)",
        r"\bwegens (?:vakantie|verlof|afwezigheid|ziekte)",
    ),
    "pt": (
        r"\b(?:estou|estarei|encontro-me) (?:\w+ ){0,2}(?:ausente|fora|sem acesso|indisponível)",
        r"\b(?:estou|estarei|encontro-me) (?:\w+ ){0,2}(?:de|em) (?:férias|licença|viagem|baixa)",
    ),
    "pl": (
        r"\b(?:jestem|będę) (?:\w+ ){0,2}(?:nieobecn\w+|niedostępn\w+|poza biurem)",
        r"\b(?:jestem|będę|przebywam) (?:\w+ ){0,2}(?:na (?:urlopie|zwolnieniu)|w delegacji|poza)",
        r"\bnie (?:ma mnie|będzie mnie) (?:\w+ ){0,2}w (?:biurze|pracy)",
    ),
    "sv": (
        r"\b(?:jag är|är jag) (?:\w+ ){0,3}inte (?:på kontoret|på plats|i tjänst|anträffbar)",
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
        r"\bменя не будет",
    ),
    "zh": (
        r"(?:我|本人)[^。\n]{0,20}(?:休假|出差|度假|[请請]假|不在[办辦]公室)",
        r"[暂暫][时時](?:无法|無法)(?:回[复覆]|查看)",
    ),
    "ja": (
        r"(?:休暇|出張|不在|休業|お休み|外出)[^。\n]{0,20}(?:いただ|頂|ております|しています|中です|のため)",
    ),
}

# One of these stands in each phrase of ABSENT.
CLUES = {
    "en": (
        "i'm",
        "i’m",
        "i am",
        "i will",
        "i'll",
        "i’ll",
        "i have",
        "ently ",
        "no longer",
        "left the",
    ),
    "de": ("ich",),
    "fr": ("je ", "actuellement", "serai"),
    "es": ("esto", "estar", "encuentro", "encontrar"),
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
        r"until",
        r"return",
        r"\bback\b",
        r"urgent",
        r"contact",
        r"respond",
        r"reply",
        r"forward",
    ),
    "de": (
        r"\bbis\b",
        r"zurück",
        r"wieder",
        r"dringend",
        r"wenden sie",
        r"vertret",
        r"weitergeleit",
    ),
    "fr": (r"jusqu", r"retour", r"urgen", r"contacter", r"absence", r"reviendrai", r"répondrai"),
    "es": (r"hasta", r"regres", r"vuelta", r"contact", r"urgen", r"responder", r"acceso"),
    "it": (r"fino al", r"rientr", r"ritorn", r"rivolg", r"contatt", r"urgen", r"risponder"),
    "nl": (
        r"tot (?:en met|\w+dag)",
        r"terug",
        r"vanaf",
        r"dringen",
        r"spoed",
        r"contact",
        r"beantwoord",
    ),
    "pt": (r"até", r"voltarei", r"retorn", r"contac?t", r"urg[eê]n", r"responder", r"acesso"),
    "pl": (r"\bdo \w", r"wrac", r"wróc", r"powr", r"piln", r"kontakt", r"odpowiem"),
    "sv": (r"till och med", r"tillbaka", r"åter", r"brådsk", r"kontakta", r"svarar"),
    "ru": (r"\bдо \w", r"верн", r"возвращ", r"срочн", r"обращ", r"свяж", r"отвеч"),
    "zh": (r"至", r"回[来來复覆]", r"返回", r"[紧緊]急", r"急事", r"[联聯][系絡]"),
    "ja": (r"まで", r"戻", r"急ぎ", r"連絡", r"返信", r"対応"),
}

# One of these stands in each phrase of AUTOMATIC.
AUTOMATIC_CLUES = (
    "auto",
    "автомат",
    "自动",
    "自動",
    "reply",
    "respond",
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
