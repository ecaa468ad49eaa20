"""Words that stand around names in many languages: titles, credentials, particles, placeholders.

All words are comparison forms: lower case, transliterated, dots removed. Collected in November 2026 from style guides
of the languages named beside them; a word that is also a common given name or surname is left out or only counts with
its dot.
"""

from __future__ import annotations

from typing import Final

# fmt: off

HONORIFICS: Final = frozenset({
    # English
    "dr", "drs", "prof", "professor", "doctor", "mr", "mrs", "ms", "miss", "mx", "sir", "madam", "dame", "rev",
    "reverend", "rabbi", "messrs",
    # German, Dutch, Scandinavian, Finnish
    "herr", "herrn", "frau", "fraulein", "familie", "dipl", "dipling", "diplom", "dhr", "mevr", "mw", "mevrouw",
    "meneer", "fru", "froken", "rouva",
    # French
    "monsieur", "madame", "mademoiselle", "mme", "mlle", "maitre",
    # Spanish, Portuguese, Italian
    "senor", "senora", "senorita", "sra", "srta", "senhor", "senhora", "signor", "signora", "signorina", "sigra",
    "dott", "dottssa", "dottoressa", "avv", "geom",
    # Polish, Czech, Russian, Turkish, Arabic, Indian, Malay
    "pani", "inz", "mgr", "judr", "mudr", "phdr", "gospodin", "gospozha", "gzha", "sayin", "sheikh", "shaikh", "hajji",
    "shri", "smt", "dato", "datuk", "datin", "encik", "puan",
})
"""Left out at the start of a name, where something remains."""

HONORIFICS_WITH_DOT: Final = frozenset({
    "fr", "hr", "sr", "capt", "lt", "sgt", "col", "ir", "mag", "sig", "hon", "rag", "ing",
})
"""Left out at the start only when written with a dot: *Mag. Falk*, not the given name *Mag*."""

SUFFIXES: Final = frozenset({
    "jr", "sr", "junior", "senior", "ii", "iii", "iv", "esq", "esquire", "phd", "mba", "msc", "bsc", "mphil", "dphil",
    "psyd", "pharmd", "dds", "dmd", "dvm", "mph", "msw", "lcsw", "lmft", "cpa", "cfa", "pmp", "llm", "llb", "facs",
    "frcs", "cissp", "bcba", "shrmcp", "mbe", "obe", "cbe",
})
"""Left out at the end of a name where two words remain: *Li Junior* is a whole name."""

DEGREES: Final = frozenset({
    "phd", "mba", "msc", "bsc", "mph", "cpa", "dds", "dvm", "llm", "mphil", "dphil",
})
"""Left out at the end even where one word remains: *Hale PhD*."""

CREDENTIALS: Final = SUFFIXES | frozenset({
    "md", "ma", "ba", "ms", "bs", "jd", "do", "np", "pa", "dr", "prof", "ret", "retired", "hons", "pgce", "ccim",
    "cpc", "acc", "cfp", "clu", "cfre", "leed", "ap", "pt", "dpt", "ot", "otr", "sphr", "phr", "ccna", "itil",
    "pgdip", "dipl", "ing", "edd", "beng", "meng", "csm", "pe", "rn",
})
"""Left out after a comma."""

PARTICLES: Final = frozenset({
    "van", "von", "vom", "zu", "zum", "zur", "der", "den", "ter", "ten", "te", "op", "het", "t", "de", "del", "della",
    "dello", "dei", "degli", "di", "da", "do", "dos", "das", "du", "des", "la", "le", "lo", "los", "las", "l", "d",
    "af", "av", "bin", "ibn", "bint", "binti", "binte", "abu", "al", "el", "ul", "ap", "mac", "san", "santa", "saint",
    "st", "nic", "ni", "o", "vander", "vanden", "dalla", "dal",
})
"""With one of these before the last word the surname begins: *Ludwig van Beethoven*."""

LOWER_PARTICLES: Final = frozenset({
    "van", "von", "vom", "zu", "zum", "zur", "der", "den", "ter", "ten", "te", "op", "het", "t", "de", "del", "della",
    "dello", "dei", "degli", "do", "dos", "das", "du", "des", "af", "av", "bin", "ibn", "bint", "binti", "binte",
})
"""Written small when case has to be repaired; `la`, `di`, `el` only after another particle."""

BETWEEN_SURNAMES: Final = frozenset({"y", "e", "i"})
"""Joins two surnames of one person: *José Ortega y Gasset*."""

AND: Final = frozenset({"and", "und", "et", "en", "og", "och", "ja"})
"""Words that join two people in one cell; `&` and `+` do so in every language."""

JUNK_NAMES: Final = frozenset({
    "", "na", "n a", "none", "no name", "noname", "null", "nil", "undefined", "unknown", "unknown unknown",
    "not provided",
    "anonymous", "anonym", "anonyme", "anonimo", "unbekannt", "inconnu", "desconocido", "sconosciuto", "onbekend",
    "test", "test test", "test user", "testuser", "tester", "testing", "demo", "demo user", "sample", "example",
    "dummy",
    "asdf", "asdf asdf", "asd", "asd asd", "qwe", "qwerty", "qwertz", "abc", "abcd", "xxx", "xx", "x x", "xyz",
    "aaa", "aa", "a a",
    "foo", "foo bar", "blah", "name", "first name", "last name", "firstname", "lastname", "firstname lastname",
    "vorname",
    "nachname", "vorname nachname", "prenom", "nom", "prenom nom", "nombre", "apellido", "full name", "your name",
    "guest", "gast", "invite", "invitado", "customer", "kunde", "client", "cliente", "klant", "user", "benutzer",
    "utilisateur", "usuario", "utente", "admin", "administrator", "me", "ich", "moi", "you", "someone",
    "instagram user", "instagramuser", "instagram nutzer", "instagram benutzer", "utilisateur instagram",
    "usuario de instagram",
    "facebook user", "facebook nutzer", "facebook benutzer", "utilisateur facebook", "usuario de facebook",
    "linkedin member",
    "linkedin mitglied", "membre linkedin", "miembro de linkedin", "deleted account", "deleted user",
    "geloschtes konto",
    "compte supprime", "cuenta eliminada", "deleted", "twitter user", "tiktok user", "whatsapp user", "telegram user",
    "no first name", "no last name", "keine angabe", "k a", "ka", "mr", "mrs", "ms", "herr", "frau", "mister", "dr",
})
"""What stands in a name field when there is no name: placeholders of platforms, forms and people in a hurry."""

COMPOUND_SURNAMES: Final = frozenset({
    "欧阳", "歐陽", "司马", "司馬", "上官", "诸葛", "諸葛", "司徒", "东方", "東方", "皇甫",
    "尉迟", "慕容",
"令狐", "夏侯", "南宫", "南宮", "端木", "남궁", "황보", "제갈", "사공", "선우", "독고",
})
"""Chinese and Korean surnames of two characters; all others have one."""
# fmt: on
