"""Abbreviations of bodies inside a symbol, and their usual writing."""

import functools

import regex

from pipeline import knowledge
from pipeline.segment import kinds
from pipeline.vietnamese import fold


@functools.cache
def bodies() -> dict[str, tuple[str, str]]:
    """Folded body or unit abbreviation -> (name, family), the first entry of the table wins."""
    table: dict[str, tuple[str, str]] = {}
    for row in knowledge.rows("issuing_bodies.csv"):
        for abbr in (row["abbr"], *row["variants"].split(";")):
            if abbr.strip():
                table.setdefault(fold(abbr.strip()), (row["name_vi"], row["family"]))
    return table


@functools.cache
def central() -> dict[str, str]:
    """Folded abbreviation of a body of which the country has one -> its name."""
    table: dict[str, str] = {}
    for row in knowledge.rows("issuing_bodies.csv"):
        if (
            row["level"] in {"central", "department"}
            and row["family"] == "state"
            and not regex.search("[/(]", row["name_vi"])
        ):
            longer = [v.strip() for v in row["variants"].split(";") if v.strip().startswith("B") or len(v.strip()) > 4]
            for abbr in (row["abbr"], *longer):
                table.setdefault(fold(abbr), row["name_vi"])
    return table


@functools.cache
def central_names() -> frozenset[str]:
    """The folded names of these bodies."""
    return frozenset(map(fold, central().values()))


@functools.cache
def seated() -> frozenset[str]:
    """Folded abbreviations of bodies that each province or district has one of."""
    levels = {"local", "provincial", "district", "commune/other"}
    return frozenset(fold(row["abbr"]) for row in knowledge.rows("issuing_bodies.csv") if row["level"] in levels)


def glued_type(segment: str) -> tuple[str, str] | None:
    """Type and body of a segment that lost its hyphen: TBMTTQ is TB-MTTQ; only where the body is known."""
    if fold(segment) in bodies():
        return None
    for cut in range(len(segment) - 2, 1, -1):
        if (
            kinds.of_segment(segment[:cut])
            and fold(segment[cut:]) in bodies()
            and segment[:cut] in {"TB", "QĐ", "KH", "BC", "CT", "NQ", "HD", "TTr", "CTr"}
        ):
            return segment[:cut], segment[cut:]
    return None


@functools.cache
def _spellings() -> dict[str, str | None]:
    """Folded abbreviation -> its usual writing; None where two differ."""
    table: dict[str, str | None] = {}
    usual = [row["abbr"] for row in knowledge.rows("issuing_bodies.csv")] + [
        abbr for entries in kinds.in_symbol().values() for abbr, _ in entries
    ]
    for abbr in usual:
        key = fold(abbr)
        table[key] = abbr if table.get(key, abbr) == abbr else None
    return table


def restored(segment: str) -> str:
    """The segment with lost marks and case put right where only one abbreviation fits: ND is NĐ, TTG is TTg.

    >>> restored("ND"), restored("TTG"), restored("BKH&ĐT"), restored("XYZ")
    ('NĐ', 'TTg', 'BKHĐT', 'XYZ')
    """
    bare = segment.replace("&", "")
    return _spellings().get(fold(bare)) or bare
