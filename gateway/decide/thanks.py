"""Whether a mail says thanks and nothing else, so that it need not open a ticket again.

A closed list: the whole text has to be made of these phrases, of one language, and one of them
has to be thanks. Whatever is not in it, a word, a digit, a question mark, a file, a new subject,
is somebody who may want something, and opens the ticket.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import cache

from gateway.decide.case import Case
from gateway.message import Message
from gateway.threading import tag
from gateway.tickets.actions import Entry
from gateway.tickets.model import Ticket

MAX_CHARS = 200

_THANKING = "👍🙏👌💐💪❤"
_GLAD = _THANKING + "😊🙂😀😃😄😁☺🎉💚💙🤗✅🌟⭐"
_SMILE = re.compile(r"[:;]-?[)D](?!\w)|\^\^|<3(?!\w)")
_NEITHER = re.compile("[\ufe0f\u200d\U0001f3fb-\U0001f3ff]")  # of an emoji: its form, its colour
_SILENT = frozenset(".,!…-–—~*'\"()’‘“”„«»、。，！・:;¡")
_WORD = re.compile(r"\w+")
_SHORT = re.compile(r"(?<=\w)['’](?=(?:s|re|m)\b)")  # it's
_PREFIXES = re.compile(r"^(?:\s*\w{1,4}(?:\[\d+\])?\s*[:：])*\s*")

# language: what is thanks, and what may stand beside it
_PHRASES: dict[str, tuple[str, str]] = {
    "en": (
        "thanks|thank you|thankyou|many thanks|thx|ty|cheers|much appreciated|appreciated|"
        "i appreciate it|i really appreciate it|big thanks|thanks a lot|thanks a million|"
        "thanks so much|thanks very much|thank you so much|thank you very much|kudos",
        "hi|hello|dear|all|team|everyone|very much|so much|a lot|again|indeed|"
        "for your help|for the help|for helping|for your support|for the support|"
        "for the quick help|for your quick help|for the quick reply|for your quick reply|"
        "for the quick response|for your quick response|for the fast help|for everything|"
        "for your time|for your assistance|for the update|for fixing it|for the fix|for that|"
        "for this|it works|it works now|works|works now|it is working now|its working now|"
        "working now|works fine|works perfectly|works like a charm|works great|"
        "all good|all good now|"
        "everything works|everything works now|everything is fine|that works|that worked|it worked|"
        "that helped|that did it|problem solved|solved|fixed|perfect|great|great job|great work|"
        "good job|well done|awesome|excellent|wonderful|super|brilliant|you are the best|"
        "youre the best|ok|okay|you can close the ticket|you can close this ticket|"
        "you can close it|"
        "regards|best regards|kind regards|best wishes|best|have a nice day|have a great day|"
        "have a good weekend|have a nice weekend",
    ),
    "de": (
        "danke|dankeschön|danke schön|danke sehr|vielen dank|herzlichen dank|besten dank|"
        "tausend dank|lieben dank|recht vielen dank|danke vielmals|ich danke ihnen|ich danke dir|"
        "ich danke euch|ich bedanke mich|merci|vielen lieben dank|danke dir|danke ihnen|danke euch|"
        "haben sie vielen dank",
        "hallo|guten tag|guten morgen|liebe kollegen|liebes team|team|für die hilfe|"
        "für ihre hilfe|für deine hilfe|für eure hilfe|für die schnelle hilfe|"
        "für ihre schnelle hilfe|für deine schnelle hilfe|für die rasche hilfe|"
        "für die unterstützung|für ihre unterstützung|für die schnelle antwort|"
        "für die schnelle rückmeldung|für die rückmeldung|für die info|für alles|für ihre mühe|"
        "für die mühe|passt|passt so|passt alles|es passt|es geht|es geht wieder|geht wieder|"
        "jetzt geht es|jetzt geht es wieder|es funktioniert|es funktioniert wieder|"
        "funktioniert|funktioniert wieder|jetzt funktioniert es|jetzt funktioniert alles|"
        "funktioniert jetzt|alles gut|alles bestens|alles klar|alles ok|hat geklappt|"
        "es hat geklappt|das wars|erledigt|super|prima|perfekt|klasse|toll|spitze|bestens|"
        "hat geholfen|das hat geholfen|ok|okay|nochmal|nochmals|auch|mit freundlichen grüßen|"
        "freundliche grüße|viele grüße|liebe grüße|beste grüße|schöne grüße|grüße|gruß|lg|mfg|vg|"
        "schönes wochenende|schönen tag noch|schönen tag|schönen feierabend|"
        "sie können das ticket schließen",
    ),
    "fr": (
        "merci|merci beaucoup|merci bien|mille mercis|un grand merci|grand merci|merci infiniment|"
        "je vous remercie|je te remercie|merci à vous|merci à toi|merci à tous",
        "bonjour|salut|à tous|encore|pour votre aide|pour ton aide|pour l aide|"
        "pour votre réponse rapide|pour votre réponse|pour la réponse|pour votre réactivité|"
        "pour tout|pour votre soutien|ça marche|cela marche|ça fonctionne|cela fonctionne|"
        "tout fonctionne|maintenant ça marche|c est bon|c est parfait|parfait|super|génial|"
        "excellent|impeccable|nickel|problème résolu|c est résolu|ok|cordialement|"
        "bien cordialement|bonne journée|bon week end|bonne soirée|bien à vous",
    ),
    "es": (
        "gracias|muchas gracias|mil gracias|muchísimas gracias|le agradezco|te agradezco|"
        "se lo agradezco|muy agradecido|muy agradecida",
        "hola|buenos días|buenas tardes|de nuevo|otra vez|por la ayuda|por su ayuda|por tu ayuda|"
        "por todo|por la respuesta|por la rápida respuesta|por su rápida respuesta|ya funciona|"
        "funciona|ahora funciona|todo bien|todo funciona|perfecto|genial|excelente|estupendo|"
        "solucionado|resuelto|problema resuelto|ok|vale|saludos|un saludo|saludos cordiales|"
        "buen día|buen fin de semana",
    ),
    "it": (
        "grazie|grazie mille|molte grazie|grazie tante|mille grazie|tante grazie|la ringrazio|"
        "ti ringrazio|vi ringrazio|grazie infinite",
        "ciao|salve|buongiorno|ancora|di nuovo|per l aiuto|per il supporto|per il vostro aiuto|"
        "per il suo aiuto|per la risposta|per la rapida risposta|di tutto|per tutto|funziona|"
        "ora funziona|adesso funziona|funziona tutto|tutto bene|tutto ok|tutto a posto|perfetto|"
        "ottimo|risolto|problema risolto|ok|saluti|cordiali saluti|distinti saluti|buona giornata|"
        "buon lavoro|buon weekend|gentilissimi",
    ),
    "pt": (
        "obrigado|obrigada|muito obrigado|muito obrigada|obrigadão|agradeço|agradecido|agradecida|"
        "fico agradecido|valeu",
        "olá|bom dia|boa tarde|mais uma vez|de novo|pela ajuda|pelo apoio|pela sua ajuda|"
        "pela resposta|pela resposta rápida|por tudo|funciona|já funciona|agora funciona|"
        "funcionou|está funcionando|tudo certo|tudo bem|tudo ok|perfeito|ótimo|excelente|"
        "resolvido|problema resolvido|ok|abraço|abraços|atenciosamente|cumprimentos|"
        "bom fim de semana",
    ),
    "nl": (
        "dank|bedankt|dank je|dank u|dankjewel|dankuwel|dank je wel|dank u wel|hartelijk dank|"
        "heel erg bedankt|veel dank|hartstikke bedankt|dank jullie wel|super bedankt",
        "hallo|hoi|goedemorgen|beste|nogmaals|voor de hulp|voor je hulp|voor uw hulp|"
        "voor jullie hulp|voor de snelle hulp|voor de snelle reactie|voor het snelle antwoord|"
        "het werkt|het werkt weer|het werkt nu|werkt weer|alles werkt|alles werkt weer|top|"
        "perfect|prima|super|geweldig|opgelost|is opgelost|in orde|helemaal goed|ok|oké|groet|"
        "groeten|groetjes|met vriendelijke groet|vriendelijke groeten|fijne dag|fijn weekend",
    ),
    "pl": (
        "dzięki|dziękuję|dziękuje|bardzo dziękuję|serdecznie dziękuję|dziękuję bardzo|"
        "wielkie dzięki|dziękujemy|dzięki wielkie|piękne dzięki",
        "cześć|dzień dobry|witam|jeszcze raz|za pomoc|za szybką pomoc|za odpowiedź|"
        "za szybką odpowiedź|za wsparcie|za wszystko|działa|już działa|teraz działa|"
        "wszystko działa|wszystko w porządku|super|świetnie|idealnie|rozwiązane|ok|pozdrawiam|"
        "z poważaniem|miłego dnia|miłego weekendu",
    ),
    "sv": (
        "tack|tack så mycket|tackar|stort tack|tusen tack|många tack|tack tack|tackar så mycket|"
        "jättetack",
        "hej|igen|för hjälpen|för snabb hjälp|för din hjälp|för er hjälp|för snabbt svar|"
        "för svaret|det fungerar|det fungerar nu|nu fungerar det|funkar|det funkar|nu funkar det|"
        "allt fungerar|allt bra|toppen|perfekt|super|utmärkt|kanon|löst|ok|okej|mvh|hälsningar|"
        "med vänliga hälsningar|vänliga hälsningar|ha en bra dag|trevlig helg",
    ),
    "da": (
        "tak|mange tak|tusind tak|tak skal du have|tak skal i have|tusen takk|takk|mange takk|"
        "takk skal du ha|hjertelig takk|takker|stor tak",
        "hej|hei|igen|for hjælpen|for hjelpen|for den hurtige hjælp|for rask hjelp|for svaret|"
        "for hurtigt svar|det virker|det virker nu|nu virker det|det fungerer|nå virker det|"
        "det fungerer nå|alt virker|perfekt|super|fint|flot|supert|løst|ok|mvh|hilsen|"
        "venlig hilsen|med venlig hilsen|vennlig hilsen|god weekend|god helg|god dag",
    ),
    "cs": (
        "díky|děkuji|děkuju|moc děkuji|děkuji moc|mockrát děkuji|děkujeme|díky moc|ďakujem|"
        "ďakujem pekne|veľmi pekne ďakujem|velice děkuji|moc díky|vďaka",
        "dobrý den|ahoj|ještě jednou|za pomoc|za rychlou pomoc|za odpověď|za rychlou odpověď|"
        "za podporu|za vše|funguje|už funguje|už to funguje|funguje to|vše funguje|"
        "vše v pořádku|super|skvělé|výborně|perfektní|vyřešeno|ok|s pozdravem|hezký den|"
        "pěkný den|hezký víkend",
    ),
    "tr": (
        "teşekkürler|teşekkür ederim|çok teşekkürler|çok teşekkür ederim|sağ olun|sağolun|"
        "teşekkür ederiz|çok sağ olun|sağ ol",
        "merhaba|tekrar|yardımınız için|yardımın için|desteğiniz için|hızlı dönüşünüz için|"
        "her şey için|çalışıyor|şimdi çalışıyor|sorun çözüldü|çözüldü|harika|süper|mükemmel|"
        "tamam|tamamdır|iyi günler|saygılar|saygılarımla|iyi çalışmalar|kolay gelsin",
    ),
    "ru": (
        "спасибо|большое спасибо|спасибо большое|огромное спасибо|благодарю|благодарю вас|"
        "спасибо вам|премного благодарен|спасибо вам большое|спасибо огромное",
        "здравствуйте|привет|добрый день|ещё раз|за помощь|за вашу помощь|за быструю помощь|"
        "за ответ|за быстрый ответ|за поддержку|за всё|за оперативность|работает|"
        "всё работает|теперь работает|заработало|теперь всё работает|всё хорошо|всё в порядке|"
        "отлично|супер|прекрасно|решено|проблема решена|помогло|ок|с уважением|"
        "хорошего дня|хороших выходных",
    ),
    "uk": (
        "дякую|щиро дякую|дуже дякую|дякую дуже|красно дякую|дякуємо|велике спасибі|спасибі",
        "вітаю|добрий день|ще раз|за допомогу|за вашу допомогу|за швидку допомогу|за відповідь|"
        "за швидку відповідь|за підтримку|за все|працює|все працює|тепер працює|все добре|чудово|"
        "супер|відмінно|вирішено|ок|з повагою|гарного дня|гарних вихідних",
    ),
    "ja": (
        "ありがとう|ありがとうございます|ありがとうございました|どうもありがとうございます|"
        "どうもありがとうございました|誠にありがとうございます|感謝します|感謝いたします|助かりました|"
        "大変助かりました",
        "お世話になっております|解決しました|直りました|動きました|問題ありません|了解です|"
        "承知しました|よろしくお願いいたします",
    ),
    "zh": (
        "谢谢|謝謝|非常感谢|非常感謝|多谢|多謝|感谢|感謝|谢谢你|谢谢您|謝謝你|謝謝您|谢谢大家|太感谢了|十分感谢",
        "您好|你好|已解决|已解決|问题已解决|可以了|好了|好的|没问题了|很好|太好了|你的帮助|您的帮助",
    ),
    "ko": (
        "감사합니다|고맙습니다|정말 감사합니다|대단히 감사합니다|고마워요|감사드립니다",
        "안녕하세요|해결되었습니다|해결됐습니다|잘 됩니다|이제 잘 됩니다|도와주셔서|덕분에|네",
    ),
}


def entry_of(case: Case, ticket: Ticket) -> Entry:
    """What the mail of a requester or watcher is within the ticket."""
    if not ticket.status.is_over:
        return Entry.FOLLOW_UP
    people = [case.author.name, *(each.address.name for each in case.desk.directory.people)]
    said = is_thanks(case.reading.message, case.reading.new_text, ticket.subject, people)
    return Entry.THANKS if said else Entry.FOLLOW_UP


def is_thanks(message: Message, text: str, subject: str, names: Iterable[str] = ()) -> bool:
    """Whether `text`, what is new in the mail, is thanks alone. `subject` is the ticket's; `names`
    are those by which people may call each other in it.

    >>> is_thanks(Message(subject="Re: VPN"), "Thank you so much, it works now! :-)", "VPN")
    True
    >>> is_thanks(Message(subject="Re: VPN"), "Thanks, but it does not work", "VPN")
    False
    """
    if message.files or len(text) > MAX_CHARS or not _is_same_subject(message.subject, subject):
        return False
    plain = _SMILE.sub(" ", _NEITHER.sub("", unicodedata.normalize("NFC", text)))
    is_glad = any(each in _THANKING for each in plain)
    words = _words("".join(" " if each in _GLAD else each for each in plain))
    if words is None:
        return False
    if not words:
        return any(each in _GLAD for each in plain)
    called = frozenset(_folded(each) for name in names for each in _WORD.findall(name))
    return any(
        _is_made_of(tuple(words), *_phrases(language), called, is_glad) for language in _PHRASES
    )


def _is_same_subject(subject: str, of_ticket: str) -> bool:
    """Who changes the subject has something to say."""
    plain, ours = (
        _folded(_PREFIXES.sub("", tag.without_tags(each))).strip() for each in (subject, of_ticket)
    )
    return not plain or (bool(ours) and plain.startswith(ours[:40]))


def _words(text: str) -> list[str] | None:
    """The text's words, without accents; None where it has something that is no word, or a
    number."""
    rest = _WORD.sub("", text)
    if any(not each.isspace() and each not in _SILENT for each in rest):
        return None
    return [_folded(each) for each in _WORD.findall(_SHORT.sub("", text))]


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


@cache
def _phrases(language: str) -> tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]]:
    thanks, beside = _PHRASES[language]
    made = (
        frozenset(tuple(_folded(phrase).split()) for phrase in each.split("|"))
        for each in (thanks, beside)
    )
    return next(made), next(made)


def _is_made_of(
    words: tuple[str, ...],
    thanks: Collection[tuple[str, ...]],
    beside: Collection[tuple[str, ...]],
    names: Collection[str],
    is_glad: bool,
) -> bool:
    """Whether the words are phrases from the first to the last, and thanks is among them."""
    # up to each word: whether it can be reached, and whether with thanks on the way
    reached: list[set[bool]] = [{is_glad}, *(set[bool]() for _ in words)]
    for start in range(len(words)):
        for said in reached[start]:
            if words[start] in names:
                reached[start + 1].add(said)
            for end in range(start + 1, min(start + 6, len(words)) + 1):
                phrase = words[start:end]
                if phrase in thanks:
                    reached[end].add(True)
                if phrase in beside:
                    reached[end].add(said)
    return True in reached[-1]
