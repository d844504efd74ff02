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
def names() -> tuple[str, ...]:
    """The names of all files of `models/` that can be read by a program (not the cards), with "/"."""
    found = (file for file in FOLDER.rglob("*") if file.is_file() and file.suffix not in {".md", ".py"})
    return tuple(sorted(file.relative_to(FOLDER).as_posix() for file in found))


@functools.cache
def digest(tables: frozenset[str]) -> str:
    """Hex digest over the names and bytes of these files."""
    found = hashlib.sha256()
    for name in sorted(tables):
        found.update(name.encode() + hashlib.sha256((FOLDER / name).read_bytes()).digest())
    return found.hexdigest()[:16]
