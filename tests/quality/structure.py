"""Citations and sections on text that no rule was written for: the standard's table, mined text, OCR noise, heads.

    python -m tests.quality.structure [--shared DIR] [--show N]

Mined text is not annotated, so that a second, much simpler reading of it is the witness: wherever a number with its
symbol, a law with its year, a date or an issuer stands in plain sight, the citation must have it.
"""

import argparse
import json
import lzma
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import regex

from pipeline import knowledge
from pipeline.config import Config, SegmentConfig
from pipeline.document import Citation, ExtractedDocument, Field, Line, Method, Record
from pipeline.extract import extract
from pipeline.repair import repair
from pipeline.segment import citations, segment
from pipeline.segment.nlp import plain_document
from pipeline.vietnamese import fold, nfc
from tests import shapes
from tests.quality import documents

PAIRS = Path(__file__).resolve().parent.parent / "data" / "target_pairs.jsonl"
ROOT = Path(__file__).resolve().parent.parent.parent
WORDLESS = SegmentConfig(words=False)
MOST_MINED = 10_000

_BODY = r"[A-ZĐ][A-Za-zĐđƯư&]*\d{0,2}"
_NUMBER = regex.compile(
    rf"(?<![\w/.,-])(?<number>\d{{1,5}}[a-zđ]?)(?:(?<sep>/)(?<symbol>(?:(?:19|20)\d\d/)?{_BODY}(?:[-/]{_BODY})+"
    rf"|(?:19|20)\d\d/(?:UBTV)?QH1\d)|(?<sep>-)(?<symbol>(?:NQ|QĐ|CT|KL|QC|QĐi|TB|BC|KH|HD|CTr|TTr|CV|ĐA)/{_BODY}))"
    r"(?![\w/&-])"
)
_DATE = regex.compile(r",?\s+ngày\s+(\d{1,2})(?:/|-|\.|\s+tháng\s+)(\d{1,2})(?:/|-|\.|\s+năm\s+)((?:19|20)\d\d)(?!\d)")
_ISSUER = regex.compile(r",?\s+của\s+(?:các\s+)?(?<word>\p{Lu}\p{L}+)(?!\s+số\s)")
_PROVISION = regex.compile(
    r"(?:Điều|khoản|Phụ\s+lục)\s+(?:\d{1,3}|[IVX]{1,4})\s+(?:của\s+)?\p{Lu}\p{L}+(?:\s+\p{L}+){0,3}\s+(?:số:?\s+)?\Z"
)
_OTHER = regex.compile(r"(?i)(?:m[ẫấa]u|biểu)\s+(?:s\p{L}\s+)?\Z|^\s*(?:Luật )?số\s*:\s*\Z")
"""What makes a number no citation: the number of a form, the head of a document."""
_LAW = regex.compile(r"(?<!\p{L})(?:Bộ luật|Luật|Pháp lệnh)\s+(?:\p{L}+,?\s+){1,14}?năm\s+(?<year>(?:19[4-9]|20)\d)")


class Mined(NamedTuple):
    """One place where a citation stands in plain sight, and what was made of it."""

    context: str
    right: bool
    found: bool


def texts(shared: Path) -> Iterator[str]:
    """Documents of the development corpus: administrative, legal, encyclopedic, and text as OCR read it."""
    for name in ("admin2025", "phapdien_docs", "wiki2017"):
        with lzma.open(shared / "corpus" / "dev" / f"{name}.jsonl.xz", "rt", encoding="utf-8") as file:
            yield from (nfc(json.loads(line)["text"]) for line in file)
    read: dict[str, list[str]] = {}
    with lzma.open(shared / "corpus" / "dev" / "ocr_pairs.jsonl.xz", "rt", encoding="utf-8") as file:
        for line in file:
            pair = json.loads(line)
            read.setdefault(pair["doc"], []).append(nfc(pair["ocr"]))
    yield from ("\n".join(lines) for lines in read.values())


def mined(shared: Path) -> Iterator[Mined]:
    """Every place in the corpus, up to `MOST_MINED`, where the simple reading sees a number or a dated law."""
    count = 0
    for text in texts(shared):
        found = segment(plain_document(text), WORDLESS)
        record = found.record
        numbers = {f"{r.number.value}{sep}{r.symbol.value}" for r in (record,) if r.number and r.symbol for sep in "/-"}
        own = {f.span[0] for r in (record, *record.attached) for f in (r.number, r.symbol, *r.recipients) if f}
        for match in (*_NUMBER.finditer(text), *_LAW.finditer(text)):
            line = text.rfind("\n", 0, match.start()) + 1
            if match.start() in own or _OTHER.search(text[line : match.start()]) or match[0] in numbers:
                continue
            over = [c for c in found.citations if c.span[0] <= match.start() and match.end() <= c.span[1]]
            best = max(over, key=lambda c: c.span[0], default=None)
            context = text[max(0, match.start() - 60) : match.end() + 60].replace("\n", "⏎")
            yield Mined(context, best is not None and _whole(best, match, text), best is not None)
            count += 1
            if count == MOST_MINED:
                return


def _whole(citation: Citation, match: "regex.Match[str]", text: str) -> bool:
    """Whether a citation has every part that the simple reading sees."""
    groups = match.groupdict()
    if citation.kind is None or citation.kind == "internal":
        return False
    if "year" in groups:
        return citation.date is not None and citation.date.startswith(groups["year"])
    printed = "".join((citation.symbol or "").split())
    if (citation.number, printed) != (groups["number"], groups["symbol"]):
        return False
    place = match.end()
    if day := _DATE.match(text, place):
        if citation.date != f"{day[3]}-{int(day[2]):02d}-{int(day[1]):02d}":
            return False
        place = day.end()
    if (issuer := _ISSUER.match(text, place)) and not (citation.issuer or "").startswith(issuer["word"]):
        return False
    return not _PROVISION.search(text, max(0, match.start() - 60), match.start()) or bool(citation.provisions)


def table() -> dict[str, float]:
    """The standard's table of shapes: examples read as given, and negatives that stay silent."""
    rows = [row for row in knowledge.rows("citation_shapes.csv") if row["id"] not in shapes.ELSEWHERE]
    negative = [row for row in rows if row["group"] == "N"]
    positive = [row for row in rows if row["group"] != "N"]
    return {
        "structure.shapes": sum(map(shapes.right, positive)) / len(positive),
        "structure.silent": sum(map(shapes.right, negative)) / len(negative),
    }


def heads(shared: Path) -> dict[str, float]:
    """Record fields of administrative papers against the metadata of their source, where a head is printed."""
    right: dict[str, list[bool]] = {}
    with lzma.open(shared / "corpus" / "dev" / "admin2025.jsonl.xz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if "Độc lập" not in row["text"][:600]:
                continue
            record = segment(plain_document(nfc(row["text"])), WORDLESS).record
            number, _, symbol = row["title"].partition("/")
            if regex.fullmatch(r"\d+[a-zđ]?", number):
                right.setdefault("number", []).append(_said(record.number) == fold(number).lstrip("0"))
                right.setdefault("symbol", []).append(_said(record.symbol) == _tight(symbol))
            if row.get("kind"):
                right.setdefault("kind", []).append(_said(record.kind) == _tight(row["kind"]))
            if row.get("issuer"):  # "Tỉnh Cao Bằng" stands for its committee or council
                said, wanted = _said(record.issuer), _tight(row["issuer"])
                right.setdefault("issuer", []).append(said == wanted or said.endswith("dan" + wanted))
            if day := regex.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", row.get("date") or ""):
                iso = record.date.iso if record.date else None
                right.setdefault("date", []).append(iso == f"{day[3]}-{day[2]}-{day[1]}")
    return {f"structure.heads.{name}": sum(found) / len(found) for name, found in right.items()}


def _tight(text: str) -> str:
    return "".join(fold(text).split())


def _said(field: Field | None) -> str:
    return _tight(field.value).lstrip("0") if field else ""


def _channel(name: str) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for row in knowledge.rows(f"confusions/{name}.csv"):
        table.setdefault(row["true"], {})[row["read"]] = int(row["count"])
    return table


def misread(text: str, rng: Random) -> str:
    """The text as Tesseract reads it: words and letters replaced as often as `models/confusions` counted."""
    words, letters = _channel("words"), _channel("letters")

    def read(match: "regex.Match[str]") -> str:
        word = match[0]
        if word in words:
            return _drawn(words[word], rng)
        return "".join(
            _drawn(letters[c.lower()], rng).upper() if c.isupper() else _drawn(letters[c], rng)
            if c.lower() in letters else c for c in word
        )  # fmt: skip

    return regex.sub(r"\p{L}+", read, text)


def _drawn(counts: dict[str, int], rng: Random) -> str:
    return rng.choices(list(counts), list(counts.values()))[0]


def noised(shared: Path, seeds: tuple[int, ...] = (1, 2)) -> dict[str, float]:
    """F1 of sections and citations of annotated born-digital documents read as by OCR, over that of the same clean."""
    score = documents.scorer(shared)
    assert score is not None
    counts: dict[tuple[str, str], list[int]] = {}
    for truth_path in sorted((shared / "annotated").glob("*.pdf")):
        truth = json.loads(truth_path.with_suffix(".json").read_text("utf-8"))
        extracted = extract(truth_path, truth_path.name, Config())
        if any(page.method is not Method.EMBEDDED for page in extracted.pages):
            continue
        for seed in seeds:
            for how, document in (("clean", extracted), ("noised", _as_read(extracted, Random(seed)))):
                found = asdict(segment(repair(document, Config().repair), WORDLESS))
                pages = set(truth.get("pages") or ())
                for what, measure in (("sections", score.score_sections), ("citations", score.score_citations)):
                    got = measure(found, truth[what], pages)
                    count = counts.setdefault((what, how), [0, 0])
                    count[0] += 2 * got["hits"]
                    count[1] += got["found"] + got["truth"]
    f1 = {key: hits / both for key, (hits, both) in counts.items()}
    return {f"structure.noised.{what}": f1[what, "noised"] / f1[what, "clean"] for what in ("sections", "citations")}


def _as_read(document: ExtractedDocument, rng: Random) -> ExtractedDocument:
    """The document as if OCR had read its pages: letters misread, no glyphs, no weight of type."""

    def line(one: Line) -> Line:
        return Line(misread(one.text, rng), one.box, size=one.size, furniture=one.furniture)

    pages = (replace(p, method=Method.OCR, lines=tuple(map(line, p.lines))) for p in document.pages)
    return replace(document, pages=tuple(pages))


def pairs() -> dict[str, float]:
    """Pairs of mentions of one document, and of two: with the same target, and with different ones."""
    rows = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    right = {
        same: [same_target(r["one"], r["other"]) == same for r in rows if r["same"] is same] for same in (True, False)
    }
    return {
        "structure.targets.same": sum(right[True]) / len(right[True]),
        "structure.targets.different": sum(right[False]) / len(right[False]),
    }


def same_target(one: str, other: str) -> bool:
    """Whether the first mentions of two texts have the same target."""
    first, second = (citations.find(plain_document(text), Record(), ())[0].target for text in (one, other))
    return first is not None and first == second


def figures(shared: Path) -> dict[str, float]:
    """Measures for `make quality`."""
    out = table() | pairs()
    if (shared / "corpus").is_dir():
        places = list(mined(shared))
        out["structure.mined.found"] = sum(m.found for m in places) / len(places)
        out |= heads(shared) | noised(shared)
        out["structure.mined.parts"] = sum(m.right for m in places) / len(places)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("SHARED", ROOT.parent / "shared")))
    parser.add_argument("--show", type=int, default=0, help="print so many places that are not right")
    options = parser.parse_args()
    wrong: list[Any] = [m for m in mined(options.shared) if not m.right]
    for place in wrong[: options.show]:
        print("found " if place.found else "missed", place.context)
    print(json.dumps(figures(options.shared), indent=1))


if __name__ == "__main__":
    main()
