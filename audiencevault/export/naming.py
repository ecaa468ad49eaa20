"""What names and first bytes tell: what is junk, what is an archive of another kind, and how a name is spelled."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from audiencevault.errors import ExportError, UnsafeArchiveError

_JUNK_NAMES: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini", "no-data.txt"})
_PACKED: Final = re.compile(r"\.(tar|tgz|tbz2?|txz|gz|bz2|xz|zst|rar|7z|z\d\d)$", re.IGNORECASE)
_MAGIC: Final = (
    (b"Rar!\x1a\x07", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "XZ"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
)
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def is_junk(path: str) -> bool:
    """Whether a path is what systems and platforms leave behind, not data."""
    *folders, name = path.split("/")
    return name.startswith("._") or name.lower() in _JUNK_NAMES or "__MACOSX" in folders


def packed_otherwise(path: str, label: str) -> ExportError | None:
    """The sentence for an archive of a kind that is not read (tar, RAR, 7-Zip, …); None for anything else."""
    found = _PACKED.search(path)
    if found is None:
        return None
    return ExportError(
        f"{label} is a .{found[1].lower()} archive, which is not read as it is.", "Unpack it and name the folder."
    )


def magic(start: bytes) -> str | None:
    """Which archive format other than ZIP begins like this."""
    for mark, name in _MAGIC:
        if start.startswith(mark):
            return name
    return "tar" if start[257:262] == b"ustar" else None


def checked_path(name: str, label: str) -> str:
    """The path of an archive's member, with `/` between folders.

    Windows programs also write a backslash; whatever that spells is judged like any other path. Raises
    `UnsafeArchiveError` for a path that would leave the archive.
    """
    path = name.replace("\\", "/")
    shown = f"{label}::{clean(path)}"
    hint = "No platform makes such an archive; do not unpack it."
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        raise UnsafeArchiveError(f"{shown} was refused: it names a place on the disk.", hint)
    if ".." in path.split("/"):
        raise UnsafeArchiveError(f"{shown} was refused: it would leave the archive.", hint)
    return clean("/".join(part for part in path.split("/") if part not in ("", ".")))


def clean(name: str) -> str:
    """A name in Unicode NFC, with `_` for characters that would move a terminal's cursor or turn its text round."""
    return unicodedata.normalize("NFC", _UNPRINTABLE.sub("_", name))


def repair_name(raw: bytes) -> str:
    """A file name whose encoding nobody stated.

    UTF-8 if it is that, else whichever of the two old Windows encodings gives more Latin letters, else the one
    that the ZIP format names (cp437).
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        dos, windows = raw.decode("cp437"), raw.decode("cp1252", "replace")
        return windows if _latin(windows) > _latin(dos) else dos


def _latin(text: str) -> int:
    return sum(not char.isascii() and unicodedata.name(char, "").startswith("LATIN") for char in text)
