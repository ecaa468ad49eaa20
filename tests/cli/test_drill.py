"""`drill` and `winover` as a person calls them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from tests.conftest import Story
from tests.pipeline.running import av, av_json


def test_the_screen_of_a_drill(story: Story) -> None:
    shown = av("drill", "--down", "meta", "--vault", story.vault).out
    document = av_json("drill", "--down", "meta", "--vault", story.vault)
    assert "Meta is down" in shown
    assert f"{document['reachable_any']:,} of {document['people']:,} people" in shown
    assert f"{document['lost']:,} people" in shown
    assert len(document["steps"]) == 3
    for step in document["steps"]:
        assert step["sentence"] in shown
    assert "--out FOLDER" in shown
    assert "�" not in shown


def test_several_names_and_spellings(story: Story) -> None:
    document = av_json("drill", "--down", "Meta, e-mail", "--down", "META", "--vault", story.vault)
    assert document["down"] == ["meta", "email"]
    assert set(document["reachable"]) == {"sms"}


def test_what_is_unknown_is_refused_with_what_is_known(story: Story) -> None:
    error = av("drill", "--down", "myspace", "--vault", story.vault, "--json", expect=2).json["error"]
    assert "myspace" in error["message"]
    assert "instagram" in error["hint"]
    assert "sms" in error["hint"]
    av("drill", "--vault", story.vault, expect=2)
    av("drill", "--down", "meta", "--to", "nobody", "--vault", story.vault, expect=2)


def test_the_folder_is_shown(story: Story, tmp_path: Path) -> None:
    shown = av("drill", "--down", "instagram", "--vault", story.vault, "--out", tmp_path / "ready").out
    for name in ("email/audience.csv", "whatsapp/held-back.csv", "held-back.csv", "plan.html", "plan.txt"):
        assert (tmp_path / "ready" / name).is_file()
        assert name in shown


def test_the_list_to_win_over(story: Story) -> None:
    document = av_json("winover", "--vault", story.vault, "--limit", 0)
    assert document["people"] == len(document["winover"]) > 100
    assert [row["rank"] for row in document["winover"]] == list(range(1, document["people"] + 1))
    scores = [row["score"] for row in document["winover"]]
    assert scores == sorted(scores, reverse=True)
    status = story.summary["status"]
    assert document["people"] + document["left_alone"] <= status["contacts"] - status["reachable_any"]

    rows = list(csv.DictReader(io.StringIO(av("winover", "--vault", story.vault, "--limit", 0, "--csv").out)))
    assert [row["contact_id"] for row in rows] == [row["contact_id"] for row in document["winover"]]
    assert not [cell for row in rows for cell in row.values() if cell[:1] in {"=", "@", "+", "-"}]
    shown = av("winover", "--vault", story.vault, "--limit", 3).out
    assert f"{document['people']:,} people to win over" in shown
    assert "Write to nobody here to ask for permission" in shown
    assert "left alone" in shown


def test_an_empty_vault(tmp_path: Path) -> None:
    av("init", "--vault", tmp_path / "v")
    document = av_json("drill", "--down", "meta", "--vault", tmp_path / "v", "--out", tmp_path / "o")
    assert (document["people"], document["lost"], document["lost_share"]) == (0, 0, None)
    assert av_json("winover", "--vault", tmp_path / "v")["winover"] == []
    assert "Nobody can be reached" in av("status", "--vault", tmp_path / "v").out
    assert av("winover", "--vault", tmp_path / "v").out.startswith("0 people")
