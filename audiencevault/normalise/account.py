"""Platform accounts: `platform:handle` in lower case, as links, `@` signs and placeholders leave it.

Words: a *handle* is the name that a platform shows in a person's address there (`ida.falk`), or the platform's own id
where there is no name.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.normalise.columns import MUCH_TEXT, VISIBLE, batch, column, distinct, mask, merge

REASONS: Final = {
    "empty": "There is no account in the cell.",
    "no_platform": "The account does not say on which platform it is.",
    "no_handle": "The account has no name.",
    "blank_inside": "The account's name has a blank inside, so it is a shown name, not an account.",
    "placeholder": "The platform put a placeholder where a deleted account was.",
    "too_long": "The account's name is longer than any platform allows.",
}
"""Why an account is not valid, as a sentence for people."""

_PLACEHOLDERS: Final = frozenset(
    {
        "instagramuser",
        "instagram user",
        "facebook user",
        "facebookuser",
        "linkedin member",
        "deleted",
        "__deleted__",
        "deleted account",
        "unknown",
        "null",
        "none",
        "n/a",
        "undefined",
        "[deleted]",
    }
)
_LINK: Final = re.compile(r"^(?:https?://)?(?:[a-z0-9\-]+\.)+[a-z]{2,}/", re.IGNORECASE)
_PATHS: Final = re.compile(r"^(?:in|user|users|u|c|channel|add|profile|people|_u)/", re.IGNORECASE)
_LONGEST: Final = 255
_PLAIN: Final = r"^[a-z0-9_\-]+:[a-z0-9_][a-z0-9_.\-]{0,200}$"
_PLACEHOLDER: Final = ":(?:" + "|".join(re.escape(word) for word in sorted(_PLACEHOLDERS)) + ")$|:__deleted__"


def judge(raw: str | None) -> tuple[str | None, str | None, str | None]:
    """(point, key, reason) of one account.

    >>> judge("Instagram:@Ida.Falk")
    ('instagram:ida.falk', 'instagram:ida.falk', None)
    >>> judge("linkedin:https://www.linkedin.com/in/Ida-Falk-0000/")
    ('linkedin:ida-falk-0000', 'linkedin:ida-falk-0000', None)
    """
    text = unicodedata.normalize("NFC", (raw or "")[:MUCH_TEXT].translate(VISIBLE)).strip()
    if not text:
        return None, None, "empty"
    platform, colon, handle = text.partition(":")
    platform = platform.strip().lower()
    if not colon or not platform or handle.startswith("//"):
        return None, text.lower(), "no_platform"
    handle = handle.strip()
    link = _LINK.match(handle)
    if link:
        handle = _PATHS.sub("", handle[link.end() :]).split("?", 1)[0].split("#", 1)[0]
    handle = handle.strip("/ ").removeprefix("@").strip().lower()
    key = f"{platform}:{handle}"
    if not handle:
        return None, key, "no_handle"
    if handle in _PLACEHOLDERS or handle.startswith("__deleted__"):
        return None, key, "placeholder"
    if any(char.isspace() for char in handle):
        return None, key, "blank_inside"
    if len(handle) > _LONGEST:
        return None, key, "too_long"
    return key, key, None


def normalise(raw: pa.Array | pa.ChunkedArray) -> pa.RecordBatch:
    """Canonical forms of a column of `platform:handle`: `point`, `point_key`, `valid`, `reason`, as long as `raw`."""
    values, codes = distinct(raw)
    lower = pc.ascii_lower(values)
    plain = mask(pc.match_substring_regex(lower, _PLAIN)) & ~mask(pc.match_substring_regex(lower, _PLACEHOLDER))
    settled = lower.filter(pa.array(plain))
    judged = [judge(value) for value in values.filter(pa.array(~plain)).to_pylist()]
    reason = merge(plain, pa.nulls(len(settled), pa.string()), column([item[2] for item in judged]))
    return batch(
        {
            "point": merge(plain, settled, column([item[0] for item in judged])),
            "point_key": merge(plain, settled, column([item[1] for item in judged])),
            "valid": pc.is_null(reason),
            "reason": reason,
        }
    ).take(codes)
