"""Child processes with limits, used again and again: pebble's pool, as documents and pictures of pages need it."""

import multiprocessing
import os
from collections.abc import Callable

from pebble import ProcessPool

from pipeline.config import LimitsConfig

_TASKS_A_CHILD = 1_000
_SINGLE_THREADED = (
    "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENCV_FOR_THREADS_NUM",
)  # fmt: skip


def single_threaded() -> None:
    """Set, before they are loaded, that libraries take one thread: with one process a core more only take memory."""
    for name in _SINGLE_THREADED:
        os.environ.setdefault(name, "1")


def pool_of(workers: int, limits: LimitsConfig, begin: Callable[[LimitsConfig, int], None]) -> ProcessPool:
    """Children that live as long as the thread that first asks them for something.

    Args:
        workers: how many.
        limits: handed to `begin`.
        begin: makes a fresh child ready, given the limits and the id of its parent; `confine` is the first it calls.
    """
    single_threaded()
    return ProcessPool(
        max_workers=workers, max_tasks=_TASKS_A_CHILD, initializer=begin, initargs=[limits, os.getpid()],
        context=multiprocessing.get_context("spawn"),
    )  # fmt: skip
