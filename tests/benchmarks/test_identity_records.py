"""The synthetic audience: the same for the same seed, with the promised noise, and a truth that fits."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from benchmarks.identity import baselines, metrics
from benchmarks.identity.metrics import EVIDENCE
from benchmarks.identity.records import Audience, generate
from benchmarks.identity.shares import NOISE, SOURCE_NAMES

SIZE = 20_000
COLUMNS = [
    "record_id", "source", "source_id", "full_name", "first_name", "last_name", "email", "phone", "country", "address1",
    "city", "postcode", "company", "handle", "platform", "birthday", "updated_at",
]  # fmt: skip


@pytest.fixture(scope="module")
def audience() -> Audience:
    return generate(SIZE, seed=7)


def test_one_seed_makes_one_audience(audience: Audience) -> None:
    again = generate(SIZE, seed=7)
    assert again.records.equals(audience.records)
    assert again.truth.equals(audience.truth)
    assert not generate(SIZE, seed=8).records.equals(audience.records)


def test_columns_are_the_public_ones(audience: Audience) -> None:
    assert audience.records.column_names == COLUMNS
    assert audience.records.num_rows == audience.truth.num_rows == SIZE
    assert pc.count_distinct(audience.records["record_id"]).as_py() == SIZE
    assert audience.records["record_id"].equals(audience.truth["record_id"])
    assert set(pc.unique(audience.records["source"]).to_pylist()) == set(SOURCE_NAMES)


def test_every_noise_has_its_share(audience: Audience) -> None:
    counts = {
        item["values"]: item["counts"] for item in pc.value_counts(pc.list_flatten(audience.truth["noise"])).to_pylist()
    }
    assert set(counts) == set(NOISE)
    for kind, share in NOISE.items():
        assert counts[kind] / SIZE == pytest.approx(share, rel=0.01), kind


def test_people_have_one_to_ten_records(audience: Audience) -> None:
    sizes = np.bincount(audience.truth["person_id"].to_numpy())
    assert sizes.min() >= 1
    assert sizes.max() == 10
    assert (sizes == 1).mean() == pytest.approx(1 / 3, abs=0.02)


def test_noise_is_where_it_says(audience: Audience) -> None:
    table = audience.records.append_column("noise", audience.truth["noise"])

    def rows(kind: str) -> pa.Table:
        counted = pc.list_parent_indices(table["noise"].combine_chunks()).filter(
            pc.equal(pc.list_flatten(table["noise"].combine_chunks()), kind)
        )
        return table.take(counted)

    tagged = rows("plus tag")["email"].to_pylist()
    # A typo may hit the plus itself.
    assert sum("+" in mail for mail in tagged) > 0.98 * len(tagged)
    assert any("googlemail" in mail.lower() for mail in rows("googlemail")["email"].to_pylist())
    assert not any(phone.startswith(("+", "00")) for phone in rows("phone without country")["phone"].to_pylist())
    initials = rows("initial only").filter(pc.equal(rows("initial only")["source"], "shopify.customers")).to_pylist()
    assert initials
    assert all(min(len((row[name] or "").strip(".")) for name in ("first_name", "last_name")) <= 1 for row in initials)
    native = rows("native script")
    names = pc.binary_join_element_wise(
        *(pc.fill_null(native[name], "") for name in ("full_name", "first_name", "last_name")), ""
    ).to_pylist()
    assert sum(not name.isascii() for name in names) > 0.5 * len(names)


def test_a_shared_thing_is_one_string_unless_spoilt(audience: Audience) -> None:
    a, b = metrics.pairs_of(audience.truth["person_id"].to_numpy())
    kind = metrics.evidence_of(audience.records, audience.truth, a, b)
    email = pc.utf8_lower(audience.records["email"]).to_pylist()
    same = kind == EVIDENCE.index("same e-mail")
    assert same.sum() > 1000
    assert all(email[x] == email[y] for x, y in zip(a[same].tolist(), b[same].tolist(), strict=True))
    linkable = audience.truth["linkable_id"].to_numpy()
    assert ((linkable[a] == linkable[b]) == (kind != EVIDENCE.index("none"))).all()
    # No source gives everything: a part of the pairs is beyond evidence, and it is not the larger part.
    assert 0.1 < (kind == EVIDENCE.index("none")).mean() < 0.35


def test_it_is_hard_for_the_plain_baselines(audience: Audience) -> None:
    email = metrics.judge(audience.records, audience.truth, baselines.by_email(audience.records))
    keys = metrics.judge(audience.records, audience.truth, baselines.by_exact_keys(audience.records))
    assert email.f1 < keys.f1 < 0.85
    assert keys.precision < 0.95
    assert keys.by_evidence["same e-mail"][1] > 0.99
    assert keys.by_evidence["e-mail typo"][1] < 0.8
