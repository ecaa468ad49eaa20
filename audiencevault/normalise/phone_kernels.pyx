"""Compiled twin of `phone_plan.settle` and of what `phone` makes of it: plain numbers, one at a time.

Words: a *book* holds the plans (see `phone_book`). Patterns are read as they stand there, without `?:` and with `d` for
`\\d`. Where a pattern begins and where it can end in a number are sets of places, a bit each. Numbers that begin with
the digits that were looked at for an earlier one of the same length have its answer: these are kept in a tree.
"""

import numpy as np

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t

cdef enum:
    # Columns of `plans`, of `codes` and of `homes`; as `phone_book` fills them.
    CODE = 0, PREFIX, BARE, GENERAL, POSSIBLE, ABROAD, LEADING, SAME, PLACE, MAIN, KINDS
    FOREMOST = 0, FIRST, COUNT, WHOLE, LOCAL, FICTITIOUS
    DIALS_00 = 1
    # What becomes of a reading, and why a number is refused (`phone.REASONS`).
    UNSETTLED = 0, DONE = 1, INVALID = 2
    NO_COUNTRY = 5, BAD_COUNTRY_CODE = 6, TOO_SHORT = 7, TOO_LONG = 8, NOT_ASSIGNED = 9
    ABROAD_CONTEXT = 0, NOWHERE = 1
    JUNK = 1 << 13
    LONG_ENOUGH_TO_GUESS = 11, FEWEST = 7, MOST = 15, FEWEST_ABROAD = 5, PLUS = 32
    NODES = 1 << 17

cdef int64_t OPEN = <int64_t>1 << 40


def jumps(const uint8_t[::1] text):
    """For each bracket that opens and each bar of some patterns the place of the next bar, or of the bracket that
    closes, of the same group; else 0.
    """
    found = np.zeros(text.shape[0], np.int32)
    cdef int32_t[::1] out = found
    cdef int32_t[::1] waiting = np.empty(text.shape[0] + 1, np.int32)
    cdef int32_t at, depth = 0
    for at in range(text.shape[0]):
        if text[at] == c"(":
            waiting[depth] = at
            depth += 1
        elif text[at] == c"|" or text[at] == c")":
            out[waiting[depth - 1]] = at
            waiting[depth - 1] = at
            depth -= text[at] == c")"
    return found


cdef inline bint is_digit(uint8_t char) noexcept nogil:
    return c"0" <= char <= c"9"


cdef inline int length_of(int code) noexcept nogil:
    return (code > 0) + (code > 9) + (code > 99)


cdef bint is_among(int64_t number, const int64_t[::1] numbers) except -1 nogil:
    """Whether a number is one of some, which ascend."""
    cdef int64_t least = 0, most = numbers.shape[0], middle
    while least < most:
        middle = (least + most) // 2
        if numbers[middle] < number:
            least = middle + 1
        else:
            most = middle
    return least < numbers.shape[0] and numbers[least] == number


cdef int is_plain(const uint8_t[::1] data, size_t at, size_t stop) except -1 nogil:
    """Whether a text fits `phone._PLAIN` and is no float that lost its number: 0, 1, or `PLUS` where it has one."""
    cdef bint bracket = False, plus = False
    cdef uint8_t char
    if stop - at > 1 and data[stop - 1] == c"0" and data[stop - 2] == c".":
        return 0
    if at < stop and data[at] == c"'":
        at += 1
    if stop - at > 1 and data[at] == c"p" and data[at + 1] == c":":
        at += 2
    while at < stop and (data[at] == c" " or data[at] == c"("):
        bracket |= data[at] == c"("
        at += 1
    if at < stop and data[at] == c"+":
        plus = True
        at += 1
        bracket = at < stop and data[at] == c"("
    if at >= stop or not (bracket or is_digit(data[at])):
        return 0
    for at in range(at, stop):
        char = data[at]
        if not (c"-" <= char <= c"9" or char == c" " or char == c"(" or char == c")"):
            return 0
    return PLUS if plus else 1


def scanned(const uint8_t[::1] data, const int32_t[::1] offsets, const int32_t[::1] regions):
    """Of each text between `offsets` its digits as a number and how many they are, plus 32 where it has a plus; 0 where
    it is not plain. Also which three digits international numbers may begin with, and which numbers of digits those
    may have whose country must be guessed. `regions` below 0 are not known.
    """
    cdef size_t rows = offsets.shape[0] - 1, row, place
    cdef int64_t value
    cdef int size, plain, shift
    cdef uint8_t char
    numbers, sizes = np.zeros(rows, np.int64), np.zeros(rows, np.int16)
    heads, guesses = np.zeros(1000, np.uint8), np.zeros(MOST + 1, np.uint8)
    cdef int64_t[::1] number = numbers, powers = 10 ** np.arange(MOST + 1)
    cdef int16_t[::1] sized = sizes
    cdef uint8_t[::1] head = heads, guess = guesses
    with nogil:
        for row in range(rows):
            plain = is_plain(data, offsets[row], offsets[row + 1])
            if not plain:
                continue
            value = size = 0
            for place in range(offsets[row], offsets[row + 1]):
                char = data[place]
                if is_digit(char):
                    size += 1
                    if size > MOST:
                        break
                    value = value * 10 + (char - c"0")
            if not FEWEST <= size <= MOST:
                continue
            number[row] = value
            sized[row] = size + (PLUS if plain == PLUS else 0)
            shift = 0 if plain == PLUS or value // powers[size - 2] else 2
            if plain == PLUS or shift:
                head[(value // powers[size - 3 - shift]) % 1000] = 1
            elif size >= LONG_ENOUGH_TO_GUESS and regions[row] < 0 and value >= powers[size - 1]:
                head[value // powers[size - 3]] = guess[size] = 1
    return numbers, sizes, heads, guesses


cdef class Reader:
    """What is known of one call's plans, and of the number in hand."""

    cdef const uint8_t[::1] text
    cdef const int32_t[::1] jumps, members, kinds
    cdef const int32_t[:, ::1] plans, codes, homes, ranges, elsewhere
    cdef int64_t[:, ::1] nodes
    cdef int32_t[::1] roots
    cdef int64_t used
    # Places of each digit in the number, and in what a pattern is held against; indexed by digits only.
    cdef int64_t[10] places
    cdef int64_t[10] work
    cdef uint8_t[16] digits
    cdef int size, limit, base, looked
    # What `settle` found out.
    cdef int why, code, national, kind, place
    cdef bint carried, fictitious

    def __init__(self, book):
        self.text, self.jumps, self.members, self.kinds = book.text, book.jumps, book.members, book.kinds
        self.plans, self.codes, self.homes = book.plans, book.codes, book.homes
        self.ranges, self.elsewhere = book.ranges, book.elsewhere
        self.nodes = np.empty((NODES, 10), np.int64)
        self.roots = np.zeros((book.homes.shape[0] + 2) * 16, np.int32)
        self.used = 1

    cdef int64_t sequence(self, int64_t at, int64_t starts) except -1 nogil:
        """Where what stands from a place of `text` on, up to a bar or the end of its group, can end if it begins at
        one of `starts`.
        """
        cdef int64_t allowed, fits, current, found
        cdef int digit, least, most, times
        cdef uint8_t char
        cdef int64_t atom, stop
        while starts:
            char = self.text[at]
            if char == c"|" or char == c")":
                return starts
            atom = at
            at += 1
            allowed = 0
            if char == c"(":
                stop = atom
                while self.text[stop] != c")":
                    stop = self.jumps[stop]
                at = stop + 1
            elif char == c"[":
                while self.text[at] != c"]":
                    if self.text[at] == c"-":
                        for digit in range(self.text[at - 1] - c"0", self.text[at + 1] - c"0"):
                            allowed |= 1 << digit
                    else:
                        allowed |= 1 << (self.text[at] - c"0")
                    at += 1
                at += 1
            elif char == c"$":
                starts &= <int64_t>1 << self.limit
                continue
            else:
                allowed = 1023 if char == c"d" else 1 << (char - c"0")
            least = most = 1
            char = self.text[at]
            if char == c"?":
                least = 0
                at += 1
            elif char == c"*" or char == c"+":
                least, most = char == c"+", 18
                at += 1
            elif char == c"{":
                least = 0
                at += 1
                while is_digit(self.text[at]):
                    least = least * 10 + self.text[at] - c"0"
                    at += 1
                most = least
                if self.text[at] == c",":
                    at += 1
                    most = 0 if is_digit(self.text[at]) else 18
                    while is_digit(self.text[at]):
                        most = most * 10 + self.text[at] - c"0"
                        at += 1
                at += 1
            fits = (<int64_t>1 << self.limit) - 1
            if 0 < allowed < 1023:
                fits = 0
                for digit in range(10):
                    if allowed >> digit & 1:
                        fits |= self.work[digit]
            current, found = starts, 0 if least else starts
            for times in range(1, most + 1):
                if allowed == 0:
                    current = self.group(atom, current)
                else:
                    if allowed < 1023:
                        self.look(current)
                    current = (current & fits) << 1
                if not current:
                    break
                if times >= least:
                    found |= current
            starts = found
        return 0

    cdef int64_t group(self, int64_t at, int64_t starts) except -1 nogil:
        """`sequence` of the alternatives of the group that opens at a place of `text`."""
        cdef int64_t found = 0
        while self.text[at] != c")":
            found |= self.sequence(at + 1, starts)
            at = self.jumps[at]
        return found

    cdef int look(self, int64_t places) except -1 nogil:
        """Keep in mind that digits at these places of `work` were looked at."""
        cdef int last = self.limit - 1
        while last >= 0 and not places >> last & 1:
            last -= 1
        self.looked = max(self.looked, self.base + last + 1) if last >= 0 else self.looked
        return 0

    cdef int hold(self, int start, int code) except -1 nogil:
        """Put the number from a digit on where patterns are held against it, behind a country code unless that is 0."""
        cdef int digit, left, length = length_of(code)
        for digit in range(10):
            self.work[digit] = self.places[digit] >> start << length
        for left in range(length - 1, -1, -1):
            self.work[code % 10] |= 1 << left
            code //= 10
        self.limit = self.size - start + length
        self.base = start - length
        return 0

    cdef int64_t ends(self, int pattern, int start) except -1 nogil:
        """Where a pattern can end that begins at a digit of the number, as distances from there."""
        self.hold(start, 0)
        return self.group(pattern, 1)

    cdef bint whole(self, int pattern, int start) except -1 nogil:
        """Whether a pattern fits the number from a digit on."""
        return pattern >= 0 and self.ends(pattern, start) >> self.limit & 1

    cdef bint is_kind(self, int plan, int column, int start) except -1 nogil:
        """Whether a description of a plan (pattern, set of lengths) fits."""
        cdef int lengths = self.plans[plan, column + 1]
        if lengths and not lengths >> (self.size - start) & 1:
            return False
        return self.whole(self.plans[plan, column], start)

    cdef int line_type(self, int plan, int start) except -1 nogil:
        """See `phone_plan.line_types`."""
        cdef int kind, fixed = KINDS + 2 * 9, mobile = KINDS + 2 * 10
        if not self.is_kind(plan, KINDS, start):
            return 0
        for kind in range(1, 9):
            if self.is_kind(plan, KINDS + 2 * kind, start):
                return self.kinds[kind]
        if self.plans[plan, SAME]:
            return self.kinds[0] if self.is_kind(plan, fixed, start) else 0
        if self.is_kind(plan, fixed, start):
            return self.kinds[0] if self.is_kind(plan, mobile, start) else self.kinds[9]
        return self.kinds[10] if self.is_kind(plan, mobile, start) else 0

    cdef int without_prefix(self, int plan, int start) except? -1 nogil:
        """Where the number begins behind a plan's national prefix; -2 where only a regular expression can say."""
        cdef int64_t found
        cdef int behind = start
        if self.plans[plan, PREFIX] < 0:
            return start
        found = self.ends(self.plans[plan, PREFIX], start)
        if not found:
            return start
        if found & (found - 1) or (self.plans[plan, BARE] >= 0 and found != 1 << self.plans[plan, BARE]):
            return start if found == 1 else -2
        while found > 1:
            found >>= 1
            behind += 1
        if self.whole(self.plans[plan, GENERAL], start) and not self.whole(self.plans[plan, GENERAL], behind):
            return start
        return behind

    cdef bint is_possible(self, int plan, int length) except -1 nogil:
        """Whether a length is one of a plan's, or longer than all."""
        cdef int lengths = self.plans[plan, POSSIBLE]
        return lengths >> length & 1 or (<int64_t>1 << length) > lengths

    cdef int of_plan(self, int plan, int start) except? -1 nogil:
        """See `phone_plan._national`."""
        cdef int behind = self.without_prefix(plan, start)
        return behind if behind < 0 or self.is_possible(plan, self.size - behind) else start

    cdef int in_home(self, int plan) except? -1 nogil:
        """See `phone_plan._nationals_of_region`."""
        cdef int found, behind, length = length_of(self.plans[plan, CODE]), main = self.plans[plan, MAIN]
        cdef int left = self.plans[plan, CODE]
        if main < 0:
            return -2
        found = self.of_plan(plan, 0)
        self.looked = max(self.looked, length)
        for behind in range(length - 1, -1, -1):
            if self.digits[behind] != left % 10:
                return found
            left //= 10
        behind = self.without_prefix(plan, length)
        if behind < 0:
            return -2
        if (<int64_t>1 << self.size) <= self.plans[plan, POSSIBLE]:
            if self.whole(self.plans[plan, GENERAL], 0) or not self.whole(self.plans[plan, GENERAL], behind):
                return found
        self.carried = True
        return self.of_plan(main, behind)

    cdef int owner(self) except -1 nogil:
        """See `phone_plan._countries`: sets `place` and `kind`."""
        cdef int member, plan, kind, count = self.codes[self.code, COUNT]
        self.place, self.kind = -1, 0
        for member in range(self.codes[self.code, FIRST], self.codes[self.code, FIRST] + count):
            plan = self.members[member]
            if plan < 0:
                break
            if count > 1 and self.plans[plan, LEADING] >= 0:
                if not self.ends(self.plans[plan, LEADING], self.national):
                    continue
                kind = self.line_type(plan, self.national)
            else:
                kind = self.line_type(plan, self.national)
                if not kind:
                    continue
            self.place, self.kind = self.plans[plan, PLACE], kind
            break
        return 0

    cdef int settle(self, int start, int home) except -1 nogil:
        """See `phone_plan.settle`: the number from a digit on, written inside a `home` or, if that is below 0, from its
        country code on.
        """
        cdef int length = 0, main, at, within
        self.carried, self.fictitious, self.why, self.code = home < 0, False, 0, 0
        if home < 0:
            while length < 3:
                self.code = self.code * 10 + self.digits[start + length]
                length += 1
                self.looked = max(self.looked, start + length)
                if self.code == 0 or self.codes[self.code, FOREMOST] != -2:
                    break
            main = self.codes[self.code, FOREMOST]
            if main < 0:
                return INVALID if main == -2 else UNSETTLED
            self.national = self.of_plan(main, start + length)
        else:
            self.code = self.plans[home, CODE]
            self.national = self.in_home(home)
        if self.national < 0:
            return UNSETTLED
        self.owner()
        if self.codes[self.code, FICTITIOUS]:
            self.hold(self.national, self.code)
            for at in range(self.ranges.shape[0]):
                if self.group(self.ranges[at, 0], 1) >> self.limit & 1:
                    self.fictitious = True
                    if not self.kind:
                        self.place, self.kind = self.ranges[at, 1], self.ranges[at, 2]
                    break
        if self.kind:
            return DONE
        length, main = self.size - self.national, self.codes[self.code, WHOLE]
        if not main:
            return UNSETTLED
        within = self.codes[self.code, LOCAL] >> length & 1
        if not within and main >> length & 1:
            self.why = NOT_ASSIGNED
        else:
            self.why = TOO_LONG if not within and (<int64_t>1 << length) > main else TOO_SHORT
        return INVALID

    cdef int settle_in(self, int home) except -1 nogil:
        """`settle` of a number written in a home, where people may also have dialled abroad in its way."""
        cdef int start = 0
        cdef int64_t found = self.ends(self.plans[home, ABROAD], 0) if self.plans[home, ABROAD] >= 0 else 0
        if not found:
            return self.settle(0, home)
        while found > 1 and not found & 1:
            found >>= 1
            start += 1
        self.looked = max(self.looked, start + 1)
        if found > 1 or start > self.size - FEWEST_ABROAD or self.digits[start] == 0:
            return UNSETTLED
        return self.settle(start, -1)

    cdef int64_t settled(self, bint guessed) noexcept nogil:
        """The answer of a number that was settled."""
        cdef int64_t said = (1 if self.carried else 2) << 4 | self.kind << 6 | <int>guessed << 10
        said |= <int>self.fictitious << 11 | (self.place + 1) << 14
        return said << 16 | 1 << 14 | self.code << 4 | self.national

    cdef bint is_mobile_elsewhere(self) except -1 nogil:
        """See `phone._is_mobile_elsewhere`."""
        cdef int at
        for at in range(self.elsewhere.shape[0]):
            if self.elsewhere[at, 0] == self.size and self.elsewhere[at, 2] != self.place:
                if self.whole(self.elsewhere[at, 1], 0):
                    return True
        return False

    cdef int64_t answer(self, int context) except -1 nogil:
        """What `phone` says of the number in hand."""
        cdef bint zeros, guessable
        cdef int found, why
        if context == ABROAD_CONTEXT:
            found = self.settle(0, -1)
            if found == DONE:
                return self.settled(False)
            return <int64_t>self.why << 16 | 1 << 14 if self.why else OPEN
        zeros = self.digits[0] == 0 and self.digits[1] == 0 and self.digits[2] != 0
        self.looked = 1 if self.digits[0] else 3
        guessable = self.size >= LONG_ENOUGH_TO_GUESS and self.digits[0] != 0
        if context == NOWHERE:
            found = self.settle(0, -1) if guessable else INVALID
            if found == DONE and not self.is_mobile_elsewhere():
                return self.settled(True)
            return OPEN if found == UNSETTLED else <int64_t>NO_COUNTRY << 16
        if self.homes[context - 2, 0] < 0:
            return OPEN
        found = self.settle_in(self.homes[context - 2, 0])
        if found == DONE:
            return self.settled(False)
        why = self.why if self.why else BAD_COUNTRY_CODE
        # What is no number of its region may still be one from abroad.
        if found == INVALID and (zeros or guessable):
            found = self.settle(2 if zeros else 0, -1)
            if found == DONE:
                return self.settled(guessable)
        return <int64_t>why << 16 if found == INVALID else OPEN

    cdef int64_t known(self, int context) except -1 nogil:
        """`answer`, from the tree where it has one."""
        cdef int64_t cell, found
        cdef size_t node, digit
        cdef int at
        cdef int root = context * 16 + self.size
        if self.used + MOST + 1 > NODES:
            self.roots[:] = 0
            self.used = 1
        if self.roots[root] == 0:
            self.roots[root] = self.leaf()
        node = self.roots[root]
        for at in range(self.size):
            cell = self.nodes[node, self.digits[at]]
            if cell < 0:
                return -cell - 1
            if cell == 0:
                break
            node = cell
        for digit in range(10):
            self.places[digit] = 0
        for at in range(self.size):
            self.places[self.digits[at]] |= 1 << at
        self.looked = 1
        found = self.answer(context)
        node = self.roots[root]
        for at in range(self.looked - 1):
            cell = self.nodes[node, self.digits[at]]
            if cell == 0:
                cell = self.leaf()
                self.nodes[node, self.digits[at]] = cell
            node = cell
        self.nodes[node, self.digits[self.looked - 1]] = -found - 1
        return found

    cdef int leaf(self) except -1 nogil:
        """A new, empty node of the tree."""
        self.nodes[self.used, :] = 0
        self.used += 1
        return self.used - 1

    def read(
        self,
        const int64_t[::1] numbers,
        const int16_t[::1] sizes,
        const int32_t[::1] regions,
        const int64_t[::1] junk,
    ):
        """What is said of each number (see `phone.Said`), -1 where it must be judged otherwise, and the keys of all:
        their bytes and where each begins and ends. `junk` are the last eight digits of numbers that nobody has,
        ascending.
        """
        cdef size_t rows = numbers.shape[0], row, written = 0
        cdef int64_t left, found, tail
        cdef int size, at, context, code, length
        said = np.empty(rows, np.int64)
        data, offsets = np.empty(rows * (MOST + 4), np.uint8), np.zeros(rows + 1, np.int32)
        cdef int64_t[::1] says = said
        cdef uint8_t[::1] out = data
        cdef int32_t[::1] bounds = offsets
        with nogil:
            for row in range(rows):
                bounds[row + 1] = written
                says[row] = -1
                if not sizes[row]:
                    continue
                size, left = sizes[row] % PLUS, numbers[row]
                for at in range(size - 1, -1, -1):
                    self.digits[at] = left % 10
                    left //= 10
                context = ABROAD_CONTEXT if sizes[row] >= PLUS else regions[row] + 2
                if context and self.digits[0] == 0 and self.digits[1] == 0 and self.digits[2]:
                    if context == NOWHERE or self.homes[context - 2, DIALS_00]:
                        context = ABROAD_CONTEXT
                        size -= 2
                        for at in range(size):
                            self.digits[at] = self.digits[at + 2]
                self.size = size
                found = self.known(context)
                if found == OPEN:
                    continue
                if found >> 14 & 1:
                    out[written] = c"+"
                    written += 1
                code = tail = found >> 4 & 1023
                length = length_of(code)
                for at in range(length - 1, -1, -1):
                    out[written + at] = c"0" + code % 10
                    code //= 10
                written += length
                for at in range(found & 15, size):
                    out[written] = c"0" + self.digits[at]
                    tail = tail * 10 + self.digits[at]
                    written += 1
                bounds[row + 1] = written
                says[row] = found >> 16
                if says[row] & 15 == 0 and length + size - (found & 15) >= 8 and is_among(tail % 100_000_000, junk):
                    says[row] |= JUNK
        return said, data[:written], offsets
