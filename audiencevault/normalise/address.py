"""Postal addresses in columns: comparison keys of street, postcode and city, and countries as ISO alpha-2.

Words: a *key* is a comparison form and never shown; what the person wrote stays in the record.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.normalise.columns import batch, column, distinct, filled, mask, merge, put
from audiencevault.normalise.countries import country_code
from audiencevault.normalise.place_keys import city_key, postcode_key
from audiencevault.normalise.street_keys import street_keys

FIELDS: Final = ("address1", "address2", "city", "region", "postcode", "country")
"""The columns that are read; each may be missing. `address2` and `region` have no comparison form: writers leave them
out too often. `address2` stands in for an empty `address1`."""


def country_codes(values: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    """`countries.country_code` of a column."""
    known, codes = distinct(values)
    return column([country_code(value) for value in known.to_pylist()]).take(codes)


def normalise(table: pa.RecordBatch | pa.Table, countries: pa.StringArray | None = None) -> pa.RecordBatch:
    """`street_key`, `postcode_key`, `city_key` and `country` (ISO alpha-2) of a batch with any of the columns `FIELDS`;
    null where there is nothing to compare. `countries` is the column `country` as ISO alpha-2, where that is known.
    """
    country = country_codes(filled(table, "country")) if countries is None else countries
    first, second = filled(table, "address1"), filled(table, "address2")
    streets, street_codes = distinct(first if second.null_count == len(second) else pc.coalesce(first, second))
    cities, city_codes = distinct(filled(table, "city"))
    return batch(
        {
            "street_key": street_keys(streets).take(street_codes),
            "postcode_key": _postcodes(country, filled(table, "postcode")),
            "city_key": column([city_key(value) for value in cities.to_pylist()]).take(city_codes),
            "country": country,
        }
    )


def _postcodes(country: pa.StringArray, postcode: pa.StringArray) -> pa.StringArray:
    """`postcode_key` of columns."""
    here = mask(postcode.is_valid())
    chosen = pa.array(here)
    pairs, codes = distinct(
        pc.binary_join_element_wise(country.filter(chosen).fill_null(""), postcode.filter(chosen), "\x1f")
    )
    plain = mask(pc.match_substring_regex(pairs, "^(?:[A-Z]{2})?\x1f[0-9]{5}$"))
    settled = pc.utf8_slice_codeunits(pairs.filter(pa.array(plain)), -5)
    others = column([_postcode(pair) for pair in pairs.filter(pa.array(~plain)).to_pylist()])
    return put(pa.nulls(len(here), pa.string()), here, merge(plain, settled, others).take(codes))


def _postcode(pair: str | None) -> str | None:
    country, _, postcode = (pair or "").partition("\x1f")
    return postcode_key(postcode, country or None)
