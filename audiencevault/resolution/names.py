"""How two names agree: levels for the first and the last name, from columns, each distinct pair once.

Words: a *level* is one outcome of comparing two values, from "says nothing" to "the same".
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import OSA, JaroWinkler, LCSseq
from rapidfuzz.process import cpdist

from audiencevault.resolution.codes import MAX_COMPARED, combined

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
WRONG_SHARE: Final = 0.5
LIKELY_SHARE: Final = 0.3
"""In a noisy table, letters that may be wrong and leave a doubt or make a slip, as shares of the shorter name."""
RARE_SHARE: Final = 0.02
"""A spelling is a slip of another only where it is much rarer: both common means two names (Mario, Maria)."""

Levels = npt.NDArray[np.int8]
Counts = npt.NDArray[np.int64]
Texts = npt.NDArray[Any]

CLASH, GENERATION, RESEMBLING, GENDERED = 1, 2, 3, 4
"""Names that one person cannot have; names of which one says junior or senior and the other nothing; first names that
clash, but may be a name and its short form in a language without a table: only at the mailbox that spells one of them
they are no clash; given names that a final vowel tells apart (looked for at shared contact points only)."""
SHARED_LETTERS: Final = 3

GENERATIONS: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})
"""Words that tell father from son, as they stand in `name_key`."""
GENERATION_PATTERN: Final = r"\b(jr|sr|ii|iii|iv)\b"

NAME_PAIRS_SCHEMA: Final = pa.schema([
    ("nid_x", pa.int64()), ("nid_y", pa.int64()), ("first_level", pa.int8()), ("last_level", pa.int8()),
    ("clash", pa.int8()),
])  # fmt: skip


def quantised(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Counts rounded up to powers of two, so that one more record rarely changes anything; 0 stays 0."""
    exponents = np.ceil(np.log2(np.maximum(counts, 1))).astype(np.int64)
    found: npt.NDArray[np.int64] = np.where(counts > 0, np.int64(1) << exponents, 0)
    return found


def _texts(batch: pa.RecordBatch, column: str) -> pa.Array:
    found = pc.fill_null(batch.column(column).cast(pa.string()), "")
    if (pc.max(pc.binary_length(found)).as_py() or 0) > MAX_COMPARED:
        found = pc.utf8_slice_codeunits(found, 0, MAX_COMPARED)
    return found


def _numbers(batch: pa.RecordBatch, column: str) -> Counts:
    found: Counts = batch.column(column).cast(pa.int64()).fill_null(0).to_numpy()
    return found


def _similarity(left: Texts, right: Texts) -> npt.NDArray[np.float64]:
    scores: npt.NDArray[np.float64] = cpdist(left, right, scorer=JaroWinkler.similarity, dtype=np.float64, workers=1)
    return scores


def slip(one: Counts | int, two: Counts | int) -> npt.NDArray[np.bool_]:
    """Whether, of two spellings that so many records have (as `quantised` says), one is rare enough for a slip."""
    rarer: npt.NDArray[np.bool_] = np.minimum(one, two) <= np.maximum(1, RARE_SHARE * np.maximum(one, two))
    return rarer


def nearly_same(left: pa.Array, right: pa.Array) -> npt.NDArray[np.bool_]:
    """Of pairs of texts, those near enough for one to be a slip of the other."""
    texts = (
        pc.utf8_slice_codeunits(column, 0, MAX_COMPARED).to_numpy(zero_copy_only=False) for column in (left, right)
    )
    return _similarity(*texts) >= SIMILAR_AT


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
    if all(len(word) >= SLIP_LETTERS and any(OSA.distance(word, other) <= 1 for other in long) for word in short):
        return SIMILAR
    if given and all(len(word) == 1 for word in (words_x if len(x) < len(y) else words_y)):
        return INITIAL if x[0] == y[0] else DIFFERENT
    if given and words_x[0] == words_y[0] and _initials(words_x[1:], words_y[1:]):
        return VARIANT
    if set_x & set_y and given:
        return max(found, DOUBTFUL)
    return found


def _initials(left: list[str], right: list[str]) -> bool:
    """Whether further given names may be the same, one side giving letters only."""
    return all(x[0] == y[0] and 1 in (len(x), len(y)) for x, y in zip(left, right, strict=False))


def _contained(left: Texts, right: Texts, shortest: Counts) -> npt.NDArray[np.bool_]:
    """Whether the shorter of two texts lies in the longer."""
    common = cpdist(left, right, scorer=LCSseq.similarity, dtype=np.int32, workers=1)
    inside = np.zeros(len(left), dtype=np.bool_)
    for index in np.flatnonzero(common == shortest):
        inside[index] = left[index] in right[index] or right[index] in left[index]
    return inside


def _open_levels(
    left: Texts, right: Texts, rare: Counts, common: Counts, *, given: bool, noisy: bool = False
) -> Levels:
    """The levels of two columns of different, non-empty texts; where the table is `noisy`, a few letters that differ
    leave a doubt.
    """
    score = _similarity(left, right)
    found = np.where(score >= DOUBTFUL_AT, DOUBTFUL, DIFFERENT).astype(np.int8)
    found[(score >= SIMILAR_AT) & slip(rare, common)] = SIMILAR
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
        long_enough = shortest >= COMMON_LETTERS
        begun = [pc.utf8_slice_codeunits(texts, 0, COMMON_LETTERS) for texts in (texts_x, texts_y)]
        found[(found == DIFFERENT) & long_enough & np.asarray(pc.equal(*begun))] = DOUBTFUL
        found[(found == DIFFERENT) & (shortest >= CONTAINED_LETTERS) & _contained(left, right, shortest)] = DOUBTFUL
    if noisy:
        wrong = cpdist(left, right, scorer=OSA.distance, dtype=np.int32, workers=1)
        found[(found == DIFFERENT) & (wrong <= WRONG_SHARE * shortest)] = DOUBTFUL
        found[(found == DOUBTFUL) & (wrong <= LIKELY_SHARE * shortest) & slip(rare, common)] = SIMILAR
    return found


@dataclass(frozen=True, slots=True)
class _Batch:
    """The columns of a batch of pairs by name: comparison forms, their codes, and how many records have them."""

    text: dict[str, pa.Array]
    code: dict[str, Counts]
    count: dict[str, Counts]


class Memory:
    """The levels of pairs of texts that earlier batches have compared: the same first names meet again and again.

    Batches may ask and tell side by side: what two of them find out at a time is the same.
    """

    def __init__(self, *, noisy: bool = False) -> None:
        self.noisy = noisy
        self._held: tuple[npt.NDArray[np.int64], Levels] = (np.zeros(0, np.int64), np.zeros(0, np.int8))

    def known(self, pairs: npt.NDArray[np.int64]) -> tuple[Levels, npt.NDArray[np.bool_]]:
        """The levels of `pairs` (codes), and which of them are known."""
        every, levels = self._held
        if not len(every):
            return np.zeros(len(pairs), np.int8), np.zeros(len(pairs), dtype=np.bool_)
        at = np.minimum(np.searchsorted(every, pairs), len(every) - 1)
        return levels[at], every[at] == pairs

    def learn(self, pairs: npt.NDArray[np.int64], found: Levels) -> None:
        """Remember `found` for new `pairs`."""
        # No lock: where two batches tell at once, one of them may be forgotten, and is found out anew.
        held, known = self._held
        every, levels = np.concatenate([held, pairs]), np.concatenate([known, found])
        order = np.argsort(every, kind="stable")
        self._held = every[order], levels[order]


def _levels(batch: _Batch, left: str, right: str, *, given: bool, memory: Memory, rows: Counts | None = None) -> Levels:
    """The levels of the columns `left` and `right` (`first_x`, `last_y` …), or of some `rows` of them; `given` for
    first names, where initials and several names are common.
    """
    chosen = slice(None) if rows is None else rows
    code_left, code_right = batch.code[left][chosen], batch.code[right][chosen]
    levels: Levels = np.full(len(code_left), DIFFERENT, dtype=np.int8)
    empty = (code_left == 0) | (code_right == 0)
    same = code_left == code_right
    open_ = np.flatnonzero(~empty & ~same)
    if len(open_):
        codes_x, codes_y = code_left[open_], code_right[open_]
        pairs, first, inverse = np.unique(
            combined(5, np.minimum(codes_x, codes_y), np.maximum(codes_x, codes_y)),
            return_index=True,
            return_inverse=True,
        )
        found, known = memory.known(pairs)
        new = np.flatnonzero(~known)
        if len(new):
            fresh = open_[first[new]] if rows is None else rows[open_[first[new]]]
            counts = np.stack([quantised(batch.count[left][fresh]), quantised(batch.count[right][fresh])])
            found[new] = _open_levels(
                batch.text[left].take(pa.array(fresh)).to_numpy(zero_copy_only=False),
                batch.text[right].take(pa.array(fresh)).to_numpy(zero_copy_only=False),
                counts.min(axis=0), counts.max(axis=0), given=given, noisy=memory.noisy,
            )  # fmt: skip
            memory.learn(pairs[new], found[new])
        levels[open_] = found[inverse]
    levels[same] = SAME
    levels[empty] = MISSING
    return levels


def _generations(names: pa.Array, spaces: npt.NDArray[np.int32]) -> Texts:
    """The word in each name (its sorted tokens, with so many spaces) that tells father from son, or ''."""
    found = np.full(len(names), "", dtype=object)
    long_enough = np.flatnonzero(spaces > 1)
    said = pc.match_substring_regex(names.take(pa.array(long_enough)), GENERATION_PATTERN)
    for index in long_enough[np.asarray(said)].tolist():
        found[index] = next((token for token in names[index].as_py().split() if token in GENERATIONS), "")
    return found


def _resemble(left: str, right: str) -> bool:
    """Whether two different given names begin with one letter or have three in a row in common."""
    if not left or not right or min(len(left), len(right)) < 2:
        return False
    parts = {left[at : at + SHARED_LETTERS] for at in range(len(left) - SHARED_LETTERS + 1)}
    return left[0] == right[0] or any(part in right for part in parts)


@functools.lru_cache(maxsize=131_072)
def _meet(left: str, right: str) -> bool:
    """Whether two lists of roots (`thomas tomas`) have one in common."""
    return not set(left.split()).isdisjoint(right.split())


def _related(text: Mapping[str, pa.Array], first: Levels) -> npt.NDArray[np.bool_]:
    """Whether given names that differ may stand for one name, where one of them may stand for several: *Tom* is
    *Thomas* and *Tomas*.
    """
    found = np.zeros(len(first), dtype=np.bool_)
    several = pc.or_(pc.not_equal(text["roots_x"], ""), pc.not_equal(text["roots_y"], ""))
    rows = np.flatnonzero((first >= DIFFERENT) & (first <= SIMILAR) & np.asarray(several))
    if len(rows):
        chosen = pa.array(rows)
        sides = []
        for side in "xy":
            roots, nick = (text[f"{kind}_{side}"].take(chosen) for kind in ("roots", "nick"))
            sides.append(pc.if_else(pc.equal(roots, ""), nick, roots).dictionary_encode())
        codes_x, codes_y = (side.indices.to_numpy().astype(np.int64) for side in sides)
        pairs, inverse = np.unique(codes_x << 32 | codes_y, return_inverse=True)
        words_x, words_y = (side.dictionary.to_pylist() for side in sides)
        meet = [_meet(words_x[pair >> 32], words_y[pair & 0xFFFFFFFF]) for pair in pairs.tolist()]
        found[rows] = np.array(meet, dtype=np.bool_)[inverse]
    return found


def _abbreviated(text: Mapping[str, pa.Array], first: Levels) -> None:
    """The level of a nickname beside the first letter of what it stands for, such as *R.* beside *Bob*."""
    different = first == DIFFERENT
    for letter, name in (("x", "y"), ("y", "x")):
        one = pc.equal(pc.utf8_length(text[f"first_{letter}"]), 1)
        begun = pc.equal(text[f"first_{letter}"], pc.utf8_slice_codeunits(text[f"nick_{name}"], 0, 1))
        first[different & np.asarray(pc.and_(one, begun))] = INITIAL


def _swapped(batch: _Batch, first: Levels, last: Levels) -> None:
    """Levels of names of which one has first and last name exchanged and the other differs in one of them."""
    for given, family in (("x", "y"), ("y", "x")):
        # What stands as the first name of `given` is the last name of `family`.
        crossed = (batch.code[f"first_{given}"] == batch.code[f"last_{family}"]) & (batch.code[f"first_{given}"] != 0)
        rows = np.flatnonzero(crossed & (first == DIFFERENT) & (last == DIFFERENT))
        if not len(rows):
            continue
        # Counted neither as a first nor as a last name, so any spelling may be a slip of the other.
        found = _levels(
            replace(batch, count=dict.fromkeys(batch.count, np.ones(len(first), np.int64))),
            f"last_{given}", f"first_{family}", given=True, memory=Memory(), rows=rows,
        )  # fmt: skip
        likely = found > DIFFERENT
        first[rows[likely]] = found[likely]
        last[rows[likely]] = VARIANT
        left = rows[~likely]
        crossing = {name: text.take(pa.array(left)) for name, text in batch.text.items()}
        # `Davis, James` and `Jim Davis`: what stands last in one is what the other's first name stands for.
        short = np.asarray(pc.equal(crossing[f"last_{given}"], crossing[f"nick_{family}"]))
        # `Martina Pichler` and `Wallner, Martina`: only what both have is a known given name.
        known = pc.and_(pc.not_equal(crossing[f"nick_{given}"], ""), pc.equal(crossing[f"nick_{family}"], ""))
        first[left[short]], last[left[short]] = NICKNAME, VARIANT
        first[left[np.asarray(known) & ~short]] = SAME


@dataclass(frozen=True, slots=True)
class Compared:
    """What one run has compared so far; with `resembling`, names that clash are also looked at for short forms."""

    firsts: Memory = field(default_factory=Memory)
    lasts: Memory = field(default_factory=Memory)
    resembling: bool = False

    @classmethod
    def among_slips(cls) -> Compared:
        """For a noisy table."""
        return cls(Memory(noisy=True), Memory(noisy=True))


def compare(batch: pa.RecordBatch, *, memory: Compared) -> pa.RecordBatch:
    """Kernel: pairs of distinct names → their levels (NAME_PAIRS_SCHEMA)."""
    if not batch.num_rows:
        return pa.RecordBatch.from_arrays([pa.nulls(0, f.type) for f in NAME_PAIRS_SCHEMA], schema=NAME_PAIRS_SCHEMA)
    parts = ("first", "last", "name", "nick", "roots")
    text = {f"{part}_{side}": _texts(batch, f"{part}_{side}") for part in parts for side in "xy"}
    names = [f"{part}_{side}" for part in ("first", "last") for side in "xy"]
    columns = _Batch(
        text=text,
        code={name: _numbers(batch, f"{name[:-2]}_c_{name[-1]}") for name in names},
        count={name: _numbers(batch, f"{name[:-2]}_n_{name[-1]}") for name in names},
    )
    first = _levels(columns, "first_x", "first_y", given=True, memory=memory.firsts)
    last = _levels(columns, "last_x", "last_y", given=False, memory=memory.lasts)
    nick = np.asarray(pc.and_(pc.equal(text["nick_x"], text["nick_y"]), pc.not_equal(text["nick_x"], "")))
    nick |= _related(text, first)
    first[nick & (first < SAME) & (first != MISSING) & (first != VARIANT)] = NICKNAME
    # Several tokens in another order are a swapped name; one token is only a first or only a last name.
    whole = np.asarray(pc.and_(pc.equal(text["name_x"], text["name_y"]), pc.match_substring(text["name_x"], " ")))
    first[whole] = SAME
    last[whole] = SAME
    _swapped(columns, first, last)
    _abbreviated(text, first)
    # Names of as many words are the same words or other words.
    words = [pc.count_substring(text[name], " ").to_numpy() for name in ("name_x", "name_y")]
    for index in np.flatnonzero((first <= DOUBTFUL) & (last <= DOUBTFUL) & (words[0] != words[1])):
        left, right = set(text["name_x"][index].as_py().split()), set(text["name_y"][index].as_py().split())
        if not left or not right or not (left <= right or right <= left):
            continue
        if min(len(left), len(right)) >= 2:
            first[index] = last[index] = VARIANT
        else:
            first[index], last[index] = INITIAL, MISSING
    # What a reading in Latin letters cannot settle (no vowels, characters with several readings) is not different.
    unreadable = _numbers(batch, "lossy_x") != _numbers(batch, "lossy_y")
    for levels in (first, last):
        levels[unreadable & (levels <= DOUBTFUL)] = MISSING
    clash = np.where((first == DIFFERENT) | ((first == MISSING) & (last == DIFFERENT)), CLASH, 0).astype(np.int8)
    if memory.resembling:
        both = pc.and_(pc.not_equal(text["first_x"], ""), pc.not_equal(text["first_y"], ""))
        related = np.flatnonzero((first == DIFFERENT) & ((last == MISSING) | (last >= SIMILAR)) & np.asarray(both))
        chosen = pa.array(related)
        sides = (text[f"first_{side}"].take(chosen).to_pylist() for side in "xy")
        for index, x, y in zip(related.tolist(), *sides, strict=True):
            if _resemble(x, y):
                clash[index] = RESEMBLING
        near = np.flatnonzero((first == DOUBTFUL) & (clash == 0))
        sides = (text[f"first_{side}"].take(pa.array(near)).to_pylist() for side in "xy")
        for index, x, y in zip(near.tolist(), *sides, strict=True):
            if x and y and _gendered(x, y):
                clash[index] = GENDERED
    older, younger = (_generations(text[f"name_{side}"], words[at]) for at, side in enumerate("xy"))
    apart = older != younger
    both = apart & (older != "") & (younger != "")
    first[both] = DIFFERENT
    clash[both] = CLASH
    clash[apart & ~both & (clash != CLASH) & (clash != RESEMBLING)] = GENERATION
    return pa.RecordBatch.from_arrays(
        [
            batch.column("nid_x").cast(pa.int64()), batch.column("nid_y").cast(pa.int64()), pa.array(first),
            pa.array(last), pa.array(clash),
        ],
        schema=NAME_PAIRS_SCHEMA,
    )  # fmt: skip


PAIRED_COLUMNS: Final = {
    "nid": "nid", "first_key": "first", "last_key": "last", "name_key": "name", "nick_key": "nick",
    "nick_roots": "roots",
    "first_n": "first_n", "last_n": "last_n", "first": "first_c", "last": "last_c", "lossy": "lossy",
}  # fmt: skip
"""What `compare` calls the columns of `resolve_names`, before `_x` and `_y`."""
BATCH: Final = 65_536


def compare_rows(names: pa.Table, one: Counts, two: Counts, memory: Compared) -> tuple[Levels, Levels, Levels]:
    """The levels of first and last name, and the clash, of distinct pairs of rows of `names` (`resolve_names`)."""
    parts = [
        compare(_paired(names, one[start : start + BATCH], two[start : start + BATCH]), memory=memory)
        for start in range(0, len(one), BATCH)
    ]
    found = pa.Table.from_batches(parts, NAME_PAIRS_SCHEMA)
    first, last, clash = (found[name].to_numpy() for name in ("first_level", "last_level", "clash"))
    return first, last, clash


def _paired(names: pa.Table, one: Counts, two: Counts) -> pa.RecordBatch:
    columns = {}
    for side, rows in (("x", one), ("y", two)):
        taken = names.select(list(PAIRED_COLUMNS)).take(pa.array(rows)).combine_chunks()
        for name, paired in PAIRED_COLUMNS.items():
            column = taken.column(name)
            columns[f"{paired}_{side}"] = column.chunk(0) if column.num_chunks else pa.nulls(0, column.type)
    return pa.RecordBatch.from_pydict(columns)
