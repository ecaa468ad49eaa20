"""Names as exports hold them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from audiencevault.normalise import name, name_keys, nicknames
from audiencevault.normalise.nickname_table import forms


def whole(text: str) -> dict:
    return name.normalise(pa.table({"full_name": [text]})).to_pylist()[0]


def split(**fields: str | None) -> dict:
    return name.normalise(pa.table({key: pa.array([value], pa.string()) for key, value in fields.items()})).to_pylist()[
        0
    ]


@pytest.mark.parametrize(
    ("text", "first", "last", "display", "key"),
    [
        ("Ida Falk", "Ida", "Falk", "Ida Falk", "falk ida"),
        ("IDA FALK", "Ida", "Falk", "Ida Falk", "falk ida"),
        ("ida falk", "Ida", "Falk", "Ida Falk", "falk ida"),
        ("Ida Maria Falk", "Ida", "Falk", "Ida Maria Falk", "falk ida maria"),
        ("Ida M. Falk", "Ida", "Falk", "Ida M. Falk", "falk ida"),
        ("Falk, Ida", "Ida", "Falk", "Ida Falk", "falk ida"),
        ("Dr. Ida Falk", "Ida", "Falk", "Ida Falk", "falk ida"),
        ("Frau Prof. Dr. Ida Falk", "Ida", "Falk", "Ida Falk", "falk ida"),
        ("Hale, PhD", None, "Hale", "Hale", "hale"),
        ("Frau Falk", None, "Falk", "Falk", "falk"),
        ("Mr. & Mrs. Hale", None, "Hale", "Hale", "hale"),
        ("Bob Hale III", "Bob", "Hale", "Bob Hale", "bob hale"),
        ('William "Bill" Hale Jr.', "William", "Hale", "William Hale", "hale william"),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven", "Ludwig van Beethoven", "beethoven ludwig van"),
        ("JUAN DE LA CRUZ", "Juan", "de la Cruz", "Juan de la Cruz", "cruz de juan la"),
        ("WOLFGANG VON DER HEIDE", "Wolfgang", "von der Heide", "Wolfgang von der Heide", "der heide von wolfgang"),
        ("ronald mcdonald", "Ronald", "McDonald", "Ronald McDonald", "mcdonald ronald"),
        ("O'NEIL, SEAN", "Sean", "O'Neil", "Sean O'Neil", "oneil sean"),
        ("Mary-Jane O’Brien", "Mary-Jane", "O’Brien", "Mary-Jane O’Brien", "jane mary obrien"),
        ("✨ 𝓘𝓭𝓪 Falk 🕯️", "Ida", "Falk", "Ida Falk", "falk ida"),
        ("~ Ida", "Ida", None, "Ida", "ida"),
        ("Ida Falk | Candle artist", "Ida", "Falk", "Ida Falk", "falk ida"),
        ("Ida Falk (Kerzen)", "Ida", "Falk", "Ida Falk", "falk ida"),
        ("José Ortega y Gasset", "José", "Ortega y Gasset", "José Ortega y Gasset", "gasset jose ortega"),
        ("Li Meng", "Li", "Meng", "Li Meng", "li meng"),
        ("Hale PhD", None, "Hale", "Hale", "hale"),
        ("Mag. Eva Falk", "Eva", "Falk", "Eva Falk", "eva falk"),
        ("Mag Falk", "Mag", "Falk", "Mag Falk", "falk mag"),
        ("Li Junior", "Li", "Junior", "Li Junior", "junior li"),
        ("王小明", "小明", "王", "王小明", "wang xiaoming"),
        ("欧阳小明", "小明", "欧阳", "欧阳小明", "ouyang xiaoming"),
        ("김민수", "민수", "김", "김민수", "kim minsu"),
        ("Юлия Петрова", "Юлия", "Петрова", "Юлия Петрова", "petrova yulia"),
        ("Αλέξης Παπαδόπουλος", "Αλέξης", "Παπαδόπουλος", "Αλέξης Παπαδόπουλος", "alexis papadopoulos"),
        ("محمد علي", "محمد", "علي", "محمد علي", "ali muhammad"),
        ("Al Gore", "Al", "Gore", "Al Gore", "al gore"),
        ("Van Morrison", "Van", "Morrison", "Van Morrison", "morrison van"),
    ],
)
def test_unsplit_names(text, first, last, display, key) -> None:
    found = whole(text)
    assert (found["first"], found["last"], found["display_name"]) == (first, last, display)
    assert found["name_key"] == key
    assert found["flags"] == []


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("Instagram User", ["junk"]), ("Facebook user", ["junk"]), ("LinkedIn Member", ["junk"]), ("n/a", ["junk"]),
        ("test", ["junk"]), ("asdf", ["junk"]), ("ida@example.com", ["junk"]), ("12345", ["junk"]), ("🕯️", ["junk"]),
        ("https://shop.example", ["junk"]), ("ida_falk99", ["handle"]), ("idafalk99", ["handle"]), ("", []), ("  ", []),
    ],
)  # fmt: skip
def test_what_is_no_name(text, flags) -> None:
    assert whole(text) == {
        "first": None, "last": None, "display_name": None, "first_key": None, "last_key": None, "name_key": None,
        "nick_key": None, "nick_roots": None, "flags": flags,
    }  # fmt: skip


def test_two_people_in_one_cell_are_flagged() -> None:
    found = whole("Tom & Ida Hale")
    assert (found["first"], found["last"], found["flags"]) == ("Tom & Ida", "Hale", ["couple"])


def test_split_fields() -> None:
    found = split(name_prefix="Dr.", first_name="Dr. IDA", last_name="FALK, PhD, MBA", full_name="something else")
    assert (found["first"], found["last"], found["first_key"], found["last_key"]) == ("Ida", "Falk", "ida", "falk")
    assert (
        split(first_name="Jörg", last_name="MUELLER")["last_key"] == split(last_name="Müller")["last_key"] == "muller"
    )
    assert (
        split(first_name="Falk", last_name="Ida")["name_key"] == split(first_name="Ida", last_name="Falk")["name_key"]
    )
    assert (
        split(first_name="Ida", middle_name="Maria", last_name="Falk")["name_key"]
        == whole("Ida Maria Falk")["name_key"]
    )


def test_the_unsplit_name_fills_what_the_split_fields_lack() -> None:
    found = split(first_name="Ida", last_name=None, full_name="Ida Falk")
    assert (found["first"], found["last"], found["display_name"]) == ("Ida", "Falk", "Ida Falk")
    found = split(first_name="n/a", last_name=None, full_name="Tom Hale")
    assert (found["first"], found["last"], found["flags"]) == ("Tom", "Hale", [])
    found = split(first_name=None, nickname="idali")
    assert (found["first"], found["display_name"], found["name_key"]) == (None, "Idali", None)


@pytest.mark.parametrize(
    ("names", "root"),
    [
        (("Bill", "Will", "William", "BILLY"), "william"),
        (("Liz", "Beth", "Lizzie", "Elizabeth", "Lisbeth"), "elisabeth"),
        (("Pepe", "Joselito", "José"), "jose"), (("Саша", "Sasha", "Shura", "Александр"), "alexander"),
        (("Sepp", "Josef"), "josef"), (("Mary", "Molly"), "mary"), (("Hansi", "Hans", "Johannes"), "johannes"),
        (("Ale", "Alessandro", "Sandro"), "alessandro"), (("Alex", "Alexandra", "Саша"), "alexandra"),
        (("Gosia", "Małgorzata"), "malgorzata"), (("Honza", "Jan"), "jan"), (("Chuy", "Jesús"), "jesus"),
        (("Ibo", "İbrahim"), "ibrahim"), (("Leilei", "Xiaolei", "磊"), "lei"),
        (("Kostas", "Κωνσταντίνος"), "konstantinos"),
        (("Juanca", "Juan Carlos"), "juan-carlos"), (("Beppe", "Giuseppe"), "giuseppe"),
        (("Duda", "Maria Eduarda"), "maria-eduarda"),
        (("Pista", "István"), "istvan"), (("Yossi", "יוסף"), "yosef"), (("Манолис", "Emmanouil"), "emmanouil"),
    ],
)  # fmt: skip
def test_nicknames_share_a_root(names, root) -> None:
    for given in names:
        assert root in (split(first_name=given)["nick_roots"] or "").split(), given


def test_names_that_share_a_short_form_share_no_root() -> None:
    for one, other in (("Alexander", "Alexandra"), ("Patrick", "Patricia"), ("Christian", "Christina"),
                       ("Eduardo", "Edmundo"), ("Robert", "Albert"), ("Marie", "Claude")):  # fmt: skip
        keys = [set((split(first_name=given)["nick_roots"] or "").split()) for given in (one, other)]
        assert not keys[0] & keys[1]


def test_every_name_of_the_table_is_a_root_of_itself_and_unknown_names_have_none() -> None:
    for given in forms():
        key = name_keys.comparison(given)
        assert key.replace(" ", "-") in (nicknames.roots(key) or "").split(), given
    assert split(first_name="Ixchel")["nick_roots"] is None


@pytest.mark.parametrize(
    ("names", "root"),
    [
        (("Bill", "Will", "William", "BILLY"), "william"), (("Pepe", "José"), "jose"),
        (("Alex", "Alexander"), "alexander"),
        (("Саша", "Sasha"), "alexander"), (("Sepp", "Josef"), "josef"), (("Hansi", "Hans", "Johannes"), "johannes"),
        (("Ixchel",), None),
    ],
)  # fmt: skip
def test_the_likeliest_root(names, root) -> None:
    assert {split(first_name=given)["nick_key"] for given in names} == {root}


def test_missing_columns_and_no_rows() -> None:
    assert name.normalise(pa.table({"first_name": pa.array([], pa.string())})).num_rows == 0
    assert name.normalise(pa.table({"other": ["x"]})).to_pylist()[0]["display_name"] is None
