"""Facts about mail domains and mailbox names, each with where and when it was checked.

Nothing here is a guess about unknown domains: a plus tag is only ever removed for a provider that documents it.
Collected in November 2026. Read in rule sets published for the same purpose (the tables of the packages email-normalize
and normemail) and in articles about sub-addressing, not on the providers' own pages.
"""

from __future__ import annotations

from typing import Final

# fmt: off

DOTLESS: Final = frozenset({"gmail.com", "googlemail.com"})
"""Dots in the local part mean nothing. Google, "Dots don't matter in Gmail addresses". Consumer Gmail only: in a
Google Workspace domain dots do matter."""

ONE_MAILBOX: Final = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
    "ya.ru": "yandex.ru",
    "yandex.com": "yandex.ru",
    "yandex.by": "yandex.ru",
    "yandex.kz": "yandex.ru",
    "yandex.ua": "yandex.ru",
}
"""Domains under which one name is one mailbox, as email-normalize (Google, Apple) and normemail (Proton, Yandex) fold
them. A wrong entry could only widen a "no". Hotmail, Outlook and Live are *not* here: one name may be three people."""

_MICROSOFT: Final = frozenset({
    "outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.de", "outlook.fr", "outlook.es", "outlook.it",
    "outlook.at", "outlook.be", "outlook.dk", "outlook.jp", "outlook.pt", "outlook.ie", "outlook.com.br",
    "outlook.com.au", "hotmail.de", "hotmail.fr", "hotmail.es", "hotmail.it", "hotmail.nl", "hotmail.se",
    "hotmail.be", "hotmail.ca", "hotmail.ch", "hotmail.co.uk", "hotmail.co.jp", "hotmail.com.br", "hotmail.com.ar",
    "live.de", "live.fr", "live.it", "live.nl", "live.se", "live.be", "live.ca", "live.dk", "live.no", "live.at",
    "live.co.uk", "live.com.au", "live.com.mx",
})
"""Plus tags since 2013, then under the name Hotmail; Microsoft documents them for its mail service."""

_APPLE: Final = frozenset({"icloud.com", "me.com", "mac.com"})
"""Plus tags are delivered to the base address; listed as Apple in public provider tables."""

_FASTMAIL: Final = frozenset({
    "fastmail.com", "fastmail.fm", "fastmail.co.uk", "fastmail.com.au", "fastmail.de", "fastmail.es", "fastmail.fr",
    "fastmail.in", "fastmail.jp", "fastmail.net", "fastmail.nl", "fastmail.org", "fastmail.se", "fastmail.to",
    "fastmail.us", "pobox.com", "sent.com", "messagingengine.com",
})
"""Fastmail, "Plus addressing and subdomain addressing"."""

_PROTON: Final = frozenset({"proton.me", "protonmail.com", "protonmail.ch", "pm.me"})
"""Proton, "Addresses and aliases": +alias addresses."""

_YANDEX: Final = frozenset({"yandex.ru", "ya.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua", "yandex.com.tr"})
"""Yandex 360, mailbox aliases with a plus."""

_ZOHO: Final = frozenset({"zoho.com", "zohomail.com", "zoho.eu", "zohomail.eu", "zoho.in", "zohomail.in"})
"""Zoho Mail, "Plus addressing"."""

_OTHERS: Final = frozenset({"mailbox.org", "runbox.com"})
"""Named in lists of providers that deliver plus tags."""

PLUS_TAGS: Final = DOTLESS | _MICROSOFT | _APPLE | _FASTMAIL | _PROTON | _YANDEX | _ZOHO | _OTHERS
"""Domains whose provider delivers name+tag to name. Yahoo, AOL, GMX, web.de, Tuta, T-Online, Orange, QQ and Naver do
not and are absent on purpose."""

RELAY: Final = frozenset({
    "privaterelay.appleid.com", "mozmail.com", "duck.com", "simplelogin.com", "simplelogin.co", "aleeas.com",
    "slmail.me", "anonaddy.me", "addy.io", "passmail.net", "users.noreply.github.com", "members.ebay.com",
    "reply.craigslist.org", "guest.booking.com", "guest.airbnb.com", "messages.homeaway.com", "proxymail.facebook.com",
})
"""Domains that forward to a hidden mailbox: Apple "Hide My Email", Firefox Relay, DuckDuckGo, SimpleLogin, addy.io,
Proton Pass, and marketplaces that stand between buyer and seller. An address there belongs to one person."""

RELAY_PREFIXES: Final = ("marketplace.amazon.",)
"""Amazon's anonymised buyer addresses, one domain per marketplace (marketplace.amazon.co.uk)."""

SPECIAL_USE: Final = ("arpa", "invalid", "local", "localhost", "onion")
"""Top-level names that no mail can reach (RFC 6761, RFC 7686). `test` and `example` are reserved as well and are
accepted: people try the program with them."""

JUNK_DOMAINS: Final = frozenset({
    "test.com", "test.de", "test.fr", "test.test", "none.com", "noemail.com", "nomail.com", "no-email.com", "asdf.com",
    "fake.com", "fakeemail.com", "noreply.com", "donotreply.com", "notreal.com", "invalid.com", "nowhere.com",
    "no.com", "nope.com", "nomail.net", "na.com", "nil.com", "null.com", "mail.test", "email.test", "noemail.net",
    "noemail.org", "fakemail.com", "dontmail.com", "notmail.com", "noadress.com", "noaddress.com", "nothing.com",
    "keine.de", "keinemail.de", "nix.de", "kein.de", "sinemail.com", "sincorreo.com", "notiene.com", "notengo.com",
    "pasdemail.fr", "pasdemail.com", "aucun.fr", "nessuna.it", "nomail.it", "semail.com", "semail.com.br",
    "naotem.com", "naotem.com.br", "geenmail.nl", "brak.pl", "yok.com", "netu.ru", "net.net", "123.com", "1234.com",
    "abc.com.abc", "qwe.qwe", "asd.asd", "asd.com", "asdasd.com", "qwerty.com", "qwe.com", "fgh.com", "dfg.com",
    "aaa.aaa", "xxx.xxx", "a.aa", "aa.aa", "abc.abc",
})
"""Domains that people type to get past a form."""

JUNK_NAMES: Final = frozenset({
    "noreply", "no-reply", "no_reply", "no.reply", "donotreply", "do-not-reply", "do_not_reply", "do.not.reply",
    "nicht-antworten", "keine-antwort", "ne-pas-repondre", "mailer-daemon", "bounce", "bounces", "devnull",
    "test", "tester", "testing", "test1", "test123", "testuser", "asdf", "asdfasdf", "asdfgh", "qwerty", "qwertz",
    "azerty", "none", "nobody", "noone", "noemail", "no-email", "no.email", "nomail", "no-mail", "na", "n-a", "n.a",
    "null", "undefined", "unknown", "unbekannt", "inconnu", "fake", "dummy", "invalid", "xxx", "xxxx", "aaa", "aaaa",
    "abc", "abcd", "abc123", "123", "1234", "12345", "123456", "keine", "keineemail", "keine-email", "ohne", "aucun",
    "pasdemail", "sinemail", "sin-email", "nessuna", "geen", "geenmail", "ingen", "brak", "nil", "nope",
    "no", "nono", "noneofyourbusiness", "noemailaddress", "noaddress", "sincorreo", "notengo", "notiene", "semail",
    "naotem", "naopossui", "nemam", "nincs", "yok", "netu", "nety", "nincsemail", "bezmaila", "brakmaila", "asd",
    "asdasd", "asdfg", "asdfghjkl", "qwe", "qweqwe", "qwer", "qwert", "zxc", "zxcvbn", "sdf", "sdfsdf", "dfg", "fgh",
    "aaaaa", "aaaaaa", "bbb", "xxxxx", "xyz", "foo", "foobar", "bar", "blah", "bla", "blabla", "hjkl", "1111", "11111",
    "0000", "00000", "000", "111", "1234567", "12345678", "123456789", "1234567890", "deleted", "example", "sample",
    "prueba", "teste", "tests", "essai", "probe", "deneme", "proba", "prova", "pruebas", "demo", "spam", "nospam",
    "private", "privat", "prive", "privado", "anonymous", "anonym", "anonyme", "anonimo", "guest", "gast", "invitado",
})
"""Mailbox names that nobody reads, or that people type to get past a form; compared lower-cased, plus tag removed."""

NUMBERED: Final = frozenset({"qq.com", "vip.qq.com", "163.com", "126.com", "139.com", "189.cn", "wo.cn", "yeah.net"})
"""Domains whose mailboxes are numbers: 123456 is a person there."""

ROLE_NAMES: Final = frozenset({
    # RFC 2142
    "info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster", "hostmaster", "usenet", "news",
    "webmaster", "www", "uucp", "ftp",
    # English
    "accounting", "accounts", "admin", "administrator", "admissions", "billing", "board", "bookings", "booking",
    "business", "careers", "care", "catering", "compliance", "contact", "contactus", "contact-us", "customercare",
    "customer-care", "customerservice", "customer-service", "customer.service", "customersupport", "desk", "editor",
    "editorial", "enquiries", "enquiry", "events", "feedback", "finance", "frontdesk", "general", "hello", "hallo",
    "hi", "help", "helpdesk", "hr", "humanresources", "inbox", "inquiries", "inquiry", "invoice", "invoices", "it",
    "itsupport", "jobs", "legal", "list", "mail", "mailbox", "management", "media", "membership", "newsletter",
    "office", "operations", "ops", "order", "orders", "partners", "payments", "payroll", "press", "privacy", "pr",
    "purchasing", "reception", "recruiting", "recruitment", "registration", "returns", "reservation", "reservations",
    "root", "schedule", "secretary", "service", "services", "shipping", "shop", "staff", "store", "studio",
    "subscribe", "subscriptions", "team", "tech", "tickets", "unsubscribe", "vendor", "warehouse", "web", "welcome",
    "wholesale",
    # German
    "anfrage", "anfragen", "auskunft", "bestellung", "bestellungen", "bewerbung", "buchhaltung", "buero", "büro",
    "datenschutz", "dialog", "einkauf", "empfang", "gemeinde", "geschaeftsfuehrung", "kanzlei", "kasse", "kontakt",
    "kundenservice", "kundendienst", "leitung", "personal", "post", "poststelle", "praxis", "presse", "rechnung",
    "rechnungen", "redaktion", "sekretariat", "service-team", "verein", "versand", "vertrieb", "verwaltung",
    "vorstand", "werkstatt", "zentrale",
    # French
    "accueil", "achats", "boutique", "commande", "commandes", "commercial", "compta", "comptabilite", "comptabilité",
    "contacts", "direction", "facturation", "ventes", "mairie", "rh", "secretariat", "serviceclient", "bonjour",
    # Spanish and Portuguese
    "administracion", "administracao", "atencionalcliente", "atendimento", "comercial", "compras", "contabilidad",
    "contacto", "contato", "facturacion", "faturamento", "financeiro", "gerencia", "informacion", "oficina", "pedidos",
    "prensa", "recepcion", "reservas", "rrhh", "secretaria", "soporte", "suporte", "tienda", "vendas", "ventas",
    # Italian
    "acquisti", "amministrazione", "assistenza", "commerciale", "contabilita", "contatti", "direzione", "negozio",
    "ordini", "prenotazioni", "segreteria", "ufficio", "vendite",
    # Dutch, Scandinavian, Finnish
    "administratie", "bestelling", "bestellingen", "boekhouding", "inkoop", "klantenservice", "receptie", "verkoop",
    "winkel", "bestilling", "butik", "butikk", "faktura", "firmapost", "kontor", "kundservice", "kundeservice",
    "ordre", "salg", "försäljning", "forsaljning", "myynti", "toimisto", "asiakaspalvelu",
    # Polish, Czech, Hungarian, Turkish, Russian in Latin letters
    "biuro", "ksiegowosc", "kadry", "obsluga", "sklep", "zamowienia", "obchod", "objednavky",
    "informace", "podpora", "prodej", "reklamace", "zakaznik", "fakturace", "zapytania", "kontakty", "reklamacje",
    "handlowy", "ugyfelszolgalat", "kapcsolat", "comenzi", "vanzari", "relatii", "porucki", "prodazhi", "sekretar",
    "otdel", "bron", "menedzher", "manager", "muşteri", "musteri", "siparis", "kurumsal", "insankaynaklari",
    "plirofories", "epikoinonia", "poliseis", "grammateia", "kefu", "fuwu", "xiaoshou", "otoiawase", "toiawase", "jimu",
    "eigyo", "saiyo", "munui", "gogaek", "mekhirot", "sherut", "misrad", "mabiaat", "khadamat",
    "iroda", "penzugy", "rendeles", "bilgi", "iletisim", "muhasebe", "satis", "destek", "zakaz", "pochta",
})
"""Mailbox names that stand for a function, read by whoever is on duty; compared lower-cased, plus tag removed."""
