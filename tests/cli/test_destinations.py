"""`destinations`: listed, shown, begun and tested, without a vault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.destinations.receivers import POST
from tests.pipeline.running import av as answered
from tests.pipeline.running import av_json


def av(*arguments: object, expect: int = 0) -> str:
    """What a command prints."""
    return answered(*arguments, expect=expect).out


def test_the_list_says_what_can_be_done_with_each() -> None:
    lines = dict(line.split(maxsplit=1) for line in av("destinations").splitlines())
    assert lines["mailchimp"] == "Mailchimp (files, push, pull; email; checked 2026-11-21)"
    assert lines["shopify"] == "Shopify (files; email, sms; checked 2026-11-21)"
    assert lines["twilio"].startswith("Twilio consents (push; sms;")


def test_definitions_of_one_s_own_are_listed_and_shown(tmp_path: Path) -> None:
    (tmp_path / "post.toml").write_text(POST, "utf-8")
    listed = av_json("destinations", "--definitions", tmp_path)["destinations"]
    post = next(item for item in listed if item["name"] == "post")
    assert (post["pushes"], post["pulls"], post["files"]) == (["subscribed", "texts", "stopped"], ["left"], [])
    shown = av_json("destinations", "show", "post", "--definitions", tmp_path)
    assert [push["name"] for push in shown["api"]["pushes"]] == ["stopped", "subscribed", "texts"]
    assert shown["api"]["secrets"] == [
        {"name": "token", "say": "Settings, API", "variable": "AUDIENCEVAULT_POST_TOKEN"}
    ]
    assert [setting["name"] for setting in shown["api"]["settings"]] == ["region", "list_id"]
    assert av_json("destinations", "show", tmp_path / "post.toml") == shown


def test_what_happens_to_consent_and_what_is_needed_is_on_the_screen() -> None:
    said = av("destinations", "show", "klaviyo")
    assert "A subscription sent there takes back an earlier opt-out, so opt-outs go first." in said
    assert "secret private_key (AUDIENCEVAULT_KLAVIYO_PRIVATE_KEY): Settings, API keys" in said
    assert "setting list_id: the list that people are added to" in said
    sent = said[said.index("What is sent, in this order") :]
    assert sent.index("  suppressed: ") < sent.index("  subscribed-email: ")
    assert "Not verified" in said
    assert "Columns: Email, First Name, Last Name, Organization" in said
    assert "At most 50,000,000 bytes in a file" in said
    assert "Fields: type, attributes.email." in said
    assert (
        "subscribed-email: POST /api/profile-subscription-bulk-create-jobs, JSON, at most 1,000 in a request." in said
    )
    assert "At most 75 requests in a second and 700 requests in 60 seconds; 1 at a time." in said
    assert av_json("destinations", "show", "csv")["api"] is None
    assert "What is sent" not in av("destinations", "show", "csv")


@pytest.mark.parametrize("like", ["http", "csv"])
def test_a_new_definition_loads_and_conforms(like: str, tmp_path: Path) -> None:
    made = av_json("destinations", "new", "my-provider", "--like", like, "-o", tmp_path)
    assert made == {"schema": 1, "path": str(tmp_path / "my-provider.toml"), "like": like}
    tested = av_json("destinations", "test", made["path"])
    assert (tested["destination"], tested["conforms"], tested["problems"]) == ("my-provider", True, [])
    assert av("destinations", "test", "my-provider", "--definitions", tmp_path).strip() == "My provider conforms."
    text = Path(made["path"]).read_text("utf-8")
    assert text.count("\n#") > 4
    assert {path.name for path in tmp_path.iterdir()} == {"my-provider.toml"}


def test_the_folder_of_a_new_definition_is_made(tmp_path: Path) -> None:
    made = av_json("destinations", "new", "my-provider", "-o", tmp_path / "facts" / "of-mine")
    assert made["path"] == str(tmp_path / "facts" / "of-mine" / "my-provider.toml")
    assert av_json("destinations", "test", made["path"])["conforms"] is True
    (tmp_path / "note").write_text("precious", "utf-8")
    error = av_json("destinations", "new", "my-provider", "-o", tmp_path / "note", "--force", expect=2)["error"]
    assert "must be called my-provider.toml, not note." in error["message"]
    assert (tmp_path / "note").read_text("utf-8") == "precious"


def test_a_file_in_the_way_stays(tmp_path: Path) -> None:
    av("destinations", "new", "mine", "-o", tmp_path)
    (tmp_path / "mine.toml").write_text("precious", "utf-8")
    error = av_json("destinations", "new", "mine", "-o", tmp_path, expect=2)["error"]
    assert "is there already" in error["message"]
    assert (tmp_path / "mine.toml").read_text("utf-8") == "precious"
    av("destinations", "new", "mine", "-o", tmp_path, "--force")
    assert (tmp_path / "mine.toml").read_text("utf-8").startswith("# What Mine takes")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["new", "My Provider"], "'My Provider' cannot be the name of a definition."),
        (["new", "../up"], "'../up' cannot be the name of a definition."),
        (["new", "mine", "-o", "other.toml"], "The file of the definition mine must be called mine.toml"),
        (["new", "mine", "-o", "no/such/folder/mine.toml"], "cannot be written: No such file or directory."),
        (["show", "nobody"], "There is no destination called nobody."),
        (["test", "nobody.toml"], "There is no file nobody.toml."),
    ],
)
def test_what_cannot_be_is_a_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sentence in av_json("destinations", *arguments, expect=2)["error"]["message"]
    assert list(tmp_path.iterdir()) == []


def test_problems_are_sentences_and_the_exit_code_says_so(tmp_path: Path) -> None:
    file = tmp_path / "post.toml"
    file.write_text(POST.replace('say = "Added to the list."', ""), "utf-8")
    tested = av_json("destinations", "test", file, expect=5)
    assert tested["conforms"] is False
    assert "subscribed does not say what happens to its people." in tested["problems"]
    assert av("destinations", "test", file, expect=5).splitlines() == tested["problems"]
    file.write_text(POST.replace('scheme = "bearer"', 'scheme = "secret"'), "utf-8")
    error = av_json("destinations", "test", file, expect=5)["error"]
    assert (error["code"], "post.toml: api.auth.scheme is 'secret'" in error["message"]) == ("bad_definition", True)


def test_a_folder_with_a_broken_definition_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text('name = "broken"', "utf-8")
    error = av_json("destinations", "--definitions", tmp_path, expect=5)["error"]
    assert error["message"].startswith("broken.toml: ")


def test_no_secret_is_ever_shown() -> None:
    secret = {"AUDIENCEVAULT_KLAVIYO_PRIVATE_KEY": "pk_very_secret"}
    assert "pk_very_secret" not in answered("destinations", "show", "klaviyo", variables=secret).out
    assert "pk_very_secret" not in answered("destinations", "show", "klaviyo", "--json", variables=secret).out
