"""Names of document types: as words before a number, and as abbreviations inside a symbol (`document_kinds.csv`)."""

import functools
from collections.abc import Iterable

import regex

from pipeline import knowledge
from pipeline.vietnamese import fold


@functools.cache
def words() -> dict[str, str]:
    """Folded type word -> its usual writing, e.g. ``{"quyet dinh": "Quyết định"}``."""
    return {fold(row["kind"]): row["kind"] for row in knowledge.rows("document_kinds.csv") if row["role"] == "word"}


@functools.cache
def short_words() -> dict[str, str]:
    """Abbreviations printed in place of the type word: ``{"NĐ": "Nghị định"}``."""
    return {row["abbr"]: row["kind"] for row in knowledge.rows("document_kinds.csv") if row["role"] == "short"}


@functools.cache
def in_symbol() -> dict[str, tuple[tuple[str, str], ...]]:
    """Folded abbreviation inside a symbol -> (its usual writing, kind), the likeliest first."""
    table: dict[str, list[tuple[str, str]]] = {}
    for row in knowledge.rows("document_kinds.csv"):
        if row["role"] == "symbol":
            table.setdefault(fold(row["abbr"]), []).append((row["abbr"], row["kind"]))
    return {abbr: tuple(entries) for abbr, entries in table.items()}


def alternation(names: Iterable[str]) -> str:
    """A regex alternation of folded names, the longest first, any white space between their syllables."""
    ordered = sorted(names, key=lambda name: (-len(name), name))
    return "|".join(r"\s+".join(regex.escape(part) for part in name.split()) for name in ordered)


def of_segment(segment: str) -> tuple[str, ...]:
    """The kinds that one segment of a symbol may stand for; empty when it is no type abbreviation.

    >>> of_segment("QĐ")[0], of_segment("CTr"), of_segment("UBND")
    ('Quyết định', ('Chương trình',), ())
    """
    entries = in_symbol().get(fold(segment), ())
    exact = [kind for abbr, kind in entries if abbr == segment]
    return tuple(dict.fromkeys(exact + [kind for _, kind in entries]))


def canonical(printed: str) -> str | None:
    """The usual writing of a printed type word, or None when it is none.

    >>> canonical("quyết  định"), canonical("NĐ")
    ('Quyết định', 'Nghị định')
    """
    tight = " ".join(printed.split())
    return short_words().get(tight) or words().get(fold(tight))
