"""What the names of columns say, beyond the words that imports know: numbers of persons and rows, house numbers,
handles, and columns that are about somebody else.
"""

from __future__ import annotations

import re
from typing import Final

from audiencevault.sources import table_words
from audiencevault.sources.table_text import header_key
from audiencevault.sources.table_words import loose

_FIELD_ROLES: Final = {
    **{name: name for name in ("name_prefix", "first_name", "middle_name", "last_name", "full_name", "nickname")},
    **{name: name for name in ("company", "address1", "address2", "city", "region", "postcode", "country")},
    **{name: name for name in ("email", "phone", "birthday")},
    "last_seen_at": "updated_at",
}
"""Fields of imports that a comparison can use; others, such as tags or amounts, tell nobody apart."""


def _any(text: str) -> frozenset[str]:
    return frozenset(loose(word) for word in text.split("|"))


_WORDS: Final = {
    "street_number": _any(
        "street number|street no|house number|house no|houseno|hausnummer|haus nr|hausnr|numéro de rue|n° de rue|"
        "número de calle|número exterior|numero civico|n civico|civico|huisnummer|husnummer|gatunummer|nr domu|"
        "numer domu|house num|houseno|n rue|no rue|n de rue|n casa|street num"
    ),
    "name_suffix": _any("suffix|name suffix|generation|namenszusatz"),
    "handle": _any(
        "handle|username|user name|screen name|screenname|login|account handle|social handle|benutzername|nutzername|"
        "nom d'utilisateur|pseudo|nombre de usuario|usuario|nome utente|nome de usuário|gebruikersnaam|användarnamn|"
        "brugernavn|brukernavn|nazwa użytkownika"
    ),
    "platform": _any("platform|social network|network|plattform|plateforme|plataforma|piattaforma"),
    "updated_at": _any(
        "updated at|updated|last updated|update date|date updated|modified|modified at|last modified|date modified|"
        "changed at|last changed|geändert am|aktualisiert am|zuletzt geändert|modifié le|mis à jour le|"
        "actualizado el|modificado el|aggiornato il|modificato il|gewijzigd op|ändrad|ændret|zmieniono|"
        "last modified date|modified date|last update|last updated date|stand"
    ),
    "birthday": _any(
        "born|born on|birth|bday|geboren am|geboren|né le|née le|nacimiento|nato il|nascita|nascimento|geb datum|"
        "geb am|gebdat|geb|f nacimiento|fecha nac|fecha nacimiento|data nascita|data ur|ne e le|birth day|"
        "date birth|d o b"
    ),
    "city": _any("locality name|municipality|village|gemeinde|municipio"),
    "address1": _any(
        "street name|straßenname|nom de rue|nombre de calle|addr|addr 1|str|straatnaam|gatunamn|voie|"
        "residential address|home address|res street|street line 1"
    ),
    "middle_name": _any("middle|middle initial|mi|midl name|mid name|mname|second given name"),
    "first_name": _any("givenname|given names|first names|forenames|prename|rufname|prénoms|nombres|imiona"),
    "last_name": _any("sur name|family names|last names|primer apellido|nom de naissance"),
    "full_name": _any("fullname|complete name|whole name|legal name|person|customer|kunde|client"),
    "postcode": _any("zip 5|pin code|pincode|eircode|post nr|kodpocztowy|c p|postleitz|zip postcode"),
}

_ROW_IDS: Final = _any(
    "record id|rec id|recordid|recid|row id|rowid|id|uuid|guid|uid|unique id|pk|primary key|datensatz id|"
    "datensatznummer|lfd nr|laufende nummer|identifiant|identificador|identificativo|contact id|person id|profile id"
)
"""Names of columns that hold a row's own id, if no two rows share one."""

_PERSONAL_NUMBER: Final = re.compile(
    r"\b(ssn|soc(ial)? sec(urity)?( (id|no|nr|number|num))?|sozialversicherungs(nummer|nr)|sv nummer|ahv( nummer|"
    r" nr)?|tax (id|no|number)|tin|itin|steuer(nummer| nr| id|identifikationsnummer)|nif|nie|dni|cpf|curp|rfc|pesel|"
    r"bsn|codice fiscale|(numero de|n|no) securite sociale|nir|personnummer|personnr|fodselsnummer|cpr( nummer| nr)?|"
    r"(national|citizen|identity|id) (id|card|number|no|card number)|ausweis(nummer| nr)|personalausweis\w*|"
    r"passport( (no|nr|number|id))?|reisepass\w*|passeport|pasaporte|passaporto|nhs( (no|number))?|medicare( (no|"
    r"number))?|insurance (no|nr|number|id)|policy (no|number)|versicherten(nummer| nr)|patient (id|no|number)|mrn|"
    r"member(ship)? (id|no|nr|number)|mitglieds(nummer| nr)|mitgliedsnr|(numero d|n d|n|no) ?adherent|"
    r"numero de socio|numero socio|lidnummer|medlemsnummer|customer (id|no|nr|number|code|key)|cust (id|no)|custid|"
    r"customerid|kunden(nummer| nr)|kundennr|client (id|no|number)|numero client|numero de client(e)?|codice cliente|"
    r"klantnummer|kundnummer|nr klienta|numer klienta|loyalty (id|no|number|card)|subscriber (id|no|number)|"
    r"student (id|no|number)|matrikel(nummer| nr)|employee (id|no|number)|personal(nummer| nr)|staff (id|no)|"
    r"driver s? ?licen[cs]e( (no|number))?|fuhrerschein\w*|voter (id|no|number|reg num|registration number|reg no)|"
    r"orcid)\b"
)
"""Numbers that a person, not a row, a household or a company, has been given."""

_SOMEBODY_ELSE: Final = re.compile(
    r"\b(emergency|next of kin|gp|physician|doctor|assistant s|assistant|father|mother|parent|parents|guardian|"
    r"spouse|husband|wife|partner|maiden|child|kid|referr\w*|referred|recommended|invited|sales rep|salesperson|"
    r"sales person|agent|assigned|created by|updated by|modified by|manager|supervisor|sender|advisor|account owner|"
    r"owner|notfall\w*|vater|mutter|eltern\w*|ehepartner|ansprechpartner|betreuer|bearbeiter|verkaufer|pere|mere|"
    r"conjoint|parrain|padre|madre|conyuge|vendedor|madrina|coniuge|venditore)\b"
)
_PREFIX: Final = re.compile(
    r"^(business|office|res|residence|firmen|dienst|customer|client|contact|person|personal|primary|main|home|work|"
    r"billing|shipping|default address|default|delivery|mailing|postal|residential|current|user|member|patient|guest|"
    r"buyer|applicant|voter|attendee|participant|subscriber|kunden?|kontakt|rechnungs?|liefer|privat|haupt|"
    r"address \d|e mail \d|phone \d|adresse \d) "
)
_TAIL: Final = re.compile(
    r" (value|formatted|num|cd|desc|privat|private|dienstl|dienstlich|home|work|mobile|primary|h|w|m|main|\d+)$"
)
_AT_WORK: Final = re.compile(r"\b(business|office|work|firmen|dienst\w*|shipping|liefer\w*|delivery)\b")
_ATTENDS: Final = re.compile(r"\b(attendee|participant|guest|teilnehmer\w*|participante?|asistente)\b")
_BUYS: Final = re.compile(r"\b(buyer|purchaser|booker|payer|besteller\w*|kaufer\w*|acheteur|comprador)\b")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)")
_HANDLE_WORDS: Final = frozenset(
    {
        "handle",
        "username",
        "user",
        "name",
        "account",
        "profile",
        "url",
        "link",
        "id",
        "page",
        "konto",
        "profil",
        "compte",
    }
)
_PLATFORM_WORDS: Final = {
    "ig": "instagram", "insta": "instagram", "fb": "facebook", "twitter": "x", "xcom": "x", "yt": "youtube",
    "tt": "tiktok", "wa": "whatsapp", "t": "telegram", "wame": "whatsapp",
}  # fmt: skip
PLATFORMS: Final = frozenset({
    "instagram", "facebook", "tiktok", "twitter", "x", "youtube", "linkedin", "telegram", "threads", "snapchat",
    "pinterest", "discord", "mastodon", "bluesky", "twitch", "reddit", "github", "wechat", "vk", "xing",
})  # fmt: skip
"""Platforms that the name of a column may say."""


def words_of(header: str) -> str:
    """The loose form of a header, with words that only capitals divide taken apart.

    >>> words_of("firstName"), words_of("address_1"), words_of("LASTNAME")
    ('first name', 'address 1', 'lastname')
    """
    return loose(_CAMEL.sub(" ", header))


def platform_word(word: str) -> str:
    """One spelling for a platform; what is not known stays.

    >>> platform_word("ig"), platform_word("shopify")
    ('instagram', 'shopify')
    """
    return _PLATFORM_WORDS.get(word, word)


def platform_of(header: str) -> str | None:
    """The platform that the name of a column of handles says, or None.

    >>> platform_of("Instagram handle"), platform_of("handle"), platform_of("Instagram followers")
    ('instagram', None, None)
    """
    words = words_of(header).split()
    platforms = [platform_word(word) for word in words if platform_word(word) in PLATFORMS]
    others = [word for word in words if platform_word(word) not in PLATFORMS and word not in _HANDLE_WORDS]
    return platforms[0] if len(platforms) == 1 and not others else None


def is_row_id(header: str) -> bool:
    """Whether a header names the id of a row."""
    return words_of(header) in _ROW_IDS or loose(header) in _ROW_IDS


def is_personal_number(header: str) -> bool:
    """Whether a header names a number that a person was given: a customer's, a member's, a national one."""
    return _PERSONAL_NUMBER.search(words_of(header)) is not None and not is_secret(header)


def is_secret(header: str) -> bool:
    """Whether a header promises what must not be compared: passwords, bank cards, addresses of machines."""
    return table_words.is_sensitive(header_key(header))


def is_of_somebody_else(header: str) -> bool:
    """Whether a header is about another person than the row's: a parent, a sales agent."""
    return _SOMEBODY_ELSE.search(words_of(header)) is not None


def role_of(header: str) -> str | None:
    """The role that a header names; `name` where it says no more than that; None where it says nothing known.

    >>> role_of("Given_Name"), role_of("street_number"), role_of("Kundenname"), role_of("colour")
    ('first_name', 'street_number', 'full_name', None)
    """
    for form in dict.fromkeys((loose(header), words_of(header))):
        while True:
            found = _ends_with_role(form)
            if found is not None:
                return found
            shorter = _PREFIX.sub("", form)
            if shorter == form:
                break
            form = shorter
    return None


def _ends_with_role(form: str) -> str | None:
    while (found := _role(form)) is None and (shorter := _TAIL.sub("", form)) != form:
        form = shorter
    return found


def is_second_choice(header: str) -> bool:
    """Whether an address of this name gives way to another one of the same row: where somebody works, or is sent to."""
    return _AT_WORK.search(words_of(header)) is not None


def is_of_the_buyer(header: str) -> bool:
    """Whether a header is about who paid, who in a table of those who attend is somebody else."""
    return _BUYS.search(words_of(header)) is not None


def is_of_who_attends(header: str) -> bool:
    """Whether a header is about who attends."""
    return _ATTENDS.search(words_of(header)) is not None


def _role(form: str) -> str | None:
    for role, words in _WORDS.items():
        if form in words and form not in table_words.PLAIN_NAME:
            return role
    if form in table_words.PLAIN_NAME:
        return "name"
    return _FIELD_ROLES.get(table_words.field_of(form) or "")
