"""A cron line and a systemd service with its timer, as text: for import and backup while nobody is there.

Nothing is installed and nothing is read; paths are absolute, since neither cron nor systemd starts where you are.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audiencevault.errors import UsageError

_TIMES: Final = {
    "hour": ("17 * * * *", "*-*-* *:17:00"),
    "day": ("17 3 * * *", "*-*-* 03:17:00"),
    "week": ("17 3 * * 1", "Mon *-*-* 03:17:00"),
}
"""cron and systemd forms; not on the full hour, when everybody else's jobs run."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """`cron` is one line of a crontab; `service` and `timer` are systemd unit files."""

    cron: str
    service: str
    timer: str

    def __str__(self) -> str:
        return (
            "# With cron: run `crontab -e` and add this line.\n"
            f"{self.cron}\n\n"
            "# With systemd, instead: save as ~/.config/systemd/user/audiencevault.service\n"
            f"{self.service}\n"
            "# and this as ~/.config/systemd/user/audiencevault.timer\n"
            f"{self.timer}\n"
            "# and run: systemctl --user daemon-reload && systemctl --user enable --now audiencevault.timer"
        )


def schedule(
    vault_path: Path, import_paths: Sequence[Path], backup_dir: Path, program: Sequence[str], every: str = "day"
) -> Schedule:
    """What imports `import_paths` into the vault, if any, and backs it up, every `hour`, `day` or `week`.

    The backup runs whether or not there was something to import. `program` is the command before its first
    argument. `UsageError` where a path is relative or has a line break, which neither format can express.
    """
    if every not in _TIMES:
        raise UsageError(f"A schedule runs every {', '.join(_TIMES)}; not every {every!r}.")
    if not program:
        raise UsageError("A schedule needs the program to run.")
    for path in (vault_path, *import_paths, backup_dir):
        if not path.is_absolute():
            raise UsageError(f"A schedule needs absolute paths; {path} is relative.")
    vault = ["--vault", str(vault_path)]
    keep = [*program, "backup", str(backup_dir), *vault]
    read = [*program, "import", *map(str, import_paths), *vault] if import_paths else []
    if any(char in text for text in [*keep, *read] for char in "\n\r\0"):
        raise UsageError("A path with a line break cannot be written into a schedule.")
    cron_time, timer_time = _TIMES[every]
    commands = [shlex.join(command) for command in (read, keep) if command]
    return Schedule(
        # cron ends a command at an unescaped percent sign, even within quotes.
        cron=f"{cron_time} {'; '.join(commands)}".replace("%", r"\%"),
        service=_service(read, keep),
        timer=_timer(timer_time, every),
    )


def _service(read: Sequence[str], keep: Sequence[str]) -> str:
    lines = ["[Unit]", "Description=AudienceVault import and backup", "", "[Service]", "Type=oneshot"]
    if read:
        lines += [
            f"ExecStart={_systemd_words(read)}",
            "# 3: done, but rows were left out.",
            "SuccessExitStatus=3",
            "# Runs after a failed import too.",
            f"ExecStopPost={_systemd_words(keep)}",
        ]
    else:
        lines.append(f"ExecStart={_systemd_words(keep)}")
    return "\n".join(lines) + "\n"


def _timer(when: str, every: str) -> str:
    return (
        f"[Unit]\nDescription=AudienceVault import and backup, every {every}\n\n"
        f"[Timer]\nOnCalendar={when}\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )


def _systemd_words(words: Sequence[str]) -> str:
    return " ".join(_systemd_word(word) for word in words)


def _systemd_word(word: str) -> str:
    """`word` for a systemd command line: `%` and `$` are doubled, the rest is a C string where it must be."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$").replace("\t", "\\t")
    plain = text == word and text and not set(text) & set(" ;'#")
    return text if plain else f'"{text}"'
