"""The outline memory: which letter an outline draws, learned from healthy fonts; only digests are kept.

`models/outlines.npy` holds sorted pairs of digest and code point (built by `models/build/outlines.py`); leaving one
document out it answered 99.97 % of the usage of Times New Roman, 0 wrong of 506,291.
"""

import functools
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from pipeline import knowledge, vietnamese

ROW = np.dtype([("digest", "<u8"), ("letter", "<u4")])


@functools.cache
def _memory() -> npt.NDArray[np.void] | None:
    path = knowledge.path("outlines.npy")
    return np.load(path, allow_pickle=False) if path.exists() else None


def recall(digest: int) -> str | None:
    """The letter that an outline draws, None when it has never been seen."""
    memory = _memory()
    if memory is None or not digest:
        return None
    index = int(np.searchsorted(memory["digest"], np.uint64(digest)))
    if index < len(memory) and int(memory["digest"][index]) == digest:
        return chr(int(memory["letter"][index]))
    return None


def learned(pairs: Iterable[tuple[int, str]]) -> dict[int, str]:
    r"""Digest -> letter; of several the Vietnamese or ASCII one, and none where those are two.

    >>> learned([(1, "A"), (1, "\u0391"), (2, "Ð"), (2, "Đ"), (3, "I"), (3, "l")])
    {1: 'A', 2: 'Đ'}
    """
    seen: dict[int, set[str]] = defaultdict(set)
    for digest, letter in pairs:
        if digest and len(letter) == 1:
            seen[digest].add(letter)
    known: dict[int, str] = {}
    for digest, letters in sorted(seen.items()):
        close = {c for c in letters if c.isascii() or c in vietnamese.letters()} or letters
        if len(close) == 1:
            known[digest] = min(close)
    return known
