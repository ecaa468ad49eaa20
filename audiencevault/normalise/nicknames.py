"""Nick names: the root form of a given name, from the package `nicknames` and our own table for other languages.

A root is a hint for comparing: *Bill* and *William* have one. It never decides that two people are one.
"""

from __future__ import annotations

from functools import lru_cache

from nicknames import name_triplets

from audiencevault.normalise.name_keys import folded
from audiencevault.normalise.name_words import NICKNAMES


@lru_cache(maxsize=1)
def _roots() -> dict[str, str]:
    pets: dict[str, set[str]] = {}
    formal: dict[str, set[str]] = {}
    for triplet in name_triplets():
        if triplet.relationship == "has_nickname":
            name, pet = triplet.name1.strip().lower(), triplet.name2.strip().lower()
            pets.setdefault(name, set()).add(pet)
            formal.setdefault(pet, set()).add(name)
    # The package also lists formal names as pet forms of rarer ones (wilda: william; bryanna: anna): a name that has
    # pet forms of its own is a root, and of several roots the one with most pet forms is what people mean.
    roots: dict[str, str] = {name: name for name in pets}
    for pet, names in formal.items():
        likely = [name for name in names if name[0] == pet[0]]
        if pet not in pets and likely:
            roots[pet] = min(likely, key=lambda name: (-len(pets[name]), name))
    # Ours where both tables know a form, the first name that lists it.
    ours: dict[str, str] = {name: name for name in NICKNAMES}
    for name, forms in NICKNAMES.items():
        for form in forms:
            ours.setdefault(form, name)
    merged = {**roots, **ours}
    return {folded(name): folded(_end(name, merged)) for name in sorted(merged, reverse=True)}


def _end(name: str, roots: dict[str, str]) -> str:
    """Where following the table from `name` ends; a circle ends at its first name in the alphabet."""
    seen = [name]
    while roots[seen[-1]] not in seen:
        seen.append(roots[seen[-1]])
    circle = seen[seen.index(roots[seen[-1]]) :]
    return min(circle)


def root(name: str) -> str | None:
    """The root of a given name in comparison form (one word), or None where no table knows it.

    >>> root("bill"), root("william"), root("pepe"), root("ixchel")
    ('william', 'william', 'jose', None)
    """
    return _roots().get(name)
