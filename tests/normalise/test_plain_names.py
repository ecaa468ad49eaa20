"""Names settled in columns are what the rules for single names make of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.normalise import name, name_keys, name_parts
from audiencevault.normalise.native_names import JAPANESE_SURNAMES

WORDS = st.sampled_from([
    "Ida", "Falk", "Anna-Lena", "O'Neil", "O’Hara", "J", "J.", "S.", "Dr", "Dr.", "Jr.", "Jr", "van", "Van",
    "De", "Al", "El", "Abdul", "Rahman", "Müller", "Łukasz", "José", "Jose\u0301", "Юлия", "Петрова", "Γιώργος",
    "Ida,", "Falk,", "Ma", "PhD", "Test", "User", "Mac", "McDonald", "IDA", "ida", "✨", "🕯️", "👩🏽", "(Büro)",
    "|", "-", "&", "And", "Y", "E", "T", "X", "III", "Maria", "Garcia", "小明", "田中", "健", "김", "ﬁona",
    "Straße", "Ng", "Xi", "Oe", "İnci", "A.B.", "M.D.", "Li-", "-Li", "ß",
])  # fmt: skip
TEXTS = st.builds(lambda words, glue: glue.join(words), st.lists(WORDS, min_size=1, max_size=4),
                  st.sampled_from([" ", " ", " ", "  ", "-"]))  # fmt: skip


def key(text: str) -> str | None:
    return name_keys.comparison(text) or None if text else None


def shown(words: name._Words) -> list[tuple[str | None, str | None]]:
    """What is shown of each name, and its key."""
    return list(zip(words.column().to_pylist(), words.key_column().to_pylist(), strict=True))


@given(st.lists(TEXTS, min_size=1, max_size=25), st.lists(st.booleans(), min_size=25, max_size=25))
def test_wholes_in_columns_agree_with_the_rule(texts: list[str], chosen: list[bool]) -> None:
    wanted = np.array(chosen[: len(texts)])
    found = name._wholes(pa.array(texts), wanted)
    halves = [shown(half) for half in (found.first, found.middle, found.last)]
    for at, text in enumerate(texts):
        single = name_parts.whole(text) if wanted[at] else name_parts.Whole("", "", "")
        written = (single.first, single.middle, single.last)
        assert [half[at][0] for half in halves] == [part or None for part in written], text
        assert found.flags[at] == ((*name_parts.FLAGS, None).index(single.flag) + 1) % 4, text
        if single.last not in JAPANESE_SURNAMES:
            assert [half[at][1] for half in halves] == [key(part) for part in written], text


@given(st.lists(TEXTS, min_size=1, max_size=25), st.booleans())
def test_parts_in_columns_agree_with_the_rule(texts: list[str], given_name: bool) -> None:
    words, flags = name._parts(pa.array(texts), given=given_name)
    rule = name_parts.given if given_name else name_parts.family
    for at, (text, found) in enumerate(zip(texts, shown(words), strict=True)):
        single = rule(text)
        assert found == (single.shown or None, single.key or None), text
        assert flags[at] == ((*name_parts.FLAGS, None).index(single.flag) + 1) % 4, text
