"""What an API takes, read strictly: every mistake names the file and the place."""

from __future__ import annotations

import pytest

from audiencevault.destinations.api import Rate
from audiencevault.destinations.definition import load_all, parse
from audiencevault.errors import DefinitionError
from audiencevault.sources.importer import discover
from tests.destinations.receivers import POST, SPLIT

DEFINITIONS = load_all()
KNOWN_BY = 'known_by = ["post.optouts"]'
AUTH = 'scheme = "bearer"\nsecret = "token"'
ADD = 'path = "/lists/{list_id}/people"'
JOB = '[api.calls.block.job]\npath = "/jobs"\nstate = "s"\nfinished = ["done"]\n'
PULL = POST[POST.index("[[api.pulls]]") :]


def test_what_is_read_is_what_is_written() -> None:
    api = parse(POST, "post.toml").api
    assert api is not None
    assert api.calls["add"].max_items == 3
    assert api.auth.prefix == "Bearer "
    assert [push.name for push in api.pushes] == ["subscribed", "texts", "stopped"]
    assert api.pushes[0].fields[6].needs == "consent.0.at"
    assert api.pace.rates == ()


def test_rates_are_numbers_of_calls_in_seconds() -> None:
    pace = "[api.pace]\nrates = [{ calls = 3, seconds = 0.5 }]\n[api.layouts]"
    api = parse(POST.replace("[api.layouts]", pace), "post.toml").api
    assert api is not None
    assert api.pace.rates == (Rate(3, 0.5),)


def test_settings_in_parameters_and_conditions_are_texts_in_braces() -> None:
    pull = 'query = { list = { setting = "list_id" } }\nonly = [{ at = "list", setting = "list_id" }]'
    api = parse(POST.replace('items = "people"\npoint', f'{pull}\nitems = "people"\npoint'), "post.toml").api
    assert api is not None
    assert api.pulls[0].query == {"list": "{list_id}"}
    assert api.pulls[0].only[0].among == ("{list_id}",)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        # words and kinds
        ('base = "https', 'bass = "https', "post.toml: api.base is missing."),
        ('base = "https', 'base = "http', "post.toml: api.base must begin with https://, or with a setting"),
        ('base = "https://api.example.com/{region}"', 'base = "{region}"', "api.base must begin with https://"),
        (
            'base = "https://api.example.com/{region}"',
            'base = "https://{zone}.example.com"',
            "base names 'zone', which",
        ),
        ('double_opt_in = "account"', "", "post.toml: api.double_opt_in is missing."),
        ('double_opt_in = "account"', 'double_opt_in = "maybe"', "api.double_opt_in is 'maybe', which is none of"),
        ('double_opt_in = "account"', 'double_opt_in = "account"\ncolour = 1', "post.toml: api.colour is not a key"),
        (
            'double_opt_in = "account"',
            'double_opt_in = "account"\nother_hosts = ["a/b"]',
            "holds 'a/b', which is no host",
        ),
        ('double_opt_in = "account"', 'double_opt_in = "account"\nmodule = "../x"', "api.module must be lower-case"),
        # settings
        ('name = "list_id"', 'name = "List"', "post.toml: api.settings[1].name must be lower-case letters"),
        ('name = "list_id"', 'name = "region"', "post.toml: api.settings holds two of the same name."),
        ('default = "eu"', 'default = "asia"', "post.toml: api.settings[0].default is none of the choices."),
        ('default = "eu"', "computed = true", "api.settings holds region, which only a module can compute."),
        (ADD, 'path = "/people"', None),
        # auth
        (AUTH, 'scheme = "oauth"', "post.toml: api.auth.scheme is 'oauth', which is none of"),
        (AUTH, 'scheme = "bearer"', "post.toml: api.auth.secret is missing."),
        (AUTH, 'scheme = "bearer"\nsecret = "key"', "post.toml: api.auth.secret is 'key', which is none of secrets."),
        (AUTH, 'scheme = "basic"\nsecret = "token"', "post.toml: api.auth.user or user_secret"),
        (AUTH, 'scheme = "none"', "post.toml: api.auth.secrets are not used by the scheme none."),
        (AUTH, 'scheme = "code"', "post.toml: api.module is missing: the scheme code needs it."),
        ('token = "Settings, API"', 'token = " "', "post.toml: api.auth.secrets.token must say where it is found."),
        # layouts
        ('field = "since"', 'field = "until"', "post.toml: api.layouts.stopped[2].field is 'until', which is none of"),
        (
            '{ at = "id", field = "item_id" }',
            '{ at = "id" }',
            "api.layouts.stopped[0] must have one of field, value and setting",
        ),
        (
            '{ at = "id", field = "item_id" }',
            '{ at = "id", value = 1, setting = "list_id" }',
            "must have one of field, value",
        ),
        ('{ at = "id", field = "item_id" }', '{ at = "id", value = 1, required = true }', "required is for fields"),
        (
            '{ at = "id", field = "item_id" }',
            '{ at = "id", value = 2026-01-01 }',
            "stopped[0].value must be made of texts",
        ),
        ('needs = "consent.0.at"', 'needs = "consent"', "people[6].needs is 'consent', which is no other field"),
        (
            'encode = "datetime" },\n  { at = "consent.0.kind"',
            'encode = "datetime", needs = "consent.0.kind" },\n  { at = "consent.0.kind"',
            "goes round in a circle",
        ),
        (
            'setting = "list_id" },\n  { at = "agreed"',
            'setting = "list" },\n  { at = "agreed"',
            "api.layouts.people[7] names the setting 'list'",
        ),
        (
            'encode = "flag", values = { consent = true, other_basis = false }',
            'encode = "flag"',
            "values and encode = 'flag' need each other",
        ),
        ("other_basis = false }", 'other_basis = "no" }', "people[8].values.other_basis must be of type bool."),
        ("other_basis = false }", "perhaps = false }", "people[8].values.perhaps is none of"),
        (
            'at = "name.last"',
            'at = "name"',
            "layout cannot be an item: 'name' is there twice, or another value lies below it.",
        ),
        (
            'at = "name.last"',
            'at = "email.last"',
            "layout cannot be an item: 'email.last' goes on where another value ends.",
        ),
        (
            'at = "name.last"',
            'at = "consent.3.last"',
            "'consent' must have names, or positions from 0 on without a gap.",
        ),
        ('at = "name.last"', 'at = "name..last"', "'name..last' has an empty step."),
        (
            '{ at = "email", field = "email", encode = "email", required = true },\n  { at = "name',
            '{ at = "email", field = "display_name" },\n  { at = "name',
            "layout names nobody",
        ),
        # calls
        (
            'method = "POST"\npath = "/block"',
            'method = "FETCH"\npath = "/block"',
            "post.toml: api.calls.block.method is 'FETCH'",
        ),
        ('path = "/block"', 'path = "block"', "post.toml: api.calls.block.path must begin with a slash."),
        (
            'path = "/block"',
            'path = "/block/{md5_email}"',
            "api.calls.block.path names 'md5_email', which is none of list_id, region.",
        ),
        ('path = "/block"', 'path = "/block"\nmany = false', "post.toml: api.calls.block.at is for many items"),
        ('path = "/block"', 'path = "/block"\nbody = "form"', "post.toml: api.calls.block.at is for many items"),
        (
            'path = "/block"',
            'path = "/block"\nbody = "multipart_csv"',
            "calls.block.file and body = 'multipart_csv' need each other.",
        ),
        (
            'at = "people"\nmax_items = 2',
            'body = "form_items"\nmax_items = 2',
            "calls.block.at is missing: the form field",
        ),
        (
            'at = "people"\nmax_items = 2',
            "fixed = { a = 1 }",
            "calls.block.fixed does not fit a body json that is nothing but items.",
        ),
        ("max_items = 2", "max_items = 0", "post.toml: api.calls.block.max_items must be a positive number."),
        (
            "\n[api.calls.add]",
            "[api.calls.block.answer]\ndone = [200]\nexists = [200]\n[api.calls.add]",
            "answer.done must not mean two things.",
        ),
        (
            "\n[api.calls.add]",
            "[api.calls.block.answer]\ndone = []\n[api.calls.add]",
            "calls.block.answer.done must name at least one status",
        ),
        (
            "\n[api.calls.add]",
            "[api.calls.block.answer]\ndone = [999]\n[api.calls.add]",
            "answer.done must be a list of statuses",
        ),
        (
            "\n[api.calls.add]",
            '[api.calls.block.answer]\nerrors = "a"\nresults = "b"\n[api.calls.add]',
            "answer.errors and results exclude each other.",
        ),
        (
            "\n[api.calls.add]",
            '[api.calls.block.answer]\nkey = "a"\n[api.calls.add]',
            "answer.key is for errors and results.",
        ),
        (
            "\n[api.calls.add]",
            '[api.calls.block.answer]\nrefusals = [{ state = "angry" }]\n[api.calls.add]',
            "refusals[0].state is 'angry', which is none of",
        ),
        (
            "\n[api.calls.add]",
            '[api.calls.block.answer]\nrefusals = [{ state = "blocked" }]\n[api.calls.add]',
            "refusals[0].contains or status is missing.",
        ),
        (
            "\n[api.calls.add]",
            '[api.calls.block.answer]\njob = "id"\n[api.calls.add]',
            "calls.block.job is missing: how to ask what became of it.",
        ),
        (
            "\n[api.calls.add]",
            '[api.calls.block.job]\npath = "/jobs/{job}"\nstate = "s"\nfinished = ["done"]\n[api.calls.add]',
            "answer.job is missing: the path",
        ),
        (
            "\n[api.calls.add]",
            JOB + 'errors_paging = { by = "page", query = "p" }\n[api.calls.add]',
            "job.errors_paging is for errors_path.",
        ),
        ('list = { setting = "list_id" }', 'list = { setting = "group" }', "calls.add.fixed names the setting 'group'"),
        # pushes
        (
            'call = "block"',
            'call = "bloc"',
            "post.toml: api.pushes[2].call is 'bloc', which is none of add, block, text.",
        ),
        (
            'layout = "stopped"',
            'layout = "stop"',
            "post.toml: api.pushes[2].layout is 'stop', which is none of people, stopped, texts.",
        ),
        ('layout = "stopped"\n', "", "post.toml: api.pushes[2].layout is for calls with a body, which need one."),
        ('name = "texts"', 'name = "subscribed"', "post.toml: api.pushes holds two of the same name."),
        (
            'name = "texts"',
            'name = "Texts"',
            "post.toml: api.pushes[1].name must be lower-case letters, digits and hyphens.",
        ),
        ('polarity = "respects"', "", "post.toml: api.pushes[1].polarity is missing: what the call does"),
        (
            'subscribes = true\npolarity = "respects"',
            "",
            "api.pushes[1].subscribes must be true for the status subscribed.",
        ),
        ('who = "suppressed"', 'who = "everybody"', "post.toml: api.pushes[2].who is 'everybody', which is none of"),
        ('who = "suppressed"', "", "post.toml: api.pushes[2].states and who = 'suppressed' need each other."),
        ('status = "unsubscribed"', 'status = "listed"', "api.pushes[2].status does not go with who = 'suppressed'."),
        (
            'who = "suppressed"',
            'who = "suppressed"\nsubscribes = true\npolarity = "forces"',
            "must be false: only admitted people may be subscribed.",
        ),
        (
            'channels = ["sms"]',
            'channels = ["whatsapp"]',
            "api.pushes[1].channels is 'whatsapp', which is none of email, sms.",
        ),
        ('call = "block"', 'call = "add"', "post.toml: api.calls.block is used by no push."),
        # pulls
        (
            'state = "withdrawn"\nverified',
            'state = "gone"\nverified',
            "post.toml: api.pulls[0].state is 'gone', which is none of",
        ),
        ('path = "/left"', 'path = "left"', "post.toml: api.pulls[0].path must begin with a slash."),
        ('point = "email"\nstate', "state", "post.toml: api.pulls[0].point is missing."),
        (', query = "page" }', " }", "post.toml: api.pulls[0].paging.query is missing."),
        (
            "verified = true",
            'verified = true\nwords = { a = "withdrawn" }',
            "api.pulls[0].words and state_at need each other.",
        ),
        (
            "verified = true",
            'verified = true\nstate_at = "s"\nwords = { a = "left" }',
            "pulls[0].words.a is 'left', which is none of",
        ),
        ('point = "email"\nstate', 'point = ""\nwhen = "x"\nstate', "point is empty, so entries are bare texts"),
        ("verified = true", 'verified = true\nask = "emails"', "pulls[0].max_items is missing: how many addresses"),
        ("verified = true", 'verified = true\nask = "email"\nmax_items = 9', "max_items must be 1 for GET"),
        (
            "verified = true",
            'verified = true\nsince_start = "2011-01-01"',
            "api.pulls[0].since_start is for since_query.",
        ),
        (
            "verified = true",
            'verified = true\npoint_kind = "phone"',
            "pulls[0].point_kind does not fit the channel email.",
        ),
        ('sources = ["a letter"]', "sources = []", "post.toml: api.pulls[0].verified needs a source"),
    ],
)
def test_a_mistake_names_file_and_place(old: str, new: str, sentence: str | None) -> None:
    assert old in POST
    text = POST.replace(old, new, 1)
    if sentence is None:
        parse(text, "post.toml")
        return
    with pytest.raises(DefinitionError) as caught:
        parse(text, "post.toml")
    assert sentence in caught.value.message


def test_a_call_that_forces_needs_a_way_to_know_who_left() -> None:
    text = POST.replace(KNOWN_BY, "").replace(PULL, "")
    with pytest.raises(DefinitionError, match=r"api\.pushes\[0\]\.polarity forces a subscription, and nothing tells"):
        parse(text, "post.toml")
    parse(text.replace('polarity = "forces"\nsay', 'polarity = "unknown"\nsay'), "post.toml")
    parse(POST.replace(KNOWN_BY, ""), "post.toml")


def test_a_setting_that_nothing_uses_is_a_mistake() -> None:
    extra = '[[api.settings]]\nname = "colour"\nsay = "red"\n\n[api.auth]'
    with pytest.raises(DefinitionError, match=r"api\.settings holds colour, which nothing uses"):
        parse(POST.replace("[api.auth]", extra, 1), "post.toml")


def test_an_answer_by_client_id_needs_one_in_the_item() -> None:
    answer = '[api.calls.add.answer]\nerrors = "e"\nby = "client_id"\nkey = "id"\n\n[api.calls.text]'
    with pytest.raises(DefinitionError, match="has no field item_id"):
        parse(POST.replace("[api.calls.text]", answer), "post.toml")


def test_what_a_path_may_name_depends_on_the_call() -> None:
    with pytest.raises(DefinitionError, match=r"calls\.change\.path names 'md5', which is none of item_id, md5_email"):
        parse(SPLIT.replace("{md5_email}", "{md5}"), "split.toml")
    parse(SPLIT.replace("{md5_email}", "{point}"), "split.toml")


def test_a_definition_needs_a_file_or_an_api() -> None:
    with pytest.raises(DefinitionError, match=r"split\.toml: files is missing, and so is api"):
        parse(SPLIT[: SPLIT.index("[api]")], "split.toml")


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_sources_that_tell_of_opt_outs_exist_or_are_the_user_s_own(name: str) -> None:
    api = DEFINITIONS[name].api
    known = {importer.source for importer in discover()}
    for source in api.known_by if api else ():
        own = source in {f"{name}.optouts", "stop.replies"}
        assert own or source in known
        if own:
            assert any(source in note for note in DEFINITIONS[name].notes)
