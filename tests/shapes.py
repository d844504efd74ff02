"""`models/citation_shapes.csv` run against the grammar: does each example read as its `parse` column says?

The column is written in the words of the standard's table; here it is laid over mentions and citations. What the
rules of annotation leave out (a bare "Điều này", "Luật này", a title, a name without number) must stay silent.
"""

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from pipeline.document import Provision, Record
from pipeline.segment import citations, dates, lexer, provisions, targets
from pipeline.segment.mention import Mention
from pipeline.segment.mentions import parse
from pipeline.segment.nlp import plain_document
from pipeline.vietnamese import to_roman

Json = dict[str, Any]

#: Rows whose example only describes a case for another stage: page furniture, a broken font map.
ELSEWHERE = {"H-21", "H-22"}
_SILENT = ("citation", "not_citation", "draft", "resolved")
_LEVELS = {"dieu": "article", "khoan": "clause", "diem": "point", "muc": "section", "chuong": "chapter",
           "phuluc": "appendix", "mau": "form"}  # fmt: skip
_UNHELD = {"tiet", "gach", "doan"}
"""Parts smaller than a point: in the citation's text, but Provision has no field for them."""
_ISSUERS = {"UBTVQH": "uy-ban-thuong-vu-quoc-hoi", "BCHTW": "trung-uong"}


def example(row: Mapping[str, str]) -> str:
    """The text of a row's example; two rows only describe theirs."""
    if row["id"] == "H-11":
        return unicodedata.normalize("NFD", "30/2020/NĐ-CP")
    return row["example"].removesuffix(" (U+00D0)")


def right(row: Mapping[str, str]) -> bool:
    """Whether the example is read as given."""
    text, wanted = example(row), json.loads(row["parse"])
    if isinstance(wanted, list):
        found = parse(text)
        return len(found) == len(wanted) and all(document_right(w, m, text) for w, m in zip(wanted, found, strict=True))
    if any(wanted.get(name) is False for name in _SILENT) or any(wanted.get(n) is True for n in _SILENT[1:]):
        return not parse(text)
    if row["group"] == "E":
        return date_right(wanted["iso"], text)
    if wanted.get("title") is True or wanted.get("rel") == "antecedent" or row["id"] in {"H-05", "I-08"} or (
        wanted.get("rel") == "this" and set(wanted) == {"rel", "level"}):  # fmt: skip
        return not parse(text)
    if row["group"] == "F" and not {"type", "defines"} & set(wanted):
        return parts_right(wanted, text)
    if "normalised" in wanted and "type" not in wanted:
        return normal_right(wanted["normalised"], text)
    if {"rel", "base", "defines"} & set(wanted):
        return relation_right(wanted, text)
    found = parse(text)
    inner = len(wanted.get("title_contains", ())) + ("implements" in wanted)
    return len(found) == 1 + inner and document_right(wanted, found[0], text)


def date_right(iso: str, text: str) -> bool:
    found = dates.find(lexer.lex(text).folded)
    if "/" in iso:  # two days make a period, not a date
        return not parse(text)
    if found is None:
        return False
    if iso == "invalid":
        return dates.IMPOSSIBLE in found.flags
    return found.iso == iso.removesuffix("-XX")


def normal(mention: Mention) -> tuple[str, str]:
    """Number and symbol in their normal form."""
    return (
        mention.normal.get("number", mention.number) or "",
        mention.normal.get("symbol", mention.symbol) or "",
    )


def normal_right(wanted: str, text: str) -> bool:
    day = dates.find(lexer.lex("ngày " + text).folded)
    if day is not None and day.iso == wanted:
        return True
    found = parse(text)
    if wanted == "NFC":
        wanted = unicodedata.normalize("NFC", text)
    if wanted.startswith("("):
        return len(found) == 1 and found[0].number is None
    tight = wanted.replace("(U+0110)", "").strip()
    forms = {f"{n}{sep}{s}" for n, s in map(normal, found) for sep in "/-"} | {s for _, s in map(normal, found)}
    kinds = {m.kind for m in found}
    return (bool(found) and any(tight.split()[0] in form for form in forms)) or tight in kinds


def parts_right(wanted: Json, text: str) -> bool:
    if set(wanted) & _UNHELD:
        return False
    trees = wanted.get("tree") or [wanted]
    expected = [p for tree in trees for p in spread(tree)]
    (chain,) = provisions.chains(lexer.lex(text).plain)
    found = parse(text)
    inside = wanted.get("doc") == "self" or wanted.get("rel") == "this"
    if "doc" in wanted and not inside:
        return len(found) == 1 and f"{found[0].number}/{found[0].symbol}" == wanted["doc"] and (
            list(found[0].provisions) == expected
        )  # fmt: skip
    return list(chain.provisions) == expected and [m.kind for m in found] == ["internal"] and chain.internal == inside


def spread(tree: Json) -> list[Provision]:
    """Lists and ranges as provisions, one each."""
    if "dieu_range" in tree:
        first, last = map(int, tree["dieu_range"])
        return [Provision(article=str(n)) for n in range(first, last + 1)]
    rows: list[dict[str, str]] = [{}]
    for short, name in _LEVELS.items():
        if short in tree:
            values = tree[short] if isinstance(tree[short], list) else [tree[short]]
            rows = [{**row, name: value} for row in rows for value in values]
    return [Provision(**row) for row in rows]


def relation_right(wanted: Json, text: str) -> bool:
    found = citations.find(plain_document(text), Record(), ())
    numbers = [f"{c.number}{sep}{c.symbol}" for c in found for sep in "/-"]
    if "base" in wanted:
        old, new = found
        return (
            f"{old.number}/{old.symbol}" == wanted["base"]
            and f"{new.number}/{new.symbol}" == wanted["amended_by"]
            and (old.flags, new.relation) == (("as-amended",), "amends")
        )
    if "defines" in wanted:
        return [c.text for c in found] == [wanted["defines"]]
    return (
        len(found) == 1
        and found[0].relation == wanted["rel"]
        and ("target" not in wanted or wanted["target"] in numbers)
    )


def document_right(wanted: Json, mention: Mention, text: str) -> bool:
    """Whether a mention has every part that is wanted of it."""
    number, symbol = normal(mention)
    said = mention.symbol or ""
    checks = {
        "type": lambda v: mention.kind == v,
        "num": lambda v: number == v + wanted.get("suffix", ""),
        "year": lambda v: v in (mention.year, mention.date),
        "symbol": lambda v: v in (said, said.removeprefix(f"{mention.year}/"), symbol),
        "normalised": lambda v: v in (f"{number}-{symbol}", f"{number}/{symbol}"),
        "term": lambda v: mention.term == v or f"khóa {to_roman(v)}" in (mention.issuer or ""),
        "congress": lambda v: mention.term == v,
        "plenum": lambda v: mention.plenum == v,
        "date": lambda v: mention.date == v,
        "bodies": lambda v: set(v) <= set(mention.bodies),
        "body": lambda v: v in mention.bodies,
        "unit": lambda v: said.endswith("-" + v),
        "kind": lambda v: v in said,
        "level": lambda v: v in said,
        "issuer": lambda v: issuer_right(v, mention),
        "title": lambda v: mention.title in (v, None) and ("Luật" not in wanted["type"] or mention.title == v),
        "title_contains": lambda v: all(part in text[mention.end :] for part in v),
        "implements": lambda v: any(f"{m.number}-{m.symbol}" == v for m in parse(text)),
    }
    return all(checks[name](value) for name, value in wanted.items() if name != "suffix")


def issuer_right(wanted: str, mention: Mention) -> bool:
    """By the printed words, else by the author of the identifier."""
    if mention.issuer:
        return wanted.startswith(mention.issuer) or _ISSUERS.get(wanted) in (targets.identifier(mention) or "")
    slug = _ISSUERS.get(wanted) or targets.slug(wanted)
    return f"/{slug}/" in (targets.identifier(mention) or "")
