"""What was sent so far, written down before and after each request, so that a killed run goes on where it was.

An append-only file of JSON lines. Each line is written before what it announces happens, so that a killed process
loses none of it; and where a request must not be sent twice, it is on the disk too, so that no power cut does either:

    {"journal": 1, "digest": "…", "items": [3, 500]}      what is sent, as one digest, and how many items each push has
    {"begin": "1:0+500"}                                  this request is about to be sent
    {"back": "1:0+500"}                                   it surely was not taken; it may be sent again
    {"job": "1:0+500", "id": "…"}                         taken to be done later; ask for it under this id
    {"split": "1:0+500"}                                  refused as a whole; its halves are sent instead
    {"end": "1:0+500", "status": 200, "fates": [["accepted", "", null, "0-498"], ["rejected", "…", null, "499"]]}

An end with `"whole": true` is of a request that was refused as one.

Items are named by their numbers only: nobody's address, name or key is in it. What it says of the future is worth
nothing unless it is about the same items, which the digest proves.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from audiencevault.destinations.answers import Fate
from audiencevault.errors import DestinationError

VERSION: Final = 1
_LOOSE: Final = 100
"""Lines that a power cut may lose where losing them means sending again what may be sent again."""
_PRIVATE_FILE: Final = 0o600
_PRIVATE_DIRECTORY: Final = 0o700


class Journal:
    """The journal at `path`, made where there is none; a context manager. `digest` and `items` say what is sent.

    Raises `DestinationError` where the file is about something else, or damaged anywhere but in its last line, which a
    kill may have cut.
    """

    def __init__(self, path: Path, digest: str, items: Sequence[int]) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._loose = 0
        self.begun: set[str] = set()
        self.jobs: dict[str, str] = {}
        self.split: set[str] = set()
        self.ended: dict[str, tuple[int | None, tuple[Fate, ...], bool]] = {}
        head = {"journal": VERSION, "digest": digest, "items": list(items)}
        try:
            path.parent.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, _PRIVATE_FILE)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            self._go_on(head)
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def begin(self, key: str, *, sure: bool = True) -> None:
        """The request `key` is about to be sent. A power cut may lose the line where it is not `sure`."""
        self._write({"begin": key}, sure=sure)

    def back(self, key: str) -> None:
        """The request `key` was surely not taken."""
        self._write({"back": key})

    def job(self, key: str, identity: str) -> None:
        """The request `key` was taken to be done later."""
        self._write({"job": key, "id": identity})

    def halve(self, key: str) -> None:
        """The request `key` was refused as a whole; its halves are sent instead."""
        self._write({"split": key})

    def end(
        self, key: str, status: int | None, fates: Sequence[Fate], *, whole: bool = False, sure: bool = True
    ) -> None:
        """What became of the items of the request `key`, in their order; `whole` if it was refused as one."""
        entry = {"end": key, "status": status, "fates": _grouped(fates)}
        self._write({**entry, "whole": True} if whole else entry, sure=sure)

    def _go_on(self, head: dict[str, Any]) -> None:
        data = self._path.read_bytes()
        whole, _, torn = data.rpartition(b"\n")
        if torn:
            # Cut by a kill in the middle of writing; what it announced has not happened.
            os.truncate(self._file, len(data) - len(torn))
        lines = whole.splitlines()
        if not lines:
            self._write(head)
            self._keep_name()
            return
        try:
            entries = [json.loads(line) for line in lines]
            found = entries[0]
            if found["journal"] != VERSION:
                raise DestinationError(
                    f"The journal {self._path.name} was written by another version of this program.",
                    "Make a new plan; the receiver's own opt-outs are pulled before anything is sent.",
                )
            for entry in entries[1:]:
                self._replay(entry)
        except (ValueError, LookupError, TypeError, AttributeError):
            raise DestinationError(
                f"The journal {self._path.name} is damaged, so nobody knows what was sent already.",
                "Nothing is sent. Make a new plan, which compares with what the vault knows to be delivered.",
            ) from None
        if found != head:
            raise DestinationError(
                f"The journal {self._path.name} is about another delivery than this one.",
                "Make a new plan, or apply the one that it belongs to while the vault is as it was.",
            )

    def _replay(self, entry: dict[str, Any]) -> None:
        ((word, key), *_) = entry.items()
        if word == "begin":
            self.begun.add(key)
        elif word == "back":
            self.begun.discard(key)
        elif word == "job":
            self.jobs[key] = entry["id"]
        elif word == "split":
            self.split.add(key)
        elif word == "end":
            size = int(key.rpartition("+")[2])
            self.ended[key] = (entry["status"], _spread(entry["fates"], size), entry.get("whole", False))
        else:
            raise KeyError(word)

    def _write(self, entry: dict[str, Any], *, sure: bool = True) -> None:
        line = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            try:
                left = memoryview(line)
                while left:
                    left = left[os.write(self._file, left) :]
                self._loose = 0 if sure else self._loose + 1
                if self._loose % _LOOSE == 0:
                    os.fsync(self._file)
            except OSError as error:
                raise self._unwritable(error) from error

    def _keep_name(self) -> None:
        """The file's name on the disk too."""
        try:
            directory = os.open(self._path.parent, os.O_RDONLY)
        except OSError:  # Windows opens no directories, and keeps names by itself.
            return
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def _unwritable(self, error: OSError) -> DestinationError:
        return DestinationError(
            f"The journal {self._path.name} cannot be written: {error.strerror or type(error).__name__}.",
            "Nothing more is sent without it. Check the disk and the permissions of the vault.",
        )


def _grouped(fates: Sequence[Fate]) -> list[list[Any]]:
    """Fates with the numbers of the items that met each. Sample: `[["accepted", "", null, "0-3,5"]]`."""
    places: dict[Fate, list[list[int]]] = {}
    for number, fate in enumerate(fates):
        runs = places.setdefault(fate, [])
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return [
        [fate.outcome, fate.words, fate.state, ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs)]
        for fate, runs in places.items()
    ]


def _spread(groups: list[list[Any]], size: int) -> tuple[Fate, ...]:
    fates: list[Fate | None] = [None] * size
    for outcome, words, state, runs in groups:
        fate = Fate(str(outcome), str(words), state)
        for run in runs.split(","):
            first, _, last = run.partition("-")
            for number in range(int(first), int(last or first) + 1):
                fates[number] = fate
    if any(fate is None for fate in fates):
        raise ValueError("a fate is missing")
    return tuple(fate for fate in fates if fate is not None)
