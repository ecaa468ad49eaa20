"""The lines that cron and systemd get say what was meant, whatever the paths look like."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from audiencevault.errors import UsageError
from audiencevault.vault.schedule import schedule

VAULT = Path("/home/ida/my shop.vault")
EXPORTS = [Path("/home/ida/Down loads"), Path("/home/ida/100% 'real' \"$HOME\"; rm")]
BACKUP = Path("/media/disk/a\\b #1")
PROGRAM = ["/opt/av/bin/audiencevault"]


def unescape_systemd(line: str) -> list[str]:
    """What systemd makes of a command line, as far as it is used here."""
    words, word, quoted, started, i = [], "", False, False, 0
    while i < len(line):
        char = line[i]
        if char == '"':
            quoted, started = not quoted, True
        elif char == "\\":
            i += 1
            word += {"t": "\t"}.get(line[i], line[i])
            started = True
        elif char in "%$":
            assert line[i + 1] == char, "neither a specifier nor a variable is meant"
            i += 1
            word += char
            started = True
        elif char == " " and not quoted:
            words += [word] if started else []
            word, started = "", False
        else:
            word += char
            started = True
        i += 1
    assert not quoted
    return words + ([word] if started else [])


WANT_IMPORT = [*PROGRAM, "import", *map(str, EXPORTS), "--vault", str(VAULT)]
WANT_BACKUP = [*PROGRAM, "backup", str(BACKUP), "--vault", str(VAULT)]


def test_cron_gets_what_was_meant() -> None:
    line = schedule(VAULT, EXPORTS, BACKUP, PROGRAM).cron
    assert line.startswith("17 3 * * * ")
    assert "\n" not in line
    assert line.count("%") == line.count(r"\%") == 1
    command = line.removeprefix("17 3 * * * ").replace(r"\%", "%")
    lexer = shlex.shlex(command, posix=True, punctuation_chars=";")
    lexer.whitespace_split = True
    words = list(lexer)
    assert words == [*WANT_IMPORT, ";", *WANT_BACKUP]


def test_systemd_gets_what_was_meant() -> None:
    text = schedule(VAULT, EXPORTS, BACKUP, PROGRAM).service
    lines = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    assert unescape_systemd(lines["ExecStart"]) == WANT_IMPORT
    assert unescape_systemd(lines["ExecStopPost"]) == WANT_BACKUP
    assert lines["SuccessExitStatus"] == "3"
    assert lines["Type"] == "oneshot"


def test_without_exports_there_is_only_the_backup() -> None:
    plan = schedule(VAULT, [], BACKUP, PROGRAM, "hour")
    assert shlex.split(plan.cron.removeprefix("17 * * * * ")) == WANT_BACKUP
    assert "import" not in plan.service.replace("AudienceVault import and backup", "")
    assert "ExecStopPost" not in plan.service


@pytest.mark.parametrize(
    ("every", "cron", "calendar"),
    [
        ("hour", "17 * * * * ", "OnCalendar=*-*-* *:17:00"),
        ("day", "17 3 * * * ", "OnCalendar=*-*-* 03:17:00"),
        ("week", "17 3 * * 1 ", "OnCalendar=Mon *-*-* 03:17:00"),
    ],
)
def test_how_often(every: str, cron: str, calendar: str) -> None:
    plan = schedule(VAULT, [], BACKUP, PROGRAM, every)
    assert plan.cron.startswith(cron)
    assert calendar in plan.timer.splitlines()
    assert "Persistent=true" in plan.timer
    assert all(part in str(plan) for part in (plan.cron, plan.service, plan.timer))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"vault_path": Path("my.vault")}, "my.vault is relative"),
        ({"backup_dir": Path("/a\nb")}, "line break"),
        ({"import_paths": [Path("x")]}, "relative"),
        ({"every": "minute"}, "hour, day, week"),
        ({"program": []}, "program"),
    ],
)
def test_what_cannot_be_scheduled(change: dict[str, object], what: str) -> None:
    given = {"vault_path": VAULT, "import_paths": EXPORTS, "backup_dir": BACKUP, "program": PROGRAM, "every": "day"}
    with pytest.raises(UsageError, match=what):
        schedule(**(given | change))  # type: ignore[arg-type]
