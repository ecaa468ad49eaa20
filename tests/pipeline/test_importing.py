"""Importing once, twice, in parts, in other wrappings, newer, older: the vault says the same of the same people."""

from __future__ import annotations

import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audiencevault.audience import select
from audiencevault.cli.context import moment
from audiencevault.errors import ExportError
from audiencevault.export import Export
from audiencevault.pipeline import identifying
from audiencevault.pipeline.asking import relations
from audiencevault.records import DERIVED_TABLES, TABLES, Extracted, Point, RecordBatcher, SourceRecord
from audiencevault.sources.importer import Claim, ImportContext, Importer, discover
from audiencevault.vault import Vault
from tests.conftest import Story
from tests.pipeline.running import (
    CLUB,
    NOW,
    PEOPLE,
    SPEC,
    av,
    av_json,
    day,
    files_of,
    instagram,
    mailchimp,
    rows,
    shopify,
    table,
)

IDA = {"id": "7001", "first": "Ida", "last": "Falk", "email": "ida@example.com"}
BO = {"id": "7002", "first": "Bo", "last": "Berg", "email": "bo@example.org"}
YLVA = {"id": "7003", "first": "Ylva", "last": "Sund", "email": "ylva@example.net"}
JUNE, JULY, AUGUST = day("2026-06-01"), day("2026-07-01"), day("2026-08-01")


def current(vault: Path) -> dict[str, dict[str, Any]]:
    """The people, by address or handle."""
    people = av_json("contacts", "--vault", vault, "--limit", 0)["contacts"]
    return {(row["email"] or (row["accounts"] or row["phones"] or ["?"])[0]): row for row in people}


def answers(vault: Path, who: str, channel: str = "email", **options: str) -> dict[str, Any]:
    """The consent of one person on one channel."""
    extra = [word for key, value in options.items() for word in (f"--{key}", value)]
    consent = av_json("consent", who, "--vault", vault, *extra)["consent"]
    return next(answer for answer in consent if answer["channel"] == channel)


def said(vault: Path) -> tuple[set[frozenset[str]], dict[str, tuple[Any, ...]], Counter[tuple[Any, ...]]]:
    """What does not depend on which import came first: who belongs together, every contact, every answer."""
    members: dict[str, set[str]] = {}
    for row in rows(vault, "members"):
        members.setdefault(row["contact_id"], set()).add(row["record_id"])
    people = {
        min(members[row["contact_id"]]): tuple(
            str(value) for key, value in sorted(row.items()) if key not in ("contact_id", "provenance")
        )
        for row in rows(vault, "contacts")
    }
    opened = Vault.open(vault)
    with relations(opened.head()) as engine:
        asked = select(engine, controller_id="main", channels=("email", "sms"), as_of=moment(NOW, "now"), policy="auto")
    answers = Counter(
        (min(members[row["contact_id"]]), row["channel"], row["point"], row["reason"], row["state"])
        for table in (asked.rows, asked.held_back)
        for row in table.to_pylist()
    )
    return {frozenset(group) for group in members.values()}, people, answers


# Once more


def test_the_same_folder_twice_adds_nothing(story: Story, story_vault: Path) -> None:
    before = files_of(story_vault)
    document = av_json("import", story.exports, "--vault", story_vault, "--region", "US")
    assert document["snapshot"] == story.summary["status"]["snapshot"]
    assert {item["status"] for item in document["inputs"]} == {"unchanged"}
    assert document["contacts"] == {
        "before": document["contacts"]["after"],
        "after": document["contacts"]["after"],
        "merged": 0,
    }
    assert files_of(story_vault) == before


def test_rebuild_changes_nothing(story: Story, story_vault: Path) -> None:
    before = files_of(story_vault)
    document = av_json("rebuild", "--vault", story_vault)
    assert document["changed"] is False
    assert document["snapshot"] == story.summary["status"]["snapshot"]
    assert files_of(story_vault) == before


def test_what_is_derived_is_derived_from_the_rest(story: Story, story_vault: Path) -> None:
    """Emptied, the derived tables come back byte for byte."""
    before = files_of(story_vault)
    with Vault.open(story_vault).begin("test", moment(NOW, "now")) as txn:
        for name in sorted(DERIVED_TABLES - {"members"}):
            txn.replace(name, TABLES[name].empty_table())
        txn.commit()
    assert not files_of(story_vault)["contacts"]
    assert av_json("rebuild", "--vault", story_vault)["changed"] is True
    assert files_of(story_vault) == before


def test_everything_has_its_place_in_a_file(story: Story) -> None:
    imports = {row["import_id"]: row for row in rows(story.vault, "imports")}
    for name in ("source_records", "consent_events", "rejects"):
        found = rows(story.vault, name)
        assert found, name
        for row in found:
            assert row["import_id"] in imports
            assert row["member"], name
            assert row["locator"], name
            assert len(row["export_sha256"]) == 64
    records = {row["record_id"] for row in rows(story.vault, "source_records")}
    for name in ("contact_points", "match_features", "members"):
        assert {row["record_id"] for row in rows(story.vault, name)} <= records, name
    for link in rows(story.vault, "links"):
        assert {link["record_a"], link["record_b"]} <= records
    for contact in rows(story.vault, "contacts"):
        places = {place for field, place in contact["provenance"].items() if "." not in field}
        assert places <= records, "every surviving value has the record that it came from"
    assert {row["import_id"] for row in rows(story.vault, "record_status")} <= set(imports)
    assert {row["contact_id"] for row in rows(story.vault, "identity_log")} >= {
        row["contact_id"] for row in rows(story.vault, "contacts")
    }


def test_the_vault_is_whole_after_everything(story: Story) -> None:
    assert av_json("check", "--vault", story.vault, "--read-data")["findings"] == []


# The same in other wrappings


def wrapped(kind: str, folder: Path, target: Path) -> Path:
    if kind == "folder":
        return Path(shutil.copytree(folder, target / "plain", copy_function=shutil.copy2))
    if kind == "folder in a folder":
        shutil.copytree(folder, target / "outer" / "instagram-wickandwax-2026", copy_function=shutil.copy2)
        return target / "outer"
    target.mkdir(exist_ok=True)
    path = target / "download.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in sorted(folder.rglob("*")):
            if member.is_file():
                inside = member.relative_to(folder).as_posix()
                archive.write(
                    member, f"instagram-wickandwax-2026/{inside}" if kind == "ZIP with a folder in it" else inside
                )
        if kind == "ZIP with a folder in it":
            archive.writestr("__MACOSX/instagram-wickandwax-2026/._x", b"\x00\x05\x16\x07")
    return path


def test_wrappings_make_no_difference(tmp_path: Path) -> None:
    folder = instagram(
        tmp_path / "ig", JUNE, followers={"ida.falk": 1_760_000_000, "bo_berg": 1_760_000_001}, following=["cats"]
    )
    found = {}
    for kind in ("folder", "folder in a folder", "ZIP", "ZIP with a folder in it"):
        vault = tmp_path / f"{kind}.vault"
        export = wrapped(kind, folder, tmp_path / f"{kind} input")
        document = av_json("import", export, "--vault", vault, "--observed-at", "2026-06-01")
        hidden = {"member", "locator", "export_sha256", "import_id", "extra"}
        records = [{k: v for k, v in row.items() if k not in hidden} for row in rows(vault, "source_records")]
        found[kind] = (
            document["inputs"][0]["sha256"],
            sorted(records, key=lambda row: str(row["record_id"])),
            sorted(row["event_id"] for row in rows(vault, "consent_events")),
            [row["contact_id"] for row in rows(vault, "contacts")],
        )
    first = found["folder"]
    assert len(first[1]) == 3
    for kind, other in found.items():
        assert other == first, kind


def test_an_unpacked_download_is_known_again(tmp_path: Path) -> None:
    folder = instagram(tmp_path / "ig", JUNE, followers={"ida.falk": 1_760_000_000})
    av("import", wrapped("ZIP", folder, tmp_path / "zipped"), "--vault", tmp_path / "v")
    document = av_json("import", folder, "--vault", tmp_path / "v")
    assert [item["status"] for item in document["inputs"]] == ["unchanged"]


# Newer and older


def test_a_newer_export_updates(tmp_path: Path) -> None:
    vault = tmp_path / "v"
    av("import", shopify(tmp_path / "a", [IDA, BO, YLVA], JUNE), "--vault", vault)
    before = current(vault)
    moved = {**IDA, "city": "Salem"}
    document = av_json("import", shopify(tmp_path / "b", [moved, BO, YLVA], JULY), "--vault", vault)
    assert document["inputs"][0]["records"] == 3
    assert document["inputs"][0]["changed"] == 1
    assert document["contacts"] == {"before": 3, "after": 3, "merged": 0}
    kept = [row for row in rows(vault, "source_records") if row["source_key"] == "7001"]
    assert sorted(row["city"] for row in kept) == ["Portland", "Salem"], "the older observation stays"
    assert len(rows(vault, "source_records")) == 4
    assert av_json("status", "--vault", vault)["records"] == 3
    after = current(vault)
    assert {mail: row["contact_id"] for mail, row in after.items()} == {
        mail: row["contact_id"] for mail, row in before.items()
    }
    assert after["ida@example.com"]["city"] == "Salem"


def test_the_same_person_twice_in_one_file_is_one_contact(tmp_path: Path) -> None:
    vault = tmp_path / "v"
    for name, people in (("a", [IDA, {**IDA, "city": "Salem"}, BO]), ("b", [IDA, {**IDA, "city": "Bend"}, BO])):
        document = av_json("import", shopify(tmp_path / name, people, JUNE), "--vault", vault, expect=None)
        assert document["inputs"][0]["rows"] == 3
        assert document["contacts"]["after"] == 2
        keys = [(row["record_id"], row["import_id"]) for row in rows(vault, "source_records")]
        assert len(set(keys)) == len(keys)
    assert av_json("status", "--vault", vault)["records"] == 3


def test_an_older_export_does_not_undo(tmp_path: Path) -> None:
    vault = tmp_path / "v"
    av("import", shopify(tmp_path / "b", [{**IDA, "city": "Salem"}], JULY), "--vault", vault)
    av("import", shopify(tmp_path / "a", [IDA], JUNE), "--vault", vault)
    assert current(vault)["ida@example.com"]["city"] == "Salem"
    assert av_json("status", "--vault", vault)["records"] == 1


def test_ids_stay_when_people_are_found_to_be_one(tmp_path: Path) -> None:
    vault = tmp_path / "v"
    av("import", shopify(tmp_path / "a", [IDA, {**BO, "first": "Ida", "last": "Falk"}], JUNE), "--vault", vault)
    before = {row["contact_id"] for row in rows(vault, "contacts")}
    av("import", table(tmp_path / "b.csv", "Email,First Name,Last Name\nida@example.com,Ida,Falk\n"), "--vault", vault)
    assert {row["contact_id"] for row in rows(vault, "contacts")} == before


def test_the_order_of_imports_does_not_matter(tmp_path: Path) -> None:
    """Two states of a shop and two of a newsletter, at once, newest first, and mixed: the same people and answers."""
    parts = [
        shopify(tmp_path / "a", [IDA, {**BO, "yes": "no"}, YLVA], JUNE),
        mailchimp(tmp_path / "b", JUNE, subscribed=["ida@example.com", "bo@example.org"]),
        shopify(tmp_path / "c", [{**IDA, "city": "Salem", "yes": "no"}, {**BO, "yes": "no"}, YLVA], JULY),
        mailchimp(
            tmp_path / "d",
            AUGUST,
            unsubscribed={"ida@example.com": "2026-07-15 08:00:00"},
            subscribed=["bo@example.org"],
        ),
    ]
    av("import", *parts, "--vault", tmp_path / "together")
    for part in reversed(parts):
        av("import", part, "--vault", tmp_path / "backwards")
    for pair in ((parts[1], parts[2]), (parts[3], parts[0])):
        av("import", *pair, "--vault", tmp_path / "mixed")
    wanted = said(tmp_path / "together")
    assert said(tmp_path / "backwards") == wanted
    assert said(tmp_path / "mixed") == wanted


# Gone and back


def test_unfollowed_and_back(tmp_path: Path) -> None:
    vault = tmp_path / "v"
    ida, bo = {"ida.falk": 1_760_000_000}, {"bo_berg": 1_760_000_001}
    av("import", instagram(tmp_path / "1", JUNE, followers={**ida, **bo}), "--vault", vault)
    document = av_json("import", instagram(tmp_path / "2", JULY, followers=ida), "--vault", vault)
    assert document["gone"] == 1
    status = rows(vault, "record_status")
    # The date of a file is good to the day.
    assert [(row["status"], row["as_of"].date()) for row in status] == [("gone", JULY.date())]
    gone = av_json("show", "instagram:bo_berg", "--vault", vault)["records"]
    assert [str(record["gone_as_of"])[:10] for record in gone] == ["2026-07-01"]
    again = {**ida, "bo_berg": 1_785_000_000}
    assert av_json("import", instagram(tmp_path / "3", AUGUST, followers=again), "--vault", vault)["gone"] == 0
    assert [row["status"] for row in rows(vault, "record_status")] == ["gone", "returned"]
    assert [record["gone_as_of"] for record in av_json("show", "instagram:bo_berg", "--vault", vault)["records"]] == [
        None
    ]


def test_an_older_export_makes_nobody_gone(tmp_path: Path) -> None:
    vault = tmp_path / "v"
    av("import", instagram(tmp_path / "2", JULY, followers={"ida.falk": 1, "bo_berg": 2}), "--vault", vault)
    document = av_json("import", instagram(tmp_path / "1", JUNE, followers={"ida.falk": 1}), "--vault", vault)
    assert document["gone"] == 0
    assert rows(vault, "record_status") == []


def test_a_table_makes_people_gone_only_where_it_is_said_to_be_complete(tmp_path: Path) -> None:
    vault = tmp_path / "v"
    av("import", shopify(tmp_path / "a", [IDA, BO], JUNE), "--vault", vault)
    assert av_json("import", shopify(tmp_path / "b", [IDA], JULY), "--vault", vault)["gone"] == 0
    assert av_json("import", shopify(tmp_path / "c", [IDA], AUGUST), "--vault", vault, "--complete")["gone"] == 1


# Who is nobody


def test_followed_blocked_and_the_owner_never_become_contacts(tmp_path: Path) -> None:
    vault = tmp_path / "v"
    export = instagram(
        tmp_path / "ig",
        JUNE,
        followers={"ida.falk": 1, "wickandwax": 2},
        following=["cats", "ida.falk"],
        blocked=["rude.one"],
    )
    av("import", export, "--vault", vault)
    assert set(current(vault)) == {"instagram:ida.falk"}
    av("import", table(tmp_path / "me.csv", PEOPLE + "wickandwax@example.com,Marit,Lindqvist,\n"), "--vault", vault)
    assert "wickandwax@example.com" not in current(vault)
    assert len(current(vault)) == 4


def test_me_is_nobody(tmp_path: Path) -> None:
    vault = tmp_path / "v"
    av(
        "import",
        table(tmp_path / "a.csv", PEOPLE),
        "--vault",
        vault,
        "--me",
        "IDA@example.com",
        "--me",
        "+1 202 555 0112",
    )
    assert set(current(vault)) == {"bo@example.org"}
    av("import", table(tmp_path / "b.csv", PEOPLE.replace("Bo,", "Bosse,")), "--vault", vault)
    assert set(current(vault)) == {"bo@example.org"}, "said once, kept"


def test_what_we_wrote_ourselves_is_no_export(tmp_path: Path) -> None:
    """Vault, files and backup beside the exports, and everything read again."""
    home = tmp_path / "home"
    shopify(home, [IDA, BO], JUNE)
    mailchimp(home, JUNE, subscribed=["ida@example.com"])
    av("migrate", home, "--into", home / "my.vault", "--to", "mailchimp")
    av("backup", home / "backup", "--vault", home / "my.vault")
    assert (home / "import-ready-mailchimp" / "held-back.csv").exists()
    document = av_json("import", home, "--vault", home / "my.vault")
    assert {item["status"] for item in document["inputs"]} == {"unchanged"}
    assert document["problems"] == []
    alone = av_json("import", home / "import-ready-mailchimp", "--vault", tmp_path / "other", expect=4)
    assert "AudienceVault wrote itself" in alone["problems"][0]["message"]


# Consent over several imports


@pytest.mark.parametrize("shop_first", [True, False])
def test_a_no_survives_a_later_yes_of_another_source(tmp_path: Path, shop_first: bool) -> None:
    vault = tmp_path / "v"
    parts = [
        shopify(tmp_path / "shop", [IDA], AUGUST),
        mailchimp(tmp_path / "list", JUNE, unsubscribed={"ida@example.com": "2026-05-01 08:00:00"}),
    ]
    for part in parts if shop_first else reversed(parts):
        av("import", part, "--vault", vault)
    opened = Vault.open(vault)
    with relations(opened.head()) as engine:
        for policy in ("auto", "strict", "us_canspam", "eu_gdpr"):
            asked = select(engine, controller_id="main", channels=("email",), as_of=moment(NOW, "now"), policy=policy)
            assert (asked.rows.num_rows, asked.held_back.column("reason").to_pylist()) == (0, ["NO_WITHDRAWN"])
    av("attest", "shopify.customers", "--text", "Box at the till", "--vault", vault)
    assert answers(vault, "ida@example.com")["reason"] == "NO_WITHDRAWN", "nobody can vouch a no away"


def test_a_region_makes_numbers_of_digits(tmp_path: Path) -> None:
    people = table(tmp_path / "a.csv", "Name,Phone\nIda Falk,(202) 555-0111\nBo Berg,+44 7700 900123\n")
    av("import", people, "--vault", tmp_path / "us", "--region", "us")
    av("import", people, "--vault", tmp_path / "none")
    assert {row["phone"] for row in rows(tmp_path / "us", "contacts")} == {"+12025550111", "+447700900123"}
    assert {row["phone"] for row in rows(tmp_path / "none", "contacts")} == {None, "+447700900123"}
    kept = [row["raw"] for row in rows(tmp_path / "none", "contact_points") if not row["valid"]]
    assert kept == ["(202) 555-0111"], "kept as it came"
    av("import", people, "--vault", tmp_path / "none", "--region", "US", now="2026-11-22T12:00:00+00:00")
    assert {row["phone"] for row in rows(tmp_path / "none", "contacts")} == {"+12025550111", "+447700900123"}


def test_two_senders_keep_apart(tmp_path: Path) -> None:
    vault = tmp_path / "v"
    av(
        "import",
        mailchimp(tmp_path / "a", JUNE, subscribed=["ida@example.com"]),
        "--vault",
        vault,
        "--controller",
        "wick",
    )
    left = mailchimp(tmp_path / "b", JULY, unsubscribed={"ida@example.com": "2026-06-20 08:00:00"})
    av("import", left, "--vault", vault, "--controller", "wax")
    wick, wax = (answers(vault, "ida@example.com", controller=name) for name in ("wick", "wax"))
    assert wick["mailable"] is True
    assert (wax["mailable"], wax["reason"]) == (False, "NO_WITHDRAWN")
    assert len(current(vault)) == 1, "one person all the same"


# Options


def test_a_dry_run_publishes_nothing(tmp_path: Path) -> None:
    vault = tmp_path / "v"
    av("import", table(tmp_path / "a.csv", PEOPLE), "--vault", vault)
    before = files_of(vault)
    more = table(tmp_path / "b.csv", PEOPLE + "eva@example.com,Eva,Ek,\n")
    document = av_json("import", more, "--vault", vault, "--dry-run")
    assert document["snapshot"] is None
    assert document["contacts"]["after"] == 4
    assert files_of(vault) == before
    assert av_json("status", "--vault", vault)["snapshot"] == 1
    assert av_json("check", "--vault", vault, "--read-data")["findings"] == []
    assert av_json("import", more, "--vault", vault)["contacts"]["after"] == 4


def test_only_the_source_that_was_named(tmp_path: Path) -> None:
    shopify(tmp_path / "in", [IDA], JUNE)
    table(tmp_path / "in" / "people.csv", PEOPLE)
    document = av_json("import", tmp_path / "in", "--vault", tmp_path / "v", "--source", "shopify", expect=3)
    assert [item["source"] for item in document["inputs"]] == ["shopify.customers"]
    assert [Path(problem["path"]).name for problem in document["problems"]] == ["in::people.csv"]


def test_a_spec_of_ones_own(tmp_path: Path) -> None:
    spec, club = table(tmp_path / "club.toml", SPEC), table(tmp_path / "club.csv", CLUB)
    document = av_json("import", club, "--vault", tmp_path / "v", "--spec", spec)
    assert [item["source"] for item in document["inputs"]] == ["club.members"]
    people = current(tmp_path / "v")
    assert {row["display_name"] for row in people.values()} == {"Ida Falk", "Bo Berg"}
    assert rows(tmp_path / "v", "source_records")[0]["extra"].keys() == {"Farbe"}


# Importers that misbehave


@dataclass(frozen=True)
class Scripted:
    """An importer for `.people` files that does what the test says."""

    source: str = "test.people"
    title: str = "A test"
    fallback: bool = False
    batches: int = 3
    error: Exception | None = None

    def identify(self, export: Export) -> Sequence[Claim]:
        return [Claim(self, self.source, "test", export, (member,)) for member in export.find("*.people")]

    def extract(self, claim: Claim, context: ImportContext) -> Iterator[Extracted]:
        batcher = RecordBatcher(export_sha256=claim.sha256, member=claim.members[0].path)
        for number in range(self.batches):
            point = Point("email", f"p{number}@example.com")
            record = SourceRecord(self.source, "customer", str(number), points=[point], locator=f"row {number}")
            yield from batcher.batches([record])
        if self.error is not None:
            raise self.error


@pytest.fixture
def add_importers(monkeypatch: pytest.MonkeyPatch) -> Any:
    def add(*importers: Importer) -> None:
        monkeypatch.setattr(identifying, "discover", lambda: (*discover(), *importers))

    return add


def test_two_importers_that_claim_one_file_are_both_named(tmp_path: Path, add_importers: Any) -> None:
    add_importers(Scripted("test.one"), Scripted("test.two"))
    table(tmp_path / "a.people", "x")
    shop = shopify(tmp_path / "shop", [IDA], JUNE)
    document = av_json("import", tmp_path / "a.people", shop, "--vault", tmp_path / "v", expect=3)
    assert [problem["code"] for problem in document["problems"]] == ["ambiguous"]
    assert "test.one" in document["problems"][0]["message"]
    assert "test.two" in document["problems"][0]["message"]
    assert "--source" in document["problems"][0]["hint"]
    assert set(current(tmp_path / "v")) == {"ida@example.com"}, "the rest goes on"
    named = av_json("import", tmp_path / "a.people", "--vault", tmp_path / "v", "--source", "test.two")
    assert [item["source"] for item in named["inputs"]] == ["test.two"]


def test_an_importer_that_gives_up_leaves_nothing_of_its_claim(tmp_path: Path, add_importers: Any) -> None:
    add_importers(Scripted(batches=9, error=ExportError("a.people is damaged after row 3.", "Download it again.")))
    broken, shop = table(tmp_path / "a.people", "x"), shopify(tmp_path / "shop", [IDA], JUNE)
    vault = tmp_path / "v"
    document = av_json("import", broken, shop, "--vault", vault, expect=3)
    assert [(item["source"], item["status"]) for item in document["inputs"]] == [
        ("test.people", "failed"),
        ("shopify.customers", "imported"),
    ]
    assert document["inputs"][0]["problem"]["message"] == "a.people is damaged after row 3."
    assert {row["source"] for row in rows(vault, "source_records")} == {"shopify.customers"}
    assert {row["source"] for row in rows(vault, "imports")} == {"shopify.customers"}
    assert list((vault / "staging").iterdir()) == []
    assert av_json("import", broken, "--vault", vault, expect=4)["snapshot"] == document["snapshot"]
    av("import", shop, "--vault", tmp_path / "alone")
    tables, alone = (Vault.open(path).head().manifest.tables for path in (vault, tmp_path / "alone"))
    for name in sorted(DERIVED_TABLES & alone.keys()):
        assert tables[name] == alone[name], name


def test_people_who_come_twice_at_once_are_derived_once(tmp_path: Path) -> None:
    both, vault = tmp_path / "both", tmp_path / "v"
    shopify(both / "a", [IDA, BO], JUNE)
    shopify(both / "b", [{**IDA, "email": "ida.falk@example.com"}, YLVA], JULY)
    document = av_json("import", both, "--vault", vault)
    held = Counter(row["record_id"] for row in rows(vault, "match_features"))
    assert sorted(held.values()) == [1, 1, 1]
    assert "ida@example.com" not in {row["point"] for row in rows(vault, "contact_points")}
    assert av_json("rebuild", "--vault", vault)["snapshot"] == document["snapshot"], "the same bytes"


def test_a_bug_in_an_importer_leaves_the_vault_as_it_was(tmp_path: Path, add_importers: Any) -> None:
    vault = tmp_path / "v"
    av("import", shopify(tmp_path / "shop", [IDA], JUNE), "--vault", vault)
    before = files_of(vault)
    add_importers(Scripted(error=RuntimeError("p1@example.com")))
    failed = av("import", table(tmp_path / "a.people", "x"), "--vault", vault, expect=1)
    assert "RuntimeError" in failed.err
    assert "@" not in failed.err
    assert files_of(vault) == before
    assert av_json("check", "--vault", vault, "--read-data")["findings"] == []
    add_importers(Scripted())
    assert av_json("import", tmp_path / "a.people", "--vault", vault)["contacts"]["after"] == 4
