"""Finished items to requests: how they are grouped, addressed, and who is said to ask.

Items are grouped by number, by bytes of the whole body and by bytes of one item, always in the same way, so that a
group can be named by the items it holds: a journal written by one run means the same to the next.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.destinations.api import Api
from audiencevault.destinations.api_settings import HOST, URL
from audiencevault.destinations.composing import PushItems
from audiencevault.destinations.definition import Definition
from audiencevault.destinations.json_values import filled
from audiencevault.destinations.receivers import Hooks, all_settings, hooks
from audiencevault.destinations.secret import Secret
from audiencevault.destinations.transport import Clock, Request, host_of
from audiencevault.destinations.vocabulary import LINE_ENDS
from audiencevault.errors import CredentialsRefusedError, DefinitionError, UsageError

USER_AGENT: Final = "audiencevault"
_PLACE: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_MARK: Final = "\ue000items\ue000"
_KINDS: Final = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "form_items": "application/x-www-form-urlencoded",
    "text": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class Batch:
    """The items of one request: `count` of the sendable items of the push number `push`, from `first` on."""

    push: int
    first: int
    count: int

    @property
    def key(self) -> str:
        """Its name in a journal. Sample: `0:500+500`."""
        return f"{self.push}:{self.first}+{self.count}"

    @staticmethod
    def named(key: str) -> Batch:
        """The batch of this name. Raises `ValueError`."""
        push, _, items = key.partition(":")
        first, _, count = items.partition("+")
        return Batch(int(push), int(first), int(count))

    def halves(self) -> tuple[Batch, Batch]:
        """The same items in two requests."""
        half = self.count // 2
        return (Batch(self.push, self.first, half), Batch(self.push, self.first + half, self.count - half))


class Grouped:
    """The items of one push in groups. `sendable` are the positions of those that are short enough for the receiver,
    `too_long` of the others.
    """

    def __init__(self, number: int, made: PushItems, requests: Requests) -> None:
        self.number = number
        self.made = made
        self.call = made.call
        self._requests = requests
        lengths = _lengths(made)
        most = made.call.max_item_bytes
        if most is None and made.call.max_bytes is not None:
            most = made.call.max_bytes - requests.empty_length(made) - requests.between(made)
            most += 1 if made.call.body == "json" else 0
        fits = np.ones(len(lengths), bool) if most is None else lengths <= most
        self.sendable = np.flatnonzero(fits)
        self.too_long = np.flatnonzero(~fits)
        self._lengths = lengths[self.sendable]

    def batches(self) -> list[Batch]:
        """The groups, in order."""
        call, made = self.call, self.made
        most = (call.max_items or len(self.sendable)) if call.many else 1
        ends = np.concatenate([[0], np.cumsum(self._lengths + self._requests.between(made), dtype=np.int64)])
        room = None
        if call.many and call.max_bytes is not None:
            # In JSON nothing stands behind the last item.
            room = call.max_bytes - self._requests.empty_length(made) + (1 if call.body == "json" else 0)
        found, start, total = [], 0, len(self.sendable)
        while start < total:
            stop = min(total, start + most)
            if room is not None:
                stop = min(stop, int(np.searchsorted(ends, ends[start] + room, side="right")) - 1)
            stop = max(stop, start + 1)
            found.append(Batch(self.number, start, stop - start))
            start = stop
        return found

    def positions(self, batch: Batch) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Which items of the push the batch holds."""
        return self.sendable[batch.first : batch.first + batch.count]

    def items(self, batch: Batch) -> pa.Table:
        """The items of the batch."""
        if not len(self.too_long):
            return self.made.items.slice(batch.first, batch.count)
        return self.made.items.take(pa.array(self.positions(batch)))

    def too_long_words(self) -> str:
        """Why the receiver does not get the items that are too long."""
        most = self.call.max_item_bytes or self.call.max_bytes or 0
        return f"Not sent: the entry is longer than the {most:,} bytes that the receiver takes."


class Requests:
    """Makes the requests to one receiver, each with what says who asks. Raises `UsageError` for a setting that is
    missing or cannot be part of an address, and `CredentialsRefusedError` for a secret that is.
    """

    def __init__(
        self, definition: Definition, settings: Mapping[str, str], secrets: Mapping[str, Secret], clock: Clock | None
    ) -> None:
        if definition.api is None:
            raise UsageError(
                f"{definition.title} is written as files; it has no API here.", "Use export instead of push."
            )
        self.api: Api = definition.api
        self.line_end = LINE_ENDS[definition.dialect.line_end]
        self.encoding = definition.dialect.encoding
        self.hooks: Hooks = hooks(self.api)
        self.settings = all_settings(self.api, settings, secrets)
        self._secrets = secrets
        self._clock = clock
        self._empty: dict[str, int] = {}
        self._frames: dict[str, tuple[str, str]] = {}
        self._plain = {
            "user-agent": USER_AGENT,
            "accept": "application/json",
            **{name.lower(): fill(value, self.settings) for name, value in self.api.headers.items()},
        }

    @cached_property
    def base(self) -> str:
        """The address that paths are put behind. Raises `UsageError`."""
        return base_of(self.api, self.settings)

    def get(
        self,
        path: str,
        query: Mapping[str, Any] | None = None,
        words: Mapping[str, str] | None = None,
        literal: Mapping[str, str] | None = None,
    ) -> Request:
        """Asks for what lies at `path` below the base; braces in it and in `query` are settings, or one of `words`;
        parameters in `literal` stay as they are.
        """
        return self.ask("GET", path, query or {}, None, words, literal)

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any],
        body: Any,
        words: Mapping[str, str] | None = None,
        literal: Mapping[str, str] | None = None,
    ) -> Request:
        """A request with a JSON document as its body, or with none."""
        data = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        kind = "none" if body is None else "json"
        return self._request(method, path, query, kind, data, {}, words, literal=literal)

    def link(self, address: str) -> Request:
        """Asks for a whole address that an answer gave. Only the receiver's own host is told who asks."""
        if host_of(address) != host_of(self.base) or urlsplit(address).scheme != urlsplit(self.base).scheme:
            return Request("GET", address, {"user-agent": USER_AGENT, "accept": "*/*"})
        headers, query = self._who()
        if query:
            address += ("&" if urlsplit(address).query else "?") + urlencode(query)
        return Request("GET", address, {**self._plain, **headers})

    def of(self, grouped: Grouped, batch: Batch, *, signed: bool = True) -> Request:
        """The request for one batch; without what says who asks where not `signed`, to be looked at."""
        made, call = grouped.made, grouped.call
        items = grouped.items(batch)
        texts: list[str] = items["item"].to_pylist()
        words = {} if call.many else _item_words(items)
        kind, data = _KINDS.get(call.body, ""), b""
        fixed = self._fixed(made)
        if call.body == "json":
            data = self._json(made, texts, fixed)
        elif call.body == "form":
            data = urlencode({**_as_texts(fixed), **json.loads(texts[0])}).encode()
        elif call.body == "form_items":
            pairs = [*_as_texts(fixed).items(), *((call.at, _bare(text)) for text in texts)]
            data = urlencode(pairs).encode()
        elif call.body == "multipart_csv":
            kind, data = self._multipart(made, texts, fixed)
        elif call.body == "text":
            data = "".join(texts).encode()
        return self._request(
            call.method, call.path, call.query, call.body, data, call.headers, words, kind, signed=signed
        )

    def empty_length(self, made: PushItems) -> int:
        """The bytes of the push's body without any item."""
        if made.push.name not in self._empty:
            self._empty[made.push.name] = self._empty_length(made)
        return self._empty[made.push.name]

    def between(self, made: PushItems) -> int:
        """The bytes between two items of a body."""
        if made.call.body == "multipart_csv":
            return len(self.line_end)
        if made.call.body == "form_items":
            return len(quote_plus(made.call.at)) + 2
        return 1 if made.call.body == "json" else 0

    def _empty_length(self, made: PushItems) -> int:
        call = made.call
        if not call.many:
            return 0
        fixed = self._fixed(made)
        if call.body == "json":
            head, tail = self._frame(made, fixed)
            return len((head + tail).encode())
        if call.body == "form_items":
            return len(urlencode(_as_texts(fixed)))
        if call.body == "multipart_csv":
            return len(self._multipart(made, [], fixed)[1])
        return 0

    def _fixed(self, made: PushItems) -> dict[str, Any]:
        both: dict[str, Any] = merged(self.filled(made.call.fixed), self.filled(made.push.fixed))
        return both

    def filled(self, value: Any) -> Any:
        """`value` with each table `{ setting = "name" }` replaced by the setting. Raises `UsageError`."""
        try:
            return filled(value, self.api, self.settings)
        except KeyError as error:
            raise _not_set(str(error.args[0])) from None

    def _json(self, made: PushItems, texts: list[str], fixed: dict[str, Any]) -> bytes:
        if made.call.many:
            head, tail = self._frame(made, fixed)
            return (head + ",".join(texts) + tail).encode()
        if not fixed and not made.call.at:
            return texts[0].encode()
        item = json.loads(texts[0])
        document = put(fixed, made.call.at, item) if made.call.at else merged(fixed, item)
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    def _frame(self, made: PushItems, fixed: dict[str, Any]) -> tuple[str, str]:
        """What stands before and behind the items."""
        if made.push.name not in self._frames:
            document = put(fixed, made.call.at, [_MARK]) if made.call.at else [_MARK]
            head, _, tail = json.dumps(document, ensure_ascii=False, separators=(",", ":")).partition(f'"{_MARK}"')
            self._frames[made.push.name] = (head, tail)
        return self._frames[made.push.name]

    def _multipart(self, made: PushItems, texts: list[str], fixed: dict[str, Any]) -> tuple[str, bytes]:
        lines = "".join(f"{line}{self.line_end}" for line in ([made.header] if made.header else []) + texts)
        table = lines.encode(self.encoding)
        # Never part of the content, and the same for the same content.
        border = "audiencevault-" + hashlib.sha256(table).hexdigest()[:32]
        parts = [
            f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in _as_texts(fixed).items()
        ]
        parts.append(
            f'--{border}\r\nContent-Disposition: form-data; name="{made.call.file}"; filename="contacts.csv"\r\n'
            "Content-Type: text/csv\r\n\r\n".encode()
        )
        return f"multipart/form-data; boundary={border}", b"".join([*parts, table, f"\r\n--{border}--\r\n".encode()])

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any],
        body: str,
        data: bytes,
        extra: Mapping[str, str],
        words: Mapping[str, str] | None,
        kind: str = "application/json",
        literal: Mapping[str, str] | None = None,
        *,
        signed: bool = True,
    ) -> Request:
        known = {**self.settings, **(words or {})}
        pairs = {name: _query_text(self.filled(value), known) for name, value in query.items()}
        pairs.update(literal or {})
        who, asked = self._who() if signed else ({}, {})
        pairs.update(asked)
        address = self.base + fill(path, known, in_path=True) + (f"?{urlencode(pairs)}" if pairs else "")
        headers = dict(self._plain)
        if body == "none":
            headers.pop("content-type", None)
        elif body == "multipart_csv":
            headers["content-type"] = kind
        else:
            headers.setdefault("content-type", kind)
        headers.update({name.lower(): fill(value, known) for name, value in extra.items()})
        headers.update(who)
        return Request(method, address, headers, data)

    def _who(self) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and query parameters that say who asks."""
        auth = self.api.auth
        if auth.scheme == "none":
            return {}, {}
        if auth.scheme == "code":
            if self.hooks.headers is None or self._clock is None:
                raise DefinitionError(f"The module {self.api.module or '(none)'} does not say how requests are signed.")
            made = self.hooks.headers(self.settings, self._secrets, self._clock.now())
            return {name.lower(): value for name, value in made.items()}, {}
        secret = self._secret(auth.secret)
        if auth.scheme == "basic":
            user = self._secret(auth.user_secret) if auth.user_secret else fill(auth.user, self.settings)
            both = base64.b64encode(f"{user}:{secret}".encode()).decode()
            return {"authorization": f"Basic {both}"}, {}
        if auth.scheme == "query":
            return {}, {auth.header: secret}
        if not (secret.isascii() and secret.isprintable() and secret == secret.strip()):
            raise CredentialsRefusedError(
                f"The secret {auth.secret} holds characters that no key has.",
                "Copy it again, without blanks or quotes.",
            )
        prefix = auth.prefix or ("Bearer " if auth.scheme == "bearer" else "")
        return {auth.header.lower(): prefix + secret}, {}

    def _secret(self, name: str) -> str:
        secret = self._secrets.get(name)
        if not secret:
            where = self.api.auth.secrets.get(name, "")
            raise CredentialsRefusedError(
                f"The secret {name} is not set.", f"It is found here: {where}." if where else ""
            )
        return secret.reveal()


def hosts(definition: Definition, settings: Mapping[str, str]) -> tuple[str, ...]:
    """The hosts that are asked, as `name` or `name:port`; `settings` are all of them, computed ones too."""
    if definition.api is None:
        return ()
    own = host_of(base_of(definition.api, settings))
    return tuple(dict.fromkeys([own, *(host.lower() for host in definition.api.other_hosts)]))


def base_of(api: Api, settings: Mapping[str, str]) -> str:
    """The address that paths are put behind, without a slash at its end."""
    kinds = {setting.name: setting.kind for setting in api.settings}

    def one(match: re.Match[str]) -> str:
        name, value = match[1], _setting(settings, match[1])
        if kinds.get(name) == "url":
            if not URL.fullmatch(value):
                raise UsageError(f"The setting {name} must be an address such as https://mail.example.org.")
            return value.rstrip("/")
        if "/" in match.string[: match.start()].partition("://")[2]:
            return _segment(name, value)
        if not HOST.fullmatch(value):
            raise UsageError(f"The setting {name} must be a host's name or a part of one.")
        return value

    base = _PLACE.sub(one, api.base).rstrip("/")
    try:
        host = host_of(base)
    except ValueError:
        host = ""
    if not host or urlsplit(base).scheme not in {"https", "http"}:
        raise UsageError("The settings make no address that a request could go to.")
    return base


def fill(text: str, words: Mapping[str, str], *, in_path: bool = False) -> str:
    """`text` with each name in braces replaced; in a path so that it stays one segment."""
    return _PLACE.sub(
        lambda match: _segment(match[1], _setting(words, match[1])) if in_path else _setting(words, match[1]), text
    )


def put(document: Any, path: str, value: Any) -> Any:
    """`document` with `value` at `path`; objects and lists on the way are made, and objects that meet are merged."""
    parts = path.split(".")
    whole: Any = value
    for part in reversed(parts):
        whole = [whole] if part.isdigit() else {part: whole}
    return merged(document, whole)


def merged(below: Any, above: Any) -> Any:
    """Both documents in one; where both say something, `above` holds. Lists meet position by position."""
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        both = dict(below)
        for key, value in above.items():
            both[key] = merged(below[key], value) if key in below else value
        return both
    if isinstance(below, list) and isinstance(above, list):
        joined = [merged(one, other) for one, other in zip(below, above, strict=False)]
        return [*joined, *below[len(above) :], *above[len(below) :]]
    return above


def _setting(words: Mapping[str, str], name: str) -> str:
    value = words.get(name)
    if not value:
        raise _not_set(name)
    return value


def _not_set(name: str) -> UsageError:
    return UsageError(f"The setting {name} is not set.", f"Set it with: {name}=VALUE")


def _segment(name: str, value: str) -> str:
    if value in {".", ".."}:
        raise UsageError(f"The setting {name} cannot be part of an address.")
    return quote(value, safe="")


def _query_text(value: Any, words: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return fill(value, words) if isinstance(value, str) else str(value)


def _as_texts(fixed: Mapping[str, Any]) -> dict[str, str]:
    """Form fields: texts as they are, everything else as JSON."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        for name, value in fixed.items()
    }


def _bare(text: str) -> str:
    """An item that is nothing but one text is sent without JSON's quotes."""
    return str(json.loads(text)) if text.startswith('"') else text


def _item_words(items: pa.Table) -> dict[str, str]:
    """What a path may name of the one item that it is about."""
    point = items["point"][0].as_py() or ""
    # The receiver's own name for a contact, no protection of anything.
    digest = hashlib.md5(point.lower().encode(), usedforsecurity=False).hexdigest()
    return {"point": point, "md5_email": digest, "item_id": items["item_id"][0].as_py() or ""}


def _lengths(made: PushItems) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The bytes of each item as it stands in a body."""
    texts = made.items["item"]
    if made.call.body == "form_items":
        return np.array([len(quote_plus(_bare(text))) for text in texts.to_pylist()], dtype=np.int64)
    return np.asarray(pc.binary_length(texts).to_numpy(), dtype=np.int64)
