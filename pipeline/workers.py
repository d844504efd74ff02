"""Documents in child processes with limits: what one document breaks stays with that document."""

import functools
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from pipeline.children import pool_of
from pipeline.config import Config, LimitsConfig
from pipeline.confine import confine, cpu_seconds_from_now
from pipeline.errors import InternalError, MemoryLimit, PipelineError, TimeLimit, WorkerDied
from pipeline.ingest import Outcome, failed, process
from pipeline.raw import RawFile

_AGED = 77
"""Exit code of a child that ran out of memory after other documents: the document is tried again in a fresh one."""
_MOST_AGED = 3

_read_before = 0


def run_in_children(
    raw: Path, clean: Path, config: Config, files: Sequence[RawFile], done: Callable[[Outcome], None]
) -> None:
    """Process each file in a pool of child processes and hand on each outcome as it comes.

    A child past its time is killed; one that dies costs its document a second try in a fresh child, then a
    failed outcome. Outcomes come in no fixed order; the files written do not depend on it.

    Raises:
        PipelineError: what concerns the run and not a document, such as a full disk.
    """
    if not files:
        return
    workers = min(config.run.workers or os.cpu_count() or 1, len(files))
    with pool_of(workers, config.limits, begin) as pool:
        try:
            stream(functools.partial(schedule, pool, raw, clean, config), raw, config, files, done, 2 * workers)
        except BaseException:
            pool.stop()
            raise


def schedule(pool: ProcessPool, raw: Path, clean: Path, config: Config, file: RawFile) -> "Future[Outcome]":
    """Have a child read the file; its time counts from when it starts."""
    future: Future[Outcome] = pool.schedule(
        _process_limited, args=[raw, clean, config, file], timeout=config.limits.seconds
    )
    return future


def stream(
    submit: Callable[[RawFile], "Future[Outcome]"], raw: Path, config: Config, files: Sequence[RawFile],
    done: Callable[[Outcome], None], window: int,
) -> None:  # fmt: skip
    """Keep a window of tasks scheduled and hand on each as it ends, so that memory stays flat over any number."""
    waiting = [(file, 1, 1) for file in reversed(files)]
    running: dict[Future[Outcome], tuple[RawFile, int, int]] = {}
    while waiting or running:
        while waiting and len(running) < window:
            file, attempt, aged = waiting.pop()
            running[submit(file)] = (file, attempt, aged)
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            file, attempt, aged = running.pop(future)
            again = None
            try:
                outcome = future.result()
            except FutureTimeout:
                outcome = failed(raw, file, TimeLimit(f"{file.path}: took more than {config.limits.seconds} s"))
            except ProcessExpired as error:
                code = error.exitcode
                if code == -signal.SIGXCPU:
                    cpu = f"took more than {config.limits.cpu_seconds} CPU seconds"
                    outcome = failed(raw, file, TimeLimit(f"{file.path}: {cpu}"))
                elif code == _AGED:
                    again = (file, attempt, aged + 1) if aged < _MOST_AGED else None
                    outcome = failed(raw, file, MemoryLimit(f"{file.path}: out of memory"))
                else:
                    again = (file, attempt + 1, aged) if attempt == 1 else None
                    outcome = failed(raw, file, WorkerDied(f"{file.path}: exit code {code}, twice"))
            except PipelineError:
                raise
            except Exception as error:
                kind = WorkerDied if type(error).__name__ == "KilledWorker" else InternalError
                outcome = failed(raw, file, kind(f"{file.path}: {type(error).__name__}: {error}"))
            if again:
                waiting.append(again)
            else:
                done(outcome)


def begin(limits: LimitsConfig, parent: int) -> None:
    """Make a fresh process ready: limits first, then what every document needs, so that no document pays for it."""
    confine(limits, parent)
    import pipeline.extract
    import pipeline.repair
    import pipeline.segment  # noqa: F401


def _process_limited(raw: Path, clean: Path, config: Config, file: RawFile) -> Outcome:
    """`process`, with the CPU limit counted from now, since children are used again."""
    global _read_before
    cpu_seconds_from_now(config.limits.cpu_seconds)
    outcome = process(raw, clean, file, config)
    if outcome.error == MemoryLimit.code and _read_before:
        os._exit(_AGED)
    _read_before += 1
    return outcome
