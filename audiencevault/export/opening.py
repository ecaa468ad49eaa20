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
from audiencevault.export.archive import DOWNLOAD_AGAIN, Budget, Listing, list_zip
from audiencevault.export.container import OnDisk
from audiencevault.export.naming import clean, is_junk, magic, packed_otherwise, repair_name
from audiencevault.export.view import Export, Heads, Limits, Member

# Spreadsheets and books are ZIPs inside; they are files to us.
_ZIP_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
_VOLUME: Final = re.compile(r"(?i)^(?P<stem>.+\.zip)\.(?P<number>\d{3})$")
_PART: Final = re.compile(
    r"(?i)^(?P<stem>.+?)"
    r"(?:[ ._-]*\(?part[ ._-]*(?P<part>\d{1,3})(?:[ ._-]*of[ ._-]*\d{1,3})?\)?|[._-](?P<bare>\d{1,3}))\.zip$"
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
    export of everything in it, but each ZIP in it is its own. What is named twice, or lies in a folder that is named
    too, counts once.
    """
    limits = limits or Limits()
    errors: list[ExportError] = []
    zips: list[Path] = []
    order: dict[Path, int] = {}
    seen: set[Path] = set()
    found: list[tuple[int, Export]] = []
    folders = {path.resolve() for path in paths if path.is_dir()}
    for position, path in enumerate(paths):
        try:
            real = path.resolve(strict=True)
            if real in seen or any(folder in real.parents for folder in folders):
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
                    error = ExportError(f"{path} holds no file with anything in it.", "Name the folder of an export.")
                    errors.append(error.at(path))
            elif not stat.S_ISREG(mode):
                error = ExportError(f"{path} is neither a file nor a folder.", "Save it to a file first.")
                errors.append(error.at(path))
            elif _is_zip(path):
                zips.append(path)
                order[path] = position
            else:
                found.append((position, _open_file(path)))
        except ExportError as refused:
            errors.append(refused.at(path))
        except (OSError, RuntimeError) as failed:
            errors.append(_unreadable(str(path), failed).at(path))
    for download in _downloads(zips):
        position = order[download.parts[0].paths[0]]
        found.extend((position, export) for export in _open_download(download, limits, errors))
    found.sort(key=lambda item: (item[0], str(item[1].path)))
    return [export for _, export in found], errors


def _unreadable(label: str, error: Exception) -> ExportError:
    if isinstance(error, FileNotFoundError):
        return ExportError(f"{label} does not exist.", "Check the spelling.")
    if isinstance(error, PermissionError):
        return ExportError(f"{label} may not be read by you.", "Change its permissions, or copy it.")
    return ExportError(f"{label} cannot be read.", "Copy it to a local disk and try again.")


def spelled(path: Path | str) -> str:
    """A path as text that can be stored and shown, even where the name on the disk is not UTF-8."""
    text = str(path)
    return text if text.isprintable() else "/".join(map(_spelled, text.split("/")))


def _spelled(name: str) -> str:
    return clean(repair_name(os.fsencode(name)))


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
    name = _spelled(path.name)
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
        relative = "/".join(map(_spelled, path.relative_to(root).parts))
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
            listing.refused.append(error.at(shown))
        except (OSError, RuntimeError) as error:
            listing.refused.append(_unreadable(shown, error).at(shown))
    return _export(root, "folder", listing, (root,), heads), zips


def _walk(root: Path, listing: Listing) -> Iterator[tuple[Path, os.DirEntry[str]]]:
    """All entries below `root` that are not folders; links to folders are entries."""
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                here = sorted(entries, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            listing.refused.append(_unreadable(str(folder), error).at(folder))
            continue
        for entry in here:
            if entry.is_dir(follow_symlinks=False):
                folders.append(folder / entry.name)
            else:
                yield folder / entry.name, entry


@dataclass(frozen=True)
class _Download:
    """The ZIPs that one download was cut into, in order; `missing` are the numbers between them that are not here."""

    parts: tuple[OnDisk, ...]
    missing: tuple[int, ...] = ()


def _downloads(zips: Sequence[Path]) -> list[_Download]:
    volumes: dict[tuple[Path, str], list[tuple[int, Path]]] = {}
    stems: dict[tuple[Path, str, bool], list[tuple[int, OnDisk]]] = {}
    for path in zips:
        folder = path.resolve().parent
        volume = _VOLUME.match(path.name)
        if volume:
            volumes.setdefault((folder, volume["stem"]), []).append((int(volume["number"]), path))
        else:
            stem, worded, number = _part(path.name)
            stems.setdefault((folder, stem, worded), []).append((number, OnDisk((path,))))
    found = [_Download((OnDisk(tuple(path for _, path in sorted(pieces))),)) for pieces in volumes.values()]
    for (_, _, worded), parts in stems.items():
        parts.sort(key=lambda part: (part[0], part[1].paths))
        numbers = [number for number, _ in parts]
        together = worded or (len(parts) > 1 and numbers[0] <= 1)
        if together and len(set(numbers)) == len(numbers):
            missing = sorted(set(range(1, numbers[-1])) - set(numbers))
            found.append(_Download(tuple(part for _, part in parts), tuple(missing)))
        else:
            found.extend(_Download((part,)) for _, part in parts)
    return found


def _part(name: str) -> tuple[str, bool, int]:
    """What a ZIP is called without its part number, whether it says "part", and the number (0: has none).

    `facebook-ida-2026-11-02-Ab3-2.zip` is part 2; `instagram-2026-11-02.zip` and `…-03.zip` are two days.
    """
    found = _PART.match(name)
    if found is None:
        return name, False, 0
    stem = found["stem"]
    if found["bare"] and not _WHOLE_DATE.search(stem) and _HALF_DATE.search(stem):
        return name, False, 0
    return stem, bool(found["part"]), int(found["part"] or found["bare"])


def _open_download(download: _Download, limits: Limits, errors: list[ExportError]) -> list[Export]:
    """One export of all parts; one of each where they contradict each other, and so belong to several."""
    heads, budget = Heads(), Budget(limits)
    readable: list[OnDisk] = []
    listings: list[Listing] = []
    for part in download.parts:
        shown = str(part.paths[0])
        try:
            budget.packed += part.size
            listings.append(list_zip(part, shown, budget, heads))
            readable.append(part)
        except ExportError as error:
            errors.append(error.at(shown))
        except OSError as error:
            errors.append(_unreadable(shown, error).at(shown))
    if _contradict(listings):
        return [export for part in readable for export in _open_download(_Download((part,)), limits, errors)]
    union = Listing()
    for listing in listings:
        union.members = listing.members | union.members
        union.junk.extend(listing.junk)
        union.refused.extend(listing.refused)
    if not readable:
        return []
    first = readable[0].paths[0]
    if download.missing:
        numbers = " and ".join(map(str, download.missing))
        union.refused.append(
            ExportError(
                f"{first} is part of a download of which part {numbers} is missing here.",
                "Download the missing part and name all parts together.",
            )
        )
    if not union.members and not union.refused:
        errors.append(ExportError(f"{first} holds no file with anything in it.", DOWNLOAD_AGAIN).at(first))
        return []
    return [_export(first, "zip", union, tuple(path for part in readable for path in part.paths), heads)]


def _contradict(listings: Sequence[Listing]) -> bool:
    """Whether two parts hold the same path with different content, which parts of one download do not."""
    seen: dict[str, tuple[int, int] | None] = {}
    for listing in listings:
        for path, member in listing.members.items():
            fingerprint = member.source.fingerprint
            if (
                path.rpartition("/")[2].lower() not in _COVER_PAGES
                and seen.setdefault(path, fingerprint) != fingerprint
            ):
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
