"""The weights of evidence as data: per comparison and level how often it is seen between records of one person (m) and
between strangers (u), and what it weighs.

A model is an input and an output of every run: estimated from the data where none is given, used as it is where one
is, so that an increment and a rebuild weigh as the first run did.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from audiencevault.errors import UsageError

VERSION: Final = 1

ACCEPT: Final = 4.0
"""Bits from which a link joins two records: odds of 16 to 1."""

NOISY_AT: Final = 0.15
"""From this share of slips among the last names of one person on, a table is noisy; a list of customers has 0.02."""

PRIORS: Final[Mapping[str, Mapping[str, float]]] = {
    "first_name": {
        "different": 0.02, "doubtful": 0.01, "initial": 0.03, "similar": 0.03, "nickname": 0.05, "variant": 0.04,
        "same": 0.82,
    },
    "last_name": {
        "different": 0.04, "doubtful": 0.01, "initial": 0.01, "similar": 0.03, "nickname": 0.001, "variant": 0.03,
        "same": 0.879,
    },
    "birthday": {"different": 0.01, "near": 0.02, "same": 0.97},
    "street": {"different": 0.15, "near": 0.05, "same": 0.80},
    "postcode": {"different": 0.15, "same": 0.85},
    "city": {"different": 0.12, "same": 0.88},
    "identifier": {"different": 0.02, "near": 0.03, "same": 0.95},
}  # fmt: skip
"""m where nothing has been learnt: shares of the levels among pairs of one person that both say something."""

STRANGERS: Final[Mapping[str, Mapping[str, float]]] = {
    "first_name": {"different": 0.985, "doubtful": 0.003, "initial": 0.004, "similar": 0.002, "nickname": 0.001,
                   "variant": 0.001, "same": 0.004},
    "last_name": {"different": 0.994, "doubtful": 0.002, "initial": 0.0005, "similar": 0.001, "nickname": 0.0001,
                  "variant": 0.0004, "same": 0.002},
    "birthday": {"different": 0.999, "near": 0.0009, "same": 0.0001},
    "street": {"different": 0.999, "near": 0.0005, "same": 0.0005},
    "postcode": {"different": 0.998, "same": 0.002},
    "city": {"different": 0.97, "same": 0.03},
    "identifier": {"different": 0.999, "near": 0.0009, "same": 0.0001},
}  # fmt: skip
"""u where nothing has been counted."""

TABLE: Final = pa.schema([
    ("comparison", pa.string()), ("level", pa.string()), ("m", pa.float64()), ("u", pa.float64()),
    ("weight", pa.float64()), ("learnt_from", pa.float64()),
])  # fmt: skip


def _shares(found: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, float]]:
    return {name: {level: float(found[name][level]) for level in levels} for name, levels in PRIORS.items()}


@dataclass(frozen=True, slots=True)
class Model:
    """`m` and `u` per comparison and level are shares that add up to 1 over a comparison's levels; `learnt_from` is the
    number of pairs, by weight, behind each comparison's m (0 for the prior). `families` is the share of pairs with
    clashing first names and one address or birthday that are two people, `accept` the bits from which weaker evidence
    joins, `population` the log2 of the number of records that the model was estimated for; `noise` the share of pairs
    of one person whose last names are nearly the same, and not the same.
    """

    m: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: PRIORS)
    u: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: STRANGERS)
    learnt_from: Mapping[str, float] = field(default_factory=dict)
    families: float = 1.0
    accept: float = ACCEPT
    population: float = 0.0
    noise: float = 0.0
    version: int = VERSION

    @property
    def noisy(self) -> bool:
        """Whether so many of the table's values have slips that a difference says little."""
        return self.noise >= NOISY_AT

    def table(self) -> pa.Table:
        """The model as rows of `TABLE`; `weight` is log2(m/u): what the level weighs where its values are of average
        frequency.
        """
        from math import log2

        rows = [
            {
                "comparison": comparison, "level": level, "m": share, "u": self.u[comparison][level],
                "weight": log2(share / self.u[comparison][level]),
                "learnt_from": self.learnt_from.get(comparison, 0.0),
            }
            for comparison, shares in self.m.items()
            for level, share in shares.items()
        ]  # fmt: skip
        return pa.Table.from_pylist(rows, schema=TABLE)

    def to_json(self) -> str:
        """The model as a JSON document with sorted keys: same model, same bytes."""
        return json.dumps(
            {
                "version": self.version, "population": self.population, "families": self.families,
                "accept": self.accept, "noise": self.noise,
                "m": {name: dict(shares) for name, shares in self.m.items()},
                "u": {name: dict(shares) for name, shares in self.u.items()},
                "learnt_from": dict(self.learnt_from),
            },
            sort_keys=True,
        )  # fmt: skip

    @classmethod
    def from_json(cls, text: str) -> Model:
        """Read what `to_json` wrote; raises `UsageError` for anything else or another version."""
        try:
            found: dict[str, Any] = json.loads(text)
            model = cls(
                m={
                    name: {level: float(found["m"][name][level]) for level in levels} for name, levels in PRIORS.items()
                },
                u={
                    name: {level: float(found["u"][name][level]) for level in levels} for name, levels in PRIORS.items()
                },
                learnt_from={name: float(value) for name, value in found["learnt_from"].items()},
                families=float(found["families"]),
                accept=float(found["accept"]),
                population=float(found["population"]),
                noise=float(found.get("noise", 0.0)),
                version=int(found["version"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError("The matching model cannot be read.", "Rebuild the vault to estimate it anew.") from error
        if model.version != VERSION:
            raise UsageError(
                f"The matching model has version {model.version}, this program reads {VERSION}.",
                "Rebuild the vault to estimate it anew.",
            )
        return model
