"""A plan first, then exactly that plan: what is sent, what is held back, and what the vault knows afterwards."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audiencevault.records import DELIVERIES, TABLES
from audiencevault.vault import Vault
from tests.pipeline.fake_receiver import ENVIRONMENT, SECRET, Mailbox, connected, definition, moment
from tests.pipeline.running import Answer, av, av_json, day, mailchimp, rows, table

NOW = "2026-11-21T12:00:00+00:00"
LATER = "2026-11-21T14:00:00+00:00"
NEXT_DAY = "2026-11-22T15:00:00+00:00"
PEOPLE = ("ada@example.com", "bea@example.org", "cyd@example.net", "dan@example.com", "eve@example.com")
LEFT = {"zoe@example.com": "2026-01-05 10:00:00"}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with five people who agreed, and one who left."""
    root = tmp_path_factory.mktemp("base")
    exports = mailchimp(root / "mc", day("2026-11-20"), subscribed=PEOPLE, unsubscribed=LEFT)
    av("import", exports, "--vault", root / "v")
    av("settings", "destination", "mailbox", "list_id=l1", "--vault", root / "v", "--definitions",
       definition(root / "defs"))  # fmt: skip
    return root / "v"


class Sender:
    """A vault and a receiver, and the commands between them."""

    def __init__(self, vault: Path, folder: Path, box: Mailbox) -> None:
        self.vault, self.folder, self.box = vault, folder, box
        self.plan = folder / "p.json"

    def run(self, *arguments: object, now: str = NOW, expect: int | None = 0) -> Answer:
        with connected(self.box):
            return av(
                *arguments, "--vault", self.vault, "--definitions", self.folder, now=now, expect=expect,
                variables=ENVIRONMENT,
            )  # fmt: skip

    def json(self, *arguments: object, now: str = NOW, expect: int | None = 0) -> dict[str, Any]:
        return self.run(*arguments, "--json", now=now, expect=expect).json

    def planned(self, *arguments: object, now: str = NOW) -> dict[str, Any]:
        return self.json("push", "mailbox", "-o", self.plan, *arguments, now=now)

    def applied(self, now: str = NOW, expect: int | None = 0) -> dict[str, Any]:
        return self.json("push", "mailbox", "--apply", self.plan, now=now, expect=expect)

    @property
    def posts(self) -> int:
        return sum(request.method == "POST" for request in self.box.requests)

    def subscribed(self) -> list[str]:
        return [address for call, address in self.box.sent if call == "subscribe"]


@pytest.fixture
def sender(base: Path, tmp_path: Path) -> Sender:
    vault = Path(shutil.copytree(base, tmp_path / "v", symlinks=True))
    return Sender(vault, definition(tmp_path / "defs"), Mailbox())


def parts(plan: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    return {part["name"]: (part["new"], part["changed"], part["unchanged"]) for part in plan["parts"]}


def test_a_plan_sends_nothing_and_names_nobody(sender: Sender) -> None:
    plan = sender.planned()
    assert sender.posts == 0
    assert parts(plan) == {"stopped": (1, 0, 0), "people": (5, 0, 0)}
    assert plan["held_back"] == {"NO_WITHDRAWN": 1}
    assert plan["hosts"] == ["mailbox.example.com"]
    assert (plan["calls"], plan["double_opt_in"], plan["known"]["by"]) == (3, "never", "pull")
    written = sender.plan.read_text(encoding="utf-8")
    assert json.loads(written)["plan_id"] == plan["plan_id"]
    for address in (*PEOPLE, *LEFT, SECRET):
        assert address not in written
    assert sender.run("push", "mailbox", "-o", sender.plan).out.count("@") == 0


def test_suppressions_go_first_and_every_row_has_an_outcome(sender: Sender) -> None:
    plan = sender.planned()
    done = sender.applied()
    assert done["plan_id"] == plan["plan_id"]
    assert (done["sent"], done["undelivered"], done["outcomes"]) == (6, 0, {"accepted": 6})
    assert sender.box.sent[0] == ("stop", "zoe@example.com")
    assert sorted(sender.box.subscribed) == sorted(PEOPLE)
    assert sender.box.subscribed["ada@example.com"]["consented_at"] == "2025-01-05T10:07:31Z"
    held = rows(sender.vault, "deliveries")
    assert {row["outcome"] for row in held} == {"accepted"}
    assert {row["point_key"]: row["status"] for row in held} == {
        **dict.fromkeys(PEOPLE, "subscribed"), "zoe@example.com": "unsubscribed",
    }  # fmt: skip
    assert {row["account"] for row in held} == {"list_id=l1"}
    assert not list((sender.vault / "pushes").iterdir())
    assert av_json("check", "--vault", sender.vault)["findings"] == []


def test_only_changes_go_the_next_time(sender: Sender) -> None:
    sender.planned()
    sender.applied()
    before = len(sender.box.sent)
    assert parts(sender.planned()) == {"stopped": (0, 0, 1), "people": (0, 0, 5)}
    assert sender.applied()["outcomes"] == {}
    assert len(sender.box.sent) == before
    assert [part["items"] for part in sender.planned("--all")["parts"]] == [1, 5]
    renamed = table(sender.folder / "new.csv", "Email,First Name\nada@example.com,Adah\n")
    av("import", renamed, "--vault", sender.vault, now=LATER)
    av("suppress", "eve@example.com", "--vault", sender.vault, now=LATER)
    plan = sender.planned(now=LATER)
    assert parts(plan)["stopped"] == (1, 0, 1)
    assert parts(plan)["people"][1:] in {(0, 4), (1, 3)}


def test_another_list_of_the_same_receiver_is_told_everything(sender: Sender) -> None:
    sender.planned()
    sender.applied()
    assert parts(sender.planned("--set", "list_id=l2")) == {"stopped": (1, 0, 0), "people": (5, 0, 0)}


def test_a_plan_is_refused_once_the_vault_has_moved(sender: Sender) -> None:
    sender.planned()
    av("suppress", "eve@example.com", "--vault", sender.vault, now=LATER)
    refused = sender.applied(now=LATER, expect=2)
    assert "no longer what the plan says" in refused["error"]["message"]
    assert sender.posts == 0


def test_somebody_who_leaves_there_between_plan_and_apply_is_not_subscribed(sender: Sender) -> None:
    sender.planned()
    sender.box.left["bea@example.org"] = (moment("2026-11-21T13:00:00"), "unsubscribed")
    sender.applied(now=LATER, expect=2)
    assert sender.posts == 0
    sender.planned(now=LATER)
    sender.applied(now=LATER)
    assert "bea@example.org" not in sender.subscribed()
    assert ("stop", "bea@example.org") in sender.box.sent


def test_a_plan_is_applied_once(sender: Sender) -> None:
    sender.planned()
    sender.applied()
    sent = len(sender.box.sent)
    assert "applied already" in sender.applied(expect=2)["error"]["message"]
    assert len(sender.box.sent) == sent


def test_a_plan_that_was_touched_is_refused(sender: Sender) -> None:
    sender.planned()
    said = json.loads(sender.plan.read_text(encoding="utf-8"))
    for change, words in (
        ({"digest": "00"}, "changed after it was made"),
        ({"may_subscribe": False}, "changed after it was made"),
        ({"schema": 99}, "later AudienceVault"),
        ({"extra": 1}, "no plan of a push"),
        ({"parts": [{}]}, "no plan of a push"),
    ):
        sender.plan.write_text(json.dumps({**said, **change}), encoding="utf-8")
        assert words in sender.applied(expect=2)["error"]["message"]
    assert sender.posts == 0


def test_a_plan_is_for_one_vault_and_for_one_state_of_the_facts(sender: Sender, tmp_path: Path) -> None:
    sender.planned()
    other = tmp_path / "other"
    av("init", "--vault", other)
    with connected(sender.box):
        said = av_json("push", "mailbox", "--apply", sender.plan, "--vault", other, "--definitions", sender.folder,
                       expect=2, variables=ENVIRONMENT)  # fmt: skip
    assert "another vault" in said["error"]["message"]
    definition(sender.folder, polarity="unknown")
    assert "facts about Mailbox have changed" in sender.applied(expect=2)["error"]["message"]
    sender.plan.write_text("{", encoding="utf-8")
    assert "no plan of a push" in sender.applied(expect=2)["error"]["message"]
    sender.plan.unlink()
    assert "There is no plan" in sender.applied(expect=2)["error"]["message"]
    assert sender.posts == 0


@pytest.mark.parametrize("polarity", ["unknown", "respects"])
def test_nobody_is_subscribed_where_it_is_not_known_who_left(base: Path, tmp_path: Path, polarity: str) -> None:
    vault = Path(shutil.copytree(base, tmp_path / "v", symlinks=True))
    folder = definition(tmp_path / "d", polarity=polarity, verified=False, known_by=("mailchimp.audience",))
    sender = Sender(vault, folder, Mailbox())
    plan = sender.planned()
    assert parts(plan) == {"stopped": (1, 0, 0)}
    assert (plan["known"]["by"], plan["may_subscribe"]) == ("nothing", False)
    assert sum(plan["not_taken"].values()) == len(PEOPLE)
    sender.applied()
    assert sender.subscribed() == []
    assert ("stop", "zoe@example.com") in sender.box.sent


@pytest.mark.parametrize(
    ("exported", "complete", "goes"),
    [("2026-11-21", True, True), ("2026-11-21", False, False), ("2026-11-19", True, False)],
)
def test_a_fresh_complete_export_of_the_receiver_tells_who_left(
    tmp_path: Path, exported: str, complete: bool, goes: bool
) -> None:
    exports = mailchimp(tmp_path / "mc", day(exported), subscribed=PEOPLE, unsubscribed=LEFT)
    av("import", exports, "--vault", tmp_path / "v", *(["--complete"] if complete else []))
    folder = definition(tmp_path / "d", pulls=False, known_by=("mailchimp.audience",))
    sender = Sender(tmp_path / "v", folder, Mailbox())
    plan = sender.planned("--set", "list_id=l1")
    assert (plan["known"]["by"] == "import") == goes
    assert ("people" in parts(plan)) == goes
    sender.applied()
    assert bool(sender.subscribed()) == goes


def test_reading_back_may_be_left_out_only_where_nothing_is_overridden(base: Path, tmp_path: Path) -> None:
    vault = Path(shutil.copytree(base, tmp_path / "v", symlinks=True))
    forcing = Sender(vault, definition(tmp_path / "forces"), Mailbox())
    refused = forcing.json("push", "mailbox", "--no-pull", "-o", forcing.plan, expect=2)
    assert "--no-pull is not possible" in refused["error"]["message"]
    assert forcing.box.requests == []
    assert parts(forcing.planned("--no-pull", "--only", "suppressions")) == {"stopped": (1, 0, 0)}
    assert forcing.box.requests == []
    mild = Sender(vault, definition(tmp_path / "respects", polarity="respects"), Mailbox())
    assert parts(mild.planned("--no-pull"))["people"] == (5, 0, 0)
    assert mild.box.requests == []


def test_a_trial_with_the_first_people(sender: Sender) -> None:
    plan = sender.planned("--limit", 2)
    assert parts(plan) == {"stopped": (1, 0, 0), "people": (2, 0, 0)}
    sender.applied()
    assert len(sender.subscribed()) == 2
    assert parts(sender.planned()) == {"stopped": (0, 0, 1), "people": (3, 0, 2)}


def test_a_refusal_for_compliance_becomes_a_suppression(sender: Sender) -> None:
    sender.box.refuses = {"cyd@example.net"}
    sender.box.rejects = {"dan@example.com"}
    sender.planned()
    done = sender.applied(expect=3)
    assert done["outcomes"] == {"accepted": 4, "rejected": 1, "refused": 1}
    assert (done["suppressed"], done["undelivered"]) == (1, 2)
    assert {(row["outcome"], row["words"]) for row in done["words"]} == {
        ("refused", "has complained before"), ("rejected", "… looks wrong"),
    }  # fmt: skip
    assert "@" not in json.dumps(done["words"])
    plan = sender.planned()
    assert plan["held_back"]["NO_SUPPRESSED_COMPLAINT"] == 1
    # Who was rejected is tried again; who was refused never is.
    assert parts(plan) == {"stopped": (1, 0, 1), "people": (1, 0, 3)}
    (event,) = [row for row in rows(sender.vault, "consent_events") if row["source"] == "mailbox.push"]
    assert (event["event_type"], event["point_key"]) == ("complained", "cyd@example.net")


def test_a_refused_key_stops_at_once_and_the_same_command_goes_on(sender: Sender) -> None:
    sender.planned()
    sender.box.key_refused = True
    stopped = sender.applied(expect=30)
    assert sender.posts == 0
    assert SECRET not in json.dumps(stopped)
    sender.box.key_refused = False
    assert sender.applied()["outcomes"] == {"accepted": 6}


def test_a_renewed_consent_is_sent_although_the_same_was_sent_before(sender: Sender) -> None:
    sender.planned()
    sender.applied()
    av("suppress", "ada@example.com", "--reason", "manual", "--vault", sender.vault, now=LATER)
    sender.planned(now=LATER)
    sender.applied(now=LATER)
    assert "ada@example.com" not in sender.box.subscribed
    av("suppress", "ada@example.com", "--lift", "--reason", "a mistake", "--vault", sender.vault, now=NEXT_DAY)
    assert parts(sender.planned(now=NEXT_DAY))["people"] == (0, 1, 4)
    sender.applied(now=NEXT_DAY)
    assert "ada@example.com" in sender.box.subscribed


def test_forgetting_somebody_names_the_receiver(sender: Sender) -> None:
    sender.planned()
    sender.applied()
    told = sender_recipients(sender.vault, "ada@example.com")
    assert [one["destination"] for one in told] == ["mailbox"]
    av("subject", "erase", "ada@example.com", "--vault", sender.vault, "--yes", now=LATER)
    held = rows(sender.vault, "deliveries")
    assert len(held) == 6
    assert not any("ada@" in str(row) for row in held)
    erased = [row for row in held if row["point_key"].startswith("keyed:")]
    assert [(row["contact_id"], row["item_id"], row["digest"], row["outcome"]) for row in erased] == [
        (None, None, None, "accepted")
    ]
    # The others are known to be there still.
    assert parts(sender.planned(now=LATER)) == {"stopped": (0, 0, 1), "people": (0, 0, 4)}


def sender_recipients(vault: Path, address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = av_json("subject", "erase", address, "--vault", vault)["recipients"]
    return found


def test_a_vault_of_before_is_read_and_sent_from(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its deliveries lack the columns of pushes, its settings the receivers, and it has no pulls."""
    old = [name for name in DELIVERIES.names[:10] if name != "account"]
    narrow = pa.schema([DELIVERIES.field(name) for name in old], metadata={"table": "deliveries"})
    row = {"delivery_id": "d1", "at": moment("2026-11-19T12:00:00"), "destination": "mailbox", "contact_id": "c",
           "point_kind": "email", "point_key": "ada@example.com", "channel": "email", "status": "written"}  # fmt: skip
    with monkeypatch.context() as before:
        before.setitem(TABLES, "deliveries", narrow)
        before.setattr("audiencevault.vault.files.SCHEMA_VERSION", 2)
        with Vault.open(sender.vault).begin("export", moment("2026-11-19T12:00:00")) as txn:
            txn.append("deliveries", pa.Table.from_pylist([row], narrow))
            txn.commit()
    assert av_json("check", "--vault", sender.vault, "--read-data")["findings"] == []
    assert parts(sender.planned())["people"] == (5, 0, 0)
    sender.applied()
    assert parts(sender.planned())["people"] == (0, 0, 5)
    assert len(rows(sender.vault, "deliveries")) == 7
    assert av_json("check", "--vault", sender.vault, "--read-data")["findings"] == []
