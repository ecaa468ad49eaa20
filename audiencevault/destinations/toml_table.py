"""A TOML table that is read strictly: every key is taken once, and none may be left over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from audiencevault.errors import DefinitionError

_MISSING: Final = object()


class Table:
    """One TOML table being read; `where` is its place in the file `filename`, for errors."""

    def __init__(self, values: Any, filename: str, where: str) -> None:
        self._file = filename
        self._where = where
        if not isinstance(values, dict):
            raise self.error("must be a table")
        self._values = dict(values)

    def error(self, what: str, key: str = "") -> DefinitionError:
        """The error that names this place."""
        place = ".".join(part for part in (self._where, key) if part)
        return DefinitionError(f"{self._file}: {place or 'the document'} {what}.")

    def take(self, key: str, kind: type, default: Any = _MISSING) -> Any:
        """The value of `key`, of the type `kind`; an error without one and without a `default`."""
        if key not in self._values:
            if default is _MISSING:
                raise self.error("is missing", key)
            return default
        value = self._values.pop(key)
        # bool is an int to Python and datetime is a date; neither is meant where the other is asked for.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)) or isinstance(value, datetime):
            raise self.error(f"must be of type {kind.__name__}", key)
        return value

    def word(self, key: str, known: Iterable[str], default: Any = _MISSING) -> str:
        """A text that is one of `known`."""
        value = str(self.take(key, str, default))
        self._known(key, [value], known)
        return value

    def texts(self, key: str, default: Any = _MISSING) -> tuple[str, ...]:
        """A list of texts, none blank."""
        values = self.take(key, list, default)
        if any(not isinstance(value, str) or not value.strip() for value in values):
            raise self.error("must be a list of texts", key)
        return tuple(values)

    def words(self, key: str, known: Iterable[str], default: Any = _MISSING) -> tuple[str, ...]:
        """A list of texts that are all in `known`."""
        values = self.texts(key, default)
        self._known(key, values, known)
        return values

    def count(self, key: str) -> int | None:
        """A positive whole number, or None."""
        value: int | None = self.take(key, int, None)
        if value is not None and value < 1:
            raise self.error("must be a positive number", key)
        return value

    def number(self, key: str, default: float) -> float:
        """A positive number, whole or not."""
        value = self._values.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
            raise self.error("must be a positive number", key)
        return float(value)

    def statuses(self, key: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """A list of statuses of answers: whole numbers below 600."""
        values = self.take(key, list, list(default))
        if any(isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 600 for value in values):
            raise self.error("must be a list of statuses, whole numbers below 600", key)
        return tuple(values)

    def named_texts(self, key: str) -> dict[str, str]:
        """The table `key` of texts, empty where it is absent."""
        table = self.table(key)
        return {name: table.take(name, str) for name in table.left()}

    def anything(self, key: str) -> Any:
        """The value of `key`, whatever it is but a date or a time, or None."""
        value = self._values.pop(key, None)
        if not _is_json(value):
            raise self.error("must be made of texts, numbers, true and false, lists and tables", key)
        return value

    def table(self, key: str) -> Table:
        """The table `key`, empty where it is absent."""
        return Table(self.take(key, dict, {}), self._file, f"{self._where}.{key}".lstrip("."))

    def tables(self, key: str, default: Any = _MISSING) -> list[Table]:
        """The list of tables `key`."""
        values = self.take(key, list, default)
        return [Table(value, self._file, f"{self._where}.{key}[{n}]".lstrip(".")) for n, value in enumerate(values)]

    def left(self) -> list[str]:
        """The keys that nobody took yet."""
        return list(self._values)

    def done(self) -> None:
        """Refuse what is left."""
        if self._values:
            raise self.error("is not a key of definitions", next(iter(self._values)))

    def _known(self, key: str, values: Iterable[str], known: Iterable[str]) -> None:
        for value in values:
            if value not in known:
                raise self.error(f"is {value!r}, which is none of {', '.join(sorted(known))}", key)


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_json, value.values()))
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, float):
        return value - value == 0
    return value is None or isinstance(value, (str, int))
