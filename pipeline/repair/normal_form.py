"""Unicode normal form C: the last rule of every line; it changes how letters are written, never which."""

import unicodedata

import regex

from pipeline.document import Cause, RepairMethod
from pipeline.repair.ledger import Edit

_CLUSTER = regex.compile(r"\X")


def edits(text: str) -> list[Edit]:
    r"""One edit for each letter that is not in normal form C; letters without a composed form are left alone.

    >>> [(e.start, e.end, e.after) for e in edits("hoa\u0300 bình")]
    [(2, 4, 'à')]
    """
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return []
    found = []
    for match in _CLUSTER.finditer(text):
        letter = match.group()
        composed = unicodedata.normalize("NFC", letter)
        if composed != letter:
            found.append(Edit(match.start(), match.end(), composed, Cause.DECOMPOSED, RepairMethod.NORMALISATION, 1.0))
    return found
