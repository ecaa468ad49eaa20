"""A receiver made up for tests: real HTTP on loopback, which answers exactly as a test tells it to, well or badly.

It imitates no product. It keeps what it received, so that a test can count what arrived how often.
"""

from __future__ import annotations

import gzip
import json
import socket
import socketserver
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

PHRASES = {200: "OK", 201: "Created", 202: "Accepted", 429: "Too Many Requests"}


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


Answering = Callable[["Connection", Received], bool]
"""Writes an answer; returns whether the connection stays open."""


@dataclass
class Connection:
    """The open connection that an answer is written to."""

    socket: socket.socket

    def write(self, data: bytes) -> None:
        self.socket.sendall(data)


def answer(document: Any = None, status: int = 200, *, body: bytes | None = None, **headers: str) -> Answering:
    """A whole, honest HTTP answer."""
    data = body if body is not None else b"" if document is None else json.dumps(document).encode()
    named = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}

    def write(connection: Connection, received: Received) -> bool:
        connection.write(head(status, {**named, "Content-Length": str(len(data))}) + data)
        return True

    return write


def head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} {PHRASES.get(status, 'Status')}\r\n{lines}\r\n".encode()


def dropped(connection: Connection, received: Received) -> bool:
    """The request is read; then the line is dead."""
    return False


def dropped_in_body(connection: Connection, received: Received) -> bool:
    """Half of what was announced, then the line is dead."""
    connection.write(head(200, {"Content-Type": "application/json", "Content-Length": "1000"}) + b'{"errors": [')
    return False


def dropped_after_body(connection: Connection, received: Received) -> bool:
    """A whole answer on a line that then dies without having said so."""
    data = b'{"errors": []}'
    connection.write(head(200, {"Content-Type": "application/json", "Content-Length": str(len(data))}) + data)
    return False


def dropped_in_chunks(connection: Connection, received: Received) -> bool:
    """A body in pieces of unknown number, of which the last never comes."""
    connection.write(head(200, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}) + b"3\r\n{}\n\r\n")
    return False


def reset(connection: Connection, received: Received) -> bool:
    """The line is torn rather than closed."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    return False


def slow(seconds: float, then: Answering) -> Answering:
    """Silence, then `then`."""

    def write(connection: Connection, received: Received) -> bool:
        time.sleep(seconds)
        return then(connection, received)

    return write


def trickling(pieces: int, every: float) -> Answering:
    """A body that comes byte by byte, slower than anybody waits, yet never silent for long."""

    def write(connection: Connection, received: Received) -> bool:
        connection.write(head(200, {"Content-Type": "application/json", "Content-Length": str(pieces)}))
        for _ in range(pieces):
            connection.write(b" ")
            time.sleep(every)
        return False

    return write


def huge(size: int, *, packed: bool = False) -> Answering:
    """A body of `size` bytes, or one that unpacks to so many."""
    data = b'{"errors": []' + b" " * (size - 14) + b"}"
    if packed:
        data = gzip.compress(data)
    extra = {"Content_Encoding": "gzip"} if packed else {}
    return answer(body=data, **extra)


def nonsense(connection: Connection, received: Received) -> bool:
    """Not HTTP at all."""
    connection.write(b"220 mail.example.com ready\r\n")
    return False


@dataclass
class Stub:
    """A server on a free port of loopback; a context manager. Each request gets the next answer of `script`, and when
    there is none left, `usual`. `received` is everything that arrived, in order. With a `certificate` (and its key) it
    speaks HTTPS.
    """

    usual: Answering = field(default_factory=lambda: answer({"errors": []}))
    script: list[Answering] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    certificate: tuple[Path, Path] | None = None

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler(), bind_and_activate=False)
        self._server.daemon_threads = True
        self._server.request_queue_size = 64

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def addresses(self, at: str = "people") -> Counter[str]:
        """How often each address arrived in bodies with a list at `at`."""
        found: Counter[str] = Counter()
        for each in self.received:
            if each.method != "GET":
                found.update(item["email"] for item in each.json()[at])
        return found

    def __enter__(self) -> Self:
        self._server.server_bind()
        self._server.server_activate()
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _next(self, received: Received) -> Answering:
        with self.lock:
            self.received.append(received)
            return self.script.pop(0) if self.script else self.usual

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        stub = self

        class Handler(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self) -> None:
                while (received := read_request(self.rfile)) is not None:
                    answering = stub._next(received)
                    with stub.lock:
                        stub.at_once += 1
                        stub.most_at_once = max(stub.most_at_once, stub.at_once)
                    try:
                        if not answering(Connection(self.connection), received):
                            return
                    except OSError:
                        return
                    finally:
                        with stub.lock:
                            stub.at_once -= 1

        return Handler


def read_request(stream: Any) -> Received | None:
    """The next request on the line, or None at its end."""
    try:
        first = stream.readline().decode("latin-1").split()
    except OSError:
        return None
    if len(first) != 3:
        return None
    headers: dict[str, str] = {}
    while line := stream.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    target = urlsplit(first[1])
    return Received(first[0], target.path, parse_qs(target.query, keep_blank_values=True), headers, body)
