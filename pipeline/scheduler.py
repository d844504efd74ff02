"""Documents on many machines: the same `process`, carried out by the workers of a Dask scheduler.

Raw and clean folders lie on a path that all machines share, or behind URLs that all can reach. The workers write the
documents; manifest and ledger are written by the one process that asked, as results come in.
"""

import functools
import multiprocessing
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipeline.children import pool_of
from pipeline.config import Config
from pipeline.errors import PipelineError, SettingsError, ToolMissing
from pipeline.ingest import Outcome, code_fingerprint
from pipeline.places import raw_at
from pipeline.raw import RawFile
from pipeline.remote import carry
from pipeline.workers import begin, stream

_WINDOW = 1_000
"""Tasks that the scheduler knows of at a time."""
_SECONDS_TO_CONNECT = 30


def run_on_cluster(
    address: str, raw: Path | str, clean: Path | str, config: Config, files: Sequence[RawFile],
    done: Callable[[Outcome], None],
) -> None:  # fmt: skip
    """Process each file on the workers of the scheduler at the address and hand on each outcome as it comes.

    A task whose worker is lost goes to another one; it writes the same bytes, so that nothing is lost or doubled.

    Raises:
        ToolMissing: `distributed` is not installed.
        SettingsError: no scheduler answers, or a worker cannot see the folders or has other code.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ToolMissing("--scheduler needs Dask: pip install distributed") from error
    raw, clean = (place.resolve() if isinstance(place, Path) else place for place in (raw, clean))
    try:
        client = Client(address, timeout=_SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{address}: no Dask scheduler answers ({error})") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_SECONDS_TO_CONNECT)
        except TimeoutError as error:
            raise SettingsError(f"{address}: the scheduler has no workers") from error
        for worker, problem in client.run(fault, raw, clean, code_fingerprint()).items():
            if problem:
                raise SettingsError(f"worker {worker}: {problem}")
        executor = client.get_executor(pure=False)
        submit = functools.partial(executor.submit, on_worker, raw, clean, config)
        stream(submit, raw if isinstance(raw, Path) else Path(os.devnull), config, files, done, _WINDOW)


def fault(raw: Path | str, clean: Path | str, code: str) -> str | None:
    """What keeps this process from being a worker; None when nothing does."""
    if any(isinstance(place, Path) and not place.is_dir() for place in (raw, clean)):
        return f"cannot see {raw} and {clean}; all machines must share them under the same path"
    try:
        if isinstance(raw, str):
            raw_at(raw).files()
    except (PipelineError, OSError) as error:
        return f"cannot read {raw}: {error}"
    if code_fingerprint() != code:
        return "has another version of the pipeline"
    if multiprocessing.current_process().daemon:
        return "cannot start child processes; start the workers with --no-nanny"
    return None


def on_worker(raw: Path | str, clean: Path | str, config: Config, file: RawFile) -> Outcome:
    """Read one file in a child of this worker, under the limits."""
    outcomes: list[Outcome] = []
    carry(_children(config), raw, clean, config, [file], outcomes.append, 1)
    return outcomes[0]


@functools.cache
def _children(config: Config) -> Any:
    """The child processes of this worker, one a thread of it; they end with the worker."""
    from distributed import get_worker

    return pool_of(get_worker().state.nthreads, config.limits, begin)
