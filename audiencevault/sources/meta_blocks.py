"""Facebook's HTML pages and the message pages of Meta's platforms: one block per record.

Three grammars were seen: boxes `.pam` with a name and contact points (before 2021), boxes `div._a6-g` with a heading,
a body and a date (message threads of 2022 to 2026), and `section._a6-g` that nest, hold tables of label and value
rows, and end in a footer with the date (2024 to 2026).

Class names are build artefacts: they only say where a record begins and where its date stands. The rest is read
by structure. A page without any block that we recognise is reported as unreadable, since it looks like an empty one.
Dates are text in the account's language; see `meta_html.Months` for which of them can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from audiencevault.errors import ExportError
from audiencevault.export import Member, text_stream
from audiencevault.sources.meta_html import label_and_value, plain

_PIECE: Final = 1 << 20
_LONGEST: Final = 32 << 20
_BLOCK: Final = "._a6-g, .pam"
_HEADING: Final = "h2, ._a6-h, ._2lek"
_DATED: Final = "._a72d, ._a6-o"
_TAG: Final = re.compile(r"<(?P<end>/?)(?P<name>section|div)\b(?P<rest>[^<>]*)>", re.IGNORECASE)
_STARTS: Final = re.compile(r"class=[\"'](?:[^\"'<>]*\s)?(?:_a6-g|pam)[\s\"']")
_DATE_LIKE: Final = re.compile(r"(?=.*(?:19|20)\d\d)(?=.*(?:[^\W\d]{2}|:|\d[./-]\d)).{6,48}")


@dataclass(frozen=True, slots=True)
class Block:
    """One record of a page: its heading, the lines of text below it, the tables of label and value rows in it, and its
    date as written. Any part may be empty; `lines` leaves out the heading and the date.
    """

    heading: str
    lines: tuple[str, ...]
    tables: tuple[tuple[tuple[str, str], ...], ...]
    date: str


@dataclass(slots=True)
class Page:
    """A page while it is read: `title` is known once the first block was yielded."""

    member: Member
    title: str = ""

    def blocks(self) -> Iterator[Block]:
        """The outermost blocks, in the page's order, a piece of the page at a time.

        Raises `ExportError` naming the member where no block is recognised, or where the page stops before its end;
        the blocks before that have been yielded by then.
        """
        count, tail = 0, ""
        for fragment in self._fragments():
            tail = (tail + fragment)[-4096:]
            tree = LexborHTMLParser(fragment)
            if not self.title and (title := tree.css_first("title")) is not None:
                self.title = plain(title.text())
            for node in tree.css(_BLOCK):
                if not _inside_block(node):
                    count += 1
                    yield _block(node)
        if "</html" not in tail.lower() and "</body" not in tail.lower():
            raise ExportError(
                f"{self.member.path} is cut off: the page does not end where it should.",
                "Download the export again, or copy it again from where it was complete.",
            )
        if not count:
            raise ExportError(
                f"{self.member.path} holds no record in a form that we know; an empty list looks the same, so it "
                "counts as unreadable.",
                "Ask the platform for the export in JSON, which is also more complete.",
            )

    def _fragments(self) -> Iterator[str]:
        """The page in pieces that begin where a block does that is in no section."""
        kept, searched, depth, cut = "", 0, 0, 0
        with text_stream(self.member) as stream:
            while piece := stream.read(_PIECE):
                kept += piece
                for match in _TAG.finditer(kept, searched):
                    if not match["end"] and depth == 0 and _STARTS.search(match["rest"]):
                        cut = match.start()
                    if match["name"].lower() == "section":
                        depth = max(0, depth - 1) if match["end"] else depth + 1
                    searched = match.end()
                if cut:
                    yield kept[:cut]
                    kept, searched, cut = kept[cut:], searched - cut, 0
                if len(kept) > _LONGEST:
                    raise ExportError(
                        f"{self.member.path} is no list page: it goes on for {_LONGEST:,} characters without a record.",
                        "Ask the platform for the export in JSON.",
                    )
        if kept:
            yield kept


def _block(node: LexborNode) -> Block:
    heading_node = node.css_first(_HEADING)
    heading = plain(heading_node.text()) if heading_node is not None else ""
    tables = tuple(
        tuple(row for line in table.css("tr") if (row := label_and_value(line)) is not None)
        for table in node.css("table")
        if len(table.css("table")) == 1
    )
    lines = [line for part in node.text(separator="\n").split("\n") if (line := plain(part))]
    marked = [line for part in node.css(_DATED) if (line := plain(part.text()))]
    date = marked[-1] if marked else lines[-1] if lines and _DATE_LIKE.fullmatch(lines[-1]) else ""
    if heading in lines:
        lines.remove(heading)
    if date in lines:
        lines.reverse()
        lines.remove(date)
        lines.reverse()
    return Block(heading, tuple(lines), tuple(table for table in tables if table), date)


def looks_like_date(line: str) -> bool:
    """Whether a line of text has the form of a date in any language: it holds a year and a word, colon or divider."""
    return _DATE_LIKE.fullmatch(line) is not None


def _inside_block(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None:
        if {"_a6-g", "pam"} & set((parent.attributes.get("class") or "").split()):
            return True
        parent = parent.parent
    return False
