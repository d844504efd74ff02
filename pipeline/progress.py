"""What a person sees while the folder is read: a bar on a terminal, plain lines elsewhere, a summary at the end."""

import contextlib
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from pipeline.ingest import Outcome, Summary

Started = Callable[[int, int], None]
Finished = Callable[[Outcome], None]


def reporter(stack: contextlib.ExitStack) -> tuple[Started, Finished]:
    """The two callbacks of `ingest`; the bar, if there is one, closes with the stack."""
    return _bar(stack) if sys.stderr.isatty() else _lines()


def _bar(stack: contextlib.ExitStack) -> tuple[Started, Finished]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    progress = stack.enter_context(Progress(*columns, console=Console(stderr=True)))
    task = progress.add_task("reading")

    def started(todo: int, done: int) -> None:
        progress.update(task, total=todo + done, completed=done)

    def finished(outcome: Outcome) -> None:
        progress.advance(task)
        if outcome.status == "failed":
            progress.console.print(_line(outcome), markup=False, highlight=False)

    return started, finished


def _lines() -> tuple[Started, Finished]:
    count = 0

    def started(todo: int, done: int) -> None:
        if todo:
            print(f"{todo} documents to read, {done} done before", file=sys.stderr)

    def finished(outcome: Outcome) -> None:
        nonlocal count
        count += 1
        print(f"{count:6} {_line(outcome)}", file=sys.stderr)

    return started, finished


def _line(outcome: Outcome) -> str:
    name = outcome.path.encode("unicode_escape").decode() if not outcome.path.isprintable() else outcome.path
    if outcome.status == "failed":
        return f"failed  {name}  [{outcome.error}] {outcome.message}"
    return f"{outcome.status:7} {name}  {outcome.pages} pages, {outcome.seconds:.1f} s"


def summarise(summary: Summary, clean: Path | str) -> str:
    """The lines at the end of a run: what went in, what came out, what a person should look at."""
    rows = [row for row in summary.rows if row.status != "removed"]
    count = Counter(row.status for row in rows)
    pages, ocr_pages = sum(row.pages for row in rows), sum(row.ocr_pages for row in rows)
    repairs, holes = sum(row.repairs for row in rows), sum(row.holes for row in rows)
    lines = [
        f"documents  {len(rows)}: {count['clean']} clean, {count['review']} to review, {count['failed']} failed",
        f"           {len(summary.outcomes)} read now{_begun(summary)}, {summary.skipped} done before",
        f"pages      {pages}, {ocr_pages} of them by OCR",
        f"repairs    {repairs}, {holes} holes left",
    ]
    for row in [row for row in rows if row.status == "review"][:10]:
        lines.append(f"review     {row.path}: {row.message}")
    if count["review"] > 10:
        lines.append(f"           … and {count['review'] - 10} more in {clean}/manifest.jsonl")
    if summary.renamed:
        lines.append(f"renamed    {summary.renamed} raw files have bytes that were read before; their JSON was renamed")
    if summary.removed:
        stays = "their JSON was deleted" if summary.pruned else "their JSON stays until --prune"
        lines.append(f"removed    {summary.removed} raw files are gone; {stays}")
    lines.append(f"written to {clean} in {summary.seconds:.1f} s")
    return "\n".join(lines)


def _begun(summary: Summary) -> str:
    """From which room on, where what the rooms before gave was kept."""
    count = Counter(outcome.begun for outcome in summary.outcomes)
    later = [f"{count[room]} from {room} on" for room in ("repair", "segment") if count[room]]
    return f" ({', '.join(later)})" if later else ""
