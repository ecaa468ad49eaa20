"""The tables of a TOML file that says what a table of people means, read key by key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from audiencevault.errors import DefinitionError
from audiencevault.sources.table_text import header_key


class Table:
    """A TOML table that knows where it stands and which of its keys were read.

    What is not as it should be is a `DefinitionError` that names file and key.
    """

    def __init__(self, where: str, path: str, data: object) -> None:
        self.where, self.path = where, path
        if not isinstance(data, dict):
            self.fail(path, "must be a table")
        self._data: dict[str, Any] = data
        self._read: set[str] = set()

    def fail(self, key: str, problem: str) -> NoReturn:
        """Say what is wrong with `key`."""
        raise DefinitionError(
            f"{self.where}: `{key}` {problem}.", "docs/importers/any-table.md lists what a spec may say."
        )

    def at(self, key: str) -> str:
        """The whole name of `key`, as errors show it."""
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        """Whether `key` is there."""
        return key in self._data

    def get(self, key: str) -> object:
        """The value of `key`, whatever it is; None where it is missing."""
        self._read.add(key)
        return self._data.get(key)

    def done(self) -> None:
        """Refuse a key that nobody has read."""
        for key in self._data:
            if key not in self._read:
                self.fail(self.at(key), "is not a word of the spec vocabulary")

    def text(self, key: str, default: str | None = None, among: Sequence[str] = ()) -> str | None:
        """A text, one of `among` where that is given; `default` where it is missing."""
        value = self.get(key)
        if value is None:
            return default
        if not isinstance(value, str) or not value.strip():
            self.fail(self.at(key), "must be a text")
        if among and value not in among:
            self.fail(self.at(key), f"must be one of {', '.join(among)}")
        return value

    def need(self, key: str, among: Sequence[str] = ()) -> str:
        """As `text`, for what must not be missing."""
        value = self.text(key, among=among)
        if value is None:
            self.fail(self.at(key), "is missing")
        return value

    def flag(self, key: str) -> bool:
        """True or false; false where it is missing."""
        value = self.get(key)
        if value is not None and not isinstance(value, bool):
            self.fail(self.at(key), "must be true or false")
        return bool(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A text or a list of texts."""
        value = self.get(key)
        if value is None:
            return ()
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self.fail(self.at(key), "must be a text or a list of texts")
        return tuple(value)

    def headers(self, key: str) -> tuple[str, ...]:
        """As `texts`, in the form that headers are compared in."""
        return tuple(header_key(header) for header in self.texts(key))

    def groups(self, key: str) -> tuple[tuple[str, ...], ...]:
        """A list whose items are a header or a list of headers."""
        value = self.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.fail(self.at(key), "must be a list")
        found: list[tuple[str, ...]] = []
        for item in value:
            items = [item] if isinstance(item, str) else item
            if not isinstance(items, list) or not items or not all(isinstance(one, str) for one in items):
                self.fail(self.at(key), "must hold texts or lists of texts")
            found.append(tuple(header_key(one) for one in items))
        return tuple(found)

    def table(self, key: str) -> Table | None:
        """A table within this one."""
        value = self.get(key)
        return None if value is None else Table(self.where, self.at(key), value)

    def tables(self, key: str) -> list[Table]:
        """The tables of a `[[...]]`."""
        value = self.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail(self.at(key), "must be written as [[...]]")
        return [Table(self.where, f"{self.at(key)}[{index}]", item) for index, item in enumerate(value, start=1)]

    @property
    def keys(self) -> list[str]:
        """The keys, in the order of the file."""
        return list(self._data)
