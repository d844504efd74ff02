"""Documents in child processes with limits: what one document breaks stays with that document."""

import functools
import logging
import multiprocessing
import os
import resource
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from pipeline.config import Config, LimitsConfig
from pipeline.errors import DocumentError, NotAFile, TimeLimit, WorkerDied
from pipeline.ingest import Outcome, process

_MIB = 1024 * 1024


def run_in_children(
    raw: Path, clean: Path, config: Config, paths: list[str], done: Callable[[Outcome], None]
) -> None:
    """Process each path in a pool of child processes and hand on each outcome as it comes.

    A child past its time is killed; one that dies costs its document a second try in a fresh child, then a
    failed outcome. Outcomes come in no fixed order; the files written do not depend on it.
    """
    workers = min(config.run.workers or os.cpu_count() or 1, len(paths))
    work = functools.partial(_process_limited, raw, clean, config)
    context = multiprocessing.get_context("spawn")
    with ProcessPool(max_workers=workers, initializer=_limit, initargs=[config.limits], context=context) as pool:
        try:
            _drain(pool, work, paths, config, done, workers)
        except BaseException:
            pool.stop()
            raise


def _drain(
    pool: ProcessPool, work: Callable[[str], Outcome], paths: list[str], config: Config,
    done: Callable[[Outcome], None], workers: int,
) -> None:  # fmt: skip
    """Keep a few tasks a worker scheduled, so that memory stays flat over any number of documents."""
    waiting = [(path, 1) for path in reversed(paths)]
    running: list[tuple[str, int, ProcessFuture]] = []
    while waiting or running:
        while waiting and len(running) < 2 * workers:
            path, attempt = waiting.pop()
            running.append((path, attempt, pool.schedule(work, args=[path], timeout=config.limits.seconds)))
        path, attempt, future = running.pop(0)
        try:
            outcome = future.result()
        except FutureTimeout:
            outcome = _failed(path, TimeLimit(f"{path}: took more than {config.limits.seconds} s"))
        except ProcessExpired as error:
            if attempt == 1:
                waiting.append((path, 2))
                continue
            outcome = _failed(path, WorkerDied(f"{path}: exit code {error.exitcode}, twice"))
        done(outcome)


def _failed(path: str, error: DocumentError) -> Outcome:
    return Outcome(path, None, "failed", error.code, f"{error.message} - {error.advice}")


def _limit(limits: LimitsConfig) -> None:
    """Bound what this process may take; the operating system enforces it. Libraries' remarks on broken fonts are dropped."""
    for library in ("fontTools", "pdfminer", "pdfplumber"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    memory = limits.memory_mib * _MIB
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.output_mib * _MIB, limits.output_mib * _MIB))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.open_files, limits.open_files))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _process_limited(raw: Path, clean: Path, config: Config, path: str) -> Outcome:
    """`process`, with the CPU limit counted from now, since children are used again."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + config.limits.cpu_seconds, hard))
    if not (raw / path).is_file() or (raw / path).is_symlink():
        return _failed(path, NotAFile(f"{path}: not a regular file"))
    return process(raw, clean, path, config)
