"""The clean folder as its readers see it: manifest lines, documents, and what changed since a reader last came.

Tables, search, exports and metadata read `data/clean` through this module only, one document at a time.
"""

import bisect
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import manifest
from pipeline.document import Box, Span, enclosing
from pipeline.errors import SettingsError
from pipeline.manifest import Entry

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """A state of an output file: its size in bytes, its time of change in ns, the SHA-256 of its bytes."""

    size: int
    changed: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reader has to do: documents to read again, paths that are gone, and the marks once it is done."""

    changed: tuple[Entry, ...]
    gone: tuple[str, ...]
    marks: Mapping[str, Mark]


def entries(clean: Path) -> tuple[Entry, ...]:
    """All manifest lines, sorted by path; without a manifest one for every JSON document found.

    Raises:
        SettingsError: the folder is missing or a manifest line is not JSON.
    """
    if not clean.is_dir():
        raise SettingsError(f"{clean}: no such folder")
    file = clean / manifest.NAME
    if not file.is_file():
        found = sorted(p.relative_to(clean).as_posix() for p in clean.rglob("*.json") if _is_document(p))
        return tuple(Entry(name.removesuffix(".json"), None, "clean", output=name) for name in found)
    with file.open(encoding="utf-8") as lines:
        try:
            return tuple(sorted(manifest.parse(lines), key=lambda entry: entry.path))
        except ValueError as error:
            raise SettingsError(f"{file}, {error}") from error


def _is_document(file: Path) -> bool:
    with file.open("rb") as start:
        return b'"vietnamese-report"' in start.read(4_096)


def file_of(clean: Path, entry: Entry) -> Path | None:
    """The path of the document's JSON, or None where there is none or its name leads out of the folder."""
    if not entry.output:
        return None
    file = clean / entry.output
    if not file.is_file() and not Path(entry.output).is_absolute():
        file = clean / f"{entry.path}.json"
    inside = file.resolve().is_relative_to(clean.resolve())
    return file if inside and file.is_file() else None


def read(clean: Path, entry: Entry) -> Json:
    """The document of a manifest line.

    Raises:
        SettingsError: the file is missing or not a JSON object.
    """
    file = file_of(clean, entry)
    try:
        document = json.loads(file.read_bytes()) if file else None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file}: {error}") from error
    if not isinstance(document, dict):
        raise SettingsError(f"{clean / (entry.output or entry.path)}: not a JSON document")
    return document


def find(clean: Path | str, path: str) -> Json:
    """The document of a raw file.

    Raises:
        SettingsError: there is none.
    """
    for entry in entries(Path(clean)):
        if entry.path == path:
            return read(Path(clean), entry)
    raise SettingsError(f"{path}: not in {clean}")


def documents(clean: Path) -> Iterator[tuple[Entry, Json]]:
    """Every document there is, in the order of the manifest, one in memory at a time."""
    for entry in entries(clean):
        if file_of(clean, entry):
            yield entry, read(clean, entry)


def plan(clean: Path, done: Mapping[str, Mark]) -> Plan:
    """What differs from the marks of the last time; size and time of change spare the reading of the bytes."""
    marks: dict[str, Mark] = {}
    changed = []
    for entry in entries(clean):
        file = file_of(clean, entry)
        if not file:
            continue
        status, old = file.stat(), done.get(entry.path)
        same = old and (old.size, old.changed) == (status.st_size, status.st_mtime_ns)
        digest = old.sha256 if old and same else hashlib.sha256(file.read_bytes()).hexdigest()
        marks[entry.path] = Mark(status.st_size, status.st_mtime_ns, digest)
        if not old or old.sha256 != digest:
            changed.append(entry)
    return Plan(tuple(changed), tuple(sorted(set(done) - set(marks))), marks)


def load_state(file: Path, version: int) -> Json | None:
    """The state a reader left, its marks under ``marks``; None where there is none or it is of another version."""
    try:
        state = json.loads(file.read_bytes())
        if state["version"] != version:
            return None
        state["marks"] = {path: Mark(*mark) for path, mark in state["marks"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return dict(state)


def save_state(file: Path, version: int, marks: Mapping[str, Mark], **more: Any) -> None:
    """Write a reader's state in one step, so that a stopped run leaves the old one."""
    state = {"version": version, "marks": {p: [m.size, m.changed, m.sha256] for p, m in sorted(marks.items())}, **more}
    write_text(file, json.dumps(state, ensure_ascii=False))


def write_text(file: Path, text: str) -> None:
    """Write a file under a temporary name, then put it in place; folders are made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(file.name + ".part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(file)


def value(record: Mapping[str, Any], name: str) -> str | None:
    """A field of the record as printed, or None."""
    field = record.get(name)
    return field.get("value") if isinstance(field, dict) else field


def normal(record: Mapping[str, Any], name: str) -> str | None:
    """A field of the record in its normal form, as printed where it has none, or None."""
    field = record.get(name)
    return (field.get("normal") or field.get("value")) if isinstance(field, dict) else field


def number_of(part: Mapping[str, Any]) -> str | None:
    """Number and symbol of a record or citation as one would write them: "143/KH-LHH", "34-CT/TW"; or None.

    A Party symbol (its body behind a slash, no hyphen before it) is joined by a hyphen, all others by a slash.
    """
    number, symbol = value(part, "number"), value(part, "symbol")
    if not number or not symbol:
        return number or symbol
    head, slash, _ = symbol.partition("/")
    return f"{number}{'-' if slash and not head.isdigit() and '-' not in head else '/'}{symbol}"


def iso_date(date: Mapping[str, Any] | None) -> str | None:
    """A printed date as far as it is known: "2023-04-19", "2023-04", "2023"; None without a year."""
    if not date or not date.get("year"):
        return None
    parts = [f"{date['year']:04d}"]
    for name in ("month", "day"):
        if not date.get(name):
            break
        parts.append(f"{date[name]:02d}")
    return "-".join(parts)


def text_of(document: Mapping[str, Any], span: Iterable[int]) -> str:
    """The text under a span with its line breaks as single spaces."""
    start, end = span
    return " ".join(document["text"][start:end].split())


class Boxes:
    """The boxes of a document's lines, found by their place in the text."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._lines = sorted(document.get("lines", ()), key=lambda line: line["span"][0])
        self._starts = [line["span"][0] for line in self._lines]

    def around(self, span: Span, page: int) -> Box | None:
        """The box round the lines of a page that a span touches, in points; None where no line is known."""
        first = max(0, bisect.bisect_right(self._starts, span[0]) - 1)
        near = self._lines[first : bisect.bisect_left(self._starts, span[1])]
        boxes = [line["box"] for line in near if line["page"] == page and line["span"][1] > span[0]]
        return enclosing(boxes) if boxes else None
