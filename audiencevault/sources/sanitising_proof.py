"""The proof that nobody of the original is left in a sanitised sample: all bytes are searched before they are written.

Searched for are every word and number that was replaced, as they stand and as they come out of the escapes of JSON,
of pages, of web addresses, of mail, and of text that was encoded twice; and telephone numbers by their digits alone.
"""

from __future__ import annotations

import html
import quopri
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Final

from audiencevault.export import decode, repair_double_encoding
from audiencevault.sources import sanitising_words as known
from audiencevault.sources.sanitising_values import TOKEN, Replacer

_SHORTEST_WORD: Final = 3
_SHORTEST_NUMBER: Final = 5
_SHORTEST_PHONE: Final = 7
_SHORTEST_TEXT: Final = 3
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[\s().\-/\u00a0\u202f\u2010\u2011]{1,3}(?=[\d(])")


def left_over(files: Mapping[str, bytes], replacer: Replacer) -> list[str]:
    """Where something of the original is left: the file and what kind of thing, never the thing itself."""
    book = replacer.book
    excused = known.vocabulary()
    # A word that also stands in a kept header proves nothing, unless it is part of a name or an address.
    weak = (replacer.kept - replacer.strong) | replacer.dated
    words = {word.casefold() for word in book.words if len(word) >= _SHORTEST_WORD} - excused - weak
    numbers = {run for run in book.numbers if len(run) >= _SHORTEST_NUMBER and run.strip("0")} - weak
    phones = {national for key in book.phones if len(national := key.partition("\x1f")[2]) >= _SHORTEST_PHONE}
    # Whoever is called May or March is searched for by the whole name.
    whole = {said for one in book.originals if len(said := tuple(_tokens(one))) >= _SHORTEST_TEXT}
    names = (name for name in book.names if len(name) > 1 and replacer.strong.issuperset(name))
    whole |= {name for name in names if not excused.issuperset(name)}
    texts = _starting(whole)
    found: list[str] = []
    for name, data in files.items():
        what: set[str] = set()
        for text in (*_forms(decode(data)[0]), *_forms(name)):
            tokens = _tokens(text)
            what |= {"a word of a name, an address or a text"} if words.intersection(tokens) else set()
            what |= {"a number"} if numbers.intersection(tokens) else set()
            digits = re.findall(r"\d{7,}", _BETWEEN_DIGITS.sub("", text))
            what |= {"a telephone number"} if any(_ends(run, phones) for run in digits) else set()
            what |= {"a text"} if _holds(tokens, texts) else set()
        found += [f"{name} still holds {one}." for one in sorted(what)]
    return found


def _forms(text: str) -> Iterator[str]:
    """The text, and what it says to whoever takes the escapes out, each form once."""
    seen: set[str] = set()
    for form in (text, _unescaped(text), html.unescape(text), urllib.parse.unquote(text), _printable(text)):
        for one in (form, repair_double_encoding(form), _repaired(form)):
            if one not in seen:
                seen.add(one)
                yield one


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "\\u" in text else text


def _printable(text: str) -> str:
    if not re.search(r"=[0-9A-Fa-f]{2}", text):
        return text
    return quopri.decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _repaired(text: str) -> str:
    """Broken encodings put right piece by piece, where the rest of the text is sound."""
    return re.sub("[\u00c2-\u00f4][\u0080-\u00bf]+", lambda found: repair_double_encoding(found[0]), text)


def _tokens(text: str) -> list[str]:
    return [token.casefold() for token in TOKEN.findall(text)]


def _ends(run: str, phones: set[str]) -> bool:
    """Whether a run of digits is one of `phones`, with at most a country's code before it."""
    return any(run[start:] in phones for start in range(min(5, len(run) - _SHORTEST_PHONE + 1)))


def _starting(texts: set[tuple[str, ...]]) -> dict[str, list[tuple[str, ...]]]:
    index: dict[str, list[tuple[str, ...]]] = {}
    for text in sorted(texts):
        index.setdefault(text[0], []).append(text)
    return index


def _holds(tokens: list[str], texts: Mapping[str, list[tuple[str, ...]]]) -> bool:
    return any(
        tuple(tokens[place : place + len(text)]) == text
        for place, token in enumerate(tokens)
        for text in texts.get(token, ())
    )
