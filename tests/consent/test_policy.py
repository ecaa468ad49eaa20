"""Presets are data, read by a loader that refuses what it does not know."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from audiencevault.consent.policy import POINT_KIND_OF, all_presets, load, policy, preset
from audiencevault.consent.reasons import REASONS, explain, source_words
from audiencevault.errors import ConsentConfigError, DefinitionError

STRICT = files("audiencevault.consent").joinpath("presets", "strict.toml").read_text(encoding="utf-8")


def test_every_preset_says_when_it_was_reviewed_and_on_what() -> None:
    for one in all_presets().values():
        assert one.reviewed_on >= "2026-11"
        assert one.sources
        assert one.title
        assert len(set(one.countries)) == len(one.countries)
        assert all(len(country) == 2 and country.isupper() for country in one.countries)


def test_strict_is_at_least_as_strict_as_every_other() -> None:
    strict = preset("strict")
    assert not strict.bases
    for one in all_presets().values():
        if one.overlay:
            continue
        assert strict.stale_deny is not None
        assert one.stale_deny is None or one.stale_deny >= strict.stale_deny
        assert one.spread_withdrawal <= strict.spread_withdrawal
        for channel in set(one.channels) - {"sms"}:
            assert (
                one.consent_for(channel).min_level != "confirmed"
                or strict.consent_for(channel).min_level == "confirmed"
            )


@pytest.mark.parametrize(
    ("name", "country", "channel", "expected"),
    [
        ("auto", None, "email", ("strict",)),
        ("auto", "JP", "email", ("strict",)),
        ("auto", "NL", "email", ("eu_gdpr",)),
        ("auto", "CH", "sms", ("eu_gdpr",)),
        ("auto", "DE", "email", ("de_doi",)),
        ("auto", "DE", "sms", ("eu_gdpr",)),
        ("auto", "US", "email", ("us_canspam",)),
        ("auto", "US", "whatsapp", ("strict", "whatsapp_overlay")),
        ("auto", "CA", "whatsapp", ("ca_casl", "whatsapp_overlay")),
        ("auto", "AU", "sms", ("au_spam",)),
        ("auto", "BR", "email", ("br_lgpd",)),
        ("auto", "NL", "ads_audience", ("strict",)),
        # What an owner chose for one country stands in the place of that country's own.
        ("auto,DE=eu_gdpr", "DE", "email", ("eu_gdpr",)),
        ("auto,DE=eu_gdpr", "AT", "email", ("eu_gdpr",)),
        ("uk_pecr,US=ca_casl+eu_gdpr", "US", "email", ("ca_casl", "eu_gdpr", "uk_pecr")),
        ("auto,US=us_tcpa", "US", "email", ("strict",)),
        # A forced preset stands beside the country's own; the stricter of both counts.
        ("eu_gdpr", "US", "email", ("eu_gdpr", "us_canspam")),
        ("us_canspam", "NL", "email", ("eu_gdpr", "us_canspam")),
        ("us_canspam", None, "email", ("strict", "us_canspam")),
        ("us_canspam", "NL", "sms", ("eu_gdpr",)),
        ("eu_gdpr", "DE", "email", ("de_doi",)),
        ("strict", "US", "email", ("strict", "us_canspam")),
    ],
)
def test_which_presets_apply(name: str, country: str | None, channel: str, expected: tuple[str, ...]) -> None:
    assert policy(name).applicable(country, channel) == expected


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConsentConfigError) as refused:
        policy("anything_goes")
    assert "'anything_goes'" in refused.value.message
    assert all(name in refused.value.hint for name in ("auto", "strict", "eu_gdpr", "us_canspam"))
    with pytest.raises(ConsentConfigError):
        preset("auto")


@pytest.mark.parametrize("name", ["whatsapp_overlay", "auto,de=eu_gdpr", "DEU=eu_gdpr", "DE=", "DE=nothing", ""])
def test_a_policy_that_says_nothing_sensible_is_refused(name: str) -> None:
    with pytest.raises(ConsentConfigError) as refused:
        policy(name)
    assert "CC=NAME" in refused.value.hint


def test_overlays_hold_by_themselves_and_only_restrict() -> None:
    overlays = [one for one in all_presets().values() if one.overlay]
    assert [one.name for one in overlays] == ["bulk_overlay", "whatsapp_overlay"]
    assert not any(one.bases or one.countries for one in overlays)


def test_every_no_has_a_deadline() -> None:
    for one in all_presets().values():
        told = {channel for deadline in one.deadlines for channel in deadline.channels}
        assert one.name == "whatsapp_overlay" or set(one.channels) <= told, one.name


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('name = "strict"', 'name = "other"', "name"),
        ('reviewed_on = "2026-11"', "", "lacks reviewed_on"),
        ('reviewed_on = "2026-11"', "reviewed_on = 2026", "reviewed_on must be of type str"),
        ("revoke_all = true", "revoke_all = true\nforgive = true", "unknown key 'forgive'"),
        ('ambiguous_no = "withdrawn"', 'ambiguous_no = "maybe"', "ambiguous_no"),
        ('min_level = "confirmed"', 'min_level = "double"', "min_level"),
        ("[consent.default]", "[consent.fax]", "fax"),
        ("[reopen]", "[reopen", "not valid TOML"),
        ("hours = 0", "hours = 0\nworking_days = 2", "either hours or working_days"),
        ("hours = 0", "", "either hours or working_days"),
        ('refusal = "any"', "", "lacks refusal"),
    ],
)
def test_a_bad_preset_is_refused_with_its_place(old: str, new: str, complaint: str) -> None:
    assert old in STRICT
    with pytest.raises(DefinitionError) as refused:
        load(STRICT.replace(old, new), "strict.toml")
    assert "strict.toml" in refused.value.message
    assert complaint in refused.value.message


def test_every_reason_has_a_sentence_that_can_be_said() -> None:
    for code in REASONS:
        for channel in POINT_KIND_OF:
            sentence, remedy = explain(code, channel=channel, source="shopify.customers", preset_title="the rules")
            assert sentence.endswith(".")
            assert "{" not in sentence + remedy


def test_sources_are_called_what_people_call_them() -> None:
    assert source_words("linkedin.connections") == "LinkedIn"
    assert source_words("mailchimp.audience") == "Mailchimp"
    assert source_words(None) == "The record"


def test_every_reason_is_documented() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "reference", "reason-codes.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:4] for line in page.splitlines() if line[2:3].isdigit()]
    told = {code.strip(" `"): (int(order), state.strip()) for order, code, state in rows}
    assert told == {code: (reason.order, reason.state) for code, reason in REASONS.items()}
