"""What mail systems write in a report, as tables: twelve languages and the systems' own words.

Data for `bounce_marks` and `bounce`, which know where these words count. A phrase is a
regular expression in lower case without repetition of more than 60 letters. The surprising
fact: translations of one mail system agree with no other's, even in one language.
"""

# A mail did not arrive, or not yet.
FAILED = {
    "en": (
        r"undeliver",
        r"un-deliverable",
        r"not (?:be )?deliver",
        r"delivery (?:status|fail|has failed|report|problem|notif|error|warning|delay|incomplete)",
        r"delivery attempt",
        r"deliver(?:y|ed)? (?:to the following|failed)",
        r"delivery of",
        r"(?:mail|message) (?:delivery|fail|error|system|status|delayed|not)",
        r"returned mail|returned to sender|returning (?:message )?to sender",
        r"failure notice|failed (?:delivery|mail)|non[- ]?(?:delivery|remis)",
        r"unable to (?:deliver|send|process)|cannot be delivered",
        r"could ?n.?t (?:be )?(?:deliver|send|find|reach)|did not reach",
        r"user unknown|unknown user|no such (?:user|mailbox|address)",
        r"mailbox (?:full|unavailable|is full|over)|over quota",
        r"recipient (?:address )?rejected|automatically rejected",
        r"permanent (?:error|fatal|failure|delivery)|transient error",
        r"processing error|temporary problem|error sending|nameserver error",
        r"still being retried|delayed|(?:has|have) been blocked|was blocked by",
    ),
    "de": (
        r"nachricht (?:delivery|fail|error|system|status)|retour|unzustellbar|fehlgeschlagen",
        r"nicht (?:zugestellt|zustellen|zustellbar|ausgeliefert|ausliefern|übermittelt|versandt)",
        r"fehlernotiz|zustellfehler|fehler bei der (?:nachrichten)?zustellung|zurückgewiesen",
    ),
    "fr": (
        r"n['’]a (?:pas )?pu (?:pas )?(?:être|etre) \w+|non[- ](?:remis|distribu|délivr|livré)",
        r"échec d(?:e|u|'|’)|impossible de (?:remettre|livrer|distribuer|délivrer|transmettre)",
    ),
    "es": (
        r"no (?:se )?(?:ha podido|han podido|pudo|puede|pudimos|fue posible) (?:ser )?"
        r"(?:entreg|env)",
        r"no (?:ha sido )?entregad|(?:error|fallo) (?:de|en la) entrega|correo devuelto",
    ),
    "it": (
        r"non (?:è stat[oa]|può essere|ha potuto)(?: possibile)? (?:recapit|consegn|inoltr|invi)",
        r"non recapitabile|impossibile (?:recapitare|consegnare|inviare)",
        r"mancat[oa] (?:recapito|consegna)",
    ),
    "pt": (
        r"não (?:foi|pôde|pode|pude|foi possível|conseguimos)(?: ser)? (?:entreg|envi)",
        r"não entregue|falha (?:na|de|ao) (?:entrega|entregar)|mensagem devolvida",
    ),
    "nl": (
        r"(?:kan|kon|is) niet (?:worden )?(?:bezorgd|afgeleverd|besteld)|onbestelbaar",
        r"niet (?:bezorgd|afgeleverd|worden bezorgd)|(?:bezorging|aflevering) .{0,40}mislukt",
    ),
    "pl": (
        r"nie (?:dostarcz|można dostarczyć|udało się dostarczyć|powiodło|został[ao]? dostarcz)",
        r"niedostarcz|niedoręcz|błąd dostarcz|zwrot (?:wiadomości|poczty)",
    ),
    "sv": (
        r"(?:kunde|kan) inte (?:levereras|skickas|lämnas|leverera)|gick inte att leverera",
        r"oleverer|obeställbar|olevererbar|leverans\w* .{0,40}misslyckades|misslyckad leverans",
    ),
    "ru": (
        r"не (?:был[оаи]? )?(?:доставлен|может быть (?:доставлен|отправлен)|отправлен)",
        r"не (?:удалось|удаётся|удается) (?:доставить|отправить)|недоставлен",
        r"невозможно доставить|(?:ошибка|сбой) доставки|возврат",
    ),
    "zh": (
        r"退信|退回|无法(?:投递|送达|传递|发送|传送)|無法(?:投遞|送達|傳遞|傳送|傳投遞)",
        r"(?:投递|发送|传递)失败|(?:投遞|傳送|傳遞)失敗|未能(?:送达|投递|送達|投遞)",
    ),
    "ja": (
        r"配信(?:でき|不能|エラー|に失敗|されません|されていません)|配送(?:でき|エラー)|配達",
        r"送信(?:エラー|できません|に失敗)|エラーメール|メール(?:が送信|をお届け)|お届けでき",
        r"宛先不明|あて先不明|届けることができません",
    ),
}

# Delivery goes on being tried.
DELAYED = {
    "en": (
        r"will be retried|still (?:being|trying)|\bdelay(?:ed)?\b|not yet been delivered",
        r"postponed|warning message only|warning only|no action is required",
        r"(?:do not|don.t) need to resend|attempts will|could not be delivered for the last",
        r"continue to (?:try|be made|attempt)|will (?:keep|continue) (?:to )?try|will retry",
        r"(?:only a|is a) temporary (?:failure|problem|error)",
    ),
    "de": (r"verzöger|noch nicht zugestellt|weiter(?:hin)? versucht",),
    "fr": (r"retard[ée]|pas encore (?:été )?(?:remis|distribu|livré)|nouvelles tentatives",),
    "es": (r"retrasad|retraso|aún no se ha entregado|seguir[áe]\w* intentando",),
    "it": (r"ritardo|ritardat|non è (?:stato )?ancora|altri tentativi",),
    "pt": (r"atrasad|atraso|ainda não foi entregue|continuar\w* (?:a )?tenta",),
    "nl": (r"vertraagd|vertraging|nog niet (?:bezorgd|afgeleverd)",),
    "pl": (r"opóźni|jeszcze nie (?:został|dostarcz)|nie zostało jeszcze",),
    "sv": (r"fördröj|försena|ännu inte levererats",),
    "ru": (r"задерж|ещё не доставлен|еще не доставлен|попытки (?:доставки )?продолж",),
    "zh": (r"延迟|延遲|尚未(?:送达|送達|传递|傳遞)|继续尝试|繼續嘗試",),
    "ja": (r"遅延|遅れて|再送を(?:試み|行い)|まだ配信されて",),
}

# It is tried no more, whatever was said of a delay before.
GIVEN_UP = {
    "en": (
        r"giving up|given up|gave up|(?<!fails )permanent|not going to try|time(?:out)? exceeded",
        r"will be deleted|has expired|has been returned",
    ),
    "de": (r"ich gebe auf|aufgegeben|dauerhaft|endgültig",),
    "fr": (r"abandonn|définitiv",),
    "es": (r"permanente|definitiv",),
    "pl": (r"trwał",),
    "ru": (r"постоянн|окончательн",),
    "zh": (r"永久",),
    "ja": (r"恒久|配信を中止",),
}

# Below these words stand those who were not reached.
FOLLOWING = {
    "en": (
        r"following (?:recipient|address|e-?mail)|not (?:be )?delivered to:?|did not reach",
        r"failed:|to this address|(?:message|mail) to:|undeliverable to the following",
        r"could(?: not|n['’]t) be delivered to",
    ),
    "de": (r"folgende[nr]? (?:empfänger|adresse)|nachricht an|empfänger:",),
    "fr": (r"destinataires? suivant|adresses? suivante|message à",),
    "es": (r"siguientes? (?:destinatario|direcci)|destinatarios? siguiente|mensaje (?:para|a)\b",),
    "it": (r"seguent[ei] (?:destinatar|indirizz)|destinatari(?:o)? seguent|messaggio (?:a|per)\b",),
    "pt": (r"seguintes? (?:destinatári|endereço)|destinatários? (?:abaixo|a seguir|seguinte)",),
    "nl": (r"volgende (?:geadresseerde|ontvanger|adres)|deze geadresseerde",),
    "pl": (r"(?:tych|następujących) (?:adresat|odbior)|następując\w+ adres",),
    "sv": (r"följande (?:mottagare|adress)|dessa mottagare",),
    "ru": (r"получател|адресат|следующи\w+ адрес",),
    "zh": (r"收件人|以下(?:地址|邮箱|郵箱)",),
    "ja": (r"受信者|宛先|あて先|次のアドレス",),
}

# The line above the mail that is given back, without what comes before the words.
RETURNED = {
    "en": (
        r"below this line is a copy|this is a copy of|copy of (?:the|your) message",
        r"original message|the header of the original|included is a copy|here is a copy",
        r"(?:returned|undelivered|unsent|original|enclosed) (?:mail|message)",
        r"(?:your |message )?(?:original )?message (?:follows|headers?)|headers? of (?:the|your)",
        r"start of (?:the )?(?:returned|original)|message text follows",
        r"-{3,}+ ?(?:original|returned|undelivered|forwarded)|unsent message (?:follows|below)",
        r"this message is attached|the body of the message is|begin of|message headers? follow",
        r"text of the message|received: (?:from|by) |return-path: ?<",
    ),
    "de": (
        r"unter dieser zeile|ursprüngliche (?:nachricht|kopfzeilen)|originalnachricht",
        r"(?:kopfzeilen|kopie) der (?:ursprünglichen )?nachricht",
    ),
    "fr": (r"message d['’]origine|en-têtes d[eu] (?:message )?|copie du message",),
    "es": (r"mensaje original|encabezados de(?:l)? mensaje|copia del mensaje",),
    "it": (r"messaggio originale|intestazioni (?:del )?messaggio|copia del messaggio",),
    "pt": (r"mensagem original|cabeçalhos? da mensagem|cópia da mensagem",),
    "nl": (r"oorspronkelijk(?:e)? bericht|kopie van (?:het|uw) bericht|origineel bericht",),
    "pl": (r"oryginaln(?:a|e) (?:wiadomość|nagłówki)|kopia wiadomości",),
    "sv": (r"ursprungligt meddelande|kopia av meddelandet|ursprungliga meddelande",),
    "ru": (r"исходное (?:сообщение|письмо)|копия (?:письма|сообщения)|оригинальное",),
    "zh": (r"原始(?:邮件|郵件)|原邮件|邮件头",),
    "ja": (r"元のメッセージ|返送メール|オリジナルメッセージ|元のメール",),
}
