"""Mentions of documents in bare text: numbers, names and provisions put together (STANDARD section 2.2)."""

import bisect
import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import regex

from pipeline.document import Provision, Span
from pipeline.segment import dates, grammar, issuers, kinds, named_laws, provisions
from pipeline.segment.grammar import Number
from pipeline.segment.lexer import Lexed, lex, squeeze
from pipeline.vietnamese import nfc


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention as printed; spans count in the text that was parsed."""

    start: int
    end: int
    core: Span
    """From the type word (or "số") to the end, without provisions."""
    text: str
    kind: str | None
    number: str | None
    symbol: str | None
    date: str | None
    issuer: str | None
    provisions: tuple[Provision, ...] = ()
    shape: str = ""
    title: str | None = None
    year: str | None = None
    term: int | None = None
    plenum: int | None = None
    bodies: tuple[str, ...] = ()
    normal: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    typed: bool = False
    """A type word stands before the number."""
    numbered: bool = False
    """"số" stands before the number."""
    known: bool = False
    symbol_kinds: tuple[str, ...] = ()


@functools.cache
def _before() -> "regex.Pattern[str]":
    names = kinds.alternation(kinds.words())
    return regex.compile(
        rf"""(?r)
        (?P<start> (?<![a-z]) (?P<type>{names}) (?![a-z])
            (?: \s+(?:hoa\s+toc|khan|mat|toi\s+mat|ca\s+biet) )? \s*,?\s* )?
        (?P<so> (?<![a-z])s[o0] (?:\s+hieu)? \s*:?\s* | \(\s*so\s*:?\s* )? \Z
        """,
        regex.VERBOSE,
    )


@functools.cache
def _short_before() -> "regex.Pattern[str]":
    names = "|".join(sorted(kinds.short_words(), key=len, reverse=True))
    return regex.compile(rf"(?r)(?<![\p{{L}}\d/-])(?P<type>{names})\s+(?:số\s*:?\s*)?\Z")


@functools.cache
def _of_issuer() -> "regex.Pattern[str]":
    names = kinds.alternation(kinds.words())
    return regex.compile(rf"(?r)(?<![a-z])(?P<type>{names})\s+cua\s+(?P<issuer>[^.;:,()\d]{{2,70}}?)\s+so\s*:?\s*\Z")


def parse(text: str) -> list[Mention]:
    """The mentions of documents in a text, sorted by place; the text is read in normal form C.

    >>> [(m.kind, m.number, m.symbol) for m in parse("Nghị định số 30/2020/NĐ-CP")]
    [('Nghị định', '30', '2020/NĐ-CP')]
    """
    return mentions(lex(nfc(text)))


def mentions(lexed: Lexed, headings: tuple[Span, ...] = ()) -> list[Mention]:
    """The mentions of a lexed text; `headings` are the labels of its own sections, which are no references."""
    numbered = _numbered(lexed)
    named = _named(lexed, numbered)
    short = _short_forms(lexed, numbered + named)
    found = sorted(numbered + named + short, key=lambda m: (m.core[0], -m.end))
    chains = [c for c in provisions.chains(lexed.plain) if not _is_heading(lexed.plain, c, headings)]
    return sorted(_attach(lexed, found, chains), key=lambda m: (m.start, -m.end))


# --- numbers --------------------------------------------------------------------------------


def _numbered(lexed: Lexed) -> list[Mention]:
    out: list[Mention] = []
    for number in grammar.numbers(lexed.plain):
        mention = _mention(lexed, number, out[-1] if out else None)
        if mention:
            out.append(mention)
    taken = _covered(out)
    for number in grammar.file_names(lexed.plain):
        if not taken(number.start, number.start + 1) and lexed.text[number.end - len(number.symbol or "") - 1] in "-_":
            out.append(Mention(number.start, number.end, (number.start, number.end), squeeze(lexed.text[number.start : number.end]), number.kinds[0], number.number,
                               number.symbol, None, None, shape="file-name", year=number.year, bodies=number.bodies, known=True, symbol_kinds=number.kinds,
                               normal={"symbol": number.clean_symbol or ""} if number.clean_symbol != number.symbol else {}))
    for number, kind in grammar.standards(lexed.plain):
        out.append(Mention(number.start, number.end, (number.start, number.end), squeeze(lexed.text[number.start : number.end]), kind, number.number,
                           number.symbol, None, None, shape="standard", year=number.year, bodies=number.bodies, typed=True, known=True))
    return out


def _mention(lexed: Lexed, number: Number, previous: Mention | None) -> Mention | None:
    window = max(0, number.start - 70)
    if previous:
        window = max(window, previous.end) if previous.end <= number.start else window
    before = _before().search(lexed.folded, window, number.start)
    kind_word = before["type"] if before and before["start"] else None
    if kind_word == "luat" and before and regex.search(r"(?:phap|ky|quan)\s+\Z", lexed.folded[max(0, before.start("type") - 8) : before.start("type")]):
        kind_word = None
    has_so = bool(before and before["so"])
    start = number.start
    kind: str | None = None
    issuer_span: Span | None = None
    title = None
    if before and kind_word:
        start, kind = before.start("type"), kinds.canonical(lexed.folded[before.start("type") : before.end("type")])
    elif before and has_so:
        start = before.start("so") + (len(before["so"]) - len(before["so"].lstrip("( ")))
    if kind is None:
        short = _short_before().search(lexed.plain, window, number.start)
        of = _of_issuer().search(lexed.folded, max(0, number.start - 130), number.start) if has_so else None
        law = _law_before(lexed, number, start)
        if short:
            start, kind = short.start("type"), kinds.canonical(short["type"])
        elif law:
            start, kind, title = law.start, law.kind, law.title
        elif of and (found := issuers.after(lexed, of.start("issuer"), lead=False)) and abs(found[1] - of.end("issuer")) <= 1:
            start, kind, issuer_span = of.start("type"), kinds.canonical(of["type"]), found
    typed = kind is not None
    if not typed and _place_name(lexed.folded, start):
        return None
    if kind is None and previous is not None and _shares(lexed, previous, start, number, has_so):
        kind = previous.kind
    if kind is None and not _stands_alone(number, has_so):
        return None
    if kind is None:
        kind = _kind_of(number)
    if not typed and has_so and _own_head(lexed, start, number):
        return None
    if typed and number.shape == "letter" and _place_name(lexed.folded, start):
        return None
    end, date, issuer, flags = _tail(lexed, number.end, number, kind)
    if issuer_span and issuer is None:
        issuer = issuer_span
    normal = {}
    if number.clean_number != number.number and number.clean_number:
        normal["number"] = number.clean_number
    if number.clean_symbol != number.symbol and number.clean_symbol:
        normal["symbol"] = number.clean_symbol
    if number.repaired:
        flags += ("repaired-number",)
    return Mention(start, end, (start, end), squeeze(lexed.text[start:end]), kind, number.number, number.symbol, date,
                   squeeze(lexed.text[issuer[0] : issuer[1]]) if issuer else None, shape=number.shape, title=title, year=number.year, term=number.term,
                   bodies=number.bodies, normal=normal, flags=flags, typed=typed, numbered=has_so, known=number.known, symbol_kinds=number.kinds)


_PLACE = regex.compile(r"(?r)(?:cum(?:\s+thi\s+dua|\s+td)?|khoi(?:\s+thi\s+dua)?|to|khu\s+pho|quan|phuong|dien\s+thoai|tai\s+khoan|dt|fax|hom\s+thu|nha|duong)\s*(?:so\s*:?\s*)?\Z")


def _place_name(folded: str, start: int) -> bool:
    """Whether a number without type word belongs to a cluster, a street, a telephone."""
    match = _PLACE.search(folded, max(0, start - 40), start)
    return bool(match and (match.start() == 0 or not folded[match.start() - 1].isalpha()))


def _own_head(lexed: Lexed, start: int, number: Number) -> bool:
    """Whether a line begins "Số: 12/…": a document's own number in its head."""
    line = lexed.plain.rfind("\n", 0, start) + 1
    return start - line < 40 and not lexed.plain[line:start].strip() and ":" in lexed.plain[start : number.start]


def _law_before(lexed: Lexed, number: Number, start: int) -> named_laws.Named | None:
    """A law's title between its type word and its number: "Luật Đất đai số 31/2024/QH15"."""
    if number.shape != "qh" and "/QH" not in (number.symbol or "") and not (number.shape in {"legacy", "norm"} and any(b.startswith(("CTN", "HĐNN", "UBTVQH")) for b in number.bodies)):
        return None
    low = max(0, start - 400)
    best = None
    for law in named_laws.laws(Lexed(lexed.text[low:start] + " số 1", lexed.plain[low:start] + " số 1", lexed.folded[low:start] + " so 1")):
        gap = lexed.plain[min(low + law.end, start) : start]
        if regex.fullmatch(r"[\s,(]*(?:năm\s+)?(?:[12]\d{3})?[\s,(]*", gap):
            best = replace(law, start=law.start + low, end=law.end + low)
    return best


def _shares(lexed: Lexed, previous: Mention, start: int, number: Number, has_so: bool) -> bool:
    """Whether a number without type word goes on a list that began with one."""
    if previous.kind is None or previous.kind in {"TCVN", "QCVN"}:
        return False
    gap = lexed.plain[previous.end : start]
    if len(gap) > 260 or regex.search(r"[.](?:\s|$)", gap):
        return False
    if number.kinds and previous.symbol_kinds and not set(number.kinds) & set(previous.symbol_kinds):
        return False
    if number.kinds and previous.kind not in number.kinds and previous.kind != "Văn bản":
        return False
    if not number.kinds and previous.symbol_kinds:
        return False
    tight = regex.fullmatch(r"\s*(?:[,;/]|[,;]?\s*(?:và|hoặc|cùng|đến))?\s*(?:các\s+)?\(?\s*", gap) is not None
    return tight or (has_so and ("," in gap or ";" in gap or " và" in gap))


def _stands_alone(number: Number, has_so: bool) -> bool:
    """Whether a number needs no type word to be a citation."""
    if number.shape == "blank":
        return has_so and bool(number.kinds)
    if number.shape in {"norm", "qh"}:
        return True
    if number.shape == "party":
        return bool(number.kinds) and (has_so or grammar.is_party(number) or number.known)
    if number.shape == "admin":
        return has_so or number.known
    if number.shape == "letter":
        return number.known and (has_so or len(number.bodies) > 1)
    return number.shape == "legacy" and (has_so or (len(number.bodies) > 0 and (number.symbol or "").startswith(("LCT/", "L/CTN"))))


def _kind_of(number: Number) -> str | None:
    if number.kinds:
        party = grammar.is_party(number)
        if party and "Thông tri" in number.kinds and number.shape == "party":
            return "Thông tri"
        return number.kinds[0]
    if number.shape == "letter":
        return "Công văn"
    if number.shape == "qh":
        return None
    return None


def _tail(lexed: Lexed, end: int, number: Number | None, kind: str | None) -> tuple[int, str | None, Span | None, tuple[str, ...]]:
    """What identifies further behind a number or name: date and issuer in either order."""
    joint = bool(kind and ("liên" in kind)) or bool(number and any(b.startswith(("TTLT", "NQLT")) for b in (number.symbol or "").split("/")))
    joint = joint or bool(number and len(number.bodies) > 1 and number.shape == "party")
    date = dates.after(lexed.folded, end)
    flags: tuple[str, ...] = ()
    if date:
        end, flags = date.end, date.flags
    issuer = issuers.after(lexed, end, joint)
    if issuer:
        end = issuer[1]
        if date is None and (date := dates.after(lexed.folded, end)):
            end, flags = date.end, date.flags
    return end, date.iso if date else None, issuer, flags


# --- names ----------------------------------------------------------------------------------


def _named(lexed: Lexed, numbered: list[Mention]) -> list[Mention]:
    taken = _covered(numbered)
    out: list[Mention] = []
    for name in sorted([*named_laws.laws(lexed), *named_laws.others(lexed)], key=lambda n: n.start):
        if taken(name.start, name.start + 1):
            continue
        end, date = name.end, name.year
        issuer: Span | None = None
        flags: tuple[str, ...] = ()
        bare = regex.match(r"\s+\(?([12]\d{3})(?![\d/-])", lexed.plain[end : end + 8]) if name.kind in {"Luật", "Bộ luật", "Hiến pháp", "Pháp lệnh"} else None
        if bare and 1940 <= int(bare[1]) <= 2100:
            end, date = end + bare.end(), bare[1]
        elif name.kind not in {"Nghị quyết", "Kết luận"} and date is None:
            end, date, issuer, flags = _tail(lexed, end, None, name.kind)
        if not name.complete and date is None:
            continue
        out.append(Mention(name.start, end, (name.start, end), squeeze(lexed.text[name.start : end]), name.kind, None, None, date,
                           squeeze(lexed.text[issuer[0] : issuer[1]]) if issuer else None, shape="name", title=name.title, year=date[:4] if date else None,
                           term=name.term, plenum=name.plenum, flags=flags, typed=True, known=name.complete))
    return out


@functools.cache
def _short_form() -> "regex.Pattern[str]":
    # "Nghị định 30", "Quy định số 294 ngày …": a number without symbol
    names = "nghi dinh|nghi quyet|quyet dinh|thong tu|chi thi|ket luan|quy dinh|huong dan|cong van|ke hoach|thong bao|cong dien|to trinh|bao cao|phap lenh|van ban"
    return regex.compile(rf"(?<![a-z])(?P<type>{names.replace(' ', chr(92) + 's+')})\s+(?P<so>so\s*:?\s*)?(?P<num>\d{{1,5}}[a-z]?)(?![\w/-])(?!\s*[/-]|[.,]\d|\s*%)")


def _short_forms(lexed: Lexed, found: list[Mention]) -> list[Mention]:
    """Mentions by type and number alone; whether they stand for a document, the document decides (`find`)."""
    taken = _covered(found)
    out = []
    for match in _short_form().finditer(lexed.folded):
        if taken(match.start("num"), match.start("num") + 1):
            continue
        end, date, issuer, flags = _tail(lexed, match.end(), None, None)
        kind = kinds.canonical(match["type"])
        out.append(Mention(match.start(), end, (match.start(), end), squeeze(lexed.text[match.start() : end]), kind, lexed.plain[match.start("num") : match.end("num")], None,
                           date, squeeze(lexed.text[issuer[0] : issuer[1]]) if issuer else None, shape="short", year=None, flags=flags, typed=True,
                           numbered=bool(match["so"])))
    return out


# --- provisions -----------------------------------------------------------------------------

_LINK = regex.compile(
    r"\s*(?:,\s*)?/?\s*(?:(?:của|tại|trong|thuộc|theo)\s+)?(?:\(?(?:ban\s+hành\s+)?kèm\s+theo\s+)?(?:các\s+)?"
)
_REGULATION = regex.compile(
    r"\s*,?\s*(?:của\s+)?(?:Quy\s+chế|Quy\s+định|Điều\s+lệ|Hướng\s+dẫn|Quy\s+trình|Nội\s+quy|Danh\s+mục|Chương\s+trình|Chiến\s+lược|Đề\s+án|Kế\s+hoạch|Quy\s+chuẩn)"
    r"[^.;\d(]{0,220}?\s*\(?\s*(?:được\s+)?ban\s+hành\s+(?:kèm\s+)?theo\s+"
)
_HEADING_AFTER = regex.compile(r"\s*(?:[.:)]|\n|\Z)")


def _is_heading(plain: str, chain: provisions.Chain, headings: tuple[Span, ...]) -> bool:
    """Whether a chain is the label of a division: "Điều 1. Phạm vi điều chỉnh" at the start of a line."""
    if any(s <= chain.start < e for s, e in headings):
        return True
    line = plain.rfind("\n", max(0, chain.start - 12), chain.start) + 1
    if (line == 0 and chain.start > 11) or plain[line : chain.start].strip(" \"“'(") or chain.internal:
        return False
    first = regex.match(r"(?i:điều|chương|mục|phần|phụ\s+lục|mẫu|tiểu\s+mục)\s+(?:số\s+|thứ\s+)?\w+", plain[chain.start : chain.start + 40])
    if not first:
        return False
    rest = plain[chain.start + first.end() : chain.start + first.end() + 3]
    if regex.match(r"\s*[:]|\.(?!\d)", rest):
        return first[0][0].isupper()
    return rest[:1] == "\n" and first[0][0].isupper() and _ends_sentence(plain, line)


def _ends_sentence(plain: str, line: int) -> bool:
    """Whether what stands above a line is finished (or nothing), so that the line may be a label of its own."""
    above = plain[max(0, line - 200) : line].rstrip()
    return not above or above[-1] in ".;:!?\"”)/-" or above[-1].isdigit() or above.rsplit("\n", 1)[-1].strip().isupper()


def _attach(lexed: Lexed, found: list[Mention], chains: list[provisions.Chain]) -> list[Mention]:
    """Gives each chain to the document behind or before it; what is left is internal."""
    starts = {m.core[0]: i for i, m in enumerate(found)}
    ends = {m.end: i for i, m in enumerate(found)}
    covered = _covered(found)
    out = list(found)
    for chain in chains:
        if not chain.internal:
            at = _document_behind(lexed.plain, chain, starts)
            if at is not None:
                mention = out[at]
                if not mention.provisions:
                    start = chain.start
                    out[at] = replace(mention, start=start, provisions=chain.provisions, text=squeeze(lexed.text[start : mention.end]))
                continue
            before = _document_before(lexed.plain, chain, ends, out)
            if before is not None:
                mention = out[before]
                out[before] = replace(mention, end=chain.end, provisions=chain.provisions, text=squeeze(lexed.text[mention.start : chain.end]))
                continue
        if not chain.provisions or chain.weak or covered(chain.start, chain.end) or (not chain.internal and chain.levels <= {"form", "paragraph"}):
            continue
        out.append(Mention(chain.start, chain.end, (chain.start, chain.end), squeeze(lexed.text[chain.start : chain.end]), "internal", None, None, None, None,
                           chain.provisions, shape="internal", typed=True, known=True))
    return out


def _covered(found: list[Mention]) -> Callable[[int, int], bool]:
    """A test whether a stretch lies inside one of the mentions."""
    order = sorted(m.core for m in found)
    starts = [start for start, _ in order]
    reach = list(itertools.accumulate((end for _, end in order), max))

    def inside(start: int, end: int) -> bool:
        index = bisect.bisect_right(starts, start) - 1
        return index >= 0 and reach[index] >= end

    return inside


def _document_behind(plain: str, chain: provisions.Chain, starts: dict[int, int]) -> int | None:
    for pattern in (_LINK, _REGULATION):
        link = pattern.match(plain, chain.end, chain.end + 300)
        if link and link.end() in starts:
            return starts[link.end()]
    return None


def _document_before(plain: str, chain: provisions.Chain, ends: dict[int, int], out: list[Mention]) -> int | None:
    if not chain.levels & {"article"}:
        return None
    for gap in range(13):
        i = ends.get(chain.start - gap)
        if i is not None and not out[i].provisions:
            return i if regex.fullmatch(r"\s*(?:,\s*|\(\s*)?(?:tại\s+)?", plain[chain.start - gap : chain.start]) else None
    return None
