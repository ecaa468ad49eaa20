"""Slips in the domain of a mail address: which big provider was probably meant.

A slip is only evidence and a hint for people: nothing is ever sent to an address that its owner did not write.
Words: the *label* of a domain is what stands before its *ending* (`gmail` and `com`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

# fmt: off
PROVIDERS: Final = {
    "gmail": ("com",), "googlemail": ("com",), "icloud": ("com",), "protonmail": ("com", "ch"), "proton": ("me",),
    "hotmail": ("com", "de", "fr", "es", "it", "nl", "be", "se", "ch", "ca", "co.uk", "com.br", "com.ar", "gr"),
    "outlook": ("com", "de", "fr", "es", "it", "at", "be", "dk", "pt", "com.br", "com.au"),
    "yahoo": ("com", "de", "fr", "es", "it", "in", "ca", "co.uk", "co.in", "co.jp", "com.br", "com.mx", "com.ar",
              "com.au", "gr", "se", "no", "dk", "ro", "pl"),
    "live": ("com", "de", "fr", "it", "nl", "se", "dk", "no", "be", "ca", "co.uk", "com.au", "com.mx"),
    "msn": ("com",), "aol": ("com", "de", "fr", "co.uk"), "gmx": ("de", "net", "at", "ch", "com", "fr", "es"),
    "web": ("de",), "t-online": ("de",), "freenet": ("de",), "arcor": ("de",), "posteo": ("de",), "mailbox": ("org",),
    "bluewin": ("ch",), "hispeed": ("ch",), "sunrise": ("ch",), "chello": ("at",), "aon": ("at",),
    "orange": ("fr",), "wanadoo": ("fr",), "laposte": ("net",), "sfr": ("fr",), "free": ("fr",), "neuf": ("fr",),
    "bbox": ("fr",), "numericable": ("fr",),
    "libero": ("it",), "virgilio": ("it",), "tiscali": ("it",), "alice": ("it",), "tin": ("it",), "fastwebnet": ("it",),
    "telefonica": ("net",), "movistar": ("es",), "terra": ("es", "com.br"), "ono": ("com",), "sapo": ("pt",),
    "uol": ("com.br",), "bol": ("com.br",), "globo": ("com",),
    "ziggo": ("nl",), "kpnmail": ("nl",), "planet": ("nl",), "home": ("nl",), "xs4all": ("nl",), "hetnet": ("nl",),
    "telenet": ("be",), "skynet": ("be",), "proximus": ("be",),
    "comcast": ("net",), "verizon": ("net",), "sbcglobal": ("net",), "bellsouth": ("net",), "att": ("net",),
    "cox": ("net",), "charter": ("net",), "earthlink": ("net",), "rocketmail": ("com",), "shaw": ("ca",),
    "rogers": ("com",), "sympatico": ("ca",), "videotron": ("ca",),
    "btinternet": ("com",), "virginmedia": ("com",), "ntlworld": ("com",), "talktalk": ("net",), "sky": ("com",),
    "bigpond": ("com", "net.au"), "optusnet": ("com.au",), "xtra": ("co.nz",), "rediffmail": ("com",),
    "mail": ("ru", "com"), "yandex": ("ru", "com"), "rambler": ("ru",), "inbox": ("ru",), "ukr": ("net",),
    "onet": ("pl",), "interia": ("pl",), "wp": ("pl",), "o2": ("pl",), "gazeta": ("pl",), "seznam": ("cz",),
    "centrum": ("cz", "sk"), "azet": ("sk",), "freemail": ("hu",), "citromail": ("hu",), "abv": ("bg",),
    "mynet": ("com",), "naver": ("com",), "hanmail": ("net",), "daum": ("net",), "fastmail": ("com", "fm"),
    "telia": ("com",), "telenor": ("no",), "online": ("no",), "spray": ("se",), "bredband": ("net",), "comhem": ("se",),
    "zoho": ("com",), "tutanota": ("com", "de"), "walla": ("co.il", "com"), "netvision": ("net.il",),
}
"""Labels of providers with many private mailboxes, and the endings under which they have them."""

NO_SLIPS: Final = frozenset({
    "ymail.com", "email.com", "mail.com", "gmail.de", "gmail.ru", "gmx.net", "gmx.com", "gmx.us", "live.co", "aol.net",
    "hotmail.co.jp", "outlook.sa", "outlook.co", "yahoo.net", "ao.com", "home.com", "web.com", "free.com",
    "orange.com", "orange.es", "orange.pl", "sky.de", "skynet.com", "planet.com", "mail.de", "mail.ee", "mail.bg",
    "proton.com", "post.com", "cox.com", "shaw.com", "terra.com", "alice.com", "inbox.com", "inbox.lv", "online.de",
    "online.fr", "online.com", "centrum.com", "globo.tv", "fastmail.net", "mailbox.com", "mail.fr", "zoho.eu",
    "hmail.com", "fmail.com", "mmail.com", "qmail.com", "smail.com", "tmail.com", "jmail.com", "umail.com",
    "gail.com", "maail.com", "emial.com", "hotmail.ru", "out.com", "look.com", "proton.de", "protone.me",
    "yandex.net", "yandex.de", "yahoo.jp", "ahoo.com", "yaho.co.jp", "ail.com",
})
"""Domains that look like a slip and are, or may well be, somebody's own."""

_WRITTEN_FOR: Final = {
    "com": "con cmo ocm comm vom xom cim cpm om co cm coom ccom comn como clm c0m con.com com.com coml comp cok ckm "
    "col cop com1 xcom dom fom vcom conm cnm cob comt comc come comq",
    "de": "dee ded ed d dr de.de dde dw fe dea den", "net": "nte ent met bet ner nett nt nrt net.com ne",
    "fr": "frr ffr fre rf fr.fr f fd", "it": "tit itt ti i it.it", "co.uk": "uk couk co.u c.uk co.ku com.uk",
    "ru": "rru ry tu ru.ru", "com.br": "com.bt com.b combr con.br com.rb cm.br", "es": "ess ea s", "nl": "nnl ln nll n",
    "pl": "pll lp p",
}
# fmt: on
_ENDINGS: Final = {slip: ending for ending, slips in _WRITTEN_FOR.items() for slip in slips.split()}
"""Ends of domains as fingers write them, to what they mean."""

_BESIDE: Final = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl",
    "p": "ol", "a": "qsz", "s": "adwx", "d": "sfec", "f": "dgrv", "g": "fhtb", "h": "gjyn", "j": "hkum", "k": "jlim",
    "l": "kop",
    "z": "asx", "x": "zsdc", "c": "xdfv", "v": "cfgb", "b": "vghn", "n": "bhjm", "m": "njk",
}  # fmt: skip
"""Keys that lie beside one another."""

_SHORTEST: Final = 5
_LONG: Final = 6


def _slips(label: str) -> set[str]:
    """The ways in which a label is mistyped by one slip; none for short labels, which other domains are too near."""
    if len(label) < _SHORTEST:
        return set()
    pairs = range(len(label) - 1)
    slips = {label[:at] + label[at + 1] + label[at] + label[at + 2 :] for at in pairs}
    slips |= {label[:at] + label[at + 1 :] for at in range(len(label))}
    slips |= {label[:at] + char + label[at:] for at, char in enumerate(label)}
    for at, char in enumerate(label):
        near = "abcdefghijklmnopqrstuvwxyz" if len(label) >= _LONG else _BESIDE.get(char, "")
        slips |= {label[:at] + other + label[at + 1 :] for other in near}
        slips |= {label[:at] + other + label[at:] for other in _BESIDE.get(char, "")}
        slips |= {label[: at + 1] + other + label[at + 1 :] for other in _BESIDE.get(char, "")}
    return slips


@lru_cache(maxsize=1)
def _labels() -> dict[str, str]:
    known: dict[str, str] = {}
    # The first provider that a slip may come from counts: they stand in about the order of their size.
    for label in reversed(PROVIDERS):
        known.update(dict.fromkeys(_slips(label), label))
    for label in PROVIDERS:
        known.pop(label, None)
    return known


@lru_cache(maxsize=16_384)
def meant(domain: str) -> str | None:
    """The provider's domain that was probably meant by a domain in lower-case ASCII, or None.

    >>> meant("gmial.com"), meant("gmail.con"), meant("hotmial.fr"), meant("gmailcom"), meant("ymail.com")
    ('gmail.com', 'gmail.com', 'hotmail.fr', 'gmail.com', None)
    """
    if domain in NO_SLIPS:
        return None
    label, dot, ending = domain.partition(".")
    if not dot:
        return next((f"{name}.{end}" for name, ends in PROVIDERS.items() for end in ends if domain == name + end), None)
    if ending in PROVIDERS.get(label, ()):
        return None
    label, ending = _labels().get(label, label), _ENDINGS.get(ending, ending)
    if ending in PROVIDERS.get(label, ()):
        return f"{label}.{ending}"
    return None
