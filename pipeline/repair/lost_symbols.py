"""Abbreviations, document numbers and roman numerals that lost letters: never composed by the language model.

They are completed from an intact copy in the same text, from the tables of known ones, or from those that the training
text held in capitals; every other gap in one is a hole.
"""

import functools
import math
from typing import Final

import regex

from pipeline import knowledge, vietnamese
from pipeline.repair import language
from pipeline.repair.lost_forms import Mode, shown
from pipeline.repair.lost_lattice import Symbols
from pipeline.repair.lost_places import ALL_CAPITALS, Places
from pipeline.vietnamese import to_roman

_SYMBOL: Final = regex.compile(
    r"(?<![\p{L}\d&/-])[\p{Lu}\d]*(?:[&/-]?\p{Lu}[\p{Lu}\d]*(?:\p{Ll}(?=[-/&\s]))?)+(?![\p{L}\d])"
)
_JOINT_BEFORE: Final = regex.compile(r"[\p{Lu}\d][/&-]$")
_JOINT_AFTER: Final = regex.compile(r"[/&-][\p{Lu}\d]")
_SIGNING: Final = ("KT", "TM", "TL", "TUQ")
"""Before a signature, at the start of a line: in whose name or place one signs."""
_SIGNED: Final = 5.0
_OWN: Final = -1.0
_KNOWN: Final = -3.0
_MET: Final = -3.0
"""Log costs: of a signing, a symbol seen intact in the text, one from the tables, one met in the training text."""
_MET_IN_CAPITALS: Final = 0.8
_LONGEST: Final = 14
_TABLES: Final = (("doc_types.csv", ("abbr", "abbr_variants")), ("issuing_bodies.csv", ("abbr", "variants")))
_CAPITALS: Final = r"(?<!\p{L})\p{Lu}+"
_INNER: Final = regex.compile(
    r"(?<=\d/) +(?=[\p{Lu}&/-])|(?<=[\p{Lu}\d][/&-]) +(?=\p{Lu}*[&/-])|(?<=\p{Lu}) +(?=[&/-]\p{Lu})"
    r"|(?<=\d/\p{Lu}+) +(?=\p{Lu}+(?!\p{L}))"
)
_BEFORE_SIGN: Final = regex.compile(r"(?<=(-?)(?<!\p{L})(\p{L}+)) +(?=[.,;:)\]”])")
_BETWEEN: Final = regex.compile(rf"(?<=({_CAPITALS})) (?=(\p{{Lu}}+)(?![\p{{L}}/]))")
_DOUBLE: Final = regex.compile(r"(?<=(?<!\p{L})(\p{L}+)) (?= +[^ \n])|(?<=[^ \n] ) +(?=(\p{L}+))")
_ANY_DOUBLE: Final = regex.compile(r"(?<=\S) {2,}(?=\S)")
_AT_END: Final = regex.compile(r"(?m)(?<=(?<!\p{L})(\p{L}+)) (?= *$)")
_ANY_END: Final = regex.compile(r"(?m)(?<=\S) +$")
_NUMBERED: Final = regex.compile(
    r"(?m)(?<=\b(?i:chương|phần|mục|khóa|khoá|quý|hạng|phụ lục|thứ) ) +(?= \S| ?$|[IVXLC]+\b)"
)
_LABEL: Final = regex.compile(r"(?m)^[ IVXLC]+(?=\. *\p{L})")
_ROMAN: Final = "IVXLC"
_OF_SYMBOLS: Final = frozenset("BCDĐHIKLMNPQTUVX")
_REAL: Final = 0.01
"""With so many a word of unexplained spaces elsewhere, a second space or one at the end of a line says nothing."""
_SHORT: Final = 2
_LIKELY: Final = 0.8
_UNLIKELY: Final = 0.3
"""What the candidates of a gap come to together: of symbols that fit, of any lost capital."""
_MOST: Final = 5

Candidates = tuple[tuple[str, float], ...]
"""Letters that may have stood at a gap, and how likely each."""
Gaps = dict[tuple[int, int], Candidates]


@functools.cache
def known() -> frozenset[str]:
    """Abbreviations of document types and issuing bodies."""
    names: set[str] = set()
    for table, columns in _TABLES:
        for row in knowledge.rows(table):
            for column in columns:
                names.update(part.strip() for part in (row[column] or "").split(";"))
    return frozenset(name for name in names if 2 <= len(name) <= _LONGEST and name[:1].isupper())


@functools.cache
def met() -> frozenset[str]:
    """Abbreviations of the training text: no syllables, and in capitals nearly wherever they stand."""
    model = language.model()
    return frozenset(
        word.upper()
        for word, number in model.words()
        if 2 < len(word) <= _LONGEST
        and model.upper_share(number) >= _MET_IN_CAPITALS
        and not vietnamese.is_syllable(word)
    )


def complete(text: str, lost: frozenset[str], mode: Mode) -> Symbols:
    """Where symbols seen intact elsewhere in the text, or known, may stand with letters lost."""
    capitals = _capitals(text, lost)
    found: Symbols = {}
    if "đ" in lost:
        gone = shown("đ", lost, mode)
        for match in regex.finditer(rf"(?<=[\s(]){gone}(?=/c\b)", text):
            found.setdefault(match.start(), []).append((match.end(), "đ", _SIGNED))
    if not capitals:
        return found
    for sign in _SIGNING:
        form = regex.escape(shown(sign, capitals, mode))
        if form != sign:
            for match in regex.finditer(rf"(?m)^ *\K{form}(?=\. *(?:\p{{Lu}}|$))", text):
                found.setdefault(match.start(), []).append((match.end(), sign, _SIGNED))
    own = {m.group() for m in _SYMBOL.finditer(text) if sum(c.isupper() for c in m.group()) >= 2}
    tables = known() - own
    for symbols, cost in ((own, _OWN), (tables, _KNOWN), (met() - tables - own, _MET)):
        for symbol in sorted(symbols):
            if capitals.isdisjoint(symbol) or len(symbol) > _LONGEST:
                continue
            form = shown(symbol, capitals, mode)
            visible = sum(c.isupper() for c in form)
            place = text.find(form) if visible else -1
            while place >= 0:
                end = place + len(form)
                if _fits(text, place, end, visible, mode):
                    found.setdefault(place, []).append((end, symbol, cost))
                place = text.find(form, place + 1)
    return found


def _capitals(text: str, lost: frozenset[str]) -> frozenset[str]:
    """The lost capitals; where any is lost, those of symbols that never occur may be lost too."""
    capitals = frozenset(c for c in lost if c.isupper())
    return capitals | _OF_SYMBOLS.difference(text) if capitals else capitals


def _fits(text: str, start: int, end: int, visible: int, mode: Mode) -> bool:
    shared = mode is Mode.COLLAPSED
    if (start and text[start - 1].isalpha() and not (shared and text[start] == " ")) or (
        text[end : end + 1].isalpha() and not (shared and text[end - 1] == " ")
    ):
        return False
    return visible >= 2 or bool(_JOINT_BEFORE.search(text, max(0, start - 2), start) or _JOINT_AFTER.match(text, end))


def gaps(places: Places, lost: frozenset[str], mode: Mode, taken: set[int]) -> Gaps:
    """Spaces in and beside abbreviations, numbers of documents and numerals that most likely hide lost capitals.

    Inside a number; between capitals that are no words; before a sign, a second space in a row, or one at the end of
    a line, beside what is no syllable; where a numeral is due. Lines all in capitals are left to the decoder.
    """
    text = places.text
    capitals = _capitals(text, lost)
    if not capitals:
        return {}
    spots = {match.span() for match in _INNER.finditer(text)}
    spots.update(m.span() for m in _BEFORE_SIGN.finditer(text) if _is_piece(m[2]) and not m[1])
    spots.update(match.span() for match in _BETWEEN.finditer(text) if _is_odd(match[1], match[2]))
    if mode is not Mode.COLLAPSED:
        spots.update(_superfluous(text, taken, _DOUBLE, _ANY_DOUBLE) | _superfluous(text, taken, _AT_END, _ANY_END))
    spots = {(start, end) for start, end in spots if places.around(start)[0] != ALL_CAPITALS}
    found = {span: _candidates(text, *span, capitals, mode) for span in spots}
    roman = capitals.intersection(_ROMAN)
    if roman and mode is Mode.LETTER:
        found |= {m.span(): _candidates(text, *m.span(), roman, mode) for m in _NUMBERED.finditer(text)}
        found |= _labels(text, roman)
    kept: Gaps = {}
    last = -1
    for (start, end), candidates in sorted(found.items()):
        if taken.isdisjoint(range(start, end)) and last < start:
            kept[start, end] = candidates
            last = end
    return kept


def _superfluous(
    text: str, taken: set[int], wanted: regex.Pattern[str], every: regex.Pattern[str]
) -> set[tuple[int, int]]:
    """Spaces beside pieces of words that are one too many; none where such spaces stand beside whole words as well.

    What a restored letter joins is no piece.
    """
    beside = {}
    for match in wanted.finditer(text):
        whole = (match.span(i) for i in range(1, 1 + len(match.groups())) if match[i])
        if any(_is_piece(text[a:b]) and a - 1 not in taken and b not in taken for a, b in whole):
            beside[match.start()] = match.end()
    found, unexplained = set(), 0
    for run in every.finditer(text):
        if taken.isdisjoint(range(*run.span())):
            start = next((place for place in range(*run.span()) if place in beside), None)
            if start is None:
                unexplained += 1
            else:
                found.add((start, beside[start]))
    return found if unexplained <= _REAL * (text.count(" ") + 1) else set()


def _is_piece(word: str) -> bool:
    """Whether a word is no syllable, or a capital by itself: perhaps a piece of something longer."""
    return word.isupper() if len(word) == 1 else not vietnamese.is_syllable(word)


def _is_odd(left: str, right: str) -> bool:
    """Whether two runs of capitals are rather one that lost a letter: one is a single letter, or unknown and short."""
    if not (_is_piece(left) and _is_piece(right)) or not known().isdisjoint((left, right)):
        return False
    if min(len(left), len(right)) == 1:
        return len(left) != len(right)
    model = language.model()
    return min(len(left), len(right)) == _SHORT and language.UNKNOWN in (model.token(left), model.token(right))


def _candidates(text: str, start: int, end: int, capitals: frozenset[str], mode: Mode) -> Candidates:
    """Letters for a gap: those of known symbols that show so, by how common these are, or else the lost capitals."""
    left, right = start, end
    while left and text[left - 1].isupper():
        left -= 1
    while right < len(text) and text[right].isupper():
        right += 1
    model, rates = language.model(), language.letter_rates()
    weights: dict[str, float] = {}
    for symbol in known() | met():
        if len(symbol) >= right - left and shown(symbol, capitals, mode) == text[left:right]:
            letters = symbol[start - left : len(symbol) - (right - end)]
            weights[letters] = weights.get(letters, 0.0) + math.exp(model.unigram(model.id(symbol.lower())))
    sure = _LIKELY if weights else _UNLIKELY
    if not weights:
        weights = {c: rates.get(c, 0.0) for c in capitals if len(shown(c, capitals, mode)) == end - start}
    return _ranked(weights, sure)


def _labels(text: str, lost: frozenset[str]) -> Gaps:
    """Labels of parts whose roman numeral lost letters: " ." for "X.", "I ." for "IX.", " II." after "XI."."""
    found: Gaps = {}
    number = 0
    for match in _LABEL.finditer(text):
        label = match.group()
        number += 1
        if label.strip() != to_roman(number):
            likely = [number] if number > 1 and label.endswith(shown(to_roman(number), lost, Mode.LETTER)) else []
            fitting = likely or [n for n in _values().values() if shown(to_roman(n), lost, Mode.LETTER) == label]
            known = _values().get(label.strip())
            if fitting and (likely or known is None):
                form = shown(to_roman(fitting[0]), lost, Mode.LETTER)
                for gap in regex.finditer(" +", form):
                    at = match.end() - len(form) + gap.start()
                    found[at, at + len(gap.group())] = _ranked({_lost(n, form): 1.0 for n in fitting}, _LIKELY)
                number = fitting[0] if len(fitting) == 1 else 0
            else:
                number = known or 0
    return found


def _lost(number: int, form: str) -> str:
    """The letters of a numeral that a form lacks."""
    return "".join(a for a, b in zip(to_roman(number), form, strict=True) if b == " ")


def _ranked(weights: dict[str, float], sure: float) -> Candidates:
    total = sum(weights.values()) or 1.0
    ranked = sorted(((c, round(sure * w / total, 4)) for c, w in weights.items()), key=lambda o: (-o[1], o[0]))
    return tuple(ranked[:_MOST])


@functools.cache
def _values() -> dict[str, int]:
    return {to_roman(number): number for number in range(1, 90)}
