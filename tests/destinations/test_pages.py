"""The documentation of receivers cannot drift from their definitions."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiencevault.destinations import api, vocabulary
from audiencevault.destinations.definition import load_all
from audiencevault.destinations.page import page

DOCS = Path(__file__).parent.parent.parent / "docs"
DEFINITIONS = load_all()


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_the_page_of_a_receiver_is_current(name: str, rewrite_goldens: bool) -> None:
    path = DOCS / "destinations" / f"{name}.md"
    if rewrite_goldens:
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(DEFINITIONS[name]), "utf-8")
    assert path.read_text("utf-8") == page(DEFINITIONS[name])


def test_no_page_is_left_of_a_receiver_that_is_gone() -> None:
    assert {path.stem for path in (DOCS / "destinations").glob("*.md")} == set(DEFINITIONS)


def test_every_word_of_the_vocabulary_is_explained() -> None:
    text = (DOCS / "reference" / "definitions.md").read_text("utf-8")
    words = [
        *vocabulary.POLARITIES, *vocabulary.WHO, *vocabulary.MATCHES, *vocabulary.BASES, *vocabulary.STATUSES,
        *vocabulary.ENCODERS, *vocabulary.OVERFLOWS, *vocabulary.CONSENT_WORDS, *vocabulary.CONTACT_FIELDS,
        *vocabulary.POINT_FIELDS, *vocabulary.ENCODINGS, *vocabulary.QUOTINGS, *vocabulary.LINE_ENDS,
        *vocabulary.LINE_BREAKS, *vocabulary.ROW_UNITS, *vocabulary.PURPOSES, *vocabulary.CHANNELS, *vocabulary.FORMATS,
        *vocabulary.POINT_VALUES, vocabulary.OTHERWISE, *api.AUTH_SCHEMES, *api.BODIES, *api.SETTING_KINDS,
        *api.ERROR_KEYS, *api.WAITS, *(word for word in api.PAGINGS if word != "none"), *api.ROWS, *api.SINCE_FORMATS,
        *api.PULL_STATES, *api.DOUBLE_OPT_IN,
    ]  # fmt: skip
    assert [word for word in words if f"`{word}`" not in text] == []


KEYS_OF = {
    api.Api: {"auth", "calls"}, api.Setting: set(), api.Auth: set(), api.Pace: set(), api.Answer: set(), api.Job: set(),
    api.Call: {"name"}, api.Push: {"fields"}, api.Pull: set(), api.Paging: set(),
}  # fmt: skip


@pytest.mark.parametrize("kind", KEYS_OF, ids=lambda kind: kind.__name__)
def test_every_key_of_an_api_is_explained(kind: type) -> None:
    text = (DOCS / "reference" / "definitions.md").read_text("utf-8")
    keys = set(kind.__dataclass_fields__) - KEYS_OF[kind]  # type: ignore[attr-defined]
    assert sorted(key for key in keys if f"`{key}`" not in text) == []
