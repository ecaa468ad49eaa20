"""A real export into a sample that may be shown: everybody in it becomes somebody invented, its form stays.

The same person is the same invented one everywhere in the export. Names, addresses, user names and numbers keep their
length, script, case, blanks and broken encodings; e-mail addresses lie below `.example`, telephone numbers in ranges
that reach nobody, dates go back by the same four or eight years, texts become filler. Columns and keys that no
importer knows are replaced too and are named. Pictures, videos and other files that are no text are left out and named.

Nothing is written before all bytes were searched for what was replaced. See `audiencevault.sources.testing`.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from audiencevault.errors import AudienceVaultError, ExportError, UsageError
from audiencevault.export import Export, Member, decode, open_exports
from audiencevault.export.archive import DAMAGE
from audiencevault.sources import (
    sanitising_files,
    sanitising_proof,
    sanitising_sheets,
    sanitising_tables,
    table_head,
    testing,
)
from audiencevault.sources.importer import Claim, ImportContext, Importer, discover, identify
from audiencevault.sources.sanitising_fakes import Book
from audiencevault.sources.sanitising_values import Replacer
from audiencevault.sources.table_spec import Spec
from audiencevault.sources.tabular import TableImporter

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of one text file: a sample that is committed is read by people."""

_TEXT: Final = (
    *table_head.TEXT_SUFFIXES,
    *sanitising_sheets.SUFFIXES,
    ".json",
    ".jsonl",
    ".js",
    ".html",
    ".htm",
    ".vcf",
)
_CONVERSATION: Final = re.compile(r"(?:message_\d+\.html|messages\.html?)$", re.IGNORECASE)
_SOMEBODYS: Final = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]|\+\d[\d ()./-]{6,}\d")
_UTF16: Final = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


@dataclass(frozen=True)
class Sanitised:
    """What was made: the files by their names in the sample, what was left out by its name in the export, which
    headers no importer knows (they stay, their cells do not) and what keys became that none knows, how many values of
    each kind were replaced, and in what reading the sample differs from the original.
    """

    files: tuple[str, ...]
    dropped: tuple[str, ...]
    unknown: tuple[str, ...]
    replaced: Mapping[str, int]
    differences: tuple[str, ...]


@dataclass(frozen=True)
class _File:
    """One file of the original: `name` its path below the folder or in the ZIP, `inner` what a ZIP holds."""

    name: str
    data: bytes
    modified: float
    info: zipfile.ZipInfo | None = None
    inner: tuple[_File, ...] | None = None


@dataclass
class _Work:
    """One pass over all files. `specs` are the tables' own, by path inside their export."""

    replacer: Replacer
    heads: Mapping[str, tuple[table_head.Head | None, Spec | None, str]]
    encoding: str | None
    dropped: list[str] = field(default_factory=list)
    unknown: dict[str, None] = field(default_factory=dict)


def sanitise(
    path: Path,
    into: Path,
    *,
    seed: str,
    importers: Sequence[Importer] | None = None,
    settings: ImportContext | None = None,
) -> Sanitised:
    """Write a sanitised copy of the export `path` (a folder, a ZIP or one file) into the folder `into`.

    The same seed gives the same sample; whoever knows the seed and a name can find the fake, so keep it to yourself.
    Raises `UsageError` where `into` holds something already or where the proof finds a value of the original, and
    `ExportError` where a file cannot be read; nothing is written then.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError(f"{into} exists and is not an empty folder.", "Name a folder that is not there yet.")
    importers = discover() if importers is None else importers
    settings = settings or ImportContext()
    exports, errors = open_exports([path], settings.limits)
    if errors and not exports:
        raise errors[0]
    heads = _heads(exports, importers, settings)
    files = _read(path)
    replacer = Replacer(Book(seed))
    for _ in range(2):
        # Names that stand after their first use are known in the second round.
        work = _Work(replacer, heads, settings.encoding)
        for file in files:
            _rewritten(file, work)
    if settings.account:
        replacer.value(settings.account)
    replacer.book.close()
    work = _Work(replacer, heads, settings.encoding)
    made = [new for file in files if (new := _rewritten(file, work)) is not None]
    _prove(made, replacer)
    _write(made, into, replacer.book.years)
    return Sanitised(
        files=tuple(file.name for file in made),
        dropped=tuple(work.dropped),
        unknown=tuple(work.unknown),
        replaced=dict(sorted(replacer.counts.items())),
        differences=tuple(_differences(path, into, importers, settings, replacer)),
    )


# Reading


def _read(path: Path) -> list[_File]:
    if path.is_dir():
        inside = sorted(one for one in path.rglob("*") if one.is_file() and not one.is_symlink())
        return [_file(one, one.relative_to(path).as_posix()) for one in inside]
    if not path.is_file():
        raise ExportError(f"There is no {path}.", "Check the path.")
    return [_file(path, path.name)]


def _file(path: Path, name: str) -> _File:
    modified = path.stat().st_mtime
    if name.lower().endswith(".zip"):
        return _File(name, b"", modified, inner=_unpacked(path.read_bytes(), name))
    if not name.lower().endswith(_TEXT):
        return _File(name, b"", modified)
    _check_size(path.stat().st_size, name)
    return _File(name, path.read_bytes(), modified)


def _unpacked(data: bytes, name: str) -> tuple[_File, ...]:
    found: list[_File] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                packed = info.filename.lower().endswith(".zip")
                if info.is_dir() or not (packed or info.filename.lower().endswith(_TEXT)):
                    found.append(_File(info.filename, b"", 0, info))
                    continue
                _check_size(info.file_size, name)
                content = archive.read(info)
                inner = _unpacked(content, name) if packed else None
                found.append(_File(info.filename, b"" if packed else content, 0, info, inner))
    except DAMAGE as error:
        raise ExportError(f"{name} is damaged, or packed in a way that is not known.", "Download it again.") from error
    return tuple(found)


def _check_size(size: int, name: str) -> None:
    if size > LARGEST:
        raise UsageError(
            f"{name} holds a text file of {size // 1024 // 1024} MiB; a sample is for reading.",
            "Cut it down to some rows first.",
        )


def _heads(
    exports: Sequence[Export], importers: Sequence[Importer], settings: ImportContext
) -> dict[str, tuple[table_head.Head | None, Spec | None, str]]:
    """For each member: how it begins as a table, the spec that reads it, and the source that claims it."""
    found: dict[str, tuple[table_head.Head | None, Spec | None, str]] = {}
    for export in exports:
        claims = identify([export], importers)
        owners = {member.path: claim for claim in claims for member in claim.members}
        for member in export.members:
            claim = owners.get(member.path)
            found[member.path] = (*_table(member, claim, settings), claim.importer.source if claim else "")
    return found


def _table(member: Member, claim: Claim | None, settings: ImportContext) -> tuple[table_head.Head | None, Spec | None]:
    if not member.name.lower().endswith((*table_head.TEXT_SUFFIXES, *sanitising_sheets.SUFFIXES)):
        return None, None
    if claim is not None and isinstance(claim.importer, TableImporter):
        placed = claim.importer.placed(member, settings.encoding)
        if placed is not None:
            return placed.head, claim.importer.adapted(placed)
    return table_head.sniff(member, encoding=settings.encoding), None


# Rewriting


def _rewritten(file: _File, work: _Work) -> _File | None:
    """The sanitised file, or None where it is left out."""
    if file.inner is not None:
        inner = [new for one in file.inner if (new := _rewritten(one, work)) is not None]
        return _named(file, work, b"", tuple(inner))
    if file.info is not None and file.info.is_dir():
        return _named(file, work, b"", None)
    if not file.name.lower().endswith(_TEXT) or "__MACOSX/" in file.name:
        work.replacer.place(file.name)
        work.dropped.append(file.name)
        return None
    return _named(file, work, _content(file, work), None)


def _named(file: _File, work: _Work, data: bytes, inner: tuple[_File, ...] | None) -> _File:
    return _File(
        work.replacer.place(file.name), data, max(0, file.modified - work.replacer.book.seconds), file.info, inner
    )


def _content(file: _File, work: _Work) -> bytes:
    if not file.data:
        return b""
    head, spec, source = _of(file.name, work)
    name = file.name.lower()
    if name.endswith(sanitising_sheets.SUFFIXES):
        _no_person_in(head, file.name)
        data, unknown = sanitising_sheets.rewritten(file.data, head, spec, work.replacer, file.name)
        work.unknown.update(dict.fromkeys(f"{file.name}: {one}" for one in unknown))
        return data
    mark, text, codecs_of_lines = _decoded(file.data, work.encoding)
    if source == "whatsapp" and name.endswith(".txt"):
        text, unknown = sanitising_files.chat(text, work.replacer)
    elif source == "tiktok" and name.endswith(".txt"):
        text, unknown = sanitising_files.labelled(text, work.replacer)
    elif name.endswith(table_head.TEXT_SUFFIXES) and head is not None:
        _no_person_in(head, file.name)
        text, unknown = sanitising_tables.rewritten(text, head, spec, work.replacer)
    elif name.endswith((".html", ".htm")):
        text, unknown = sanitising_files.page(text, work.replacer, conversation=bool(_CONVERSATION.search(name)))
    else:
        reader = next((one for ending, one in sanitising_files.READERS.items() if name.endswith(ending)), None)
        text, unknown = reader(text, work.replacer) if reader else (work.replacer.words(text), [])
    work.unknown.update(dict.fromkeys(f"{file.name}: {one}" for one in unknown))
    return mark + _encoded(text, codecs_of_lines)


def _no_person_in(head: table_head.Head | None, name: str) -> None:
    """Raise `UsageError` where the header, which stays as it is, holds an address or a number: it is somebody's row."""
    if head is None or head.header is None:
        return
    for place, cell in enumerate(head.records[head.header], 1):
        if _SOMEBODYS.search(cell):
            raise UsageError(
                f"{name}: column {place} of the header holds an e-mail address or a telephone number, and headers stay "
                "as they are. Nothing was written.",
                "If it is no table, or one without a header, leave the file out or put a header above it; else take "
                "the address out of the header.",
            )


def _of(name: str, work: _Work) -> tuple[table_head.Head | None, Spec | None, str]:
    """What is known of a file: members of ZIPs in a folder are known by their own paths."""
    if name in work.heads:
        return work.heads[name]
    ending = next((path for path in work.heads if path.endswith(f"/{name}") or name.endswith(f"/{path}")), None)
    return work.heads[ending] if ending else (None, None, "")


def _decoded(data: bytes, said: str | None) -> tuple[bytes, str, list[str]]:
    """The mark at the beginning, the text, and the encoding of each line, which programs mix."""
    for codec, mark in (("utf-8", codecs.BOM_UTF8), *_UTF16.items()):
        if data.startswith(mark):
            return mark, *_lines(data[len(mark) :], said if codec == "utf-8" else codec)
    used = said or decode(data)[1]
    return b"", *_lines(data, used if used.startswith(("utf-16", "utf-32")) else said)


def _lines(data: bytes, codec: str | None) -> tuple[str, list[str]]:
    if codec is not None:
        return data.decode(codec, "replace"), [codec]
    texts, used = [], []
    for line in re.split(rb"(?<=\n)", data):
        for one in ("utf-8", "cp1252", "latin-1"):
            try:
                texts.append(line.decode(one))
            except UnicodeDecodeError:
                continue
            used.append(one)
            break
    return "".join(texts), used if set(used) != {"utf-8"} else ["utf-8"]


def _encoded(text: str, codecs_of_lines: Sequence[str]) -> bytes:
    if len(codecs_of_lines) == 1:
        return text.encode(codecs_of_lines[0], "replace")
    lines = re.split(r"(?<=\n)", text)
    return b"".join(line.encode(codec, "replace") for line, codec in zip(lines, codecs_of_lines, strict=True))


# Proof and writing


def _prove(made: Sequence[_File], replacer: Replacer) -> None:
    left = sanitising_proof.left_over(_all_bytes(made), replacer)
    if left:
        raise UsageError(
            f"Nothing was written, since something of the original is left. {left[0]}"
            + (f" So do {len(left) - 1} more." if len(left) > 1 else ""),
            "Most often a header, a key or a file is called after somebody: rename it; else try another seed.",
        )


def _all_bytes(files: Sequence[_File], within: str = "") -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for file in files:
        if file.name.lower().endswith(sanitising_sheets.SUFFIXES) and file.data:
            found.update(sanitising_sheets.parts(file.data, f"{within}{file.name}::"))
        else:
            found[within + file.name] = file.data
        if file.inner is not None:
            found.update(_all_bytes(file.inner, f"{within}{file.name}::"))
    return found


def _write(made: Sequence[_File], into: Path, years: int) -> None:
    for file in made:
        target = into / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data if file.inner is None else _packed(file.inner, years))
        os.utime(target, (file.modified, file.modified))


def _packed(files: Sequence[_File], years: int) -> bytes:
    """A ZIP with the entries in their order, packed as they were, their times moved like all others."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in files:
            old = file.info or zipfile.ZipInfo(file.name)
            info = zipfile.ZipInfo(file.name, (max(1980, old.date_time[0] - years), *old.date_time[1:]))
            info.compress_type, info.external_attr, info.create_system = (
                old.compress_type,
                old.external_attr,
                old.create_system,
            )
            archive.writestr(info, file.data if file.inner is None else _packed(file.inner, years))
    return buffer.getvalue()


def _differences(
    path: Path, into: Path, importers: Sequence[Importer], settings: ImportContext, replacer: Replacer
) -> list[str]:
    """In what reading the sample gives other counts than the original: one sentence for each."""
    account = replacer.value(settings.account) if settings.account else None
    faked = ImportContext(settings.encoding, account, settings.region, settings.date_order, settings.limits)
    copied = [into] if path.is_dir() or len(list(into.iterdir())) != 1 else [next(iter(into.iterdir()))]
    try:
        one, other = testing.read([path], importers, settings), testing.read(copied, importers, faked)
    except AudienceVaultError as error:
        return [f"The sample cannot be read: {error.message}"]
    found: list[str] = []
    if [error.code for error in one.errors] != [error.code for error in other.errors]:
        found.append(f"Reading it gives {len(other.errors)} errors instead of {len(one.errors)}.")
    counts = [_counts(result) for result in (one, other)]
    for key in sorted(counts[0].keys() | counts[1].keys()):
        if counts[0][key] != counts[1][key]:
            source, what = key
            found.append(f"{source}: {counts[1][key]} instead of {counts[0][key]} {what}.")
    return found


def _counts(result: testing.Result) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for reading in result.readings:
        source = f"{reading.claim.source} ({reading.claim.layout})"
        counts[source, "claims"] += 1
        counts[source, "rows"] += reading.rows
        counts[source, "points of the owner"] += len(reading.owner)
        for kind in reading.records.column("relationship").to_pylist():
            counts[source, f"records with the tie {kind}"] += 1
        for code in reading.rejects.column("code").to_pylist():
            counts[source, f"rejects with the code {code}"] += 1
        for event in reading.events.select(["event_type", "state", "channel"]).to_pylist():
            counts[source, "events " + " ".join(word for word in event.values() if word)] += 1
        for reason, count in reading.skipped.items():
            counts[source, f"skipped rows ({reason})"] += count
    return counts
