"""How likely two records are one person: weights of evidence in bits, after Fellegi and Sunter.

A *weight* is the base-2 logarithm of how much more often the evidence is seen between records of one person than
between records of two. The *score* is their sum and the prior: -log2 of the number of records, since a record has
about one partner among all. Wherever it is known, the weight of an agreement is the exact frequency in this data:
agreeing on what one in 4,096 people has is worth 12 bits. So a score reads as "minus the logarithm of how many
strangers would agree like this by chance", and the thresholds mean the same at every size.

What is left to the model is how often one person's records differ (m); the bounds below say how far evidence that is
not independent may add up. All counts are rounded up to powers of two (the number of records to at least 1,024), so
that one more record hardly ever moves anybody's score, and a score depends on nothing but the two people, the model
and the rounded counts of the values that the two have.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine, Kernel
from audiencevault.resolution import evidence
from audiencevault.resolution.agreement import COUNTED, LAST_RECORD, RECORDS
from audiencevault.resolution.blocking import CROWDED_POINT, FIELDS, OWN_POINT, SHARED_POINT, Met, part
from audiencevault.resolution.clusters import EVERY_GUARD, NOT_ACCOUNTS, NOT_BIRTHDAYS, NOT_NAMES
from audiencevault.resolution.columns import Small, dense
from audiencevault.resolution.model import ACCEPT as ACCEPT
from audiencevault.resolution.model import PRIORS, Model
from audiencevault.resolution.names import (
    DIFFERENT,
    DOUBTFUL,
    GENDERED,
    GENERATION,
    INITIAL,
    LEVEL_NAMES,
    MISSING,
    NICKNAME,
    RESEMBLING,
    SAME,
    SIMILAR,
    VARIANT,
    quantised,
)
from audiencevault.resolution.texts import near_dates, similar_streets

UNCERTAIN: Final = -6.0
"""Bits from which a link that does not join is kept for review."""

SMALLEST_POPULATION: Final = 1024
LARGEST_SHIFT: Final = 3.0
"""Bits by which what was learnt may move a weight of the tables below."""

# Bits beyond the prior of sharing a whole contact point, by the grade of the point (none, shared, crowded, own).
EMAIL_BITS: Final = np.array([0.0, -4.0, -2.0, 7.0])
PHONE_BITS: Final = np.array([0.0, -4.0, -3.0, 5.0])
ACCOUNT_BITS: Final = np.array([0.0, -2.0, -2.0, 50.0])
IDENTIFIER_BITS: Final = np.array([0.0, -4.0, -2.0, 50.0])
AMBIGUOUS_BITS: Final = -12.0
RESEMBLING_BITS: Final = 2.0
GENDERED_LESS: Final = -1.0
STRANGER_BITS: Final = -3.0

# Names at a shared contact point: what tells its holders apart is the first name. A household shares the last.
POINT_FIRST_BITS: Final = np.array([0.0, -24.0, -3.0, 2.0, 4.0, 5.0, 6.0, 7.0])
POINT_LAST_BITS: Final = np.array([0.0, -6.0, -2.0, 0.0, 1.0, 1.0, 1.0, 2.0])
FIRM_BITS: Final = np.array([8.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0])
"""What a last name that agrees weighs more at a role mailbox, by the level of the first name."""
POINT_BOTH_BITS: Final = 4.0
"""More where first and last name are both the same: what a record needs to be one person at a role mailbox."""

# Names elsewhere: the share of the full weight (its rarity) that a level keeps, and its bound in bits.
FIRST_SHARE: Final = np.array([0.0, 0.0, 0.0, 0.3, 0.7, 0.6, 0.75, 1.0])
FIRST_LESS: Final = np.array([0.0, -14.0, -7.0, 0.0, -1.0, -1.0, -1.0, 0.0])
LAST_SHARE: Final = np.array([0.0, 0.0, 0.0, 0.3, 0.8, 0.8, 0.8, 1.0])
LAST_LESS: Final = np.array([0.0, -7.0, -4.0, 0.0, -1.0, -1.0, -1.0, 0.0])
# A nickname is a hint: it does not outweigh that each has a mailbox of their own.
NICKNAME_APART: Final = -10.0
HOUSEHOLD_LAST_BITS: Final = 2.0
"""A last name given that the street is the same: people who live together share it."""
HOUSEHOLD_LEAST: Final = np.array([-20.0, -20.0, -20.0, 3.5, 5.0, 4.0, 4.0, 6.0])
"""At least that much by level: however common a first name, few households have it twice."""
HOUSEHOLD_FIRST_BITS: Final = 8.0
"""At most that much for a first name given the same street: father and son, the couple's two Marias."""

BIRTHDAY_BITS: Final = 14.0
BIRTHDAY_LESS: Final = -12.0
NOISY_BIRTHDAY_LESS: Final = -3.0
"""The same at a contact point of a noisy table."""
BIRTHDAY_NEAR: Final = 4.0
NOISY_SHARE: Final = 0.4
"""What a doubtful name keeps of its rarity in a noisy table."""
CITY_LESS: Final = -1.0
STREET_LESS: Final = -3.0
AREA_LESS: Final = 3.0
SEVERAL: Final = 8
"""Names go with places: where so many have one name, a postcode is so many bits commoner among them than among all."""
STREET_NEAR_LESS: Final = 4.0
"""A street with a slip, in the same place, is taken for one that so many bits of people live in."""
MAILED_STREET_LESS: Final = -6.0
"""Two streets, and to each a mailbox of its own: so live two people of one name."""
GENERATION_LESS: Final = -16.0
"""One says junior or senior, the other nothing, and no mailbox or account holds them together."""
MAILBOX_LESS: Final = -2.0
PHONE_LESS: Final = -2.0
RENAMED_LESS: Final = -3.0
COMPANY_BITS: Final = 9.0
HANDLE_BITS: Final = 5.0
NAMESAKE_BITS: Final = 2.0
LOCAL_BITS: Final = -4.0
SPELLED_SCORE: Final = 0.0
"""A bare name and a mailbox made of the same name: still a name alone, so a question and never a link."""
TITLED_SCORE: Final = 0.0
HANDLE_MADE_BITS: Final = 4.0
PARTLY_BITS: Final = 6.0
TOLD_BITS: Final = 5.0
LOCAL_MADE_BITS: Final = 3.0
DIGIT_BITS: Final = 4.0
LOCALE_BITS: Final = 4.5
"""Given names and last names of one language go together: a pair of them is so many bits commoner than by chance."""
RAREST_NAME: Final = 4.0
"""Bits by which a name that nobody else has may be rarer than one in all."""
TAIL_BITS: Final = -5.0
LEAST_TAIL_BITS: Final = 13.0
NEAR_BITS: Final = 9.0
ALIKE_LESS: Final = 10.0
"""What nearly the same mailbox loses where its letter is the one that tells the last names apart."""
NEAR_NUMBER_BITS: Final = 9.0
FAMILIES_AT: Final = 0.5
"""Below this share of two people among clashing names at one address, every comparison stands for itself."""

BATCH: Final = 65_536
"""Pairs that are scored at a time."""

Bits = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SCORED: Final = pa.schema([
    ("a", pa.int64()), ("b", pa.int64()), ("score", pa.float64()), ("rule", pa.int8()), ("guard", pa.int8()),
    ("star", pa.int64()), ("first_level", pa.int8()), ("last_level", pa.int8()), ("seen", pa.int32()),
    *((name, pa.int64()) for name in evidence.COLUMNS),
])  # fmt: skip
"""`guard` is what the link overrides, as in `clusters`. `seen`: a bit per entry of `evidence.SEEN`."""

RULES: Final = ("email", "phone", "account", "handle", "mailbox", "phone ending", "address", "birthday", "company",
                "postcode", "city", "name", "decision", "identifier")  # fmt: skip


def population(records: int) -> float:
    """log2 of the number of records, rounded up to a power of two."""
    return float(max(SMALLEST_POPULATION, 1 << max(0, records - 1).bit_length()).bit_length() - 1)


def column(batch: pa.RecordBatch | pa.Table, name: str) -> Ints:
    """A column of numbers as int64, 0 for null."""
    values = batch.column(name)
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    found: Ints = values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return found


def shifts(model: Model, comparison: str) -> Mapping[str, float]:
    """Bits per level by which what the model has learnt moves the prior's weight."""
    return {
        level: float(np.clip(np.log2(share / PRIORS[comparison][level]), -LARGEST_SHIFT, LARGEST_SHIFT))
        for level, share in model.m[comparison].items()
    }


def _name_shifts(model: Model, comparison: str) -> Bits:
    moved = shifts(model, comparison)
    return np.array([moved.get(level, 0.0) for level in LEVEL_NAMES])


def _less(model: Model, comparison: str) -> float:
    """Bits of a difference as the model has learnt it, without regard to what else could explain the agreements."""
    return float(np.log2(model.m[comparison]["different"] / model.u[comparison]["different"]))


def score_keys(agreed: Ints, *, noisy: bool = False) -> pa.Table:
    """What pairs of holders agree on (`blocking.FIELDS`) → the columns of SCORED but for the records and the star."""
    said = {name: part(agreed, name) for name in FIELDS}
    email, phone, account, identifier = (said[name] for name in ("email", "phone", "account", "identifier"))
    first, last, clash = said["first_level"], said["last_level"], said["clash"]
    ambiguous, differ, agree = (said["certain"] == 0), said["birthdays_differ"] > 0, said["birthdays_agree"] > 0
    mailed = said["both_mailed"] > 0
    resembling = (clash == RESEMBLING) & (said["own"] > 0) & (email == OWN_POINT)
    first = np.where(resembling, DOUBTFUL, first)
    score: Bits = EMAIL_BITS[email] + PHONE_BITS[phone] + ACCOUNT_BITS[account] + IDENTIFIER_BITS[identifier]
    first_bits = POINT_FIRST_BITS[first] + np.where(resembling, RESEMBLING_BITS, 0.0)
    first_bits = first_bits + np.where(clash == GENDERED, GENDERED_LESS, 0.0)
    last_bits = POINT_LAST_BITS[last] + np.where((first == SAME) & (last == SAME), POINT_BOTH_BITS, 0.0)
    # Two firms at their own role mailbox, with and without `Ltd`: all that is said of the names is the same.
    whole = (first >= VARIANT) | (said["bare"] > 0)
    last_bits = last_bits + np.where(whole & (last >= VARIANT) & (email == 1), FIRM_BITS[first], 0.0)
    doubt = np.where(ambiguous & (account == 0), AMBIGUOUS_BITS, 0.0)
    score = score + first_bits + last_bits + doubt
    # No name, another mailbox, a telephone in common: as likely somebody else of the household.
    stranger = (said["nameless"] > 0) & mailed & (said["spelled"] == 0)
    boxes = np.where(stranger & (email == 0) & (account == 0) & (identifier == 0), STRANGER_BITS, 0.0)
    differs, agrees = np.where(differ, NOISY_BIRTHDAY_LESS if noisy else BIRTHDAY_LESS, 0.0), np.where(agree, 4.0, 0.0)
    apart = (first == NICKNAME) & (last == DIFFERENT) & mailed
    boxes = boxes + np.where(apart & (email == 0) & (account == 0), NICKNAME_APART, 0.0)
    generation = (clash == GENERATION) & (email == 0) & (account == 0) & (identifier == 0)
    generations = np.where(generation, GENERATION_LESS, 0.0)
    score = score + boxes + differs + agrees + generations
    rule = np.select([account > 0, identifier > 0, email > 0], [2, 13, 0], 1)
    guard = np.select(
        [identifier == OWN_POINT, (account == OWN_POINT) | resembling, (email == OWN_POINT) | (phone == OWN_POINT)],
        [NOT_BIRTHDAYS, NOT_NAMES, NOT_ACCOUNTS], EVERY_GUARD,
    )  # fmt: skip
    seen = (email > 0) * 1 + (phone > 0) * 2 + (account > 0) * 4 + (identifier > 0) * (1 << 15)
    best = np.maximum(np.maximum(email, phone), np.maximum(account, identifier))
    seen = seen + (best == SHARED_POINT) * (1 << 11) + (best == CROWDED_POINT) * (1 << 12)
    seen = seen + ambiguous * (1 << 13) + differ * (1 << 14) + agree * (1 << 7)
    weights = {
        "email": EMAIL_BITS[email], "phone": PHONE_BITS[phone], "account": ACCOUNT_BITS[account],
        "identifier": IDENTIFIER_BITS[identifier], "first_name": first_bits, "last_name": last_bits,
        "ambiguous": doubt, "mailboxes_differ": boxes, "birthday_differs": differs, "birthday": agrees,
        "generation_differs": generations,
    }  # fmt: skip
    return pa.table(
        [
            pa.array(score), pa.array(rule.astype(np.int8)), pa.array(guard.astype(np.int8)),
            pa.array(first.astype(np.int8)), pa.array(last.astype(np.int8)), pa.array(seen.astype(np.int32)),
            *evidence.packed(weights, len(score)),
        ],
        schema=pa.schema([field for field in SCORED if field.name not in ("a", "b", "star")]),
    )  # fmt: skip


def levels(batch: pa.RecordBatch | pa.Table, *, noisy: bool = False) -> dict[str, Ints]:
    """The comparison levels of what `agreement.compare` found: names as in `names`; all others 0 missing, 1 different,
    2 near, 3 same.
    """

    def same(name: str) -> npt.NDArray[np.bool_]:
        agreed: npt.NDArray[np.bool_] = column(batch, f"same_{name}") != 0
        return agreed

    def either(best: str, initial: str) -> Ints:
        level = column(batch, best)
        return np.where((level == MISSING) & (column(batch, initial) > 0), INITIAL, level)

    postcode, city = (np.where(same(name), 3, column(batch, f"other_{name}")) for name in ("postcode", "city"))
    birthday = np.where(same("birthday"), 3, column(batch, "other_birthday"))
    open_ = birthday == 1
    near = near_dates(column(batch, "born_x"), column(batch, "born_y"))
    birthday = np.where(open_ & near, 2, birthday)
    street = np.where(same("home") | same("street"), 3, column(batch, "other_street"))
    rows = np.flatnonzero((street == 1) & ((postcode == 3) | (city == 3) | noisy))
    if len(rows):
        texts = []
        for name in ("street_x", "street_y"):
            values = batch.column(name)
            values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
            texts.append(pc.fill_null(values.cast(pa.string()).take(pa.array(rows)), ""))
        street[rows[similar_streets(*texts, noisy=noisy)]] = 2
    return {
        "first_name": either("first_best", "first_initial"), "last_name": either("last_best", "last_initial"),
        "birthday": birthday, "street": street, "postcode": postcode, "city": city,
        "identifier": column(batch, "identifier"),
    }  # fmt: skip


def score_people(batch: pa.RecordBatch, *, records: int, model: Model) -> pa.RecordBatch:
    """Kernel: what `agreement.compare` found → SCORED of the pairs that are not out of the question; `records` is the
    size of the whole table.
    """
    size = population(records)

    def rarity(count: Ints) -> Bits:
        # The two people themselves are not strangers: a value that nobody else has is as rare as can be.
        strangers = quantised(np.maximum(count - 2, 0) + 1)
        bits: Bits = np.clip(size - np.log2(strangers), 0.0, None)
        return bits

    level = levels(batch, noisy=model.noisy)
    first, last = level["first_name"], level["last_name"]
    moved = {name: shifts(model, name) for name in ("birthday", "street", "postcode", "city", "identifier")}
    agreed = {}
    for value in COUNTED:
        weight = rarity(column(batch, f"{value}_n"))
        agreed[value] = np.where(column(batch, f"same_{value}") != 0, weight, 0.0)
    home, street, near_street = column(batch, "same_home") != 0, level["street"] == 3, level["street"] == 2
    postcode, city = level["postcode"] == 3, level["city"] == 3
    whole_name = (column(batch, "same_name") != 0) & (first == SAME) & (last == SAME)

    first_bits = FIRST_SHARE[first] * rarity(column(batch, "first_n")) + FIRST_LESS[first]
    last_bits = LAST_SHARE[last] * rarity(column(batch, "last_n")) + LAST_LESS[last]
    first_bits = first_bits + _name_shifts(model, "first_name")[first]
    last_bits = last_bits + _name_shifts(model, "last_name")[last]
    alone = model.families < FAMILIES_AT
    if model.noisy:
        for name_level, bits, named in ((first, first_bits, "first"), (last, last_bits, "last")):
            doubtful = name_level == DOUBTFUL
            bits[doubtful] = NOISY_SHARE * rarity(column(batch, f"{named}_n"))[doubtful]
            bits[name_level == DIFFERENT] = _less(model, f"{named}_name")
    if alone:
        first_bits = np.where(first == DIFFERENT, _less(model, "first_name"), first_bits)
        last_bits = np.where(last == DIFFERENT, _less(model, "last_name"), last_bits)
    # At one street a household is the alternative: its last name is given, its first names tell people apart.
    at_home = (street | near_street) & (not alone)
    home_first, home_last = np.minimum(first_bits, HOUSEHOLD_FIRST_BITS), np.minimum(last_bits, HOUSEHOLD_LAST_BITS)
    home_first = np.maximum(home_first, HOUSEHOLD_LEAST[first])
    name = np.where(at_home, home_first + home_last, first_bits + last_bits)
    # Parts of a name are not independent: the whole can be no rarer than it is. Where nobody else has it, the parts say
    # how many namesakes are to be expected.
    name = np.minimum(name, size - 1)
    strangers = np.log2(quantised(np.maximum(column(batch, "name_n") - 2, 0) + 1)) - 1.0
    parts = rarity(column(batch, "first_n")) + rarity(column(batch, "last_n"))
    expected = np.where(level["street"] == 1, 0.0, np.clip(size + LOCALE_BITS - parts, -RAREST_NAME, 0.0))
    name = np.where(whole_name & ~at_home, size - np.maximum(strangers, expected), name)

    area = np.where(postcode, agreed["postcode"], agreed["city"])
    if not alone and not model.noisy:
        several = quantised(np.maximum(column(batch, "name_n") - 2, 0) + 1) >= SEVERAL
        namesakes = whole_name & several & (level["birthday"] == 0)
        namesakes_near = postcode & namesakes & (level["street"] == 1)
        area = np.maximum(area - np.where(namesakes_near, AREA_LESS, 0.0), 0.0)
    place = np.where(
        street, np.where(home, agreed["home"], np.minimum(agreed["street"], size - 4.0)),
        np.where(near_street, size - STREET_NEAR_LESS, area),
    )  # fmt: skip
    differ = level["birthday"] == 1
    birthday_less = BIRTHDAY_LESS + moved["birthday"]["different"]
    if alone or model.noisy:
        birthday_less = _less(model, "birthday")
    birthday = np.select(
        [differ, level["birthday"] == 2, level["birthday"] == 3],
        [birthday_less, BIRTHDAY_NEAR + moved["birthday"]["near"], np.minimum(agreed["birthday"], BIRTHDAY_BITS)],
        0.0,
    )
    company = np.minimum(agreed["company"], COMPANY_BITS)
    number = np.array([0.0, _less(model, "identifier"), NEAR_NUMBER_BITS + moved["identifier"]["near"], size])[
        level["identifier"]
    ]
    derived = column(batch, "derived") > 0
    handle, local = column(batch, "handle") > 0, column(batch, "local") > 0
    tail, near = column(batch, "tail") > 0, column(batch, "near") > 0
    unique = size - np.log2(quantised(np.maximum(column(batch, "people") - 1, 1)))
    named = (first != MISSING) | (last != MISSING)
    # A handle made of the name says little more than the name, unless a number is behind it.
    digits = column(batch, "digits") > 0
    made = np.where(handle, HANDLE_MADE_BITS, LOCAL_MADE_BITS) + np.where(digits, DIGIT_BITS, 0.0)
    # One that begins with the name and goes on otherwise: of all who begin so, few go on so.
    partly = (column(batch, "partly") > 0) & ~derived & (first != MISSING)
    mailbox = np.where(handle, np.where(named & derived, made, unique + HANDLE_BITS), 0.0)
    mailbox = np.where(local & ~handle, np.where(derived, made, unique + LOCAL_BITS), mailbox)
    mailbox = np.where(partly, np.minimum(mailbox, made + PARTLY_BITS), mailbox)
    # The last name that a follower does not give stands in the handle.
    told = handle & derived & (first >= SIMILAR) & (last == MISSING)
    mailbox = mailbox + np.where(told, TOLD_BITS, 0.0)
    mailbox = np.maximum(mailbox, np.where(near, max(NEAR_BITS, size + LOCAL_BITS), 0.0))
    # The letter that tells two last names apart tells their mailboxes apart too.
    twice = near & (first == SAME) & ((last == SIMILAR) | (last == VARIANT))
    settled = (column(batch, "both_phoned") > 0) | (level["street"] == 1)
    mailbox = mailbox - np.where(twice & settled, ALIKE_LESS, 0.0)
    # A handle that is its holder's name, beside a record with no name: that the mailbox is made likewise is the link.
    silent = handle & ((first == MISSING) & (last == MISSING))
    # Where it is the name of several people, it is no link to any of them.
    namesakes = np.where(
        derived,
        NAMESAKE_BITS * np.log2(quantised(np.maximum(column(batch, "held_n"), column(batch, "accounts")))), 0.0,
    )  # fmt: skip
    mailbox = np.where(silent, unique + HANDLE_BITS - namesakes, mailbox)
    phone = np.where(tail, max(size + TAIL_BITS, LEAST_TAIL_BITS), 0.0)
    mailed = column(batch, "both_mailed") > 0
    streets = np.where(level["street"] == 1, np.where(mailed, MAILED_STREET_LESS, STREET_LESS), 0.0)
    streets += np.where((level["street"] == 1), moved["street"]["different"], 0.0)
    if alone:
        streets = np.where(level["street"] == 1, _less(model, "street"), 0.0)
    generations = np.where(column(batch, "generation") > 0, GENERATION_LESS, 0.0)
    # To each a mailbox of its own, to each a number of its own: two people have two, one person seldom.
    boxes = np.where(mailed & ~near, MAILBOX_LESS, 0.0)
    phones = np.where(column(batch, "both_phoned") > 0, PHONE_LESS, 0.0)
    renamed = np.where((handle | local) & (first != MISSING) & (last == DIFFERENT), RENAMED_LESS, 0.0)
    boxes += np.where((first == NICKNAME) & mailed & ~local, NICKNAME_APART, 0.0)
    cities = np.where((level["city"] == 1) & ~postcode, min(CITY_LESS + moved["city"]["different"], 0.0), 0.0)
    less = streets + generations + boxes + phones + renamed + cities
    positive = place + np.maximum(birthday, 0.0) + company + np.maximum(mailbox, 0.0) + phone + np.maximum(number, 0.0)
    score = -size + name + place + birthday + company + number + mailbox + phone + less
    unbounded = score
    # A name alone never merges, whatever it weighs; nor does one with a town.
    born, firm = column(batch, "same_birthday") != 0, column(batch, "same_company") != 0
    hard = street | near_street | postcode | born | firm | handle | local | tail | near | (level["identifier"] >= 2)
    score = np.where(hard & (positive > 0), score, np.minimum(score, np.where(city, ACCEPT, UNCERTAIN) - 1.0))
    # Nothing but a whole name, and one other person of it, whose mailbox spells it: worth asking.
    spelled, titled = column(batch, "spelled") > 0, column(batch, "titled") > 0
    alike = spelled & whole_name & ~differ & (level["city"] != 1)
    score = np.where(alike, np.maximum(score, SPELLED_SCORE), score)
    score = np.where(titled & ~hard, TITLED_SCORE, score)
    handle, local = handle | (titled & ~hard), local | spelled
    near_number = level["identifier"] >= 2
    rule = np.select(
        [handle, local | near, near_number, tail, street | near_street, born, firm, postcode, city],
        [3, 4, 13, 5, 6, 7, 8, 9, 10], 11,
    )  # fmt: skip
    seen = (
        handle * 8 + (local | near) * 16 + tail * 32 + (street | near_street) * 64 + born * 128 + firm * 256
        + postcode * 512 + city * 1024 + differ * (1 << 14) + near_number * (1 << 15)
    )  # fmt: skip
    parts_of_name = np.where(at_home, home_first, first_bits), np.where(at_home, home_last, last_bits)
    both = (parts_of_name[0] > 0) & (parts_of_name[1] > 0)
    share = np.where(both, name * parts_of_name[0] / np.where(both, sum(parts_of_name), 1.0), parts_of_name[0])
    share = np.select([last == MISSING, first == MISSING], [name, 0.0], share)
    nothing = np.zeros(len(score))
    weights = {
        "prior": nothing - size, "first_name": share, "last_name": name - share + renamed,
        "handle": np.where(handle, mailbox, 0.0), "mailbox": np.where(handle, 0.0, mailbox), "phone_ending": phone,
        "street": np.where(street | near_street, place, 0.0),
        "postcode": np.where(~street & ~near_street & postcode, place, 0.0),
        "city": np.where(~street & ~near_street & ~postcode, place, 0.0),
        "birthday": np.where(differ, 0.0, birthday), "birthday_differs": np.where(differ, birthday, 0.0),
        "company": company, "identifier": number, "street_differs": streets, "city_differs": cities,
        "mailboxes_differ": boxes, "phones_differ": phones, "generation_differs": generations,
        "limit": score - unbounded,
    }  # fmt: skip
    kept = np.flatnonzero(score >= UNCERTAIN)
    best = column(batch, "best")[kept]
    one, two = LAST_RECORD - best // RECORDS % RECORDS, LAST_RECORD - best % RECORDS
    rows = len(kept)
    guard = NOT_BIRTHDAYS if alone else EVERY_GUARD
    return pa.RecordBatch.from_arrays(
        [
            pa.array(np.minimum(one, two)), pa.array(np.maximum(one, two)), pa.array(score[kept]),
            pa.array(rule[kept].astype(np.int8)), pa.array(np.full(rows, guard, np.int8)), pa.nulls(rows, pa.int64()),
            pa.array(first[kept].astype(np.int8)), pa.array(last[kept].astype(np.int8)),
            pa.array(seen[kept].astype(np.int32)),
            *evidence.packed({name: bits[kept] for name, bits in weights.items()}, rows),
        ],
        schema=SCORED,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Keyed:
    """The scored pairs of holders of one key: the pairs, sorted, and of each the row of `scored` (SCORED but for the
    records and the star), as few things to agree on are found many times.
    """

    met: Met
    row: Small
    scored: pa.Table

    def column(self, name: str) -> npt.NDArray[Any]:
        """A column of `scored`."""
        found: npt.NDArray[Any] = self.scored[name].to_numpy()
        return found

    def links(self, low: float, high: float = np.inf) -> pa.Table:
        """The pairs with so many bits, from `low` on and below `high` (SCORED)."""
        score = self.column("score")
        rows = np.flatnonzero(((score >= low) & (score < high))[self.row])
        said = self.scored.take(pa.array(self.row[rows]))
        ends = {"a": self.met.a, "b": self.met.b, "star": self.met.star}
        columns = [pa.array(ends[name][rows]) if name in ends else said[name] for name in SCORED.names]
        return pa.table(columns, schema=SCORED)


def keys(met: Met, model: Model | None = None) -> Keyed:
    """Score what `holders.compare` has compared."""
    distinct = dense(met.agreed)
    return Keyed(met, distinct.codes, score_keys(distinct.of, noisy=model is not None and model.noisy))


def people(engine: Engine, compared: pa.Table, records: int, model: Model) -> pa.Table:
    """The scored pairs of `compared` that are not out of the question, sorted (SCORED)."""
    return _scored(engine, compared, functools.partial(score_people, records=records, model=model))


def _scored(engine: Engine, compared: pa.Table, kernel: Kernel) -> pa.Table:
    batches = compared.combine_chunks().to_batches(max_chunksize=BATCH)
    found = pa.Table.from_batches(engine.together([functools.partial(kernel, batch) for batch in batches]), SCORED)
    return found.take(pa.array(np.lexsort((found["b"].to_numpy(), found["a"].to_numpy()))))
