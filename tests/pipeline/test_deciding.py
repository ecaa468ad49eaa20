"""Decisions of people: obeyed at once, for ever, and taken back to the last byte."""

from __future__ import annotations

import csv
import dataclasses
import io
import shutil
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pytest

from audiencevault import resolution
from audiencevault.engine import Engine
from audiencevault.pipeline import Questions, Session, consequences, summarise
from audiencevault.pipeline.asking import relations
from audiencevault.records import LINKS
from audiencevault.resolution import Resolution
from audiencevault.vault import Vault
from tests.pipeline.running import av, av_json, day, files_of, instagram, rows, shopify, table

HEADER = "Email,First Name,Last Name,Phone,City,Birthday\n"
IDA = "ida@example.com,Ida,Falk,+1 202-555-0111,Portland,\n"
FALK = "i.falk@example.org,I,Falk,+1 202-555-0112,Portland,\n"
BO = "bo@example.org,Bo,Berg,,Portland,\n"
DERIVED = ("members", "contacts", "links")


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three people, of one record each; to be read."""
    root = tmp_path_factory.mktemp("three")
    av("import", table(root / "people.csv", HEADER + IDA + FALK + BO), "--vault", root / "v")
    return root / "v"


@pytest.fixture
def vault(three: Path, tmp_path: Path) -> Path:
    """Three people, of one record each; to be changed."""
    return Path(shutil.copytree(three, tmp_path / "v", symlinks=True))


@pytest.fixture(scope="module")
def linked(three: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The same, with two of them linked, and what `link` said; to be read."""
    vault = Path(shutil.copytree(three, tmp_path_factory.mktemp("linked") / "v", symlinks=True))
    return vault, link(vault, "ida@example.com", "i.falk@example.org")


def people(vault: Path) -> dict[str, str]:
    """Contact id by the e-mail address of each record."""
    contact = {row["record_id"]: row["contact_id"] for row in rows(vault, "members")}
    return {
        row["point"]: contact[row["record_id"]]
        for row in rows(vault, "contact_points")
        if row["point_kind"] == "email" and row["record_id"] in contact
    }


def record_of(vault: Path, address: str) -> str:
    return next(str(row["record_id"]) for row in rows(vault, "contact_points") if row["point"] == address)


def derived(vault: Path) -> dict[str, list[str]]:
    """The files of what is derived; their names are their contents' hashes."""
    return {name: names for name, names in files_of(vault).items() if name in DERIVED}


def link(vault: Path, *arguments: object, **options: Any) -> dict[str, Any]:
    return av_json("link", *arguments, "--vault", vault, "--by", "marit", **options)


def unlink(vault: Path, *arguments: object, **options: Any) -> dict[str, Any]:
    return av_json("unlink", *arguments, "--vault", vault, "--by", "marit", **options)


def test_link_joins_at_once_and_names_who_decided(vault: Path) -> None:
    before = people(vault)
    done = link(vault, "ida@example.com", "i.falk@example.org")
    after = people(vault)
    assert after["ida@example.com"] == after["i.falk@example.org"] == done["contact_ids"][0]
    assert after["ida@example.com"] in {before["ida@example.com"], before["i.falk@example.org"]}
    assert after["bo@example.org"] == before["bo@example.org"]
    assert done["contacts"] == {"before": 3, "after": 2}
    (decision,) = rows(vault, "decisions")
    assert (decision["verdict"], decision["decided_by"], decision["supersedes"]) == ("same", "marit", None)
    answer = av_json("explain", "ida@example.com", "--vault", vault)
    assert answer["sentences"] == ["On 2026-11-21 marit decided that two records of a table (generic) hold one person."]
    assert av_json("check", "--vault", vault, "--read-data")["findings"] == []


@pytest.mark.parametrize("how", ["point", "absorbed", "the other way round", "nothing", "record"])
def test_unlink_restores_what_was_before_to_the_last_byte(
    three: Path, linked: tuple[Path, dict[str, Any]], tmp_path: Path, how: str
) -> None:
    before, ids = derived(three), people(three)
    vault, joined = Path(shutil.copytree(linked[0], tmp_path / "v", symlinks=True)), linked[1]
    assert derived(vault) != before
    (survivor,) = joined["contact_ids"]
    gone = ({ids["ida@example.com"], ids["i.falk@example.org"]} - {survivor}).pop()
    named = {
        "point": ["ida@example.com", "i.falk@example.org"],
        "absorbed": [survivor, gone],
        "the other way round": [gone, survivor],
        "nothing": ["ida@example.com"],
        "record": [survivor, record_of(vault, "i.falk@example.org")],
    }[how]
    if how == "absorbed":
        why = av_json("explain", survivor, gone, "--vault", vault)
        assert (why["same"], why["reason"], len(why["sentences"])) == (True, "links", 1)
    done = unlink(vault, *named, now="2026-11-22T09:00:00+00:00")
    assert sorted(done["contact_ids"]) == sorted([ids["ida@example.com"], ids["i.falk@example.org"]])
    assert derived(vault) == before
    events = [(row["event"], row["contact_id"]) for row in rows(vault, "identity_log") if row["event"] != "minted"]
    assert events == [("merged_into", gone), ("split_from", gone)]


def test_again_and_again(three: Path, linked: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """In one moment too: the clock stands still."""
    before, joined = derived(three), derived(linked[0])
    vault = Path(shutil.copytree(linked[0], tmp_path / "v", symlinks=True))
    unlink(vault, "ida@example.com")
    assert derived(vault) == before
    link(vault, "ida@example.com", "i.falk@example.org", "--overrule")
    assert derived(vault) == joined
    ids = [row["decision_id"] for row in rows(vault, "decisions")]
    assert len(ids) == len(set(ids)) == 3
    assert av_json("check", "--vault", vault)["findings"] == []


def test_a_merge_of_the_resolver_is_undone_too(tmp_path: Path) -> None:
    vault = tmp_path / "v"
    customer = {"id": "7001", "first": "Ida", "last": "Falk", "email": "ida@example.com", "phone": "+12025550111"}
    shopify(tmp_path / "shop", [customer], day("2026-11-10"))
    lists = table(
        tmp_path / "people.csv", HEADER + "ida@example.com,Ida,Falk,,,\nida.f@example.org,Ida,Falk,+12025550111,,\n"
    )
    av("import", tmp_path / "shop", lists, "--vault", vault)
    assert len(rows(vault, "contacts")) == 1, "two of them have nothing in common but the third"
    # Three records, and nothing says whose which is.
    assert "3 records" in av_json("unlink", "ida@example.com", "--vault", vault, expect=2)["error"]["message"]
    done = unlink(vault, "ida@example.com", "ida.f@example.org")
    assert len(done["contact_ids"]) == 2
    ours = people(vault)
    assert ours["ida@example.com"] != ours["ida.f@example.org"]
    answer = av_json("explain", "ida@example.com", "ida.f@example.org", "--vault", vault)
    assert (answer["same"], answer["reason"]) == (False, "decision")
    # Nor does a later import or a rebuild bring them together again.
    more = table(tmp_path / "more.csv", HEADER + "third@example.org,Ida,Falk,+12025550111,,\n")
    av("import", more, "--vault", vault)
    av("rebuild", "--vault", vault)
    ours = people(vault)
    assert ours["ida@example.com"] != ours["ida.f@example.org"]
    link(vault, "ida@example.com", "ida.f@example.org", "--overrule")
    ours = people(vault)
    assert ours["ida@example.com"] == ours["ida.f@example.org"] == ours["third@example.org"]


def test_link_says_so_where_a_decision_is_in_the_way(vault: Path) -> None:
    unlink(vault, "ida@example.com", "i.falk@example.org")
    assert len(rows(vault, "contacts")) == 3
    before = derived(vault)
    error = av_json("link", "ida@example.com", "i.falk@example.org", "--vault", vault, expect=2)["error"]
    assert error["message"] == "On 2026-11-21 marit decided that these are different people."
    assert "--overrule" in error["hint"]
    assert derived(vault) == before
    assert link(vault, "ida@example.com", "i.falk@example.org", "--overrule")["contacts"]["after"] == 2


def test_two_people_can_be_kept_apart_before_anything_joins_them(vault: Path, tmp_path: Path) -> None:
    done = unlink(vault, "ida@example.com", "i.falk@example.org")
    assert "already" in done["sentence"]
    bridge = "ida@example.com,Ida,Falk,+1 202-555-0112,,\n"
    av("import", table(tmp_path / "more.csv", HEADER + bridge), "--vault", vault)
    ours = people(vault)
    assert ours["ida@example.com"] != ours["i.falk@example.org"]


def test_a_link_holds_against_what_contradicts(tmp_path: Path) -> None:
    vault = tmp_path / "v"
    text = HEADER + "ida@example.com,Ida,Falk,,,1990-05-17\n" + "other@example.org,Nils,Sund,,,1961-11-02\n"
    av("import", table(tmp_path / "people.csv", text), "--vault", vault)
    link(vault, "ida@example.com", "other@example.org")
    more = HEADER + "ida@example.com,Ida,Falk,,,1990-05-17\n" + "other@example.org,Nils,Sund,,,1961-11-02\n"
    av("import", table(tmp_path / "b" / "more.csv", more), "--vault", vault)
    av("rebuild", "--vault", vault)
    ours = people(vault)
    assert ours["ida@example.com"] == ours["other@example.org"]


def test_what_cannot_be_taken_apart_or_joined(vault: Path) -> None:
    def refused(*arguments: object) -> str:
        return str(av_json(*arguments, "--vault", vault, expect=2)["error"]["message"])

    before = derived(vault)
    assert "nothing was joined" in refused("unlink", "bo@example.org")
    assert "nothing to link" in refused("link", "bo@example.org", "bo@example.org")
    assert "Nobody" in refused("link", "bo@example.org", "nobody@example.org")
    assert "nobody@" not in refused("link", "bo@example.org", "nobody@example.org")
    assert "one contact" in refused("unlink", "bo@example.org", "ida@example.com", "i.falk@example.org")
    link(vault, "ida@example.com", "i.falk@example.org")
    assert "leave nobody" in refused("unlink", "bo@example.org", "bo@example.org")
    unlink(vault, "ida@example.com")
    assert derived(vault) == before


def test_a_dead_session_is_made_up_for(vault: Path) -> None:
    from audiencevault.pipeline import deciding
    from audiencevault.resolution import decisions as words

    opened = Vault.open(vault)
    pair = words.pair_of(record_of(vault, "ida@example.com"), record_of(vault, "i.falk@example.org"))
    said = words.Book(None).say([pair], "same", at=day("2026-11-20"), by="marit")
    deciding.record(opened, said, now=day("2026-11-20"), command=deciding.ANSWERS)
    assert deciding.pending(opened)
    assert len(rows(vault, "contacts")) == 3
    av("review", "--vault", vault)
    assert len(rows(vault, "contacts")) == 2
    assert not deciding.pending(opened)


# Review


RESOLVE = resolution.run


def uncertain(engine: Engine, features: Any, **options: Any) -> Resolution:
    """The resolver, and its doubts about followers whose handle is a customer's name: which links are uncertain is
    for scoring to say, and not what these tests are about.
    """
    found = RESOLVE(engine, features, **options)
    named = engine.collect("SELECT record_id, display_name, account_keys FROM match_features").to_pylist()
    contact = {row["record_id"]: row["contact_id"] for row in found.members.to_pylist()}
    customers = {row["display_name"].replace(" ", "").lower(): row["record_id"] for row in named if row["display_name"]}
    doubts = []
    for row in named:
        for account in row["account_keys"]:
            handle = account.partition(":")[2]
            other = customers.get(handle)
            if other is not None and contact[other] != contact[row["record_id"]]:
                a, b = sorted((other, row["record_id"]))
                doubts.append({"record_a": a, "record_b": b, "rule": "handle", "score": 3.0, "accepted": False,
                               "evidence": [("handle", "yes")]})  # fmt: skip
    known = [row for row in found.links.to_pylist() if row["accepted"]]
    return dataclasses.replace(found, links=pa.Table.from_pylist([*known, *doubts], schema=LINKS))


@pytest.fixture
def doubtful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolution, "run", uncertain)


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four customers, and followers who may be three of them."""
    root = tmp_path_factory.mktemp("asking")
    customers = [
        {"id": "1", "first": "Greta", "last": "Lund", "email": "one@example.com", "spent": "900.00"},
        {"id": "2", "first": "Diaz", "last": "Omar", "email": "two@example.com", "spent": "90.00"},
        {"id": "3", "first": "Roth", "last": "Zoe", "email": "three@example.com", "spent": "9.00"},
        {"id": "4", "first": "Bo", "last": "Berg", "email": "bo@example.org"},
    ]
    shopify(root / "shop", customers, day("2026-11-10"))
    instagram(
        root / "ig", day("2026-11-11"), followers=dict.fromkeys(("gretalund", "diazomar", "rothzoe"), 1_700_000_000)
    )
    with mock.patch.object(resolution, "run", uncertain):
        av("import", root / "shop", root / "ig", "--vault", root / "v")
    return root / "v"


@pytest.fixture
def open_(asking: Path, tmp_path: Path, doubtful: None) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(asking, tmp_path / "v", symlinks=True))


def keys(vault: Path, letters: str, *arguments: object) -> str:
    """The screen of a session that is not on a terminal: a letter a line."""
    with mock.patch("sys.stdin", io.StringIO("".join(f"{letter}\n" for letter in letters))):
        return av("review", "--vault", vault, "--by", "marit", *arguments).out


def asked(vault: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = av_json("review", "--vault", vault, "--limit", 0)["questions"]
    return found


def test_the_questions_as_a_document(asking: Path) -> None:
    document = av_json("review", "--vault", asking, "--limit", 2)
    assert document["open"] == 3
    first, second = document["questions"]
    names = [{side["display_name"] for side in (row["one"], row["two"])} for row in (first, second)]
    assert names == [{None, "Greta Lund"}, {None, "Diaz Omar"}], "whoever spent most comes first"
    assert (first["rank"], first["unsure"]) == (1, False)
    assert first["value"] > second["value"]
    assert "gretalund" in first["sentence"]
    assert first["comparisons"]
    assert {side["record_ids"][0] for side in (first["one"], first["two"])} == {first["record_a"], first["record_b"]}
    assert set(first["consent"]["channels"]) == {"email", "sms"}


def test_a_session(open_: Path) -> None:
    screen = keys(open_, "sdx")
    assert screen.count("Question 1 of 3") == screen.count("Question 2 of 3") == 1
    assert "One of the letters" in screen
    assert "1 same, 1 different, 0 skipped; 1 questions are left." in screen
    assert "7 people before, 6 now." in screen
    assert [row["two"]["display_name"] or row["one"]["display_name"] for row in asked(open_)] == ["Roth Zoe"]
    assert {row["verdict"] for row in rows(open_, "decisions")} == {"same", "different"}
    assert keys(open_, "q").count("are these one person?") == 1


def test_undo_goes_back_to_the_question_and_leaves_no_trace(open_: Path) -> None:
    before = derived(open_)
    screen = keys(open_, "sduuuq")
    assert "There is nothing to undo in this session" in screen
    assert screen.count("Question 1 of 3") == 3
    assert rows(open_, "decisions") == []
    assert derived(open_) == before


def test_undo_of_what_was_saved_is_a_row_of_its_own(open_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audiencevault.pipeline.reviewing.SAVE_EVERY", 1)
    before = derived(open_)
    keys(open_, "suq")
    assert [row["verdict"] for row in rows(open_, "decisions")] == ["same", "withdrawn"]
    assert derived(open_) == before
    assert len(asked(open_)) == 3


def test_whoever_was_skipped_comes_last(open_: Path) -> None:
    first = asked(open_)[0]
    assert "1 skipped" in keys(open_, "kq")
    after = asked(open_)
    assert (after[-1]["record_a"], after[-1]["unsure"]) == (first["record_a"], True)
    assert len(rows(open_, "contacts")) == 7
    assert "2 same" not in keys(open_, "q")


def test_a_broken_off_session_is_obeyed(open_: Path) -> None:
    with mock.patch("sys.stdin") as stdin:
        stdin.isatty.return_value = False
        stdin.readline.side_effect = ["s\n", KeyboardInterrupt]
        screen = av("review", "--vault", open_).out
    assert "1 same" in screen
    assert len(rows(open_, "contacts")) == 6


def test_answers_imply_others(open_: Path) -> None:
    questions = Questions(Vault.open(open_), as_of=day("2026-11-21"))
    session = Session(Vault.open(open_), by="marit")
    one, two = questions[0], questions[1]
    bridge = dataclasses.replace(one, one=one.one, two=two.two)
    session.answer(one, "same", now=day("2026-11-21"))
    assert session.implied(one) == "same"
    assert session.implied(bridge) is None
    session.answer(bridge, "different", now=day("2026-11-21"))
    other = dataclasses.replace(one, one=one.two, two=two.two)
    assert session.implied(other) == "different"
    session.undo(now=day("2026-11-21"))
    assert session.implied(other) is None


def sheet(vault: Path, path: Path) -> list[dict[str, str]]:
    document = av_json("review", "--vault", vault, "--to-csv", path)
    assert document == {"schema": 1, "path": str(path), "written": 3, "open": 3}
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def written(path: Path, answered: list[dict[str, str]], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, answered[0].keys(), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(answered)
    return path


def test_the_questions_go_to_a_spreadsheet_and_come_back(open_: Path, tmp_path: Path) -> None:
    questions = sheet(open_, tmp_path / "q.csv")
    assert [row["verdict"] for row in questions] == ["", "", ""]
    assert {questions[0]["one_name"], questions[0]["two_name"]} == {"", "Greta Lund"}
    questions[0]["verdict"], questions[1]["verdict"] = " Same ", "different"
    # As a spreadsheet in a country of decimal commas saves it.
    path = written(tmp_path / "answers.csv", questions, ";")
    done = av_json("review", "--vault", open_, "--from-csv", path, "--by", "marit")
    assert (done["rows"], done["same"], done["different"], done["blank"], done["bad"]) == (3, 1, 1, 1, [])
    assert done["contacts"] == {"before": 7, "after": 6}
    assert len(asked(open_)) == 1
    # The same file again says nothing new.
    files = files_of(open_)
    again = av_json("review", "--vault", open_, "--from-csv", path, "--by", "marit")
    assert (again["same"], again["decisions"], again["bad"]) == (1, 0, [])
    assert files_of(open_) == files


def test_bad_rows_are_listed_and_the_others_count(open_: Path, tmp_path: Path) -> None:
    questions = sheet(open_, tmp_path / "q.csv")
    first, second, third = questions
    answers = [
        {**first, "verdict": "same"}, {**first, "verdict": "different"}, {**second, "verdict": "perhaps"},
        {**second, "verdict": "same", "record_a": "0" * 32}, {**third, "verdict": "same", "record_b": ""},
        {**third, "verdict": "same", "record_b": third["record_a"]},
    ]  # fmt: skip
    done = av_json("review", "--vault", open_, "--from-csv", written(tmp_path / "a.csv", answers), expect=3)
    assert [item["row"] for item in done["bad"]] == [3, 4, 5, 6, 7]
    assert "opposite of row 2" in done["bad"][0]["sentence"]
    assert done["same"] == 1
    assert len(rows(open_, "contacts")) == 6
    prose = av("review", "--vault", open_, "--from-csv", tmp_path / "a.csv", expect=3).out
    assert "row 4: The verdict must be 'same', 'different' or empty." in prose


def test_a_sheet_does_not_overrule_by_itself(open_: Path, tmp_path: Path) -> None:
    questions = sheet(open_, tmp_path / "q.csv")
    yes = written(tmp_path / "yes.csv", [{**questions[0], "verdict": "same"}])
    no = written(tmp_path / "no.csv", [{**questions[0], "verdict": "different"}])
    before = derived(open_)
    av_json("review", "--vault", open_, "--from-csv", yes)
    done = av_json("review", "--vault", open_, "--from-csv", no, expect=3)
    assert "--overrule" in done["bad"][0]["sentence"]
    av_json("review", "--vault", open_, "--from-csv", no, "--overrule")
    assert derived(open_)["members"] == before["members"]
    assert derived(open_)["contacts"] == before["contacts"]


def test_a_sheet_in_the_way_or_none_at_all(open_: Path, tmp_path: Path) -> None:
    sheet(open_, tmp_path / "q.csv")
    av("review", "--vault", open_, "--to-csv", tmp_path / "q.csv", expect=2)
    av("review", "--vault", open_, "--to-csv", tmp_path / "q.csv", "--force")
    av("review", "--vault", open_, "--to-csv", open_ / "q.csv", expect=2)
    av("review", "--vault", open_, "--from-csv", tmp_path / "missing.csv", expect=4)
    av("review", "--vault", open_, "--from-csv", table(tmp_path / "other.csv", "a,b\n1,2\n"), expect=4)
    av("review", "--vault", open_, "--from-csv", tmp_path / "q.csv", "--to-csv", tmp_path / "r.csv", expect=2)


def test_joining_can_only_restrict_and_the_question_says_how(tmp_path: Path) -> None:
    """A customer in the USA and one in Germany: joined, German rules hold for both."""
    vault = tmp_path / "v"
    people = [
        {"id": "1", "first": "Greta", "last": "Lund", "email": "greta.lund@example.com", "country": "US"},
        {"id": "2", "first": "Ada", "last": "Holm", "email": "ada@example.org", "country": "DE"},
    ]
    shopify(tmp_path / "shop", people, day("2026-11-10"))
    av("import", tmp_path / "shop", "--vault", vault)
    opened = Vault.open(vault)
    ids = sorted(row["contact_id"] for row in rows(vault, "contacts"))
    assert len(ids) == 2
    with relations(opened.head()) as engine:
        (effect,) = consequences.of_joining(
            engine, [(ids[0], ids[1])], as_of=day("2026-11-21"), policy="auto", controller_id="main"
        )
    before = effect["channels"]["email"]["before"]
    assert len(before) == 1, "the customer in the USA"
    assert effect["channels"]["email"]["after"] is False
    assert effect["restricts"]
    assert effect["sentence"] == "Joined, you could no longer write to them by e-mail."
    # And that is what happens.
    assert reached(vault) == 1
    link(vault, *ids)
    assert reached(vault) == 0
    unlink(vault, ids[0])
    assert reached(vault) == 1


def reached(vault: Path) -> int:
    found = summarise(Vault.open(vault), as_of=day("2026-11-21"), channels=("email",), what_if=False)
    return found.reachable["email"]
