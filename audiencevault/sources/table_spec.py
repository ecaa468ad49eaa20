"""A table described in TOML: which headers tell it, and what its columns mean. Facts only, no logic.

The vocabulary is closed: an unknown word is a `DefinitionError` that names the file and the word.
docs/importers/any-table.md is the reference; the built-in tables under `specs/` are examples.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from audiencevault.errors import DefinitionError
from audiencevault.records import CHANNELS, POINT_KINDS, RELATIONSHIPS
from audiencevault.sources.table_text import header_key, words
from audiencevault.sources.table_toml import Table

TEXT_FIELDS: Final = (
    "name_prefix",
    "full_name",
    "first_name",
    "middle_name",
    "last_name",
    "name_suffix",
    "nickname",
    "company",
    "job_title",
    "address1",
    "address2",
    "city",
    "region",
    "postcode",
    "country",
    "language",
    "birthday",
    "currency",
)
FIELDS: Final = (*TEXT_FIELDS, "tags", "total_spent", "orders_count", "first_seen_at", "last_seen_at")
"""What a column may be read as."""

DIALECTS: Final = ("comma", "semicolon", "pipe", "quoted", "triple_colon", "brackets")
"""How one cell holds a list: `a, b` · `a; b` · `a|b` · `"a","b"` · `a ::: b` · `[a|b]`."""

DATE_ORDERS: Final = ("auto", "ymd", "dmy", "mdy")
DECIMALS: Final = ("auto", "dot", "comma")

MEANINGS: Final[Mapping[str, tuple[str, str | None, str | None]]] = MappingProxyType(
    {
        "subscribed": ("observed", "subscribed", None),
        "not_subscribed": ("observed", "not_subscribed", None),
        "never_subscribed": ("observed", "never_subscribed", None),
        "granted": ("granted", None, None),
        "confirmed": ("confirmed", None, None),
        "requested": ("requested", None, None),
        "refused": ("refused", None, None),
        "withdrawn": ("withdrawn", None, None),
        "objected": ("objected", None, None),
        "complained": ("complained", None, None),
        "hard_bounce": ("suppressed", None, "hard_bounce"),
        "cleaned": ("suppressed", None, "cleaned"),
        "invalid": ("suppressed", None, "invalid"),
        "suppressed": ("suppressed", None, "manual"),
    }
)
"""What a cell of a consent column may mean: event type, state and detail. `nothing` is a meaning too."""

DATED_MEANINGS: Final = frozenset({"granted", "confirmed"})
LEVELS: Final = ("unknown", "single", "confirmed", "not_applicable")
CAPTURE_METHODS: Final = (
    "web_form",
    "checkout_box",
    "prechecked_box",
    "double_opt_in_click",
    "keyword",
    "paper",
    "verbal",
    "lead_ad",
    "preference_page",
    "list_unsubscribe",
    "reply_stop",
    "free_text",
    "webhook",
    "feedback_loop",
    "bounce",
    "provider_export",
    "platform_export",
    "manual",
    "system",
)
YES: Final = "<yes>"
NO: Final = "<no>"
ANY: Final = "<any>"

YES_WORDS: Final = words(
    "yes y true t 1 x on ja wahr oui o vrai si sí s verdadero vero sì sim verdadeiro sand sant tak prawda"
)
NO_WORDS: Final = words("no n false f 0 off nein falsch non faux falso não nao nee nej falsk falskt nie fałsz")


@dataclass(frozen=True)
class LayoutSpec:
    """One generation of a table: all of `require`, one of each group in `any_of`, none of `exclude`
    (headers in compared form).
    """

    name: str
    require: tuple[str, ...]
    any_of: tuple[tuple[str, ...], ...] = ()
    exclude: tuple[str, ...] = ()

    def fits(self, keys: frozenset[str]) -> bool:
        """Whether a table with these headers has this layout."""
        return (
            keys.issuperset(self.require)
            and all(keys.intersection(group) for group in self.any_of)
            and keys.isdisjoint(self.exclude)
        )


@dataclass(frozen=True)
class PointSpec:
    """A contact point: the first of `columns` that is filled. `name` is how consent refers to it."""

    name: str
    kind: str
    columns: tuple[str, ...]
    label: str | None = None
    platform: str | None = None


@dataclass(frozen=True)
class ConsentSpec:
    """What a column says about a channel: cell value (compared form, or `<yes>`, `<no>`, `<any>`) to meaning.

    `points` names the contact points that it may be about: the first that is filled. `at` and `ip` are the
    columns with the person's own time and address; `notice` is the wording shown, `notice_is_header` says that
    the header is that wording. With `several`, one cell may hold several answers: the one that stands first in
    `values` counts.
    """

    columns: tuple[str, ...]
    points: tuple[str, ...]
    channel: str
    values: Mapping[str, str]
    at: tuple[str, ...] = ()
    ip: tuple[str, ...] = ()
    level: str = "unknown"
    capture_method: str = "platform_export"
    list_scope: str | None = None
    notice: str | None = None
    notice_is_header: bool = False
    purpose: str = "marketing"
    several: bool = False


@dataclass(frozen=True)
class ActivitySpec:
    """A purchase, inquiry or click that a row shows.

    `positive` names columns of which one must hold a number above zero; without it every row counts.
    """

    detail: str
    points: tuple[str, ...]
    positive: tuple[str, ...] = ()
    at: tuple[str, ...] = ()


@dataclass(frozen=True)
class SkipSpec:
    """Rows that hold nobody: a cell of `columns` (any cell of a name or contact point where empty) equals
    or contains one of these texts (compared form), or is filled with `other_than` these, or is `negative`;
    or all of `columns` are `blank`.
    """

    reason: str
    columns: tuple[str, ...] = ()
    equals: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    other_than: tuple[str, ...] = ()
    blank: bool = False
    negative: bool = False


@dataclass(frozen=True)
class PurchasesSpec:
    """A table with a row for each order or line item; its rows are put together to buyers by the spec's `key`.

    `order` is the number of the order; a row in which all of `first` are blank is a line item of the row above.
    `amount` less `refunded` is what was paid, per order, or per row with `each_row`. Of the words in `status`
    only `paid` count as money and only `sales` as a purchase (all where empty), and `unpaid` as neither; a yes or
    a date in one of `unless` undoes both. `keep` names columns that stay extra fields.
    """

    order: tuple[str, ...]
    first: tuple[str, ...] = ()
    amount: tuple[str, ...] = ()
    refunded: tuple[str, ...] = ()
    each_row: bool = False
    status: tuple[str, ...] = ()
    paid: tuple[str, ...] = ()
    unpaid: tuple[str, ...] = ()
    sales: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spec:
    """One kind of table. Headers are in compared form (`header_key`) everywhere.

    `owner` names the columns with addresses of the export's owner, who never becomes a contact.
    """

    source: str
    title: str
    relationship: str
    layouts: tuple[LayoutSpec, ...]
    columns: Mapping[str, tuple[str, ...]]
    points: tuple[PointSpec, ...]
    key: tuple[tuple[str, ...], ...] = ()
    module: str | None = None
    complete: bool = False
    strip_apostrophe: frozenset[str] = frozenset()
    strip_prefix: frozenset[str] = frozenset()
    lists: Mapping[str, str] = field(default_factory=dict)
    date_order: str = "auto"
    decimal: str = "auto"
    drop: frozenset[str] = frozenset()
    consent: tuple[ConsentSpec, ...] = ()
    activity: tuple[ActivitySpec, ...] = ()
    skip: tuple[SkipSpec, ...] = ()
    purchases: PurchasesSpec | None = None
    notes: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()

    def says(self, word: str, key: str) -> bool:
        """Whether the column `key` is among those that `cells` lists under `word`; `*` stands for anything."""
        listed: frozenset[str] = getattr(self, word)
        return key in listed or any(
            re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), key) for pattern in listed if "*" in pattern
        )

    def point(self, name: str) -> PointSpec:
        """The contact point called `name`."""
        return next(point for point in self.points if point.name == name)


def builtin_names() -> tuple[str, ...]:
    """The names of the specs that come with the package, sorted."""
    folder = resources.files("audiencevault.sources") / "specs"
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def builtin(name: str) -> Spec:
    """The spec `specs/<name>.toml` of the package."""
    entry = resources.files("audiencevault.sources") / "specs" / f"{name}.toml"
    return parse(entry.read_text("utf-8"), f"{name}.toml")


def load(path: Path) -> Spec:
    """The spec in a user's file. Raises `DefinitionError` naming file and key."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise DefinitionError(f"There is no spec {path}.", "Check the path after --spec.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(f"The spec {path} cannot be read as UTF-8 text.", "Save it as plain text.") from error
    return parse(text, str(path))


def parse(text: str, where: str) -> Spec:
    """The spec in `text`; `where` names it in errors."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{where} is not valid TOML: {error}.", "Mend the line that is named.") from error
    return _Reader(where, document).spec()


class _Reader:
    def __init__(self, where: str, document: dict[str, Any]) -> None:
        self._root = Table(where, "", document)

    def spec(self) -> Spec:
        root = self._root
        source, title = root.need("source"), root.need("title")
        relationship = root.need("relationship", RELATIONSHIPS)
        layouts = tuple(self._layout(table) for table in root.tables("layouts"))
        if not layouts:
            root.fail("layouts", "is missing: without it no table can be recognised")
        points = tuple(self._point(table) for table in root.tables("points"))
        names = {point.name for point in points}
        if len(names) < len(points):
            root.fail("points", "has two entries of one name")
        columns = self._columns(root.table("columns"))
        cells = root.table("cells") or Table(root.where, "cells", {})
        lists_table = cells.table("lists")
        spec = Spec(
            source=source,
            title=title,
            relationship=relationship,
            layouts=layouts,
            columns=columns,
            points=points,
            key=root.groups("key"),
            module=root.text("module"),
            complete=root.flag("complete"),
            strip_apostrophe=frozenset(cells.headers("strip_apostrophe")),
            strip_prefix=frozenset(cells.headers("strip_prefix")),
            lists=self._lists(lists_table),
            date_order=cells.text("date_order", "auto", DATE_ORDERS) or "auto",
            decimal=cells.text("decimal", "auto", DECIMALS) or "auto",
            drop=frozenset(cells.headers("drop")),
            consent=tuple(self._consent(table, names) for table in root.tables("consent")),
            activity=tuple(self._activity(table, names) for table in root.tables("activity")),
            skip=tuple(self._skip(table) for table in root.tables("skip")),
            purchases=self._purchases(root.table("purchases")),
            notes=root.texts("notes"),
            owner=root.headers("owner"),
        )
        cells.done()
        root.done()
        if not points and not columns:
            root.fail("points", "is missing, and so is `columns`: the spec says nothing about people")
        return spec

    def _layout(self, table: Table) -> LayoutSpec:
        layout = LayoutSpec(
            table.need("name"), table.headers("require"), table.groups("any_of"), table.headers("exclude")
        )
        if not layout.require and not layout.any_of:
            table.fail(table.at("require"), "is missing")
        table.done()
        return layout

    def _point(self, table: Table) -> PointSpec:
        kind = table.need("kind", POINT_KINDS)
        point = PointSpec(
            table.text("name") or kind, kind, table.headers("columns"), table.text("label"), table.text("platform")
        )
        if not point.columns:
            table.fail(table.at("columns"), "is missing")
        if (kind == "account") is not (point.platform is not None):
            table.fail(table.at("platform"), "belongs to points of kind account, and to each of them")
        table.done()
        return point

    def _columns(self, table: Table | None) -> Mapping[str, tuple[str, ...]]:
        if table is None:
            return {}
        for key in table.keys:
            if key not in FIELDS:
                table.fail(table.at(key), f"is not a field; fields are {', '.join(FIELDS)}")
        return {key: table.headers(key) for key in table.keys}

    def _lists(self, table: Table | None) -> Mapping[str, str]:
        if table is None:
            return {}
        return {header_key(key): table.need(key, DIALECTS) for key in table.keys}

    def _points_of(self, table: Table, names: set[str]) -> tuple[str, ...]:
        points = table.texts("points")
        if not points:
            table.fail(table.at("points"), "is missing")
        for point in points:
            if point not in names:
                table.fail(table.at("points"), f"names `{point}`, which is not among [[points]]")
        return points

    def _consent(self, table: Table, names: set[str]) -> ConsentSpec:
        values_table = table.table("values")
        if values_table is None:
            table.fail(table.at("values"), "is missing")
        meanings = (*MEANINGS, "nothing")
        values = {header_key(key): values_table.need(key, meanings) for key in values_table.keys}
        consent = ConsentSpec(
            columns=table.headers("columns"),
            points=self._points_of(table, names),
            channel=table.need("channel", CHANNELS),
            values=values,
            at=table.headers("at"),
            ip=table.headers("ip"),
            level=table.text("level", "unknown", LEVELS) or "unknown",
            capture_method=table.text("capture_method", "platform_export", CAPTURE_METHODS) or "platform_export",
            list_scope=table.text("list_scope"),
            notice=table.text("notice"),
            notice_is_header=table.flag("notice_is_header"),
            purpose=table.text("purpose", "marketing") or "marketing",
            several=table.flag("several"),
        )
        if not consent.columns or not values:
            table.fail(table.at("columns" if values else "values"), "is missing")
        if not consent.at and DATED_MEANINGS.intersection(values.values()):
            table.fail(table.at("at"), "is missing: `granted` and `confirmed` need the person's own date")
        table.done()
        return consent

    def _activity(self, table: Table, names: set[str]) -> ActivitySpec:
        activity = ActivitySpec(
            table.need("detail", ("purchase", "inquiry", "click")),
            self._points_of(table, names),
            table.headers("positive"),
            table.headers("at"),
        )
        table.done()
        return activity

    def _skip(self, table: Table) -> SkipSpec:
        skip = SkipSpec(
            table.need("reason"),
            table.headers("columns"),
            tuple(text.casefold() for text in table.texts("equals")),
            tuple(text.casefold() for text in table.texts("contains")),
            tuple(text.casefold() for text in table.texts("other_than")),
            table.flag("blank"),
            table.flag("negative"),
        )
        if not (skip.equals or skip.contains or skip.other_than or skip.blank or skip.negative):
            table.fail(table.at("equals"), "is missing, and so are `contains`, `other_than`, `blank` and `negative`")
        if (skip.other_than or skip.blank or skip.negative) and not skip.columns:
            table.fail(table.at("columns"), "is missing: `other_than`, `blank` and `negative` need it")
        table.done()
        return skip

    def _purchases(self, table: Table | None) -> PurchasesSpec | None:
        if table is None:
            return None
        headers = {name: table.headers(name) for name in ("order", "first", "amount", "refunded", "unless", "keep")}
        status = table.headers("status")
        said = {name: tuple(text.casefold() for text in table.texts(name)) for name in ("paid", "unpaid", "sales")}
        if not headers["order"]:
            table.fail(table.at("order"), "is missing")
        if any(said.values()) and not status:
            table.fail(table.at("status"), "is missing: it says where `paid`, `unpaid` and `sales` stand")
        purchases = PurchasesSpec(**headers, **said, status=status, each_row=table.flag("each_row"))
        table.done()
        return purchases
