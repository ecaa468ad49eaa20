"""The other sets, the baselines, and the way from a tool's process to a line of the table."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks.identity import __main__ as runner
from benchmarks.identity import baselines, metrics, report, sets

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sets.OTHERS)
def test_other_sets_have_a_truth_that_their_ids_do_not_tell(name: str) -> None:
    made = sets.make(name)
    assert made.records["record_id"].equals(made.truth["record_id"])
    assert made.records.equals(sets.make(name).records)
    person = made.truth["person_id"].to_numpy()
    sizes = np.unique(person, return_counts=True)[1]
    assert sizes.max() > 1
    assert len(sizes) < made.records.num_rows
    assert not (np.diff(person) >= 0).all()


def test_one_town_is_one_town() -> None:
    records = sets.make("one-town").records
    assert pc.count_distinct(records["postcode"]).as_py() == pc.count_distinct(records["city"]).as_py() == 1
    assert records["birthday"].null_count / records.num_rows == pytest.approx(0.5, abs=0.03)


def test_exact_keys_join_what_they_say_and_nothing_else() -> None:
    rows: list[dict[str, str | None]] = [
        {"email": "I.Falk@gmail.com"}, {"email": "ifalk+shop@googlemail.com"},  # 0, 1
        {"phone": "020 7946 0001", "country": "GB"}, {"phone": "+442079460001"},  # 2, 3
        {"handle": "ada_ek"}, {"email": "ada.ek@example.org"},  # 4, 5
        {"full_name": "Bo Ström", "postcode": "1000"}, {"full_name": "bo strom", "postcode": "1000"},  # 6, 7
        {"full_name": "Bo Ström", "postcode": "2000"}, {"full_name": "Bo", "postcode": "1000"},  # 8, 9
        {"email": "ada.ek@example.net"},  # 10: the local part without a handle says nothing, with one it does
        {"full_name": "Cy Dahl", "birthday": "1990-01-02"}, {"full_name": "Cy Dahl", "birthday": "--01-02"},  # 11, 12
    ]  # fmt: skip
    names = [
        "full_name",
        "email",
        "phone",
        "country",
        "handle",
        "postcode",
        "birthday",
        "first_name",
        "last_name",
        "company",
    ]
    table = pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})
    found = baselines.by_exact_keys(table).tolist()
    groups = {tuple(at for at in range(len(rows)) if found[at] == label) for label in found}
    assert groups == {(0, 1), (2, 3), (4, 5, 10), (6, 7), (8,), (9,), (11,), (12,)}


def test_a_tool_runs_in_its_own_process_and_is_judged_here(tmp_path: Path) -> None:
    made = sets.make("audience-500")
    pq.write_table(made.records, tmp_path / "records.parquet")
    pq.write_table(made.truth, tmp_path / "truth.parquet")
    out = tmp_path / "out.parquet"
    command = [sys.executable, "-m", "benchmarks.identity.measure", "e-mail", str(tmp_path), str(out)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    figures = json.loads(answer.stdout)
    assert set(figures) == {"seconds", "cpu_seconds", "peak_mb", "peak_mb_before"}
    assert figures["peak_mb"] > 20
    setting, scored = runner.judged(tmp_path, pq.read_table(out))
    again = metrics.judge(made.records, made.truth, baselines.by_email(made.records))
    assert setting == "equal"
    assert (scored.f1, scored.by_evidence) == (again.f1, again.by_evidence)


def test_the_best_setting_is_judged(tmp_path: Path) -> None:
    pq.write_table(pa.table({"record_id": ["a", "b", "c"], "person_id": [1, 1, 2]}), tmp_path / "truth.parquet")
    clusters = pa.table({"0.5": [0, 0, 0], "0.9": [0, 0, 1], "0.99": [0, 1, 2]})
    setting, scored = runner.judged(tmp_path, clusters)
    assert (setting, scored.f1) == ("0.9", 1.0)


def test_the_table_says_why_a_tool_has_no_figures() -> None:
    done = runner.Line("audience-500", "e-mail", seconds=1.5, score=metrics.score([1, 1, 2], [1, 1, 2]))
    text = report.table([done, runner.Line("febrl-1", "e-mail", failed="there is no e-mail column")])
    assert "| audience-500 | e-mail | 1.50 |" in text
    assert text.splitlines()[-1].endswith("| there is no e-mail column |")
