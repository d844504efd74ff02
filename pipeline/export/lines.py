"""Plain JSON lines: `documents.jsonl`, `passages.jsonl`, and `deleted.jsonl` with the ids to take out first."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO

from pipeline.export.rows import Batch, Refused


def dumped(row: dict[str, Any]) -> str:
    """A row as one line of JSON."""
    return json.dumps(row, ensure_ascii=False) + "\n"


class Lines:
    """Writes rows as they come."""

    def __init__(self, documents: TextIO, passages: TextIO, deleted: TextIO) -> None:
        self._documents, self._passages, self._deleted = documents, passages, deleted

    def hand_over(self, batch: Batch) -> list[Refused]:
        """Write ids and rows; nothing is refused."""
        for kind, ids in (("document", batch.gone), ("passage", batch.stale)):
            self._deleted.writelines(dumped({"kind": kind, "id": ident}) for ident in ids)
        for found in batch.found:
            self._documents.write(dumped(found.document))
            self._passages.writelines(map(dumped, found.passages))
        return []


@contextmanager
def files(folder: Path, name: str) -> Iterator[Lines]:
    """A sink that writes into a new folder; `name` plays no part."""
    with ExitStack() as stack:
        yield Lines(
            *(
                stack.enter_context((folder / f"{kind}.jsonl").open("w", encoding="utf-8"))
                for kind in ("documents", "passages", "deleted")
            )
        )
