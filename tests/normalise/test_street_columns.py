"""Streets settled in columns get the key that the rule for single streets gives."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.normalise.street_keys import street_key, street_keys

WORDS = [
    "Main", "Street", "St", "Straße", "Str", "Haupt", "Strasse", "Avenue", "Ave", "de", "la", "rue", "Rua", "Via",
    "Park", "West", "N", "North", "No", "a", "Lane", "Platz", "gatan", "Calle", "Mayor", "Road", "Haus", "Nummer", "nr",
    "Weg", "am", "den", "the", "Saint", "B", "Ärger", "О", "Улица", "Apt", "Flat", "Unit", "Suite", "Floor", "Room",
    "og", "1st",
    "#", "#4", "4#", "/", "2/", "P.O. Box", "bis", "ter", "ul.", "d.", "E", "S", "ulica", "first", "O'Neil",
    "Ring", "post", "office", "box", "POBox", "po bx", "2a / 4 ", "d.", "dom", "Str.", "Gasse", "`",
    "Nº", "3º", "Straße\u00a05", "u\u0308ber", "Č", "\u200eRue", "é\x00", "д.", "ул.", "東京",
]  # fmt: skip
STREETS = st.builds(
    lambda words, number, form: form.format(w=" ".join(words), n=number),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    st.sampled_from(["1", "5", "12", "401", "99999", "0", "007", "5a"]),
    st.sampled_from(["{n} {w}", "{w} {n}", "{w}", "{n}{w}", "{w}, {n}", "{n} {w} {n}"]),
)


@given(st.lists(STREETS, min_size=1, max_size=40, unique=True))
def test_columns_agree_with_the_rule(streets: list[str]) -> None:
    assert street_keys(pa.array(streets)).to_pylist() == [street_key(street) for street in streets]
