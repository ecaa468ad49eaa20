"""Nicknames: the given names that a name may stand for, from our own table and the package `nicknames`.

Words: a *root* of a given name is a name that it is a short or pet form of, or that name itself where it has forms of
its own: *Bill* and *William* share the root *William*, *Alex* has many. Sharing a root is a hint for comparing and
never decides that two people are one.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Final

from nicknames import name_triplets

from audiencevault.normalise.name_keys import comparison
from audiencevault.normalise.nickname_table import OWN_NAMES, forms

_SHORTEST_DOUBLED: Final = 4
_PINYIN: Final = re.compile(r"(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?[aeiouv]{1,3}(?:ng?|r)?")
"""One syllable of Chinese in Latin letters."""


def _package() -> dict[str, str]:
    """Pet forms of the English package with the one name that people mean by each.

    The package also lists formal names as pet forms of rarer ones (wilda: william; bryanna: anna): a name that has pet
    forms of its own stands for itself, and of several names the one with most pet forms is meant.
    """
    pets: dict[str, set[str]] = {}
    formal: dict[str, set[str]] = {}
    for triplet in name_triplets():
        if triplet.relationship == "has_nickname":
            name, pet = triplet.name1.strip().lower(), triplet.name2.strip().lower()
            pets.setdefault(name, set()).add(pet)
            formal.setdefault(pet, set()).add(name)
    found = {name: name for name in pets}
    for pet, names in formal.items():
        likely = [name for name in names if name[0] == pet[0]]
        if pet not in pets and likely:
            found[pet] = min(likely, key=lambda name: (-len(pets[name]), name))
    return found


@lru_cache(maxsize=1)
def _parents() -> dict[str, tuple[str, ...]]:
    """For each known name in comparison form the names that it is a form of, and itself where it has forms."""
    parents: dict[str, dict[str, None]] = {}
    for name, written in forms().items():
        # A name of two words is one root: "juan-carlos".
        own = comparison(name).replace(" ", "-")
        for form in (name, *(form for form in written if form != name.partition(" ")[0])):
            parents.setdefault(comparison(form), {}).setdefault(own)
    alone = {comparison(name) for name in OWN_NAMES}
    for pet, name in _package().items():
        key = comparison(pet)
        if key not in parents and key not in alone:
            parents[key] = {comparison(name): None}
    return {name: tuple(found) for name, found in parents.items() if name}


def _known(name: str) -> tuple[str, ...]:
    """Of several given names the whole is looked up first (*Juan Carlos*), then the first."""
    known = _parents()
    return known.get(name) or known.get(name.partition(" ")[0]) or ()


def _doubled(name: str) -> set[str]:
    """What Chinese make of a name of one syllable: *Leilei* and *Xiaolei* for *Lei*."""
    half = len(name) // 2
    if len(name) >= _SHORTEST_DOUBLED and name[half:] == name[:half]:
        return {name[:half]}
    if name.startswith("xiao") and len(name) > _SHORTEST_DOUBLED + 1:
        return {name[4:]}
    return {name} if 1 < len(name) < _SHORTEST_DOUBLED + 2 and name.isalpha() and _PINYIN.fullmatch(name) else set()


@lru_cache(maxsize=1)
def _sizes() -> Counter[str]:
    """How many forms each root has: names with many are those that people mean."""
    return Counter(parent for found in _parents().values() for parent in found)


@lru_cache(maxsize=131_072)
@lru_cache(maxsize=131_072)
def meant(name: str) -> tuple[str | None, str | None]:
    """The roots of a given name in comparison form, sorted and joined by blanks, and the likeliest, which is the one
    with most forms; None where no table knows it.

    >>> meant("hansi"), meant("pepe"), meant("ixchel")
    (('hans johann johannes', 'johannes'), ('jose pedro', 'jose'), (None, None))
    """
    found = set(_known(name) or _doubled(name))
    if not found:
        return None, None
    # A form of a form: Hansi, Hans, Johannes.
    roots = " ".join(sorted(found.union(*(_known(parent) for parent in found))))
    return roots, min(roots.split(), key=lambda parent: (-_sizes()[parent], parent))


def roots(name: str) -> str | None:
    """The roots of a given name in comparison form, sorted and joined by blanks, or None where no table knows it.

    >>> roots("william"), roots("lalo"), roots("ixchel")
    ('william', 'eduardo', None)
    """
    return meant(name)[0]
