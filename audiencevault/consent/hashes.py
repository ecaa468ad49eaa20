"""Hashes of addresses and numbers, as providers hand out their "no"s: matched with our points, only to restrict.

A hash of SHA-256 or MD5 in hexadecimal, of the address in lower case or of the number with its plus sign or without.
In the ledger its key is `sha256:` or `md5:` and the hash in lower case; the point itself is not known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pyarrow as pa

PREFIXES: Final = ("sha256:", "md5:")
_MD5_LENGTH: Final = 32
KINDS: Final = ("email", "phone")


def key(value: str) -> str:
    """The ledger's key of a hash as found.

    >>> key("D41D8CD98F00B204E9800998ECF8427E")
    'md5:d41d8cd98f00b204e9800998ecf8427e'
    """
    text = value.strip().lower()
    return f"{'md5' if len(text) == _MD5_LENGTH else 'sha256'}:{text}"


def forms(kind: str, texts: Iterable[str | None]) -> set[str]:
    """What of a point may have been hashed: as written, as sent to, as compared, in lower case."""
    found = {text.strip().lower() for text in texts if text}
    if kind == "phone":
        digits = {"".join(letter for letter in text if letter.isdigit()) for text in found if text.startswith("+")}
        found = {text for text in found if text.startswith("+")} | digits
    return found


def keys_of(point: Mapping[str, Any]) -> set[str]:
    """Every key under which a hash of this contact point (`point_kind, raw, point, point_key`) may be in the ledger."""
    texts = forms(point["point_kind"], (point["raw"], point["point"], point["point_key"]))
    return {
        named
        for text in texts
        for named in (
            "sha256:" + hashlib.sha256(text.encode()).hexdigest(),
            "md5:" + hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        )
    }


def matches(points: pa.Table, wanted: frozenset[tuple[str, str]]) -> pa.Table:
    """Which of `points` (`point_kind, raw, point, point_key`) one of the `wanted` hashes (kind, key) means:
    `point_kind, point, reading`, the reading being the hash's key.
    """
    kinds = points.column("point_kind").to_pylist()
    columns = [points.column(name).to_pylist() for name in ("raw", "point", "point_key")]
    with_md5 = any(named.startswith("md5:") for _, named in wanted)
    with_sha = any(named.startswith("sha256:") for _, named in wanted)
    rows: set[tuple[str, str, str]] = set()
    for kind, raw, point, wide in zip(kinds, *columns, strict=True):
        for text in forms(kind, (raw, point, wide)):
            data = text.encode()
            if with_sha and (kind, named := "sha256:" + hashlib.sha256(data).hexdigest()) in wanted:
                rows.add((kind, point, named))
            if with_md5 and (kind, named := "md5:" + hashlib.md5(data, usedforsecurity=False).hexdigest()) in wanted:
                rows.add((kind, point, named))
    found = sorted(rows)
    return pa.table(
        {name: pa.array([row[place] for row in found], pa.string()) for place, name in
         enumerate(("point_kind", "point", "reading"))}
    )  # fmt: skip
