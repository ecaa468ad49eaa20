"""The testing kit for importers, ours and anybody's: golden results, and the promises that every importer keeps.

Words: a *golden* is a folder with an invented input and the result that a person has read and agreed to:

    <source>/<variant>/input/…        a folder as downloaded; or the input files beside expected.json
    <source>/<variant>/expected.json  what reading it gives
    <source>/<variant>/seen.toml      where and when this layout was seen, and how to read it

`seen.toml` has the keys `where` and `when`, and may have a table `[context]` with `account`, `date_order`, `region`
or `encoding`.

Functions that judge return sentences; no sentence means that all is well. They need no test framework.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from audiencevault.errors import AudienceVaultError, DefinitionError, UsageError
from audiencevault.export import open_exports
from audiencevault.records import EXTRACTED_EVENTS, REJECTS, SOURCE_RECORDS, OwnerPoint, record_id
from audiencevault.sources.importer import Claim, ImportContext, Importer, identify
from audiencevault.sources.ties import bare

EXPECTED: Final = "expected.json"
SEEN: Final = "seen.toml"
INPUT: Final = "input"

_CONTEXT_KEYS: Final = frozenset({"account", "date_order", "region", "encoding"})
_NOT_SHOWN: Final = frozenset({"export_sha256", "import_id", "controller_id"})
_DIGITS: Final = re.compile(r"\d[\d\s().-]{5,}\d")


@dataclass(frozen=True)
class Reading:
    """What one claim gave: whole tables, the owner's points, and the counts."""

    claim: Claim
    records: pa.Table
    events: pa.Table
    rejects: pa.Table
    owner: tuple[OwnerPoint, ...]
    rows: int
    skipped: Mapping[str, int]
    coverage: Mapping[str, bool]


@dataclass(frozen=True)
class Result:
    """What an input gave: a reading for each claim that could be read, an error for everything else."""

    readings: tuple[Reading, ...]
    errors: tuple[AudienceVaultError, ...] = field(default=())


def find(root: Path) -> list[Path]:
    """The golden folders below `root`: those with a `seen.toml`, sorted."""
    return sorted(path.parent for path in root.glob(f"*/*/{SEEN}"))


def inputs(golden: Path) -> list[Path]:
    """What to import: the folder `input`, or the files beside `expected.json`."""
    if (golden / INPUT).is_dir():
        return [golden / INPUT]
    return sorted(path for path in golden.iterdir() if path.name not in (EXPECTED, SEEN))


def context(golden: Path) -> ImportContext:
    """The settings that a golden is read with. Raises `DefinitionError` for a key that `seen.toml` must not have."""
    said = tomllib.loads((golden / SEEN).read_text("utf-8"))
    settings = said.get("context", {})
    unknown = sorted({*said} - {"where", "when", "context"} | {*settings} - _CONTEXT_KEYS)
    if unknown or not {"where", "when"} <= said.keys():
        raise DefinitionError(
            f"{golden / SEEN} needs the keys where and when, and does not know: {', '.join(unknown) or 'nothing'}."
        )
    return ImportContext(**settings)


def read(paths: Sequence[Path], importers: Sequence[Importer], settings: ImportContext) -> Result:
    """Open, identify and extract, as an import does; what an importer raises by design becomes an error."""
    exports, errors = open_exports(paths, settings.limits)
    readings: list[Reading] = []
    failed: list[AudienceVaultError] = list(errors)
    for export in exports:
        try:
            claims = identify([export], importers)
        except AudienceVaultError as error:
            failed.append(error)
            continue
        failed.extend(export.problems)
        for claim in claims:
            try:
                readings.append(extract(claim, settings))
            except AudienceVaultError as error:
                failed.append(error)
    return Result(tuple(readings), tuple(failed))


def extract(claim: Claim, settings: ImportContext) -> Reading:
    """Everything that one claim gives. Raises what its importer raises, and `pyarrow.ArrowInvalid` where its
    batches do not have the schemas of `audiencevault.records`.
    """
    parts: dict[str, list[pa.RecordBatch]] = {"records": [], "events": [], "rejects": []}
    owner: list[OwnerPoint] = []
    rows = 0
    skipped: dict[str, int] = {}
    coverage: dict[str, bool] = {}
    for step in claim.importer.extract(claim, settings):
        for name, batches in parts.items():
            batch = getattr(step, name)
            if batch is not None:
                batches.append(batch)
        owner.extend(step.owner)
        rows += step.rows
        coverage.update(step.coverage)
        for reason, count in step.skipped.items():
            skipped[reason] = skipped.get(reason, 0) + count
    return Reading(
        claim=claim,
        records=pa.Table.from_batches(parts["records"], SOURCE_RECORDS),
        events=pa.Table.from_batches(parts["events"], EXTRACTED_EVENTS),
        rejects=pa.Table.from_batches(parts["rejects"], REJECTS),
        owner=tuple(owner),
        rows=rows,
        skipped=skipped,
        coverage=coverage,
    )


# Goldens


def result(golden: Path, importers: Sequence[Importer]) -> dict[str, Any]:
    """The golden's result as `expected.json` holds it: nulls, hashes and empty parts left out."""
    found = read(inputs(golden), importers, context(golden))
    return {"claims": [_shown(reading) for reading in found.readings], "errors": [error.code for error in found.errors]}


def compare(golden: Path, importers: Sequence[Importer]) -> list[str]:
    """Where the result differs from `expected.json`: one sentence for each place, at most twenty."""
    path = golden / EXPECTED
    if not path.is_file():
        return [f"{path} does not exist; make it with generate() and read it before you keep it."]
    expected = json.loads(path.read_text("utf-8"))
    return list(_differences("result", expected, json.loads(_dumped(result(golden, importers)))))[:20]


def generate(golden: Path, importers: Sequence[Importer], *, force: bool = False) -> Path:
    """Write `expected.json` and return its path.

    Raises `UsageError` where it exists and differs, unless `force`: a golden is changed on purpose or not at all.
    """
    path = golden / EXPECTED
    text = _dumped(result(golden, importers))
    if path.exists() and path.read_text("utf-8") != text and not force:
        raise UsageError(f"{path} exists and says something else.", "Rewrite it on purpose, and read the difference.")
    path.write_text(text, "utf-8")
    return path


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=False) + "\n"


def _shown(reading: Reading) -> dict[str, Any]:
    claim = reading.claim
    whole = {
        "source": claim.source,
        "layout": claim.layout,
        "root": claim.root,
        "account": claim.account,
        "observed_at": claim.observed_at.isoformat() if claim.observed_at else None,
        "members": [member.path for member in claim.members],
        "present": list(claim.present),
        "absent": list(claim.absent),
        "not_understood": list(claim.not_understood),
        "notes": list(claim.notes),
        "rows": reading.rows,
        "skipped": dict(sorted(reading.skipped.items())),
        "coverage": dict(sorted(reading.coverage.items())),
        "owner": [f"{point.kind} {point.raw}" for point in reading.owner],
        "records": [_row(row) for row in reading.records.to_pylist()],
        "events": [_row(row) for row in reading.events.to_pylist()],
        "rejects": [_row(row) for row in reading.rejects.to_pylist()],
    }
    return {key: value for key, value in whole.items() if value not in (None, "", [], {})}


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _value(value)
        for key, value in row.items()
        if key not in _NOT_SHOWN and value not in (None, "", [], {})
    }  # fmt: skip


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        if value and isinstance(value[0], tuple):
            return dict(value)
        return [_row(item) if isinstance(item, dict) else item for item in value]
    return value if isinstance(value, str | int | float | bool) else str(value)


def _differences(where: str, expected: object, found: object) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in [*expected, *(key for key in found if key not in expected)]:
            if key not in found:
                yield f"{where}.{key} is missing."
            elif key not in expected:
                yield f"{where}.{key} is new."
            else:
                yield from _differences(f"{where}.{key}", expected[key], found[key])
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            yield f"{where} has {len(found)} entries instead of {len(expected)}."
        for number, (one, other) in enumerate(zip(expected, found, strict=False)):
            yield from _differences(f"{where}[{number}]", one, other)
    elif expected != found:
        yield f"{where} is {found!r} instead of {expected!r}."


# Promises


def check(golden: Path, importers: Sequence[Importer]) -> list[str]:
    """Every broken promise of the importer on this golden; the source is the name of the folder above it."""
    settings = context(golden)
    source = golden.parent.name
    broken: list[str] = []
    first, second = (read(inputs(golden), importers, settings) for _ in range(2))
    if not first.readings:
        broken.append("No importer claims it.")
    for reading in first.readings:
        if source not in (reading.claim.source, reading.claim.importer.source):
            broken.append(f"{reading.claim.source} claims what is made for {source}.")
        broken.extend(f"{reading.claim.source}: {sentence}" for sentence in check_reading(reading))
    for one, other in zip(first.readings, second.readings, strict=True):
        same = all(getattr(one, name).equals(getattr(other, name)) for name in ("records", "events", "rejects"))
        counted = [(each.owner, each.rows, each.skipped, each.coverage) for each in (one, other)]
        if not same or counted[0] != counted[1]:
            broken.append(f"{one.claim.source}: reading it twice gives two results.")
    return broken


def check_reading(reading: Reading, *, names: bool = True) -> list[str]:
    """Every promise that one reading breaks.

    Without `names`, sentences are not compared with the people's names: in a broken input any word may be one.
    """
    return [
        *_check_counts(reading),
        *_check_lineage(reading),
        *_check_ids(reading),
        *_check_owner(reading),
        *_check_sentences(reading, names),
    ]


def _check_counts(reading: Reading) -> Iterator[str]:
    accounted = reading.records.num_rows + reading.rejects.num_rows + sum(reading.skipped.values())
    if reading.rows != accounted:
        yield f"{reading.rows} rows are not the {accounted} that records, rejects and skipped rows add up to."
    for name, schema in (("records", SOURCE_RECORDS), ("events", EXTRACTED_EVENTS), ("rejects", REJECTS)):
        if not getattr(reading, name).schema.equals(schema, check_metadata=False):
            yield f"{name} do not have the schema of audiencevault.records."


def _check_lineage(reading: Reading) -> Iterator[str]:
    members = {member.path for member in reading.claim.members}
    for name in ("records", "events", "rejects"):
        for row in getattr(reading, name).select(["source", "member", "locator", "export_sha256"]).to_pylist():
            if row["member"] not in members:
                yield f"a row of {name} names a member that is not in the claim."
            if not row["locator"]:
                yield f"a row of {name} has no locator."
            if row["export_sha256"] != reading.claim.sha256:
                yield f"a row of {name} has not the hash of its claim."
            if not (row["source"] or "").startswith(reading.claim.importer.source.partition(".")[0]):
                yield f"a row of {name} has a source of another family."


def _check_ids(reading: Reading) -> Iterator[str]:
    rows = reading.records.select(["record_id", "source", "account", "source_key"]).to_pylist()
    ids = [row["record_id"] for row in rows]
    if len(set(ids)) != len(ids):
        yield "two records have the same id."
    if any(row["record_id"] != record_id(row["source"], row["account"] or "", row["source_key"]) for row in rows):
        yield "a record's id is not made of its source, account and source key."
    if set(reading.events.column("record_id").to_pylist()) - {None} - set(ids):
        yield "an event belongs to no record."


def _check_owner(reading: Reading) -> Iterator[str]:
    own = {(point.kind, bare(point.kind, point.raw)) for point in reading.owner if bare(point.kind, point.raw)}
    for points in reading.records.column("points").to_pylist():
        if any((point["kind"], bare(point["kind"], point["raw"])) in own for point in points or ()):
            yield "the owner is among the records."


def _check_sentences(reading: Reading, names: bool) -> Iterator[str]:
    named = ("full_name", "first_name", "last_name", "company", "source_key") if names else ()
    known = {value for name in named for value in reading.records.column(name).to_pylist() if value and len(value) > 3}
    for row in reading.rejects.select(["code", "sentence"]).to_pylist():
        sentence = row["sentence"] or ""
        if not row["code"] or not sentence.endswith("."):
            yield "a reject has no code or no sentence."
        if "@" in sentence or _DIGITS.search(sentence) or any(value in sentence for value in known):
            yield "a reject's sentence quotes what the export holds."


# Damage


@dataclass(frozen=True)
class Copy:
    """A changed copy of an input: what was done to it, where it lies, and whether it must still read the same."""

    what: str
    path: Path
    same: bool


def copies(golden: Path, directory: Path) -> Iterator[Copy]:
    """Copies of the golden's input in `directory`, one at a time: packed, wrapped, cut off and with flipped bits.

    Positions derive from the content, so that every run makes the same copies.
    """
    files = contents(golden)
    packed = any(name.lower().endswith(".zip") for name in files)
    yield write_copy(directory / "wrapped", {
        **{f"my download/{name}": data for name, data in files.items()},
        "__MACOSX/._x": b"junk",
        "my download/.DS_Store": b"junk",
    }, "wrapped in a folder", same=True)  # fmt: skip
    archive = zipped(files)
    if not packed:
        yield write_copy(directory / "zip", {"export.zip": archive}, "packed into a ZIP", same=True)
    for number, (name, data) in enumerate(list(files.items())[:24]):
        for share in (50, 97):
            cut = {**files, name: data[: len(data) * share // 100]}
            yield write_copy(directory / f"cut-{number}-{share}", cut, f"{name} cut at {share} %", same=False)
        flipped = {**files, name: _flipped(data, name)}
        yield write_copy(directory / f"flip-{number}", flipped, f"bits flipped in {name}", same=False)
        other = {**files, name: b'{"other": 1}'}
        yield write_copy(directory / f"other-{number}", other, f"{name} replaced by another document", same=False)
    for share in (30, 80, 99):
        cut = {"export.zip": archive[: len(archive) * share // 100]}
        yield write_copy(directory / f"zip-cut-{share}", cut, f"ZIP cut at {share} %", same=False)
    for number in range(4):
        broken = {"export.zip": _flipped(archive, f"archive {number}")}
        yield write_copy(directory / f"zip-flip-{number}", broken, "bits flipped in the ZIP", same=False)


def check_copy(golden: Path, copy: Copy, importers: Sequence[Importer]) -> list[str]:
    """What a changed copy does that it must not.

    Whatever is wrong with an input, reading ends in records, rejects and `AudienceVaultError`s; any other exception
    is left to rise. A copy that is merely packed otherwise gives the same people.
    """
    settings = context(golden)
    found = read([copy.path], importers, settings)
    broken = [f"{copy.what}: {sentence}" for reading in found.readings for sentence in check_reading(reading)]
    if copy.same:
        original = read(inputs(golden), importers, settings)
        if _people(original) != _people(found):
            broken.append(f"{copy.what}: it gives other people than the original.")
    return broken


def _people(found: Result) -> list[tuple[Any, ...]]:
    columns = ["record_id", "relationship", "points", "locator", "first_seen_at"]
    return sorted(
        tuple(str(value) for value in row.values()) for reading in found.readings
         for row in reading.records.select(columns).to_pylist()
    )  # fmt: skip


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    for path in paths:
        if path.is_dir():
            yield from ((path, inner) for inner in sorted(path.rglob("*")) if inner.is_file())
        else:
            yield path.parent, path


def contents(golden: Path) -> dict[str, bytes]:
    """The files of the golden's input, by their paths."""
    return {path.relative_to(base).as_posix(): path.read_bytes() for base, path in _files(inputs(golden))}


def write_copy(path: Path, files: Mapping[str, bytes], what: str, *, same: bool) -> Copy:
    """Write `files` into the folder `path`, in the place of what is there."""
    shutil.rmtree(path, ignore_errors=True)
    for name, data in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return Copy(what, path, same)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A ZIP of `files`, the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _flipped(data: bytes, salt: str) -> bytes:
    """`data` with one bit in every two hundred bytes turned, at places that its content decides."""
    changed = bytearray(data)
    digest = hashlib.sha256(salt.encode() + data).digest()
    for number in range(min(16, len(data) // 200 + 1)):
        seed = int.from_bytes(hashlib.sha256(digest + bytes([number])).digest()[:8], "big")
        if changed:
            changed[seed % len(changed)] ^= 1 << (seed >> 61)
    return bytes(changed)


if __name__ == "__main__":
    import sys

    from audiencevault.sources import testing_door

    sys.exit(
        testing_door.main(
            sys.argv[1:], lambda line: sys.stdout.write(f"{line}\n"), lambda line: sys.stderr.write(f"{line}\n")
        )
    )
