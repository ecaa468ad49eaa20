"""What column headers mean, in ten languages, and which of them ask for consent.

English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Danish/Norwegian and Polish.
Words are compared in a loose form: no case, no punctuation, accents as written or left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from audiencevault.sources.table_text import header_key, words

_SEPARATORS: Final = re.compile(r"[\W_]+")


def loose(header: str) -> str:
    """The form that words are looked up in.

    >>> loose("E-Mail_Adresse"), loose("Prénom :")
    ('e mail adresse', 'prenom')
    """
    plain = unicodedata.normalize("NFKD", header_key(header)).translate({ord("ł"): "l", ord("ø"): "o", ord("æ"): "ae"})
    return _SEPARATORS.sub(" ", "".join(char for char in plain if not unicodedata.combining(char))).strip()


def _words(text: str) -> frozenset[str]:
    return frozenset(loose(word) for word in text.split("|"))


EMAIL: Final = _words(
    "email|e-mail|mail|email address|e-mail address|mail address|emailaddress|email 1|primary email|contact email|"
    "customer email|buyer email|work email|business email|subscriber|email id|your email|"
    "e-mail-adresse|emailadresse|mailadresse|kunden e-mail|"
    "adresse e-mail|adresse email|adresse mail|courriel|adresse courriel|adresse électronique|mél|"
    "correo|correo electrónico|correo electronico|dirección de correo|dirección de correo electrónico|"
    "indirizzo email|indirizzo e-mail|posta elettronica|indirizzo di posta elettronica|"
    "endereço de email|endereço de e-mail|endereço eletrónico|endereço eletrônico|correio eletrónico|"
    "e-mailadres|emailadres|mailadres|"
    "e-postadress|e-post|epost|epostadress|mejl|mejladress|"
    "e-postadresse|e-mailadresse|epostadresse|"
    "adres e-mail|adres email|adres poczty elektronicznej|poczta|poczta elektroniczna"
)
PHONE: Final = _words(
    "phone|phone number|phone no|telephone|telephone number|tel|tel no|mobile|mobile number|mobile phone|cell|"
    "cell phone|cellphone|phone 1|contact number|customer phone|buyer phone|work phone|home phone|whatsapp|"
    "whatsapp number|sms|sms number|your phone|phone mobile|phone home|phone work|"
    "telefon|telefonnummer|rufnummer|mobil|mobilnummer|mobiltelefon|handy|handynummer|festnetz|telefon nr|tel nr|"
    "téléphone|numéro de téléphone|téléphone portable|téléphone mobile|portable|no de téléphone|n° de téléphone|"
    "teléfono|número de teléfono|teléfono móvil|móvil|celular|número de móvil|"
    "telefono|numero di telefono|cellulare|numero di cellulare|recapito telefonico|"
    "telefone|número de telefone|telemóvel|número de telemóvel|número de celular|"
    "telefoon|telefoonnummer|mobiel|mobiel nummer|gsm|gsm-nummer|"
    "mobiltelefonnummer|mobil nr|tlf|tlf nr|mobilnr|telefonnr|"
    "numer telefonu|nr telefonu|telefon komórkowy|komórka|numer komórki"
)
FIELDS: Final[dict[str, frozenset[str]]] = {
    "name_prefix": _words("title|salutation|prefix|name prefix|anrede|titel|civilité|tratamiento|titolo|aanhef|tytuł"),
    "first_name": _words(
        "first name|firstname|given name|forename|fname|first|vorname|prénom|nombre de pila|primer nombre|"
        "nome proprio|primeiro nome|nome próprio|voornaam|förnamn|fornavn|imię|imie"
    ),
    "middle_name": _words(
        "middle name|middlename|second name|zweiter vorname|deuxième prénom|segundo nombre|mellannamn"
    ),
    "last_name": _words(
        "last name|lastname|surname|family name|lname|last|nachname|familienname|zuname|nom de famille|"
        "apellido|apellidos|cognome|apelido|sobrenome|último nome|achternaam|familienaam|efternamn|"
        "etternavn|efternavn|nazwisko"
    ),
    "full_name": _words(
        "full name|fullname|contact name|customer name|client name|buyer name|display name|person name|billing name|"
        "vollständiger name|vor- und nachname|name vorname|kundenname|kontaktname|"
        "nom complet|nom et prénom|nom prénom|prénom et nom|nombre completo|nombre y apellidos|nombre y apellido|"
        "nome completo|nome e cognome|cognome e nome|nome e apelido|volledige naam|voor- en achternaam|klantnaam|"
        "fullständigt namn|för- och efternamn|fulde navn|fullt navn|imię i nazwisko|imie i nazwisko"
    ),
    "company": _words(
        "company|company name|organization|organisation|organization name|business|business name|employer|firm|"
        "firma|firmenname|unternehmen|société|entreprise|empresa|compañía|azienda|società|ragione sociale|"
        "bedrijf|bedrijfsnaam|företag|virksomhed|bedrift|firmanavn|nazwa firmy|organisatie"
    ),
    "job_title": _words(
        "job title|jobtitle|position|role|occupation|beruf|funktion|stellenbezeichnung|poste|fonction|cargo|puesto|"
        "qualifica|ruolo|functie|befattning|stilling|stanowisko"
    ),
    "address1": _words(
        "address|address 1|address1|address line 1|street|street address|street address 1|street 1|billing address|"
        "mailing address|adresse|straße|strasse|straße und hausnummer|strasse und hausnummer|anschrift|rue|adresse 1|"
        "adresse postale|dirección|direccion|calle|domicilio|indirizzo|via|endereço|morada|rua|adres|straat|"
        "straat en huisnummer|adress|gatuadress|gata|gade|gateadresse|vej|ulica|adres zamieszkania"
    ),
    "address2": _words(
        "address 2|address2|address line 2|street 2|street address 2|apartment|suite|unit|adresszusatz|"
        "complément d'adresse|adresse 2|dirección 2|indirizzo 2|complemento|adres 2|adress 2"
    ),
    "city": _words(
        "city|town|town/city|locality|suburb|place|ort|stadt|wohnort|ville|commune|ciudad|población|localidad|città|"
        "comune|cidade|localidade|plaats|woonplaats|stad|postort|by|sted|poststed|miasto|miejscowość"
    ),
    "region": _words(
        "state|province|region|county|state/province|state/region|bundesland|kanton|département|région|provincia|"
        "estado|comunidad autónoma|regione|distrito|provincie|län|fylke|województwo"
    ),
    "postcode": _words(
        "zip|zip code|zipcode|postcode|post code|postal code|zip/postal code|postal|plz|postleitzahl|code postal|"
        "código postal|codigo postal|cp|cap|codice postale|cep|postnummer|postnr|kod pocztowy"
    ),
    "country": _words("country|country code|country/region|nation|land|pays|país|pais|paese|nazione|kraj|państwo"),
    "language": _words("language|locale|sprache|langue|idioma|lingua|língua|taal|språk|sprog|język"),
    "birthday": _words(
        "birthday|birth date|birthdate|date of birth|dob|geburtstag|geburtsdatum|date de naissance|anniversaire|"
        "fecha de nacimiento|cumpleaños|data di nascita|compleanno|data de nascimento|aniversário|geboortedatum|"
        "verjaardag|födelsedatum|födelsedag|fødselsdato|fødselsdag|data urodzenia|urodziny"
    ),
    "tags": _words(
        "tags|tag|labels|groups|segments|categories|schlagworte|schlagwörter|étiquettes|etiquetas|etichette|"
        "marcadores|labels|taggar|etiketter|tagi|etykiety"
    ),
    "nickname": _words("nickname|nick name|spitzname|surnom|apodo|soprannome|alcunha|bijnaam|smeknamn|pseudonim"),
    "currency": _words("currency|currency code|währung|devise|moneda|valuta|moeda|waluta"),
    "total_spent": _words(
        "total spent|total spend|lifetime spend|lifetime value|amount spent|total amount spent|gesamtumsatz|"
        "total dépensé|total gastado|totale speso|total gasto|totaal besteed"
    ),
    "orders_count": _words(
        "total orders|orders|order count|orders count|number of orders|bestellungen|anzahl bestellungen|"
        "nombre de commandes|número de pedidos|numero ordini|aantal bestellingen|antal ordrar|antal ordrer"
    ),
    "first_seen_at": _words(
        "created|created at|created on|create date|date created|date added|added|added on|joined|joined at|date joined|"
        "sign up date|signup date|signed up|signed up at|subscribed at|subscribed on|subscriber since|opt-in date|"
        "registration date|registered|registered at|customer since|"
        "angelegt am|erstellt am|anmeldedatum|angemeldet am|registriert am|kunde seit|eintragungsdatum|"
        "date d'inscription|inscrit le|date de création|créé le|fecha de alta|fecha de registro|fecha de suscripción|"
        "creado el|data di iscrizione|data iscrizione|creato il|data registrazione|data de registo|data de registro|"
        "data de inscrição|data de criação|aanmelddatum|aangemeld op|datum aangemeld|inschrijfdatum|registreringsdatum|"
        "skapad|registrerad|tilmeldt|tilmeldingsdato|oprettet|registreringsdato|opprettet|påmeldt|data zapisu|"
        "data rejestracji|data dodania"
    ),
    "last_seen_at": _words(
        "last order|last order date|last purchase|last visit|last activity|last active|last seen|letzte bestellung|"
        "dernière commande|último pedido|ultimo ordine|laatste bestelling|senaste order"
    ),
}
PLAIN_NAME: Final = _words(
    "name|names|nom|nombre|nome|naam|namn|navn|nazwa|contact|kontakt|customer|kunde|client|cliente|person"
)
"""A name, but of whom: a person where other columns are about people, else a product or a place.

`nom` and `nome` beside a first name are the last name, as `name` beside `Vorname` is."""

LATIN_LAST_NAMES: Final = _words("nom|name|naam|namn|navn")
LATIN_FIRST_NAMES: Final = _words("nome|nombre")
"""`nome` beside `cognome` or `sobrenome`, `nombre` beside `apellidos` is the first name."""

TOTAL_WORDS: Final = words(
    "total totals sum subtotal summe gesamt gesamtsumme somme totaux suma totale totali totaal soma summa razem"
) | {"grand total", "i alt"}
_SENSITIVE: Final = re.compile(
    r"passwor[dt]|passwd|mot de passe|contraseña|senha|wachtwoord|lösenord|hasło"
    r"|\btoken\b|api[ _]?key|secret|licen[cs]e[ _]?key"
    r"|card[ _](number|no|last)|credit[ _]?card|\bcc[ _]?(number|last)|last[ _]?4\b|\bcvv\b|\bcvc\b|\biban\b"
    r"|payment[ _](id|reference)s?\b|\bip\b|ip[ _-]?address|ip-adresse|adresse ip"
)
_NEWS: Final = (
    r"newsletters?|news letter|mailing list|mailinglist|rundbrief|infolettre|lettre d information|boletin|boletim|"
    r"bollettino|nieuwsbrief|nieuwsbrieven|nyhetsbrev\w*|nyhedsbrev\w*|biuletyn\w*|newsletter\w*"
)
_PROMOTION: Final = (
    r"marketing|promotional|promotions|special offers|werbung|publicidad|publicite|publicidade|pubblicita|reclame|"
    r"reklame|reklam\w*"
)
_YES: Final = (
    r"opt in|optin|opted in|accepts?|accepted|subscribed|subscribe|subscriber|consents?|agree|agreed|permission|"
    r"einwilligung|zustimmung|abonniert|angemeldet|consentement|abonne|accepte|consentimiento|acepta|suscrito|"
    r"consenso|iscritto|accetta|consentimento|aceita|inscrito|toestemming|aangemeld|samtycke|prenumererar|samtykke|"
    r"tilmeldt|pameldt|zgoda|zapisany"
)
_NO: Final = (
    r"opt out|optout|opted out|unsubscribed?|do not (contact|email|e mail|mail|call|text)|dont (contact|email)|"
    r"no marketing|abgemeldet|abbestellt|widerspruch|widerrufen|desabonne|desinscrit|desinscription|baja|dado de baja|"
    r"disiscritto|cancellato|descadastrado|uitgeschreven|afgemeld|avregistrerad|avanmald|frameldt|afmeldt|avmeldt|"
    r"wypisany|rezygnacja"
)
_MAIL: Final = r"e mails?|emails?|mails?|mailing|courriels?|correos?( electronicos?)?|e post|mejl|e maile?|maile"
_SMS: Final = r"sms\w*|text messages?|texts?|textnachrichten?"
_CHANNELS: Final = (
    ("sms", _SMS),
    ("whatsapp", r"whatsapp"),
    ("voice", r"call|calls|phone calls|anrufe?"),
    ("postal", r"by post|post|postal|letters?|briefpost|courrier|correo postal"),
)
_DATE: Final = r"date|time|datum|fecha|data|at|on|am|dato|timestamp|since"
_SERVICE: Final = (
    r"abandoned (cart|checkout|basket)|product reviews?|review requests?|reminders?|transactional|receipts?|invoices?|"
    r"order (updates|status|confirmations?)|shipping (updates|status)"
)
_NO_ANSWER: Final = r"ip|source|quelle|reason|grund|method|id|url|count|type|campaign|list|form"
_STATUS: Final = frozenset(
    {
        "status",
        "email status",
        "e mail status",
        "subscription status",
        "email subscription status",
        "email subscriber status",
        "subscriber status",
        "newsletter status",
        "email marketing consent",
        "email marketing status",
        "marketing status",
        "opt in status",
    }
)

# Verbs of receiving and of writing to somebody, per language; with a medium they make a question for permission.
_RECEIVE: Final = (
    r"receive|receiving|subscribe|sign (me |you )?up|join|opt in|send (me|you)|keep (me|you) (updated|posted|informed)|"
    r"get (our|the|my)|"
    r"erhalten|bekommen|empfangen|zusenden|zuschicken|abonnieren|anmelden|informieren|"
    r"recevoir|inscri\w*|abonn\w*|recibir|suscrib\w*|ricevere|iscriv\w*|receber|inscrev\w*|subscrever|"
    r"ontvangen|aanmelden|inschrijven|abonneren|fa|ta emot|prenumerera|modtage|motta|tilmeld\w*|"
    r"otrzymywac|dostawac|zapisac"
)
_WRITE: Final = r"(e mail|email|text|sms|message|whatsapp) (you|me)"
_CONTACT: Final = (
    r"(contact|reach|write to|inform|notify) (you|me)|kontaktieren|anschreiben|vous contacter|contactarle|contactarte|"
    r"contattarti|contactar|contacteren|kontakta dig|kontakte dig|kontakte deg|skontaktowac"
)
_BY: Final = (
    r"by (e mail|email|text|sms)|via (e mail|email|mail|sms|whatsapp)|per (e mail|email|mail|sms|e post)|"
    r"par (e mail|email|mail|courriel|sms)|por (e mail|email|correo|sms|whatsapp)|tramite (email|e mail|sms)|pa mail"
)
_NOT_ASKED: Final = re.compile(
    r"\b(what|which|how|when|where|why|did|have|has|already|currently|use|using|own|more|your (customers|clients)|"
    r"prefer\w*|welche\w*|wie|wann|quel(le)?s?|comment|cual(es)?|como|quale|come|qual|welke|hoe|vilken|hur|hvilken|"
    r"hvordan|jaki|jak)\b"
)
_NEGATED: Final = re.compile(
    r"\b(not|no|never|without|stop|don t|dont|won t|nicht|kein\w*|ohne|pas|ne|non|sin|nunca|nao|niet|geen|inte|ikke|"
    r"nie|bez)\b"
)
"""With one of these a yes may mean a no: such a question is nobody's permission."""
_RE: Final = {
    name: re.compile(rf"\b({pattern})\b")
    for name, pattern in {
        "news": _NEWS,
        "promotion": _PROMOTION,
        "yes": _YES,
        "no": _NO,
        "mail": _MAIL,
        "sms": _SMS,
        "date": _DATE,
        "no_answer": _NO_ANSWER,
        "service": _SERVICE,
        "receive": _RECEIVE,
        "write": _WRITE,
        "contact": _CONTACT,
        "by": _BY,
    }.items()
}
_WHOLE_QUESTIONS: Final = _words(
    "newsletter|newsletter signup|newsletter sign up|newsletter opt in|email opt in|marketing opt in|"
    "email marketing consent|marketing consent|sms opt in|sms consent|newsletter anmeldung|inscription newsletter|"
    "mailing list"
)


def is_sensitive(key: str) -> bool:
    """Whether a header promises what must not be kept: passwords, card numbers, addresses of machines."""
    return _SENSITIVE.search(key) is not None


def field_of(header: str) -> str | None:
    """The field, `email` or `phone` that a header names; None where it names nothing known.

    >>> field_of("E-Mail 2"), field_of("Vorname"), field_of("Colour")
    ('email', 'first_name', None)
    """
    word = loose(header)
    for candidate in (word, re.sub(r" \d$", "", word)):
        if candidate in EMAIL:
            return "email"
        if candidate in PHONE:
            return "phone"
        for field, known in FIELDS.items():
            if candidate in known:
                return field
    return None


def place_names(fields: dict[str, list[str]], plain: Sequence[tuple[str, str]], *, of_people: bool) -> None:
    """Add to `fields` the columns that only say "name" (compared form and word of each).

    Beside a first name such a column is the last name, and the other way round; alone it is the full name,
    if other columns are about people.
    """
    for key, word in plain:
        if word in LATIN_FIRST_NAMES and "last_name" in fields and "first_name" not in fields:
            fields["first_name"] = [key]
        elif word in LATIN_LAST_NAMES and "first_name" in fields and "last_name" not in fields:
            fields["last_name"] = [key]
        elif "full_name" not in fields and of_people:
            fields["full_name"] = [key]


def consent_column(header: str) -> tuple[str, bool] | None:
    """The channel that a consent-like column is about, and whether a yes in it means yes.

    Only where the header leaves no doubt: `Newsletter`, `Accepts SMS marketing`, `Email opt-out`.

    >>> consent_column("Email Opt-Out"), consent_column("Newsletter"), consent_column("Opt-in date")
    (('email', False), ('email', True), None)
    """
    word = loose(header)
    if _RE["date"].search(word) or _RE["no_answer"].search(word.replace("mailing list", "")):
        return None
    channel, sure = _channel(word)
    if _RE["no"].search(word):
        return channel, False
    if _RE["service"].search(word):
        # Reminders and receipts are a service, whatever else the header says.
        return None
    if _RE["news"].search(word):
        return channel, True
    if _RE["yes"].search(word) and (sure or _RE["promotion"].search(word)):
        return channel, True
    if word in ("opt in", "optin", "subscribed"):
        return channel, True
    return None


def opt_out_date(header: str) -> str | None:
    """The channel of a column with the date of an opt-out (`Unsubscribed at`), or None."""
    word = loose(header)
    return _channel(word)[0] if _RE["no"].search(word) and _RE["date"].search(word) else None


def is_status(header: str) -> bool:
    """Whether a column may hold a subscription status in words."""
    return loose(header) in _STATUS


def consent_question(question: str) -> str | None:
    """The channel that a form question asks permission for: `email`, `sms` or `whatsapp`.

    Only questions that are plainly about being written to; a question for the address, or about what the
    person does with e-mail, is none. A question about several channels is taken for e-mail alone.

    >>> consent_question("may_we_email_you?"), consent_question("what_is_your_email?")
    ('email', None)
    >>> consent_question("do_you_use_email_marketing?") is consent_question("I do not want to receive e-mails") is None
    True
    """
    word = loose(question)
    if word in _WHOLE_QUESTIONS:
        return _channel(word)[0]
    if _NOT_ASKED.search(word) or _NEGATED.search(word) or _RE["no"].search(word):
        return None
    medium = _RE["news"].search(word) or _RE["mail"].search(word) or _RE["sms"].search(word) or "whatsapp" in word
    asked = (
        _RE["write"].search(word)
        or (_RE["receive"].search(word) and medium)
        or (_RE["contact"].search(word) and _RE["by"].search(word))
    )
    if not asked:
        return None
    if _RE["news"].search(word) or _RE["mail"].search(word):
        return "email"
    return "sms" if _RE["sms"].search(word) else "whatsapp"


def _channel(word: str) -> tuple[str, bool]:
    """The channel that a header names, and whether it names one; e-mail where it names none or several."""
    if _RE["mail"].search(word):
        return "email", True
    for name, pattern in _CHANNELS:
        if re.search(rf"\b({pattern})\b", word):
            return name, True
    return "email", False
