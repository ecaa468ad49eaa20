"""An erasure takes a person out of every file of every snapshot, wholly or not at all, whenever it is stopped."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from vault_faults import CountingOps, DeathError, DyingOps, FailingOps, NoLinksOps, PowerCutOps
from vault_story import NOW, copy_vault, new_vault, rows

from audiencevault.errors import KeyMissingError, UsageError, VaultError
from audiencevault.records import TABLES
from audiencevault.vault import Vault, chain, erase, forgetting, journal, proof
from audiencevault.vault.backup import backup, contents, restore
from audiencevault.vault.check import check
from audiencevault.vault.collecting import gc
from audiencevault.vault.erase import Addition, Erased
from audiencevault.vault.forgetting import BLANK, Who
from audiencevault.vault.keys import KeyDirectory, KeyRing
from audiencevault.vault.ops import Ops
from audiencevault.vault.remembrance import remember
from audiencevault.vault.replaying import whom
from audiencevault.vault.tombstones import of_rows

RING = KeyRing.new("v-0001", b"k" * 32, b"s" * 32, NOW)
SECRETS = (
    "mara.voss", "Voss", "MARA.VOSS", "+12025550147", "(202) 555-0147", "c-mara", "r-mara", "lampenweg",
    "192.0.2.77", "Browser of hers", "mara_thread", "order-mara", "utm=mara",
)  # fmt: skip
"""What must not be found in any byte of the vault once she is forgotten."""


def tell(vault: Vault) -> None:
    """Two snapshots with Mara, Ben, and Ben's note about Mara."""
    for step in (1, 2):
        with vault.begin("import", NOW + timedelta(days=step)) as txn:
            txn.append("imports", rows("imports", [{"import_id": f"i{step}", "at": NOW, "path": "list.csv"}]))
            txn.append("source_records", rows("source_records", [
                {"record_id": "r-mara", "import_id": f"i{step}", "full_name": "Mara Voss",
                 "address1": f"Lampenweg {step}",
                 "points": [{"kind": "email", "raw": "MARA.VOSS@example.com", "label": None},
                            {"kind": "phone", "raw": "(202) 555-0147", "label": "home"}],
                 "extra": [("Note", "order-mara")], "export_sha256": "f00d", "member": "inbox/mara_thread.json"},
                {"record_id": "r-ben", "import_id": f"i{step}", "full_name": "Ben Ode",
                 "points": [{"kind": "email", "raw": "ben@example.com", "label": None}],
                 "extra": [("Note", "sister of mara.voss@example.com, (202) 555-0147; not tamara@example.com.au"),
                           ("Size", "L")], "export_sha256": "f00d", "member": "list.csv"},
            ]))  # fmt: skip
            txn.append("rejects", rows("rejects", [
                {"import_id": f"i{step}", "export_sha256": "f00d", "member": "inbox/mara_thread.json", "locator": "3",
                 "code": "no_person", "sentence": "Nobody."}]))  # fmt: skip
            txn.append("consent_events", rows("consent_events", [
                {"event_id": f"e{step}-mara", "record_id": "r-mara", "point_kind": "email", "channel": "email",
                 "point": "mara.voss@example.com", "point_key": "mara.voss@example.com", "event_type": "withdrawn",
                 "occurred_at": NOW, "ip": "192.0.2.77", "user_agent": "Browser of hers", "capture_url": "/?utm=mara",
                 "member": "inbox/mara_thread.json", "locator": "1"},
                {"event_id": f"e{step}-ben", "record_id": "r-ben", "point_kind": "email", "point": "ben@example.com",
                 "point_key": "ben@example.com", "event_type": "granted", "occurred_at": NOW, "ip": "192.0.2.5"},
                {"event_id": f"e{step}-phone", "record_id": None, "point_kind": "phone", "point": "+12025550147",
                 "point_key": "+12025550147", "event_type": "withdrawn"},
            ]))  # fmt: skip
            txn.append("deliveries", rows("deliveries", [
                {"delivery_id": f"d{step}-mara", "at": NOW, "destination": "mailchimp", "contact_id": "c-mara",
                 "point_kind": "email", "point_key": "mara.voss@example.com", "payload_sha256": "ab"},
                {"delivery_id": f"d{step}-ben", "at": NOW, "destination": "mailchimp", "contact_id": "c-ben",
                 "point_kind": "email", "point_key": "ben@example.com", "payload_sha256": "cd"}]))  # fmt: skip
            if step == 1:
                txn.append("identity_log", rows("identity_log", [
                    {"at": NOW, "event": "minted", "contact_id": "c-mara", "record_id": "r-mara"},
                    {"at": NOW, "event": "minted", "contact_id": "c-ben", "record_id": "r-ben"}]))  # fmt: skip
                txn.append("decisions", rows("decisions", [
                    {"decision_id": "q1", "record_a": "r-mara", "record_b": "r-ben", "verdict": "same"},
                    {"decision_id": "q2", "record_a": "r-ben", "record_b": "r-eve", "verdict": "same",
                     "supersedes": "q1"},
                ]))  # fmt: skip
            txn.replace("contact_points", rows("contact_points", [
                {"record_id": "r-mara", "point_kind": "email", "raw": "MARA.VOSS@example.com", "valid": True,
                 "point": "mara.voss@example.com", "point_key": "mara.voss@example.com", "readings": []},
                {"record_id": "r-mara", "point_kind": "phone", "raw": "(202) 555-0147", "valid": True,
                 "point": "+12025550147", "point_key": "+12025550147", "readings": []},
                {"record_id": "r-ben", "point_kind": "email", "raw": "ben@example.com", "valid": True,
                 "point": "ben@example.com", "point_key": "ben@example.com", "readings": []},
            ]))  # fmt: skip
            features = [{"record_id": "r-mara", "last": f"Voss{step}"}, {"record_id": "r-ben", "last": f"Ode{step}"}]
            txn.replace("match_features", rows("match_features", features))
            txn.replace("links", rows("links", [
                {"record_a": "r-ben", "record_b": "r-mara", "rule": "name", "score": step / 10.0}]))  # fmt: skip
            # The first time the two were taken for one person.
            of_ben = "c-mara" if step == 1 else "c-ben"
            txn.replace("members", rows("members", [
                {"record_id": "r-mara", "contact_id": "c-mara"},
                {"record_id": "r-ben", "contact_id": of_ben}]))  # fmt: skip
            people = [{"contact_id": "c-mara", "display_name": "Mara Voss", "email": "mara.voss@example.com"}]
            people += [{"contact_id": "c-ben", "display_name": "Ben Ode"}] if step == 2 else []
            txn.replace("contacts", rows("contacts", people))
            txn.commit()


WHO = Who(
    frozenset({"r-mara"}),
    frozenset({"c-mara"}),
    frozenset({("email", "mara.voss@example.com"), ("phone", "+12025550147")}),
    frozenset({"mara.voss@example.com", "MARA.VOSS@example.com", "+12025550147", "(202) 555-0147"}),
    frozenset({("f00d", "inbox/mara_thread.json")}),
)


def buried(*, at: Any = NOW) -> pa.Table:
    return rows("tombstones", sorted((
        {"point_kind": kind, "point_hash": RING.hash(kind, key), "key_version": 1,
         "key_fingerprint": RING.fingerprint(1), "reason": "asked", "created_at": at} for kind, key in WHO.points),
        key=lambda row: str(row["point_hash"])))  # fmt: skip


def forget(path: Path, ops: Ops | None = None) -> Erased:
    happened = rows("consent_events", [{"event_id": "erased-1", "event_type": "erased", "occurred_at": NOW}])
    return erase.erase(
        path,
        WHO,
        RING,
        Addition("erase", NOW + timedelta(days=9), {"tombstones": buried()}, happened),
        now=NOW,
        ops=ops,
    )


def found_in(root: Path, texts: tuple[str, ...] = SECRETS) -> set[tuple[str, str]]:
    """Every text in any byte, compressed or not, of any file: raw, and in all values of all columns."""
    hits = set()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        data = path.read_bytes().lower()
        if path.suffix == ".parquet":
            data += str(pq.read_table(path).to_pylist()).encode().lower()
            data += str(pq.read_metadata(path).to_dict()).encode().lower()
        hits |= {(text, path.relative_to(root).as_posix()) for text in texts if text.lower().encode() in data}
    return hits


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = Vault.open(new_vault(tmp_path / "my.vault").path, keys=KeyDirectory(tmp_path / "keys"))
    made.keep_key(RING)
    tell(made)
    return made


def errors_of(vault: Vault) -> list[str]:
    return [found.sentence for found in check(vault, read_data=True) if found.severity == "error"]


def test_nothing_of_her_is_left_in_any_byte(vault: Vault) -> None:
    assert {text for text, _ in found_in(vault.path)} == set(SECRETS), "the search can find what is there"
    done = forget(vault.path)
    assert found_in(vault.path) == set()
    assert (done.snapshot, done.snapshots, done.events) == (3, 2, 4)
    assert check(vault, read_data=True) == []
    assert erase.left_over(vault.history(), WHO) == []
    assert [one.number for one in vault.history()] == [0, 1, 2, 3]
    assert [one.created_at for one in vault.history()][1:3] == [NOW + timedelta(days=1), NOW + timedelta(days=2)]


def test_what_is_not_hers_stays(vault: Vault) -> None:
    before = {number: {name: vault.snapshot(number).table(name).to_pylist() for name in TABLES} for number in (1, 2)}
    forget(vault.path)
    for number in (1, 2):
        after = {name: vault.snapshot(number).table(name).to_pylist() for name in TABLES}
        bens = [row for row in before[number]["consent_events"] if row["event_id"].endswith("-ben")]
        kept = [row for row in after["consent_events"] if row["point"] == "ben@example.com"]
        assert [{**row, "salt": None} for row in kept] == bens, "and their salts are written down now"
        assert all(row["salt"] for row in kept)
        assert [row["record_id"] for row in after["source_records"]] == ["r-ben"] * number
        assert [row["decision_id"] for row in after["decisions"]] == ["q2"]
        assert after["decisions"][0]["supersedes"] is None
        assert [row["contact_id"] for row in after["identity_log"]] == ["c-ben"]
        assert [row["code"] for row in after["rejects"]] == ["no_person"] * number
        assert [row["member"] for row in after["rejects"]] == [None] * number
    assert vault.snapshot(1).table("contacts").num_rows == 0, "who was two people in one"
    assert vault.snapshot(1).table("members").num_rows == 0
    assert vault.snapshot(2).table("contacts").column("contact_id").to_pylist() == ["c-ben"]
    assert vault.snapshot(2).table("links").num_rows == 0
    note = dict(vault.table("source_records").to_pylist()[0]["extra"])
    assert note == {"Note": f"sister of {BLANK}, {BLANK}; not tamara@example.com.au", "Size": "L"}


def test_what_happened_stays_without_whom(vault: Vault) -> None:
    forget(vault.path)
    hers = [row for row in vault.table("consent_events").to_pylist() if row["commitment"]]
    assert [row["event_type"] for row in hers] == ["withdrawn"] * 4
    assert [row["occurred_at"] for row in hers] == [NOW, None, NOW, None]
    assert {row["point_key"] for row in hers} == {
        f"keyed:1:{RING.hash('email', 'mara.voss@example.com')}", f"keyed:1:{RING.hash('phone', '+12025550147')}",
    }  # fmt: skip
    assert len({row["event_id"] for row in hers}) == 4
    assert not any("mara" in row["event_id"] for row in hers)
    assert all(row[name] is None for row in hers for name in ("point", "ip", "record_id", "member", "salt", "detail"))
    sent = vault.table("deliveries").to_pylist()
    assert [row["destination"] for row in sent] == ["mailchimp"] * 4
    assert [row["contact_id"] for row in sent] == [None, "c-ben"] * 2
    assert [row["payload_sha256"] for row in sent] == [None, "cd"] * 2
    assert vault.table("tombstones").num_rows == 2


def test_the_chain_still_holds_and_the_seeds_are_gone(vault: Vault) -> None:
    heads = vault.table("ledger_segments").column("head").to_pylist()
    forget(vault.path)
    found = proof.verify(vault.head(), RING)
    assert (found.verified, found.erased, found.whole, found.sealed) == (7, 4, True, True)
    segments = chain.segments_of(vault.table("ledger_segments"))
    assert [segment.head for segment in segments][:2] == heads, "the chain is the one that was written then"
    assert [segment.seed is None for segment in segments] == [True, True, False]
    again = Who(frozenset({"r-ben"}), frozenset({"c-ben"}), frozenset({("email", "ben@example.com")}))
    erase.erase(vault.path, again, RING, None, now=NOW)
    found = proof.verify(vault.head(), RING)
    assert (found.verified, found.erased, found.whole) == (7, 6, True)


def test_once_more_changes_nothing(vault: Vault) -> None:
    forget(vault.path)
    before = {path: path.read_bytes() for path in vault.path.rglob("*") if path.is_file()}
    assert erase.erase(vault.path, WHO, RING, None, now=NOW) == Erased(3, 0, 0, 0, 0)
    assert {path: path.read_bytes() for path in vault.path.rglob("*") if path.is_file()} == before


def test_the_same_erasure_gives_the_same_bytes(vault: Vault, tmp_path: Path) -> None:
    other = copy_vault(vault.path, tmp_path / "other.vault")
    forget(vault.path)
    forget(other)
    names = [
        sorted(path.relative_to(root).as_posix() for path in (root / "data").rglob("*")) for root in (vault.path, other)
    ]
    assert names[0] == names[1]
    assert (vault.path / "snapshots" / "3.json").read_bytes() == (other / "snapshots" / "3.json").read_bytes()


def whole_or_gone(path: Path) -> bool:
    """Opened by whoever comes next, the vault is whole, and either she is there or she is not; whether she is gone."""
    vault = Vault.open(path, keys=KeyDirectory(path.parent / "none"))
    assert errors_of(vault) == []
    hits = {text for text, _ in found_in(path)}
    assert not hits or {"Voss", "r-mara", "c-mara", "192.0.2.77"} <= hits
    assert vault.head().number == (1 if hits else 2)
    assert not journal.unfinished(path)
    return not hits


def steps_of(work: Callable[[Ops], object]) -> int:
    ops = CountingOps()
    work(ops)
    return len(ops.steps)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Five files in which she is: few enough to try every moment."""
    made = new_vault(tmp_path / "small.vault")
    with made.begin("import", NOW) as txn:
        txn.append(
            "source_records",
            rows("source_records", [{"record_id": "r-mara", "full_name": "Mara Voss"}, {"record_id": "r-ben"}]),
        )
        txn.append("consent_events", rows("consent_events", [
            {"event_id": "e-mara", "record_id": "r-mara", "event_type": "withdrawn", "ip": "192.0.2.77"}]))  # fmt: skip
        txn.replace("members", rows("members", [
            {"record_id": "r-mara", "contact_id": "c-mara"},
            {"record_id": "r-ben", "contact_id": "c-ben"}]))  # fmt: skip
        txn.replace("contacts", rows("contacts", [{"contact_id": "c-mara"}, {"contact_id": "c-ben"}]))
        txn.commit()
    return made.path


def test_death_before_every_single_change(small: Path, tmp_path: Path) -> None:
    steps = steps_of(lambda ops: forget(copy_vault(small, tmp_path / "trial"), ops))
    assert steps > 50
    gone = []
    for n in range(steps):
        path = copy_vault(small, tmp_path / "dying" / f"{n:03}")
        with pytest.raises(DeathError):
            forget(path, DyingOps(n))
        gone.append(whole_or_gone(path))
        if not gone[-1] and n % 16 == 0:
            forget(path)
            assert whole_or_gone(path)
        shutil.rmtree(path)
    assert gone == sorted(gone), "once it has happened, it has happened"
    assert set(gone) == {False, True}


@pytest.mark.parametrize("names", [True, False], ids=["names and contents", "contents only"])
def test_power_cut_before_every_single_change(small: Path, tmp_path: Path, names: bool) -> None:
    steps = steps_of(lambda ops: forget(copy_vault(small, tmp_path / "trial"), ops))
    gone = []
    for n in range(0, steps, 4):
        path = copy_vault(small, tmp_path / "dying" / f"{n:03}")
        ops = PowerCutOps(n, tmp_path / f"attic-{n:03}")
        with pytest.raises(DeathError):
            forget(path, ops)
        ops.cut(path, names=names)
        gone.append(whole_or_gone(path))
        shutil.rmtree(path)
        shutil.rmtree(tmp_path / f"attic-{n:03}")
    assert set(gone) == {False, True}


def test_death_while_an_erasure_is_finished(small: Path, tmp_path: Path) -> None:
    """The one who finishes it may die, too."""
    happened = copy_vault(small, tmp_path / "happened")
    at = next(n for n in range(30, 1_000) if dies_and_is_unfinished(happened, small, n))
    steps = steps_of(lambda ops: Vault.open(copy_vault(happened, tmp_path / "trial"), ops=ops))
    assert at > 30
    assert steps > 8
    for n in range(steps):
        path = copy_vault(happened, tmp_path / "dying" / f"{n:03}")
        with pytest.raises(DeathError):
            Vault.open(path, ops=DyingOps(n))
        assert whole_or_gone(path)
        shutil.rmtree(path)


def dies_and_is_unfinished(path: Path, fresh: Path, n: int) -> bool:
    shutil.rmtree(path)
    copy_vault(fresh, path)
    with pytest.raises(DeathError):
        forget(path, DyingOps(n))
    return journal.unfinished(path)


def test_a_full_disk_is_a_sentence(small: Path, tmp_path: Path) -> None:
    steps = steps_of(lambda ops: forget(copy_vault(small, tmp_path / "trial"), ops))
    for n in range(0, steps, 5):
        path = copy_vault(small, tmp_path / "full" / f"{n:03}")
        ops = FailingOps(n)
        with contextlib.suppress(VaultError):
            forget(path, ops)
        assert ops.failed
        whole_or_gone(path)
        shutil.rmtree(path)


def test_a_writer_finishes_it_too(small: Path, tmp_path: Path) -> None:
    path = copy_vault(small, tmp_path / "happened")
    opened = Vault.open(path)
    assert any(dies_and_is_unfinished(path, small, n) for n in range(30, 200))
    with opened.begin("import", NOW) as txn:
        assert txn.base.number == 2
    assert whole_or_gone(path)


def test_a_journal_that_cannot_be_read_is_said(vault: Vault) -> None:
    (vault.path / "erasure").mkdir()
    (vault.path / "erasure" / "2.json").write_text("left over")
    with vault.begin("import", NOW):
        pass
    assert not (vault.path / "erasure").exists(), "without a journal it never happened"
    (vault.path / "erasure").mkdir()
    (vault.path / "erasure" / "journal.json").write_text("{}")
    with pytest.raises(VaultError, match=r"journal\.json"):
        Vault.open(vault.path)


def test_orphans_and_hard_links_go_as_well(vault: Vault, tmp_path: Path) -> None:
    lost = vault.path / "data" / "contacts" / ("0" * 32 + ".parquet")
    shutil.copyfile(vault.paths("contacts")[0], lost)
    forget(vault.path)
    assert not lost.exists()
    assert found_in(vault.path) == set()

    class HardLinks(Ops):
        def symlink(self, target: str, path: Path) -> None:
            raise OSError(95, "no symbolic links")

    other = new_vault(tmp_path / "hard.vault", HardLinks())
    tell(other)
    assert not next((other.path / "current" / "contacts").iterdir()).is_symlink()
    forget(other.path, HardLinks())
    assert found_in(other.path) == set()
    plain = new_vault(tmp_path / "fat.vault", NoLinksOps())
    tell(plain)
    forget(plain.path, NoLinksOps())
    assert found_in(plain.path) == set()


# Backups


def test_an_older_backup_forgets_before_it_opens(vault: Vault, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    backup(vault, kept)
    with pytest.raises(KeyMissingError):
        restore(kept, tmp_path / "r0", erased=buried())
    assert not (tmp_path / "r0").exists()
    restore(kept, tmp_path / "r1", now=NOW, keys=vault.keys, erased=buried())
    assert found_in(tmp_path / "r1") == set()
    back = Vault.open(tmp_path / "r1", keys=vault.keys)
    assert check(back, read_data=True) == []
    assert back.table("tombstones").num_rows == 2
    assert found_in(kept) != set(), "the backup itself is as it was"
    restore(kept, tmp_path / "r2", now=NOW, keys=vault.keys)
    assert found_in(tmp_path / "r2") != set(), "nobody was told of an erasure"


def test_the_next_backup_forgets_in_all_its_snapshots(vault: Vault, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    for number in (1, 2):
        backup(vault, kept, snapshot=number)
    forget(vault.path)
    gc(vault, now=NOW, keep=2)
    done = backup(vault, kept)
    assert (done.snapshots_forgetting, done.snapshots_holding) == (2, ())
    assert found_in(kept) == set()
    assert [one.number for one in contents(kept)] == [1, 2, 3]
    for number in (1, 2, 3):
        restore(kept, tmp_path / f"r{number}", snapshot=number, now=NOW, keys=vault.keys)
        assert errors_of(Vault.open(tmp_path / f"r{number}")) == []
        assert found_in(tmp_path / f"r{number}") == set()
    assert backup(vault, kept).snapshots_forgetting == 0


def test_a_backup_without_the_key_says_what_it_still_holds(vault: Vault, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    for number in (1, 2):
        backup(vault, kept, snapshot=number)
    forget(vault.path)
    gc(vault, now=NOW, keep=2)
    done = backup(Vault.open(vault.path), kept)
    assert done.snapshots_holding == (1,)
    assert {path.split("/")[0] for _, path in found_in(kept)} == {"data"}
    with pytest.raises(KeyMissingError):
        restore(kept, tmp_path / "r0", snapshot=1, now=NOW)
    restore(kept, tmp_path / "r1", snapshot=1, now=NOW, keys=vault.keys)
    assert found_in(tmp_path / "r1") == set(), "the newest snapshot of the backup knows"


def test_what_is_remembered_beside_the_key_is_enough(vault: Vault, tmp_path: Path) -> None:
    """The vault is lost, and its only backup is older than the erasure."""
    kept = tmp_path / "kept"
    backup(vault, kept)
    remember(vault.keys, "v-0001", buried())
    restore(kept, tmp_path / "r", now=NOW, keys=vault.keys)
    assert found_in(tmp_path / "r") == set()
    again = Vault.open(tmp_path / "r", keys=vault.keys)
    assert again.table("tombstones").num_rows == 2
    assert proof.verify(again.head(), again.ring).whole


def test_an_old_copy_cannot_bring_her_back(vault: Vault, tmp_path: Path) -> None:
    old = Vault.open(copy_vault(vault.path, tmp_path / "old.vault"))
    kept = tmp_path / "kept"
    backup(vault, kept)
    forget(vault.path)
    backup(vault, kept)
    with pytest.raises(UsageError, match="another snapshot"):
        backup(old, kept)
    assert found_in(kept) == set()


def test_death_while_a_backup_forgets(small: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    backup(Vault.open(small), first)
    forget(small)
    vault = Vault.open(small)
    steps = steps_of(lambda ops: backup(vault, copy_vault(first, tmp_path / "trial"), ops=ops))
    for n in range(0, steps, 4):
        kept = copy_vault(first, tmp_path / "dying" / f"{n:03}")
        with pytest.raises(DeathError):
            backup(vault, kept, ops=DyingOps(n))
        backup(vault, kept)
        assert found_in(kept) == set()
        assert contents(kept)[-1].number == 2
        shutil.rmtree(kept)


def test_whom_tombstones_recognise(vault: Vault) -> None:
    found = whom(vault.history(), of_rows(buried(), RING))
    assert found.records == WHO.records
    assert found.points == WHO.points
    assert found.texts == WHO.texts
    assert found.members == WHO.members
    assert found.contacts == {"c-mara"}


def test_a_record_without_a_point_goes_with_its_contact(vault: Vault) -> None:
    with vault.begin("import", NOW + timedelta(days=5)) as txn:
        txn.append("source_records", rows("source_records", [
            {"record_id": "r-card", "import_id": "i1", "full_name": "M. Voss", "member": ""}]))  # fmt: skip
        txn.replace("members", rows("members", [
            {"record_id": "r-mara", "contact_id": "c-mara"}, {"record_id": "r-card", "contact_id": "c-mara"},
            {"record_id": "r-ben", "contact_id": "c-ben"}]))  # fmt: skip
        txn.commit()
    found = whom(vault.history(), of_rows(buried(), RING))
    assert found.records == {"r-mara", "r-card"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mara.voss@example.com", BLANK),
        ("<MARA.voss@example.com>", f"<{BLANK}>"),
        ("mara.voss@example.com,mara.voss@example.com", f"{BLANK},{BLANK}"),
        ("Write to mara.voss@example.com.", f"Write to {BLANK}."),
        ("tamara.voss@example.com", "tamara.voss@example.com"),
        ("mara.voss@example.com.au", "mara.voss@example.com.au"),
        ("x-mara.voss@example.com", "x-mara.voss@example.com"),
        ("+12025550147", BLANK),
        ("+120255501470", "+120255501470"),
    ],
)
def test_a_mention_is_a_whole_address(text: str, left: str) -> None:
    table = rows("source_records", [{"record_id": "r", "tags": [text, "x"], "extra": [("k", text)], "full_name": text,
                                     "points": [{"kind": "email", "raw": text, "label": None}]}])  # fmt: skip
    row = forgetting.blanked(table, WHO).to_pylist()[0]
    assert row["full_name"] == left
    assert row["tags"] == [left, "x"]
    assert row["extra"] == [("k", left)]
    assert row["points"][0]["raw"] == left
    assert forgetting.holds("source_records", table, WHO) == (left != text)
