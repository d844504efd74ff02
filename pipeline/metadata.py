"""Archive metadata of the clean folder: the circular's fields (Thông tư 05/2025/TT-BNV) and Dublin Core, CSV and XML.

What a document does not tell stays empty: retention, physical state, handwriting and file codes are a person's to fill.
The circular's fields, their order and their lengths come from `models/metadata_fields.csv`.
"""

import csv
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import regex

from pipeline import archive, knowledge

_OBJECT = "tài liệu (document) SIP"
_ELEMENTS = "http://purl.org/dc/elements/1.1/"
_FORMULA = regex.compile(r"[\s\u200b\ufeff]*[=+\-@＝＋－＠\t\r|]")
_NOT_XML = regex.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LISTED = "written.txt"


@dataclass(frozen=True, slots=True)
class MetadataSummary:
    """Documents described, and ``path: field`` of every value that was cut to the circular's length."""

    documents: int
    shortened: tuple[str, ...]


@functools.cache
def circular_fields() -> Mapping[str, int | None]:
    """The fields of a document in a submission package, in the circular's order, with their lengths in characters."""
    found = [row for row in knowledge.rows("metadata_fields.csv") if row["object"] == _OBJECT]
    return {
        row["field"]: int(row["max_length"]) if row["max_length"] and row["type"] == "string" else None
        for row in sorted(found, key=lambda row: int(row["no"]))
    }


@functools.cache
def type_codes() -> Mapping[str, str]:
    """The circular's code of each kind of document, by its name in small letters."""
    rows = (row for row in knowledge.rows("doc_types.csv") if regex.fullmatch(r"\d\d", row["tt05_2025_code"] or ""))
    return {regex.sub(r" \(.*", "", row["name_vi"]).lower(): row["tt05_2025_code"] for row in rows}


def write(clean: Path, out: Path, *, with_type_codes: bool = False) -> MetadataSummary:
    """Write `circular.csv`, `dublin-core.csv` and one XML a document under `records/`; XML of gone documents goes.

    Args:
        clean: the clean folder.
        out: where to write.
        with_type_codes: fill `typeName` with the code of our table. The two digests of the circular that were read
            number the kinds differently, so check the table against the gazette first.
    """
    out.mkdir(parents=True, exist_ok=True)
    shortened: list[str] = []
    written: list[str] = []
    files = {
        name: (out / f"{name}.csv.part").open("w", encoding="utf-8-sig", newline="")
        for name in ("circular", "dublin-core")
    }
    try:
        writers = {name: csv.writer(file) for name, file in files.items()}
        writers["circular"].writerow(["path", *circular_fields()])
        writers["dublin-core"].writerow(["path", *_DUBLIN])
        for entry, document in archive.documents(clean):
            fields, cut = circular(document, with_type_codes=with_type_codes)
            core = dublin_core(document)
            shortened += [f"{entry.path}: {name}" for name in cut]
            writers["circular"].writerow(map(guarded, (entry.path, *fields.values())))
            writers["dublin-core"].writerow(map(guarded, (entry.path, *(" | ".join(core[n]) for n in _DUBLIN))))
            archive.write_text(out / "records" / f"{entry.path}.xml", xml(entry.path, fields, core))
            written.append(f"{entry.path}.xml")
    finally:
        for file in files.values():
            file.close()
    for name in files:
        (out / f"{name}.csv.part").replace(out / f"{name}.csv")
    _forget(out, written)
    return MetadataSummary(len(written), tuple(shortened))


def _forget(out: Path, written: Iterable[str]) -> None:
    """Delete the XML of the last time that was not written this time."""
    listed, now = out / _LISTED, sorted(written)
    before = listed.read_text("utf-8").splitlines() if listed.is_file() else []
    for name in set(before) - set(now):
        file = out / "records" / name
        if file.resolve().is_relative_to((out / "records").resolve()):
            file.unlink(missing_ok=True)
    archive.write_text(listed, "".join(f"{name}\n" for name in now))


def circular(document: archive.Json, *, with_type_codes: bool = False) -> tuple[dict[str, str], list[str]]:
    """The circular's fields of a document, "" where it does not tell, and the names of those that were cut."""
    record = document.get("record") or {}
    kind = archive.normal(record, "kind") or ""
    date = record.get("date") or {}
    whole = all(date.get(part) for part in ("year", "month", "day"))
    known = {
        "typeName": type_codes().get(kind.lower(), "") if with_type_codes else "",
        "codeNumber": archive.value(record, "number"),
        "codeNotation": archive.value(record, "symbol"),
        "issuedDate": f"{date['day']:02d}/{date['month']:02d}/{date['year']:04d}" if whole else "",
        "organName": archive.value(record, "issuer"),
        "subject": archive.value(record, "title"),
        "language": "01" if _is_vietnamese(document) else "",
        "numberOfPage": str(len(document.get("pages", ())) or ""),
        "mode": "03" if archive.value(record, "secrecy") else "",
        "confidenceLevel": _origin(document),
    }
    fields, cut = {}, []
    for name, limit in circular_fields().items():
        value = " ".join((known.get(name) or "").split())
        if limit and len(value) > limit:
            cut.append(name)
            value = (
                value[: limit - 1].rpartition(" ")[0] + "…" if " " in value[: limit - 1] else value[: limit - 1] + "…"
            )
        fields[name] = value
    return fields, cut


def _is_vietnamese(document: archive.Json) -> bool:
    """Most syllables are possible, and a good part of the letters carry Vietnamese marks (about one in four do)."""
    letters = [letter for letter in document.get("text", "") if letter.isalpha()]
    marked = sum(not letter.isascii() for letter in letters)
    legible = (document.get("quality") or {}).get("legibility")
    return bool(letters) and (legible or 0) >= 0.8 and marked >= 0.1 * len(letters)


def _origin(document: archive.Json) -> str:
    """Born digital (01), digitised (02) or both (03); "" where a text layer may come from a scanner's own OCR."""
    pages = document.get("pages", ())
    born = [page["method"] == "embedded" and page.get("reason") == "text-layer" for page in pages]
    scanned = [page["method"] == "ocr" and page.get("reason") == "no-text-layer" for page in pages]
    if not pages or not all(a or b for a, b in zip(born, scanned, strict=True)):
        return ""
    return "01" if all(born) else "02" if all(scanned) else "03"


_DUBLIN = (
    "title",
    "creator",
    "subject",
    "description",
    "publisher",
    "contributor",
    "date",
    "type",
    "format",
    "identifier",
    "source",
    "language",
    "relation",
    "coverage",
    "rights",
)


def dublin_core(document: archive.Json) -> dict[str, list[str]]:
    """The fifteen elements of Dublin Core (ISO 15836-1), each a list of values; empty where nothing is told."""
    record = document.get("record") or {}
    number = archive.number_of(record)
    cited = {n for c in document.get("citations", ()) if c.get("kind") != "internal" and (n := archive.number_of(c))}
    source = document.get("source") or {}
    found: dict[str, list[str | None]] = {
        "title": [archive.value(record, "title")],
        "creator": [archive.value(record, "issuer")],
        "publisher": [archive.value(record, "superior")],
        "contributor": [signer.get("name") for signer in record.get("signers", ())],
        "date": [archive.iso_date(record.get("date"))],
        "type": [archive.normal(record, "kind")],
        "format": [source.get("media_type")],
        "identifier": [number, document.get("id")],
        "source": [source.get("path")],
        "language": ["vi" if _is_vietnamese(document) else None],
        "relation": [*sorted(cited)],
        "coverage": [archive.value(record, "place")],
        "rights": [archive.value(record, "secrecy")],
    }
    return {name: [" ".join(value.split()) for value in found.get(name, ()) if value] for name in _DUBLIN}


def guarded(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula.

    >>> guarded("=1+1"), guarded("85/KH")
    ("'=1+1", '85/KH')
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def xml(path: str, fields: Mapping[str, str], core: Mapping[str, list[str]]) -> str:
    """A document's metadata as XML 1.0; characters that XML forbids become U+FFFD."""
    ElementTree.register_namespace("dc", _ELEMENTS)
    root = ElementTree.Element("record", {"path": _allowed(path)})
    part = ElementTree.SubElement(root, "circular", {"of": "05/2025/TT-BNV", "object": "document"})
    for name, value in fields.items():
        ElementTree.SubElement(part, name).text = _allowed(value)
    simple = ElementTree.SubElement(root, "dublinCore")
    for name, values in core.items():
        for value in values:
            ElementTree.SubElement(simple, f"{{{_ELEMENTS}}}{name}").text = _allowed(value)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _allowed(text: Any) -> str:
    return str(_NOT_XML.sub("\ufffd", str(text)))
