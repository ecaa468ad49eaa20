"""ZIPs, guarded: what lies in one, and streams of it that stop where more comes out than the limits allow.

The table of contents of an archive is only a claim. Names are checked before they are shown, sizes and ratios
both as claimed and as counted while bytes come out, over all members and over ZIPs inside the ZIP.
"""

from __future__ import annotations

import io
import lzma
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO, Final

from audiencevault.errors import ExportError, UnsafeArchiveError
from audiencevault.export.container import Container, InMemory
from audiencevault.export.naming import checked_path, is_junk, magic, packed_otherwise, repair_name
from audiencevault.export.view import GIB, MIB, Heads, Limits, Member

# DEFLATE64 (9) is what Windows writes for members of 2 GB and more; 99 is how AES hides the real method.
_METHODS: Final = {9: "Deflate64", 93: "Zstandard", 95: "XZ", 96: "JPEG", 98: "PPMd", 99: "AES"}
_READABLE: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError, NotImplementedError,
    RuntimeError, OverflowError,
)  # fmt: skip
"""What unpacking a damaged or odd archive may raise."""
_BUFFER_BYTES: Final = 1 << 18
_LOCAL_HEADER: Final = struct.Struct("<4s22xHH")
_ENCRYPTED: Final = 0x1 | 0x40
_UTF8_NAME: Final = 0x800
DOWNLOAD_AGAIN: Final = "Download it again; a download that stopped early looks like this."


@dataclass
class Budget:
    """What one export has taken out of its archives so far; a member that is read twice counts once."""

    limits: Limits
    packed: int = 0
    unpacked: int = 0
    members: int = 0

    def charge(self, fresh: int, label: str) -> None:
        """Count `fresh` decompressed bytes; raises `UnsafeArchiveError` beyond the limits."""
        self.unpacked += fresh
        if self.unpacked > self.limits.max_total_bytes:
            raise _too_much(label, f"the archive unpacks to more than {_human(self.limits.max_total_bytes)}")
        if self.unpacked > self.limits.ratio_floor and self.unpacked > self.limits.max_ratio * max(self.packed, 1):
            raise _too_much(label, f"the archive unpacks to more than {self.limits.max_ratio:g} times its size")

    def count(self, label: str) -> None:
        """Count one more member; raises `UnsafeArchiveError` beyond the limit."""
        self.members += 1
        if self.members > self.limits.max_members:
            raise UnsafeArchiveError(
                f"{label} holds more than {self.limits.max_members:,} files, which looks like an attack.",
                "If you trust it, unpack it yourself and name the folder.",
            )


def _too_much(label: str, why: str) -> UnsafeArchiveError:
    return UnsafeArchiveError(
        f"{label} was refused: {why}, which looks like a decompression bomb.",
        "If you trust it, unpack it yourself and name the folder.",
    )


def _human(size: float) -> str:
    return f"{size / GIB:g} GB" if size >= GIB else f"{size / MIB:g} MB" if size >= MIB else f"{size:g} bytes"


@dataclass
class ZipSource:
    """The bytes of one member of a ZIP."""

    container: Container
    info: zipfile.ZipInfo
    label: str
    budget: Budget = field(repr=False)
    furthest: int = 0

    @property
    def fingerprint(self) -> tuple[int, int]:
        """See `Source`."""
        return self.info.file_size, self.info.CRC

    def open(self) -> BinaryIO:
        """See `Source`."""
        stream: BinaryIO | None = None
        try:
            stream = self.container.open()
            stream.seek(self.info.header_offset)
            signature, name, extra = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
            if signature != b"PK\x03\x04":
                raise zipfile.BadZipFile("no local header")
            stream.seek(name + extra, io.SEEK_CUR)
            member = zipfile.ZipExtFile(stream, "r", self.info, None, True)
        except DAMAGE as error:
            if stream is not None:
                stream.close()
            raise self.damaged() from error
        return io.BufferedReader(_Guarded(self, member), _BUFFER_BYTES)

    def damaged(self) -> ExportError:
        """The sentence for bytes that do not come out as the archive says."""
        return ExportError(f"{self.label} is damaged: its content does not match the archive.", DOWNLOAD_AGAIN)


class _Guarded(io.RawIOBase):
    """A member's bytes, counted as they come out."""

    def __init__(self, source: ZipSource, member: zipfile.ZipExtFile) -> None:
        self._source = source
        self._member = member
        self._position = 0
        self._packed = max(min(source.info.compress_size, source.container.size), 1)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        source = self._source
        try:
            data = self._member.read(len(buffer))
        except DAMAGE as error:
            raise source.damaged() from error
        if not data and len(buffer) and self._position != source.info.file_size:
            raise source.damaged()
        self._position += len(data)
        limits = source.budget.limits
        if self._position > limits.max_member_bytes:
            raise _too_much(source.label, f"it unpacks to more than {_human(limits.max_member_bytes)}")
        if self._position > limits.ratio_floor and self._position > limits.max_ratio * self._packed:
            raise _too_much(source.label, f"it unpacks to more than {limits.max_ratio:g} times its size")
        if self._position > source.furthest:
            source.budget.charge(self._position - source.furthest, source.label)
            source.furthest = self._position
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._member.close()
        super().close()


@dataclass
class Listing:
    """What lies in a folder or a ZIP: members by path, junk, and what was refused."""

    members: dict[str, Member] = field(default_factory=dict)
    junk: list[str] = field(default_factory=list)
    refused: list[ExportError] = field(default_factory=list)

    def add(self, member: Member, label: str) -> None:
        """Take a member; a second one of the same path replaces the first, as an unzipper would, and is told."""
        before = self.members.get(member.path)
        if before is not None and before.source.fingerprint != member.source.fingerprint:
            self.refused.append(
                ExportError(
                    f"{label} occurs twice with different content; the last one is used.",
                    "If both matter, unpack the archive and rename one of them.",
                )
            )
        self.members[member.path] = member


def list_zip(
    container: Container, label: str, budget: Budget, heads: Heads, *, prefix: str = "", depth: int = 0
) -> Listing:
    """The members of a ZIP and of the ZIPs in it, below `prefix`.

    Raises `ExportError` where the archive as a whole cannot be read; what is wrong with one member is in
    `Listing.refused`.
    """
    infos = _table_of_contents(container, label)
    listing = Listing()
    # Not `is_dir`, which fails on a member without a name.
    files = [info for info in infos if not info.filename.endswith("/")]
    if files and all(info.flag_bits & _ENCRYPTED for info in files):
        raise ExportError(f"{label} is password-protected.", "Unpack it with its password and name the folder.")
    for info in files:
        budget.count(label)
        try:
            inside = checked_path(_name(info), label)
            path, shown = prefix + inside, f"{label}::{inside}"
            if not inside or is_junk(inside) or info.file_size == 0:
                listing.junk.append(path)
                continue
            _check(info, shown, budget.limits)
            packed = packed_otherwise(path, shown)
            if packed is not None:
                raise packed
        except ExportError as error:
            listing.refused.append(error)
            continue
        member = Member(path, info.file_size, _modified(info), ZipSource(container, info, shown, budget), heads)
        if path.lower().endswith(".zip"):
            _list_nested(member, shown, budget, heads, listing, depth)
        else:
            listing.add(member, shown)
    return listing


def _list_nested(member: Member, label: str, budget: Budget, heads: Heads, listing: Listing, depth: int) -> None:
    limits = budget.limits
    try:
        if depth >= limits.max_nesting:
            raise UnsafeArchiveError(
                f"{label} is a ZIP inside a ZIP, nested deeper than {limits.max_nesting} levels.",
                "Unpack the outer ZIPs and name the folder.",
            )
        if member.size > limits.max_nested_bytes:
            raise UnsafeArchiveError(
                f"{label} is a ZIP inside a ZIP and larger than {_human(limits.max_nested_bytes)}.",
                "Unpack the outer ZIP and name the folder.",
            )
        with member.open() as stream:
            data = stream.read(limits.max_nested_bytes + 1)
        inner = list_zip(InMemory(data), label, budget, heads, prefix=f"{member.path}/", depth=depth + 1)
    except ExportError as error:
        listing.refused.append(error)
        return
    for path, found in inner.members.items():
        listing.add(found, f"{label}::{path}")
    listing.junk.extend(inner.junk)
    listing.refused.extend(inner.refused)


def _table_of_contents(container: Container, label: str) -> list[zipfile.ZipInfo]:
    with container.open() as stream:
        start = stream.read(512)
        if not start:
            raise ExportError(f"{label} is empty.", DOWNLOAD_AGAIN)
        try:
            with zipfile.ZipFile(stream) as archive:
                return archive.infolist()
        except DAMAGE as error:
            raise not_a_zip(start, label) from error


def not_a_zip(start: bytes, label: str) -> ExportError:
    """The sentence for a file that is called .zip and is none, from its first bytes."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"PK"):
        return ExportError(
            f"{label} is a ZIP that is cut off or damaged: its table of contents is missing.", DOWNLOAD_AGAIN
        )
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return ExportError(
            f"{label} is not a ZIP but a web page.",
            "Sign in and download it again; pages that ask for a login get saved under the name of the file.",
        )
    other = magic(start)
    if other:
        return ExportError(f"{label} is not a ZIP but a {other} archive.", "Unpack it and name the folder.")
    return ExportError(f"{label} is not a ZIP, whatever its name says.", DOWNLOAD_AGAIN)


def _check(info: zipfile.ZipInfo, label: str, limits: Limits) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise UnsafeArchiveError(
            f"{label} is a link to somewhere else.", "Unpack the archive and name what it points to."
        )
    if kind not in (0, stat.S_IFREG):
        raise UnsafeArchiveError(f"{label} is a device, not a file.", "Leave it out of the archive.")
    if info.flag_bits & _ENCRYPTED:
        raise ExportError(f"{label} is password-protected.", "Unpack it with its password and name the folder.")
    if info.compress_type not in _READABLE:
        method = _METHODS.get(info.compress_type, "unknown")
        raise ExportError(
            f"{label} is packed with method {info.compress_type} ({method}), which is not read.",
            "Unpack it with the program that made it, and name the folder.",
        )
    if info.file_size > limits.max_member_bytes:
        raise _too_much(label, f"it unpacks to more than {_human(limits.max_member_bytes)}")
    if info.file_size > limits.ratio_floor and info.file_size > limits.max_ratio * max(info.compress_size, 1):
        raise _too_much(label, f"it unpacks to more than {limits.max_ratio:g} times its size")


def _name(info: zipfile.ZipInfo) -> str:
    name = info.orig_filename
    if info.flag_bits & _UTF8_NAME:
        return name
    # Info-ZIP's own way of saying what the name is in Unicode.
    unicode_path = _extra(info, 0x7075)
    if unicode_path is not None and len(unicode_path) > 5:
        return repair_name(unicode_path[5:])
    return repair_name(name.encode("cp437", "replace"))


def _extra(info: zipfile.ZipInfo, wanted: int) -> bytes | None:
    rest = info.extra
    while len(rest) >= 4:
        kind, size = struct.unpack_from("<HH", rest)
        if kind == wanted:
            return rest[4 : 4 + size]
        rest = rest[4 + size :]
    return None


def _modified(info: zipfile.ZipInfo) -> datetime | None:
    stamp = _extra(info, 0x5455)
    if stamp is not None and len(stamp) >= 5 and stamp[0] & 1:
        return datetime.fromtimestamp(int.from_bytes(stamp[1:5], "little", signed=True), UTC)
    try:
        found = datetime(*info.date_time, tzinfo=UTC)
    except ValueError:
        return None
    return None if found == datetime(1980, 1, 1, tzinfo=UTC) else found
