"""Which of the readings against a PDF's own map are taken: those that make its words possible."""

from collections import Counter
from collections.abc import Iterator, Mapping

from pipeline.repair import words
from pipeline.repair.font_case import Case, unfounded
from pipeline.repair.reading import EXACT, Reading
from pipeline.repair.words import possible

_FEW_LETTERS = 20
"""A font with fewer letters in words of its own shows single letters inside the words of others."""
_TWICE = 0.995


def accepted(case: Case, sure: Mapping[int, str]) -> dict[int, Reading]:
    """The readings against the PDF's own map that make its words possible; none for a font that reads well.

    Where the map says nothing and the letter shown is a reader's guess, an exact source is always taken.
    """
    usage, proposed = case.usage, case.other
    if not proposed:
        return {}
    founded = {c: r for c, r in proposed.items() if r.method not in EXACT or not unfounded(case.font, c)}
    taken = {code: reading for code, reading in proposed.items() if code not in founded}
    if not founded:
        return taken
    if sum(len(word) * n for word, _, n in usage.words() if len(word) > 1) < _FEW_LETTERS:
        return {**taken, **_against_the_map(case, founded)}
    sure = {**sure, **{code: reading.letter for code, reading in taken.items()}}
    letters = {code: reading.letter for code, reading in founded.items()}
    unknown = {code for code, reading in case.blank.items() if reading is None}

    def whole(read: Mapping[int, str]) -> Iterator[tuple[str, tuple[int, ...], int]]:
        return ((w, codes, n) for w, codes, n in usage.words(read) if not unknown.intersection(codes))

    before, after = (
        words.share(((w, n) for w, _, n in whole(read)), least=1) or 0.0 for read in (sure, {**sure, **letters})
    )
    if before < 0.7 or sum(n for (c, _), n in usage.shown.items() if c in founded) > sum(usage.shown.values()) / 2:
        return {**taken, **(founded if after > before + 0.15 and after > 0.7 else {})}
    good: Counter[int] = Counter()
    better: Counter[int] = Counter()
    total: Counter[int] = Counter()
    for tally, read in ((good, sure), (better, {**sure, **letters})):
        for word, codes, count in whole(read):
            for code in set(codes) & letters.keys() if len(word) > 1 else ():
                tally[code] += count * possible(word)
                if tally is better:
                    total[code] += count
    kept = {
        code: reading
        for code, reading in founded.items()
        if total[code] and better[code] - good[code] > 0.5 * total[code] and better[code] > 0.8 * total[code]
    }
    if len(kept) + len(sure) > 2:
        kept |= {
            code: reading
            for code, reading in founded.items()
            if reading.confidence > 0.995 and better[code] >= good[code] and better[code] >= 0.5 * total[code]
        }
    return {**taken, **kept}


def _against_the_map(case: Case, proposed: Mapping[int, Reading]) -> dict[int, Reading]:
    """The exact readings where they contradict the map for nearly every code, three of program and outline or eight."""
    exact = {code: reading for code, reading in proposed.items() if reading.method in EXACT}
    agreed = sum(case.drawn.get(code) == shown for code, shown in case.usage.shown if code not in proposed)
    twice = sum(reading.confidence > _TWICE for reading in exact.values())
    return exact if (twice >= 3 or len(exact) >= 8) and len(exact) > 3 * agreed else {}
