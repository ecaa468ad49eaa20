"""Splink (DuckDB) as somebody who knows it would set it up for these columns.

Cleaned lower-case e-mails, numbers by their last nine digits, names without diacritics; name comparisons with term
frequencies, e-mail levels, EM for each block; blocking on every exact key and on names with place, birthday, company.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.identity.cleaning import clean

THRESHOLDS = (0.99, 0.5, 0.8, 0.95, 0.999, 0.9999)
"""The first is the one that is timed; the report takes the best of them, chosen with the truth."""


def _address(filled: set[str]) -> Any:
    """One comparison of the columns of an address that are there."""
    there = [name for name in ("street", "postcode", "city") if name in filled]
    if not there:
        return None
    both = " AND ".join(f"{name}_l IS NOT NULL AND {name}_r IS NOT NULL" for name in there[:1])
    levels: list[Any] = [cll.CustomLevel(f"NOT ({both})", "missing").configure(is_null_level=True)]
    if "street" in filled and len(there) > 1:
        area = " OR ".join(f"{name}_l = {name}_r" for name in there[1:])
        levels.append(cll.CustomLevel(f"street_l = street_r AND ({area})", "same address"))
        levels.append(
            cll.CustomLevel(f"jaro_winkler_similarity(street_l, street_r) >= 0.9 AND ({area})", "near address")
        )
    elif "street" in filled:
        levels.append(cll.CustomLevel("street_l = street_r", "same street"))
        levels.append(cll.CustomLevel("jaro_winkler_similarity(street_l, street_r) >= 0.9", "near street"))
    levels.extend(cll.CustomLevel(f"{name}_l = {name}_r", f"same {name}") for name in there[1:])
    levels.append(cll.ElseLevel())
    return cl.CustomComparison(levels, "address", "address")


def _settings(filled: set[str], whole_names: bool) -> tuple[SettingsCreator, list[Any], list[Any]]:
    frequent = {"term_frequency_adjustments": True}
    possible = {
        "first_name": lambda: cl.NameComparison("first_name").configure(**frequent),
        "surname": lambda: cl.NameComparison("surname").configure(**frequent),
        "email": lambda: cl.EmailComparison("email").configure(**frequent),
        "phone": lambda: cl.ExactMatch("phone").configure(**frequent),
        "username": lambda: cl.ExactMatch("username").configure(**frequent),
        "company": lambda: cl.JaroWinklerAtThresholds("company", [0.93]).configure(**frequent),
        "birthday": lambda: cl.LevenshteinAtThresholds("birthday", [1, 2]),
        "identifier": lambda: cl.LevenshteinAtThresholds("identifier", [1, 2]),
    }
    comparisons = [make() for name, make in possible.items() if name in filled]
    # Street, postcode and city of a household agree together: three comparisons would count them three times.
    if place := _address(filled):
        comparisons.append(place)
    rules = [
        ("email",), ("phone",), ("username",), ("identifier",), ("surname", "postcode"), ("first_name", "surname", "city"),
        ("first_name", "surname", "birthday"), ("first_name", "surname", "company"),
    ]  # fmt: skip
    if not filled & {"email"}:
        rules += [
            ("first_name", "postcode"),
            ("surname", "birthday"),
            ("first_name", "birthday"),
            ("street", "postcode"),
            ("surname", "street"),
        ]
    if whole_names or not filled & {"city", "postcode", "birthday"}:
        rules.append(("first_name", "surname"))
    if not filled & {"first_name", "surname"}:
        rules += [("company",), ("street", "postcode")]
    usable = [block_on(*rule) for rule in rules if set(rule) <= filled]
    exact = [block_on(rule) for rule in ("email", "phone", "identifier") if rule in filled]
    if not exact:
        exact = [
            block_on(*rule)
            for rule in (("first_name", "surname", "birthday"), ("first_name", "surname", "postcode"))
            if set(rule) <= filled
        ]
    training = list(exact[:2])
    names = [name for name in ("first_name", "surname") if name in filled]
    if names:
        training.append(block_on(*names))
    return SettingsCreator(
        link_type="dedupe_only", comparisons=comparisons, blocking_rules_to_generate_predictions=usable,
        max_iterations=20,
    ), exact, training  # fmt: skip


def run(table: pa.Table, whole_names: bool = False) -> Callable[[], dict[str, Any]]:
    """Clean, train, predict, cluster. With `whole_names` equal first and last names are a block of their own."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    connection = duckdb.connect()
    filled = clean(connection, table)
    settings, exact, training = _settings(filled, whole_names)
    api = DuckDBAPI(connection=connection)
    linker = Linker(api.register("people"), settings)
    linker.training.estimate_probability_two_random_records_match(exact, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in training:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predictions = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))

    def clusters(threshold: float) -> Any:
        found = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold)
        return (
            connection.sql(f"SELECT cluster_id FROM {found.physical_name} ORDER BY unique_id")
            .to_arrow_table()["cluster_id"]
            .combine_chunks()
        )

    timed = clusters(THRESHOLDS[0])
    return lambda: {str(THRESHOLDS[0]): timed} | {str(threshold): clusters(threshold) for threshold in THRESHOLDS[1:]}
