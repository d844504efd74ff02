"""Mentions of documents in bare text: numbers, names and provisions put together (STANDARD section 2.2)."""

from pipeline.document import Span
from pipeline.segment import aliases, naming, numbered, placing, provisions
from pipeline.segment.lexer import Lexed, lex
from pipeline.segment.mention import Mention
from pipeline.vietnamese import nfc

__all__ = ["Mention", "mentions", "parse"]


def parse(text: str) -> list[Mention]:
    """The mentions of documents in a text, sorted by place; the text is read in normal form C.

    >>> [(m.kind, m.number, m.symbol) for m in parse("Nghị định số 30/2020/NĐ-CP")]
    [('Nghị định', '30', '2020/NĐ-CP')]
    """
    return mentions(lex(nfc(text)))


def mentions(lexed: Lexed, headings: tuple[Span, ...] = ()) -> list[Mention]:
    """The mentions of a lexed text; `headings` are the labels of its own sections, which are no references."""
    by_number = numbered.find(lexed)
    named = naming.find(lexed, by_number)
    short = naming.short_forms(lexed, by_number + named)
    found = aliases.find(lexed, sorted(by_number + named + short, key=lambda m: (m.core[0], -m.end)))
    chains = [c for c in provisions.chains(lexed.plain) if not placing.is_heading(lexed.plain, c, headings)]
    return sorted(placing.attach(lexed, found, chains), key=lambda m: (m.start, -m.end))
