"""Citations of a document: the mentions of its text with place, meaning and identifier."""

import bisect
from collections.abc import Sequence
from dataclasses import replace

import regex

from pipeline.document import Box, Citation, Record, RepairedDocument, Section, Span, TextLine, enclosing
from pipeline.segment import named_laws, places, relations, targets
from pipeline.segment.lexer import Lexed, lex
from pipeline.segment.mentions import Mention, mentions, parse
from pipeline.vietnamese import fold

__all__ = ["find", "parse"]

_TERMS = {
    "QH": {
        10: (1997, 2002),
        11: (2002, 2007),
        12: (2007, 2011),
        13: (2011, 2016),
        14: (2016, 2021),
        15: (2021, 2026),
        16: (2026, 2031),
    }
}
_MOTTO = regex.compile(r"cong\s+hoa\s+xa\s+hoi\s+chu\s+nghia|dang\s+cong\s+san\s+viet\s+nam|doc\s+lap\s*-\s*tu\s+do")
_RECIPIENTS = regex.compile(r"(?m)^[ \t]*noi\s+(?:nhan|gui)\s*:?")
_BULLETED = regex.compile(r"\s*[-+–•]")
_KEEP = regex.compile(r"(?m)^.*(?<![a-z])luu\s*:.*$")


def find(document: RepairedDocument, record: Record, sections: tuple[Section, ...]) -> tuple[Citation, ...]:
    """All citations of a document, in the order of its text."""
    lexed = lex(document.text)
    found = mentions(lexed, _labels(document.text, sections))
    named = {m.core[0]: m for m in found}
    banned = _own_places(lexed, record)
    titles = {r.kind.span[0] for r in (record, *record.attached) if r.kind}
    found = [m for m in found if m.start not in titles and not any(s < m.core[1] and m.core[0] < e for s, e in banned)]
    found = _with_antecedent(_resolved(found, record))
    if _of_another_state(lexed, record, found):
        found = [m for m in found if m.kind != "Hiến pháp" or m.date]
    innermost = _Innermost(sections)
    home = places.letterhead(record)
    spans = [line.span[0] for line in document.lines]
    full = _fuller(found)
    own, day = _own_numbers(found), record.date.iso if record.date else None
    stated = relations.stated(lexed.folded, [(m.start, m.end) for m in found])
    out: list[Citation] = []
    for mention, relation in zip(found, stated, strict=True):
        first = named.get(mention.alias_of, mention) if mention.alias_of is not None else mention
        meant = full.get(_key(first), first)
        normal = dict(mention.normal)
        if mention.issuer and (whole := places.in_full(mention.issuer, home)):
            normal["issuer"] = whole
        flags = _flags(mention, record)
        if relations.as_amended(lexed.folded, mention.end):
            flags = (*flags, "as-amended")
        box, page = _box(document, spans, (mention.start, mention.end))
        out.append(
            Citation(
                id=f"c{len(out) + 1}",
                text=mention.text,
                span=(mention.start, mention.end),
                page=page,
                box=box,
                section=innermost.at(mention.core[0], mention.start),
                kind=mention.kind,
                number=mention.number,
                symbol=mention.symbol,
                date=mention.date,
                issuer=mention.issuer,
                provisions=mention.provisions,
                target=targets.identifier(
                    replace(
                        meant,
                        normal={
                            **meant.normal,
                            **(
                                {"issuer": normal["issuer"]}
                                if "issuer" in normal and not meant.normal.get("issuer")
                                else {}
                            ),
                        },
                    ),
                    home,
                    document.source.sha256,
                    day,
                    own,
                ),
                archived=None,
                confidence=_confidence(mention, flags),
                relation=None if mention.kind == "internal" else relation,
                flags=flags,
                normal=normal,
            )
        )
    return tuple(out)


# --- what is not a citation -----------------------------------------------------------------


def _labels(text: str, sections: tuple[Section, ...]) -> tuple[Span, ...]:
    """Where the labels of the document's own sections stand."""
    out = []
    for section in sections:
        start = section.span[0]
        while start < len(text) and text[start].isspace():
            start += 1
        out.append((start, start + max(1, len(section.label))))
    return tuple(sorted(out))


def _own_places(lexed: Lexed, record: Record) -> list[Span]:
    """The document's own number, and the recipients."""
    out = [field.span for r in (record, *record.attached[:0]) for field in (r.number, r.symbol) if field]
    out += [field.span for field in record.recipients]
    motto = _MOTTO.search(lexed.folded, 0, 3000)
    if motto and not record.number:
        own = regex.compile(r"(?m)^[^\n]{0,60}?(?<![a-z])so\s*:\s*\S[^\n]{0,40}$").search(
            lexed.folded, 0, motto.end() + 600
        )
        if own:
            out.append(own.span())
    for head in _RECIPIENTS.finditer(lexed.folded):
        if out and head.start() < out[-1][1]:
            continue
        keep = _KEEP.search(lexed.folded, head.end(), head.end() + 2500)
        lines = lexed.plain[head.end() : keep.end() if keep else head.end() + 2500].split("\n")
        size = 0
        for i, line in enumerate(lines):
            if i and line.strip() and not _BULLETED.match(line) and len(line) > 90:
                break
            size += len(line) + 1
        end = head.end() + max(0, size - 1)
        out.append((head.start(), min(keep.end(), end) if keep else min(end, head.end() + 900)))
    return out


# --- places -----------------------------------------------------------------------------------


class _Innermost:
    """Finds the innermost section at a place."""

    def __init__(self, sections: tuple[Section, ...]) -> None:
        self._sections = sorted(sections, key=lambda s: (s.span[0], -s.span[1], s.level))
        self._starts = [s.span[0] for s in self._sections]
        self._by_id = {s.id: s for s in sections}

    def at(self, *places: int) -> str | None:
        """The id of the deepest section that contains the first place, or None outside of all."""
        place = places[-1]
        index = bisect.bisect_right(self._starts, place) - 1
        section = self._sections[index] if index >= 0 else None
        seen = 0
        while section is not None and section.span[1] <= place and seen < 100:
            section = self._by_id.get(section.parent) if section.parent else self._before(index := index - 1)
            seen += 1
        return section.id if section else None

    def _before(self, index: int) -> Section | None:
        return self._sections[index] if index >= 0 else None


def _box(document: RepairedDocument, starts: Sequence[int], span: Span) -> tuple[Box | None, int]:
    """The union of the boxes of the span's lines on its first page, cut to the span within a line; and that page."""
    first = max(0, bisect.bisect_right(starts, span[0]) - 1)
    boxes: list[Box] = []
    page = 0
    for line in document.lines[first:]:
        if line.span[0] >= span[1]:
            break
        if line.span[1] <= span[0] or (page and line.page != page):
            continue
        page = line.page
        boxes.append(_cut(line, span))
    if not page:
        page = next((p.number for p in document.pages if p.span[0] <= span[0] < max(p.span[1], p.span[0] + 1)), 1)
        return None, page
    return enclosing(boxes), page


def _cut(line: TextLine, span: Span) -> Box:
    x0, top, x1, bottom = line.box
    length = max(1, line.span[1] - line.span[0])
    left = max(0, span[0] - line.span[0]) / length
    right = min(length, span[1] - line.span[0]) / length
    return (round(x0 + (x1 - x0) * left, 2), top, round(x0 + (x1 - x0) * right, 2), bottom)


# --- meaning ------------------------------------------------------------------------------------


def _key(mention: Mention) -> tuple[str, str, str]:
    number = mention.normal.get("number", mention.number) or ""
    symbol = mention.normal.get("symbol", mention.symbol) or ""
    name = ""
    if mention.shape == "name":
        held = (mention.plenum, mention.term) if mention.plenum or mention.term else ()
        name = targets.slug(" ".join(map(str, (mention.title or ("" if held else mention.text), *held))))
    return mention.kind or "", number.lstrip("0") + "|" + fold(symbol), name


def _fuller(found: list[Mention]) -> dict[tuple[str, str, str], Mention]:
    """For each document, the mention that says most; none where two of its dates disagree."""
    groups: dict[tuple[str, str, str], list[Mention]] = {}
    for mention in found:
        if mention.kind != "internal" and (mention.number or mention.shape == "name"):
            groups.setdefault(_key(mention), []).append(mention)
    out = {}
    for key, group in groups.items():
        known = {m.date for m in group if m.date}
        if len({d[:4] for d in known}) > 1 or len({d for d in known if len(d) == 10}) > 1:
            continue
        best = max(group, key=lambda m: (len(m.date or ""), len(m.issuer or ""), -m.start))
        issuer = max((m.issuer for m in group if m.issuer), key=len, default=None)
        out[key] = replace(best, issuer=best.issuer or issuer)
    whole: dict[tuple[str, str], set[tuple[str, str, str]]] = {}
    for key in out:
        number, _, symbol = key[1].partition("|")
        if number and symbol:
            whole.setdefault((key[0], number), set()).add(key)
    for key in list(out):  # "Nghị định 30" behind "Nghị định số 30/2020/NĐ-CP", where only one has that number
        number, _, symbol = key[1].partition("|")
        same = whole.get((key[0], number), set())
        if number and not symbol and len(same) == 1:
            out[key] = out[next(iter(same))]
    return out


def _own_numbers(found: list[Mention]) -> dict[tuple[str, str], str]:
    """The number that the text prints with a law's title, where it prints one only."""
    numbers: dict[tuple[str, str], set[str]] = {}
    for m in found:
        if m.title and m.number and m.symbol and m.kind in {"Luật", "Bộ luật", "Pháp lệnh"}:
            numbers.setdefault((m.kind, named_laws.key(m.title)), set()).add(
                f"{m.normal.get('number', m.number)}/{m.normal.get('symbol', m.symbol)}"
            )
    return {key: next(iter(some)) for key, some in numbers.items() if len(some) == 1}


def _resolved(found: list[Mention], record: Record) -> list[Mention]:
    """Mentions with their kind: a bare number of the National Assembly takes it from the rest of the text."""
    kinds: dict[tuple[str | None, str | None], str] = {
        (m.number, m.symbol): m.kind for m in reversed(found) if m.typed and m.kind and m.number
    }
    return [replace(m, kind=kinds.get((m.number, m.symbol))) if m.kind is None else m for m in found]


def _with_antecedent(found: list[Mention]) -> list[Mention]:
    """Short forms ("Nghị định 30") stay only behind a full mention of that number, whose kind they share."""
    out: list[Mention] = []
    seen: set[tuple[str | None, str]] = set()
    for mention in found:
        if mention.shape == "short" and mention.alias_of is None:
            if (mention.kind, (mention.number or "").lstrip("0")) not in seen and not (
                mention.numbered and mention.date and len(mention.date) == 10
            ):
                continue
        elif mention.number:
            seen.add((mention.kind, mention.number.lstrip("0")))
        out.append(mention)
    return out


def _of_another_state(lexed: Lexed, record: Record, found: list[Mention]) -> bool:
    """Whether a text without head names another state's constitution and no Vietnamese document by number or date."""
    if record.kind or record.number or any(m.kind != "internal" and (m.number or m.date) for m in found):
        return False
    names = regex.finditer(r"hien phap", lexed.folded)
    return any(named_laws.is_foreign(lexed.plain, name.end()) for name in names)


def _flags(mention: Mention, record: Record) -> tuple[str, ...]:
    flags = list(mention.flags)
    own = record.date.iso if record.date and record.date.iso else None
    if own is None and record.date and record.date.year:
        own = f"{record.date.year:04d}" + (
            f"-{record.date.month:02d}" + (f"-{record.date.day:02d}" if record.date.day else "")
            if record.date.month
            else ""
        )
    if own and mention.date and mention.date[:1] != "-":
        size = min(len(own), len(mention.date))
        if mention.date[:size] > own[:size]:
            flags.append("citation-after-document")
    alike = any(
        (mention.kind and mention.kind.startswith(k)) or k.startswith(mention.kind or "-") for k in mention.symbol_kinds
    )
    judged = mention.typed and mention.symbol_kinds and mention.kind not in {"Văn bản", "internal"}
    if judged and not alike and mention.shape not in {"name", "standard"}:
        flags.append("kind-symbol-conflict")
    years = _TERMS["QH"].get(mention.term or 0)
    if mention.shape == "qh" and years and mention.year and not years[0] <= int(mention.year) <= years[1]:
        flags.append("year-term-conflict")
    return tuple(dict.fromkeys(flags))


def _confidence(mention: Mention, flags: tuple[str, ...]) -> float:
    """How sure the reading is: more evidence, more confidence."""
    if mention.kind == "internal":
        return 0.9
    if mention.shape == "name":
        return 0.95 if mention.known else 0.8
    score = (
        0.6
        + 0.15 * mention.typed
        + 0.08 * mention.numbered
        + 0.06 * bool(mention.date)
        + 0.04 * bool(mention.issuer)
        + 0.05 * mention.known
    )
    score -= 0.15 * len(
        set(flags) & {"repaired-number", "kind-symbol-conflict", "impossible-date", "year-term-conflict"}
    )
    return round(max(0.2, min(0.99, score)), 2)
