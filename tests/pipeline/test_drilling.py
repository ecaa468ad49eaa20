"""The drill asked of whole vaults: its numbers are the exporters', its folder is ready, its history is true."""

from __future__ import annotations

import csv
import shutil
import stat
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import audiencevault
from audiencevault import pipeline
from audiencevault.cli import context
from audiencevault.errors import UsageError
from audiencevault.vault import Vault
from tests.conftest import Story
from tests.pipeline.running import NOW, av, av_json, day, instagram, nothing_else_written, rows, shopify, tree

ASKED = context.moment(NOW, "now")
PERSONAL = ("example.com", "example.org", "example.net", "+1", "+4")


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def vault(story: Story) -> Vault:
    return Vault.open(story.vault)


@pytest.fixture(scope="module")
def exported(handing_vault: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exporters' own files: `csv` and `mailchimp`."""
    root = tmp_path_factory.mktemp("exported")
    for name in ("csv", "mailchimp"):
        av("export", name, "--vault", handing_vault, "--out", root / name)
    return root


@pytest.fixture(scope="module")
def ready(vault: Vault, tmp_path_factory: pytest.TempPathFactory) -> pipeline.Drilled:
    """A folder for the day on which Meta is down."""
    root = tmp_path_factory.mktemp("ready")
    with nothing_else_written(root, root / "ready"):
        return pipeline.drill(vault, "meta", as_of=ASKED, receiver="mailchimp", directory=root / "ready")


@pytest.fixture(scope="module")
def plain(vault: Vault) -> pipeline.Drilled:
    """Meta is down, and no receiver was named."""
    return pipeline.drill(vault, "meta", as_of=ASKED)


@pytest.mark.parametrize("down", ["email", "instagram,mailchimp"])
def test_the_numbers_are_those_of_the_exporter(story: Story, exported: Path, vault: Vault, down: str) -> None:
    everybody = table(exported / "csv" / "audience.csv")
    written = Counter(row["channel"] for row in everybody)
    held = table(exported / "csv" / "held-back.csv")
    answer = pipeline.drill(vault, down, as_of=ASKED).answer
    assert set(answer.reachable) == {"email", "sms", "whatsapp"} - set(answer.outage.channels)
    for channel, number in answer.reachable.items():
        assert number == written[channel]
        reasons = Counter(row["reason"] for row in held if row["channel"] == channel)
        assert answer.held_back_by_channel[channel] == reasons
        assert sum(answer.basis[channel].values()) == number
    anybody = {row["contact_id"] for row in everybody if row["channel"] in answer.reachable}
    assert answer.reachable_any == len(anybody)
    assert sum(answer.held_back.values()) == answer.people - len(anybody)
    assert answer.people == len(rows(story.vault, "contacts"))


def test_the_drill_agrees_with_status(plain: pipeline.Drilled, story: Story) -> None:
    answer, status = plain.answer, story.summary["status"]
    assert answer.reachable == status["reachable"]
    assert answer.reachable_any == status["reachable_any"]
    assert answer.held_back == status["held_back"]
    assert answer.lost == status["dependence"]["companies"]["meta"]["only"]
    assert answer.reachable_before == status["dependence"]["reachable"]


def test_the_folder_holds_what_the_exporter_writes(exported: Path, ready: pipeline.Drilled) -> None:
    folder = ready.directory
    assert folder is not None
    for name in ("subscribed.csv", "other-basis.csv", "unsubscribed.csv", "cleaned.csv", "held-back.csv"):
        assert (folder / "email" / name).read_bytes() == (exported / "mailchimp" / name).read_bytes()
    assert ready.answer.destinations == {"email": "mailchimp", "sms": "csv"}
    assert not (folder / "whatsapp").exists()
    subscribed = [item for item in ready.written["email"] if item.status in {"subscribed", "other_basis"}]
    assert ready.answer.reachable["email"] == sum(item.rows for item in subscribed)
    held = table(folder / "held-back.csv")
    assert Counter(row["reason"] for row in held) == ready.answer.held_back
    assert len({row["contact_id"] for row in held}) == len(held)
    listed = {row["Email Address"] for row in table(folder / "email" / "subscribed.csv")}
    # Of two people with one address the receiver takes one.
    assert listed.isdisjoint(row["point"] for row in held if row["reason"] != "NO_DESTINATION")
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    for name in ("plan.html", "plan.txt"):
        said = (folder / name).read_text(encoding="utf-8")
        assert not [word for word in PERSONAL if word in said]
        assert f"{ready.answer.reachable_any:,}" in said


def test_the_same_question_gives_the_same_bytes(tmp_path: Path, vault: Vault, ready: pipeline.Drilled) -> None:
    one, two = ready.directory, tmp_path / "two"
    assert one is not None
    pipeline.drill(vault, "meta", as_of=ASKED, receiver="mailchimp", directory=two)
    assert tree(one) == tree(two)
    for path in tree(one):
        assert (one / path).is_dir() or (one / path).read_bytes() == (two / path).read_bytes(), path


def test_a_later_drill_takes_back_the_lists_of_what_is_down_now(
    tmp_path: Path, vault: Vault, ready: pipeline.Drilled
) -> None:
    folder = tmp_path / "ready"
    shutil.copytree(ready.directory or "", folder)
    (folder / "sms" / "note.txt").write_text("mine")
    pipeline.drill(vault, "meta,email,sms", as_of=ASKED, directory=folder)
    assert not (folder / "email").exists()
    assert tree(folder / "sms") == {"note.txt"}, "what is somebody else's stays"


def test_what_the_drill_wrote_is_never_read_as_an_export(ready: pipeline.Drilled) -> None:
    found = av_json("identify", ready.directory, expect=None)
    assert [item for item in found["inputs"] if item["source"]] == []


def test_nothing_foreign_is_replaced_and_nothing_is_written_into_the_vault(
    tmp_path: Path, vault: Vault, story: Story
) -> None:
    (tmp_path / "plan.html").write_text("mine")
    with pytest.raises(UsageError, match=r"plan\.html"):
        pipeline.drill(vault, "meta", as_of=ASKED, directory=tmp_path)
    assert (tmp_path / "plan.html").read_text() == "mine"
    with pytest.raises(UsageError, match="lies in the vault"):
        pipeline.drill(vault, "meta", as_of=ASKED, directory=story.vault / "drill")


def test_a_receiver_that_cannot_hold_somebody_is_counted(tmp_path: Path) -> None:
    people = [
        {"id": "1", "first": "Ida", "last": "Falk", "email": "ida@example.com"},
        {"id": "2", "first": "Änne", "last": "Berg", "email": "änne@example.com"},
    ]
    av("import", shopify(tmp_path / "shop", people, day("2026-11-01")), "--vault", tmp_path / "v", "--region", "US")
    vault = Vault.open(tmp_path / "v")
    chosen = pipeline.drill(vault, "meta", as_of=ASKED, receiver=("mailchimp",)).answer
    assert av_json("status", "--vault", tmp_path / "v")["reachable"]["email"] == 2
    assert chosen.reachable["email"] == 1
    assert chosen.held_back == {"NO_DESTINATION": 1}


def test_what_is_down_cannot_send_and_a_copy_is_no_list(vault: Vault) -> None:
    with pytest.raises(UsageError, match="Mailchimp is among what is down"):
        pipeline.drill(vault, "intuit", receiver="mailchimp")
    with pytest.raises(UsageError, match="takes email, which is down"):
        pipeline.drill(vault, "email", receiver="mailchimp")
    with pytest.raises(UsageError, match="not a list to write to"):
        pipeline.drill(vault, "meta", receiver="parquet")
    with pytest.raises(UsageError, match="carrier-pigeon"):
        pipeline.drill(vault, "meta", receiver="carrier-pigeon")


def test_programs_ask_with_a_path_and_without_a_clock(plain: pipeline.Drilled, story: Story) -> None:
    asked = audiencevault.drill(story.vault, down=["meta"])
    assert asked.as_of == Vault.open(story.vault).head().created_at == ASKED
    assert asked.answer == plain.answer
    assert asked.steps == plain.steps


def test_as_of_is_obeyed(vault: Vault, ready: pipeline.Drilled) -> None:
    before = pipeline.drill(vault, "meta", as_of=datetime.fromisoformat("2019-01-01T00:00:00+00:00")).answer
    assert before.reachable_any < ready.answer.reachable_any


FOLLOWERS = {"ida.falk": 1_700_000_000, "bo.berg": 1_700_000_100, "eva.lind": 1_700_000_200}


def test_the_history_is_what_status_said_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audiencevault.pipeline import depending

    place = tmp_path / "v"
    ann = [{"id": "1", "first": "Ann", "last": "Lee", "email": "ann@example.com"}]
    steps = [
        (instagram(tmp_path / "ig", day("2026-10-01"), followers=FOLLOWERS), "2026-10-02T08:00:00+00:00"),
        (shopify(tmp_path / "shop", ann, day("2026-10-08")), "2026-10-09T08:00:00+00:00"),
        (
            instagram(tmp_path / "ig2", day("2026-10-15"), followers={**FOLLOWERS, "new.one": 1_700_000_300}),
            "2026-10-16T08:00:00+00:00",
        ),
    ]
    said: list[dict[str, Any]] = []
    for path, now in steps:
        av("import", path, "--vault", place, "--region", "US", now=now)
        said.append(av_json("status", "--vault", place, "--history", 0, now=now)["dependence"])
    assert [item["only_one"] for item in said] == [3, 3, 4]
    assert [item["concentration"] for item in said] == [1.0, 0.5625, 0.64]
    status = av_json("status", "--vault", place, now="2026-11-21T08:00:00+00:00")
    kept = ("people", "reachable", "own", "only_one", "share", "concentration")
    history = status["dependence_history"]
    assert [line["snapshot"] for line in history] == [1, 2]
    assert [[line[name] for name in kept] for line in history] == [[was[name] for name in kept] for was in said[:2]]

    vault = Vault.open(place)
    monkeypatch.setattr(depending, "PEOPLE_AT_ONCE", 4)
    assert [item.snapshot for item in pipeline.history(vault)] == [2]
    assert [item.snapshot for item in pipeline.history(vault, limit=1)] == [2]
    shown = av("status", "--vault", place).out
    assert "How far you depend on one company" in shown
    assert "2026-10-09" in shown
    assert "2026-10-02" not in shown
    monkeypatch.setattr(depending, "READABLE_FROM", 99)
    assert pipeline.history(vault, limit=9) == [], "tables of another version are not asked"
