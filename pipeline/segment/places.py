"""Where a body sits: province, and the district or commune below it, from the printed name or from the letterhead."""

import functools
from typing import NamedTuple

import regex

from pipeline import knowledge
from pipeline.document import Record
from pipeline.segment import symbols
from pipeline.vietnamese import fold

_SHORT = {
    "hcm": "Hồ Chí Minh",
    "tphcm": "Hồ Chí Minh",
    "tp.hcm": "Hồ Chí Minh",
    "hn": "Hà Nội",
    "brvt": "Bà Rịa - Vũng Tàu",
}
_NAME = r"(?:\p{Lu}\p{L}*(?:(?:\s+|\s?-\s?)\p{Lu}\p{L}*){0,4}|\d{1,2})(?!\p{L})"
_PROVINCIAL = regex.compile(
    rf"(?i:tỉnh|thành)\s+(?i:ủy|uỷ)\s+(?P<name>{_NAME})|(?i:tỉnh)\s+(?!(?i:ủy|uỷ))(?P<name>{_NAME})"
)
_BELOW = regex.compile(
    rf"(?<!\p{{L}})(?P<level>(?i:huyện|quận|thị\s+xã|thị\s+trấn|xã|phường|đặc\s+khu|thành\s+phố|tp\.?))(?:\s+(?i:ủy|uỷ))?"
    rf"\s+(?!(?i:hội|ủy|uỷ)(?!\p{{L}}))(?P<name>{_NAME})"
)
_BARE = regex.compile(
    r"(?i)(?:UBND|HĐND|(?:Ủy|Uỷ) ban nhân dân|Hội đồng nhân dân|(?:Ủy|Uỷ) ban Mặt trận Tổ quốc Việt Nam|Đảng bộ"
    r"|Đảng (?:ủy|uỷ)|Công an)\s+(?P<level>tỉnh|thành phố|huyện|quận|thị xã|xã|phường|thị trấn|đặc khu)\Z"
    r"|(?P<level>tỉnh|thành|huyện|quận) (?:ủy|uỷ)\Z"
)


class Seat(NamedTuple):
    """Where a body sits: its province as usually written, and what lies below with its level ("huyện Lạng Giang")."""

    province: str | None = None
    below: str | None = None


NOWHERE = Seat()


@functools.cache
def provinces() -> dict[str, tuple[str, str]]:
    """Folded name of a province -> (its name, "tỉnh" or "thành phố"); former provinces among them."""
    return {fold(row["name"]): (row["name"], row["kind"]) for row in knowledge.rows("provinces.csv")}


@functools.cache
def _at_end() -> "regex.Pattern[str]":
    names = "|".join(
        r"[\s-]+".join(name.replace("-", " ").split()) for name in sorted(provinces(), key=len, reverse=True)
    )
    return regex.compile(rf"(?<![a-z])(?P<name>{names}|tp\.?\s?hcm)\s*\Z")


def province(name: str) -> str | None:
    """The usual writing of a province's name, or None.

    >>> province("BẮC GIANG"), province("Lạng Giang")
    ('Bắc Giang', None)
    """
    tight = " ".join(fold(name).replace("-", " - ").split())
    found = provinces().get(tight)
    return found[0] if found else _SHORT.get(tight.replace(" ", ""))


def seat(issuer: str | None) -> Seat:
    """Where the name of a body says that it sits.

    >>> seat("UBND tỉnh Bắc Giang"), seat("UBND huyện Lạng Giang"), seat("UBND thành phố Bắc Giang").below
    (Seat(province='Bắc Giang', below=None), Seat(province=None, below='huyện Lạng Giang'), 'thành phố Bắc Giang')
    """
    text = " ".join((issuer or "").split())
    region, below = None, None
    if named := _PROVINCIAL.search(text):
        region = province(named["name"]) or named["name"]
    for unit in _BELOW.finditer(text):
        level = (
            "thành phố"
            if fold(unit["level"]).startswith("t") and "x" not in fold(unit["level"])
            else unit["level"].lower()
        )
        level = "thị trấn" if fold(unit["level"]).endswith("tran") else " ".join(level.split())
        city = province(unit["name"]) if level == "thành phố" else None
        if city and provinces()[fold(city)][1] == "thành phố":
            region = region or city
        else:
            below = below or f"{level} {unit['name'].title() if unit['name'].isupper() else unit['name']}"
    if region is None and below is None and (last := _at_end().search(fold(text))):
        region = province(last["name"])
    return Seat(region, below)


def letterhead(record: Record) -> Seat:
    """Where the issuer of a document sits: by its name, that of its superior, else by the place of issue."""
    seats = [seat(field.value) for field in (record.issuer, record.superior) if field]
    region = next((s.province for s in seats if s.province), None)
    below = next((s.below for s in seats if s.below), None)
    central = record.issuer is not None and fold(record.issuer.value) in symbols.central_names()
    if region is None and record.place is not None and not central:
        region = province(regex.sub(r"^(?i:tp\.?|thành phố)\s*", "", record.place.value))
    return Seat(region, below)


def in_full(issuer: str, home: Seat) -> str | None:
    """The issuer with the letterhead's place where it is named without one ("UBND tỉnh"), or None.

    >>> in_full("UBND tỉnh", Seat("Bắc Giang")), in_full("UBND huyện", Seat("Bắc Giang", "xã Tân Dĩnh"))
    ('UBND tỉnh Bắc Giang', None)
    """
    bare = _BARE.search(" ".join(issuer.split()))
    if bare is None:
        return None
    level = bare["level"].lower()
    if level == "tỉnh" or level == "thành" or (level == "thành phố" and not (home.below or "").startswith(level)):
        return f"{issuer} {home.province}" if home.province else None
    same = home.below and home.below.startswith(level + " ")
    return f"{issuer} {(home.below or '').removeprefix(level).strip()}" if same else None
