"""The compiled twin of `names.compare`, for names that are plain."""

import numpy as np

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memcpy

cdef enum:
    # The levels and clashes of `names`, and the columns of its facts and texts.
    MISSING = 0
    DIFFERENT = 1
    DOUBTFUL = 2
    INITIAL = 3
    SIMILAR = 4
    NICKNAME = 5
    VARIANT = 6
    SAME = 7
    CLASH = 1
    GENERATION = 2
    RESEMBLING = 3
    GENDERED = 4
    FIRST = 0
    LAST = 1
    NAME = 2
    NICK = 3
    FIRST_N = 0
    STANDS = 2
    SEVERAL = 3
    SPACES = 4
    TOLD = 5
    LOSSY = 6
    LETTER = 7
    BEGIN = 8
    SIZE = 9

include "letters.pxi"


cdef class Names:
    """What is asked of each of some names, and how two of them agree.

    A row each: `codes` are those of the first, last and whole name and of the nickname, `facts` what `Known.compiled`
    says. `data` are the bytes of all; `roots[begins[n]:begins[n + 1]]`, ascending, what first names of number `n` among
    the facts may stand for; `bounds` are the numbers of `names.BOUNDS`.
    """

    cdef const int64_t[:, ::1] codes
    cdef const int32_t[:, ::1] facts
    cdef const uint8_t[::1] data
    cdef const int64_t[::1] begins, roots
    cdef double similar_at, doubtful_at, wrong_share, likely_share, rare_share
    cdef int slip_letters, common_letters, contained_letters, shared_letters

    def __init__(self, codes, facts, data, begins, roots, bounds):
        self.codes, self.facts, self.data, self.begins, self.roots = codes, facts, data, begins, roots
        self.similar_at, self.doubtful_at, self.wrong_share, self.likely_share, self.rare_share = bounds[:5]
        self.slip_letters, self.common_letters, self.contained_letters, self.shared_letters = bounds[5:]

    cdef int load(self, Text* text, int part, int64_t row) except -1 nogil:
        cdef int64_t start = self.facts[row, BEGIN]
        cdef int64_t size = self.facts[row, SIZE + part]
        cdef int place
        for place in range(part):
            start += self.facts[row, SIZE + place]
        if start < 0 or size <= 0 or size > LONGEST:
            raise ValueError("a name is empty, too long to be plain, or nowhere")
        # The first and the last byte are there (or an IndexError is), so those between are.
        self.data[start + size - 1]
        memcpy(text.sign, &self.data[start], size)
        text.size = <int>size
        text.letters = 0
        for place in range(text.size):
            text.letters |= <uint32_t>1 << (text.sign[place] & 31)
        return 0

    cdef bint rare(self, int64_t one, int64_t two) noexcept nogil:
        return min(one, two) <= max(1.0, self.rare_share * max(one, two))

    cdef int tokens(self, const Text* x, const Text* y, int found, bint given) noexcept nogil:
        """The level of two texts of which at least one has several words."""
        cdef Words left, right
        split(x, &left)
        split(y, &right)
        if among(x, &left, y, &right) or among(y, &right, x, &left) or joined(x, y):
            return VARIANT
        if left.count <= right.count:
            if slips(x, &left, y, &right, self.slip_letters):
                return SIMILAR
        elif slips(y, &right, x, &left, self.slip_letters):
            return SIMILAR
        if not given:
            return found
        if letters_only(&left if x.size < y.size else &right):
            return INITIAL if x.sign[0] == y.sign[0] else DIFFERENT
        if begun(x, &left, y, &right):
            return VARIANT
        return max(found, <int>DOUBTFUL) if common(x, &left, y, &right) else found

    cdef int level(self, const Text* x, const Text* y, bint rare, bint given, bint noisy) noexcept nogil:
        """The level of two different texts, neither empty; `rare` where one may be a slip of the other."""
        cdef int place, wrong, found = DIFFERENT, shortest = min(x.size, y.size)
        cdef double score
        if shortest == 1:
            found = INITIAL if x.sign[0] == y.sign[0] else DIFFERENT
        else:
            score = similarity(x, y, self.doubtful_at)
            if score >= self.similar_at and rare:
                found = SIMILAR
            elif score >= self.doubtful_at:
                found = DOUBTFUL
            if (x.letters | y.letters) & 1 and (blank(x) or blank(y)):
                found = self.tokens(x, y, found, given)
            elif given and found == SIMILAR and gendered(x, y):
                found = DOUBTFUL
        if given and found == DIFFERENT:
            if shortest >= self.common_letters and equal(x, 0, y, 0, self.common_letters):
                found = DOUBTFUL
            elif shortest >= self.contained_letters and contained(x, y):
                found = DOUBTFUL
        if noisy and found <= DOUBTFUL:
            wrong = edits(x, y)
            if wrong <= self.wrong_share * shortest:
                found = DOUBTFUL
            if found == DOUBTFUL and wrong <= self.likely_share * shortest and rare:
                found = SIMILAR
        return found

    cdef int part(self, int part, int64_t one, int64_t two, bint noisy) except -1 nogil:
        """The level of two names' first or last parts."""
        cdef Text x, y
        if self.codes[one, part] == 0 or self.codes[two, part] == 0:
            return MISSING
        if self.codes[one, part] == self.codes[two, part]:
            return SAME
        self.load(&x, part, one)
        self.load(&y, part, two)
        return self.level(&x, &y, self.rare(self.facts[one, FIRST_N + part], self.facts[two, FIRST_N + part]),
                          part == FIRST, noisy)

    cdef bint related(self, int64_t one, int64_t two) except? -1 nogil:
        """Whether two first names may stand for one."""
        cdef int64_t i, j, left, right
        if self.codes[one, NICK] != 0 and self.codes[one, NICK] == self.codes[two, NICK]:
            return True
        if not self.facts[one, SEVERAL] and not self.facts[two, SEVERAL]:
            return False
        left, right = self.facts[one, STANDS], self.facts[two, STANDS]
        i, j = self.begins[left], self.begins[right]
        while i < self.begins[left + 1] and j < self.begins[right + 1]:
            if self.roots[i] == self.roots[j]:
                return True
            if self.roots[i] < self.roots[j]:
                i += 1
            else:
                j += 1
        return False

    cdef int swapped(self, int64_t given, int64_t family, int* first, int* last) except -1 nogil:
        """Set the levels of names that differ in both parts where the first part of `given` is the last of `family`."""
        cdef Text x, y
        cdef int found = SAME
        if self.codes[given, FIRST] == 0 or self.codes[given, FIRST] != self.codes[family, LAST]:
            return 0
        if self.codes[given, LAST] != self.codes[family, FIRST]:
            self.load(&x, LAST, given)
            self.load(&y, FIRST, family)
            found = self.level(&x, &y, True, True, False)
        if found > DIFFERENT:
            first[0], last[0] = found, VARIANT
        elif self.codes[given, LAST] == self.codes[family, NICK]:
            first[0], last[0] = NICKNAME, VARIANT
        elif self.codes[given, NICK] != 0 and self.codes[family, NICK] == 0:
            first[0] = SAME
        return 0

    cdef bint lettered(self, int64_t one, int64_t two) except? -1 nogil:
        """Whether a first name is a letter, and that of what the other's is short for."""
        return (self.facts[one, SIZE + FIRST] == 1 and self.facts[two, LETTER] != 0
                and self.data[self.facts[one, BEGIN]] == self.facts[two, LETTER])

    cdef int whole(self, int64_t one, int64_t two, int* first, int* last) except -1 nogil:
        """Set the levels of names all whose words the other has too."""
        cdef Text x, y
        cdef Words left, right
        if not self.codes[one, NAME] or not self.codes[two, NAME]:
            return 0
        self.load(&x, NAME, one)
        self.load(&y, NAME, two)
        split(&x, &left)
        split(&y, &right)
        if not left.count or not right.count:
            return 0
        if not among(&x, &left, &y, &right) and not among(&y, &right, &x, &left):
            return 0
        if several(&x, &left) and several(&y, &right):
            first[0] = last[0] = VARIANT
        else:
            first[0], last[0] = INITIAL, MISSING
        return 0

    cdef int doubts(self, int64_t one, int64_t two, int first, int last) except -1 nogil:
        """Of names that nothing else tells apart, whether the first parts resemble each other."""
        cdef Text x, y
        if self.codes[one, FIRST] == 0 or self.codes[two, FIRST] == 0:
            return CLASH if first == DIFFERENT else 0
        self.load(&x, FIRST, one)
        self.load(&y, FIRST, two)
        if first == DIFFERENT:
            if (last == MISSING or last >= SIMILAR) and resemble(&x, &y, self.shared_letters):
                return RESEMBLING
            return CLASH
        return GENDERED if gendered(&x, &y) else 0

    cdef int pair(self, int64_t one, int64_t two, bint noisy, bint resembling) except -1 nogil:
        """The levels of first and last part and the clash, as digits of a number to 16, the first the lowest."""
        cdef int first = self.part(FIRST, one, two, noisy), last = self.part(LAST, one, two, noisy), clash = 0
        cdef int64_t older = self.facts[one, TOLD], younger = self.facts[two, TOLD]
        if DIFFERENT <= first <= SIMILAR and self.related(one, two):
            first = NICKNAME
        if self.facts[one, SPACES] and self.codes[one, NAME] == self.codes[two, NAME]:
            first = last = SAME
        if first == DIFFERENT and last == DIFFERENT:
            self.swapped(one, two, &first, &last)
        if first == DIFFERENT and last == DIFFERENT:
            self.swapped(two, one, &first, &last)
        if first == DIFFERENT and (self.lettered(one, two) or self.lettered(two, one)):
            first = INITIAL
        if first <= DOUBTFUL and last <= DOUBTFUL and self.facts[one, SPACES] != self.facts[two, SPACES]:
            self.whole(one, two, &first, &last)
        if self.facts[one, LOSSY] != self.facts[two, LOSSY]:
            first = MISSING if first <= DOUBTFUL else first
            last = MISSING if last <= DOUBTFUL else last
        if resembling and (first == DIFFERENT or first == DOUBTFUL):
            clash = self.doubts(one, two, first, last)
        elif first == DIFFERENT or (first == MISSING and last == DIFFERENT):
            clash = CLASH
        if older != younger:
            if older and younger:
                first, clash = DIFFERENT, CLASH
            elif clash != CLASH and clash != RESEMBLING:
                clash = GENERATION
        return first | last << 4 | clash << 8

    def levels(self, const int64_t[::1] one, const int64_t[::1] two, bint noisy, bint resembling):
        """The levels of first and last part, and the clash, of pairs of names (their rows): an array of three rows."""
        cdef int64_t row, rows = one.shape[0]
        cdef int levels
        found = np.empty((3, rows), np.int8)
        cdef int8_t[:, ::1] out = found
        with nogil:
            for row in range(rows):
                levels = self.pair(one[row], two[row], noisy, resembling)
                out[0, row], out[1, row], out[2, row] = levels & 15, levels >> 4 & 15, levels >> 8
        return found
