"""Words that OCR read wrongly: what it confuses, weighed by the language model and by its own confidence."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import regex

from pipeline import vietnamese
from pipeline.document import Cause, RepairMethod, Span
from pipeline.repair import language
from pipeline.repair.ledger import Edit
from pipeline.repair.ocr_confusions import STROKES, Reading, readings

LEAST: Final = 0.9
"""A change less certain than this, or than `hole_below`, is left undone (never a hole)."""
LEAST_NAME: Final = 0.9999
"""What the probability of a change of a probable name must be, before calibration."""
_SUREST: Final = 0.995
_SCALE: Final = 1.0
"""Weight of the language model against the confusions."""
_BEAM: Final = 12
_REACH: Final = 1e-5
_UNKNOWN: Final = -2.0
"""Weight of a word that the model does not know, for itself and for each letter below."""
_UNKNOWN_LETTER: Final = -0.6
_USUAL: Final = 0.045
"""The share of words read wrongly on the pages that the confusions were learned from."""
_TRUST: Final = 40.0
"""So many words with the usual share of errors are assumed beside those of the document."""
_ABBREVIATION: Final = 4


class Token(NamedTuple):
    """A piece of the text that the model counts; ``place`` is its line and span for a word that may be changed."""

    options: tuple[Reading, ...]
    place: tuple[int, int, int] | None = None
    shift: float = 0.0
    """Log odds added to the word as it was read, from the engine's confidence."""
    name: bool = False


class Verdict(NamedTuple):
    """The probability of the word as it was read, the place of the likeliest option, and its probability."""

    read: float
    best: int
    share: float


_ONLY: Final = Verdict(1.0, 0, 1.0)


@dataclass(frozen=True, slots=True)
class OcrLine:
    """The present text of a line, with the engine's confidence in stretches of it."""

    text: str
    words: tuple[tuple[Span, float], ...] = ()


@functools.cache
def _symbols() -> regex.Pattern[str]:
    return regex.compile(r"[\w/&@_.\-–]")


@functools.cache
def _start() -> regex.Pattern[str]:
    return regex.compile(r"(?:^|[.;:!?…“\"(\-–+)])\s*$")


def edits(lines: Sequence[OcrLine], least: float = LEAST) -> list[list[Edit]]:
    """The changes of each line of a document, sorted; most have none.

    >>> [e.after for e in edits([OcrLine("quy định của pháp luật về thuê thu nhập doanh nghiệp")])[0]]
    ['thuế']
    """
    sentences = _sentences(lines)
    noise = 0.0
    found = [_judged(s, noise) for s in sentences]
    words = sum(t.place is not None for s in sentences for t in s)
    wrong = sum(
        1.0 - verdict.read
        for s, verdicts in zip(sentences, found, strict=True)
        for t, verdict in zip(s, verdicts, strict=True)
        if t.place is not None
    )
    noise = math.log((wrong + _USUAL * _TRUST) / (_USUAL * (words + _TRUST)))
    if words and abs(noise) > 0.2:
        found = [_judged(s, noise) for s in sentences]
    out: list[list[Edit]] = [[] for _ in lines]
    for sentence, verdicts in zip(sentences, found, strict=True):
        for token, (_, best, share) in zip(sentence, verdicts, strict=True):
            if token.place is None or not best:
                continue
            sure = _sure(share)
            if sure >= max(LEAST, least) and (not token.name or share >= LEAST_NAME):
                index, start, end = token.place
                after = _cased(token.options[best].word, lines[index].text[start:end])
                if after == lines[index].text[start:end]:
                    continue
                out[index].append(Edit(start, end, after, Cause.OCR_MISREADING, RepairMethod.LANGUAGE_MODEL, sure))
    return out


def _sure(share: float) -> float:
    """The share of right changes among those with such a probability, as measured on a part of the pairs.

    >>> [round(_sure(p), 3) for p in (0.9, 0.99, 0.995, 0.9999)]
    [0.779, 0.96, 0.977, 0.995]
    """
    odds = math.log(share / max(1.0 - share, 1e-7))
    return min(_SUREST, 1.0 / (1.0 + math.exp(0.5 - 0.8 * odds)))


def _cased(word: str, like: str) -> str:
    """The word in the case of the one read; a stroke read as I before it says nothing of case."""
    if len(word) < len(like) and like[0] in STROKES:
        like = like[1:]
    if len(like) > 1 and like.isupper():
        return word.upper()
    return word[0].upper() + word[1:] if like[0].isupper() else word


def _sentences(lines: Sequence[OcrLine]) -> list[list[Token]]:
    """The tokens of all lines, cut after each end of a sentence."""
    model = language.model()
    out: list[list[Token]] = [[]]
    for index, line in enumerate(lines):
        text = line.text
        if not text[:1].islower() and out[-1]:
            out.append([])
        capitals = text.isupper() and text.count(" ") >= 2
        for match in language.token_pattern().finditer(text):
            piece = match.group()
            if not piece[0].isalpha():
                number = model.token(piece)
                out[-1].append(Token((Reading(piece, number, 0.0),)))
                if number == language.BOUNDARY:
                    out.append([])
                continue
            start, end = match.span()
            low = vietnamese.nfc(piece).lower()
            if not _may_change(text, start, end, capitals):
                out[-1].append(Token((Reading(low, model.id(low), 0.0),)))
                continue
            stroke = piece[0] in STROKES and not vietnamese.is_syllable(low)
            name = piece[0].isupper() and not (capitals or stroke or _start().search(text[max(0, start - 4) : start]))
            out[-1].append(Token(readings(low), (index, start, end), _shift(line, start, end), name))
    return [_native(s) for s in out if s]


def _may_change(text: str, start: int, end: int, capitals: bool) -> bool:
    """Whether a word is no label, no part of a number, symbol or address, no abbreviation and no mixture of cases."""
    word = text[start:end]
    if end - start < 2 or end - start > 8:
        return False
    if start and _symbols().match(text[start - 1]):
        return False
    if end < len(text) and _symbols().match(text[end]) and (text[end] != "." or text[end + 1 : end + 2].isalnum()):
        return False
    if word.isupper():
        return capitals or end - start > _ABBREVIATION
    return word[1:].islower()


def _native(sentence: list[Token]) -> list[Token]:
    """The sentence with the words beside a foreign word, if they have no marks, kept as they are."""
    foreign = [
        len(t.options) == 1 and t.place is not None and not vietnamese.is_syllable(t.options[0].word) for t in sentence
    ]
    if not any(foreign):
        return sentence
    return [
        Token(t.options[:1], t.place)
        if any(foreign[max(0, i - 1) : i + 2]) and vietnamese.strip_marks(t.options[0].word) == t.options[0].word
        else t
        for i, t in enumerate(sentence)
    ]


def _shift(line: OcrLine, start: int, end: int) -> float:
    confidences = [c for (a, b), c in line.words if a < end and start < b]
    return max(-1.5, min(1.5, (min(confidences) - 0.9) * 10)) if confidences else 0.0


def _judged(sentence: Sequence[Token], noise: float) -> list[Verdict]:
    """What `_weighed` says of each token, in short: a long document has millions of options."""
    verdicts = []
    for shares in _weighed(sentence, noise):
        best = max(range(len(shares)), key=shares.__getitem__)
        verdicts.append(Verdict(shares[0], best, shares[best]) if len(shares) > 1 else _ONLY)
    return verdicts


def _weighed(sentence: Sequence[Token], noise: float) -> list[list[float]]:
    """For each token the probability of each of its options, given the whole sentence."""
    if all(len(t.options) == 1 for t in sentence):
        return [[1.0]] * len(sentence)
    model = language.model()
    states: dict[int, float] = {language.BOUNDARY: 1.0}
    before: list[dict[int, float]] = []
    steps: list[list[tuple[int, int, int, float]]] = []
    for token in sentence:
        priced = [(i, r.number, _own(r, token) if i == 0 else r.cost + noise) for i, r in enumerate(token.options)]
        following: dict[int, float] = {}
        arcs = []
        for context, mass in states.items():
            for i, number, price in priced:
                weight = math.exp(_SCALE * model.score(context, number) + price)
                after = model.follow(context, number)
                arcs.append((context, i, after, weight))
                following[after] = following.get(after, 0.0) + mass * weight
        top = max(following.values())
        before.append(states)
        kept = sorted(following.items(), key=lambda item: -item[1])[:_BEAM]
        states = {c: m / top for c, m in kept if m > top * _REACH}
        steps.append([(a, i, b, w / top) for a, i, b, w in arcs if b in states])
    later = dict.fromkeys(states, 1.0)
    out: list[list[float]] = []
    for token, starts, arcs in zip(reversed(sentence), reversed(before), reversed(steps), strict=True):
        shares = [0.0] * len(token.options)
        earlier: dict[int, float] = {}
        for context, i, after, weight in arcs:
            mass = weight * later[after]
            earlier[context] = earlier.get(context, 0.0) + mass
            shares[i] += starts[context] * mass
        whole = sum(shares)
        out.append([s / whole for s in shares])
        later = {c: earlier.get(c, 0.0) for c in starts}
    return out[::-1]


def _own(reading: Reading, token: Token) -> float:
    price = reading.cost + token.shift
    if reading.number == language.UNKNOWN:
        price += _UNKNOWN + _UNKNOWN_LETTER * len(reading.word)
    return price
