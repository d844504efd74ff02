"""Texts in an encoding from before Unicode, and UTF-8 read as something else: code tables, decided font by font.

The tables lie in `models/encodings/`, one file an encoding, listed with an example in `models/encodings.csv`. Which
table a font needs is decided by the gain in possible syllables, never by the font's name: on 241 fonts of public
documents this was right 241 times (gain above 0.15 and more than half possible afterwards). English, code and healthy
Vietnamese gain nothing and are left alone.
"""

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import regex

from pipeline import knowledge, vietnamese
from pipeline.document import Cause, Font, Glyph, RepairMethod
from pipeline.repair.ledger import Edit, LineState
from pipeline.repair.words import possible

_TOKEN = regex.compile(r"(?:[A-Za-z]|[^\s\x00-\x7f]|[\x01-\x08\x0e-\x1f\x80-\x9f]|-(?=[a-z]))+")
_CAPITALS = regex.compile(r"^(.*[a-z0-9])H((?:$|[,\- ]|Bold|Italic).*)$")
_QUOTES = "“”‘’–—…•«»\"'"
_VARIANTS = {
    "\u2219": "·",
    "\u03bc": "µ",
    "\u2212": "\xad",
    "\u02c9": "¯",
    "\u00a4": "¤",
    "\u2126": "Ω",
    "\u2206": "∆",
    "\u2215": "/",
    "\u20ac": "€",
}
"""Other code points that readers of PDFs give for a WinAnsi byte."""


@dataclass(frozen=True, slots=True)
class Table:
    """One encoding: what is shown -> the letter; sequences are matched longest first."""

    name: str
    cause: Cause
    letters: Mapping[str, str]
    longest: int
    pattern: "regex.Pattern[str]"

    def read(self, text: str, capitals: bool = False) -> str:
        """The text under this table; what the table does not hold stays.

        >>> table("tcvn3").read("Céng hoµ x· héi")
        'Cộng hoà xã hội'
        """
        out: str = self.pattern.sub(lambda m: self.letters[m.group()], text)
        return out.upper() if capitals else out


def _table(name: str, cause: Cause, letters: Mapping[str, str]) -> Table:
    keys = sorted(letters, key=lambda k: (-len(k), k))
    return Table(name, cause, letters, len(keys[0]), regex.compile("|".join(map(regex.escape, keys))))


@functools.cache
def table(name: str) -> Table:
    """The table of this name, from `models/encodings/`."""
    row = next(r for r in knowledge.rows("encodings.csv") if r["name"] == name)
    letters = {r["shown"]: vietnamese.nfc(r["letter"]) for r in knowledge.rows(f"encodings/{name}.csv")}
    if max(map(len, letters)) == 1:
        letters |= {v: letters[k] for v, k in _VARIANTS.items() if k in letters and v not in letters}
    return _table(name, Cause(row["cause"]), letters)


def shown_byte(byte: int, codec: str = "cp1252") -> str:
    r"""What a reader shows for a byte; a byte that the codec leaves open as the control code of that number.

    >>> shown_byte(0xB5), shown_byte(0x81)
    ('µ', '\x81')
    """
    try:
        return bytes([byte]).decode(codec)
    except UnicodeDecodeError:
        return chr(byte)


def _shown(data: bytes, codec: str) -> str:
    return "".join(shown_byte(byte, codec) for byte in data)


@functools.cache
def _misread(codec: str, times: int) -> Table:
    letters: dict[str, str] = {}
    for letter in sorted(vietnamese.marked_letters()) + list("“”‘’–—…•"):
        shown = letter
        for _ in range(times):
            shown = _shown(shown.encode("utf-8"), codec)
        letters[shown] = letter
        letters.setdefault(regex.sub("[\x85\xa0]", " ", shown), letter)
    return _table(f"utf-8-as-{codec}" + ("-twice" if times > 1 else ""), Cause.MOJIBAKE, letters)


@functools.cache
def _as_mac(name: str) -> Table:
    """The table for bytes that a reader took for MacRoman."""
    letters: dict[str, str] = {}
    for shown, letter in table(name).letters.items():
        try:
            letters.setdefault(shown.encode("cp1252").decode("mac_roman"), letter)
        except UnicodeEncodeError:
            continue
    return _table(f"{name}-as-macroman", Cause.LEGACY_ENCODING, letters)


@functools.cache
def tables() -> tuple[Table, ...]:
    """All tables, the commonest first: of two that read equally well the first wins."""
    named = [table(row["name"]) for row in knowledge.rows("encodings.csv")]
    return (*named, *(_misread(c, t) for t in (1, 2) for c in ("cp1252", "latin-1")), *map(_as_mac, ("tcvn3", "vni")))


@dataclass(slots=True)
class Words:
    """The words of a document with the fonts of their letters, counted."""

    counts: Counter[tuple[str, tuple[str | None, ...]]] = field(default_factory=Counter)

    def add(self, text: str, fonts: Sequence[str | None]) -> None:
        """Count the words of one line."""
        for match in _TOKEN.finditer(text):
            start, end = match.span()
            self.counts[text[start:end], tuple(fonts[start:end])] += 1


def _quality(words: Iterable[tuple[str, int]]) -> tuple[int, int]:
    good = total = 0
    for word, count in words:
        word = word.strip(_QUOTES)
        if len(word) > 1:
            total += len(word) * count
            good += len(word) * count * possible(word)
    return good, total


def _share(words: Sequence[tuple[str, int]]) -> float:
    good, total = _quality(words)
    return good / total if total else 0.0


def gain(table: Table, words: Sequence[tuple[str, int]]) -> tuple[float, float, float]:
    """Gain and share afterwards over all words, and the gain over those that the table changes (0 for under five)."""
    after = [(table.read(word), count) for word, count in words]
    changed = [(a, b) for a, b in zip(words, after, strict=True) if a[0] != b[0]]
    if len(changed) < 2:
        return 0.0, 0.0, 0.0
    touched_before, touched_after = _share([a for a, _ in changed]), _share([b for _, b in changed])
    before, share = _share(words), _share(after)
    if touched_after - touched_before < 0.3 or touched_after < 0.5:
        return 0.0, 0.0, 0.0
    return share - before, share, touched_after - touched_before if len(changed) >= 5 else 0.0


def choose(words: Sequence[tuple[str, int]]) -> Table | None:
    """The table that makes most of these words possible syllables; None where none gains enough.

    >>> choose([("Céng", 1), ("hoµ", 1), ("x·", 1), ("héi", 1)]).name
    'tcvn3'
    >>> choose([("Cộng", 1), ("hoà", 1), ("xã", 1), ("hội", 1)]) is None
    True
    """
    if all(word.isascii() for word, _ in words) or _share(words) > 0.9:
        return None
    best, best_share = None, 0.0
    for candidate in tables():
        more, share, touched = gain(candidate, words)
        if ((more > 0.15 and share > 0.5) or (touched > 0.6 and more > 0.02)) and share > best_share + 1e-9:
            best, best_share = candidate, share
    return best


def decide(words: Words) -> dict[str | None, Table]:
    """Font -> table, for the fonts that need one; the side fonts of a family follow the font they share words with."""
    own: dict[str | None, Counter[str]] = defaultdict(Counter)
    shared: dict[str | None, list[tuple[str, tuple[str | None, ...], int]]] = defaultdict(list)
    for (word, fonts), count in words.counts.items():
        kinds = set(fonts)
        if len(kinds) == 1:
            own[fonts[0]][word] += count
        for font in kinds:
            shared[font].append((word, fonts, count))
    chosen = {font: found for font, counter in own.items() if (found := choose(list(counter.items())))}
    if chosen:
        main = max(chosen, key=lambda f: sum(own[f].values()))
        for font in sorted(shared, key=str):
            if font not in chosen and _follows(font, shared[font], chosen, chosen[main]):
                chosen[font] = chosen[main]
    return chosen


def _follows(
    font: str | None,
    found: list[tuple[str, tuple[str | None, ...], int]],
    chosen: Mapping[str | None, Table],
    main: Table,
) -> bool:
    """Whether words with letters of this font read better when it follows the others."""
    before, after = [], []
    for word, fonts, count in found:
        read = _mixed(word, fonts, chosen)
        also = _mixed(word, fonts, {**chosen, font: main})
        if read != also:
            before.append((read, count))
            after.append((also, count))
    return bool(after) and _share(after) > 0.5 and _share(after) - _share(before) > 0.15


def _mixed(word: str, fonts: Sequence[str | None], chosen: Mapping[str | None, Table]) -> str:
    out, start = [], 0
    for end in range(1, len(word) + 1):
        if end == len(word) or chosen.get(fonts[end]) is not chosen.get(fonts[start]):
            found = chosen.get(fonts[start])
            out.append(found.read(word[start:end]) if found else word[start:end])
            start = end
    return "".join(out)


def capital_fonts(fonts: Mapping[str, Font], chosen: Mapping[str | None, Table]) -> frozenset[str]:
    """The decided fonts that draw small letters as capitals: `.VnTimeH` and others of the name of a sibling and H."""
    names = {font.name for font in fonts.values()}
    stems = {regex.split(r"[,\-]|(?<=[a-z])(?=Bold|Italic)", name)[0] for name in names} | names
    found = set()
    for key, code in chosen.items():
        match = _CAPITALS.match(fonts[key].name) if key is not None and key in fonts else None
        if not match or code.longest > 1:
            continue
        if match[1].lstrip(".").startswith("Vn") or {match[1], match[1] + match[2]} & stems:
            found.add(str(key))
    return frozenset(found)


def edits(state: LineState, chosen: Mapping[str | None, Table], capitals: frozenset[str]) -> list[Edit]:
    """The edits of one line under the tables its fonts need; letters of capitals fonts come out as capitals."""
    keys = state.fonts()
    found: list[Edit] = []
    text, cells = state.text, state.cells()
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and chosen.get(keys[end]) is chosen.get(keys[start]):
            continue
        table_here = chosen.get(keys[start])
        if table_here is not None:
            found += _run(text, start, end, table_here, keys, cells, capitals)
        start = end
    return found


def _run(
    text: str,
    start: int,
    end: int,
    code: Table,
    keys: Sequence[str | None],
    cells: Sequence[Glyph | None],
    capitals: frozenset[str],
) -> list[Edit]:
    found = []
    at = start
    while at < end:
        match = code.pattern.match(text, at, end)
        size = len(match.group()) if match else 1
        after = code.letters[match.group()] if match else text[at]
        cell = cells[at]
        if text[at] == "-" and cell is not None and cell.code == 0xAD and "\xad" in code.letters:
            after = code.letters["\xad"]
        key = keys[at]
        if key in capitals:
            after = after.upper()
        if after != text[at : at + size]:
            found.append(Edit(at, at + size, after, code.cause, RepairMethod.CODE_TABLE, 0.99))
        at += size
    return found
