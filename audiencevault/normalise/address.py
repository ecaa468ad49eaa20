"""Postal addresses: comparison keys of street, postcode and city, and countries as ISO alpha-2."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import pyarrow as pa
from anyascii import anyascii
from babel import Locale

from audiencevault.normalise.columns import batch, column, distinct, strings, visible

_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=131_072)
def plain_key(text: str) -> str:
    """Lower-case ASCII words joined by one blank."""
    return " ".join(_NOT_WORD.sub(" ", anyascii(visible(text)).lower()).split())


_SPELLINGS: Final = {"usa": "US", "us of a": "US", "u s a": "US", "u s": "US", "america": "US", "uk": "GB", "u k": "GB", "england": "GB"}


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    known: dict[str, str] = {}
    for language in ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "hu", "tr", "ru", "uk", "el", "ar", "zh", "ja", "ko"):
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha():
                known.setdefault(plain_key(name), code)
    known.update(_SPELLINGS)
    known.update({code.lower(): code for code in set(known.values())})
    return known


@lru_cache(maxsize=16_384)
def country_code(text: str | None) -> str | None:
    """ISO alpha-2 of a country as people write it, or None."""
    return _countries().get(plain_key(text)) if text else None


def country_codes(values: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    """`country_code` of a column."""
    known, codes = distinct(values)
    return column([country_code(value) for value in known.to_pylist()]).take(codes)


def normalise(table: pa.RecordBatch | pa.Table) -> pa.RecordBatch:
    """Comparison columns of address columns."""

    def keys(name: str) -> pa.Array:
        if name not in table.schema.names:
            return pa.nulls(table.num_rows, pa.string())
        known, codes = distinct(strings(table.column(name)))
        return column([plain_key(value) or None if value else None for value in known.to_pylist()]).take(codes)

    country = country_codes(table.column("country")) if "country" in table.schema.names else pa.nulls(table.num_rows, pa.string())
    return batch({"street_key": keys("address1"), "postcode_key": keys("postcode"), "city_key": keys("city"), "country": country})
