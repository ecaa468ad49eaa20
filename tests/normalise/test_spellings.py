"""Writings of one name in several scripts and spellings meet, and those of two names do not."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.normalise import name, native_names
from audiencevault.normalise.name_keys import comparison, plain_form
from audiencevault.normalise.spellings import KEY_WORDS, key_word


@pytest.mark.parametrize(
    "writings",
    [
        ("Екатерина", "Ekaterina", "Yekaterina", "Jekaterina"),
        ("Дмитрий", "Dmitry", "Dmitrii", "Dmitri", "Dmitrij"),
        ("Сергей", "Sergey", "Sergei", "Сергій", "Serhii"),
        ("Юлия", "Yulia", "Iuliia", "Yuliya"),
        ("Чайковский", "Tchaikovsky", "Chaykovskiy", "Tschaikowski"),
        ("Достоевский", "Dostoyevsky", "Dostoevskij"),
        ("Иванов", "Ivanov", "Ivanoff"),
        ("Васильев", "Vasilyev", "Vasiliev", "Vasil'ev"),
        ("Оксана", "Oksana", "Oxana"),
        ("محمد", "مُحَمَّد", "Mohammed", "Muhammad", "Mohamed"),
        ("أحمد", "احمد", "Ahmed", "Ahmad"),
        ("عبد الرحمن", "Abdul Rahman", "Abdelrahman", "Abd al-Rahman"),
        ("عبد الله", "Abdullah", "Abdallah"),
        ("المصري", "Al-Masri", "El Masry", "Elmasry"),
        ("כהן", "Cohen", "Kohen"),
        ("יעקב", "Yaakov", "Yacov"),
        ("김", "Kim", "Gim"),
        ("최", "Choi", "Choe"),
        ("백", "Baek", "Paik"),
        ("田中", "Tanaka"),
        ("佐々木", "Sasaki"),
        ("西原", "Nishihara"),
        ("다은", "Da-eun", "Da Eun"),
        ("현우", "Hyun-woo", "Hyeon-u"),
        ("Дмитро", "Dmytro", "Dmitry"),
        ("Тимошенко", "Tymoshenko", "Timoshenko"),
        ("Киселёв", "Kiselyov", "Kiselev"),
        ("Бойко", "Boyko", "Boiko"),
        ("الشريف", "Elsherif", "El Sherif", "Alsharif"),
        ("ようこ", "Yoko", "洋子"),
        ("Γιώργος", "Giorgos", "Yiorgos"),
        ("Ευάγγελος", "Evangelos", "Evaggelos"),
        ("Μπάμπης", "Bampis"),
        ("Παύλος", "Pavlos"),
        ("王", "Wang"),
        ("曾", "Zeng"),
        ("Håkan", "Haakan", "Hakan"),
        ("Müller", "Mueller", "Muller", "MÜLLER"),
        ("Łukasz", "Lukasz"),
        ("O’Neil", "O'Neil", "ONeil"),
    ],
)
def test_writings_of_one_name_have_one_key(writings: tuple[str, ...]) -> None:
    assert len({comparison(text) for text in writings}) == 1


def test_different_names_have_different_keys() -> None:
    names = ["Maria", "Marina", "Marie", "Mario", "Omar", "Amr", "Ivan", "Ian", "Elena", "Helena", "Anna", "Hanna",
             "Lee", "Li", "Yi", "Jan", "Yan", "Meyer", "Maier", "Schmidt", "Schmitz", "Hassan", "Hussein", "Kim",
             "Karim", "Petrov", "Petrova", "Ivanov", "Ivanova", "Jackson", "Brooks", "Samir", "Samira"]  # fmt: skip
    assert len({comparison(text) for text in names}) == len(names)


def test_a_key_word_is_its_own() -> None:
    assert {word: key_word(key) for word, key in KEY_WORDS.items()} == KEY_WORDS


@pytest.mark.parametrize(
    "table", [native_names.ARABIC, native_names.HEBREW, native_names.KOREAN_SURNAMES, native_names.JAPANESE_SURNAMES]
)
def test_readings_reach_the_key(table: dict[str, str]) -> None:
    for written, reading in table.items():
        assert comparison(written) in {comparison(reading), "abdul"}, written


@given(st.one_of(st.text("abcdeghiklmnorstuvyz", min_size=1, max_size=9), st.sampled_from(sorted(KEY_WORDS)),
                 st.text(st.characters(min_codepoint=0x370, max_codepoint=0x6FF), max_size=8),
                 st.text(max_size=12)))  # fmt: skip
def test_keys_are_ascii_and_of_one_word_stay(text: str) -> None:
    key = comparison(text)
    assert key.isascii()
    assert comparison(key) == comparison(comparison(key))
    assert plain_form(plain_form(text)) == plain_form(plain_form(plain_form(text)))


@pytest.mark.parametrize(
    ("text", "first", "last", "key"),
    [
        ("田中太郎", "太郎", "田中", "tanaka taro"), ("高橋 健", "健", "高橋", "ken takahashi"),
        ("佐々木さくら", "さくら", "佐々木", "sakura sasaki"), ("西原 浩", "浩", "西原", "hiroshi nishihara"),
        ("王明", "明", "王", "ming wang"),
        ("サラ・スミス", "サラ", "スミス", "sarah sumisu"), ("김민수", "민수", "김", "kim minsu"),
    ],
)  # fmt: skip
def test_east_asian_names(text: str, first: str, last: str, key: str) -> None:
    found = name.normalise(pa.table({"full_name": [text]})).to_pylist()[0]
    assert (found["first"], found["last"], found["name_key"]) == (first, last, key)


def test_split_fields_know_that_a_name_is_japanese() -> None:
    found = name.normalise(pa.table({"first_name": ["浩", "浩"], "last_name": ["西原", "王"]}))
    assert found["first_key"].to_pylist() == ["hiroshi", "hao"]
