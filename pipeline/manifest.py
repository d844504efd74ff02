"""The manifest: a JSON line for each raw file that says what became of it; the one place that lists its fields."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

NAME = "manifest.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """A raw file and what became of it."""

    path: str
    """Under the raw folder, with "/"."""
    sha256: str | None
    """Of its bytes; None where they could not be read."""
    status: str
    """``clean``, ``review``, ``failed``, or ``removed``: the raw file is gone, its document is kept."""
    error: str | None = None
    message: str | None = None
    pages: int = 0
    ocr_pages: int = 0
    repairs: int = 0
    holes: int = 0
    output: str | None = None
    """Name of its document under the clean folder, with "/"; None where there is none."""
    seconds: float = 0.0
    moved_from: str | None = None
    """The path that the same bytes had before."""


FIELDS = tuple(field.name for field in fields(Entry))


def to_bytes(entries: Iterable[Entry]) -> bytes:
    """The manifest of these entries, in their order."""
    return "".join(
        json.dumps({name: getattr(entry, name) for name in FIELDS}, ensure_ascii=False) + "\n" for entry in entries
    ).encode()


def parse(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries of a manifest's lines; fields a line lacks stand at their default, others are passed over.

    Raises:
        ValueError: a line is not JSON, or has no path; the message begins with the line's number.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _entry(json.loads(line))
            except (ValueError, KeyError, AttributeError) as error:
                raise ValueError(f"line {number}: {error}") from error


def _entry(values: dict[str, Any]) -> Entry:
    known = {name: values[name] for name in FIELDS if values.get(name) is not None}
    return Entry(**{"sha256": None, "status": "", "path": values["path"]} | known)
