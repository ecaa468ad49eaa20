# What is asked of the letters of two texts, as `name_kernels` holds them.

from libc.stdint cimport uint8_t, uint32_t

cdef enum:
    # Letters of a text, at most; the words of such a text, each but the last followed by a blank.
    LONGEST = 256
    MOST_WORDS = 129

# Whoever reads a Text or Words stays below its `size` or `count`, which `load` and `split` keep within the arrays: that
# is why they may be handed on by pointer and read without a check.
cdef struct Text:
    int size
    # A bit for each letter, which a few share.
    uint32_t letters
    uint8_t sign[LONGEST]

cdef struct Words:
    int count
    int first[MOST_WORDS]
    int size[MOST_WORDS]


cdef inline bint equal(const Text* x, int at, const Text* y, int place, int size) noexcept nogil:
    """Whether `size` letters from two places on are the same; both texts have as many there."""
    cdef int step
    for step in range(size):
        if x.sign[at + step] != y.sign[place + step]:
            return False
    return True


cdef inline bint blank(const Text* text) noexcept nogil:
    """Whether a blank is in a text."""
    cdef int at
    for at in range(text.size):
        if text.sign[at] == b" ":
            return True
    return False


cdef inline int lacking(const Text* x, const Text* y) noexcept nogil:
    """So many letters of a text, at least, are nowhere in another."""
    cdef uint32_t left = x.letters & ~y.letters
    cdef int found = 0
    while left:
        left &= left - 1
        found += 1
    return found


cdef double similarity(const Text* x, const Text* y, double least) noexcept nogil:
    """Jaro and Winkler's similarity of two texts, neither empty, as rapidfuzz has it to the last bit; 0 where their
    letters show that it is below `least`.
    """
    cdef bint met_x[LONGEST]
    cdef bint met_y[LONGEST]
    cdef int i, j, begun = 0, common = 0, moved = 0
    cdef int bound = max(x.size, y.size) // 2 - 1
    cdef double found
    if x.size == 1 and y.size == 1:
        return 1.0 if x.sign[0] == y.sign[0] else 0.0
    # Were all other letters in their places, and the first four the same.
    found = min(x.size - lacking(x, y), y.size - lacking(y, x))
    if 0.4 + 0.2 * (found / x.size + found / y.size + 1.0) < least - 1e-9:
        return 0.0
    for i in range(x.size):
        met_x[i] = False
    for j in range(y.size):
        met_y[j] = False
        for i in range(max(0, j - bound), min(x.size, j + bound + 1)):
            if x.sign[i] == y.sign[j] and not met_x[i]:
                met_x[i] = met_y[j] = True
                common += 1
                break
    if common == 0:
        return 0.0
    i = 0
    for j in range(y.size):
        if met_y[j]:
            while not met_x[i]:
                i += 1
            moved += x.sign[i] != y.sign[j]
            i += 1
    found = <double>common / x.size
    found += <double>common / y.size
    found += <double>(common - moved // 2) / common
    found /= 3.0
    if found > 0.7:
        while begun < min(4, min(x.size, y.size)) and x.sign[begun] == y.sign[begun]:
            begun += 1
        found += begun * 0.1 * (1.0 - found)
    return min(found, 1.0)


cdef int edits(const Text* x, const Text* y) noexcept nogil:
    """The edits between two texts, a swap of two neighbours being one."""
    cdef int before[LONGEST + 1]
    cdef int last[LONGEST + 1]
    cdef int row[LONGEST + 1]
    cdef int i, j, best
    for j in range(y.size + 1):
        last[j] = before[j] = j
    for i in range(1, x.size + 1):
        row[0] = i
        for j in range(1, y.size + 1):
            best = last[j - 1] + (x.sign[i - 1] != y.sign[j - 1])
            best = min(best, min(last[j], row[j - 1]) + 1)
            if i > 1 and j > 1 and x.sign[i - 1] == y.sign[j - 2] and x.sign[i - 2] == y.sign[j - 1]:
                best = min(best, before[j - 2] + 1)
            row[j] = best
        for j in range(y.size + 1):
            before[j] = last[j]
            last[j] = row[j]
    return last[y.size]


cdef bint near(const Text* x, int at, int size, const Text* y, int place, int length) noexcept nogil:
    """Whether two words, `size` and `length` letters from two places on, are at most one edit apart."""
    cdef int same = 0, shorter = min(size, length)
    if size - length > 1 or length - size > 1:
        return False
    while same < shorter and x.sign[at + same] == y.sign[place + same]:
        same += 1
    if same == shorter:
        return True
    if size > length:
        return equal(x, at + same + 1, y, place + same, length - same)
    if size < length:
        return equal(x, at + same, y, place + same + 1, size - same)
    if equal(x, at + same + 1, y, place + same + 1, size - same - 1):
        return True
    return (same + 1 < size and x.sign[at + same] == y.sign[place + same + 1]
            and x.sign[at + same + 1] == y.sign[place + same]
            and equal(x, at + same + 2, y, place + same + 2, size - same - 2))


cdef bint contained(const Text* x, const Text* y) noexcept nogil:
    """Whether the shorter of two texts lies in the longer."""
    cdef int at
    if x.size > y.size:
        return contained(y, x)
    if x.letters & ~y.letters:
        return False
    for at in range(y.size - x.size + 1):
        if equal(x, 0, y, at, x.size):
            return True
    return False


cdef inline bint vowel(uint8_t sign) noexcept nogil:
    return sign == b"a" or sign == b"e" or sign == b"i" or sign == b"o" or sign == b"u"


cdef bint gendered(const Text* x, const Text* y) noexcept nogil:
    """Whether two different texts, neither empty, differ by a final vowel only."""
    if x.size > y.size:
        return gendered(y, x)
    if not vowel(y.sign[y.size - 1]) or not equal(x, 0, y, 0, y.size - 1 if x.size == y.size else x.size):
        return False
    return x.size + 1 == y.size or (x.size == y.size and vowel(x.sign[x.size - 1]))


cdef bint resemble(const Text* x, const Text* y, int letters) noexcept nogil:
    """Whether two texts begin with one letter or have so many `letters` in a row in common."""
    cdef int i, j
    if min(x.size, y.size) < 2:
        return False
    if x.sign[0] == y.sign[0]:
        return True
    for i in range(x.size - letters + 1):
        for j in range(y.size - letters + 1):
            if equal(x, i, y, j, letters):
                return True
    return False


cdef void split(const Text* text, Words* words) noexcept nogil:
    """Where the words of a text begin, and their lengths."""
    cdef int at, size = 0
    words.count = 0
    for at in range(text.size + 1):
        if at < text.size and text.sign[at] != b" ":
            size += 1
        elif size:
            words.first[words.count] = at - size
            words.size[words.count] = size
            words.count += 1
            size = 0


cdef bint among(const Text* x, const Words* left, const Text* y, const Words* right) noexcept nogil:
    """Whether every word of a text is one of another's."""
    cdef int i, j
    for i in range(left.count):
        for j in range(right.count):
            if left.size[i] == right.size[j] and equal(x, left.first[i], y, right.first[j], left.size[i]):
                break
        else:
            return False
    return True


cdef bint joined(const Text* x, const Text* y) noexcept nogil:
    """Whether two texts are the same but for blanks."""
    cdef int i = 0, j = 0
    while True:
        while i < x.size and x.sign[i] == b" ":
            i += 1
        while j < y.size and y.sign[j] == b" ":
            j += 1
        if i == x.size or j == y.size:
            return i == x.size and j == y.size
        if x.sign[i] != y.sign[j]:
            return False
        i += 1
        j += 1


cdef bint slips(const Text* x, const Words* left, const Text* y, const Words* right, int letters) noexcept nogil:
    """Whether every word of a text has so many `letters` and is near to one of another's."""
    cdef int i, j
    for i in range(left.count):
        if left.size[i] < letters:
            return False
        for j in range(right.count):
            if near(x, left.first[i], left.size[i], y, right.first[j], right.size[j]):
                break
        else:
            return False
    return True


cdef bint letters_only(const Words* words) noexcept nogil:
    cdef int i
    for i in range(words.count):
        if words.size[i] != 1:
            return False
    return True


cdef bint begun(const Text* x, const Words* left, const Text* y, const Words* right) noexcept nogil:
    """Whether the first words are the same, and of each two that follow one is the other's first letter."""
    cdef int i
    if left.size[0] != right.size[0] or not equal(x, left.first[0], y, right.first[0], left.size[0]):
        return False
    for i in range(1, min(left.count, right.count)):
        if min(left.size[i], right.size[i]) != 1 or x.sign[left.first[i]] != y.sign[right.first[i]]:
            return False
    return True


cdef bint common(const Text* x, const Words* left, const Text* y, const Words* right) noexcept nogil:
    """Whether two texts have a word in common."""
    cdef int i, j
    for i in range(left.count):
        for j in range(right.count):
            if left.size[i] == right.size[j] and equal(x, left.first[i], y, right.first[j], left.size[i]):
                return True
    return False


cdef bint several(const Text* text, const Words* words) noexcept nogil:
    """Whether not all words of a text are the same."""
    cdef int i
    for i in range(1, words.count):
        if words.size[i] != words.size[0] or not equal(text, words.first[0], text, words.first[i], words.size[0]):
            return True
    return False
