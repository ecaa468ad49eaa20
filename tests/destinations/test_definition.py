"""Definitions: facts in a closed vocabulary, and a loader that forgives nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiencevault.destinations.definition import load, load_all, named, parse
from audiencevault.errors import DefinitionError, UsageError

MINIMAL = """
name = "post"
title = "Post"
checked = 2026-11-21
sources = ["a letter"]
channels = ["email"]
polarity = "none"
[layouts]
one = [{ header = "Email", field = "email", encode = "email" }]
[[files]]
name = "people"
status = "subscribed"
layout = "one"
subscribes = true
"""


def test_what_ships_is_found_by_name() -> None:
    assert {"csv", "http", "klaviyo", "mailchimp", "mailman", "parquet", "shopify", "twilio"} <= set(load_all())
    assert named("mailchimp").title == "Mailchimp"


def test_a_name_that_does_not_exist_says_which_do() -> None:
    with pytest.raises(UsageError) as caught:
        named("mailchump")
    assert caught.value.message == "There is no destination called mailchump."
    assert caught.value.hint.startswith("Known: activecampaign, attentive, ")


def test_a_definition_of_ones_own_stands_beside_and_above(tmp_path: Path) -> None:
    (tmp_path / "post.toml").write_text(MINIMAL, "utf-8")
    assert "post" in load_all([tmp_path])
    (tmp_path / "csv.toml").write_text(MINIMAL.replace('name = "post"', 'name = "csv"', 1), "utf-8")
    assert load_all([tmp_path])["csv"].title == "Post"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('name = "post"', 'name = "past"', "post.toml: name must be the name of the file, 'post'."),
        ('polarity = "none"', "", "post.toml: polarity is missing."),
        (
            'polarity = "none"',
            'polarity = "nice"',
            "post.toml: polarity is 'nice', which is none of forces, none, respects, unknown.",
        ),
        ('polarity = "none"', 'polarity = "none"\nurl = "x"', "post.toml: url is not a key of definitions."),
        ("checked = 2026-11-21", 'checked = "today"', "post.toml: checked must be of type date."),
        ("checked = 2026-11-21", "checked = 2026-11-21T10:00:00", "post.toml: checked must be of type date."),
        (
            'header = "Email",',
            'header = "Email", max_bytes = 0,',
            "post.toml: layouts.one[0].max_bytes must be a positive number.",
        ),
        (
            'header = "Email",',
            'header = "Email", colour = "red",',
            "post.toml: layouts.one[0].colour is not a key of definitions.",
        ),
        ('field = "email",', 'field = "mail",', "post.toml: layouts.one[0].field is 'mail', which is none of"),
        (
            'encode = "email"',
            'encode = "text"',
            "post.toml: layouts.one[0].encode must be one of email, md5_email, sha256_email for email.",
        ),
        ('encode = "email"', 'encode = "email", on_overflow = "clip"', "half an address is another address"),
        ('layout = "one"', 'layout = "two"', "post.toml: files[0].layout is 'two', which is none of one."),
        (
            'layout = "one"',
            'layout = "one"\nwho = "suppressed"',
            "post.toml: files[0].states and who = 'suppressed' need each other.",
        ),
        (
            "subscribes = true",
            "subscribes = false",
            "post.toml: files[0].subscribes must be true for the status subscribed.",
        ),
        ('name = "people"', 'name = "../people"', "must be lower-case letters, digits and hyphens"),
        ('name = "people"', 'name = "held-back"', "must be lower-case letters, digits and hyphens"),
        ("[[files]]", "[[file]]", "post.toml: file is not a key of definitions."),
        ("[layouts]", "[layouts", "post.toml is not valid TOML"),
        ('channels = ["email"]', 'channels = ["fax"]', "post.toml: channels is 'fax'"),
        ("[layouts]", '[dialect]\ndelimiter = "|"\n[layouts]', "post.toml: dialect.delimiter is '|'"),
        ("[layouts]", "[limits]\nrows = 1\n[layouts]", "post.toml: limits.rows is not a key of definitions."),
    ],
)
def test_a_mistake_names_file_and_key(old: str, new: str, sentence: str) -> None:
    assert old in MINIMAL
    with pytest.raises(DefinitionError) as caught:
        parse(MINIMAL.replace(old, new, 1), "post.toml")
    assert sentence in caught.value.message


def test_a_word_column_needs_its_words_and_only_known_ones() -> None:
    column = '{ header = "Yes", field = "email_consent", encode = "word", values = { consent = "yes", maybe = "no" } }'
    with pytest.raises(DefinitionError, match=r"values\.maybe is none of consent"):
        parse(MINIMAL.replace("one = [", f"one = [{column}, "), "post.toml")


def test_unsubscribing_files_cannot_subscribe() -> None:
    text = MINIMAL.replace("subscribes = true", 'who = "suppressed"\nstates = ["withdrawn"]\nsubscribes = true')
    with pytest.raises(DefinitionError, match="only admitted people may be subscribed"):
        parse(text, "post.toml")


def test_headers_may_repeat() -> None:
    again = '{ header = "Email", field = "first_name" }'
    definition = parse(MINIMAL.replace("one = [", f"one = [{again}, "), "post.toml")
    assert [column.header for column in definition.files[0].columns] == ["Email", "Email"]


def test_an_unreadable_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "post.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DefinitionError, match="cannot be read as UTF-8"):
        load(tmp_path / "post.toml")


def test_a_column_may_hold_one_text_for_everybody_or_for_those_who_have_another() -> None:
    labels = '{ header = "Label", value = "Work", needs = "Email" }, { header = "Kind", value = "list" }'
    columns = parse(MINIMAL.replace("one = [", f"one = [{labels}, "), "post.toml").files[0].columns
    assert [(column.value, column.needs) for column in columns] == [("Work", "Email"), ("list", ""), (None, "")]


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        ('{ header = "L", value = "x", needs = "Mail" }', "layouts.one[0].needs is 'Mail', which is no other column"),
        ('{ header = "L", value = "x", field = "email" }', "layouts.one[0].field is not a key of definitions."),
        ('{ header = "L", value = 3 }', "layouts.one[0].value must be of type str."),
        (
            '{ header = "L", field = "first_name", needs = "Email" }',
            "layouts.one[0].needs is for columns with a 'value'.",
        ),
        (
            '{ header = "L", field = "email", encode = "phone" }',
            "must be one of email, md5_email, sha256_email for email.",
        ),
        ('{ header = "L", field = "item_id" }', "layouts.one[0].field is 'item_id', which is none of"),
        ('{ header = "L", field = "email_state", encode = "word", values = { gone = "x" } }', "values.gone is none of"),
    ],
)
def test_constant_columns_are_read_strictly(column: str, sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse(MINIMAL.replace("one = [", f"one = [{column}, "), "post.toml")
    assert sentence in caught.value.message


def test_constants_do_not_go_into_typed_files() -> None:
    text = MINIMAL.replace("one = [", 'one = [{ header = "L", value = "x" }, ').replace(
        'layout = "one"', 'layout = "one"\nformat = "parquet"'
    )
    with pytest.raises(DefinitionError, match="must not be parquet for a layout with constant values"):
        parse(text, "post.toml")
