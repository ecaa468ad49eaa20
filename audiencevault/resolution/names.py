"""How two names agree: levels for the first and the last name, from columns, each distinct pair once.

Words: a *level* is one outcome of comparing two values, from "says nothing" to "the same".
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from audiencevault.engine import Engine
from audiencevault.resolution.codes import MAX_COMPARED

MISSING, DIFFERENT, DOUBTFUL, INITIAL, SIMILAR, NICKNAME, VARIANT, SAME = range(8)
LEVEL_NAMES: Final = ("missing", "different", "doubtful", "initial", "similar", "nickname", "variant", "same")
"""`nickname`: one root in a table of nicknames; `variant`: one of several given names; `doubtful`: too near to be
called different, such as Daniel and Daniela."""

SIMILAR_AT: Final = 0.90
DOUBTFUL_AT: Final = 0.88
SLIP_LETTERS: Final = 4
"""A word this long with one letter wrong is the same word among several."""
COMMON_LETTERS: Final = 3
"""Given names that begin alike by so many letters may be a name and its short form in a language without a table."""
CONTAINED_LETTERS: Final = 4
RARE_SHARE: Final = 0.02
"""A spelling is a slip of another only where it is much rarer: both common means two names (Mario, Maria)."""

Levels = npt.NDArray[np.int8]
Counts = npt.NDArray[np.int64]
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
       x.first_n AS first_n_x, y.first_n AS first_n_y, x.last_n AS last_n_x, y.last_n AS last_n_y,
       x.first AS first_c_x, y.first AS first_c_y, x.last AS last_c_x, y.last AS last_c_y,
       x.lossy AS lossy_x, y.lossy AS lossy_y
FROM ({pairs}) p JOIN resolve_names x ON x.nid = p.nid_x JOIN resolve_names y ON y.nid = p.nid_y
"""


def quantised(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Counts rounded up to powers of two, so that one more record rarely changes anything; 0 stays 0."""
    exponents = np.ceil(np.log2(np.maximum(counts, 1))).astype(np.int64)
    found: npt.NDArray[np.int64] = np.where(counts > 0, np.int64(1) << exponents, 0)
    return found


def _texts(batch: pa.RecordBatch, column: str) -> pa.Array:
    return pc.utf8_slice_codeunits(pc.fill_null(batch.column(column).cast(pa.string()), ""), 0, MAX_COMPARED)


def _similarity(left: Texts, right: Texts) -> npt.NDArray[np.float64]:
    scores: npt.NDArray[np.float64] = cpdist(left, right, scorer=JaroWinkler.similarity, dtype=np.float64, workers=1)
    return scores


def _gendered(left: str, right: str) -> bool:
    """Whether two given names differ by a final vowel only, as those of a brother and a sister do."""
    short, long = sorted((left, right), key=len)
    if len(long) == len(short) + 1:
        return long[:-1] == short and long[-1] in "aeiou"
    return len(long) == len(short) and long[:-1] == short[:-1] and long[-1] in "aeiou" and short[-1] in "aeiou"


def _tokens(x: str, y: str, found: int, *, given: bool) -> int:
    """The level of two texts of which at least one has several words."""
    words_x, words_y = x.split(), y.split()
    set_x, set_y = set(words_x), set(words_y)
    if set_x <= set_y or set_y <= set_x or "".join(words_x) == "".join(words_y):
        return VARIANT
    short, long = sorted((words_x, words_y), key=len)
    if all(len(word) >= SLIP_LETTERS and any(_slip(word, other) for other in long) for word in short):
        return SIMILAR
    if given and all(len(word) == 1 for word in (words_x if len(x) < len(y) else words_y)):
        return INITIAL if x[0] == y[0] else DIFFERENT
    if given and words_x[0] == words_y[0] and _initials(words_x[1:], words_y[1:]):
        return VARIANT
    if set_x & set_y and given:
        return max(found, DOUBTFUL)
    return found


def _slip(word: str, other: str) -> bool:
    """Whether two words of several letters are one edit apart; one that is keeps its first letter or its last."""
    return (word[0] == other[0] or word[-1] == other[-1]) and OSA.distance(word, other, score_cutoff=1) <= 1


def _short_forms(left: Texts, right: Texts) -> npt.NDArray[np.bool_]:
    """Where one given name may be a short form of the other: they begin alike, or one lies in the other.

    Both have `COMMON_LETTERS` letters or more.
    """
    return np.fromiter(
        (
            x[:COMMON_LETTERS] == y[:COMMON_LETTERS]
            or (len(x) >= CONTAINED_LETTERS and x in y)
            or (len(y) >= CONTAINED_LETTERS and y in x)
            for x, y in zip(left.tolist(), right.tolist(), strict=True)
        ),
        dtype=np.bool_,
        count=len(left),
    )


def _initials(left: list[str], right: list[str]) -> bool:
    """Whether further given names may be the same, one side giving letters only."""
    return all(x[0] == y[0] and 1 in (len(x), len(y)) for x, y in zip(left, right, strict=False))


def _open_levels(left: Texts, right: Texts, rare: Counts, common: Counts, *, given: bool) -> Levels:
    """The levels of two columns of different, non-empty texts."""
    score = _similarity(left, right)
    slip = rare <= np.maximum(1, RARE_SHARE * common)
    found = np.where(score >= DOUBTFUL_AT, DOUBTFUL, DIFFERENT).astype(np.int8)
    found[(score >= SIMILAR_AT) & slip] = SIMILAR
    texts_x, texts_y = pa.array(left, pa.string()), pa.array(right, pa.string())
    shortest = np.minimum(pc.utf8_length(texts_x).to_numpy(), pc.utf8_length(texts_y).to_numpy())
    parts = np.asarray(pc.or_(pc.match_substring(texts_x, " "), pc.match_substring(texts_y, " ")))
    initial = (shortest == 1) & np.asarray(
        pc.equal(pc.utf8_slice_codeunits(texts_x, 0, 1), pc.utf8_slice_codeunits(texts_y, 0, 1))
    )
    found[shortest == 1] = DIFFERENT
    found[initial] = INITIAL
    for index in np.flatnonzero((parts & (shortest > 1)) | ((found >= DOUBTFUL) & (shortest > 1))):
        x, y = left[index], right[index]
        if parts[index]:
            found[index] = _tokens(x, y, int(found[index]), given=given)
        elif given and _gendered(x, y):
            found[index] = DOUBTFUL
    if given:
        rows = np.flatnonzero((found == DIFFERENT) & (shortest >= COMMON_LETTERS))
        found[rows[_short_forms(left[rows], right[rows])]] = DOUBTFUL
    return found


def _levels(
    left: pa.Array,
    right: pa.Array,
    code_left: Counts,
    code_right: Counts,
    count_left: Counts,
    count_right: Counts,
    *,
    given: bool,
) -> Levels:
    """The levels of two text columns, with their codes; `given` for first names, where initials and several names are
    common.
    """
    levels: Levels = np.full(len(left), DIFFERENT, dtype=np.int8)
    empty = (code_left == 0) | (code_right == 0)
    same = code_left == code_right
    open_ = np.flatnonzero(~empty & ~same)
    if len(open_):
        # The same two first names meet again and again: each pair is compared once.
        pairs = np.stack([np.minimum(code_left, code_right)[open_], np.maximum(code_left, code_right)[open_]])
        order = np.lexsort(pairs[::-1])
        fresh = np.concatenate([[True], (np.diff(pairs[:, order], axis=1) != 0).any(axis=0)])
        chosen = open_[order[fresh]]
        counts = np.stack([quantised(count_left[chosen]), quantised(count_right[chosen])])
        found = _open_levels(
            left.take(pa.array(chosen)).to_numpy(zero_copy_only=False),
            right.take(pa.array(chosen)).to_numpy(zero_copy_only=False),
            counts.min(axis=0), counts.max(axis=0), given=given,
        )  # fmt: skip
        levels[open_[order]] = found[np.cumsum(fresh) - 1]
    levels[same] = SAME
    levels[empty] = MISSING
    return levels


def _generations(names: pa.Array) -> Texts:
    """The word in each name (its sorted tokens) that tells father from son, or ''."""
    found = np.full(len(names), "", dtype=object)
    for index in np.flatnonzero(np.asarray(pc.match_substring_regex(names, GENERATION_PATTERN))):
        tokens = names[index].as_py().split()
        if len(tokens) > 2:
            found[index] = next((token for token in tokens if token in GENERATIONS), "")
    return found


def _swapped(text: dict[str, pa.Array], code: dict[str, Counts], first: Levels, last: Levels) -> None:
    """Levels of names of which one has first and last name exchanged and the other differs in one of them."""
    for given, family in (("x", "y"), ("y", "x")):
        # What stands as the first name of `given` is the last name of `family`.
        crossed = (code[f"first_{given}"] == code[f"last_{family}"]) & (code[f"first_{given}"] != 0)
        rows = np.flatnonzero(crossed & (first == DIFFERENT) & (last == DIFFERENT))
        if not len(rows):
            continue
        chosen = pa.array(rows)
        counts = np.ones(len(rows), np.int64)
        found = _levels(
            text[f"last_{given}"].take(chosen), text[f"first_{family}"].take(chosen),
            code[f"last_{given}"][rows], code[f"first_{family}"][rows], counts, counts, given=True,
        )  # fmt: skip
        likely = found > DIFFERENT
        first[rows[likely]] = found[likely]
        last[rows[likely]] = VARIANT


def _parts(text: dict[str, pa.Array], first: Levels, last: Levels) -> None:
    """Levels of names that seem different, and of which one is a part of the other."""
    rows = np.flatnonzero((first <= DOUBTFUL) & (last <= DOUBTFUL))
    chosen = pa.array(rows)
    names = (text[f"name_{side}"].take(chosen).to_pylist() for side in "xy")
    for index, x, y in zip(rows.tolist(), *names, strict=True):
        words_x, words_y = x.split(), y.split()
        # Of two sets of words one holds the other only if it holds the other's first word.
        if not words_x or not words_y or (words_x[0] not in words_y and words_y[0] not in words_x):
            continue
        left, right = set(words_x), set(words_y)
        if not (left <= right or right <= left):
            continue
        if min(len(left), len(right)) >= 2:
            first[index] = last[index] = VARIANT
        else:
            first[index], last[index] = INITIAL, MISSING


def compare(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: pairs of distinct names → their levels (NAME_PAIRS_SCHEMA)."""
    if not batch.num_rows:
        return pa.RecordBatch.from_arrays([pa.nulls(0, f.type) for f in NAME_PAIRS_SCHEMA], schema=NAME_PAIRS_SCHEMA)
    text = {
        name: _texts(batch, name)
        for name in ("first_x", "first_y", "last_x", "last_y", "name_x", "name_y", "nick_x", "nick_y")
    }
    count = {
        name: batch.column(name).cast(pa.int64()).fill_null(0).to_numpy()
        for name in ("first_n_x", "first_n_y", "last_n_x", "last_n_y")
    }
    code = {
        f"{part}_{side}": batch.column(f"{part}_c_{side}").cast(pa.int64()).fill_null(0).to_numpy()
        for part in ("first", "last")
        for side in "xy"
    }
    first = _levels(
        text["first_x"], text["first_y"], code["first_x"], code["first_y"], count["first_n_x"], count["first_n_y"],
        given=True,
    )  # fmt: skip
    last = _levels(
        text["last_x"], text["last_y"], code["last_x"], code["last_y"], count["last_n_x"], count["last_n_y"],
        given=False,
    )  # fmt: skip
    nick = np.asarray(pc.and_(pc.equal(text["nick_x"], text["nick_y"]), pc.not_equal(text["nick_x"], "")))
    first[nick & (first < SAME) & (first != MISSING) & (first != VARIANT)] = NICKNAME
    # Several tokens in another order are a swapped name; one token is only a first or only a last name.
    whole = np.asarray(pc.and_(pc.equal(text["name_x"], text["name_y"]), pc.match_substring(text["name_x"], " ")))
    first[whole] = SAME
    last[whole] = SAME
    _swapped(text, code, first, last)
    _parts(text, first, last)
    # What a reading in Latin letters cannot settle (no vowels, characters with several readings) is not different.
    unreadable = batch.column("lossy_x").cast(pa.int64()).fill_null(0).to_numpy() != (
        batch.column("lossy_y").cast(pa.int64()).fill_null(0).to_numpy()
    )
    for levels in (first, last):
        levels[unreadable & (levels <= DOUBTFUL)] = MISSING
    clash = np.where((first == DIFFERENT) | ((first == MISSING) & (last == DIFFERENT)), CLASH, 0)
    clash = np.where(first == NICKNAME, HINT, clash).astype(np.int8)
    older, younger = _generations(text["name_x"]), _generations(text["name_y"])
    apart = older != younger
    both = apart & (older != "") & (younger != "")
    first[both] = DIFFERENT
    clash[both] = CLASH
    clash[apart & ~both & (clash != CLASH)] = GENERATION
    return pa.RecordBatch.from_arrays(
        [
            batch.column("nid_x").cast(pa.int64()), batch.column("nid_y").cast(pa.int64()), pa.array(first),
            pa.array(last), pa.array(clash),
        ],
        schema=NAME_PAIRS_SCHEMA,
    )  # fmt: skip


def compare_pairs(engine: Engine, target: str, pairs: str) -> int:
    """Materialise the levels of the distinct name pairs that the query `pairs` gives (nid_x < nid_y, no 0)."""
    return engine.map(target, NAME_PAIRS.format(pairs=pairs), compare, NAME_PAIRS_SCHEMA)
