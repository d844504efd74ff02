"""Letters that look nearly right: ƣ for ư (Word 2007-2010), ð for đ, and letters that only one font shows wrongly.

The known ones lie in `models/lookalikes.csv`; a letter is changed in the fonts where its words are impossible as they
stand and possible afterwards. An unknown one (Ghostscript's ß for ệ) needs four different words that only one letter
makes possible.
"""

import functools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import regex

from pipeline import knowledge, vietnamese
from pipeline.document import Cause, RepairMethod
from pipeline.repair.ledger import Edit, LineState
from pipeline.repair.words import possible

_WORD = regex.compile(r"[\p{L}\p{M}]+")
_STRANGE = regex.compile(r"[^\x00-\x7f\p{M}\P{L}]")
Key = tuple[str | None, str]
Found = Mapping[Key, tuple[str, RepairMethod, float]]


@functools.cache
def known() -> Mapping[str, tuple[str, bool]]:
    """Look-alike -> (letter, whether it never stands in a Vietnamese text)."""
    return {r["shown"]: (r["letter"], r["always"] == "yes") for r in knowledge.rows("lookalikes.csv")}


def _is_strange(letter: str) -> bool:
    return letter not in vietnamese.letters() and not letter.isascii()


def find(states: Sequence[LineState]) -> dict[Key, tuple[str, RepairMethod, float]]:
    """(font, letter shown) -> letter meant; empty for a text whose letters are all Vietnamese or ASCII."""
    words: dict[Key, Counter[str]] = defaultdict(Counter)
    for state in states:
        text = state.text
        if text.isascii() or not any(_is_strange(m.group()) for m in _STRANGE.finditer(text)):
            continue
        fonts = state.fonts()
        for match in _WORD.finditer(text):
            for offset, letter in enumerate(match.group()):
                if _is_strange(letter) and letter.isalpha():
                    words[fonts[match.start() + offset], letter][match.group()] += 1
    found: dict[Key, tuple[str, RepairMethod, float]] = {}
    for key, counter in sorted(words.items(), key=str):
        letter, always = known().get(key[1], ("", False))
        if letter and (always or len(counter) > 2) and _fits(key[1], letter, counter) >= 0.8:
            found[key] = letter, RepairMethod.CODE_TABLE, 0.99
        elif not letter and (guess := _only_letter(key[1], counter)):
            found[key] = guess, RepairMethod.LANGUAGE_MODEL, 0.95
    proven = _changed(states) | {shown for _, shown in found if known().get(shown, ("", False))[1]}
    for key in words:
        if key not in found and key[1] in proven:
            found[key] = known()[key[1]][0], RepairMethod.CODE_TABLE, 0.97
    return found


def _changed(states: Sequence[LineState]) -> set[str]:
    """The look-alikes that the fonts' own evidence has changed elsewhere in the document."""
    found = set()
    for state in states:
        for atom in state.atoms or ():
            raw = state.line.text[atom.start : atom.end]
            if atom.cause is Cause.WRONG_CHARACTER_MAP and raw in known() and known()[raw][0] == atom.text:
                found.add(raw)
    return found | {raw.swapcase() for raw in found if raw.swapcase() in known()}


def _all_known(word: str) -> str:
    return "".join(known().get(c, (c, False))[0] for c in word)


def _fits(shown: str, letter: str, counter: Counter[str]) -> float:
    """The share of the words that are possible with the letter and were not before; abbreviations say nothing."""
    good = total = 0
    for word, count in counter.items():
        if len(word) < 2 or (word.isupper() and len(word) < 4):
            continue
        total += count
        good += count * possible(_all_known(word.replace(shown, letter)))
    return good / total if total else 0.0


def _only_letter(shown: str, counter: Counter[str]) -> str | None:
    words = Counter({w: n for w, n in counter.items() if len(w) > 1})
    if len(words) < 4:
        return None
    ranked = sorted(
        ((_fits(shown, c, words), c) for c in vietnamese.letters() if c.isupper() == shown.isupper()),
        key=lambda pair: (-pair[0], pair[1]),
    )
    (best, letter), (second, _) = ranked[:2]
    return letter if best >= 0.9 and second < best - 0.3 else None


def edits(state: LineState, found: Found) -> list[Edit]:
    """The edits of one line."""
    text = state.text
    if text.isascii():
        return []
    fonts = state.fonts()
    made = []
    for match in _STRANGE.finditer(text):
        answer = found.get((fonts[match.start()], match.group()))
        if answer:
            letter, method, confidence = answer
            made.append(Edit(match.start(), match.end(), letter, Cause.WRONG_CHARACTER_MAP, method, confidence))
    return made
