"""Input that no honest export holds ends in bounded time, with as many rows as went in."""

from __future__ import annotations

import pyarrow as pa
import pytest

from audiencevault.normalise import address, name
from audiencevault.normalise.features import match_features
from audiencevault.normalise.points import contact_points

HUGE, LARGE = 10_000_000, 500_000
ODD = [
    "A" + "b" * HUGE, "1" * HUGE, "a" * LARGE, "Ida " * LARGE, "@" * LARGE, "<" * LARGE, "+" * LARGE, "5 a " * 50_000,
    "(" * LARGE, "a@" + "b." * LARGE + "com", "\u200f" * LARGE, "\x00" * LARGE, "\u202eadI\u202c", "\x00Ida\x00",
    "👩🏽\u200d🚀" * 50_000, "Ида Falk 王 محمد", "ü\u0308" * LARGE, "," * LARGE, "-" * LARGE, "Müller" * 50_000,
    "٠١٢٣٤٥٦٧٨٩" * 1_000, "\ud7ff\ufffd", "Dr. " * 50_000, "#" * 100_000, "1/" * 100_000, "van " * 50_000,
]  # fmt: skip
KIND = pa.list_(pa.struct([("kind", pa.string()), ("raw", pa.string()), ("label", pa.string())]))
FIELDS = (*name.FIELDS, *address.FIELDS, "company", "birthday")


@pytest.mark.parametrize("text", ODD, ids=[f"{at}:{text[:4]!a}" for at, text in enumerate(ODD)])
def test_one_odd_value_in_every_field(text: str) -> None:
    raw = {"email": text, "phone": text, "account": f"instagram:{text}", "postal": text, "fax": text}
    points = [{"kind": kind, "raw": value, "label": None} for kind, value in raw.items()]
    records = pa.table(
        {"record_id": ["1", "2"], "points": pa.array([points, []], KIND)} | {field: [text, None] for field in FIELDS}
    )
    found = contact_points(records)
    features = match_features(records, found)
    assert features["record_id"].to_pylist() == ["1", "2"]
    for field in ("first_key", "last_key", "street_key", "city_key", "company_key", "name_key"):
        assert all(len(key or "") <= 50_000 for key in features[field].to_pylist())


def test_a_column_full_of_one_value() -> None:
    rows = 200_000
    same = pa.array(["ＩＤＡ falk-Ünsal"]).take(pa.array([0] * rows))
    records = pa.table(
        {"record_id": [str(at) for at in range(rows)], "full_name": same, "address1": same, "city": same}
    )
    features = match_features(records, contact_points(records.append_column("points", pa.nulls(rows, KIND))))
    assert set(features["last_key"].to_pylist()) == {"falk unsal"}


def test_a_table_with_ids_only() -> None:
    records = pa.table({"record_id": ["2", "1"], "points": pa.nulls(2, KIND)})
    features = match_features(records, contact_points(records)).to_pylist()
    assert [row["record_id"] for row in features] == ["2", "1"]
    assert {repr(value) for row in features for field, value in row.items() if field != "record_id"} == {"None", "[]"}
