"""One request out, one reply back, over HTTPS: the only place that talks to a receiver.

Nothing is followed, remembered or read from the environment: no redirects, cookies, proxies or netrc. Requests go
to the hosts that were named beforehand and nowhere else.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Protocol, Self
from urllib.parse import urlsplit

import httpx

from audiencevault.errors import DestinationError

MAX_ANSWER: Final = 256 * 1024 * 1024
"""An answer of more bytes is not read to its end."""
_CONNECT: Final = 20.0
_IDLE: Final = 3.0
_CONNECTIONS: Final = 64


@dataclass(frozen=True)
class Request:
    """One request. Its repr shows neither headers nor body nor the address, which may hold secrets and people."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Reply:
    """What came back: the status, the headers with lower-case names, the body unpacked."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


class Unanswered(Exception):  # noqa: N818 - a fact about one request, which may be tried again
    """No whole answer came. `sent` is False where surely nothing arrived; `why` says what happened, in words."""

    def __init__(self, *, sent: bool, why: str) -> None:
        super().__init__(why)
        self.sent = sent
        self.why = why


class Transport(Protocol):
    """Sends a request and waits for its reply."""

    def send(self, request: Request, timeout: float) -> Reply:
        """The reply within about `timeout` seconds. Raises `Unanswered`."""
        ...


class Clock(Protocol):
    """The time, which only the command line knows."""

    def now(self) -> datetime:
        """Now, in UTC."""
        ...

    def wait(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...


class HttpTransport:
    """HTTP to `hosts` (`name` or `name:port`) and to no other.

    Plain http is for loopback and for the hosts in `insecure`, which the user named so. `verify` may be a context
    with the owner's own authorities. A context manager; threads may share it. Raises `DestinationError` where a
    request would go elsewhere.
    """

    def __init__(
        self,
        hosts: Collection[str],
        clock: Clock,
        *,
        insecure: Collection[str] = (),
        verify: ssl.SSLContext | bool = True,
        max_answer: int = MAX_ANSWER,
    ) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._insecure = frozenset(host.lower() for host in insecure)
        self._clock = clock
        self._max_answer = max_answer
        limits = httpx.Limits(max_connections=_CONNECTIONS, keepalive_expiry=_IDLE)
        # Without httpx's client: it keeps cookies, and it logs addresses, in which secrets and people may stand.
        self._http = httpx.HTTPTransport(verify=verify, trust_env=False, limits=limits, retries=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what is open."""
        self._http.close()

    def send(self, request: Request, timeout: float) -> Reply:
        """See `Transport`."""
        self._check(request.url)
        limits = httpx.Timeout(timeout, connect=min(timeout, _CONNECT))
        try:
            asked = httpx.Request(
                request.method,
                request.url,
                headers=dict(request.headers),
                content=request.body,
                extensions={"timeout": limits.as_dict()},
            )
        except (httpx.InvalidURL, ValueError, TypeError):
            raise Unanswered(sent=False, why="the request's address or a header cannot be sent") from None
        try:
            return self._ask(asked, timeout)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise Unanswered(sent=False, why="no connection could be made") from None
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.ProxyError):
            raise Unanswered(sent=False, why="the request's address or a header cannot be sent") from None
        except httpx.TimeoutException:
            raise Unanswered(sent=True, why=f"no answer came within {timeout:g} seconds") from None
        except httpx.DecodingError:
            raise Unanswered(sent=True, why="the answer could not be unpacked") from None
        except (httpx.HTTPError, httpx.StreamError, ssl.SSLError, OSError):
            raise Unanswered(sent=True, why="the connection broke off before the answer was whole") from None

    def _ask(self, asked: httpx.Request, timeout: float) -> Reply:
        reply = self._http.handle_request(asked)
        # A trickle never runs into the timeout of a single read.
        latest = self._clock.now() + timedelta(seconds=timeout)
        body = bytearray()
        try:
            for chunk in reply.iter_bytes():
                body += chunk
                if len(body) > self._max_answer:
                    raise Unanswered(sent=True, why=f"the answer is longer than {self._max_answer:,} bytes")
                if self._clock.now() > latest:
                    raise Unanswered(sent=True, why=f"the answer was not whole after {timeout:g} seconds")
        finally:
            reply.close()
        headers: dict[str, str] = {}
        for name, value in reply.headers.multi_items():
            headers.setdefault(name.lower(), value)
        return Reply(reply.status_code, headers, bytes(body))

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host = host_of(url)
        except ValueError:
            parts, host = urlsplit(""), ""
        if host not in self._hosts or parts.username is not None:
            raise DestinationError(
                "A request would have gone to a host that is not this receiver's; it was not sent.",
                "The plan names the hosts. If a file of the receiver lies elsewhere, its definition must say so.",
            )
        if parts.scheme == "https" or (parts.scheme == "http" and (is_loopback(url) or host in self._insecure)):
            return
        raise DestinationError(
            f"{host} is not asked over plain http: the key and the people would travel readably.",
            "Use https, or --insecure-http for a server in your own network.",
        )


def host_of(url: str) -> str:
    """The host of an address, with the port where it is not the usual one, in lower case. Sample: `127.0.0.1:8001`."""
    parts = urlsplit(url)
    name = (parts.hostname or "").lower()
    name = f"[{name}]" if ":" in name else name
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return name if parts.port in {None, usual} else f"{name}:{parts.port}"


def is_loopback(url: str) -> bool:
    """Whether the address is this machine's own."""
    name = urlsplit(url).hostname or ""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
