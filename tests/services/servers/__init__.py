"""Real servers, started for a test on a free port of loopback and stopped after it."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.services import needing

PATIENCE = 180.0


@contextmanager
def running(
    command: Sequence[str | Path], url: str, *, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """The server that `command` starts, while it answers at `url`, with any status."""
    with (
        log.open("wb") as said,
        subprocess.Popen([str(part) for part in command], stdout=said, stderr=said, env=environment) as process,
    ):
        try:
            _wait(process, url, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    latest = time.monotonic() + PATIENCE
    while time.monotonic() < latest and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{process.args!r} does not answer at {url}:\n{log.read_text()[-2000:]}")


@contextmanager
def mailman(place: Path) -> Iterator[str]:
    """Mailman 3's REST interface over SQLite; its address. The user is `rest`, the password `word`."""
    program, port = needing.server("bin", "runner"), free_port()
    (place / "mailman.cfg").write_text(
        f"""
[mailman]
layout: here
site_owner: owner@example.com
[paths.here]
var_dir: {place / "var"}
bin_dir: {program.parent}
[database]
url: sqlite:///{place / "mailman.db"}
[webservice]
hostname: 127.0.0.1
port: {port}
admin_user: rest
admin_pass: word
workers: 1
[mta]
incoming: mailman.mta.null.NullMTA
"""
    )
    command = [program, "-C", place / "mailman.cfg", "-r", "rest:0:1"]
    with running(command, f"http://127.0.0.1:{port}/3.1/system", log=place / "mailman.log"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def radicale(place: Path) -> Iterator[str]:
    """A CardDAV server; its address. The user is `anna`, the password `word`."""
    program, port = needing.server("bin", "radicale"), free_port()
    (place / "users").write_text("anna:word\n")
    command = [
        program,
        "--config=",
        f"--server-hosts=127.0.0.1:{port}",
        "--auth-type=htpasswd",
        f"--auth-htpasswd-filename={place / 'users'}",
        "--auth-htpasswd-encryption=plain",
        f"--storage-filesystem-folder={place / 'collections'}",
    ]
    with running(command, f"http://127.0.0.1:{port}/", log=place / "radicale.log"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def prism(place: Path, description: Path) -> Iterator[str]:
    """A server that answers as `description` says and reports every way in which a request breaks it; its address."""
    program, port = needing.server("node_modules", ".bin", "prism"), free_port()
    command = [program, "mock", "-h", "127.0.0.1", "-p", str(port), description]
    with running(command, f"http://127.0.0.1:{port}/", log=place / "prism.log"):
        yield f"http://127.0.0.1:{port}"
