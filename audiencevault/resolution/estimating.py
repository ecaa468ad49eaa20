"""The model from the data, without labels.

Where a table has numbers that only one person has (customer or national numbers), these are anchors: pairs that share
one are pairs of one person, and what else they agree and differ on is counted. Everywhere else the anchors are
uncertain, the pairs that share a contact point, and are weighed by how likely each is one person's under the weights so
far (expectation), which gives better weights (maximisation), until nothing moves.

How many slips a table has shows at its contact points too: two last names of one person that are nearly the same, and
not the same. Above `model.NOISY_AT` the table is *noisy*: names, birthdays and streets may differ by more, a difference
weighs what it weighs there, and people are looked for in more blocks.

Small data moves little: every count starts from the prior's shares, as if `PRIOR_PAIRS` pairs had been seen.

Whether two first names at one address are two people is a fact about a table, not about the world: a shop's customers
live in families, a register with one row a person and its slips does not. Only anchors can tell, so without them the
prior holds: they are two people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from audiencevault.engine import Engine
from audiencevault.resolution import agreement, blocks, holders
from audiencevault.resolution.columns import Held, Records
from audiencevault.resolution.features import IDENTIFIER
from audiencevault.resolution.handles import Forms
from audiencevault.resolution.model import ACCEPT, PRIORS, STRANGERS, Model
from audiencevault.resolution.names import DIFFERENT, LEVEL_NAMES, Compared
from audiencevault.resolution.scoring import FAMILIES_AT, Keyed, levels, population, score_people

PRIOR_PAIRS: Final = 100.0
FAMILY_PAIRS: Final = 4.0
"""Pairs of two people, assumed before any is seen, with clashing first names at one address or of one birthday."""
ROUNDS: Final = 20
SETTLED: Final = 1e-4
WRONG_SHARE: Final = 0.002
FEWEST: Final = 20
"""Anchored pairs below which they teach nothing."""

LEVELS: Final[Mapping[str, tuple[str, ...]]] = {
    "first_name": LEVEL_NAMES,
    "last_name": LEVEL_NAMES,
    "birthday": ("missing", "different", "near", "same"),
    "street": ("missing", "different", "near", "same"),
    "postcode": ("missing", "different", "near", "same"),
    "city": ("missing", "different", "near", "same"),
    "identifier": ("missing", "different", "near", "same"),
}

Bits = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def _shares(comparison: str, seen: Mapping[str, float]) -> tuple[dict[str, float], float]:
    """The levels' shares after `seen` (weights of pairs per level), shrunk to the prior, and the weight behind them."""
    prior = PRIORS[comparison]
    total = sum(seen.get(level, 0.0) for level in prior)
    shares = {
        level: (seen.get(level, 0.0) + PRIOR_PAIRS * share) / (total + PRIOR_PAIRS) for level, share in prior.items()
    }
    return shares, total


def _counted(comparison: str, level: Ints, weight: Bits) -> dict[str, float]:
    counts = np.bincount(level, weights=weight, minlength=len(LEVELS[comparison]))
    return {name: float(count) for name, count in zip(LEVELS[comparison], counts, strict=False)}


def keyed(records: Records, links: Keyed) -> Model:
    """The model of a table without anchors, from the scored pairs of its points.

    Levels of a name that no shared contact point could accept (`different`) keep the prior's share: whether they are
    one person's is just what is not known.
    """
    table = holders.patterns(records, links)
    patterns = {name: table[name] for name in LEVELS if name in table}
    pairs, base = table["pairs"].astype(np.float64), table["score"]
    shares: dict[str, Mapping[str, float]] = {name: PRIORS[name] for name in PRIORS}
    weights: dict[str, float] = {}
    for _ in range(ROUNDS):
        score = base.copy()
        for name, level in patterns.items():
            moved = [0.0 if word not in PRIORS[name] else np.log2(shares[name][word] / PRIORS[name][word])
                     for word in LEVELS[name]]  # fmt: skip
            score = score + np.array(moved)[level]
        posterior = 1.0 / (1.0 + np.exp2(-np.clip(score, -50.0, 50.0)))
        before = shares
        shares = dict(shares)
        for name, level in patterns.items():
            seen = _counted(name, level, pairs * posterior)
            if name in ("first_name", "last_name"):
                known = sum(seen[word] for word in PRIORS[name] if word != "different")
                seen["different"] = known * PRIORS[name]["different"] / (1.0 - PRIORS[name]["different"])
            shares[name], weights[name] = _shares(name, seen)
        if max(abs(shares[n][w] - before[n][w]) for n in patterns for w in PRIORS[n]) < SETTLED:
            break
    noise = shares["last_name"]["similar"] + shares["last_name"]["doubtful"]
    return Model(m=shares, u=STRANGERS, learnt_from=weights, population=population(records.size), noise=round(noise, 3))


def anchored(engine: Engine, records: Records, held: Held, forms: Forms, otherwise: Model, memory: Compared) -> Model:
    """The model of a table with customer or national numbers; `otherwise` where too few pairs share one."""
    roots = np.arange(records.size, dtype=np.int64)
    candidates, _ = blocks.candidates(engine, records, held, forms, roots)
    table = agreement.compare(engine, records, held, roots, candidates, memory, clashing=True)
    level = levels(table)
    one, two = level["identifier"] >= 2, level["identifier"] == 1
    if np.count_nonzero(one) < FEWEST:
        return otherwise
    shares: dict[str, Mapping[str, float]] = {}
    weights: dict[str, float] = {}
    for name in PRIORS:
        if name == "identifier":
            continue
        shares[name], weights[name] = _shares(name, _counted(name, level[name], one.astype(np.float64)))
    # How often one person's numbers differ shows where everything else agrees.
    agreed = (level["first_name"] == len(LEVEL_NAMES) - 1) & (level["birthday"] == 3) & (level["street"] == 3)
    shares["identifier"], weights["identifier"] = _shares(
        "identifier", _counted("identifier", level["identifier"], agreed.astype(np.float64))
    )
    near = (level["postcode"] == 3) | (level["city"] == 3)
    clash = (level["first_name"] == DIFFERENT) & ((level["street"] == 3) | (level["birthday"] == 3) & near)
    apart, together = float(np.count_nonzero(clash & two)), float(np.count_nonzero(clash & one))
    # Of those whose numbers differ some are one person all the same.
    apart = max(apart - together * shares["identifier"]["different"], 0.0)
    families = (apart + FAMILY_PAIRS) / (apart + together + FAMILY_PAIRS)
    model = Model(m=shares, u=STRANGERS, learnt_from=weights, families=families, population=population(records.size))
    if families >= FAMILIES_AT:
        return model
    scored = score_people(table.combine_chunks().to_batches()[0], records=records.size, model=model)
    return replace(model, accept=_threshold(scored["score"].to_numpy()))


def _threshold(score: Bits) -> float:
    """The lowest bits, from none to `ACCEPT`, from which a link joins and yet nearly none joins two people."""
    wrong = 1.0 / (1.0 + np.exp2(np.clip(score, -50.0, 50.0)))
    for bits in np.arange(0.0, ACCEPT, 0.5):
        joined = wrong[score >= bits]
        if len(joined) and joined.mean() <= WRONG_SHARE:
            return float(bits)
    return ACCEPT


def estimate(engine: Engine, records: Records, held: Held, forms: Forms, links: Keyed, memory: Compared) -> Model:
    """The model of the table of which `links` are the scored pairs of its points."""
    model = keyed(records, links)
    if (held.kind == IDENTIFIER).any():
        return anchored(engine, records, held, forms, model, memory)
    return model
