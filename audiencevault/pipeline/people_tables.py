"""What the columns of somebody's table are: as the person says, by our own names, or by a careful guess.

A guess looks at the column's name and at a sample of its values. Values win where the two contradict each other, and
what neither explains is left out, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.errors import UsageError
from audiencevault.pipeline import people_headers as headers
from audiencevault.pipeline.people_columns import ROLES, SEVERAL, check_type, is_list, is_readable, text
from audiencevault.sources import table_dates
from audiencevault.sources.table_reader import looks_like_email
from audiencevault.sources.table_words import LATIN_FIRST_NAMES, LATIN_LAST_NAMES

SAMPLE: Final = 2_000
"""Rows, spread over the table, whose values a guess looks at."""

CROWDED: Final = 200
"""Rows that share one personal number, on average, from which on it is not a person's."""

_DIGIT_DATE: Final = re.compile(r"(18|19|20)\d{2}[01]\d[0-3]\d")
_HANDLE: Final = re.compile(r"@?[\w.\-]{2,64}|(https?://|www\.)\S+|[\w\-]+\.\w{2,}/\S+")
_EMAILS: Final = re.compile(r"[,;\s]+")
_WORD: Final = re.compile(r"[^\W\d_]")

SAID, NAMED, VALUED, OURS = "as you said", "by its name", "by its values", "our name"
"""How a column came by its role."""


@dataclass(frozen=True)
class Taken:
    """`roles`: the columns of each role, in the table's order; `columns`: the role of each column that has one;
    `how`: how each of these came by it; `left`: the other columns, and why they were left out; `notes`: sentences on
    what to know about a column that counts.
    """

    roles: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, str]
    how: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def assign(table: pa.Table, said: Mapping[str, str | None], *, guess: bool = True) -> Taken:
    """The roles of the columns of `table`.

    `said` names roles of its columns, None for those to be left out, and is obeyed. With `guess` the other columns
    are taken for what they show, else only those that bear our names. `UsageError` where `said` names what is not
    there, or a column cannot be what it is said to be.
    """
    names = table.column_names
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise UsageError(f"Several columns are called {doubled[0]!r}.", "Give each column a name of its own.")
    for name, role in said.items():
        if name not in names:
            raise UsageError(f"The table has no column {name!r}.", f"Its columns are: {', '.join(names) or 'none'}.")
        if role is not None and role not in ROLES:
            raise UsageError(f"There is nothing called {role!r} that a column can be.", f"One of: {', '.join(ROLES)}.")
    guesses = _Guesses(table, said)
    for name in names:
        kind = table.schema.field(name).type
        role = said.get(name)
        if name in said and role is None:
            guesses.left[name] = "as you said"
        elif role is not None:
            check_type(name, role, kind)
            guesses.take(name, role, SAID)
        elif name in ROLES and not (guess and name in ("id", "identifier")):
            check_type(name, name, kind)
            other = guesses.shown_by_values(name) if guess else None
            contradicted = other not in (None, name)
            guesses.take(name, (contradicted and other) or name, VALUED if contradicted else OURS)
        elif guess:
            guesses.open.append(name)
        else:
            guesses.left[name] = "not one of our names"
    guesses.run()
    return guesses.taken()


class _Guesses:
    """Roles as they are found; use once."""

    def __init__(self, table: pa.Table, said: Mapping[str, str | None]) -> None:
        self.table = table
        self.columns: dict[str, str] = {}
        self.how: dict[str, str] = {}
        self.left: dict[str, str] = {}
        self.notes: list[str] = []
        self.open: list[str] = []
        self._samples: dict[str, list[str]] = {}
        self._said = said

    def take(self, name: str, role: str, how: str) -> None:
        """Give a column its role."""
        self.columns[name], self.how[name] = role, how

    def taken(self) -> Taken:
        """What was found, in the table's order."""
        roles: dict[str, tuple[str, ...]] = {}
        columns = {name: self.columns[name] for name in self.table.column_names if name in self.columns}
        # Where somebody works or has things sent counts where nothing is said of home.
        for name in sorted(columns, key=headers.is_second_choice):
            roles[columns[name]] = (*roles.get(columns[name], ()), name)
        for role in ("record_id", "source_id"):
            if len(roles.get(role, ())) > 1:
                raise UsageError(f"Several columns are to be {role!r}.", "Name one.")
        left = {name: self.left[name] for name in self.table.column_names if name in self.left}
        return Taken(roles, columns, {name: self.how[name] for name in columns}, left, tuple(self.notes))

    def run(self) -> None:
        """Guess the open columns."""
        plain: list[str] = []
        numbers: list[str] = []
        ids: list[str] = []
        of_attendees = any(map(headers.is_of_who_attends, self.table.column_names))
        for name in self.open:
            kind = self.table.schema.field(name).type
            sample = self.sample(name)
            role = headers.role_of(name)
            if not (is_readable(kind) or (is_list(kind) and is_readable(kind.value_type))):
                self.left[name] = "of a type that is not compared"
            elif not sample and self.table.num_rows:
                self.left[name] = "empty"
            elif headers.is_secret(name):
                self.left[name] = "must not be compared"
            elif headers.is_of_somebody_else(name) or (of_attendees and headers.is_of_the_buyer(name)):
                self.left[name] = "about somebody else"
            elif (shown := self.shown_by_values(name)) is not None and shown != role:
                self.take(name, shown, VALUED)
            elif is_list(kind) and role not in ("email", "phone", "handle"):
                self.left[name] = "holds lists"
            elif headers.is_row_id(name):
                ids.append(name)
            elif headers.is_personal_number(name):
                numbers.append(name)
            elif headers.platform_of(name) is not None:
                self._if_fitting(name, "handle")
            elif role == "name":
                plain.append(name)
            elif role is not None:
                self._if_fitting(name, role)
            else:
                self.left[name] = "not known"
        self._names(plain)
        self._ids(ids, numbers)
        self._constants()

    def sample(self, name: str) -> list[str]:
        """Some filled values of a column as text; items of lists; nothing where it cannot be read."""
        if name not in self._samples:
            column = self.table.column(name)
            if is_list(column.type) and is_readable(column.type.value_type):
                column = pc.list_flatten(column)
            found: list[str] = []
            if len(column) and is_readable(column.type):
                last = min(len(column), SAMPLE) - 1
                places = np.arange(last + 1) * (len(column) - 1) // max(last, 1)
                found = text(column.take(pa.array(places))).drop_null().to_pylist()
                if not found:
                    # Values may be few and far between, or blank.
                    found = text(column.drop_null().slice(0, 50 * SAMPLE)).drop_null().slice(0, SAMPLE).to_pylist()
            self._samples[name] = [value.strip()[:400] for value in found]
        return self._samples[name]

    def shown_by_values(self, name: str) -> str | None:
        """`email` or `phone` where the values leave no doubt, whatever the column is called."""
        if pa.types.is_temporal(self.table.schema.field(name).type):
            return None
        sample = self.sample(name)
        if _share(sample, _holds_email) >= 0.5:
            return "email"
        if headers.role_of(name) in ("name", "email", "full_name", "handle", None) and not (
            headers.is_row_id(name) or headers.is_personal_number(name)
        ):
            international = _share(sample, lambda value: value.startswith(("+", "00")) and _could_be_phone(value))
            if international >= 0.8:
                return "phone"
        return None

    def _if_fitting(self, name: str, role: str) -> None:
        """Take the role that the name says, if the values do not speak against it."""
        sample = self.sample(name)
        test, least = _FITTING.get(role, (None, 0.0))
        if sample and test is not None and _share(sample, test) < least:
            self.left[name] = f"called like {_WORDS_FOR.get(role, role)}, but holds something else"
        elif role in ("record_id", "source_id"):
            self.left[name] = "not known"
        elif role not in SEVERAL and role in self.columns.values() and self._is_ours(role):
            self.left[name] = f"another column is the {role}"
        else:
            self.take(name, role, NAMED)

    def _is_ours(self, role: str) -> bool:
        return any(found == role and self.how[name] in (SAID, OURS) for name, found in self.columns.items())

    def _names(self, plain: Sequence[str]) -> None:
        """Columns that only say "name": beside a first name the last name, and the other way round; else the whole."""
        for name in plain:
            have = set(self.columns.values())
            word = headers.words_of(name)
            if self.sample(name) and _share(self.sample(name), _has_letter) < 0.5:
                self.left[name] = "called like a name, but holds something else"
            elif word in LATIN_FIRST_NAMES and "last_name" in have and "first_name" not in have:
                self.take(name, "first_name", NAMED)
            elif word in LATIN_LAST_NAMES and "first_name" in have and "last_name" not in have:
                self.take(name, "last_name", NAMED)
            elif "full_name" not in have:
                self.take(name, "full_name", NAMED)
            else:
                self.left[name] = "another column is the full_name"

    def _ids(self, ids: Sequence[str], numbers: Sequence[str]) -> None:
        """Row ids and numbers of persons: what no two rows share is a row's id, what some share is a person's."""
        counts = {name: self._counted(name) for name in (*ids, *numbers)}
        own = [name for name, (filled, distinct) in counts.items() if distinct == filled == self.table.num_rows]
        if own and "record_id" not in self.columns.values():
            exact = [name for name in own if headers.words_of(name) in ("record id", "rec id")]
            self.take((exact or own)[0], "record_id", NAMED)
        for name in ids:
            if name not in self.columns:
                self.left[name] = "another id of the row" if name in own else "called like an id, but rows share it"
                if name not in own:
                    self.notes.append(
                        f"Rows share values of {name!r}. If it is a person's number, say that it is the 'identifier'."
                    )
        for name in numbers:
            filled, distinct = counts[name]
            if name in self.columns:
                continue
            if distinct == filled:
                self.left[name] = "no two rows share a value"
            elif filled > CROWDED * distinct:
                self.left[name] = "shared by too many rows to be a person's"
            else:
                self.take(name, "identifier", NAMED)

    def _counted(self, name: str) -> tuple[int, int]:
        values = text(self.table.column(name))
        return len(values) - values.null_count, len(values.drop_null().unique())

    def _constants(self) -> None:
        """Say which columns hold one value throughout: they are kept, and tell nobody apart."""
        for name, role in self.columns.items():
            sample = self.sample(name) if self.how[name] != OURS else []
            if role not in ("source", "country", "platform") and len(sample) > 2 and len(set(sample)) == 1:
                column = self.table.column(name)
                if not is_list(column.type) and len(text(column).drop_null().unique()) == 1:
                    self.notes.append(f"Column {name!r} holds one value throughout: it tells nobody apart.")


def _share(values: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, values)) / len(values) if values else 0.0


def _holds_email(value: str) -> bool:
    return "@" in value and any(looks_like_email(part.strip("<>\"'")) for part in _EMAILS.split(value))


def _could_be_phone(value: str) -> bool:
    digits = sum(char.isdigit() for char in value)
    letters = sum(char.isalpha() for char in value)
    return (5 <= digits <= 40 and letters <= 4) or "E+" in value


def _has_letter(value: str) -> bool:
    return _WORD.search(value) is not None


def _is_date(value: str) -> bool:
    return (
        _DIGIT_DATE.fullmatch(value) is not None
        or value.startswith("--")
        or table_dates.instant(value, "dmy") is not None
        or table_dates.instant(value, "mdy") is not None
    )


def _is_handle(value: str) -> bool:
    return _HANDLE.fullmatch(value) is not None and _has_letter(value)


_FITTING: Final[Mapping[str, tuple[Callable[[str], bool], float]]] = {
    "email": (_holds_email, 0.1),
    "phone": (_could_be_phone, 0.5),
    "birthday": (_is_date, 0.5),
    "updated_at": (_is_date, 0.5),
    "handle": (_is_handle, 0.5),
    **dict.fromkeys(("first_name", "last_name", "full_name", "company", "city"), (_has_letter, 0.5)),
    "street_number": (lambda value: any(map(str.isdigit, value)), 0.5),
    "postcode": (lambda value: len(value) <= 12, 0.5),
}
"""What at least which share of the values must be, for a column to be what its name says."""

_WORDS_FOR: Final = {
    "email": "e-mail addresses", "phone": "phone numbers", "birthday": "birthdays", "updated_at": "a date",
    "handle": "user names", "first_name": "a name", "last_name": "a name", "full_name": "a name", "city": "a town",
    "company": "a company", "street_number": "house numbers", "postcode": "a postcode",
}  # fmt: skip
