"""`review`: the pairs that only a human can tell apart or join, the most valuable question first."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audiencevault.cli import context
from audiencevault.cli.deciding import by_option, decider

if TYPE_CHECKING:
    from audiencevault.pipeline.review_sheet import Answered
    from audiencevault.pipeline.reviewing import Questions, Session
    from audiencevault.vault import Vault

KEYS = {"s": "same", "d": "different", "k": "unsure", "u": "undo", "q": "quit"}
PROMPT = "s same person · d different people · k skip · u undo · q quit > "
BAD_SHOWN = 20


@click.command("review")
@context.vault_option
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="How many questions, the most valuable first; 0 for all.",
)
@click.option(
    "--to-csv",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Write the questions to this file, to be answered in a spreadsheet.",
)
@click.option(
    "--from-csv",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Take the answers of such a file; its column 'verdict' says same, different, or nothing.",
)
@click.option("--overrule", is_flag=True, help="With --from-csv: also where the opposite was decided before.")
@by_option
@context.controller_option
@context.policy_option
@context.yes_option
@context.json_option
def review(
    vault_path: Path,
    limit: int,
    to_csv: Path | None,
    from_csv: Path | None,
    overrule: bool,
    decided_by: str | None,
    controller_id: str | None,
    policy: str | None,
    force: bool,
    as_json: bool,
) -> int:
    """Ask about the pairs that may be one person, and remember the answers for ever.

    Each question shows both people side by side, what speaks for one person and against, and what joining them would
    do to whom you may write to. Keys: s same, d different, k skip (asked last from then on), u undo, q quit; without
    a terminal, letters are read line by line. You can stop at any time and go on later. With --json the questions
    are listed and nothing is asked.

    Exit codes: 0 done, 2 a file in the way, 3 done, but rows of --from-csv were not used, 4 --from-csv is no such file,
    10 no vault, 11 somebody else is writing, 20 no such consent rules.
    """  # fmt: skip
    from audiencevault import pipeline

    if to_csv is not None and from_csv is not None:
        raise click.UsageError("Use --to-csv or --from-csv, not both.")
    vault = pipeline.open_vault(vault_path, context.keys())
    if from_csv is not None:
        with context.progress(as_json) as progress:
            answered = pipeline.read_sheet(
                vault, from_csv, by=decider(decided_by), now=context.now(), overrule=overrule, progress=progress
            )
        return _show_answered(answered, as_json)
    with context.progress(as_json) as progress:
        progress.step("Looking for the questions")
        if not as_json and to_csv is None and pipeline.pending(vault):
            pipeline.obey(vault, [], now=context.now(), command="review", progress=progress)
        questions = pipeline.Questions(
            vault, as_of=context.now(), limit=limit or None, policy=policy, controller_id=controller_id
        )
        if to_csv is not None:
            number = pipeline.write_sheet(vault, questions, to_csv, force=force)
    if to_csv is not None:
        return _show_sheet(to_csv, number, questions, as_json)
    if as_json:
        context.print_json({"open": questions.total, "questions": [item.as_dict() for item in questions]})
        return 0
    return _ask(vault, questions, decider(decided_by))


def _show_sheet(path: Path, number: int, questions: Questions, as_json: bool) -> int:
    if as_json:
        context.print_json({"path": str(path), "written": number, "open": questions.total})
    else:
        click.echo(f"{number:,} of {questions.total:,} open questions are in {path}.")
        click.echo("Write same or different into the column 'verdict', save it as CSV, and come back with --from-csv.")
    return 0


def _show_answered(answered: Answered, as_json: bool) -> int:
    if as_json:
        context.print_json(answered.as_dict())
        return 3 if answered.bad else 0
    click.echo(
        f"{answered.rows:,} rows: {answered.same:,} same, {answered.different:,} different, "
        f"{answered.blank:,} left open."
    )
    if answered.outcome is not None:
        done = answered.outcome
        click.echo(f"{done.contacts_before:,} people before, {done.contacts_after:,} now.")
        _unheeded(len(done.unheeded))
    if answered.bad:
        click.echo(f"{len(answered.bad):,} rows were not used:")
        for bad in answered.bad[:BAD_SHOWN]:
            click.echo(f"  row {bad.row}: {bad.sentence}")
        if len(answered.bad) > BAD_SHOWN:
            click.echo(f"  and {len(answered.bad) - BAD_SHOWN:,} more; --json lists them all.")
    return 3 if answered.bad else 0


def _unheeded(pairs: int) -> None:
    if pairs:
        click.echo(f"{pairs:,} pairs are said to be one person, but other decisions keep them apart; see 'explain'.")


def _ask(vault: Vault, questions: Questions, by: str) -> int:
    """The questions one by one; whatever ends the session, what was answered is obeyed."""
    from audiencevault import pipeline

    if not len(questions):
        click.echo("There is no open question.")
        return 0
    click.echo(f"{questions.total:,} open questions, the most valuable first.")
    session = pipeline.Session(vault, by=by)
    try:
        _loop(questions, session)
    except (KeyboardInterrupt, EOFError, click.exceptions.Abort):
        click.echo("")
        # Whoever is impatient may stop what follows, too.
        session.save(now=context.now())
    finally:
        with context.progress() as progress:
            done = session.finish(now=context.now(), progress=progress)
    told = [verdict for _, verdict in session.answers]
    click.echo(
        f"{told.count('same'):,} same, {told.count('different'):,} different, {told.count('unsure'):,} skipped; "
        f"{max(questions.total - len(told), 0):,} questions are left."
    )
    if done is not None:
        click.echo(f"{done.contacts_before:,} people before, {done.contacts_after:,} now.")
        _unheeded(len(done.unheeded))
    return 0


def _loop(questions: Questions, session: Session) -> None:
    from audiencevault.cli import deciding_screen

    place = 0
    order: list[int] = []
    while place < len(questions):
        question = questions[place]
        if session.implied(question) is not None:
            place += 1
            continue
        deciding_screen.print_question(question, len(questions))
        word = _key()
        if word == "quit":
            return
        if word == "undo":
            if session.undo(now=context.now()) is None:
                click.echo("There is nothing to undo in this session; 'unlink' and 'link' change older decisions.")
            else:
                place = order.pop()
            continue
        session.answer(question, word, now=context.now())
        order.append(place)
        place += 1


def _key() -> str:
    """One of the words of `KEYS`; a key on a terminal, the first letter of a line elsewhere; the end of input quits."""
    while True:
        click.echo(PROMPT, nl=False)
        if sys.stdin.isatty():
            letter = click.getchar()
            click.echo(letter if letter.isprintable() else "")
        else:
            line = sys.stdin.readline()
            click.echo("")
            if not line:
                return "quit"
            letter = line.strip()[:1]
        word = KEYS.get(letter.lower())
        if word is not None:
            return word
        if letter:
            click.echo("One of the letters s, d, k, u, q.")
