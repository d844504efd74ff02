"""Names that a document gives to another for its own use: "(sau đây gọi tắt là Quy chế 43)" and where they come back.

A name counts when it opens with a type word and goes on with a number, an abbreviation or a title; a bare "Quy chế"
is an ordinary word everywhere else.
"""

import functools
from dataclasses import dataclass, replace

import regex

from pipeline.segment import kinds
from pipeline.segment.lexer import Lexed, squeeze
from pipeline.segment.mention import Mention, covered
from pipeline.vietnamese import fold

_FARTHEST = 500
"""Letters between a mention and the bracket that names it; subjects of decrees run to three hundred."""
_SENTENCE_END = regex.compile(r"[.;:]\s|\n\s*\n")


_ALWAYS = frozenset(
    {"Luật", "Bộ luật", "Pháp lệnh", "Nghị định", "Nghị quyết", "Quyết định", "Thông tư", "Chỉ thị", "Quy chế"}
)
"""Kinds that are documents and nothing else; a project or a plan ("Dự án KH&CN") needs a document of its number."""


@functools.cache
def _definition() -> "regex.Pattern[str]":
    return regex.compile(
        r"(?<![a-z])(?:sau\s+day\s+(?:duoc\s+)?(?:goi|viet)(?:\s+(?:tat|chung))?|(?<=\(\s?)(?:goi|viet)\s+tat)"
        r"(?:\s+la)?\s*:?\s*[\"“«']?\s*"
    )


@functools.cache
def _name() -> "regex.Pattern[str]":
    return regex.compile(r"(?P<name>[^()\"“”«»;,.]{2,80}?)\s*(?=[)\"”»;,.']|\Z)")


@functools.cache
def _type() -> "regex.Pattern[str]":
    short = "|".join(sorted(map(fold, kinds.short_words()), key=len, reverse=True))
    return regex.compile(rf"(?:{kinds.alternation(kinds.words())}|{short})(?![a-z])")


@dataclass(frozen=True, slots=True)
class _Alias:
    start: int
    end: int
    kind: str
    number: str | None
    document: int
    """Where the core of the mention starts that it stands for; its own start where none is near."""


def find(lexed: Lexed, found: list[Mention]) -> list[Mention]:
    """The mentions with those by alias among them, each of these pointing at what it stands for (``alias_of``).

    Args:
        lexed: the text.
        found: its mentions by number, name and short form, sorted by place.
    """
    out = list(found)
    for definition in _definition().finditer(lexed.folded):
        alias = _read(lexed, definition, found)
        if alias is None:
            continue
        printed = squeeze(lexed.plain[alias.start : alias.end])
        out = [
            replace(m, alias_of=alias.document)
            if m.shape in {"short", "name"}
            and m.core[0] >= alias.start
            and squeeze(lexed.plain[slice(*m.core)]) == printed
            else m
            for m in out
        ]
        out += _again(lexed, alias, printed, out)
    return sorted(out, key=lambda m: (m.core[0], -m.end))


def _read(lexed: Lexed, definition: "regex.Match[str]", found: list[Mention]) -> _Alias | None:
    name = _name().match(lexed.plain, definition.end(), definition.end() + 90)
    type_word = _type().match(lexed.folded, definition.end()) if name else None
    if name is None or type_word is None or type_word.end() >= name.end("name"):
        return None
    rest = lexed.plain[type_word.end() : name.end("name")].strip()
    kind = kinds.canonical(lexed.plain[slice(*type_word.span())])
    if kind is None or not regex.match(r"[\p{Lu}\d]|(?:số|năm)\s+\d", rest):
        return None
    number = regex.search(r"(?<![\d/])(?!(?:19|20)\d\d)\d{1,5}[a-zđ]?$", rest)
    start, end = name.span("name")
    document = _named(lexed, definition.start(), kind, number[0] if number else None, found)
    if kind not in _ALWAYS and document is None:
        return None
    return _Alias(start, end, kind, number[0] if number else None, start if document is None else document)


def _named(lexed: Lexed, place: int, kind: str, number: str | None, found: list[Mention]) -> int | None:
    """The mention before the bracket that it names: of its kind and number, else of its number, else the nearest."""
    near: list[Mention] = []
    for mention in reversed([m for m in found if m.end <= place]):
        between = lexed.plain[mention.end : place]
        if len(between) > _FARTHEST or _SENTENCE_END.search(between):
            break
        near.append(mention)

    def plain(text: str | None) -> str:
        return (text or "").lstrip("0")

    numbered = [m for m in near if number and plain(m.number) == plain(number)]
    alike = [m for m in near if m.kind == kind]
    best = next(iter([m for m in numbered if m.kind == kind] or numbered or alike or near * (kind in _ALWAYS)), None)
    return best.core[0] if best else None


def _again(lexed: Lexed, alias: _Alias, printed: str, found: list[Mention]) -> list[Mention]:
    """The places from the definition on where the name stands and nothing else was found."""
    taken = covered(found)
    words = r"\s+".join(map(regex.escape, printed.split()))
    pattern = regex.compile(rf"(?<![\p{{L}}\d]){words}(?![\p{{L}}\d]|[/-][\p{{L}}\d])")
    return [
        Mention(
            m.start(),
            m.end(),
            m.span(),
            squeeze(lexed.text[m.start() : m.end()]),
            alias.kind,
            alias.number,
            None,
            None,
            None,
            shape="alias",
            typed=True,
            alias_of=alias.document,
        )
        for m in pattern.finditer(lexed.plain, alias.start)
        if not taken(m.start(), m.start() + 1)
    ]
