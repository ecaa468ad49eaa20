"""Bytes: quoting, headers, and where files are cut."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.destinations.layout import Dialect
from audiencevault.destinations.rows import parts


def test_quoting_and_line_ends() -> None:
    columns = [pa.array(["a", 'say "x"', ""]), pa.array(["1,2", "x;y", " "])]
    assert next(parts(["A", "B,C"], columns, Dialect())).data == b'A,"B,C"\r\na,"1,2"\r\n"say ""x""","x;y"\r\n," "\r\n'
    dialect = Dialect(encoding="utf-8-sig", delimiter=";", quoting="all", line_end="lf")
    assert next(parts(["A"], [pa.array(["ä"])], dialect)).data == b'\xef\xbb\xbf"A"\n"\xc3\xa4"\n'


def test_no_rows_give_the_header() -> None:
    made = list(parts(["A", "A"], [pa.array([], pa.string())] * 2, Dialect()))
    assert [(part.data, part.rows) for part in made] == [(b"A,A\r\n", 0)]


def test_a_file_is_cut_by_rows() -> None:
    made = list(parts(["n"], [pa.array(["1", "2", "3", "4", "5"])], Dialect(line_end="lf"), max_rows=2))
    assert [part.data for part in made] == [b"n\n1\n2\n", b"n\n3\n4\n", b"n\n5\n"]
    assert [part.rows for part in made] == [2, 2, 1]


def test_a_row_that_is_longer_than_a_file_stands_alone() -> None:
    made = list(parts(["n"], [pa.array(["x" * 20, "1", "2"])], Dialect(line_end="lf"), max_bytes=6))
    assert [part.rows for part in made] == [1, 2]


@given(
    st.lists(st.text("aé👩", max_size=8), min_size=1, max_size=30),
    st.integers(5, 60),
    st.one_of(st.none(), st.integers(1, 7)),
)
def test_cut_files_hold_every_row_once_and_keep_the_limits(values: list[str], limit: int, rows: int | None) -> None:
    made = list(parts(["h"], [pa.array(values)], Dialect(line_end="lf"), max_bytes=limit, max_rows=rows))
    whole = next(parts(["h"], [pa.array(values)], Dialect(line_end="lf")))
    assert b"".join(part.data.removeprefix(b"h\n") for part in made) == whole.data.removeprefix(b"h\n")
    for part in made:
        assert part.rows == 1 or len(part.data) <= limit
        assert rows is None or part.rows <= rows


@pytest.mark.parametrize("quoting", ["minimal", "all"])
def test_the_same_rows_give_the_same_bytes(quoting: str) -> None:
    columns = [pa.array(["a", "b"])]
    assert next(parts(["h"], columns, Dialect(quoting=quoting))) == next(
        parts(["h"], columns, Dialect(quoting=quoting))
    )
