"""Every column of every table is described, and the page says what the schemas say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from audiencevault.records import TABLES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_tables", DOCS / "make_tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_not_stale(maker: ModuleType) -> None:
    assert maker.PAGE.read_text(encoding="utf-8") == maker.render(), "run: python docs/make_tables.py"
    assert maker.main(["--check"]) == 0


def test_every_column_is_described(maker: ModuleType) -> None:
    described = maker.words()
    for table, schema in TABLES.items():
        assert list(described[table]["columns"]) == schema.names
        assert all(len(text) > 2 for text in described[table]["columns"].values())


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('notice_id = "hash of the text"\n', "", "notices.notice_id is not described"),
        ('text = "the text"', 'text = "the text"\ncolour = "red"', r"notices has no columns \['colour'\]"),
        ("[tables.notices", "[tables.notes", "exactly the tables"),
        ("\n[everywhere]\n", '\n[everywhere]\nshoe_size = "43"\n', r"description of \['shoe_size'\]"),
    ],
)
def test_what_is_missing_or_too_much_is_found(
    maker: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, what: str
) -> None:
    text = maker.WORDS.read_text(encoding="utf-8")
    assert old in text
    other = tmp_path / "columns.toml"
    other.write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.setattr(maker, "WORDS", other)
    with pytest.raises(maker.WordsError, match=what):
        maker.words()


def test_a_stale_page_is_found(maker: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maker, "PAGE", tmp_path / "tables.md")
    assert maker.main(["--check"]) == 1
    assert maker.main([]) == 0
    assert maker.main(["--check"]) == 0
