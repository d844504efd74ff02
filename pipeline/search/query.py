"""Questions to the search index: words with or without marks, numbers in any writing, filters; hits with their place.

A question is asked twice: of whole documents and of passages. A document counts by both, and its best passage shows
where. A word typed with marks counts more where the text has the same marks; a word that stands in
no document is taken as mistyped; words with a hole are found by what is left of them.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import regex
import tantivy

from pipeline.document import Box, Span
from pipeline.errors import SettingsError
from pipeline.search import records
from pipeline.search.index import reader, schema
from pipeline.search.records import Token
from pipeline.vietnamese import fold

_QUOTED = regex.compile(r"[\"“”]([^\"“”]+)[\"“”]")
_PASSAGES = 60
"""Passages looked at in one go for the places of all documents of an answer."""
_PART = 1.0
"""What the best passage counts beside the whole document."""
_WORDS = 40
"""Words of a question that are looked at."""
_DIGITS = 2.0
"""Who types a number or a year means it: "ke hoach 143" is about 143, not about any plan."""
_APART = 0.3
"""What neighbours count that are not a word but could be one, as a share of what other neighbours count."""
_SNIPPET = 240
"""Characters of a snippet: three printed lines."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that answers, and its best passage.

    ``document`` is the path of the raw file, ``path`` the section's labels, outermost first; ``highlights`` are spans
    of ``snippet``; ``span`` is the snippet in the document's text; ``box`` (points) holds the first highlighted lines
    on ``page``, or None where the place is not known; ``score`` compares hits of one question only.
    """

    document: str
    id: str | None
    kind: str | None
    number: str | None
    title: str | None
    issuer: str | None
    date: str | None
    path: tuple[str, ...]
    heading: str | None
    snippet: str
    highlights: tuple[Span, ...]
    span: Span
    page: int | None
    box: Box | None
    score: float


def search(
    index: Path,
    text: str,
    *,
    kind: str | None = None,
    issuer: str | None = None,
    since: str | None = None,
    until: str | None = None,
    number: str | None = None,
    cites: str | None = None,
    limit: int = 10,
) -> list[Hit]:
    """The documents that answer best, one hit each, best first.

    Args:
        index: folder that `index.update` made.
        text: the question; "…" asks for these words in this order. Empty: all that the filters let through.
        kind: kind of document, marks and case free ("ke hoach").
        issuer: words that the issuer's name, or its superior's, must hold.
        since: first day, ISO, may be cut ("2023", "2023-04"). A document without a date is left out.
        until: last day, the same.
        number: the document's own number, in any writing.
        cites: number of a document that it must name, in any writing.
        limit: hits at most.

    Raises:
        SettingsError: there is no index in the folder, or a day is not in ISO form.
    """
    handle = reader(Path(index))
    searcher = handle.searcher()
    asked = list(records.tokens(_QUOTED.sub(lambda m: f" {m[1]} ", text)))[:_WORDS]
    shared, own = _shared(kind, issuer, since, until), _own(number, cites)
    if not asked and not shared and not own:
        return []
    words = _words(searcher, asked)
    folded = [token.folded for token in asked]
    numbers = [*records.asked_numbers(" ".join(folded)), *records.asked_kinds(folded)]
    named = _numbers(numbers)
    must = [_term("type", "document"), *shared, *own, *_phrases(text), *_enough(words[: len(asked)], named)]
    found = _documents(searcher, must, [*words, *named], limit + 5)
    parts = _Passages(searcher, words, numbers)
    if asked and not own:
        parts.look(shared)
        more = [path for path in parts.best if path not in found]
        found |= _documents(searcher, [*must, _keys(more)], [*words, *named], len(more)) if more else {}
    parts.complete(found)
    ranked = sorted(found, key=lambda path: (-_worth(found, parts.best, path), path))[:limit]
    return [
        _hit(found[path][1], _worth(found, parts.best, path), parts.best.get(path, (0.0, None))[1], asked, numbers)
        for path in ranked
    ]


_Scored = dict[str, tuple[float, dict[str, Any]]]
"""By path: a score and what the index keeps of a document or passage."""


def _worth(found: _Scored, best: _Scored, path: str) -> float:
    """How well a document answers as a whole and in its best passage, each as a share of the best there is."""
    whole = max(score for score, _ in found.values()) or 1.0
    part = max((best[p][0] for p in found if p in best), default=1.0) or 1.0
    return found[path][0] / whole + (_PART * best[path][0] / part if path in best else 0.0)


def _documents(
    searcher: tantivy.Searcher, must: Sequence[tantivy.Query], should: Sequence[tantivy.Query], limit: int
) -> _Scored:
    found = searcher.search(_all(must, should), limit, count=False).hits
    rows = [(score, json.loads(bytes(searcher.doc(address)["stored"][0]))) for score, address in found]
    return {row["path"]: (score, row) for score, row in rows}


def _keys(paths: Sequence[str]) -> tantivy.Query:
    return tantivy.Query.term_set_query(schema(), "key", list(paths))


def _term(field: str, value: str, boost: float = 1.0) -> tantivy.Query:
    query = tantivy.Query.term_query(schema(), field, value)
    return tantivy.Query.boost_query(query, boost) if boost != 1.0 else query


def _all(must: Sequence[tantivy.Query], should: Sequence[tantivy.Query]) -> tantivy.Query:
    """All of the first as a yes or no, and at least one of the second, which alone give the score."""
    parts = [(tantivy.Occur.Must, tantivy.Query.const_score_query(query, 0.0)) for query in must]
    if should:
        either = tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in should])
        parts.append((tantivy.Occur.Must, either))
    return tantivy.Query.boolean_query(parts)


def _enough(words: Sequence[tantivy.Query], named: Sequence[tantivy.Query]) -> list[tantivy.Query]:
    """At least half of the words must be there, unless a number is named."""
    if not words:
        return []
    half = tantivy.Query.boolean_query([(tantivy.Occur.Should, w) for w in words], (len(words) + 1) // 2)
    return [tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in (half, *named)])]


def _shared(kind: str | None, issuer: str | None, since: str | None, until: str | None) -> list[tantivy.Query]:
    """Filters that hold for a document and its passages."""
    found = [_term("kind", fold(kind.encode(errors="replace").decode()))] if kind else []
    found += [_term("issuer", token.folded) for token in records.tokens(issuer or "")]
    if days := _days(since):
        found.append(tantivy.Query.range_query(schema(), "last", tantivy.FieldType.Integer, lower_bound=days[0]))
    if days := _days(until):
        found.append(tantivy.Query.range_query(schema(), "first", tantivy.FieldType.Integer, upper_bound=days[1]))
    return found


def _days(asked: str | None) -> tuple[int, int] | None:
    days = records.date_range(asked)
    if asked and not days:
        raise SettingsError(f"{asked!r}: a day is asked for as 2023-04-19, 2023-04 or 2023")
    return days


def _own(number: str | None, cites: str | None) -> list[tantivy.Query]:
    """Filters that hold for a document only."""
    asked = (("own", number), ("cites", cites))
    return [_term(field, records.number_key(value)) for field, value in asked if value]


def _phrases(text: str) -> list[tantivy.Query]:
    """What is quoted must stand there, in order; with marks if it was typed with marks."""
    found = []
    for match in _QUOTED.finditer(text):
        parts = list(records.tokens(match[1]))
        marked = any(part.exact != part.folded for part in parts)
        keys: list[str | tuple[int, str]] = [part.exact if marked else part.folded for part in parts]
        if keys:
            field = "exact" if marked else "folded"
            single = len(keys) == 1
            found.append(_term(field, str(keys[0])) if single else tantivy.Query.phrase_query(schema(), field, keys))
    return found


def _words(searcher: tantivy.Searcher, asked: Sequence[Token]) -> list[tantivy.Query]:
    found = []
    for token in asked:
        known = searcher.doc_freq("folded", token.folded) or searcher.doc_freq("head", token.folded)
        options = [
            _term("folded", token.folded),
            _term("head", token.folded, 1.5),
            _term("candidates", token.folded, 0.5),
        ]
        if token.exact != token.folded:
            options += [_term("exact", token.exact, 1.6), _term("head", token.exact, 1.8)]
        lost = [p for p in records.damage_patterns(token.folded) if searcher.doc_freq("damaged", p)]
        options += [_term("damaged", pattern, 0.8) for pattern in lost]
        if not known:
            options += _guesses(searcher, token.folded)
        weight = _DIGITS if any(letter.isdigit() for letter in token.folded) else 1.0
        found.append(tantivy.Query.boost_query(tantivy.Query.disjunction_max_query(options, 0.3), weight))
    found += [_pair(searcher, left, right) for left, right in pairwise(asked)]
    for triple in zip(asked, asked[1:], asked[2:], strict=False):
        found.append(_term("words", "_".join(token.folded for token in triple), 0.8))
    return found


def _pair(searcher: tantivy.Searcher, left: Token, right: Token) -> tantivy.Query:
    """Two neighbours of the question: as one word of the text, as neighbours in it or in its head.

    Where they are a word somewhere, mere neighbours count little: "số tiền đề nghị" has no "tiền đề" in it.
    """
    folded: list[str | tuple[int, str]] = [left.folded, right.folded]
    word = "_".join(map(str, folded))
    apart = _APART if searcher.doc_freq("words", word) else 1.0
    options = [_term("words", word, 0.8)]
    marked: list[str | tuple[int, str]] = [left.exact, right.exact]
    if marked != folded:
        options.append(_term("words", "_".join(map(str, marked)), 1.0))
        options.append(tantivy.Query.boost_query(tantivy.Query.phrase_query(schema(), "exact", marked), 0.7 * apart))
    options.append(tantivy.Query.boost_query(tantivy.Query.phrase_query(schema(), "folded", folded), 0.5 * apart))
    options.append(tantivy.Query.boost_query(tantivy.Query.phrase_query(schema(), "head", folded), 0.8))
    return tantivy.Query.disjunction_max_query(options, 0.4)


def _guesses(searcher: tantivy.Searcher, folded: str) -> list[tantivy.Query]:
    """For a word that stands nowhere: words one letter away, what its keys type, the two words it may be run from."""
    found: list[tantivy.Query] = []
    meant = records.typed_keys(folded)
    if meant and searcher.doc_freq("folded", meant):
        found.append(_term("folded", meant, 0.9))
    if len(folded) >= 3 and folded.isalpha():
        near = tantivy.Query.fuzzy_term_query(schema(), "folded", folded, distance=1)
        found.append(tantivy.Query.boost_query(near, 0.6))
    cuts = [(folded[:i], folded[i:]) for i in range(2, len(folded) - 1)]
    for left, right in cuts:
        if searcher.doc_freq("folded", left) and searcher.doc_freq("folded", right):
            pair: list[str | tuple[int, str]] = [left, right]
            found.append(tantivy.Query.phrase_query(schema(), "folded", pair))
    return found


def _numbers(numbers: Sequence[str]) -> list[tantivy.Query]:
    """The document's own number counts most, then the beginning of it, then a mention."""
    found = []
    for field, weight in (("own", 30.0), ("own_head", 6.0), ("cites", 6.0), ("cites_head", 1.0)):
        for key in numbers:
            found.append(tantivy.Query.const_score_query(_term(field, key), weight))
    return found


class _Passages:
    """The best passage of each document, found in a few questions to the index."""

    def __init__(self, searcher: tantivy.Searcher, words: Sequence[tantivy.Query], numbers: Sequence[str]) -> None:
        mentions = [
            tantivy.Query.const_score_query(_term(field, key), weight)
            for key in numbers
            for field, weight in (("cites", 6.0), ("cites_head", 1.0))
        ]
        self._searcher, self._should = searcher, [*words, *mentions]
        self.best: _Scored = {}

    def look(self, must: Sequence[tantivy.Query], *, anything: bool = False) -> None:
        """Look through the passages that answer best (or through any) among those that must be."""
        question = _all([*must, _term("type", "passage")], [] if anything else self._should)
        for score, address in self._searcher.search(question, _PASSAGES, count=False).hits:
            stored = self._searcher.doc(address)
            if stored["path"][0] not in self.best:
                self.best[stored["path"][0]] = score, json.loads(bytes(stored["stored"][0]))

    def complete(self, paths: Iterable[str]) -> None:
        """Find a passage for each of these documents, the first one where none answers by itself."""
        for anything in (False, False, True):
            missing = [path for path in paths if path not in self.best]
            if missing:
                self.look([_keys(missing)], anything=anything)


def _hit(
    row: dict[str, Any], score: float, part: dict[str, Any] | None, asked: Sequence[Token], numbers: Sequence[str]
) -> Hit:
    who = {name: row.get(name) for name in ("id", "kind", "number", "title", "issuer", "date")}
    if part is None:
        return Hit(
            row["path"],
            **who,
            path=(),
            heading=None,
            snippet="",
            highlights=(),
            span=(0, 0),
            page=None,
            box=None,
            score=score,
        )
    text = part["text"]
    matched = _matched(text, asked, numbers)
    start, end = _window(text, matched)
    shown = [(a - start, b - start) for a, b in matched if start <= a and b <= end]
    snippet = "".join(" " if letter in "\n\t\r" else letter for letter in text[start:end])
    page, box = _place(part, shown[0][0] + start if shown else start)
    return Hit(
        row["path"],
        **who,
        path=tuple(part["path"]),
        heading=part["heading"],
        snippet=snippet,
        highlights=tuple(shown),
        span=(part["start"] + start, part["start"] + end),
        page=page,
        box=box,
        score=round(score, 4),
    )


def _matched(text: str, asked: Sequence[Token], numbers: Sequence[str]) -> list[Span]:
    """What the question and the passage share, as spans of the passage, neighbours joined."""
    keys = {token.folded for token in asked}
    if records.HOLE in text:
        keys |= {pattern for token in asked for pattern in records.damage_patterns(token.folded)}
    found = records.spans_of(text, keys)
    for number in records.numbers_in(text):
        if records.number_key(number) in numbers:
            at = text.index(number)
            found.append((at, at + len(number)))
    joined: list[Span] = []
    for start, end in sorted(found):
        if joined and (start <= joined[-1][1] or text[joined[-1][1] : start].isspace()):
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _window(text: str, matched: Sequence[Span]) -> Span:
    """The stretch of up to 240 characters with the longest matches, cut at spaces."""
    if len(text) <= _SNIPPET:
        return 0, len(text)
    best, weight = 0, -1
    for start, _ in matched:
        inside = sum((b - a) ** 2 for a, b in matched if start <= a and b <= start + _SNIPPET - 40)
        if inside > weight:
            best, weight = start, inside
    start = max(0, min(best - 40, len(text) - _SNIPPET))
    if start:
        space = text.find(" ", start, best)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + _SNIPPET)
    space = text.rfind(" ", start, end)
    return start, space if end < len(text) and space > start + _SNIPPET // 2 else end


def _place(part: dict[str, Any], offset: int) -> tuple[int, Box | None]:
    """Page and box of the line at an offset of the passage."""
    for page, box, start, end in part["lines"]:
        if start <= offset <= end:
            return page, (box[0], box[1], box[2], box[3])
    return part["page"], None
