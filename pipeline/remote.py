"""Documents behind URLs: each is copied to this machine, read by a child without network, and its JSON put there.

The threads that copy stay in this process; a child sees two folders of this machine and nothing else.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from pebble import ProcessPool

from pipeline.children import pool_of
from pipeline.config import Config
from pipeline.errors import FileTooLarge, OutputNotWritable, UnreadableFile, WorkerDied
from pipeline.ingest import Outcome, failed
from pipeline.outcome import check_size
from pipeline.places import RawUrl, documents_at, raw_at
from pipeline.raw import RawFile
from pipeline.workers import begin, run_in_children, schedule, stream


def run_anywhere(
    raw: Path | str, clean: Path | str, config: Config, files: Sequence[RawFile], done: Callable[[Outcome], None]
) -> None:
    """`run_in_children`, for folders and URLs.

    Raises:
        OutputNotWritable: a document cannot be put to its URL.
        PipelineError: what concerns the run and not a document.
    """
    if isinstance(raw, Path) and isinstance(clean, Path):
        run_in_children(raw, clean, config, files, done)
        return
    workers = min(config.run.workers or os.cpu_count() or 1, len(files))
    with pool_of(workers, config.limits, begin) as pool:
        try:
            carry(pool, raw, clean, config, files, done, 2 * workers)
        except BaseException:
            pool.stop()
            raise


def carry(pool: ProcessPool, raw: Path | str, clean: Path | str, config: Config, files: Sequence[RawFile],
          done: Callable[[Outcome], None], window: int) -> None:  # fmt: skip
    """Have the children of a pool read files, so many at a time, and hand on each outcome once its document is put."""
    if not pool.active:  # asked here, it starts its children: they die with the thread that starts them
        raise WorkerDied("the pool of children has ended")
    state = documents_at(clean, config.run.state).state
    state.mkdir(parents=True, exist_ok=True)
    by_path = {file.path: file for file in files}
    with (
        tempfile.TemporaryDirectory(prefix=".spool-", dir=state) as spool,
        ThreadPoolExecutor(window) as threads,
    ):
        carrier = _Carrier(raw, clean, config, Path(spool), pool)

        def submit(file: RawFile) -> "Future[Outcome]":
            return threads.submit(carrier.carry, by_path[file.path])

        def finished(outcome: Outcome) -> None:
            carrier.forget(by_path[outcome.path])
            done(outcome)

        try:
            stream(submit, carrier.raw, config, [carrier.copy(file) for file in files], finished, window)
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


@dataclass(frozen=True, slots=True)
class _Carrier:
    """Carries files from and to URLs; what is local already stays where it is."""

    source: Path | str
    target: Path | str
    config: Config
    spool: Path
    pool: ProcessPool

    @property
    def raw(self) -> Path:
        """The raw folder that children see."""
        return self.source if isinstance(self.source, Path) else self.spool / "raw"

    def carry(self, file: RawFile) -> Outcome:
        """Fetch the file, have it read, put its document.

        Raises:
            OutputNotWritable: the document cannot be put.
            Exception: what the pool says of a child that ended.
        """
        source, copy = raw_at(self.source), self.copy(file)
        try:
            check_size(file.path, file.size, self.config.limits)
            if isinstance(source, RawUrl):
                source.fetch(file, self.raw / copy.disk)
        except FileTooLarge as error:
            return failed(self.raw, copy, error)
        except Exception as error:  # each store has errors of its own
            return failed(self.raw, copy, UnreadableFile(f"{file.path}: {type(error).__name__}: {error}"))
        if isinstance(self.target, Path):
            return schedule(self.pool, self.raw, self.target, self.config, copy).result()
        clean = self.spool / "clean"
        clean.mkdir(exist_ok=True)
        outcome = schedule(self.pool, self.raw, clean, self.config, copy).result()
        if outcome.output is not None:
            written = clean / outcome.output
            try:
                documents_at(self.target, self.config.run.state).write(outcome.output, written.read_bytes())
            except Exception as error:
                raise OutputNotWritable(f"{self.target}: {type(error).__name__}: {error}") from error
            written.unlink()
        return outcome

    def forget(self, file: RawFile) -> None:
        """Delete the copy of a raw file."""
        if isinstance(self.source, str):
            (self.raw / self.copy(file).disk).unlink(missing_ok=True)

    def copy(self, file: RawFile) -> RawFile:
        """The file under the name of its copy, which no name of an object can lead astray."""
        if isinstance(self.source, Path):
            return file
        return replace(file, disk=hashlib.sha256(file.disk.encode("utf-8", "surrogateescape")).hexdigest())
