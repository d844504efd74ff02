"""Pairs timed in turn within one run, in CPU seconds."""

import statistics
import time
from collections.abc import Callable


def ratio(name: str, ours: Callable[[], object], theirs: Callable[[], object], goal: float, rounds: int = 5) -> None:
    """Print the median of ours/theirs in CPU seconds over the rounds, A B A B …"""
    ours(), theirs()
    found = []
    for _ in range(rounds):
        a = cpu(ours)
        b = cpu(theirs)
        found.append(a / b)
    print(f"{name:60} {statistics.median(found):6.2f}  ({min(found):.2f}-{max(found):.2f}), goal <= {goal}")


def cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
