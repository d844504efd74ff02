"""Plain JSON lines: `documents.jsonl`, `passages.jsonl`, and `deleted.jsonl` with the ids to take out first."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO

from pipeline.errors import SettingsError
from pipeline.export.rows import Rows


def dumped(row: dict[str, Any]) -> str:
    """A row as one line of JSON."""
    return json.dumps(row, ensure_ascii=False) + "\n"


class Lines:
    """Writes rows as they come."""

    def __init__(self, documents: TextIO, passages: TextIO, deleted: TextIO) -> None:
        self._documents, self._passages, self._deleted = documents, passages, deleted

    def delete(self, document: str | None, passages: list[str]) -> None:
        """Write the ids."""
        for kind, ids in (("document", [document] if document else []), ("passage", passages)):
            for ident in ids:
                self._deleted.write(dumped({"kind": kind, "id": ident}))

    def put(self, found: Rows) -> None:
        """Write the rows."""
        self._documents.write(dumped(found.document))
        for row in found.passages:
            self._passages.write(dumped(row))


@contextmanager
def opened(place: Path | str, name: str, key: str | None) -> Iterator[Lines]:
    """A sink that writes into a new batch folder; `name` and `key` play no part."""
    if isinstance(place, str):
        raise SettingsError(f"{place}: jsonl goes into a folder")
    place.mkdir(parents=True)
    with ExitStack() as stack:
        yield Lines(
            *(
                stack.enter_context((place / f"{kind}.jsonl").open("w", encoding="utf-8"))
                for kind in ("documents", "passages", "deleted")
            )
        )
