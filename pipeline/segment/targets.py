"""Canonical identifiers of cited documents: AKN-like IRIs (STANDARD section 3.3).

`/akn/vn[-place]/{act|doc|judgment}/{type}/{author}/{date|year}/{number-symbol}`, lower-case ASCII; equal for equal
documents, distinct for different ones; parts that are not known are written ``unknown``.
"""

import hashlib

import regex

from pipeline.document import Provision
from pipeline.segment import numerals, places, symbols, versions
from pipeline.segment.mentions import Mention
from pipeline.vietnamese import fold

_AUTHORS = {
    "cp": "chinh-phu",
    "ttg": "thu-tuong-chinh-phu",
    "qh": "quoc-hoi",
    "ubtvqh": "uy-ban-thuong-vu-quoc-hoi",
    "tw": "trung-uong",
    "ctn": "chu-tich-nuoc",
    "hdbt": "hoi-dong-bo-truong",
    "tvqh": "uy-ban-thuong-vu-quoc-hoi",
}
_LOCAL = {"ubnd": "ubnd", "hdnd": "hdnd", "ub": "ubnd", "tu": "tinh-uy", "ctubnd": "ubnd", "vptu": "van-phong-tinh-uy"}
_ACTS = frozenset(
    {
        "Hiến pháp",
        "Bộ luật",
        "Luật",
        "Pháp lệnh",
        "Lệnh",
        "Nghị định",
        "Thông tư",
        "Thông tư liên tịch",
        "Nghị quyết liên tịch",
        "Sắc lệnh",
    }
)
_WITH_YEAR = frozenset({"Nghị quyết", "Quyết định", "Chỉ thị", "Quy chế", "Quy định", None})
"""Kinds that make law where their number has a year."""
_VAGUE = frozenset({"Văn bản", "Công văn"})
_JUDGMENTS = frozenset({"Bản án", "Án lệ", "Cáo trạng"})
_PARTS = (
    ("appendix", "att"),
    ("form", "form"),
    ("part", "part"),
    ("chapter", "chp"),
    ("section", "sec"),
    ("article", "art"),
    ("clause", "para"),
    ("point", "point"),
)


def slug(text: str) -> str:
    """Lower-case ASCII with single dashes.

    >>> slug("2020/NĐ-CP")
    '2020-nd-cp'
    """
    return "-".join(regex.findall(r"[a-z0-9]+", fold(text)))


def point(letter: str) -> str:
    """A point's letter as an identifier: đ becomes dd, so that it stays apart from d.

    >>> point("đ"), point("d"), point("đ1")
    ('dd', 'd', 'dd1')
    """
    return slug(letter.replace("đ", "dd").replace("Đ", "dd"))


def identifier(
    mention: Mention,
    home: places.Seat = places.NOWHERE,
    citing: str = "",
    day: str | None = None,
    own: versions.Numbers | None = None,
) -> str | None:
    """The IRI of the document that a mention names; None for a place inside the citing document.

    Args:
        mention: what the text says.
        home: where the letterhead says that the citing document was issued, for local bodies named without a place.
        citing: identifies the citing document, for a mention that names too little to be told apart.
        day: ISO date of the citing document; it decides which law a name without year means.
        own: numbers of laws that the citing document prints with their titles.
    """
    if mention.kind == "internal":
        return None
    if mention.shape == "name" and (law := _law(mention, day, own or {})):
        return law
    kind = slug(_kind(mention) or "unknown")
    number = mention.normal.get("number", mention.number)
    symbol = mention.normal.get("symbol", mention.symbol)
    author, local = _author(mention, home)
    group = _group(mention)
    country = "vn" + (f"-{local}" if local else "")
    if mention.shape == "name":
        return _named(mention, group, kind, day)
    if mention.shape == "standard":
        return f"/akn/vn/doc/{kind}/unknown/{mention.year}/{slug(number or '')}"
    term = mention.term or _term(mention.issuer)
    when = mention.year or mention.date or (f"khoa-{term}" if term else "unknown")
    if mention.shape == "qh":
        when = mention.year or f"khoa-{mention.term}"
    tail = "-".join(part for part in (_plain_number(number), slug(_canonical(symbol or ""))) if part)
    if number is None or (symbol is None and mention.date is None):
        tail = (tail + "-" if tail else "") + hashlib.sha256(f"{citing}:{mention.start}".encode()).hexdigest()[:8]
    return f"/akn/{country}/{group}/{kind}/{author}/{when}/{tail}"


def _group(mention: Mention) -> str:
    if mention.kind in _JUDGMENTS:
        return "judgment"
    kind = _kind(mention)
    dated = mention.shape in {"norm", "qh"} and kind in _WITH_YEAR
    return "act" if kind in _ACTS or dated else "doc"


def _kind(mention: Mention) -> str | None:
    """The kind as printed, but that of the table where a code is called a law.

    That of the symbol where the printed one says less ("Văn bản số 30/2020/NĐ-CP") or more ("Thông báo kết luận").
    """
    kind = mention.kind
    if kind == "Luật" and mention.shape == "qh":
        number = f"{mention.normal.get('number', mention.number)}/{mention.normal.get('symbol', mention.symbol)}"
        return versions.kinds_by_number().get(number, kind)
    held = mention.symbol_kinds
    if kind in _VAGUE:
        return held[0] if held else "Công văn"
    if kind is None or not held or kind in held:
        return kind
    longer = "Thông tư liên tịch" if "Thông tư liên tịch" in held else None
    return next((k for k in held if kind.startswith(k + " ")), longer or kind)


def _law(mention: Mention, day: str | None, own: versions.Numbers) -> str | None:
    """The identifier by number of a law cited by name, where the number can be told."""
    if mention.kind not in {"Luật", "Bộ luật", "Pháp lệnh"} or not mention.title:
        return None
    number = versions.number(mention.kind, mention.title, mention.date, day, own)
    if number is None:
        return None
    plain, _, symbol = number.partition("/")
    kind = versions.kinds_by_number().get(number, mention.kind)
    author = "uy-ban-thuong-vu-quoc-hoi" if "UBTVQH" in symbol else "quoc-hoi"
    return f"/akn/vn/act/{slug(kind)}/{author}/{symbol[:4]}/{_plain_number(plain)}-{slug(symbol)}"


def _term(issuer: str | None) -> int | None:
    """The term that an issuer is printed with: "Bộ Chính trị khóa X"."""
    match = regex.search(r"khoa\s+([ivxl]+|\d{1,2})\s?\)?\Z", fold(issuer or ""))
    return numerals.count(match[1].upper()) if match else None


def _plain_number(number: str | None) -> str:
    """The number as a key: without leading zeros ("02" and "2" are one)."""
    return slug(number or "").lstrip("0") if number else ""


def _canonical(symbol: str) -> str:
    return symbol.replace("&", "").replace("TTG", "TTg").replace(".", "-")


def _named(mention: Mention, group: str, kind: str, day: str | None) -> str:
    if mention.title and mention.title.startswith("Đại hội "):
        return f"/akn/vn/doc/{kind}/{slug(mention.title)}/khoa-{mention.term}/dai-hoi-{mention.term}"
    if mention.plenum is not None or mention.term is not None:
        name = "-".join(part for part in (f"hoi-nghi-{mention.plenum}" if mention.plenum else "hoi-nghi",) if part)
        return f"/akn/vn/doc/{kind}/trung-uong/{f'khoa-{mention.term}' if mention.term else 'unknown'}/{name}"
    when = mention.date or "unknown"
    if mention.kind == "Hiến pháp":
        year = mention.date[:4] if mention.date else versions.constitution(day) or "unknown"
        return f"/akn/vn/act/hien-phap/quoc-hoi/{year}/hien-phap"
    if mention.kind == "Điều lệ":
        return f"/akn/vn/doc/dieu-le/unknown/{when}/{slug(mention.title or '')}"
    title = versions.usual_title(mention.kind, mention.title) if mention.kind and mention.title else None
    year = when[:4] if when != "unknown" else when
    author = "uy-ban-thuong-vu-quoc-hoi" if mention.kind == "Pháp lệnh" else "quoc-hoi" if group == "act" else "unknown"
    return f"/akn/vn/{group}/{kind}/{author}/{year}/{slug(title or mention.text)}"


def _author(mention: Mention, home: places.Seat) -> tuple[str, str | None]:
    """The author's slug and the place's slug for local bodies.

    A body is told by its abbreviation where there is one, so that a mention without issuer names the same document.
    """
    issuer = mention.normal.get("issuer", mention.issuer)
    if mention.kind in _JUDGMENTS and issuer:
        return slug(issuer), None
    for body in mention.bodies:
        key = regex.sub(r"\d+$", "", fold(body).replace("&", ""))
        if key in _AUTHORS:
            return _AUTHORS[key], None
        if key in symbols.central():
            return slug(symbols.central()[key]), None
        if key in _LOCAL or key in symbols.seated():
            return _seated(_LOCAL.get(key, slug(body)), places.seat(issuer), home)
    if mention.bodies:
        region = places.seat(issuer).province
        name = slug("-".join(mention.bodies)) or "unknown"
        return (f"{name}-{slug(region)}", slug(region)) if region else (name, None)
    return (slug(issuer) if issuer else "unknown"), None


def _seated(name: str, said: places.Seat, home: places.Seat) -> tuple[str, str | None]:
    """A local body with its place: as printed, else that of the letterhead."""
    region = said.province or home.province
    where = slug(said.below or region or "")
    return (f"{name}-{where}" if where else name), slug(region) if region else None


def part(provision: Provision) -> str:
    """The part of an IRI that names a provision: ``art_5__para_2__point_a``.

    >>> part(Provision(article="5", clause="2", point="đ"))
    'art_5__para_2__point_dd'
    """
    found = []
    for name, short in _PARTS:
        value = getattr(provision, name)
        if value:
            found.append(f"{short}_{point(value)}")
    return "__".join(found)
