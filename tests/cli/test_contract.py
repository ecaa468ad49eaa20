"""What scripts may rely on: documents, exit codes, streams."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from audiencevault.cli import context
from audiencevault.cli.main import COMMANDS
from audiencevault.vault import Vault
from tests.conftest import Story
from tests.pipeline.fake_receiver import ENVIRONMENT, Mailbox, connected, definition
from tests.pipeline.running import NOW, PEOPLE, ROOT, SPEC, av, av_json, day, shopify, table

REFERENCE = ROOT / "docs" / "reference" / "json.md"
ANSI = re.compile(r"\x1b\[|\x1b\]|\r(?!\n)")


def promised(row: str) -> list[str]:
    """The fields that the reference gives one document, outermost names only."""
    for line in REFERENCE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and cells[0] == row:
            outer = re.sub(r"\([^()]*\)", "", " ".join(cells[1:]))
            return [re.split(r"[\[{]", name)[0] for name in re.findall(r"`([^`]+)`", outer)]
    raise AssertionError(f"{row} is not in the reference")


def has(document: dict[str, Any], row: str, without: tuple[str, ...] = ()) -> None:
    missing = [name for name in promised(row) if name not in document and name not in without]
    assert missing == [], row
    assert document.get("schema", 1) == 1


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small vault, to be read."""
    root = tmp_path_factory.mktemp("small")
    av("import", table(root / "people.csv", PEOPLE), "--vault", root / "small.vault")
    return root / "small.vault"


@pytest.fixture
def people(small: Path, tmp_path: Path) -> Path:
    """A small vault, to be changed."""
    return Path(shutil.copytree(small, tmp_path / "small.vault", symlinks=True))


# The documents


def test_identify(story: Story, tmp_path: Path) -> None:
    document = av_json("identify", story.exports, tmp_path / "missing", expect=4)
    assert document["inputs"]
    for item in document["inputs"]:
        for name in (
            "path",
            "source",
            "layout",
            "account",
            "observed_at",
            "present",
            "absent",
            "not_understood",
            "notes",
        ):
            assert name in item
        assert ("problem" in item) is (item["source"] is None)
        assert item["path"], "a place for every line"
    unknown = [item for item in document["inputs"] if item["source"] is None]
    assert [item["path"] for item in unknown] == [str(tmp_path / "missing")]
    assert set(unknown[0]["problem"]) == {"path", "code", "message", "hint"}


def test_import(tmp_path: Path) -> None:
    document = av_json("import", table(tmp_path / "people.csv", PEOPLE), "--vault", tmp_path / "v")
    has(document, "`import`")
    assert set(document["contacts"]) == {"before", "after", "merged"}
    has(
        document["inputs"][0],
        "`import`: `inputs[]`",
        without=("imported", "unchanged", "failed", "problem", "rows = records + rejected + skipped"),
    )
    assert document["inputs"][0]["status"] == "imported"
    assert document["inputs"][0]["sha256"]


def test_migrate(story: Story) -> None:
    has(story.summary, "`migrate`", without=("import",))
    has(story.summary, "`import`")
    has(story.summary["status"], "`status`")
    has(story.summary["export"], "`export`", without=("path", "rows", "status", "channel", "note"))
    assert Path(story.summary["rejects"]).exists()
    assert story.summary["status"]["as_of"] == NOW


def test_status(story: Story) -> None:
    document = av_json("status", "--vault", story.vault)
    has(document, "`status`")
    wanted = story.summary["status"]
    assert {key: document[key] for key in wanted} == wanted
    assert sum(document["held_back"].values()) == document["contacts"] - document["reachable_any"]
    for channel, number in document["reachable"].items():
        assert sum(document["basis"][channel].values()) == number
        assert number + sum(document["held_back_by_channel"][channel].values()) == document["contacts"]
    assert document["last_import"] == NOW


def test_status_lists_files_and_rejects(story: Story) -> None:
    files = av_json("status", "--vault", story.vault, "--files")["files"]
    assert all(Path(path).is_file() for paths in files.values() for path in paths)
    assert files["contacts"]
    rejects = av_json("status", "--vault", story.vault, "--rejects")["rejects"]
    assert len(rejects) == sum(item["rejected"] for item in story.summary["inputs"])


def test_contacts(story: Story) -> None:
    document = av_json("contacts", "--vault", story.vault, "--limit", 3)
    has(document, "`contacts`")
    assert len(document["contacts"]) == 3
    assert (
        len(av_json("contacts", "--vault", story.vault, "--limit", 0)["contacts"]) == story.summary["contacts"]["after"]
    )


def test_contacts_can_be_searched_and_written_as_csv(people: Path) -> None:
    assert [row["first_name"] for row in av_json("contacts", "--vault", people, "--search", "IDA")["contacts"]] == [
        "Ida"
    ]
    lines = av("contacts", "--vault", people, "--csv").out.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("contact_id,")


@pytest.mark.parametrize("who", ["ida@example.com", "IDA@EXAMPLE.COM", "+12025550111", "id"])
def test_show(people: Path, who: str) -> None:
    ida = av_json("contacts", "--vault", people, "--search", "ida@")["contacts"][0]
    document = av_json("show", ida["contact_id"] if who == "id" else who, "--vault", people)
    has(document, "`show`")
    assert document["contact"]["contact_id"] == ida["contact_id"]
    assert document["records"][0]["locator"]
    assert {answer["channel"] for answer in document["consent"]} == {"email", "sms"}


def test_explain(story: Story) -> None:
    known = av_json("contacts", "--vault", story.vault, "--limit", 0)["contacts"]
    merged, other = [row["contact_id"] for row in known if row["record_count"] > 2][:2]
    document = av_json("explain", merged, "--vault", story.vault)
    has(document, "`explain`")
    assert document["same"]
    assert document["sentences"]
    assert document["evidence"]
    apart = av_json("explain", merged, other, "--vault", story.vault)
    assert not apart["same"]
    assert apart["sentences"]


def test_link_and_unlink(people: Path) -> None:
    joined = av_json("link", "ida@example.com", "bo@example.org", "--vault", people, "--by", "Marit")
    has(joined, "`link`, `unlink`")
    assert len(joined["contact_ids"]) == 1
    apart = av_json("unlink", "ida@example.com", "--vault", people, "--by", "Marit")
    has(apart, "`link`, `unlink`")
    assert len(apart["contact_ids"]) == 2


def test_review(story: Story, tmp_path: Path) -> None:
    document = av_json("review", "--vault", story.vault, "--limit", 3)
    has(document, "`review`")
    for question in document["questions"]:
        assert question["one"]["contact_id"] != question["two"]["contact_id"]
        has(question, "`review`: `questions[]`")
    has(av_json("review", "--vault", story.vault, "--to-csv", tmp_path / "q.csv"), "`review --to-csv`")
    shutil.copytree(story.vault, tmp_path / "v", symlinks=True)
    has(av_json("review", "--vault", tmp_path / "v", "--from-csv", tmp_path / "q.csv"), "`review --from-csv`")


def test_settings(people: Path) -> None:
    has(av_json("settings", "--vault", people), "`settings`", without=("snapshot",))
    changed = av_json("settings", "survivorship", "name=most_recent", "trust.vcard=9", "--vault", people)
    has(changed, "`settings`")
    assert changed["own"] == {"fields": {"name": ["most_recent"]}, "trust": {"vcard": 9}}
    assert Vault.open(people).settings.survivorship == changed["own"]


def test_consent(people: Path) -> None:
    document = av_json("consent", "ida@example.com", "--vault", people)
    has(document, "`consent`")
    assert all(answer["sentence"] for answer in document["consent"])


def test_prove(people: Path) -> None:
    document = av_json("prove", "ida@example.com", "--on", "2026-11-20", "--vault", people)
    has(document, "`prove`")
    assert document["chain_verified"] is True


def test_expiring(people: Path) -> None:
    has(av_json("expiring", "--within", "60d", "--vault", people), "`expiring`")


def test_suppress(tmp_path: Path) -> None:
    listed = table(tmp_path / "in" / "people.csv", PEOPLE)
    av("import", listed, "--vault", tmp_path / "v")
    has(av_json("suppress", "ida@example.com", "--vault", tmp_path / "v"), "`suppress`")
    document = av_json("suppressions", "--vault", tmp_path / "v")
    has(document, "`suppressions`")
    assert "ida@example.com" in {row["point"] for row in document["suppressions"]}
    lifted = av_json(
        "suppress", "--lift", "ida@example.com", "--reason", "a mistake", "--by", "Marit", "--vault", tmp_path / "v"
    )
    has(lifted, "`suppress --lift`")


def test_attest(tmp_path: Path) -> None:
    people = shopify(
        tmp_path, [{"id": "7001", "first": "Ida", "last": "Falk", "email": "ida@example.com"}], day("2026-11-10")
    )
    av("import", people, "--vault", tmp_path / "v")
    document = av_json(
        "attest", "shopify.customers", "--text", "Box at the till", "--by", "Marit", "--vault", tmp_path / "v"
    )
    has(document, "`attest`")
    assert document["reachable_before"] <= document["reachable_after"]
    assert document["reachable_after"] == av_json("status", "--vault", tmp_path / "v")["reachable"]["email"]


def test_export(people: Path, tmp_path: Path) -> None:
    document = av_json("export", "csv", "--vault", people, "--out", tmp_path / "out")
    has(document, "`export`", without=("path", "rows", "status", "channel", "note"))
    for item in document["written"]:
        assert set(item) >= {"path", "rows", "status", "channel", "note"}
        assert Path(item["path"]).is_file()


def test_destinations(tmp_path: Path) -> None:
    listed = av_json("destinations")["destinations"]
    assert {item["name"] for item in listed} >= {"mailchimp", "klaviyo", "shopify", "csv", "parquet"}
    for item in listed:
        assert set(promised("`destinations`")) - {"destinations"} <= set(item)
    shown = av_json("destinations", "show", "mailchimp")
    inside = {
        key for push in (shown["api"]["pushes"], shown["api"]["pulls"], shown["api"]["settings"]) for key in push[0]
    }
    inside |= set(shown["api"]) | set(shown["api"]["secrets"][0])
    has(shown, "`destinations show`", without=tuple(inside))
    has(av_json("destinations", "new", "mine", "-o", tmp_path), "`destinations new`")
    has(av_json("destinations", "test", tmp_path / "mine.toml"), "`destinations test`")


def test_pull_and_push(people: Path, tmp_path: Path) -> None:
    box = Mailbox(left={"ida@example.com": (None, "unsubscribed")})
    usual = ("--set", "list_id=l1", "--vault", people, "--definitions", definition(tmp_path / "defs"))
    plan = tmp_path / "p.json"
    with connected(box):
        pulled = av_json("pull", "mailbox", *usual, variables=ENVIRONMENT)
        has(pulled, "`pull`")
        assert pulled["added"] == 1
        planned = av_json("push", "mailbox", "-o", plan, *usual, variables=ENVIRONMENT)
        inner = ("by", "at", "source", "limit", "only", "everything", "pull", "import", "nothing", "null", "told")
        has(planned, "`push`", without=inner)
        for part in planned["parts"]:
            has(part, "`push`: `parts[]`")
        assert json.loads(plan.read_text(encoding="utf-8"))["digest"] == planned["digest"]
        done = av_json("push", "mailbox", "--apply", plan, *usual[2:], variables=ENVIRONMENT)
    has(done, "`push --apply`")
    assert done["sent"] == sum(part["items"] for part in planned["parts"])


def test_secrets() -> None:
    document = av_json("secrets", "list", "mailchimp", variables={"AUDIENCEVAULT_MAILCHIMP_API_KEY": "a-secret-us1"})
    assert document["secrets"] == [
        {"destination": "mailchimp", "secret": "api_key", "found": "environment",
         "variable": "AUDIENCEVAULT_MAILCHIMP_API_KEY", "say": document["secrets"][0]["say"]}
    ]  # fmt: skip
    assert set(promised("`secrets list`")) - {"environment", "keyring"} <= {*document, *document["secrets"][0]}


def test_drill(story: Story) -> None:
    document = av_json("drill", "--down", "meta", "--vault", story.vault)
    has(document, "`drill`")
    assert document["people"] == document["reachable_any"] + document["platform_only"] + document["by_nothing"]
    assert sum(document["held_back"].values()) == document["people"] - document["reachable_any"]
    assert document["written"] == []


def test_winover(story: Story) -> None:
    document = av_json("winover", "--vault", story.vault, "--limit", 1)
    has(document, "`winover`")
    assert len(document["winover"]) == 1


def test_load(people: Path, tmp_path: Path) -> None:
    document = av_json("load", f"duckdb:///{tmp_path / 'a.duckdb'}", "--vault", people)
    has(document, "`load`", without=("name", "inserted", "updated", "deleted", "unchanged"))
    assert {row["name"]: row["inserted"] for row in document["tables"]}["contacts"] == 3


def test_backup_and_restore(people: Path, tmp_path: Path) -> None:
    has(av_json("backup", tmp_path / "b", "--vault", people), "`backup`, `restore`")
    has(av_json("restore", tmp_path / "b", "--to", tmp_path / "again"), "`backup`, `restore`")


def test_check(people: Path) -> None:
    document = av_json("check", "--vault", people, "--read-data")
    has(document, "`check`")
    assert document["whole"] is True
    assert document["findings"] == []


def test_gc(people: Path) -> None:
    av("import", table(people.parent / "more.csv", PEOPLE.replace("ida", "eva")), "--vault", people)
    has(av_json("gc", "--vault", people, "--keep", 1), "`gc`")
    assert av_json("check", "--vault", people, "--read-data")["findings"] == []


def test_schedule(people: Path, tmp_path: Path) -> None:
    document = av_json("schedule", tmp_path / "inbox", "--vault", people, "--to", tmp_path / "b")
    has(document, "`schedule`")
    for text in document.values():
        assert text
    assert str(tmp_path / "inbox") in document["cron"]


def test_init_and_rebuild(tmp_path: Path) -> None:
    document = av_json("init", "--vault", tmp_path / "v", "--region", "de", "--controller", "wick")
    assert document["snapshot"] == 0
    settings = Vault.open(tmp_path / "v").settings
    assert (settings.region, settings.controllers) == ("DE", ("wick",))
    assert av_json("rebuild", "--vault", tmp_path / "v")["changed"] is False


def test_keys(story_vault: Path) -> None:
    document = av_json("keys", "show", "--vault", story_vault)["key"]
    assert document["where"] == "AUDIENCEVAULT_KEY"
    assert document["version"] == 1
    assert len(document["fingerprint"]) == 16
    assert document["new"] is False


def test_subject(story_vault: Path) -> None:
    plan = av_json("subject", "erase", "anke.thooft@example.net", "--vault", story_vault)
    later = ("snapshot", "snapshots_rewritten", "files_rewritten", "files_removed", "events", "tombstones")
    has(plan, "`subject erase`", (*later, "still_mentioned_in"))
    assert plan["done"] is False
    assert plan["points"] == {"account": 1, "email": 1}
    done = av_json("subject", "erase", "anke.thooft@example.net", "--yes", "--vault", story_vault)
    assert done["done"] is True
    has(done, "`subject erase`")
    assert done["tombstones"] == 2
    assert done["still_mentioned_in"] == []


def test_dedupe(tmp_path: Path) -> None:
    people = table(tmp_path / "people.csv", "Name,Email\nEva Lund,eva@example.com\nE. Lund,EVA@example.com\n")
    document = av_json("dedupe", people, "-o", tmp_path / "out.csv")
    has(document, "`dedupe`", without=("row", "code", "sentence"))
    assert (document["rows"], document["contacts"]) == (2, 1)


def test_every_command_was_asked_for_json() -> None:
    """A new command needs its document above."""
    here = Path(__file__).read_text(encoding="utf-8")
    asked = re.findall(r'av_json\(\s*"([a-z]+)"', here)
    assert set(COMMANDS) - set(asked) == {"migrate"}, "whose document the story keeps"


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_is_explained_and_takes_json(command: str) -> None:
    text = av(command, "--help").out
    below = re.findall(r"^  ([a-z-]+)  ", text.partition("Commands:")[2], re.MULTILINE)
    for page in [av(command, name, "--help").out for name in below] or [text]:
        assert "--json" in page
        assert not ANSI.search(page)


# Exit codes: 0 is everywhere above


def code_of(*arguments: object, code: int, word: str) -> dict[str, str]:
    """The same failure as JSON and as prose."""
    document = av(*arguments, "--json", expect=code)
    assert document.err.strip() == ""
    error: dict[str, str] = document.json["error"]
    assert set(error) == {"code", "message", "hint"}
    assert error["code"] == word
    prose = av(*arguments, expect=code)
    assert prose.out == ""
    assert error["message"].splitlines()[0] in prose.err.replace("Error: ", "")
    return error


def test_2_usage(tmp_path: Path, people: Path) -> None:
    code_of("contacts", "--vault", people, "--limitt", 3, code=2, word="usage")
    code_of("contacts", "--vault", people, "--limit", -1, code=2, word="usage")
    code_of("imprt", code=2, word="usage")
    code_of("import", tmp_path, "--vault", people, "--region", "Germany", code=2, word="usage")
    code_of("import", tmp_path, "--vault", people, "--source", "myspace", code=2, word="usage")
    code_of("status", "--vault", people, "--as-of", "yesterday", code=2, word="usage")
    code_of("export", "mailchump", "--vault", people, "--out", tmp_path / "o", code=2, word="usage")
    code_of("show", "nobody@example.com", "--vault", people, code=2, word="usage")
    code_of("load", "carrier-pigeon://x", "--vault", people, code=2, word="usage")
    code_of("init", "--vault", people, code=2, word="usage")
    code_of("import", tmp_path, "--vault", people, "--encoding", "klingon", code=2, word="usage")


def test_3_something_was_left_out(tmp_path: Path) -> None:
    good = table(tmp_path / "people.csv", PEOPLE)
    empty = table(tmp_path / "empty.csv", "")
    document = av_json("import", good, empty, "--vault", tmp_path / "v", expect=3)
    assert [item["status"] for item in document["inputs"]] == ["imported"]
    assert [problem["code"] for problem in document["problems"]] == ["unreadable"]


def test_4_nothing_was_recognised(tmp_path: Path) -> None:
    document = av_json("import", tmp_path / "nowhere", "--vault", tmp_path / "v", expect=4)
    assert document["problems"][0]["message"] == f"{tmp_path / 'nowhere'} does not exist."
    assert av("import", tmp_path / "nowhere", "--vault", tmp_path / "v", expect=4).out
    av("identify", tmp_path / "nowhere", expect=4)


def test_5_a_spec_is_wrong(tmp_path: Path) -> None:
    spec = table(tmp_path / "mine.toml", 'colour = "red"\n' + SPEC)
    error = code_of(
        "import",
        table(tmp_path / "people.csv", PEOPLE),
        "--vault",
        tmp_path / "v",
        "--spec",
        spec,
        code=5,
        word="bad_definition",
    )
    assert "mine.toml" in error["message"]
    assert "colour" in error["message"]


def test_10_no_vault(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    code_of("status", "--vault", nowhere, code=10, word="vault_not_found")
    code_of("contacts", "--vault", nowhere, code=10, word="vault_not_found")
    code_of("backup", tmp_path / "b", "--vault", nowhere, code=10, word="vault_not_found")
    code_of("export", "csv", "--vault", nowhere, "--out", tmp_path / "o", code=10, word="vault_not_found")
    code_of("load", f"duckdb:///{tmp_path / 'a.duckdb'}", "--vault", nowhere, code=10, word="vault_not_found")
    assert not nowhere.exists()
    assert not (tmp_path / "b").exists()
    assert not (tmp_path / "a.duckdb").exists()


def test_11_somebody_else_is_writing(people: Path, tmp_path: Path) -> None:
    other = table(tmp_path / "other.csv", PEOPLE.replace("ida", "eva"))
    with Vault.open(people).begin("import", context.moment(NOW, "now")):
        code_of("import", other, "--vault", people, code=11, word="vault_locked")
        assert av_json("status", "--vault", people)["contacts"] == 3, "readers do not wait"
    av("import", other, "--vault", people)


def test_12_the_vault_is_damaged(people: Path) -> None:
    damaged = Path(av_json("status", "--vault", people, "--files")["files"]["contacts"][0])
    damaged.chmod(0o644)
    octets = bytearray(damaged.read_bytes())
    octets[len(octets) // 2] ^= 1
    damaged.write_bytes(octets)
    document = av_json("check", "--vault", people, "--read-data", expect=12)
    assert document["whole"] is False
    assert [finding["severity"] for finding in document["findings"]] == ["error"]
    damaged.unlink()
    av("check", "--vault", people, expect=12)
    code_of("contacts", "--vault", people, code=12, word="vault_damaged")


def test_13_the_vault_is_too_new(people: Path) -> None:
    settings = people / "vault.json"
    document = json.loads(settings.read_text(encoding="utf-8"))
    number = next(key for key, value in document.items() if isinstance(value, int))
    settings.write_text(json.dumps({**document, number: 99}), encoding="utf-8")
    code_of("status", "--vault", people, code=13, word="vault_too_new")
    code_of("import", people / "x.csv", "--vault", people, code=13, word="vault_too_new")


def test_20_consent_settings(people: Path) -> None:
    code_of("status", "--vault", people, "--policy", "anything_goes", code=20, word="consent_config")
    code_of("attest", "myspace.friends", "--text", "x", "--vault", people, code=20, word="consent_config")
    code_of(
        "attest",
        "table.generic",
        "--text",
        "x",
        "--channel",
        "pigeon",
        "--vault",
        people,
        code=20,
        word="consent_config",
    )


def test_30_the_receiver_refuses_the_key(people: Path, tmp_path: Path) -> None:
    with connected(Mailbox(key_refused=True)):
        refused = av_json(
            "pull", "mailbox", "--set", "list_id=l1", "--vault", people, "--definitions", definition(tmp_path / "d"),
            expect=30, variables=ENVIRONMENT,
        )  # fmt: skip
    assert refused["error"]["code"] == "credentials_refused"


def test_130_interrupted(people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audiencevault import pipeline

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "summarise", interrupt)
    code_of("status", "--vault", people, code=130, word="interrupted")


def test_1_a_bug_names_its_place_and_nobody(people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audiencevault import pipeline

    def stumble(*_: object, **__: object) -> None:
        raise ValueError("ida@example.com")

    monkeypatch.setattr(pipeline, "summarise", stumble)
    error = code_of("status", "--vault", people, code=1, word="unexpected")
    assert "(ValueError at cli/status.py:" in error["message"]
    assert "ida" not in error["message"]


def test_every_promised_code_is_tested() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    codes = re.findall(r"^\| ([\d, ]+) \|", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)
    numbers = {int(number) for cell in codes for number in cell.split(",")}
    receivers = {30, 31, 32}
    assert {n for n in numbers - receivers - {0} if f"def test_{n}_" not in here} == set()


# Streams


def test_piped_output_is_plain(people: Path, tmp_path: Path) -> None:
    """As a script meets it: a process of its own, its streams in pipes, and colours asked for by nobody."""
    environment = {
        "PATH": os.environ["PATH"],
        "AUDIENCEVAULT_NOW": NOW,
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
    }
    command = [sys.executable, "-W", "error", "-m", "audiencevault"]
    done = subprocess.run([*command, "status", "--vault", people], capture_output=True, env=environment, check=False)
    assert done.returncode == 0
    assert done.stderr == b""
    text = done.stdout.decode("utf-8")
    assert "Whom you may write to" in text
    assert not ANSI.search(text)
    failed = subprocess.run(
        [*command, "status", "--vault", tmp_path], capture_output=True, env=environment, check=False
    )
    assert failed.returncode == 10
    assert failed.stdout == b""
    assert b"\x1b" not in failed.stderr


def test_the_screen_of_a_migration(story: Story, tmp_path: Path) -> None:
    vault = Path(shutil.copytree(story.vault, tmp_path / "v", symlinks=True))
    screen = av(
        "migrate", story.exports, "--into", vault, "--to", "mailchimp", "--region", "US", "--out", tmp_path / "o"
    ).out
    assert not ANSI.search(screen)
    for heading in (
        "What was read",
        "Your people",
        "Whom you may write to",
        "Held back",
        "What would make more",
        "Files for",
    ):
        assert heading in screen
    assert "@" not in screen, "nobody is named on a screen that people show to others"


def test_a_vault_may_be_named_by_the_environment(people: Path) -> None:
    environment = {**os.environ, "AUDIENCEVAULT_NOW": NOW, "AUDIENCEVAULT_VAULT": str(people), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "audiencevault", "status", "--json"], capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["as_of"] == NOW
