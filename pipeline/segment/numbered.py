"""Mentions by number: the type word before a number, date and issuer behind it, and lists that share a type."""

import functools
from dataclasses import replace

import regex

from pipeline.document import Span
from pipeline.segment import dates, grammar, issuers, kinds, named_laws, numerals
from pipeline.segment.grammar import Number
from pipeline.segment.lexer import Lexed, squeeze
from pipeline.segment.mention import Mention, covered

_QUALIFIERS = "|".join(
    words.replace(" ", r"\s+")
    for words in (
        "hoa toc", "khan", "mat", "toi mat", "tuyet mat", "ca biet", "tham tra", "tham dinh", "giai trinh", "kiem diem",
        "giam doc tham", "tai tham", "chi dao", "bo sung", "chuyen de", "phoi hop", "lao dong", "hop", "lam viec",
        "nghiem thu", "tong ket", "so ket", "kiem tra", "giam sat", "thanh tra", "hanh chinh", "dinh chinh", "tra loi",
        "phuc dap", "de nghi", "kinh te", "danh gia",
    )
)  # fmt: skip
"""What may stand between the type word and its number: "Báo cáo thẩm tra số …", folded."""


@functools.cache
def _before() -> "regex.Pattern[str]":
    names = kinds.alternation(kinds.words())
    return regex.compile(
        rf"""(?r)
        (?P<start> (?<![a-z]) (?P<type>{names}) (?![a-z])
            (?: \s+(?P<qualifier>{_QUALIFIERS}) )? \s*,?\s* )?
        (?P<so> (?<![a-z])s[o0e6] (?:\s+hieu)? \s*:?[\s.…]* | \(\s*so\s*:?\s* )? \Z
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


def find(lexed: Lexed) -> list[Mention]:
    """The documents that a text cites by number, technical standards among them."""
    out: list[Mention] = []
    for number in grammar.numbers(lexed.plain):
        mention = _mention(lexed, number, out[-1] if out else None)
        if mention:
            out.append(mention)
    taken = covered(out)
    for number in grammar.file_names(lexed.plain):
        if not taken(number.start, number.start + 1) and lexed.text[number.end - len(number.symbol or "") - 1] in "-_":
            mention = _bare(lexed, number, number.kinds[0], "file-name")
            normal = {"symbol": number.clean_symbol or ""} if number.clean_symbol != number.symbol else {}
            out.append(replace(mention, symbol_kinds=number.kinds, normal=normal))
    out += [
        replace(_bare(lexed, number, kind, "standard"), typed=True) for number, kind in grammar.standards(lexed.plain)
    ]
    return out


def _bare(lexed: Lexed, number: Number, kind: str, shape: str) -> Mention:
    """The mention that a number with its symbol makes by itself."""
    span = (number.start, number.end)
    return Mention(
        *span, span, squeeze(lexed.text[slice(*span)]), kind, number.number, number.symbol, None, None,
        shape=shape, year=number.year, bodies=number.bodies, known=True,
    )  # fmt: skip


def _mention(lexed: Lexed, number: Number, previous: Mention | None) -> Mention | None:
    window = max(0, number.start - 70)
    if previous:
        window = max(window, previous.end) if previous.end <= number.start else window
    before = _before().search(lexed.folded, window, number.start)
    kind_word = before["type"] if before and before["start"] else None
    if (
        kind_word == "luat"
        and before
        and regex.search(
            r"(?:phap|ky|quan)\s+\Z", lexed.folded[max(0, before.start("type") - 8) : before.start("type")]
        )
    ):
        kind_word = None
    has_so = bool(before and before["so"])
    start = number.start
    kind: str | None = None
    issuer_span: Span | None = None
    title = None
    if before and kind_word:
        start, kind = before.start("type"), kinds.canonical(kind_word)
        if before["qualifier"]:  # "Quy chế phối hợp" is a kind of its own, "Báo cáo thẩm tra" a report
            kind = kinds.canonical(f"{kind_word} {before['qualifier']}") or kind
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
        elif (
            of
            and (found := issuers.after(lexed, of.start("issuer"), lead=False))
            and abs(found[1] - of.end("issuer")) <= 1
        ):
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
    term = _term_behind(lexed.folded, number)
    end, date, issuer, flags = tail(lexed, term.end() if term else number.end, number, kind)
    if issuer_span and issuer is None:
        issuer = issuer_span
    normal = {}
    if number.clean_number != number.number and number.clean_number:
        normal["number"] = number.clean_number
    if number.clean_symbol != number.symbol and number.clean_symbol:
        normal["symbol"] = number.clean_symbol
    if number.repaired:
        flags += ("repaired-number",)
    return Mention(
        start,
        end,
        (start, end),
        squeeze(lexed.text[start:end]),
        kind,
        number.number,
        number.symbol,
        date,
        squeeze(lexed.text[issuer[0] : issuer[1]]) if issuer else None,
        shape=number.shape,
        title=title,
        year=number.year,
        term=numerals.count(term["term"]) if term else number.term,
        bodies=number.bodies,
        normal=normal,
        flags=flags,
        typed=typed,
        numbered=has_so,
        known=number.known,
        symbol_kinds=number.kinds,
    )


_PLACE = regex.compile(
    r"(?r)(?:bieu(?:\s+mau)?|mau(?:\s+bieu)?|to\s+khai|bang|hinh|xay\s+dung|cum(?:\s+thi\s+dua|\s+td)?|khoi(?:\s+thi\s+dua)?|to|khu\s+pho|quan|phuong|dien\s+thoai|tai\s+khoan|dt|fax|hom\s+thu|nha|duong)\s*(?:so\s*:?\s*)?\Z"
)


def _term_behind(folded: str, number: Number) -> "regex.Match[str] | None":
    """The term of the committee right behind a Party number: "18-NQ/TW (khóa XII)"."""
    if not grammar.is_party(number):
        return None
    return regex.compile(r"\s*\(\s?khoa\s+(?P<term>[ivx]+|\d{1,2})\s?\)").match(folded, number.end, number.end + 16)


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
    if (
        number.shape != "qh"
        and "/QH" not in (number.symbol or "")
        and not (
            number.shape in {"legacy", "norm"} and any(b.startswith(("CTN", "HĐNN", "UBTVQH")) for b in number.bodies)
        )
    ):
        return None
    low = max(0, start - 400)
    best = None
    for law in named_laws.laws(
        Lexed(lexed.text[low:start] + " số 1", lexed.plain[low:start] + " số 1", lexed.folded[low:start] + " so 1")
    ):
        gap = lexed.plain[min(low + law.end, start) : start]
        if regex.fullmatch(r"[\s,(]*(?:của\s+Quốc\s+hội)?[\s,(]*(?:năm\s+)?(?:[12]\d{3})?[\s,(]*", gap):
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
    return number.shape == "legacy" and (
        has_so or (len(number.bodies) > 0 and (number.symbol or "").startswith(("LCT/", "L/CTN")))
    )


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


def tail(
    lexed: Lexed, end: int, number: Number | None, kind: str | None
) -> tuple[int, str | None, Span | None, tuple[str, ...]]:
    """What identifies further behind a number or name: date and issuer in either order."""
    joint = bool(kind and ("liên" in kind)) or bool(
        number and any(b.startswith(("TTLT", "NQLT")) for b in (number.symbol or "").split("/"))
    )
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
