"""What a clean folder holds: counts, what needs a person, what took long, and which versions made it."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline import versions
from pipeline.audit import listed
from pipeline.config import Config
from pipeline.due import Due
from pipeline.errors import FolderInUse, OutputNotWritable
from pipeline.ledger import DATABASE, Row, recorded
from pipeline.manifest import Entry
from pipeline.places import documents_at
from pipeline.versions import Versions

_REVIEWS, _SLOWEST = 20, 5


def status(clean: Path | str, config: Config) -> str:
    """The lines of `make status`; without versions while an ingest is at work, or where there is no ledger."""
    documents = documents_at(clean, config.run.state)
    try:
        documents.fetch(DATABASE)
        rows, known = recorded(documents.state)
    except FolderInUse:
        return "\n".join([*_counts(listed(documents)), "versions are not to be seen while an ingest is at work"])
    except (OSError, OutputNotWritable, sqlite3.Error):
        return "\n".join([*_counts(listed(documents)), "versions are not known: there is no ledger"])
    now = versions.present(config)
    number = next((number for number, its in known.items() if its == now), None)
    due = Due(config, number, documents)
    behind = sum(row.status != "removed" and not due.current(row) for row in rows)
    return "\n".join([*_counts(rows), *_versions(rows, known, now), f"behind   {behind:7} of {len(rows)}"])


def _counts(rows: Iterable[Entry]) -> Iterator[str]:
    rows = tuple(rows)
    for name, number in sorted(Counter(row.status for row in rows).items()):
        yield f"{name:8} {number:7}"
    for code, number in Counter(row.error for row in rows if row.error).most_common():
        yield f"  {code:20} {number}"
    review = [row for row in rows if row.status == "review"]
    for reason, number in Counter(one for row in review for one in (row.message or "").split(", ")).most_common():
        yield f"  {reason:20} {number}"
    yield from (f"review   {row.path}: {row.message}" for row in review[:_REVIEWS])
    if len(review) > _REVIEWS:
        yield f"review   … and {len(review) - _REVIEWS} more in the manifest"
    for row in sorted(rows, key=lambda row: -row.seconds)[:_SLOWEST]:
        yield f"slowest  {row.seconds:7.1f} s  {row.path}"


def _versions(rows: Iterable[Row], known: dict[int, Versions], now: Versions) -> Iterator[str]:
    """Each version present, how many documents it made, and whether it is the one at work now."""
    rows = tuple(rows)
    made = [known[row.versions] for row in rows if row.versions in known]
    for name in Versions._fields:
        for value, number in Counter(getattr(its, name) for its in made).most_common():
            mark = "now" if value == getattr(now, name) else "old"
            yield f"{name:8} {value:16} {number:7}  {mark}"
    for engine, number in Counter(row.engine for row in rows if row.engine).most_common():
        yield f"engine   {engine:16} {number:7}"
