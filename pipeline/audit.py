"""Does everything hold? Raw files against their hashes, ledgers replayed backwards, documents against the types."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipeline.archive import entries
from pipeline.raw import walk
from pipeline.write import Exported


def replay_backwards(document: dict[str, Any]) -> str:
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


def verify(raw: Path, clean: Path) -> list[str]:
    """What does not hold, a line each; an empty list when everything does."""
    problems = []
    adapter = TypeAdapter(Exported)
    listed = entries(clean)
    files = {file.path: file for file in walk(raw)}
    for entry in listed:
        if entry.status == "removed":
            continue
        file = files.get(entry.path)
        if file is None:
            problems.append(f"{entry.path}: raw file is gone")
        elif entry.sha256 and file.regular and _sha256(raw / file.disk) != entry.sha256:
            problems.append(f"{entry.path}: raw file has changed since it was read")
        if entry.output is None:
            continue
        try:
            data = (clean / entry.output).read_bytes()
            document = json.loads(data)
            adapter.validate_json(data)
            if document["id"] != f"sha256:{entry.sha256}":
                problems.append(f"{entry.output}: not of this raw file")
            if replay_backwards(document) != document["raw_text"]:
                problems.append(f"{entry.output}: repairs replayed backwards do not give raw_text")
        except (OSError, ValueError, ValidationError, KeyError, TypeError) as error:
            problems.append(f"{entry.output}: {str(error).splitlines()[0]}")
    missing = sorted(files.keys() - {entry.path for entry in listed})
    problems += [f"{path}: raw file has no line in the manifest" for path in missing]
    outputs = Counter(entry.output for entry in listed if entry.output is not None)
    return problems + [f"{output}: {count} raw files have it" for output, count in outputs.items() if count > 1]


def status(clean: Path) -> str:
    """Counts by status and error code, what needs review, and the slowest documents."""
    rows = entries(clean)
    count = Counter(row.status for row in rows)
    lines = [f"{name:8} {number}" for name, number in sorted(count.items())]
    lines += [f"  {code:20} {number}" for code, number in Counter(r.error for r in rows if r.error).most_common()]
    lines += [f"review   {row.path}: {row.message}" for row in rows if row.status == "review"][:20]
    slowest = sorted(rows, key=lambda row: -(row.seconds or 0))[:5]
    lines += [f"slowest  {row.seconds or 0:7.1f} s  {row.path}" for row in slowest]
    return "\n".join(lines)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
