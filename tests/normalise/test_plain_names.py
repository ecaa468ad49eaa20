"""Names settled in columns are what the rules for single names make of them."""

from __future__ import annotations

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


@given(st.lists(TEXTS, min_size=1, max_size=25, unique=True))
def test_wholes_in_columns_agree_with_the_rule(texts: list[str]) -> None:
    found = name._wholes(pa.array(texts))
    for at, text in enumerate(texts):
        single = name_parts.whole(text)
        shown = [single.first or None, single.middle or None, single.last or None, single.flag]
        assert [getattr(found, field)[at].as_py() for field in ("first", "middle", "last", "flag")] == shown, text
        keys = [key(single.first), key(single.middle), key(single.last)]
        if single.last not in JAPANESE_SURNAMES:
            assert [getattr(found, f"{field}_key")[at].as_py() for field in ("first", "middle", "last")] == keys, text


@given(st.lists(TEXTS, min_size=1, max_size=25, unique=True), st.booleans())
def test_parts_in_columns_agree_with_the_rule(texts: list[str], given_name: bool) -> None:
    columns = name._parts(pa.array(texts), given_name)
    rule = name_parts.given if given_name else name_parts.family
    for at, text in enumerate(texts):
        single = rule(text)
        assert [column[at].as_py() for column in columns] == [single.shown or None, single.key or None, single.flag], (
            text
        )
