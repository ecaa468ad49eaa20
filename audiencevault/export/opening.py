"""From the paths that a person names to exports: folders walked, part-ZIPs united, each refusal a sentence."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from audiencevault.errors import ExportError, UnsafeArchiveError
from audiencevault.export.archive import (
    DOWNLOAD_AGAIN,
    Budget,
    Listing,
    OnDisk,
    is_junk,
    list_zip,
    magic,
    packed_otherwise,
    repair_name,
)
from audiencevault.export.view import Export, Heads, Limits, Member

# Spreadsheets and books are ZIPs inside; they are files to us.
_ZIP_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
_VOLUME: Final = re.compile(r"(?i)^(?P<stem>.+\.zip)\.(?P<number>\d{3})$")
_PART: Final = re.compile(
    r"(?i)^(?P<stem>.+?)(?P<word>[ ._-]*\(?part[ ._-]*(?P<of>\d{1,3})(?:[ ._-]*of[ ._-]*\d{1,3})?\)?|[._-](?P<bare>\d{1,3}))\.zip$"
)
_WHOLE_DATE: Final = re.compile(r"(\d{4}[-_.]?\d{2}[-_.]?\d{2}|\d{2}[-_.]\d{2}[-_.]\d{4})$")
_HALF_DATE: Final = re.compile(r"(?:^|\D)\d{1,4}[-_.]\d{1,2}$")
_COVER_PAGES: Final = frozenset({"index.html", "start_here.html", "archive_browser.html", "readme.txt", "readme.html"})


@dataclass(frozen=True)
class FileSource:
    """The bytes of a plain file."""

    path: Path

    @property
    def fingerprint(self) -> None:
        """See `Source`."""
        return

    def open(self) -> BinaryIO:
        """See `Source`."""
        try:
            return self.path.open("rb", buffering=1 << 18)
        except OSError as error:
            raise _unreadable(str(self.path), error) from error


def open_exports(paths: Sequence[Path], limits: Limits | None = None) -> tuple[list[Export], list[ExportError]]:
    """The exports in `paths`, in that order, and a sentence for each input that cannot be read.

    A ZIP, or the group of part-ZIPs that one download was cut into, is one export; so is a file. A folder is one
    export of everything in it, but each ZIP in it is its own. Naming something twice counts once.
    """
    limits = limits or Limits()
    exports: list[Export] = []
    errors: list[ExportError] = []
    zips: list[Path] = []
    order: dict[Path, int] = {}
    seen: set[Path] = set()
    found: list[tuple[int, Export]] = []
    for position, path in enumerate(paths):
        try:
            real = path.resolve(strict=True)
            if real in seen:
                continue
            seen.add(real)
            mode = real.stat().st_mode
            if stat.S_ISDIR(mode):
                folder, inside = _open_folder(path)
                for archive in inside:
                    if archive.resolve() not in seen:
                        seen.add(archive.resolve())
                        zips.append(archive)
                        order[archive] = position
                if folder.members or folder.problems:
                    found.append((position, folder))
                elif not inside:
                    errors.append(
                        ExportError(f"{path} holds no file with anything in it.", "Name the folder of an export.")
                    )
            elif not stat.S_ISREG(mode):
                errors.append(ExportError(f"{path} is neither a file nor a folder.", "Save it to a file first."))
            elif _is_zip(path):
                zips.append(path)
                order[path] = position
            else:
                found.append((position, _open_file(path)))
        except ExportError as error:
            errors.append(error)
        except (OSError, RuntimeError) as error:
            errors.append(_unreadable(str(path), error))
    for group in _groups(zips):
        for export in _open_zips(group, limits, errors):
            found.append((order[group[0].paths[0]], export))
    found.sort(key=lambda item: (item[0], str(item[1].path)))
    exports.extend(export for _, export in found)
    return exports, errors


def _unreadable(label: str, error: Exception) -> ExportError:
    if isinstance(error, FileNotFoundError):
        return ExportError(f"{label} does not exist.", "Check the spelling.")
    if isinstance(error, PermissionError):
        return ExportError(f"{label} may not be read by you.", "Change its permissions, or copy it.")
    return ExportError(f"{label} cannot be read.", "Copy it to a local disk and try again.")


def _is_zip(path: Path) -> bool:
    name = path.name.lower()
    if name.endswith(".zip") or _VOLUME.match(name):
        return True
    if path.suffix:
        return False
    with path.open("rb") as stream:
        return stream.read(4) in _ZIP_MAGIC


def _open_file(path: Path) -> Export:
    heads = Heads()
    name = repair_name(os.fsencode(path.name))
    packed = packed_otherwise(name, str(path))
    if packed is not None:
        raise packed
    status = path.stat()
    if status.st_size == 0:
        raise ExportError(f"{path} is empty.", DOWNLOAD_AGAIN)
    with path.open("rb") as stream:
        other = magic(stream.read(512))
    if other:
        raise ExportError(f"{path} is a {other} archive, which is not read as it is.", "Unpack it and name the folder.")
    member = Member(name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC), FileSource(path), heads)
    return Export(path, "file", (member,), parts=(path,), heads=heads)


def _open_folder(root: Path) -> tuple[Export, list[Path]]:
    """The export of a folder, and the ZIPs in it."""
    listing, zips, heads = Listing(), [], Heads()
    real_root = root.resolve()
    for path, entry in _walk(root, listing):
        shown = str(path)
        relative = "/".join(repair_name(os.fsencode(part)) for part in path.relative_to(root).parts)
        try:
            if is_junk(relative):
                listing.junk.append(relative)
            elif entry.is_symlink():
                if not path.resolve().is_relative_to(real_root):
                    raise UnsafeArchiveError(
                        f"{shown} is a link that leaves the folder.",
                        "Name what it points to, if it belongs to the export.",
                    )
                # What it points to is met on its own.
                listing.junk.append(relative)
            elif not entry.is_file():
                listing.junk.append(relative)
            elif _is_zip(path):
                zips.append(path)
            else:
                status = entry.stat()
                packed = packed_otherwise(relative, shown)
                if packed is not None:
                    raise packed
                if status.st_size == 0:
                    listing.junk.append(relative)
                    continue
                modified = datetime.fromtimestamp(status.st_mtime, UTC)
                listing.add(Member(relative, status.st_size, modified, FileSource(path), heads), shown)
        except ExportError as error:
            listing.refused.append(error)
        except (OSError, RuntimeError) as error:
            listing.refused.append(_unreadable(shown, error))
    return _export(root, "folder", listing, (root,), heads), zips


def _walk(folder: Path, listing: Listing) -> Iterator[tuple[Path, os.DirEntry[str]]]:
    try:
        with os.scandir(folder) as entries:
            here = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        listing.refused.append(_unreadable(str(folder), error))
        return
    for entry in here:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder / entry.name, listing)
        else:
            yield folder / entry.name, entry


def _groups(zips: Sequence[Path]) -> list[list[OnDisk]]:
    """ZIPs by the download that they may be parts of, parts in order."""
    volumes: dict[tuple[Path, str], dict[int, Path]] = {}
    groups: dict[tuple[Path, str], dict[int, OnDisk]] = {}
    for path in zips:
        volume = _VOLUME.match(path.name)
        if volume:
            volumes.setdefault((path.parent, volume["stem"]), {})[int(volume["number"])] = path
            continue
        stem, number = _part(path.name)
        groups.setdefault((path.parent, stem), {})[number] = OnDisk((path,))
    for (parent, stem), pieces in volumes.items():
        groups[parent, f"{stem}.001"] = {0: OnDisk(tuple(pieces[number] for number in sorted(pieces)))}
    result = []
    for parts in groups.values():
        if len(parts) > 1 and min(parts) <= 1:
            result.append([parts[number] for number in sorted(parts)])
        else:
            result.extend([part] for _, part in sorted(parts.items()))
    return result


def _part(name: str) -> tuple[str, int]:
    """What a ZIP is called without its part number, and that number; the whole name and 0 where it has none.

    `facebook-ida-2026-11-02-Ab3-2.zip` is part 2; `instagram-2026-11-02.zip` and `-03.zip` are two days.
    """
    found = _PART.match(name)
    if found is None:
        return name, 0
    stem = found["stem"]
    if found["bare"] and not _WHOLE_DATE.search(stem) and _HALF_DATE.search(stem):
        return name, 0
    return f"{stem}/{'part' if found['of'] else ''}", int(found["of"] or found["bare"])


def _open_zips(group: Sequence[OnDisk], limits: Limits, errors: list[ExportError]) -> list[Export]:
    heads = Heads()
    budget = Budget(limits)
    listings: list[tuple[OnDisk, Listing]] = []
    for part in group:
        try:
            budget.packed += part.size
            listings.append((part, list_zip(part, str(part.paths[0]), budget, heads)))
        except ExportError as error:
            errors.append(error)
        except OSError as error:
            errors.append(_unreadable(str(part.paths[0]), error))
    if _contradict([listing for _, listing in listings]):
        return [export for part in group for export in _open_zips([part], limits, errors)]
    union = Listing()
    for _, listing in listings:
        union.members.update({path: m for path, m in listing.members.items() if path not in union.members})
        union.junk.extend(listing.junk)
        union.refused.extend(listing.refused)
    if not listings:
        return []
    paths = tuple(path for part, _ in listings for path in part.paths)
    return [_export(paths[0], "zip", union, paths, heads)]


def _contradict(listings: Sequence[Listing]) -> bool:
    """Whether two parts hold the same path with different content, which parts of one download do not."""
    seen: dict[str, tuple[int, int] | None] = {}
    for listing in listings:
        for path, member in listing.members.items():
            fingerprint = member.source.fingerprint
            if path.lower() not in _COVER_PAGES and seen.setdefault(path, fingerprint) != fingerprint:
                return True
    return False


def _export(path: Path, kind: str, listing: Listing, parts: tuple[Path, ...], heads: Heads) -> Export:
    return Export(
        path,
        "folder" if kind == "folder" else "zip",
        tuple(sorted(listing.members.values(), key=lambda member: member.path)),
        tuple(sorted(set(listing.junk))),
        tuple(listing.refused),
        parts,
        heads,
    )
