"""Does everything hold? Raw files against their hashes, ledgers replayed backwards, documents against the types."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline import manifest
from pipeline.archive import entries
from pipeline.config import Config
from pipeline.errors import SettingsError
from pipeline.manifest import Entry
from pipeline.places import DocumentFolder, Documents, documents_at, raw_at
from pipeline.write import Written


def replay_backwards(document: Mapping[str, Any]) -> str:
    """The raw text, rebuilt from `text` and `repairs` of an exported document.

    Raises:
        ValueError: a repair does not stand where it says, or two overlap.

    >>> replay_backwards({"text": "đổi", "repairs": [{"span": [0, 1], "before": " ", "after": "đ"}]})
    ' ổi'
    """
    text: str = document["text"]
    last, out = 0, []
    for repair in document["repairs"]:
        start, end = repair["span"]
        if start < last or text[start:end] != repair["after"]:
            raise ValueError(f"repair at {start} does not fit the text")
        out += [text[last:start], repair["before"]]
        last = end
    return "".join(out) + text[last:]


def verify(raw: Path | str, clean: Path | str, config: Config | None = None) -> list[str]:
    """What does not hold, a line each; an empty list when everything does."""
    problems = []
    source, documents = raw_at(raw), documents_at(clean, (config or Config()).run.state)
    found = listed(documents)
    files = {file.path: file for file in source.files()}
    for entry in found:
        if entry.status == "removed":
            continue
        file = files.get(entry.path)
        if file is None:
            problems.append(f"{entry.path}: raw file is gone")
        elif entry.sha256 and file.regular and source.digest(file) != entry.sha256:
            problems.append(f"{entry.path}: raw file has changed since it was read")
        if entry.output is None:
            continue
        try:
            document = Written(documents.read(entry.output)).whole()
            if document.id != f"sha256:{entry.sha256}" or document.source.path != entry.path:
                problems.append(f"{entry.output}: not of this raw file")
            changes = ({"span": r.span, "before": r.before, "after": r.after} for r in document.repairs)
            if replay_backwards({"text": document.text, "repairs": changes}) != document.raw_text:
                problems.append(f"{entry.output}: repairs replayed backwards do not give raw_text")
        except (OSError, ValueError, ValidationError, KeyError, TypeError) as error:
            problems.append(f"{entry.output}: {str(error).splitlines()[0]}")
    missing = sorted(files.keys() - {entry.path for entry in found})
    problems += [f"{path}: raw file has no line in the manifest" for path in missing]
    outputs = Counter(entry.output for entry in found if entry.output is not None)
    return problems + [f"{output}: {count} raw files have it" for output, count in outputs.items() if count > 1]


def listed(documents: Documents) -> tuple[Entry, ...]:
    """The lines of the manifest.

    Raises:
        SettingsError: there is none behind a URL, or a line is not JSON; a local folder: see `archive.entries`.
    """
    if isinstance(documents, DocumentFolder):
        return entries(documents.folder)
    try:
        return tuple(manifest.parse(documents.read(manifest.NAME).decode().split("\n")))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{manifest.NAME}: {error}") from error
