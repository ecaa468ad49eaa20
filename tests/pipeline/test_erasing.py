"""Forgetting one person of the sample story: nothing is left, they do not come back, nothing of theirs leaves."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from audiencevault import pipeline
from audiencevault.cli.main import run
from audiencevault.errors import KeyMissingError, UsageError
from audiencevault.pipeline.options import ImportOptions
from audiencevault.vault import Vault
from audiencevault.vault.check import check
from audiencevault.vault.keys import GivenKey
from tests.pipeline.running import KEY, NOW, av, av_json

ANKE = "anke.thooft@example.net"
KEYS = GivenKey(KEY, "the test")
LATER = "2026-12-20T12:00:00+00:00"
OF_IMPORTS = {"import_id", "export_sha256", "member", "prev_hash", "row_hash"}
"""What a row says of the export that it came from, and of its place in the chain; that of a person is told apart by
the tests of the vault."""


def values_of(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from values_of(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from values_of(value)
    elif isinstance(node, str):
        yield node


def told_of(vault: Path, address: str) -> set[str]:
    """Every text that the vault holds about one person and about nobody else, raw and normalised, ids included."""
    card = av_json("show", address, "--vault", vault)
    records = {record["record_id"] for record in card["records"]}
    mine: set[str] = set()
    others: set[str] = set()
    opened = Vault.open(vault)
    for table in ("source_records", "contact_points", "match_features", "contacts", "members", "consent_events"):
        for row in opened.table(table).to_pylist():
            ids = {row.get("record_id"), row.get("contact_id")}
            own = bool(ids & {*records, card["contact"]["contact_id"]}) or row.get("point_key") == address
            told = {name: value for name, value in row.items() if name not in OF_IMPORTS}
            (mine if own else others).update(values_of(told))
    return {text for text in mine - others if len(text) >= 4}


def bytes_of(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file as it lies there, and what every column of every Parquet file holds, its statistics too."""
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        name = path.relative_to(root).as_posix()
        yield name, path.read_bytes()
        if path.suffix == ".parquet":
            yield name, repr(pq.read_table(path).to_pylist()).encode()
            yield name, repr(pq.read_metadata(path).to_dict()).encode()


def found_in(root: Path, texts: set[str]) -> set[str]:
    return {text for _, data in bytes_of(root) for text in texts if repr(text)[1:-1].encode() in data}


def erase(vault: Path, who: str = ANKE, now: str = NOW) -> dict[str, Any]:
    return av_json("subject", "erase", who, "--yes", "--vault", vault, now=now)


def test_the_proof(story_vault: Path) -> None:
    av("rebuild", "--vault", story_vault)
    av("attest", "shopify.customers", "--text", "They ticked a box.", "--by", "me", "--vault", story_vault)
    texts = told_of(story_vault, ANKE)
    assert {ANKE, "instagram:anke.thooft", "Anke t Hooft"} <= texts
    assert len(texts) > 20
    assert found_in(story_vault, texts) == texts, "the search finds what is there"
    done = erase(story_vault)
    assert found_in(story_vault, texts) == set()
    assert (done["records"]["shopify.customers"], done["tombstones"], done["still_mentioned_in"]) == (1, 2, [])
    assert check(Vault.open(story_vault, keys=KEYS), read_data=True) == []
    assert av("show", ANKE, "--vault", story_vault, expect=2).err.startswith("Error: Nobody")


def test_the_plan_changes_nothing_and_names_no_address(story_vault: Path) -> None:
    before = {path: path.read_bytes() for path in story_vault.rglob("*") if path.is_file()}
    shown = av("subject", "erase", ANKE, "--vault", story_vault).out
    plan = av_json("subject", "erase", ANKE, "--vault", story_vault)
    assert {path: path.read_bytes() for path in story_vault.rglob("*") if path.is_file()} == before
    assert "1 record from shopify.orders" in shown
    assert "add --yes" in shown
    assert "@" not in shown + json.dumps(plan)
    assert plan["consent_events"] > 0


def copy_of_her(story: Any, target: Path, name: str = "again.csv") -> Path:
    """A newer export of the shop with her and somebody else in it."""
    source = next(story.exports.rglob("customers_export.csv")).read_text(encoding="utf-8").splitlines()
    keep = [source[0], *(line for line in source if ANKE in line or "anke.lindner" in line)]
    assert len(keep) >= 2
    target.mkdir(exist_ok=True)
    (target / name).write_text("\n".join(keep) + "\n", encoding="utf-8")
    return target / name


def test_an_import_counts_her_and_stores_nothing(story: Any, story_vault: Path, tmp_path: Path) -> None:
    texts = told_of(story_vault, ANKE)
    erase(story_vault)
    again = copy_of_her(story, tmp_path / "new")
    for command in (("import", again), ("import", again, "--observed-at", "2026-11-20"), ("import", story.exports)):
        av(*command, "--vault", story_vault, "--region", "US", expect=None)
        assert found_in(story_vault, texts) == set()
    document = av_json("import", again, "--observed-at", "2026-11-19", "--vault", story_vault)
    item = document["inputs"][0]
    assert item["skipped_by"]["erased"] == 1
    assert item["rows"] == item["records"] + item["rejected"] + item["skipped"]
    assert "erased" in av("import", again, "--observed-at", "2026-11-18", "--vault", story_vault).out


def test_the_owner_of_a_second_address_is_the_same_person(story_vault: Path, tmp_path: Path) -> None:
    """A row with an erased address and a new one is not stored, nor is the new address on its own row's account."""
    erase(story_vault)
    table = tmp_path / "list.csv"
    table.write_text(f"Name,Email,Email 2\nAnke,{ANKE},anke.new@example.com\nBo Ray,bo.ray@example.com,\n")
    av("import", table, "--vault", story_vault)
    held = set(Vault.open(story_vault).table("contact_points").column("point").to_pylist())
    assert "bo.ray@example.com" in held
    assert not {ANKE, "anke.new@example.com"} & held


def test_hashes_of_her_address_go_too_and_stay_out(story_vault: Path, tmp_path: Path) -> None:
    """A plain hash of an address tells it to whoever tries it."""
    plain = {hashlib.sha256(ANKE.encode()).hexdigest(), hashlib.md5(ANKE.encode()).hexdigest()}
    other = hashlib.sha256(b"bo.ray@example.com").hexdigest()
    listed = tmp_path / "blocks.csv"
    listed.write_text("hash\n" + "\n".join([*sorted(plain), other]) + "\n")
    av("suppress", listed, "--vault", story_vault)
    av("suppress", ANKE.upper(), "--vault", story_vault)
    assert found_in(story_vault, plain | {other}) == plain | {other}
    erase(story_vault)
    assert found_in(story_vault, plain | {other, ANKE}) == {other}
    listed.write_text("hash\n" + "\n".join(sorted(plain)) + "\n")
    av("suppress", listed, "--vault", story_vault)
    av("suppress", ANKE.upper(), "--vault", story_vault)
    assert found_in(story_vault, plain | {other, ANKE, ANKE.upper()}) == {other}


def test_an_address_that_nobody_has_can_be_kept_out(story_vault: Path, tmp_path: Path) -> None:
    done = erase(story_vault, "never.seen@example.com")
    assert (done["contact_id"], done["records"], done["tombstones"]) == (None, {}, 1)
    table = tmp_path / "list.csv"
    table.write_text("Name,Email\nNever,Never.Seen@example.com\n")
    document = av_json("import", table, "--vault", story_vault)
    assert document["inputs"][0]["skipped_by"] == {"erased": 1}
    assert "never.seen" not in str(Vault.open(story_vault).table("contact_points").to_pylist()).lower()


def test_nothing_comes_in_or_leaves_without_the_key(story: Any, story_vault: Path, tmp_path: Path) -> None:
    erase(story_vault)
    lost = {**os.environ, "AUDIENCEVAULT_HOME": str(tmp_path / "none"), "AUDIENCEVAULT_NOW": NOW}
    del lost["AUDIENCEVAULT_KEY"]
    with mock.patch.dict(os.environ, lost, clear=True):
        for command in (
            ("import", copy_of_her(story, tmp_path / "new")),
            ("export", "csv", "--out", tmp_path / "out"),
            ("load", f"duckdb:///{tmp_path / 'x.duckdb'}"),
            ("keys", "show"),
            ("keys", "rotate"),
            ("subject", "erase", "anke.lindner@example.com", "--yes"),
        ):
            assert run([str(word) for word in (*command, "--vault", story_vault)]) == 20, command
        for command in (("status",), ("contacts",), ("show", "anke.lindner@example.com"), ("check",)):
            assert run([str(word) for word in (*command, "--vault", story_vault)]) == 0, command
    assert not (tmp_path / "none").exists()
    assert not list(tmp_path.glob("out/*"))


def test_the_last_gate(story: Any, story_vault: Path, tmp_path: Path) -> None:
    """Even if her rows were in the vault again, by whatever way, nothing of hers would leave."""
    before = shutil.copytree(story_vault, tmp_path / "before.vault", symlinks=True)
    av("attest", "shopify.customers", "--text", "They ticked a box.", "--by", "me", "--vault", before)
    erase(story_vault)
    buried = Vault.open(story_vault).table("tombstones")
    vault = Vault.open(before, keys=KEYS)
    with vault.begin("erase", vault.head().created_at) as txn:
        txn.append("tombstones", buried)
        txn.commit()
    for name in ("csv", "mailchimp", "klaviyo", "shopify", "parquet"):
        out = tmp_path / name
        av("export", name, "--out", out, "--vault", before)
        told = {path for path, data in bytes_of(out) if ANKE.encode() in data and path != "held-back.csv"}
        assert told == set(), name
    card = av_json("show", ANKE, "--vault", before)
    assert {state["reason"] for state in card["consent"] if state["point"]} == {"NO_ERASED"}


def test_a_shared_address_stays_with_the_other_person(tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text(
        "Name,Email\nIda Falk,office@example.com\nOle Brandt,office@example.com\nIda Falk,ida.falk@example.com\n"
    )
    vault = tmp_path / "v"
    av("import", table, "--vault", vault, "--region", "US")
    opened = Vault.open(vault)
    points = opened.table("contact_points")
    shared = points.filter(pc.equal(points.column("point"), "office@example.com")).column("record_id").to_pylist()
    owners = {row["record_id"]: row["contact_id"] for row in opened.table("members").to_pylist()}
    ida = owners[shared[0]]
    if owners[shared[1]] == ida:
        pytest.skip("the two were taken for one person")
    plan = pipeline.plan_erasure(Vault.open(vault, keys=KEYS), ida)
    assert plan.shared == {"email": 1}
    erase(vault, ida)
    held = Vault.open(vault).table("contact_points").to_pylist()
    assert [row["record_id"] for row in held if row["point"] == "office@example.com"] == [shared[1]]


def test_somebody_who_came_back(story: Any, story_vault: Path, tmp_path: Path) -> None:
    erase(story_vault)
    again = copy_of_her(story, tmp_path / "new")
    words = ("--method", "web_form", "--text", "Yes, write to me.", "--vault", story_vault)
    for on, now, why in (("2026-11-01", LATER, "erased after that"), ("2027-11-01", LATER, "lies in the future")):
        assert why in av("subject", "return", ANKE, "--on", on, *words, now=now, expect=2).err
    assert (
        "not erased" in av("subject", "return", "x@example.com", "--on", "2026-12-10", *words, now=LATER, expect=2).err
    )
    assert av_json("subject", "return", ANKE, "--on", "2026-12-10", *words, now=LATER)["returned"] == 1
    av("import", again, "--observed-at", "2026-12-19", "--vault", story_vault, now=LATER)
    card = av_json("show", ANKE, "--vault", story_vault, now=LATER)
    assert "NO_ERASED" not in {state["reason"] for state in card["consent"]}
    assert not any(state["mailable"] for state in card["consent"]), "coming back is no consent"
    texts = {text for text in told_of(story_vault, ANKE) if {"anke", "hooft"} & set(re.split(r"[^a-z]", text.lower()))}
    assert len(texts) > 5
    erase(story_vault, now="2026-12-21T12:00:00+00:00")
    assert found_in(story_vault, texts) == set()
    document = av_json(
        "import", again, "--observed-at", "2026-12-21", "--vault", story_vault, now="2026-12-22T12:00:00+00:00"
    )
    assert document["inputs"][0]["skipped_by"] == {"erased": 1}
    assert check(Vault.open(story_vault, keys=KEYS), read_data=True) == []


def test_everything_that_is_held(story: Any, story_vault: Path, tmp_path: Path) -> None:
    out = tmp_path / "copy"
    document = av_json("subject", "export", ANKE, "-o", out, "--vault", story_vault)
    assert [Path(path).name for path in document["files"]] == ["subject.json", "subject.html"]
    held = json.loads((out / "subject.json").read_text(encoding="utf-8"))
    assert held["schema"] == 1
    assert held["contact"]["email"] == ANKE
    assert {record["source"] for record in held["records"]} == {
        "instagram.followers", "shopify.customers", "shopify.orders", "table.generic"}  # fmt: skip
    assert all(record["member"] and record["locator"] for record in held["records"])
    assert held["consent_events"]
    assert not any("row_hash" in event or "salt" in event for event in held["consent_events"])
    assert {state["channel"] for state in held["consent_today"]} >= {"email", "sms"}
    missing = told_of(story_vault, ANKE) - set(values_of(held))
    derived = {value for row in Vault.open(story_vault).table("match_features").to_pylist() for value in values_of(row)}
    assert missing - derived - {text for text in missing if len(text) == 32} == set(), (
        "what she is told is all there is"
    )
    page = (out / "subject.html").read_text(encoding="utf-8")
    assert ANKE in page
    assert "http" not in page.replace("https://", "http://").split("<style>")[0]
    assert "<script" not in page
    assert "is there already" in av("subject", "export", ANKE, "-o", out, "--vault", story_vault, expect=2).err
    inside = av("subject", "export", ANKE, "-o", story_vault / "x", "--vault", story_vault, expect=2)
    assert "lies in the vault" in inside.err


def test_a_page_quotes_what_people_wrote(tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text('Name,Email\n"<script>alert(1)</script>",eve@example.com\n')
    av("import", table, "--vault", tmp_path / "v")
    av("subject", "export", "eve@example.com", "-o", tmp_path / "o", "--vault", tmp_path / "v")
    page = (tmp_path / "o" / "subject.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_whoever_asks_for_a_copy_and_is_nobody(story_vault: Path, tmp_path: Path) -> None:
    err = av("subject", "export", "nobody@example.com", "-o", tmp_path / "o", "--vault", story_vault, expect=2).err
    assert "holds nothing" in err
    assert not (tmp_path / "o").exists()


def test_without_a_place_for_a_key_nobody_can_be_forgotten(story_vault: Path) -> None:
    vault = Vault.open(story_vault)
    plan = pipeline.plan_erasure(vault, ANKE)
    with pytest.raises(UsageError, match="needs the vault's key"):
        pipeline.erase(vault, plan, now=vault.head().created_at)


def test_the_api_refuses_too(story: Any, story_vault: Path, tmp_path: Path) -> None:
    erase(story_vault)
    vault = Vault.open(story_vault)
    with pytest.raises(KeyMissingError):
        pipeline.export(vault, "csv", tmp_path / "o", as_of=vault.head().created_at, now=vault.head().created_at)
    with pytest.raises(KeyMissingError):
        pipeline.import_exports(vault, [story.exports], ImportOptions(), now=vault.head().created_at, version="0")


def test_a_database_follows_at_the_next_load(story_vault: Path, tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path / 'a.duckdb'}"

    def mentions() -> int:
        with duckdb.connect(str(tmp_path / "a.duckdb"), read_only=True) as connection:
            named = "SELECT table_schema, table_name FROM information_schema.tables"
            counts = [
                connection.execute(
                    f'SELECT count(*) FROM "{schema}"."{table}" t WHERE CAST(t AS VARCHAR) LIKE ?', [f"%{ANKE}%"]
                ).fetchall()[0][0]
                for schema, table in connection.execute(named).fetchall()
            ]
        return sum(counts)

    av("load", url, "--vault", story_vault)
    assert mentions() > 3
    av("subject", "erase", ANKE, "--yes", "--vault", story_vault)
    av("load", url, "--vault", story_vault)
    assert mentions() == 0
