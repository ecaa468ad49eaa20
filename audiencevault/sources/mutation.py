"""Broken exports by the thousand: golden inputs changed at random, each time in the same way.

Words: a *mutation* is one changed copy of a golden's input, named by its number; the same number always gives the
same copy. Whatever the change, reading must end in records, rejects, skipped rows and `AudienceVaultError`s, and
the rows must add up. Any other exception is left to rise.

This is part of the testing kit for importers: see `audiencevault.sources.testing`.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from audiencevault.export.archive import DAMAGE
from audiencevault.sources import testing
from audiencevault.sources.importer import Importer

_HOSTILE: Final = (
    "", " ", "\x00", "=1+1", "@", "a@", "@example.com", "+", "0", "-1", "1e400", "NaN", "null", "9999-99-99",
    "0000-00-00T00:00:00Z", "99999999999999999999", "ﷺ", "\u202e", "\ufeff", "e\u0301" * 50, "x" * 70_000, '"', "'",
    "\r", "\t", ";", ",", "<b>", "&#0;", "&#x110000;", "\\u", "\\ud800", "🧑‍🚀",
)  # fmt: skip
"""Cells that have broken a reader somewhere."""

_ODD: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    -1,
    10**25,
    1e300,
    "",
    "x",
    [],
    {},
    [[]],
    [None],
    {"": None},
    [{"a": []}],
)
"""JSON values of every type, for places that expect another."""


def mutate(files: Mapping[str, bytes], number: int, salt: str) -> tuple[str, dict[str, bytes]]:
    """What was done, and the changed files of one export: one to three changes, decided by `number` and `salt`."""
    seed = hashlib.sha256(f"{salt}\x1f{number}".encode()).digest()
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    changed = dict(files)
    done: list[str] = []
    for _ in range(chance.choice((1, 1, 2, 3))):
        name = chance.choice(sorted(changed))
        done.append(_change(changed, name, chance))
    return "; ".join(done), changed


def check_mutations(golden: Path, directory: Path, importers: Sequence[Importer], numbers: Sequence[int]) -> list[str]:
    """Every broken promise on the mutations `numbers` of a golden, which are written into `directory` one at a time.

    A sentence begins with the number and what was done to the input, so that it can be done again.
    """
    files = testing.contents(golden)
    salt = f"{golden.parent.name}/{golden.name}"
    settings = testing.context(golden)
    broken: list[str] = []
    for number in numbers:
        what, changed = mutate(files, number, salt)
        copy = testing.write_copy(directory / "mutated", changed, what, same=False)
        try:
            found = testing.read([copy.path], importers, settings)
        except Exception as error:
            error.add_note(f"{salt}, mutation {number}: {what}")
            raise
        for reading in found.readings:
            broken += [f"{number} ({what}): {sentence}" for sentence in testing.check_reading(reading, names=False)]
    return broken


def _change(files: dict[str, bytes], name: str, chance: random.Random) -> str:
    data = files[name]
    if name.lower().endswith((".zip", ".xlsx")) and chance.random() < 0.8:
        inner = _unpacked(data)
        if inner:
            done = _change(inner, chance.choice(sorted(inner)), chance)
            files[name] = testing.zipped(inner)
            return f"in {name}: {done}"
    if chance.random() < 0.1:
        return _move(files, name, chance)
    ways: list[Callable[[bytes, random.Random], bytes | None]] = [
        _bytes,
        _bytes,
        _lines,
        _lines,
        _cells,
        _cells,
        _coded,
    ]
    if name.lower().endswith((".json", ".js")):
        ways += [_document] * 6
    way = chance.choice(ways)
    changed = way(data, chance)
    if changed is None:
        way, changed = _bytes, _bytes(data, chance)
    files[name] = changed
    return f"{name}: {way.__name__.strip('_')}"


def _move(files: dict[str, bytes], name: str, chance: random.Random) -> str:
    folder, _, last = name.rpartition("/")
    way = chance.choice(("gone", "copied", "renamed", "empty", "in the place of another"))
    if way == "gone" and len(files) > 1:
        del files[name]
    elif way == "copied":
        files[f"{folder}/copy/{last}".lstrip("/")] = files[name]
    elif way == "renamed":
        files[f"{folder}/Ünï {last}".lstrip("/")] = files.pop(name)
    elif way == "empty":
        files[name] = b""
    else:
        files[name] = files[chance.choice(sorted(files))]
    return f"{name}: {way}"


def _bytes(data: bytes, chance: random.Random) -> bytes:
    place, other = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    other = min(other, place + 400)
    way = chance.randrange(5)
    if way == 0:
        return data[:place]
    if way == 1:
        return data[:place] + data[other:]
    if way == 2:
        return data[:other] + data[place:]
    if way == 3:
        return data[:place] + chance.randbytes(chance.choice((1, 4, 60))) + data[place:]
    changed = bytearray(data)
    for _ in range(min(len(changed), chance.choice((1, 3, 20)))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    place = chance.randrange(len(lines))
    way = chance.randrange(5)
    if way == 0:
        del lines[place]
    elif way == 1:
        lines.insert(place, lines[place])
    elif way == 2:
        chance.shuffle(lines)
    elif way == 3:
        lines = [line.rstrip(b"\r\n") + chance.choice((b"\r", b"\n", b"\r\n")) for line in lines]
    else:
        lines[place] = lines[place] * 50
    return b"".join(lines)


def _cells(data: bytes, chance: random.Random) -> bytes:
    """A piece between two delimiters becomes a hostile one."""
    mark = chance.choice([mark for mark in (b",", b";", b"\t", b'"', b":", b">", b"\n") if mark in data] or [b" "])
    parts = data.split(mark)
    for _ in range(chance.choice((1, 1, 4))):
        place = chance.randrange(len(parts))
        hostile = chance.choice(_HOSTILE).encode("utf-8")
        parts[place] = hostile if chance.random() < 0.7 else parts[place] + hostile
    return mark.join(parts)


def _coded(data: bytes, chance: random.Random) -> bytes | None:
    """The same text in another encoding."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return text.encode(chance.choice(("utf-8-sig", "utf-16", "utf-16-le", "cp1252", "utf-32")), "replace")


def _document(data: bytes, chance: random.Random) -> bytes | None:
    """A value, a key or an item of a JSON document becomes another."""
    text = data.decode("utf-8-sig", "replace")
    start = min((place for place in (text.find("{"), text.find("[")) if place >= 0), default=0)
    try:
        document = json.loads(text[start:])
    except (ValueError, RecursionError):
        return None
    nodes: list[Any] = []
    waiting: list[Any] = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict | list) and node:
            nodes.append(node)
            waiting.extend(node.values() if isinstance(node, dict) else node)
    if not nodes:
        return None
    node = chance.choice(nodes)
    key = chance.choice(list(node) if isinstance(node, dict) else range(len(node)))
    way = chance.randrange(4)
    if way == 0:
        del node[key]
    elif way == 1 and isinstance(node, dict):
        node[str(key) + chance.choice(("_v2", " ", "\x00"))] = node.pop(key)
    elif way == 2 and isinstance(node, list):
        node.extend([node[key]] * 3)
    elif way == 3 and isinstance(node[key], str):
        node[key] = chance.choice(_HOSTILE)
    else:
        node[key] = chance.choice(_ODD)
    return (text[:start] + json.dumps(document, ensure_ascii=chance.random() < 0.5)).encode("utf-8", "replace")


def _unpacked(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    except DAMAGE:
        return {}
