"""Where `models/` lies, and its small tables; what is large is opened by the room that needs it."""

import csv
import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "models"


def path(name: str) -> Path:
    """The path of a file of `models/`."""
    return FOLDER / name


@functools.cache
def rows(name: str) -> tuple[Mapping[str, str], ...]:
    """The rows of a CSV table of `models/`, one mapping of column to value each."""
    with path(name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@functools.cache
def data(name: str) -> Any:
    """The content of a JSON file of `models/`; the caller must not change it."""
    return json.loads(path(name).read_text("utf-8"))


@functools.cache
def fingerprint() -> str:
    """Hex digest over the names and bytes of all files in `models/` that the pipeline reads (not the cards)."""
    digest = hashlib.sha256()
    for file in sorted(FOLDER.rglob("*")):
        if file.is_file() and file.suffix != ".md":
            digest.update(file.relative_to(FOLDER).as_posix().encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]
