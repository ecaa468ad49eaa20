"""How two names agree: levels for the first and the last name, and what speaks against one person having both.

Words: a *level* is one outcome of comparing two values, from "says nothing" to "the same"; a name is *plain* where all
of it is written in printable ASCII and no part is too long, so that compiled code can compare it letter by letter.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from audiencevault.engine.compiled import kernels
from audiencevault.resolution.codes import MAX_COMPARED, codes
from audiencevault.resolution.columns import HIGH, LOW, both, numbers

KERNELS = kernels("audiencevault.resolution.name_kernels")

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
SHARED_LETTERS: Final = 3
WRONG_SHARE: Final = 0.5
LIKELY_SHARE: Final = 0.3
"""In a noisy table, letters that may be wrong and leave a doubt or make a slip, as shares of the shorter name."""
RARE_SHARE: Final = 0.02
"""A spelling is a slip of another only where it is much rarer: both common means two names (Mario, Maria)."""

BOUNDS: Final = (
    SIMILAR_AT, DOUBTFUL_AT, WRONG_SHARE, LIKELY_SHARE, RARE_SHARE, SLIP_LETTERS, COMMON_LETTERS, CONTAINED_LETTERS,
    SHARED_LETTERS,
)  # fmt: skip

Levels = npt.NDArray[np.int8]
Counts = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

CLASH, GENERATION, RESEMBLING, GENDERED = 1, 2, 3, 4
"""Names that one person cannot have; names of which one says junior or senior and the other nothing; first names that
clash, but may be a name and its short form in a language without a table: only at the mailbox that spells one of them
they are no clash; given names that a final vowel tells apart (looked for at shared contact points only)."""

WRITTEN: Final = ("first", "last", "name")
"""What of a name is compared letter by letter."""
NOT_PLAIN: Final = "[^ -~]"
LEVELS_KEPT: Final = 131_072
"""Pairs of texts whose levels are remembered while names are compared one by one."""
GENERATIONS: Final = ("jr", "sr", "ii", "iii", "iv")
"""Words that tell father from son, as they stand in `name_key`."""
GENERATION_PATTERN: Final = rf"\b({'|'.join(GENERATIONS)})\b"


def quantised(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Counts rounded up to powers of two, so that one more record rarely changes anything; 0 stays 0."""
    exponents = np.ceil(np.log2(np.maximum(counts, 1))).astype(np.int64)
    found: npt.NDArray[np.int64] = np.where(counts > 0, np.int64(1) << exponents, 0)
    return found


def slip(one: Counts | int, two: Counts | int) -> npt.NDArray[np.bool_]:
    """Whether, of two spellings that so many records have (as `quantised` says), one is rare enough for a slip."""
    rarer: npt.NDArray[np.bool_] = np.minimum(one, two) <= np.maximum(1, RARE_SHARE * np.maximum(one, two))
    return rarer


def nearly_same(left: pa.Array, right: pa.Array) -> npt.NDArray[np.bool_]:
    """Of pairs of texts, those near enough for one to be a slip of the other."""
    texts = (
        pc.utf8_slice_codeunits(column, 0, MAX_COMPARED).to_numpy(zero_copy_only=False) for column in (left, right)
    )
    scores: npt.NDArray[np.float64] = cpdist(*texts, scorer=JaroWinkler.similarity, dtype=np.float64, workers=1)
    return scores >= SIMILAR_AT


class Name(NamedTuple):
    """What is compared of one name: its comparison forms, '' where there is none, the number of the word that tells
    father from son (0 for none), and how `features` says that it can be read.
    """

    first: str
    last: str
    whole: str
    nick: str
    roots: str
    told: int
    lossy: int


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
    if not given:
        return found
    if all(len(word) == 1 for word in (words_x if len(x) < len(y) else words_y)):
        return INITIAL if x[0] == y[0] else DIFFERENT
    if words_x[0] == words_y[0] and _initials(words_x[1:], words_y[1:]):
        return VARIANT
    return max(found, DOUBTFUL) if set_x & set_y else found


def _initials(left: list[str], right: list[str]) -> bool:
    """Whether further given names may be the same, one side giving letters only."""
    return all(x[0] == y[0] and 1 in (len(x), len(y)) for x, y in zip(left, right, strict=False))


def _level(x: str, y: str, *, rare: bool, given: bool, noisy: bool) -> int:
    """The level of two texts; `rare` where one is rare enough for a slip of the other, `given` for first names, where
    initials and several names are common; where the table is `noisy`, a few letters that differ leave a doubt.
    """
    if not x or not y:
        return MISSING
    if x == y:
        return SAME
    score, shortest = JaroWinkler.similarity(x, y), min(len(x), len(y))
    found = SIMILAR if score >= SIMILAR_AT and rare else DOUBTFUL if score >= DOUBTFUL_AT else DIFFERENT
    if shortest == 1:
        found = INITIAL if x[0] == y[0] else DIFFERENT
    elif " " in x or " " in y:
        found = _tokens(x, y, found, given=given)
    elif given and found == SIMILAR and _gendered(x, y):
        found = DOUBTFUL
    if given and found == DIFFERENT:
        begun = shortest >= COMMON_LETTERS and x[:COMMON_LETTERS] == y[:COMMON_LETTERS]
        if begun or (shortest >= CONTAINED_LETTERS and (x in y or y in x)):
            found = DOUBTFUL
    if noisy and found <= DOUBTFUL:
        wrong = OSA.distance(x, y)
        if wrong <= WRONG_SHARE * shortest:
            found = DOUBTFUL
        if found == DOUBTFUL and wrong <= LIKELY_SHARE * shortest and rare:
            found = SIMILAR
    return found


def _related(x: Name, y: Name) -> bool:
    """Whether given names may stand for one name, where one of them may stand for several: *Tom* is *Thomas* and
    *Tomas*.
    """
    if x.nick and x.nick == y.nick:
        return True
    several = bool(x.roots or y.roots)
    return several and not set((x.roots or x.nick).split()).isdisjoint((y.roots or y.nick).split())


def _swapped(given: Name, family: Name) -> tuple[int, int]:
    """The levels of names that differ in both parts, of which what stands as the first name of `given` may be the last
    name of `family`.
    """
    if given.first != family.last:
        return DIFFERENT, DIFFERENT
    # Counted neither as a first nor as a last name, so any spelling may be a slip of the other.
    found = _level(given.last, family.first, rare=True, given=True, noisy=False)
    if found > DIFFERENT:
        return found, VARIANT
    # `Davis, James` and `Jim Davis`: what stands last in one is what the other's first name stands for.
    if given.last == family.nick:
        return NICKNAME, VARIANT
    # `Martina Pichler` and `Wallner, Martina`: only what both have is a known given name.
    return SAME if given.nick and not family.nick else DIFFERENT, DIFFERENT


def _resemble(left: str, right: str) -> bool:
    """Whether two different given names begin with one letter or have three in a row in common."""
    if min(len(left), len(right)) < 2:
        return False
    parts = (left[at : at + SHARED_LETTERS] for at in range(len(left) - SHARED_LETTERS + 1))
    return left[0] == right[0] or any(part in right for part in parts)


def compare(
    x: Name, y: Name, rare: tuple[bool, bool], level: Callable[..., int] = _level, *, noisy: bool, resembling: bool
) -> tuple[int, int, int]:
    """The levels of first and last name, and the clash; `rare` says of both parts whether one is rare enough for a slip
    of the other.
    """
    first = level(x.first, y.first, rare=rare[0], given=True, noisy=noisy)
    last = level(x.last, y.last, rare=rare[1], given=False, noisy=noisy)
    if DIFFERENT <= first <= SIMILAR and _related(x, y):
        first = NICKNAME
    # Several tokens in another order are a swapped name; one token is only a first or only a last name.
    if x.whole == y.whole and " " in x.whole:
        first = last = SAME
    for given, family in ((x, y), (y, x)):
        if first == last == DIFFERENT:
            first, last = _swapped(given, family)
    # A letter beside the nickname of what it stands for, such as *R.* beside *Bob*.
    if first == DIFFERENT and any(one.first and one.first == two.nick[:1] for one, two in ((x, y), (y, x))):
        first = INITIAL
    # Names of as many words are the same words or other words.
    if first <= DOUBTFUL and last <= DOUBTFUL and x.whole.count(" ") != y.whole.count(" "):
        left, right = set(x.whole.split()), set(y.whole.split())
        if left and right and (left <= right or right <= left):
            first, last = (VARIANT, VARIANT) if min(len(left), len(right)) >= 2 else (INITIAL, MISSING)
    if x.lossy != y.lossy:
        # What a reading in Latin letters cannot settle (no vowels, characters with several readings) is not different.
        first, last = (MISSING if found <= DOUBTFUL else found for found in (first, last))
    clash = CLASH if first == DIFFERENT or (first == MISSING and last == DIFFERENT) else 0
    if resembling and x.first and y.first:
        if first == DIFFERENT and (last == MISSING or last >= SIMILAR) and _resemble(x.first, y.first):
            clash = RESEMBLING
        elif first == DOUBTFUL and _gendered(x.first, y.first):
            clash = GENDERED
    if x.told and y.told and x.told != y.told:
        return DIFFERENT, last, CLASH
    if x.told != y.told and clash not in (CLASH, RESEMBLING):
        clash = GENERATION
    return first, last, clash


class Known:
    """What is asked of each of the names of a run (`resolve_names`), row by row."""

    def __init__(self, names: pa.Table) -> None:
        self.texts = {part: _texts(names, f"{part}_key") for part in ("first", "last", "name", "nick")}
        self.texts["roots"] = _texts(names, "nick_roots")
        self.counts = [quantised(numbers(names, f"{part}_n")) for part in ("first", "last")]
        self.lossy = numbers(names, "lossy")
        self.spaces = pc.count_substring(self.texts["name"], " ").to_numpy()
        self.told = _told(self.texts["name"], self.spaces)

    @functools.cached_property
    def plain(self) -> npt.NDArray[np.bool_]:
        """Whether all that is compared letter by letter is printable ASCII."""
        found = np.ones(len(self.told), dtype=np.bool_)
        for part in WRITTEN:
            data, _ = _bytes(self.texts[part])
            if len(data) and (data.min() < ord(" ") or data.max() > ord("~")):
                found &= ~np.asarray(pc.match_substring_regex(self.texts[part], NOT_PLAIN))
        return found

    @functools.cached_property
    def compiled(self) -> Any:
        """The names as the kernel takes them, a row each: the codes of their texts; in small numbers how many records
        have the parts; the number of what the first may stand for, and whether that is several; the blanks in it; the
        word that tells father from son; how it can be read; the first letter of the nickname; where the parts begin,
        one behind the other; and how many letters each has. It must not be asked of those that are not `plain`.
        """
        made: Any = KERNELS
        nick, roots = self.texts["nick"], self.texts["roots"]
        several = pc.not_equal(roots, "")
        stands = pc.if_else(several, roots, nick).dictionary_encode()
        words = [set(text.split()) for text in stands.dictionary.to_pylist()]
        number = {word: place for place, word in enumerate(sorted(set[str]().union(*words)))}
        held = [sorted(number[word] for word in text) for text in words]
        written = [self.texts[part] for part in WRITTEN]
        data, begins = _bytes(pc.binary_join_element_wise(*written, ""))
        hashes = np.empty((len(nick), len(WRITTEN) + 1), np.int64)
        for place, text in enumerate((*written, nick)):
            hashes[:, place] = codes(text)
        columns = (
            *self.counts, stands.indices.to_numpy(), np.asarray(several), self.spaces, self.told, self.lossy,
            _letters(nick), begins[:-1], *(pc.binary_length(text).to_numpy() for text in written),
        )  # fmt: skip
        facts = np.empty((len(nick), len(columns)), np.int32)
        for place, column in enumerate(columns):
            facts[:, place] = column
        return made.Names(
            hashes, facts, data, np.cumsum([0, *(len(text) for text in held)]),
            np.array([word for text in held for word in text], np.int64), BOUNDS,
        )  # fmt: skip

    def names(self, rows: Counts) -> list[Name]:
        """Some of the names."""
        texts = [text.take(pa.array(rows)).to_pylist() for text in self.texts.values()]
        return list(map(Name, *texts, self.told[rows].tolist(), self.lossy[rows].tolist()))


def _texts(names: pa.Table, column: str) -> pa.Array:
    found = pc.fill_null(names.column(column).combine_chunks().cast(pa.string()), "")
    if (pc.max(pc.binary_length(found)).as_py() or 0) > MAX_COMPARED:
        found = pc.utf8_slice_codeunits(found, 0, MAX_COMPARED)
    return found


def _bytes(texts: pa.Array) -> tuple[Bytes, Counts]:
    """The bytes of texts, none null, and where each begins, and the row behind the last."""
    _, offsets, content = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    data = np.frombuffer(content, np.uint8) if content is not None else np.zeros(0, np.uint8)
    return data[ends[0] : ends[-1]], ends - ends[0]


def _letters(texts: pa.Array) -> Counts:
    """The first byte of each text, 0 where there is none."""
    data, begins = _bytes(texts)
    found: Counts = np.append(data, np.uint8(0))[begins[:-1]].astype(np.int64)
    found[begins[1:] == begins[:-1]] = 0
    return found


def _told(names: pa.Array, spaces: Counts) -> Counts:
    """The number of the first word of each name (its sorted tokens, with so many spaces) that tells father from son, 0
    for none.
    """
    found = np.zeros(len(names), np.int64)
    several = np.flatnonzero(spaces > 1)
    told = np.asarray(pc.match_substring_regex(names.take(pa.array(several)), GENERATION_PATTERN))
    for row in several[told].tolist():
        words = [word for word in names[row].as_py().split() if word in GENERATIONS]
        found[row] = GENERATIONS.index(words[0]) + 1 if words else 0
    return found


@dataclass(frozen=True, slots=True)
class Compared:
    """How the names of one run are compared: in a `noisy` table slips are many; with `resembling`, names that clash are
    also looked at for short forms. What is known of the names themselves is found out once.
    """

    noisy: bool = False
    resembling: bool = False
    _known: list[tuple[pa.Table, Known]] = field(default_factory=list)

    @classmethod
    def among_slips(cls) -> Compared:
        """For a noisy table."""
        return cls(noisy=True)

    def known(self, names: pa.Table) -> Known:
        """What is asked of each of `names`, the last of which are remembered."""
        if not self._known or self._known[0][0] is not names:
            self._known[:] = [(names, Known(names))]
        return self._known[0][1]


def compare_rows(names: pa.Table, one: Counts, two: Counts, memory: Compared) -> tuple[Levels, Levels, Levels]:
    """The levels of first and last name, and the clash, of pairs of rows of `names` (`resolve_names`)."""
    known = memory.known(names)
    found = np.empty((3, len(one)), np.int8)
    plain = known.plain[one] & known.plain[two] if KERNELS is not None else np.zeros(len(one), np.bool_)
    if plain.any():
        rows = slice(None) if plain.all() else np.flatnonzero(plain)
        found[:, rows] = known.compiled.levels(one[rows], two[rows], memory.noisy, memory.resembling)
    rows = np.flatnonzero(~plain)
    if len(rows):
        found[:, rows] = _portable(known, one[rows], two[rows], memory)
    return found[0], found[1], found[2]


def _portable(known: Known, one: Counts, two: Counts, memory: Compared) -> Levels:
    pairs, asked = np.unique(both(one, two), return_inverse=True)
    one, two = pairs >> HIGH, pairs & LOW
    rows, place = np.unique(np.concatenate([one, two]), return_inverse=True)
    names, size = known.names(rows), len(one)
    rare = zip(*(slip(count[one], count[two]).tolist() for count in known.counts), strict=True)
    # The same first names meet again and again.
    level = functools.lru_cache(maxsize=LEVELS_KEPT)(_level)
    found = [
        compare(names[x], names[y], slips, level, noisy=memory.noisy, resembling=memory.resembling)
        for x, y, slips in zip(place[:size].tolist(), place[size:].tolist(), rare, strict=True)
    ]
    return np.array(found, np.int8).reshape(-1, 3).T[:, asked]
