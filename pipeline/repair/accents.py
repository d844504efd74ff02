"""Restore the marks of fully stripped Vietnamese text. For measuring and scoring; never applied by itself."""

import functools
import math
from typing import Final

from pipeline import vietnamese
from pipeline.repair import language

_BEAM: Final = 8
_MARGIN: Final = 9.0
_NOT_A_SYLLABLE: Final = -1.0
"""What reading a stripped word as a word without marks costs when it is no syllable."""


@functools.cache
def _readings() -> dict[str, tuple[tuple[str, int], ...]]:
    """Stripped syllable -> the words that it may be, with their ids."""
    table: dict[str, list[tuple[str, int]]] = {}
    for word, number in language.model().words():
        if vietnamese.is_syllable(word) or vietnamese.strip_marks(word) == word:
            table.setdefault(vietnamese.strip_marks(word), []).append((word, number))
    return {bare: tuple(sorted(found)) for bare, found in table.items()}


def restore(text: str) -> str:
    """The text with marks put on its syllables; its length, case and all else stay.

    >>> restore("Uy ban nhan dan tinh ban hanh ke hoach")
    'Ủy ban nhân dân tỉnh ban hành kế hoạch'
    """
    model, readings = language.model(), _readings()
    beam: dict[int, tuple[float, int]] = {language.BOUNDARY: (0.0, -1)}
    chain: list[tuple[int, str]] = []
    spans = []
    for match in language.token_pattern().finditer(text):
        piece = match.group()
        choices: tuple[tuple[str, int], ...]
        if piece[0].isalpha():
            low = piece.lower()
            choices = readings.get(low, ((low, language.UNKNOWN),))
            spans.append((match.start(), match.end()))
        else:
            choices = (("", model.token(piece)),)
        following: dict[int, tuple[float, int]] = {}
        for context, (score, back) in beam.items():
            for word, number in choices:
                total = score + model.score(context, number)
                after = model.follow(context, number)
                if after not in following or total > following[after][0]:
                    following[after] = (total, len(chain) if word else back)
                    if word:
                        chain.append((back, word))
        best = sorted(following.items(), key=lambda item: -item[1][0])[:_BEAM]
        beam = {c: (s, b) for c, (s, b) in best if s >= best[0][1][0] - _MARGIN}
    back = max(beam.values())[1] if beam else -1
    letters = list(text)
    for start, end in reversed(spans):
        back, word = chain[back]
        letters[start:end] = [w.upper() if old.isupper() else w for w, old in zip(word, text[start:end], strict=True)]
    return "".join(letters)


def score(text: str) -> float:
    """The mean log probability of a text's syllables under the model; -inf without any."""
    model, context, total, number_of = language.model(), language.BOUNDARY, 0.0, 0
    for match in language.token_pattern().finditer(text):
        number = model.token(match.group())
        total += model.score(context, number)
        context = model.follow(context, number)
        number_of += 1
    return total / number_of if number_of else -math.inf
