"""How much of what: the shares of the kinds of noise, of the sources, and of the columns that each source fills."""

from __future__ import annotations

NOISE: dict[str, float] = {
    "phone without country": 0.15,
    "e-mail case": 0.09,
    "address abbreviation": 0.09,
    "native script": 0.05,
    "old mailbox": 0.05,
    "nickname": 0.04,
    "diacritics lost": 0.04,
    "middle name": 0.04,
    "plus tag": 0.03,
    "household landline": 0.03,
    "gmail dots": 0.025,
    "family mailbox": 0.025,
    "e-mail typo": 0.02,
    "initial only": 0.02,
    "name typo": 0.02,
    "first and last swapped": 0.02,
    "married name": 0.02,
    "old address": 0.015,
    "wrong country": 0.01,
    "googlemail": 0.01,
    "junk e-mail": 0.0065,
    "junk phone": 0.0065,
    "role mailbox": 0.005,
}
"""The kinds of noise and their shares of all records."""

KINDS = tuple(NOISE)

# source: share, and the shares of its records that have e-mail, phone, address, country, company, birthday
SOURCES: dict[str, tuple[float, dict[str, float]]] = {
    "shopify.customers": (0.27, {"email": 0.98, "phone": 0.77, "address": 0.93, "country": 0.95, "company": 0.06}),
    "meta.leads": (0.15, {"email": 0.96, "phone": 0.9, "country": 0.3}),
    "address.book": (0.14, {"email": 0.74, "phone": 0.93, "birthday": 0.22, "company": 0.15, "address": 0.12}),
    "newsletter.form": (0.17, {"email": 1.0, "phone": 0.2}),
    "event.tickets": (0.08, {"email": 1.0, "phone": 0.45, "country": 0.4}),
    "instagram.followers": (0.045, {}),
    "tiktok.followers": (0.015, {}),
    "linkedin.connections": (0.04, {"email": 0.45, "company": 0.9}),
    "whatsapp.chats": (0.04, {"phone": 1.0}),
    "crm.table": (
        0.05,
        {"email": 0.88, "phone": 0.75, "birthday": 0.55, "address": 0.7, "country": 0.6, "company": 0.2},
    ),
}
SOURCE_NAMES = tuple(SOURCES)
