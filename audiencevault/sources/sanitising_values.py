"""One value of an export into its fake: what it is, is told by the column or key it stands in, else by its shape."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from audiencevault.sources import meta_messages, table_words
from audiencevault.sources import sanitising_words as known
from audiencevault.sources.sanitising_fakes import Book, filler
from audiencevault.sources.table_spec import NO_WORDS, YES_WORDS


class Kind(Enum):
    """What a column or key holds. `SHAPE` leaves it to the value; `ANSWER` keeps the words that a format knows."""

    SHAPE = "shape"
    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    ANSWER = "answer"
    KEEP = "keep"
    CODE = "code"
    TEXT = "text"
    BIRTHDAY = "birthday"
    TIME = "time"


TOKEN: Final = re.compile(r"[^\W\d_]+|\d+")
_EMAIL: Final = re.compile(
    r"(?P<local>[^\s@,;<>()\"']{1,80})@(?P<domain>[^\s@,;:<>()\"'/?.]{1,80}(?:\.[^\s@,;:<>()\"'/?.]{1,80}){1,8})"
)
_URL: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*\\?:)//(?P<host>[^/?#\s]+)(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_IP: Final = re.compile(
    r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|\b(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}\b", re.IGNORECASE
)
_PHONE: Final = re.compile(r"[+(\d][\d\s().\-/\u00a0\u202f\u2010\u2011]{5,30}\d")
_WRITTEN_PHONE: Final = re.compile(r"[+\s().\-/\u00a0\u202f\u2010\u2011]|^0")
_YEAR: Final = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)(?!\d)")
_ISO: Final = re.compile(r"(?P<year>(?:19|20)\d\d)(?P<rest>[-/.]?\d\d[-/.]?\d\d(?:[T ].*)?)", re.DOTALL)
_NUMERIC: Final = re.compile(
    r"(?P<before>\d{1,2}(?P<mark>[./-]) ?\d{1,2}(?P=mark) ?)(?P<year>\d{4}|\d{2})(?P<rest>\.?(?:,?[\sT].*)?)", re.DOTALL
)
_WORDY: Final = re.compile(
    r"(?:[^\W\d_]{2,12}\.?,? ){0,2}\d{1,2}(?:\.|,|st|nd|rd|th)?,?[ -](?:de )?[^\W\d_]{3,12}\.?,?[ -](?:de )?\d{2,4}\b.*"
    r"|(?:[^\W\d_]{2,12}, )?[^\W\d_]{3,12}\.? \d{1,2},? \d{4}\b.*",
    re.DOTALL,
)
_SHORT_YEAR: Final = re.compile(r"(?P<year>\d{2})$")
_PREFIX: Final = re.compile(
    r"(?P<keep>gid://shopify/[A-Za-z]+/|user(?=\d)|chat(?=\d)|channel(?=\d)|c(?=\d{5})|UC|cus_|urn:[a-z:]+:|[a-z]{1,2}:)"
    r"(?=.*\d)(?P<rest>[A-Za-z0-9_-]+)"
)
_PHRASE: Final = re.compile(r"(?P<keep>Chat History with |Direct Message with )(?P<rest>.*)", re.DOTALL)
_BIRTHDAY: Final = re.compile(r"(?P<a>\d{4}|--|\d{1,2})(?P<s>[-/.]?)(?P<b>\d{1,2})(?:(?P=s)(?P<c>\d{1,4}))?")
_YEAR_IN_PLACE: Final = re.compile(
    r"(?<![^\W_])((?:19|20)\d\d)(?=[-_.]?\d\d?[-_.]?\d\d?(?!\d))|(?<=\d[-_]\d\d[-_])((?:19|20)\d\d)(?!\d)"
)
_LONG: Final = 80


@dataclass
class Replacer:
    """Gives the fake of each value from `book`, and counts what was replaced by kind in `counts`.

    `said` are the words that the spec of the table at hand tells from others. `kept` is what stayed, `dated` the
    words in dates, `strong` the words of names and addresses among what was replaced.
    """

    book: Book
    counts: dict[str, int] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    strong: set[str] = field(default_factory=set)
    dated: set[str] = field(default_factory=set)
    said: frozenset[str] = frozenset()

    def value(self, text: str, kind: Kind = Kind.SHAPE) -> str:
        """The fake of one value, with its blanks, its case and its broken encoding."""
        if not text.strip():
            return text
        for codec in ("latin-1", "cp1252"):
            right = _mended(text, codec)
            if right is not None:
                return _misread(self._value(right, kind).encode("utf-8"), codec)
        apostrophe = "'" if re.match(r"'[=+\-@0-9\t]", text) else ""
        return apostrophe + self._value(text.removeprefix(apostrophe), kind)

    def structure(self, text: str) -> str:
        """Take note of a text that stays."""
        self.kept.update(token.casefold() for token in TOKEN.findall(text))
        return text

    def _value(self, text: str, kind: Kind) -> str:
        start, end = len(text) - len(text.lstrip()), len(text.rstrip())
        before, core, after = text[:start], text[start:end], text[end:]
        folded = core.casefold()
        told = next((word for word in known.nobody() if word in folded), None)
        said = kind is Kind.ANSWER and self._answered(core)
        if told and len(folded) == len(core) and not said and not self._known(folded):
            # Only the piece that an importer looks for stays.
            at = folded.index(told)
            piece = self.structure(core[at : at + len(told)])
            rest = self._text if kind is Kind.TEXT else self.words
            return before + rest(core[:at]) + piece + rest(core[at + len(told) :]) + after
        return before + self._handler(kind)(core) + after

    def _handler(self, kind: Kind) -> Callable[[str], str]:
        return {
            Kind.SHAPE: self._shape,
            Kind.NAME: self._name,
            Kind.EMAIL: self._email,
            Kind.PHONE: self._phone,
            Kind.ANSWER: self._answer,
            Kind.KEEP: self._keep,
            Kind.CODE: self._code,
            Kind.TEXT: self._text,
            Kind.BIRTHDAY: self._birthday,
            Kind.TIME: self._time,
        }[kind]

    def _count(self, what: str) -> None:
        if self.book.closed:
            self.counts[what] = self.counts.get(what, 0) + 1

    # By kind

    def _shape(self, text: str) -> str:
        folded = text.casefold()
        if len(text) == 1 or self._known(folded) or (text.isdecimal() and len(text) < 3):
            return self.structure(text)
        date = self.date(text)
        if date is not None:
            return date
        phrase = _PHRASE.fullmatch(text) or _PREFIX.fullmatch(text)
        if phrase:
            rest, mark, number = phrase["rest"].partition("#")
            return self.structure(phrase["keep"]) + self._name(rest) + mark + number
        if _URL.fullmatch(text):
            # LinkedIn joins the addresses of several people by commas.
            return ",".join(self._url(one) for one in re.split(r",(?=https?://)", text))
        if (
            _PHONE.fullmatch(text)
            and 7 <= sum(map(str.isdigit, text)) <= 15
            and _WRITTEN_PHONE.match(re.sub(r"\d", "", text) or text)
        ):
            return self._phone(text)
        return self._text(text) if len(text) > _LONG else self.words(text)

    def _name(self, text: str) -> str:
        folded = text.casefold()
        nobody = table_words.TOTAL_WORDS | meta_messages.DELETED
        if folded in known.ENUMERATED or folded in self.said or folded.rstrip(":") in nobody:
            return self.structure(text)
        if "@" in text or (text.startswith("+") and _PHONE.fullmatch(text)):
            return self._shape(text)
        parts = TOKEN.findall(text)
        self.book.name(part for part in parts if not part.isdigit())
        self.strong.update(part.casefold() for part in parts)
        return self.words(text)

    def _email(self, text: str) -> str:
        self.strong.update(token.casefold() for token in TOKEN.findall(text.partition("@")[0]))
        return self.words(text)

    def _phone(self, text: str) -> str:
        if _EMAIL.search(text) or not any(map(str.isdigit, text)):
            return self.words(text)
        if re.fullmatch(r"\d(?:\.\d+)?[Ee]\+?\d+", text):
            return self._digits_only(text)
        digits = "".join(char for char in text if char.isdecimal())
        if len(digits) < 6 or any(char.isalpha() for char in text.partition("ext")[0]):
            return self.words(text)
        self._count("telephone numbers")
        ascii_digits = str(int("1" + digits))[1:]
        fakes = iter(self.book.phone(ascii_digits, plus=text.lstrip("'p:").startswith("+")))
        return "".join(next(fakes) if char.isdecimal() else char for char in text)

    def _answer(self, text: str) -> str:
        """Answers of several parts stay where each is known; of a sentence its yes or no."""
        if self._answered(text):
            return self.structure(text)
        if table_words.consent_question(text) is not None:
            return self.structure(text)
        first = TOKEN.match(text)
        if first and first[0].casefold() in YES_WORDS | NO_WORDS:
            return self.structure(first[0]) + self._shape(text[first.end() :])
        return self._shape(text)

    def _answered(self, text: str) -> bool:
        parts = [part.strip(" \"'[]").casefold() for part in re.split(r"[,;|]", text)]
        return all(self._known(part) or not part for part in parts)

    def _known(self, folded: str) -> bool:
        return folded in known.answers() or folded in self.said

    def _keep(self, text: str) -> str:
        return self.structure(text) if re.fullmatch(r"[\W\d]*(?:[A-Za-z]{1,3})?[\W\d]*", text) else self._shape(text)

    def _code(self, text: str) -> str:
        """A country, a region, a language: codes stay, and so does a word that says which."""
        return self.structure(text) if len(text) <= 3 else self.words(text)

    def _text(self, text: str) -> str:
        self._count("texts")
        self.book.original(text)
        return filler(text) if self.book.closed else text

    def _birthday(self, text: str) -> str:
        found = _BIRTHDAY.match(text)
        if found is None:
            return self.date(text) or self.words(text)
        a, b, c = found["a"], found["b"], found["c"] or ""
        year_first = a == "--" or len(a) == 4
        month, day = (b, c or "1") if year_first else (a, b)
        if int(month) > 12 >= int(day):
            new_day, new_month = self._born(int(day), int(month))[::-1]
            new = (new_day, new_month)
        elif 1 <= int(month) <= 12:
            new = self._born(int(month), int(day))
        else:
            return self._digits_only(text)
        # Address books write 1604 for a birthday without a year.
        year = (a if a in ("--", "1604") else f"{max(int(a) - self._back, 0):04}") if year_first else c
        one, two = f"{new[0]:0{len(month)}}", f"{new[1]:0{len(day)}}"
        mark = found["s"]
        if year_first:
            return year + mark + one + (mark + two if c else "") + self.words(text[found.end() :])
        moved = mark + f"{int(c) - self._back if len(c) == 4 else int(c):0{len(c)}}" if c else ""
        return one + mark + two + moved + self.words(text[found.end() :])

    def _born(self, month: int, day: int) -> tuple[int, int]:
        self._count("birthdays")
        return self.book.birthday(month, day)

    def _time(self, text: str) -> str:
        if re.fullmatch(r"\d{10}|\d{13}", text):
            return self.moment(text)
        return self.date(text) or self._shape(text)

    # By shape

    @property
    def _back(self) -> int:
        return self.book.years if self.book.closed else 0

    def date(self, text: str) -> str | None:
        """A written date, moved by whole years; None where it is none."""
        found = _ISO.fullmatch(text) or _NUMERIC.fullmatch(text)
        if found:
            if found["rest"] and len(TOKEN.findall(found["rest"])) > 12:
                return None
            year = int(found["year"])
            moved = year - self._back if len(found["year"]) == 4 else (year - self._back) % 100
            new = f"{moved:0{len(found['year'])}}"
        elif len(text) < 70 and _WORDY.fullmatch(text):
            found = _YEAR.search(text) or _SHORT_YEAR.search(text)
            if found is None:
                return None
            year = int(found["year"])
            new = f"{year - self._back if year > 99 else (year - self._back) % 100:02}"
        else:
            return None
        self._count("dates")
        self.dated.update(token.casefold() for token in TOKEN.findall(text) if not token.isdigit())
        zero = ord(found["year"][0]) - int(found["year"][0])
        new = "".join(chr(zero + int(char)) for char in new)
        return text[: found.start("year")] + new + text[found.end("year") :]

    def moment(self, digits: str) -> str:
        """Unix seconds or milliseconds, moved by the same span."""
        if not self.book.closed or not int(digits):
            return digits
        self._count("dates")
        return str(int(digits) - self.book.seconds * (1000 if len(digits) > 11 else 1))

    def words(self, text: str) -> str:
        """Every run of letters and every run of digits for itself; addresses of mail and networks as such."""
        done: list[str] = []
        at = 0
        for found in re.finditer(f"{_EMAIL.pattern}|(?P<ip>{_IP.pattern})", text, re.IGNORECASE):
            done.append(self._runs(text[at : found.start()]))
            at = found.end()
            if found["ip"]:
                self._count("network addresses")
                done.append(self.book.ip(found["ip"]))
            else:
                self._count("e-mail addresses")
                self.strong.update(token.casefold() for token in TOKEN.findall(found["local"]))
                platform = found["local"].isdigit() and found["domain"].lower() in known.HOSTS
                domain = self.structure(found["domain"]) if platform else self.book.domain(found["domain"])
                done.append(f"{self._runs(found['local'], count=False)}@{domain}")
        return "".join(done) + self._runs(text[at:])

    def _runs(self, text: str, *, count: bool = True) -> str:
        if count and TOKEN.search(text):
            self._count("names, words and numbers")
        return TOKEN.sub(lambda found: self._run(found[0]), text)

    def _run(self, run: str) -> str:
        if run[0].isdecimal():
            return self.book.number(run) if run.isascii() else run
        if run[0].isdigit():
            return run
        return self.book.word(run)

    def _digits_only(self, text: str) -> str:
        return re.sub(r"\d+", lambda found: self.book.number(found[0]) if found[0].isascii() else found[0], text)

    def _url(self, text: str) -> str:
        found = _URL.fullmatch(text)
        if found is None:
            return self.words(text)
        host = found["host"].lower()
        ours = any(host == one or host.endswith(f".{one}") for one in known.HOSTS)
        shown = found["host"] if ours else self.book.domain(found["host"])
        return found["scheme"] + "//" + shown + self.place(found["rest"], percent=True)

    def place(self, path: str, *, percent: bool = False) -> str:
        """A path or the rest of an address: the words of formats stay, and everything else is somebody's."""
        parts = re.split(r"([/?&=#]|\.(?=[A-Za-z0-9]{2,5}$))", path)
        return "".join(part if number % 2 else self._part(part, percent) for number, part in enumerate(parts))

    def _part(self, part: str, percent: bool) -> str:
        plain = urllib.parse.unquote(part) if percent else part
        folded = plain.casefold().replace("'", "_").replace("\u2019", "_")
        if folded in known.PLACES or (
            re.sub(r"\d", "", folded).strip("_-. ()") in known.PLACES and not re.search(r"\d{5}", plain)
        ):
            return self.structure(part)
        phone = re.search(r"\+\d[\d .\u00a0-]*(?:\(\d{2,}\)[\d .\u00a0-]*)?\d{2}", plain)
        if phone:
            start, end = phone.span()
            return self._place_words(plain[:start]) + self._phone(phone[0]) + self._place_words(plain[end:])
        numbered = _PREFIX.fullmatch(plain)
        if numbered:
            return self.structure(numbered["keep"]) + self._place_words(numbered["rest"])
        done, at = [], 0
        for found in _YEAR_IN_PLACE.finditer(plain):
            rest = re.match(r"[-_.]?\d\d?[-_.]?\d\d?(?!\d)", plain[found.end() :])
            done += [self._place_words(plain[at : found.start()]), str(int(found[0]) - self._back)]
            at = found.end()
            if rest and found[1]:
                done.append(rest[0])
                at += rest.end()
        fake = "".join(done) + self._place_words(plain[at:])
        return urllib.parse.quote(fake, safe="@!$'()*+,;:~") if percent and plain != part else fake

    def _place_words(self, text: str) -> str:
        def one(found: re.Match[str]) -> str:
            run = found[0]
            if run.casefold() in known.PLACES or (run.isdecimal() and len(run) < 5):
                return self.structure(run)
            return self._run(run)

        parts = [part for part in TOKEN.findall(text) if not part.isdigit() and part.casefold() not in known.PLACES]
        if len(parts) > 1:
            self.book.name(parts)
        return TOKEN.sub(one, text)


def _mended(text: str, codec: str) -> str | None:
    """Text whose UTF-8 was read in `codec` once, put right; None where that gives none, or the same."""
    if text.isascii():
        return None
    try:
        # Windows-1252 leaves five bytes undefined; programs that made the mess passed them through.
        raw = b"".join(char.encode("latin-1" if "\x80" <= char <= "\x9f" else codec) for char in text)
        right = raw.decode("utf-8")
    except UnicodeError:
        return None
    return None if right == text else right


def _misread(data: bytes, codec: str) -> str:
    """What `data` is to a program that takes it for `codec`, byte by byte."""
    undefined = b"\x81\x8d\x8f\x90\x9d"
    return "".join(bytes([byte]).decode("latin-1" if byte in undefined else codec) for byte in data)
