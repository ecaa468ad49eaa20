"""What a parser of JSON is given to read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import ijson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault.errors import ExportError
from audiencevault.export import open_exports
from audiencevault.sources import json_text, json_walk, meta_json

LIMIT = json_text.DEEPEST


def nested(levels: int, inside: str = "") -> str:
    """As many lists and objects in each other, by turns."""
    opens = "".join('{"a]":' if level % 2 else "[" for level in range(levels))
    closes = "".join("}" if level % 2 else "]" for level in reversed(range(levels)))
    return opens + (inside or ("1" if levels and not (levels - 1) % 2 else '"x"')) + closes


def read(data: bytes, size: int = 65_536) -> list[Any]:
    return list(ijson.items(json_text.of(data), "", **{**json_text.SETTINGS, "buf_size": size}))


@pytest.mark.parametrize("lead", [b"", b"\xef\xbb\xbf", b" \n"])
def test_as_deep_as_may_be_and_one_deeper(lead: bytes) -> None:
    assert read(lead + nested(LIMIT).encode()) == [json.loads(nested(LIMIT))]
    with pytest.raises(json_text.TooDeep):
        read(lead + nested(LIMIT + 1).encode())


@pytest.mark.parametrize("smile", [":[ ", ":] ", '\\"[[{ ', "\\\\", "[" * 9, "]" * 9, "\\u005b{"])
@pytest.mark.parametrize("size", [4096, 5000, 262_144])
def test_brackets_in_texts_are_no_levels(smile: str, size: int) -> None:
    whole = json.dumps([{"content": "@", "n": number} for number in range(2000)]).replace("@", smile * 40)
    assert read(whole.encode(), size) == [json.loads(whole)]
    # Nor do they hide any.
    with pytest.raises(json_text.TooDeep):
        read((whole[:-1] + "," + nested(LIMIT) + "]").encode(), size)


LEAVES = st.one_of(st.integers(-9, 9), st.text(alphabet='[]{}"\\a\u00e9,:', max_size=12))
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='[{"\\', max_size=3), inner, max_size=3)
    ),
)


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@settings(max_examples=100)
@given(TREES, st.integers(1, 7))
def test_how_deep_a_document_is(tree: Any, size: int) -> None:
    text, levels = json.dumps(tree, ensure_ascii=False).encode(), json_text.Levels()
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert max(map(levels.after, pieces)) == depth(tree)
    assert levels.after(b"") == 0


def export_of(folder: Path, text: str, name: str = "followers_1.json") -> Any:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    exports, errors = open_exports([folder / name])
    assert errors == []
    return exports[0].members[0]


def test_the_error_names_the_member_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    deep = export_of(tmp_path, nested(LIMIT + 1))
    with pytest.raises(ExportError, match=r"followers_1\.json nests lists in each other more than 200 deep"):
        list(meta_json.stream(deep, "item"))
    with pytest.raises(ExportError, match="more than 200 deep"):
        list(json_walk.events(deep))
    cut = export_of(tmp_path, "[[1], [2")
    with pytest.raises(ExportError, match=r"followers_1\.json is cut off or damaged"):
        list(meta_json.stream(cut, "item"))
    script = export_of(tmp_path, f"window.YTD.follower.part0 = {nested(LIMIT + 1)}", "follower.js")
    with pytest.raises(ExportError, match="more than 200 deep"):
        list(json_walk.assigned_items(script))
    assert list(json_walk.assigned_items(export_of(tmp_path, "a = [[1], [2]]", "a.js"))) == [[1], [2]]


def test_a_head_of_brackets_is_no_shape() -> None:
    assert meta_json.parse_head(b"[" * 65_536) is None
    assert meta_json.shape_of(b'{"a":' * 13_000).kind in {"maps", "other"}


WATCHED = """
import sys
from pathlib import Path
from benchmarks.usage import own_peak
from audiencevault.sources.testing import read
from audiencevault.sources.importer import ImportContext
from audiencevault.sources.importer import discover
result = read([Path(sys.argv[1])], discover(), ImportContext())
print(len(result.readings), own_peak())
"""


@pytest.mark.parametrize("start", ["[", '{"a":', '[{"id":'])
def test_depth_costs_no_memory(tmp_path: Path, start: str) -> None:
    path = tmp_path / "followers_1.json"
    path.write_text(start * 100_000, "utf-8")
    answer = subprocess.run([sys.executable, "-c", WATCHED, str(path)], capture_output=True, text=True, check=True)
    assert int(answer.stdout.split()[1]) < 1_000_000_000
