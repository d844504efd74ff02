"""One mention of a document as the text prints it."""

import bisect
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.document import Provision, Span


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention as printed; spans count in the text that was parsed."""

    start: int
    end: int
    core: Span
    """From the type word (or "số") to the end, without provisions."""
    text: str
    kind: str | None
    number: str | None
    symbol: str | None
    date: str | None
    issuer: str | None
    provisions: tuple[Provision, ...] = ()
    shape: str = ""
    title: str | None = None
    year: str | None = None
    term: int | None = None
    plenum: int | None = None
    bodies: tuple[str, ...] = ()
    normal: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    typed: bool = False
    """A type word stands before the number."""
    numbered: bool = False
    """"số" stands before the number."""
    known: bool = False
    symbol_kinds: tuple[str, ...] = ()
    alias_of: int | None = None
    """Where the core of the mention starts that this one was said to stand for."""


def covered(found: list[Mention]) -> Callable[[int, int], bool]:
    """A test whether a stretch lies inside one of the mentions."""
    order = sorted(m.core for m in found)
    starts = [start for start, _ in order]
    reach = list(itertools.accumulate((end for _, end in order), max))

    def inside(start: int, end: int) -> bool:
        index = bisect.bisect_right(starts, start) - 1
        return index >= 0 and reach[index] >= end

    return inside
