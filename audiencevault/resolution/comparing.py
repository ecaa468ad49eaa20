"""The values of two records side by side, in words: what agrees, how well, and what contradicts.

Words: a *level* is how two values agree, from `different` to `same`; `shared` is said of lists that have a value in
common.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from audiencevault.resolution.features import FOLLOWER_LISTS

POINTS: Final[Mapping[str, tuple[str, str]]] = {
    "email": ("email_keys", "e-mail address"),
    "phone": ("phone_keys", "phone number"),
    "account": ("account_keys", "platform account"),
    "identifier": ("identifier_keys", "customer or national number"),
}
"""Comparisons of lists: the column and the word."""
VALUES: Final[Mapping[str, tuple[str, str]]] = {
    "birthday": ("birthday_key", "birthday"),
    "street": ("street_key", "street address"),
    "postcode": ("postcode_key", "postcode"),
    "city": ("city_key", "town"),
    "company": ("company_key", "company"),
}
NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "first_name": ("first_key", "first name"),
    "last_name": ("last_key", "last name"),
}
COLUMNS: Final = (
    "display_name", *(column for column, _ in NAMES.values()), *(column for column, _ in POINTS.values()), "handle_key",
    *(column for column, _ in VALUES.values()),
)  # fmt: skip
"""The columns of MATCH_FEATURES that are shown, record by record."""

SHARED: Final[Mapping[str, str]] = {
    "email": "same e-mail address", "phone": "same phone number", "account": "same platform account",
    "identifier": "same customer or national number", "handle": "a handle like the other's mailbox",
    "mailbox": "nearly the same mailbox", "phone_ending": "phone numbers that are nearly alike",
    "street": "same street address", "birthday": "same birthday", "company": "same company",
    "postcode": "same postcode", "city": "same town",
}  # fmt: skip
"""What a link may have seen, as a sentence begins."""
DOUBTS: Final[Mapping[str, str]] = {
    "shared_point": "it is a role mailbox or otherwise known to be shared",
    "crowded_point": "many different people hold it",
    "ambiguous": "the vaguer name would fit more than one person there",
    "birthday_differs": "the birthdays differ", "street_differs": "the streets differ",
    "city_differs": "the towns differ", "mailboxes_differ": "each has a mailbox of their own",
    "phones_differ": "each has a telephone of their own",
    "generation_differs": "one of them says junior, senior or a number",
}  # fmt: skip
BOUNDS: Final[Mapping[str, str]] = {
    "prior": "any two records, before they are compared", "limit": "what this evidence may weigh at most",
}  # fmt: skip
"""What weighs besides the comparisons."""
NAME_LEVELS: Final[Mapping[str, str]] = {
    "same": "the same", "nickname": "nicknames of one name", "variant": "a known variant",
    "similar": "the same but for a typing slip", "initial": "an initial or one part only",
    "doubtful": "near, but perhaps two people's", "different": "different",
}  # fmt: skip
GUARDS: Final[Mapping[str, str]] = {
    "birthdays": "two birthdays", "names": "two first names that one person does not have",
    "accounts": "two accounts of one platform's own list",
    "mailboxes": "junior or senior on one side, and to each a mailbox of its own",
    "decision": "a decision that some of their records are different people's",
}  # fmt: skip
"""What a guard may have refused a link for."""
SPEAK_AGAINST: Final = frozenset({"different", "doubtful"})
SAYS_NOTHING: Final = "missing"

_SPELLED: Final[Mapping[str, str]] = {
    "linkedin": "LinkedIn", "vcard": "an address book", "table": "a table", "tiktok": "TikTok", "youtube": "YouTube",
    "whatsapp": "WhatsApp", "activecampaign": "ActiveCampaign", "hubspot": "HubSpot", "paypal": "PayPal", "x": "X",
}  # fmt: skip
_BITS: Final = re.compile(r"^(?P<level>.*?)\s*(?P<bits>[+-]\d+(?:\.\d+)?)$")


def place(source: str | None) -> str:
    """`shopify.customers` as people say it.

    >>> place("shopify.customers")
    'Shopify'
    """
    family = (source or "").partition(".")[0]
    return _SPELLED.get(family, family.replace("_", " ").title()) or "a record"


def places(one: str | None, two: str | None) -> str:
    """Where two records are, by the names of the platforms, and of their lists where these are the same.

    >>> places("shopify.customers", "shopify.orders")
    'Shopify (customers) and Shopify (orders)'
    """
    if one == two:
        return f"two records of {_listed(one)}"
    if place(one) != place(two):
        return " and ".join(sorted({place(one), place(two)}))
    return " and ".join(sorted({_listed(one), _listed(two)}))


def _listed(source: str | None) -> str:
    kind = (source or "").partition(".")[2].replace("_", " ")
    return (
        f"{place(source)} ({kind})"
        if kind and place(source) == place((source or "").partition(".")[0])
        else place(source)
    )


def level_and_bits(said: str) -> tuple[str, float | None]:
    """One value of the evidence of a link: `nickname +3.1` as level and bits; bits are None where it names none."""
    match = _BITS.match(said)
    if match is None:
        return ("same" if said == "yes" else said), None
    level = match["level"] or "same"
    return ("same" if level == "yes" else level), float(match["bits"])


def _list(row: Mapping[str, Any], column: str) -> list[str]:
    return sorted(row.get(column) or ())


def comparisons(a: Mapping[str, Any], b: Mapping[str, Any], evidence: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every kind of value that both records have, or that the link between them weighed: `comparison`, `title`, the
    values `a` and `b`, `level`, `bits` where the link says so, and `key`, the comparison form that both share.
    """
    found: list[dict[str, Any]] = []
    for key, (column, title) in NAMES.items():
        shown = "first" if key == "first_name" else "last"
        found.append(_row(key, title, a.get(shown) or a.get(column), b.get(shown) or b.get(column), evidence,
                          key=a.get(column) if a.get(column) == b.get(column) else None))  # fmt: skip
    for key, (column, title) in POINTS.items():
        left, right = _list(a, column), _list(b, column)
        shared = sorted(set(left) & set(right))
        found.append(
            _row(
                key,
                title,
                ", ".join(shared or left),
                ", ".join(shared or right),
                evidence,
                key=shared[0] if shared else None,
            )
        )
    for key, (column, title) in VALUES.items():
        shared_key = a.get(column) if a.get(column) == b.get(column) else None
        found.append(_row(key, title, a.get(column), b.get(column), evidence, key=shared_key))
    known = {item["comparison"] for item in found} | {"refused"}
    for key, said in sorted(evidence.items()):
        if key not in known:
            one, two = _special(key, a, b)
            level, bits = level_and_bits(said)
            title = SHARED.get(key, DOUBTS.get(key, BOUNDS.get(key, key.replace("_", " "))))
            found.append({"comparison": key, "title": title, "a": one, "b": two, "level": level, "bits": bits,
                          "key": None})  # fmt: skip
    # A list that differs says nothing: people have several mailboxes.
    return [
        item
        for item in found
        if item["comparison"] in evidence
        or (item["a"] and item["b"] and not (item["comparison"] in POINTS and item["level"] == "different"))
    ]


def _row(
    comparison: str, title: str, a: Any, b: Any, evidence: Mapping[str, str], *, key: str | None
) -> dict[str, Any]:
    if comparison in evidence:
        level, bits = level_and_bits(evidence[comparison])
    else:
        level, bits = ("missing" if not a or not b else "same" if key is not None else "different"), None
    return {
        "comparison": comparison, "title": title, "a": a or None, "b": b or None, "level": level, "bits": bits,
        "key": key,
    }  # fmt: skip


def _special(key: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The values behind evidence that compares two different columns."""
    columns = {"handle": ("handle_key", "email_keys"), "mailbox": ("email_keys",), "phone_ending": ("phone_keys",)}
    shown = []
    for row in (a, b):
        value = next((row[name] for name in columns.get(key, ()) if row.get(name)), None)
        shown.append(", ".join(sorted(value)) if isinstance(value, list) else value)
    return shown[0], shown[1]


def link_sentence(link: Mapping[str, Any], a: Mapping[str, Any], b: Mapping[str, Any]) -> str:
    """One link in words: what its two records share, where, how their names agree, what makes it doubtful."""
    evidence = dict(link["evidence"])
    seen = {item["comparison"]: item for item in comparisons(a, b, evidence)}
    shared = []
    for key, words in SHARED.items():
        if key in evidence:
            left, right = (seen[key]["a"], seen[key]["b"]) if key in seen else (None, None)
            value = left if left == right else " / ".join(text for text in (left, right) if text)
            shared.append(f"{words} {value}".rstrip() if value else words)
    text = f"{', '.join(shared) or 'nothing but the name'} in {places(a.get('source'), b.get('source'))}"
    text += f"; {_names(a, b, evidence)}"
    doubts = [DOUBTS[key] for key in DOUBTS if key in evidence]
    text += f"; but {', '.join(doubts)}" if doubts else ""
    verdict = "joined" if link["accepted"] else "not joined"
    return f"{text[0].upper()}{text[1:]} ({link['score']:+.1f} bits, {verdict})."


def _names(a: Mapping[str, Any], b: Mapping[str, Any], evidence: Mapping[str, str]) -> str:
    """How two names agree, with the names."""
    levels = [level_and_bits(evidence[key])[0] for key in NAMES if key in evidence]
    levels = [level for level in levels if level != "missing"]
    one, two = (row.get("display_name") or "" for row in (a, b))
    if not levels:
        return "at least one record has no name"
    shown = f"{one} / {two}" if one != two else one
    if all(level == "same" for level in levels):
        return f"same name: {shown}"
    if "different" in levels or "doubtful" in levels:
        parts = [
            f"{title}s are {NAME_LEVELS.get(level_and_bits(evidence[key])[0], level_and_bits(evidence[key])[0])}"
            for key, (_, title) in NAMES.items()
            if key in evidence
        ]
        return f"{', '.join(parts)}: {shown}"
    why = sorted({NAME_LEVELS.get(level, level) for level in levels if level != "same"})
    return f"names compatible: {shown} ({', '.join(why)})"


def contradictions(left: Sequence[Mapping[str, Any]], right: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the records of two contacts cannot both have, were they one person: birthdays, first names, accounts."""
    found = []
    for key, (column, title) in {"birthday": VALUES["birthday"], "first_name": NAMES["first_name"]}.items():
        one, two = ({row[column] for row in rows if row.get(column)} for rows in (left, right))
        if one and two and not one & two:
            found.append(_against(key, title, one, two))
    accounts = [_listed_accounts(rows) for rows in (left, right)]
    for platform in sorted(set(accounts[0]) & set(accounts[1])):
        one, two = accounts[0][platform], accounts[1][platform]
        if not one & two:
            found.append(_against("account", f"account of {place(platform)}'s own list", one, two))
    return found


def _against(key: str, title: str, one: set[str], two: set[str]) -> dict[str, Any]:
    a, b = ", ".join(sorted(one)), ", ".join(sorted(two))
    return {
        "comparison": key, "title": title, "a": a, "b": b, "level": "different", "bits": None, "key": None,
        "sentence": f"one has the {title} {a}, the other {b}",
    }  # fmt: skip


def _listed_accounts(rows: Sequence[Mapping[str, Any]]) -> dict[str, set[str]]:
    """Accounts by platform, where the platform's own list names them."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        family, _, kind = (row.get("source") or "").partition(".")
        if kind in FOLLOWER_LISTS:
            for account in row.get("account_keys") or ():
                if account.startswith(f"{family}:"):
                    found[family].add(account)
    return dict(found)
