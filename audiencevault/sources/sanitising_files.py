"""Documents, pages, cards and chats into sanitised ones: their syntax stays to the byte, their values become fakes."""

from __future__ import annotations

import html
import json
import quopri
import re
from collections.abc import Callable
from typing import Final

from audiencevault.export import repair_double_encoding
from audiencevault.sources import sanitising_words as known
from audiencevault.sources.sanitising_values import TOKEN, Kind, Replacer
from audiencevault.sources.table_text import words

# JSON documents

_JSON: Final = re.compile(
    r'"(?:[^"\\\n]|\\.)*"?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[{}\[\]:,]|[^"{}\[\]:,\d-]+|-', re.DOTALL
)
_NAMES: Final = words(
    "name sender_name sendername full_name first_name last_name firstname lastname global_name title username "
    "threadname from actor participants nickname screen_name displayname accountdisplayname surname recipients"
) | {"first name", "last name", "display name", "user name", "conversation title", "shortcut name", "to"}  # fmt: skip
_CODES: Final = words("country countrycode country_code countrycodev2 province_code provincecode currency")
_PLACES: Final = words("uri contact_vcard thread_path filename file photo")
_KEPT: Final = words(
    "count rating discriminator globalname sizebytes call_duration orders_count numberoforders amount total_spent "
    "requestedquerycost silent index"
)
_TIME_KEYS: Final = re.compile(r"time|date|created|updated|expire|(?:^|_)at$", re.IGNORECASE)
_PLACE_KEYS: Final = re.compile(r"latitude|longitude|^lat$|^lon(?:g|gitude)?$", re.IGNORECASE)


def document(text: str, replacer: Replacer) -> tuple[str, list[str]]:
    """A JSON document, or lines of them, or a script that assigns one; and the keys that no format is known for.

    Keys that are nobody's format, such as user names under which chats stand, become fakes like values.
    """
    starts = [place for place in (text.find("{"), text.find("[")) if place >= 0]
    start = min(starts, default=0)
    replacer.structure(text[:start])
    mangled = re.search(r"\\u00c[23]\\u00[89ab]", text[start:], re.IGNORECASE) is not None
    done, unknown = [text[:start]], []
    keys: list[str] = [""]
    for found in _JSON.finditer(text, start):
        token = found[0]
        first = token[0]
        if first in "{[":
            keys.append(keys[-1])
        elif first in "}]" and len(keys) > 1:
            keys.pop()
        elif first == '"':
            value = _read(token)
            rest = text[found.end() : found.end() + 64].lstrip()
            if rest.startswith(":"):
                right = repair_double_encoding(value)
                keys[-1] = right
                if known.is_key(right):
                    replacer.structure(value)
                else:
                    fake = replacer.value(value, Kind.SHAPE)
                    unknown.append(fake)
                    token = _written(token, fake, mangled)
            else:
                fake = _json_value(replacer, keys[-1], value)
                if fake != value:
                    token = _written(token, fake, mangled)
        elif first.isdigit() or first == "-":
            token = _json_number(replacer, keys[-1], token)
        done.append(token)
    return "".join(done), unknown


def _json_value(replacer: Replacer, key: str, value: str) -> str:
    folded = " ".join(key.split()).casefold()
    if folded == "label" or (folded == "title" and known.is_key(value)):
        return replacer.structure(value) if known.is_key(repair_double_encoding(value)) else replacer.value(value)
    if folded in _KEPT or re.fullmatch(r"YTD\.\w+\.part\d+", value):
        return replacer.structure(value)
    if value.isdecimal() and len(value) < 4:
        return replacer.structure(value)
    if folded in known.CONTENT:
        return replacer.value(value, Kind.TEXT)
    if "phone" in folded and folded != "phone_type":
        return replacer.value(value, Kind.PHONE)
    if folded in _PLACES and "://" not in value:
        return replacer.place(value)
    if folded in _NAMES:
        return replacer.value(value, Kind.NAME)
    if folded in {"birthday", "date of birth", "birthdate"}:
        return replacer.value(value, Kind.BIRTHDAY)
    if folded in _CODES:
        return replacer.value(value, Kind.CODE)
    return replacer.value(value, Kind.TIME if _TIME_KEYS.search(folded) else Kind.SHAPE)


def _json_number(replacer: Replacer, key: str, token: str) -> str:
    if _PLACE_KEYS.search(key):
        return re.sub(r"\d+", lambda found: replacer.book.number(found[0]), token)
    if not token.isdecimal() or len(token) < 5:
        return token
    if _TIME_KEYS.search(key) and len(token) in (9, 10, 12, 13):
        return replacer.moment(token)
    return replacer.book.number(token)


def _read(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token.strip('"')


def _written(token: str, value: str, mangled: bool) -> str:
    """`value` as the original writes text: which characters it escapes, and how."""
    plain = json.dumps(value, ensure_ascii=token.isascii() and ("\\u" in token or mangled))
    if "\\/" in token:
        plain = plain.replace("/", "\\/")
    return plain if token.endswith('"') and len(token) > 1 else plain[:-1]


# Pages

_TAG: Final = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|<[^<>]*>?", re.DOTALL | re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"(?P<name>\s(?:href|src|title|alt|aria-label|value|content|data-[\w-]+)\s*=\s*)(?P<mark>[\"'])(?P<value>.*?)(?P=mark)",
    re.DOTALL | re.IGNORECASE,
)
_ENTITIES: Final = {"@": ("&#064;", "&#64;"), "'": ("&#039;", "&#39;", "&#x27;", "&apos;"), '"': ("&quot;", "&#34;")}
_HEADING: Final = re.compile(
    r"<h[1-6]\b|class=\"(?:[^\"]* )?(?:_a6-h|user|_2lel|name|from_name|value)\b|<title", re.IGNORECASE
)


def page(text: str, replacer: Replacer, *, conversation: bool) -> tuple[str, list[str]]:
    """A page of HTML. In a conversation whatever is not a name, a label or a date is what somebody said."""
    done: list[str] = []
    at, tag = 0, ""
    for found in [*_TAG.finditer(text), None]:
        piece = text[at : found.start() if found else len(text)]
        heading = _HEADING.match(tag) is not None or 'class="user"' in tag
        done.append(_node(piece, replacer, heading=heading, said=conversation))
        if found is None:
            break
        at, tag = found.end(), found[0]
        done.append(_tag(tag, replacer))
    return "".join(done), []


def _tag(tag: str, replacer: Replacer) -> str:
    """One tag: its addresses and shown texts are replaced, and so is all that stands in comments and scripts."""
    begins = tag[:7].lower()
    if begins.startswith("<!--"):
        return "<!--" + replacer.words(tag[4:])
    if begins.startswith("<script"):
        opening, mark, rest = tag.partition(">")
        body, closing, name = rest.rpartition("</")
        return opening + mark + replacer.words(body) + closing + name
    if begins.startswith(("<!", "<style", "<link")) or re.search(r"charset|http-equiv|viewport", tag, re.IGNORECASE):
        return replacer.structure(tag)
    return _ATTRIBUTE.sub(lambda one: _attribute(one, replacer), tag)


def _node(raw: str, replacer: Replacer, *, heading: bool, said: bool) -> str:
    value = html.unescape(raw)
    core = " ".join(value.split())
    if not TOKEN.search(core):
        return raw
    if known.is_key(core) or core.casefold() in known.answers():
        replacer.structure(core)
        return raw
    if heading and not replacer.date(core):
        fake = replacer.value(value, Kind.NAME)
    elif said and replacer.date(core) is None:
        if not _named(core, replacer):
            fake = replacer.value(value, Kind.TEXT)
        else:
            # Ida Falk, Tom Berg: everybody for himself.
            fake = ",".join(replacer.value(part, Kind.NAME) for part in value.split(","))
    else:
        fake = replacer.value(value)
    return _escaped(fake, raw)


def _named(core: str, replacer: Replacer) -> bool:
    parts = [tuple(token.lower() for token in TOKEN.findall(part) if not token.isdigit()) for part in core.split(",")]
    return any(part in replacer.book.names for part in parts)


def _attribute(found: re.Match[str], replacer: Replacer) -> str:
    value = html.unescape(found["value"])
    place = re.match(r"\s(?:href|src)", found["name"], re.IGNORECASE) and "://" not in value
    fake = replacer.place(value, percent=True) if place else replacer.value(value)
    return found["name"] + found["mark"] + _escaped(fake, found["value"]) + found["mark"]


def _escaped(value: str, raw: str) -> str:
    if "&" not in raw:
        return value
    value = html.escape(value, quote=False) if re.search(r"&(?:amp|lt|gt);", raw) else value
    for char, entities in _ENTITIES.items():
        entity = next((one for one in entities if one in raw), None)
        value = value.replace(char, entity) if entity else value
    return value


# Cards

_PROPERTY: Final = re.compile(
    r"(?P<head>^(?:[A-Za-z0-9_-]+\.)?(?P<name>[A-Za-z][A-Za-z0-9_-]*)(?P<params>(?:;(?:[^:\"\r\n]|\"[^\"\r\n]*\")*)?):)"
    r"(?P<value>[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE,
)  # fmt: skip
_CARD_KINDS: Final = {
    **dict.fromkeys(("FN", "N", "ORG", "NICKNAME"), Kind.NAME),
    "TEL": Kind.PHONE, "EMAIL": Kind.EMAIL, "BDAY": Kind.BIRTHDAY, "ANNIVERSARY": Kind.BIRTHDAY, "NOTE": Kind.TEXT,
    "REV": Kind.TIME,
}  # fmt: skip
_CARD_KEPT: Final = frozenset({"BEGIN", "END", "VERSION", "PRODID", "KIND", "TZ", "CALSCALE", "X-ABSHOWAS", "GENDER"})
_PARAMS: Final = frozenset({
    "TYPE", "ENCODING", "CHARSET", "VALUE", "PREF", "LANGUAGE", "MEDIATYPE", "ALTID", "PID", "INDEX",
    "X-APPLE-OMIT-YEAR",
})  # fmt: skip
_BINARY: Final = re.compile(r"ENCODING=(?:B\b|BASE64)|;BASE64\b", re.IGNORECASE)


def cards(text: str, replacer: Replacer) -> tuple[str, list[str]]:
    """Cards of any version: pictures become empty data of the same length, every value a fake."""
    done: list[str] = []
    unknown: list[str] = []
    at = 0
    while found := _PROPERTY.search(text, at):
        done.append(_stray(text[at : found.start()], replacer))
        name, params, value, end = found["name"].upper(), found["params"], found["value"], found.end()
        quoted = "QUOTED-PRINTABLE" in params.upper()
        if quoted:
            while value.endswith("=") and (more := re.compile(r"\r?\n[^\r\n]*").match(text, end)):
                value, end = value + more[0], more.end()
        elif _BINARY.search(params):
            more = re.compile(r"(?:\r?\n[ \t]*[A-Za-z0-9+/=]+(?=\r?\n))*").match(text, end)
            value, end = value + (more[0] if more else ""), more.end() if more else end
        at = end
        done.append(_params(found["head"], replacer))
        if name in _CARD_KEPT:
            done.append(replacer.structure(value))
        elif _BINARY.search(params) or (name in ("PHOTO", "LOGO", "SOUND", "KEY") and "://" not in value):
            done.append(re.sub(r"[A-Za-z0-9+/]", "A", value))
        else:
            kind = _CARD_KINDS.get(name, Kind.SHAPE)
            if name not in _CARD_KINDS and name not in (
                "ADR",
                "URL",
                "UID",
                "CATEGORIES",
                "TITLE",
                "IMPP",
                "X-ABLABEL",
            ):
                unknown.append(name)
            done.append(_card_value(value, kind, quoted, params, replacer))
    return "".join(done) + _stray(text[at:], replacer), unknown


def _stray(text: str, replacer: Replacer) -> str:
    """What stands between properties, such as the rest of a damaged picture."""
    return replacer.words(text) if TOKEN.search(text) else text


def _params(head: str, replacer: Replacer) -> str:
    """The name of a property with its parameters: types and encodings stay, numbers, names and labels do not."""

    def one(found: re.Match[str]) -> str:
        if found["name"].upper() in _PARAMS:
            return found[0]
        kind = Kind.PHONE if found["name"].lower() == "waid" else Kind.SHAPE
        return f";{found['name']}={replacer.value(found['value'], kind)}"

    return re.sub(r";(?P<name>[A-Za-z-]+)=(?P<value>\"[^\"]*\"|[^;:]*)", one, head)


def _card_value(raw: str, kind: Kind, quoted: bool, params: str, replacer: Replacer) -> str:
    if raw.startswith("_$!<"):
        return replacer.structure(raw)
    if quoted:
        charset = re.search(r"CHARSET=\"?([A-Za-z0-9_-]+)", params, re.IGNORECASE)
        codec = charset[1] if charset else "utf-8"
        try:
            plain = quopri.decodestring(raw.encode("ascii", "replace")).decode(codec)
            data = _card_parts(plain, kind, replacer).encode(codec)
        except (LookupError, UnicodeError):
            return replacer.words(raw)
        return _quoted_printable(data, raw)
    folds = [found.span() for found in re.finditer(r"\r?\n[ \t]", raw)]
    fake = _card_parts(re.sub(r"\r?\n[ \t]", "", raw), kind, replacer)
    before = 0
    for start, end in folds:
        at = min(start - before, len(fake))
        fake = fake[: at + before] + raw[start:end] + fake[at + before :]
        before += end - start
    return fake


def _card_parts(value: str, kind: Kind, replacer: Replacer) -> str:
    parts = re.split(r"((?<!\\)[;,])", value) if kind is not Kind.TEXT else [value]
    return "".join(part if number % 2 else _card_part(part, kind, replacer) for number, part in enumerate(parts))


def _card_part(part: str, kind: Kind, replacer: Replacer) -> str:
    scheme = re.match(r"(?:tel|mailto|urn:uuid|x-apple|https?):", part, re.IGNORECASE)
    if scheme and not part.lower().startswith("http"):
        return replacer.structure(scheme[0]) + replacer.value(part[scheme.end() :], kind)
    # A line break in a value is written \n: its letter is no word's.
    return "\\n".join(replacer.value(piece, kind) for piece in part.split("\\n"))


def _quoted_printable(data: bytes, raw: str) -> str:
    upper = re.search(r"=[0-9]?[a-f]", raw) is None
    plain = frozenset(range(33, 127)) - {61} | (frozenset({32}) if " " in raw else frozenset())
    written = "={:02X}" if upper else "={:02x}"
    escaped = "".join(chr(byte) if byte in plain else written.format(byte) for byte in data)
    soft = re.search(r"=(\r?\n)", raw)
    if soft is None:
        return escaped
    width = max(raw.find(soft[0]), 3)
    lines, line = [], ""
    for piece in re.findall(r"=[0-9A-Fa-f]{2}|.", escaped, re.DOTALL):
        if len(line) + len(piece) > width:
            lines.append(line)
            line = ""
        line += piece
    return f"={soft[1]}".join([*lines, line])


# Chats and labelled text

_MESSAGE: Final = re.compile(
    r"(?P<lead>[\u200e\u200f\ufeff]*\[?)(?P<date>\d{1,4}[./-] ?\d{1,2}[./-] ?\d{1,4}\.?)"
    r"(?P<time>[^:\]\n]{0,12}\d{1,2}[:.]\d{2}[^\]\n]{0,16}?)"
    r"(?P<mark>\] | [-\u2013] )(?P<rest>.*)", re.DOTALL,
)  # fmt: skip
_SPOKEN_BY_APP: Final = words(
    "omitted attached media file deleted message edited image video audio sticker gif document contact card null you "
    "this was vcf"
)
_SHOWN: Final = re.compile(
    r"<[^<>]{1,80}>|\bomitted\b|\(file attached\)|\.vcf\b|you deleted this message", re.IGNORECASE
)


def chat(text: str, replacer: Replacer) -> tuple[str, list[str]]:
    """An exported chat: authors become fakes, what they said filler; notices of the program lose their words."""
    done = []
    for line in re.split(r"(?<=\n)", text):
        found = _MESSAGE.match(line)
        if found is None:
            done.append(replacer.value(line, Kind.TEXT))
            continue
        replacer.structure(found["time"])
        done.append(found["lead"] + (replacer.date(found["date"]) or found["date"]) + found["time"] + found["mark"])
        author, colon, body = found["rest"].partition(": ")
        if not colon:
            ended = author.rstrip()
            if ended.endswith(":"):
                done.append(replacer.value(author, Kind.NAME))
            else:
                done.append(replacer.value(author, Kind.TEXT))
            continue
        done.append(_author(author, replacer) + colon + _body(body, replacer))
    return "".join(done), []


def _author(author: str, replacer: Replacer) -> str:
    folded = author.strip("\u200e\u202a\u202c ").casefold()
    if folded in {"you", "whatsapp", "meta ai", "system"}:
        return replacer.structure(author)
    number = re.search(r"\+[\d ().\u00a0\u2010\u2011-]{6,}\d", author)
    if number:
        return author[: number.start()] + replacer.value(number[0], Kind.PHONE) + author[number.end() :]
    return replacer.value(author, Kind.NAME)


def _body(body: str, replacer: Replacer) -> str:
    tokens = [token.casefold() for token in TOKEN.findall(body)]
    if len(tokens) < 16 and _SHOWN.search(body):
        return TOKEN.sub(
            lambda found: replacer.structure(found[0])
            if found[0].casefold() in _SPOKEN_BY_APP or (found[0].isdigit() and len(found[0]) < 9)
            else replacer.words(found[0]),
            body,
        )  # fmt: skip
    return replacer.value(body, Kind.TEXT)


def labelled(text: str, replacer: Replacer) -> tuple[str, list[str]]:
    """Lines of a label and a value, as TikTok's text files have them; a sentence without a colon says that a list is
    empty.
    """
    done = []
    for line in re.split(r"(?<=\n)", text):
        label, colon, value = line.partition(":")
        if not colon:
            done.append(replacer.value(line, Kind.TEXT))
        else:
            named = known.is_key(label.strip())
            done.append((replacer.structure(label) if named else replacer.words(label)) + colon)
            done.append(replacer.value(value))
    return "".join(done), []


READERS: Final[dict[str, Callable[[str, Replacer], tuple[str, list[str]]]]] = {
    ".json": document,
    ".jsonl": document,
    ".js": document,
    ".vcf": cards,
}
"""What rewrites a file by its ending; tables, pages and chats need more than the ending."""
