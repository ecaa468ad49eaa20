"""The field labels of Meta's exports that say what a value is, in the languages where we know them.

Labels follow the language of the account. These words are the second way to tell, after the shape of the value:
an unknown language still gives addresses, numbers and user names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from audiencevault.sources.meta_json import Entry, looks_like_username

USERNAME: Final = frozenset({
    "username", "user name", "benutzername", "nom d’utilisateur", "nom d'utilisateur", "nom de l’utilisateur",
    "nombre de usuario", "nome utente", "nome de usuário", "nome de utilizador", "gebruikersnaam", "användarnamn",
    "brugernavn", "brukernavn", "käyttäjätunnus", "käyttäjänimi", "nazwa użytkownika", "uživatelské jméno",
    "používateľské meno", "felhasználónév", "nume de utilizator", "kullanıcı adı", "имя пользователя",
    "ім’я користувача", "ім'я користувача", "όνομα χρήστη", "korisničko ime", "nama pengguna", "tên người dùng",
    "ชื่อผู้ใช้", "ユーザーネーム", "사용자 이름", "用户名", "帐号", "用戶名稱", "اسم المستخدم", "שם משתמש", "उपयोगकर्ता नाम",
})  # fmt: skip

NAME: Final = frozenset({
    "name", "full name", "vollständiger name", "nom", "nom complet", "nombre", "nombre completo", "nome",
    "nome completo", "naam", "namn", "navn", "nimi", "imię i nazwisko", "nazwa", "jméno", "meno", "név", "nume", "ad",
    "имя", "ім’я", "όνομα", "ime", "nama", "tên", "ชื่อ", "名前", "이름", "姓名", "名称", "الاسم", "שם", "नाम",
})  # fmt: skip

FIRST_NAME: Final = frozenset({
    "first name", "given name", "vorname", "prénom", "nombre", "nome", "primeiro nome", "nome próprio", "voornaam",
    "förnamn", "fornavn", "etunimi", "imię", "křestní jméno", "jméno", "keresztnév", "utónév", "prenume", "ad", "adı",
    "имя", "ім’я", "όνομα", "ime", "nama depan", "tên", "名", "이름", "名字", "الاسم الأول", "שם פרטי",
})  # fmt: skip

LAST_NAME: Final = frozenset({
    "last name", "surname", "family name", "nachname", "nom", "nom de famille", "apellido", "apellidos", "cognome",
    "sobrenome", "apelido", "achternaam", "efternamn", "efternavn", "etternavn", "sukunimi", "nazwisko", "příjmení",
    "priezvisko", "vezetéknév", "nume de familie", "soyadı", "soyad", "фамилия", "прізвище", "επώνυμο", "prezime",
    "nama belakang", "họ", "姓", "성", "姓氏", "اسم العائلة", "שם משפחה",
})  # fmt: skip

PHONE: Final = frozenset({
    "phone", "phone number", "telefonnummer", "numéro de téléphone", "número de teléfono", "numero di telefono",
    "número de telefone", "telefoonnummer", "puhelinnumero", "numer telefonu", "telefonní číslo",
    "telefónne číslo", "telefonszám", "număr de telefon", "telefon numarası", "номер телефона", "номер телефону",
    "αριθμός τηλεφώνου", "broj telefona", "nomor telepon", "số điện thoại", "電話番号", "전화번호",
    "手机号", "رقم الهاتف",
})  # fmt: skip

_PHONE_SHAPE: Final = re.compile(r"\+?[\d\s().\-/\u00a0\u202f]{5,24}")
_EMAIL_SHAPE: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def point_kind(value: str) -> str | None:
    """`email` or `phone` by the value's shape; None for anything else.

    >>> point_kind("ida@example.com"), point_kind("+1 202 555 0147"), point_kind("Ida")
    ('email', 'phone', None)
    """
    if "@" in value:
        return "email"
    return "phone" if _PHONE_SHAPE.fullmatch(value) and sum(map(str.isdigit, value)) >= 5 else None


@dataclass(frozen=True, slots=True)
class Profile:
    """The owner's own data: a user name, a display name, addresses and numbers; any may be missing."""

    handle: str | None = None
    name: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


def profile(entries: Iterable[Entry]) -> Profile:
    """Read the labelled values of a profile page.

    Where the language of the labels is unknown, the handle is the only value that looks like one, or nothing.
    """
    parts = [entry for entry in entries if entry.value]
    labelled = {entry.label.casefold(): entry.value for entry in reversed(parts)}
    handle = next((labelled[label] for label in sorted(USERNAME & labelled.keys())), None)
    if handle is None:
        shaped = [entry.value for entry in parts if looks_like_username(entry.value)]
        handle = shaped[0] if len(shaped) == 1 else None
    return Profile(
        handle=handle.lower() if handle else None,
        name=next((labelled[label] for label in sorted(NAME & labelled.keys())), None),
        emails=tuple(entry.value for entry in parts if entry.value and _EMAIL_SHAPE.fullmatch(entry.value)),
        phones=tuple(
            entry.value
            for entry in parts
            if entry.value
            and point_kind(entry.value) == "phone"
            and (entry.label.casefold() in PHONE or entry.value.startswith("+"))
        ),
    )


@dataclass(slots=True)
class UsernameLabel:
    """Finds out which label holds the user name, by how often its values look like one across an archive."""

    hits: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)

    def learn(self, parts: Iterable[Entry]) -> None:
        """Count the values of one record."""
        for part in parts:
            if part.value and part.label:
                self.total[part.label] += 1
                self.hits[part.label] += looks_like_username(part.value)

    def pick(self, parts: Sequence[Entry]) -> tuple[str | None, str | None]:
        """User name and display name of one record; None for what it does not have.

        A value with a slash is a link; the link of such a record is what the bio points to, not the profile.
        """
        plain = [part for part in parts if part.value and part.label and "/" not in part.value]
        shaped = [part for part in plain if looks_like_username(part.value)]
        best = max(shaped, key=self._rank, default=None)
        others = [part for part in plain if part is not best and point_kind(part.value or "") is None]
        named = [part for part in others if part.label.casefold() in NAME] or (others if len(others) == 1 else [])
        return (best.value if best else None), (named[0].value if named else None)

    def _rank(self, part: Entry) -> tuple[bool, float, int, str]:
        label = part.label
        return (label.casefold() in USERNAME, self.hits[label] / max(1, self.total[label]), self.hits[label], label)
