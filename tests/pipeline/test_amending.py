"""Contacts that are made again a few at a time are those that are made all at once."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.pipeline import amending, persons
from audiencevault.records import CONTACTS
from audiencevault.vault import Vault
from tests.pipeline.running import av_json


def rows_of(ids: list[str], name: str) -> pa.Table:
    return pa.Table.from_pylist(
        [{"contact_id": found, "display_name": name, "provenance": []} for found in ids], schema=CONTACTS
    )


@given(st.sets(st.text("abé0", min_size=1, max_size=3), max_size=30), st.data())
def test_two_sorted_runs_become_one(ids: set[str], data: st.DataObject) -> None:
    new = data.draw(st.sets(st.sampled_from(sorted(ids)))) if ids else set()
    gone = data.draw(st.sets(st.sampled_from(sorted(ids)))) if ids else set()
    by_bytes = sorted(ids, key=str.encode)
    kept = rows_of([found for found in by_bytes if found not in new or found in gone], "kept")
    fresh = rows_of([found for found in by_bytes if found in new], "fresh")
    size = data.draw(st.integers(1, 7))
    touched = pa.chunked_array([pa.array(sorted(new | gone), pa.string())])
    answer = pa.concat_tables(
        [CONTACTS.empty_table(), *amending.merged(kept.to_batches(max_chunksize=size), touched, fresh)]
    )
    left = [found for found in by_bytes if found in new or found not in gone]
    assert answer.column("contact_id").to_pylist() == left
    assert answer.column("display_name").to_pylist() == ["fresh" if found in new else "kept" for found in left]


def test_a_small_import_gives_the_contacts_that_a_rebuild_gives(story_vault: Path, tmp_path: Path) -> None:
    vault = Vault.open(story_vault)
    before = vault.contacts()
    known = before.dropna(subset=["email", "last_name"]).iloc[3]
    table = tmp_path / "stall.csv"
    table.write_text(
        "First name,Last name,Email,Phone\n"
        f"{known.first_name},{known.last_name},{known.email.upper()},+1 202-555-0177\n"
        "Nerys,Quillfeather,nerys.quillfeather@example.org,\n"
    )
    with (
        mock.patch.object(persons.amending, "amend_contacts", wraps=amending.amend_contacts) as amended,
        mock.patch.object(persons, "write_contacts", wraps=persons.write_contacts) as written,
    ):
        document = av_json("import", table, "--vault", story_vault)
    assert amended.call_count == 1
    assert written.call_count == 0
    assert document["contacts"]["after"] == document["contacts"]["before"] + 1
    head = vault.head()
    after = vault.contacts().set_index("contact_id")
    assert "+12025550177" in after.loc[known.contact_id].phones
    assert "Quillfeather" in set(after.last_name)
    assert av_json("rebuild", "--vault", story_vault)["changed"] is False
    assert vault.head().number == head.number


def test_undoing_a_merge_gives_the_contacts_that_a_rebuild_gives(story_vault: Path) -> None:
    vault = Vault.open(story_vault)
    members = vault.table("members").to_pandas()
    shared = members.groupby("contact_id").record_id.apply(list)
    records = sorted(shared[shared.str.len() == 2].iloc[0])
    av_json("unlink", records[0], records[1], "--vault", story_vault)
    now = vault.table("members").to_pandas().set_index("record_id").contact_id
    assert now[records[0]] != now[records[1]]
    assert av_json("rebuild", "--vault", story_vault)["changed"] is False


def test_what_was_learnt_is_kept_until_the_vault_has_grown(
    story_vault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = Vault.open(story_vault)
    assert vault.table("match_models").num_rows == 0, "few records are matched by the priors"
    monkeypatch.setattr(persons, "FEWEST_TO_LEARN", 100)
    assert av_json("rebuild", "--vault", story_vault)["changed"] is True
    learnt = vault.table("match_models").to_pylist()
    assert [row["records"] for row in learnt] == [vault.head().rows("match_features")]
    assert av_json("rebuild", "--vault", story_vault)["changed"] is False
    table = tmp_path / "stall.csv"
    table.write_text("First name,Last name,Email\nNerys,Quillfeather,nerys.quillfeather@example.org\n")
    av_json("import", table, "--vault", story_vault)
    assert vault.table("match_models").to_pylist() == learnt
    monkeypatch.setattr(persons, "GROWN", 1)
    av_json("rebuild", "--vault", story_vault)
    assert [row["records"] for row in vault.table("match_models").to_pylist()] == [
        learnt[0]["records"], learnt[0]["records"] + 1,
    ]  # fmt: skip
