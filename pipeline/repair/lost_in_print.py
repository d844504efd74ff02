"""Letters that the page itself shows as "?" or a box (dompdf with base-14 fonts): nothing in the file knows them.

They become holes; only the language model or a person may propose what stood there.
"""

from collections.abc import Iterable

import regex

from pipeline.document import Cause, RepairMethod
from pipeline.repair.ledger import HOLE, Edit

_SIGN = r"[?\u25a0\u25a1]"
_LOST = regex.compile(rf"(?<=\p{{L}}){_SIGN}|{_SIGN}(?=\p{{L}})|(?<={_SIGN}){_SIGN}(?=[?\p{{L}}])")
_INSIDE = regex.compile(r"\p{L}[?\u25a0\u25a1]+\p{L}")
_WORDS = regex.compile(r"\p{L}+")
_SHARE = 0.05


def is_damaged(lines: Iterable[str]) -> bool:
    """Whether at least one word in twenty has such a sign inside; real questions stand at the end of a word.

    >>> is_damaged(["C? v?n h?c t?p"]), is_damaged(["Ai? Cái gì? Ở đâu?"])
    (True, False)
    """
    inside = words = 0
    for line in lines:
        words += len(_WORDS.findall(line))
        if "?" in line or "\u25a0" in line or "\u25a1" in line:
            inside += len(_INSIDE.findall(line))
    return inside > _SHARE * words


def edits(text: str) -> list[Edit]:
    """A hole for every such sign next to a letter.

    >>> [(e.start, e.after) for e in edits("h?c là gì ?")]
    [(1, '\ufffd')]
    """
    return [Edit(m.start(), m.end(), HOLE, Cause.LOST_LETTER, RepairMethod.LAYOUT, 0.0) for m in _LOST.finditer(text)]
