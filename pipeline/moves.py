"""Raw files that lie elsewhere than before: known by their bytes, their documents are renamed and not read again."""

import errno
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from pipeline import versions
from pipeline.config import Config
from pipeline.ledger import Ledger, Row
from pipeline.outcome import Outcome, described
from pipeline.places import Documents, Raw
from pipeline.raw import RawFile
from pipeline.write import Written


@dataclass(frozen=True, slots=True)
class Known:
    """A file that waits for its document although its bytes were read before.

    ``moved_from`` is the path that they have left, None where they lie there still; ``source`` is the row of a
    document of these bytes that can be had under another name, None where it must be made anew.
    """

    file: RawFile
    sha256: str
    moved_from: str | None
    source: Row | None


def known(raw: Raw, ledger: Ledger, files: Sequence[RawFile], todo: Sequence[RawFile],
          current: Callable[[Row], bool]) -> list[Known]:  # fmt: skip
    """Which of the files to do have bytes that a row knows; only new and changed ones of a row's size are hashed."""
    rows = {row.path: row for row in ledger.rows()}
    before = ledger.moves()
    there = {file.path for file in files}
    digests = _digests(raw, todo, rows, before)
    sought = set(digests.values())
    by_bytes: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows.values():
        if row.sha256 and row.sha256 in sought:
            by_bytes[row.sha256].append(row)
    taken: set[str] = set()
    found = []
    for file in sorted(todo, key=lambda file: file.path):
        sha256, mine = digests[file.path], rows.get(file.path)
        same = by_bytes.get(sha256, [])
        stayed = mine if mine in same else None
        moved_from = before.get((file.path, sha256 or ""))
        if moved_from is None and (stayed is None or stayed.status == "removed"):
            left = (row.path for row in same if row.path not in there or digests.get(row.path, sha256) != sha256)
            moved_from = next((path for path in left if path not in taken and path != file.path), None)
        taken.add(moved_from or "")
        fitting = (row for row in same if _fits(row, file) and current(row) and ledger.holds(row))
        if same or moved_from:
            moved_from = moved_from or (stayed.moved_from if stayed else None)
            found.append(Known(file, sha256 or "", moved_from, next(fitting, None)))
    ledger.note_moves((one.file.path, one.sha256, one.moved_from) for one in found if one.moved_from)
    return found


def _digests(
    raw: Raw, todo: Sequence[RawFile], rows: Mapping[str, Row], before: Iterable[tuple[str, str]]
) -> dict[str, str | None]:
    """Path -> digest of the bytes there now, None where no row can have it."""
    sizes = {row.size for row in rows.values() if row.sha256}
    moving = {path for path, _ in before}
    found: dict[str, str | None] = {}
    for file in todo:
        row = rows.get(file.path)
        if row and (row.size, row.modified) == (file.size, file.modified):
            found[file.path] = row.sha256
        else:
            likely = file.regular and (file.size in sizes or file.path in moving)
            found[file.path] = raw.digest(file) if likely else None
    return found


def _fits(row: Row, file: RawFile) -> bool:
    """Whether the row's document is that of the file but for its path; the ending of a name can decide its kind."""
    return row.output is not None and _ending(row.path) == _ending(file.path)


def _ending(path: str) -> str:
    return PurePosixPath(path).suffix.lower()


def rename(documents: Documents, config: Config, found: Sequence[Known],
           record: Callable[[Outcome], None]) -> None:  # fmt: skip
    """Write the documents of known bytes under their new paths and names, and record each once all are written.

    One whose source turns out to be of other bytes or versions is left to be read. Documents whose name is that of
    another one's source (two files were swapped) are laid aside until all sources are read. A run that is killed
    in between finds sources that do not fit any more, and reads those files again.
    """
    sources = {one.source.output for one in found if one.source}
    done = []
    with tempfile.TemporaryFile(dir=documents.state) as aside:
        waiting: list[tuple[str, int, int]] = []
        for one in found:
            if one.source is None or one.source.output is None:
                continue
            try:
                written = Written(documents.read(one.source.output))
                document = written.head()
            except (OSError, KeyError, ValueError):
                continue
            if document.id != f"sha256:{one.source.sha256}" or document.produced_by != versions.produced_by(
                config, one.source.engine
            ):
                continue
            moved = replace(document.source, path=one.file.path)
            done.append(described(document, one.file, one.source.corrections, None, one.source.seconds))
            if (one.source.path, one.source.output) == (one.file.path, one.file.output):
                continue
            data = written.replaced("source", moved)
            if one.file.output in sources:
                waiting.append((one.file.output, aside.tell(), len(data)))
                aside.write(data)
            else:
                try:
                    documents.write(one.file.output, data)
                except OSError as error:
                    if error.errno != errno.ENAMETOOLONG:
                        raise
                    done.pop()  # read again, it gets the code for that
        for output, start, size in waiting:
            aside.seek(start)
            documents.write(output, aside.read(size))
    for outcome in done:
        record(outcome)
