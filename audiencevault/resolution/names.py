"""How two names agree: levels for the first and the last name, from columns, each distinct pair once.

Words: a *level* is one outcome of comparing two values, from "says nothing" to "the same".
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

from audiencevault.engine import Engine
from audiencevault.resolution.features import MAX_COMPARED

MISSING, DIFFERENT, DOUBTFUL, INITIAL, SIMILAR, NICKNAME, VARIANT, SAME = range(8)
LEVEL_NAMES: Final = ("missing", "different", "doubtful", "initial", "similar", "nickname", "variant", "same")
"""`nickname`: one root in a table of nicknames; `variant`: one of several given names; `doubtful`: too near to be
called different, such as Daniel and Daniela."""

SIMILAR_AT: Final = 0.90
DOUBTFUL_AT: Final = 0.88
RARE_SHARE: Final = 0.02
"""A spelling is a slip of another only where it is much rarer: both common means two names (Mario, Maria)."""

Levels = npt.NDArray[np.int8]
Texts = npt.NDArray[Any]

CLASH, HINT, GENERATION = 1, 2, 3
"""Names that one person cannot have; names that only a table of nicknames holds together; names of which one says
junior or senior and the other nothing."""

GENERATIONS: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})
"""Words that tell father from son, as they stand in `name_key`."""
GENERATION_PATTERN: Final = r"\b(jr|sr|ii|iii|iv)\b"

NAME_PAIRS_SCHEMA: Final = pa.schema([
    ("nid_x", pa.int64()), ("nid_y", pa.int64()), ("first_level", pa.int8()), ("last_level", pa.int8()),
    ("clash", pa.int8()),
])  # fmt: skip

NAME_PAIRS: Final = """
SELECT p.nid_x, p.nid_y,
       x.first_key AS first_x, y.first_key AS first_y, x.last_key AS last_x, y.last_key AS last_y,
       x.name_key AS name_x, y.name_key AS name_y, x.nick_key AS nick_x, y.nick_key AS nick_y,
       x.first_n AS first_n_x, y.first_n AS first_n_y, x.last_n AS last_n_x, y.last_n AS last_n_y
FROM ({pairs}) p JOIN resolve_names x ON x.nid = p.nid_x JOIN resolve_names y ON y.nid = p.nid_y
"""


def _texts(batch: pa.RecordBatch, column: str) -> Texts:
    short = pc.utf8_slice_codeunits(pc.fill_null(batch.column(column), ""), 0, MAX_COMPARED)
    found: Texts = short.to_numpy(zero_copy_only=False)
    return found


def _similarity(left: Texts, right: Texts) -> npt.NDArray[np.float64]:
    scores: npt.NDArray[np.float64] = cpdist(left, right, scorer=JaroWinkler.similarity, dtype=np.float64, workers=1)
    return scores


def _gendered(left: str, right: str) -> bool:
    """Whether two given names differ by a final vowel only, as those of a brother and a sister do."""
    short, long = sorted((left, right), key=len)
    if len(long) == len(short) + 1:
        return long[:-1] == short and long[-1] in "aeiou"
    return len(long) == len(short) and long[:-1] == short[:-1] and long[-1] in "aeiou" and short[-1] in "aeiou"


def _levels(left: Texts, right: Texts, count_left: Texts, count_right: Texts, *, given: bool) -> Levels:
    """The levels of two text columns; `given` for first names, where initials and several names are common."""
    levels: Levels = np.full(len(left), DIFFERENT, dtype=np.int8)
    empty = (left == "") | (right == "")
    same = left == right
    open_ = np.flatnonzero(~empty & ~same)
    if len(open_):
        a, b = left[open_], right[open_]
        score = _similarity(a, b)
        rare = np.minimum(count_left[open_], count_right[open_])
        common = np.maximum(count_left[open_], count_right[open_])
        slip = rare <= np.maximum(1, RARE_SHARE * common)
        found = np.where(score >= DOUBTFUL_AT, DOUBTFUL, DIFFERENT).astype(np.int8)
        found[(score >= SIMILAR_AT) & slip] = SIMILAR
        shortest = np.minimum(np.array([len(text) for text in a]), np.array([len(text) for text in b]))
        parts = np.array([" " in x or " " in y for x, y in zip(a, b, strict=True)])
        for index in np.flatnonzero(parts | (shortest == 1) | (found >= DOUBTFUL)):
            x, y = a[index], b[index]
            if shortest[index] == 1:
                initial = x[0] == y[0]
                found[index] = INITIAL if initial else DIFFERENT
            elif parts[index]:
                tokens_x, tokens_y = x.split(), y.split()
                if set(tokens_x) <= set(tokens_y) or set(tokens_y) <= set(tokens_x):
                    found[index] = VARIANT
                elif given and set(tokens_x) & set(tokens_y):
                    found[index] = max(found[index], DOUBTFUL)
                elif given and all(len(token) == 1 for token in (tokens_x if len(x) < len(y) else tokens_y)):
                    found[index] = INITIAL if x[0] == y[0] else DIFFERENT
            elif given and _gendered(x, y):
                found[index] = DOUBTFUL
        levels[open_] = found
    levels[same] = SAME
    levels[empty] = MISSING
    return levels


def _generations(names: Texts) -> Texts:
    """The word in each name (its sorted tokens) that tells father from son, or ''."""
    found = np.full(len(names), "", dtype=object)
    marked = pc.match_substring_regex(pa.array(names, pa.string()), GENERATION_PATTERN)
    for index in np.flatnonzero(np.asarray(marked)):
        tokens = names[index].split()
        if len(tokens) > 2:
            found[index] = next((token for token in tokens if token in GENERATIONS), "")
    return found


def compare(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: pairs of distinct names → their levels (NAME_PAIRS_SCHEMA)."""
    text = {
        name: _texts(batch, name)
        for name in ("first_x", "first_y", "last_x", "last_y", "name_x", "name_y", "nick_x", "nick_y")
    }
    count = {
        name: np.asarray(batch.column(name)).astype(np.int64)
        for name in ("first_n_x", "first_n_y", "last_n_x", "last_n_y")
    }
    first = _levels(text["first_x"], text["first_y"], count["first_n_x"], count["first_n_y"], given=True)
    last = _levels(text["last_x"], text["last_y"], count["last_n_x"], count["last_n_y"], given=False)
    nick = (text["nick_x"] != "") & (text["nick_x"] == text["nick_y"]) & (first < SAME) & (first != MISSING)
    first[nick] = NICKNAME
    # Several tokens in another order are a swapped name; one token is only a first or only a last name.
    whole = (text["name_x"] == text["name_y"]) & (text["name_x"] != "")
    tokens = np.array([" " in name for name in text["name_x"]], dtype=bool)
    first[whole & tokens] = SAME
    last[whole & tokens] = SAME
    for index in np.flatnonzero((first <= DOUBTFUL) & (last <= DOUBTFUL)):
        left, right = set(text["name_x"][index].split()), set(text["name_y"][index].split())
        if not left or not right or not (left <= right or right <= left):
            continue
        if min(len(left), len(right)) >= 2:
            first[index] = last[index] = VARIANT
        else:
            first[index], last[index] = INITIAL, MISSING
    clash = np.where((first == DIFFERENT) | ((first == MISSING) & (last == DIFFERENT)), CLASH, 0)
    clash = np.where(first == NICKNAME, HINT, clash).astype(np.int8)
    older, younger = _generations(text["name_x"]), _generations(text["name_y"])
    apart = older != younger
    both = apart & (older != "") & (younger != "")
    first[both] = DIFFERENT
    clash[both] = CLASH
    clash[apart & ~both & (clash != CLASH)] = GENERATION
    return pa.RecordBatch.from_arrays(
        [batch.column("nid_x"), batch.column("nid_y"), pa.array(first), pa.array(last), pa.array(clash)],
        schema=NAME_PAIRS_SCHEMA,
    )


def compare_pairs(engine: Engine, target: str, pairs: str) -> int:
    """Materialise the levels of the distinct name pairs that the query `pairs` gives (nid_x < nid_y, no 0)."""
    return engine.map(target, NAME_PAIRS.format(pairs=pairs), compare, NAME_PAIRS_SCHEMA)
