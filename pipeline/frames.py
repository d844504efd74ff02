"""`data/clean` as tables: pandas frames for notebooks, Parquet files for everything else.

The home of pandas and pyarrow. Tables are joined by `document` (the path under the raw folder). What the columns
mean stands in `docs/tables.md`, which a test keeps in step with `SCHEMAS`. Spans are offsets into the document's
`text`, boxes PDF points from the top left, pages count from 1, confidences lie in 0-1.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import archive
from pipeline.archive import Json
from pipeline.manifest import Entry

VERSION = 1
"""Of the tables' shape; a new number makes `write_tables` write everything again."""
STATE = "tables.json"
_PART = 500
"""Documents a Parquet part: what a change to one of them makes `write_tables` read again."""
_TEXT, _INT, _REAL, _YES, _DATE = pa.string(), pa.int32(), pa.float64(), pa.bool_(), pa.date32()
_KIND = pa.dictionary(pa.int32(), pa.string())
_PLACE = (("page", _INT), ("x0", _REAL), ("top", _REAL), ("x1", _REAL), ("bottom", _REAL))
_SPAN = (("document", _TEXT), ("start", _INT), ("end", _INT))
_CHANGE = (
    *_SPAN,
    ("before", _TEXT),
    ("after", _TEXT),
    ("cause", _KIND),
    ("method", _KIND),
    ("confidence", _REAL),
    *_PLACE,
)
SCHEMAS: Mapping[str, pa.Schema] = {
    "documents": pa.schema(
        [
            ("document", _TEXT),
            ("id", _TEXT),
            ("status", _KIND),
            ("kind", _KIND),
            ("number", _TEXT),
            ("title", _TEXT),
            ("issuer", _TEXT),
            ("superior", _TEXT),
            ("place", _TEXT),
            ("date", _DATE),
            ("date_iso", _TEXT),
            ("year", _INT),
            ("signer", _TEXT),
            ("urgency", _TEXT),
            ("secrecy", _TEXT),
            ("family", _KIND),
            ("error", _KIND),
            ("bytes", pa.int64()),
            ("characters", _INT),
            ("pages", _INT),
            ("ocr_pages", _INT),
            ("sections", _INT),
            ("citations", _INT),
            ("repairs", _INT),
            ("suggestions", _INT),
            ("holes", _INT),
            ("legibility", _REAL),
            ("needs_review", _YES),
            ("reasons", _TEXT),
            ("seconds", _REAL),
        ]
    ),
    "pages": pa.schema(
        [
            ("document", _TEXT),
            ("page", _INT),
            ("width", _REAL),
            ("height", _REAL),
            ("method", _KIND),
            ("reason", _KIND),
            ("legibility", _REAL),
            ("ocr_confidence", _REAL),
            ("characters", _INT),
            ("repairs", _INT),
            ("holes", _INT),
            ("set_aside", _TEXT),
        ]
    ),
    "sections": pa.schema(
        [
            *_SPAN,
            ("section", _TEXT),
            ("parent", _TEXT),
            ("kind", _KIND),
            ("level", _INT),
            ("label", _TEXT),
            ("path", _TEXT),
            ("heading", _TEXT),
            ("page", _INT),
            ("flags", _TEXT),
        ]
    ),
    "paragraphs": pa.schema([*_SPAN, ("section", _TEXT), ("kind", _KIND), ("text", _TEXT), *_PLACE]),
    "citations": pa.schema(
        [
            *_SPAN,
            ("citation", _TEXT),
            ("section", _TEXT),
            ("text", _TEXT),
            ("kind", _KIND),
            ("number", _TEXT),
            ("date", _DATE),
            ("date_iso", _TEXT),
            ("issuer", _TEXT),
            ("provisions", _TEXT),
            ("target", _TEXT),
            ("archived", _TEXT),
            ("relation", _KIND),
            ("confidence", _REAL),
            *_PLACE,
        ]
    ),
    "repairs": pa.schema([*_CHANGE]),
    "holes": pa.schema([*_SPAN, ("candidate", _TEXT), ("candidate_confidence", _REAL), ("candidates", _INT), *_PLACE]),
    "suggestions": pa.schema([*_CHANGE]),
}


@dataclass(frozen=True)
class Frames:
    """The tables of a clean folder as pandas frames: text in pyarrow strings, dates as dates, kinds as categories."""

    documents: pd.DataFrame
    pages: pd.DataFrame
    sections: pd.DataFrame
    paragraphs: pd.DataFrame
    citations: pd.DataFrame
    repairs: pd.DataFrame
    holes: pd.DataFrame
    suggestions: pd.DataFrame


@dataclass(frozen=True, slots=True)
class TablesSummary:
    """What `write_tables` did: documents read, taken out and left as they were, and the rows now in each table."""

    written: int
    removed: int
    unchanged: int
    rows: Mapping[str, int]


def load(clean: Path | str) -> Frames:
    """The tables of a clean folder; files that failed have a row in `documents` and none elsewhere."""
    clean = Path(clean)
    batches: dict[str, list[pa.RecordBatch]] = {name: [] for name in SCHEMAS}
    for group in _groups(archive.entries(clean), 64):
        for name, rows in _collect(clean, group).items():
            batches[name].append(pa.RecordBatch.from_pylist(rows, schema=SCHEMAS[name]))
    return Frames(**{name: _frame(pa.Table.from_batches(found, SCHEMAS[name])) for name, found in batches.items()})


def read_tables(out: Path | str) -> Frames:
    """The same frames from a folder that `write_tables` made."""
    return Frames(**{name: read_table(out, name) for name in SCHEMAS})


def read_table(out: Path | str, name: str, columns: list[str] | None = None) -> pd.DataFrame:
    """One of those tables, or some columns of it: what a large archive has memory for."""
    return _frame(pq.read_table(Path(out) / name, schema=SCHEMAS[name], columns=columns))


def _frame(table: pa.Table) -> pd.DataFrame:
    kinds = {
        _TEXT: pd.StringDtype("pyarrow"),
        _INT: pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        _YES: pd.BooleanDtype(),
    }
    frame: pd.DataFrame = table.to_pandas(types_mapper=kinds.get, date_as_object=False)
    return frame


def citation_edges(found: Frames) -> pd.DataFrame:
    """Who names what and how often: columns `from` (own number, or path where there is none), `to`, `times`."""
    own = found.documents["number"].fillna(found.documents["document"])
    names = own.set_axis(found.documents["document"].astype(object))
    cited = found.citations.dropna(subset=["number"])
    pairs = pd.DataFrame(
        {"from": cited["document"].astype(object).map(names).astype("string[pyarrow]"), "to": cited["number"]}
    )
    counted = pairs.groupby(["from", "to"], as_index=False).size().rename(columns={"size": "times"})
    return counted.sort_values(["times", "from", "to"], ascending=[False, True, True], ignore_index=True)


def doubtful_pages(found: Frames) -> pd.DataFrame:
    """The pages, most doubtful first; `doubt` is 0-1: the share illegible, badly read, or lost (1: a hole in 100)."""
    pages = found.pages.copy()
    holes = pages["holes"].astype(float) / pages["characters"].astype(float).clip(lower=1) * 100
    unread = 1 - pages["ocr_confidence"].astype(float).fillna(1.0)
    pages["doubt"] = pd.concat([1 - pages["legibility"].astype(float), unread, holes.clip(upper=1)], axis=1).max(axis=1)
    return pages.sort_values(["doubt", "document", "page"], ascending=[False, True, True], ignore_index=True)


def write_tables(clean: Path, out: Path) -> TablesSummary:
    """Write each table as a folder of Parquet parts; only parts with a changed document are written again.

    `duckdb` and `polars` read `out/documents/*.parquet`, pandas and pyarrow the folder. A part stands for up to 500
    documents; parts under half of that join what changed, so that small additions do not leave a file each. One
    document at a time is in memory. A stopped run leaves the old tables whole.
    """
    state = archive.load_state(out / STATE, VERSION) or {"marks": {}, "parts": {}, "rows": {}, "next": 1}
    everything = {entry.path: entry for entry in archive.entries(clean)}
    todo = archive.plan(clean, state["marks"])
    marks = dict(todo.marks) | {p: archive.Mark(0, 0, _line(e)) for p, e in everything.items() if p not in todo.marks}
    stale = {p for p, mark in marks.items() if (old := state["marks"].get(p)) is None or old.sha256 != mark.sha256}
    gone = set(state["marks"]) - set(marks)
    keep = {part: paths for part, paths in state["parts"].items() if not (stale | gone) & set(paths)}
    if stale or gone:
        keep = {part: paths for part, paths in keep.items() if len(paths) >= _PART // 2}
    settled = {path for paths in keep.values() for path in paths}
    _sweep(out, state["parts"])
    number, parts, rows = state["next"], dict(keep), {part: state["rows"][part] for part in keep}
    for group in _groups((e for p, e in everything.items() if p not in settled), _PART):
        part = f"part-{number:06d}.parquet"
        rows[part] = _write_part(clean, out, part, group)
        parts[part] = [entry.path for entry in group]
        number += 1
    if not parts:
        part = f"part-{number:06d}.parquet"
        parts[part], rows[part], number = [], _write_part(clean, out, part, []), number + 1
    archive.save_state(out / STATE, VERSION, marks, parts=parts, rows=rows, next=number)
    _sweep(out, parts)
    total = {name: sum(counts[name] for counts in rows.values()) for name in SCHEMAS}
    return TablesSummary(len(stale), len(gone), len(marks) - len(stale), total)


def _line(entry: Entry) -> str:
    return f"{entry.sha256}:{entry.status}:{entry.error}"


def _sweep(out: Path, parts: Iterable[str]) -> None:
    known = set(parts)
    for name in SCHEMAS:
        for file in (out / name).glob("part-*"):
            if file.name not in known:
                file.unlink()


def _write_part(clean: Path, out: Path, part: str, group: list[Entry]) -> dict[str, int]:
    writers, temporary = {}, {}
    counts = dict.fromkeys(SCHEMAS, 0)
    try:
        for name, schema in SCHEMAS.items():
            (out / name).mkdir(parents=True, exist_ok=True)
            temporary[name] = out / name / f"{part}.tmp"
            writers[name] = pq.ParquetWriter(temporary[name], schema, compression="zstd")
        waiting: dict[str, list[Json]] = {name: [] for name in SCHEMAS}
        for entry in group:
            for name, rows in _collect(clean, [entry]).items():
                counts[name] += len(rows)
                waiting[name] += rows
                if len(waiting[name]) >= 5_000:
                    writers[name].write_batch(pa.RecordBatch.from_pylist(waiting[name], schema=SCHEMAS[name]))
                    waiting[name] = []
        for name, rows in waiting.items():
            writers[name].write_batch(pa.RecordBatch.from_pylist(rows, schema=SCHEMAS[name]))
    finally:
        for writer in writers.values():
            writer.close()
    for name, file in temporary.items():
        file.replace(out / name / part)
    return counts


def _groups(found: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    rest = iter(found)
    while group := list(islice(rest, size)):
        yield group


def _collect(clean: Path, group: Iterable[Entry]) -> dict[str, list[Json]]:
    rows: dict[str, list[Json]] = {name: [] for name in SCHEMAS}
    for entry in group:
        document = archive.read(clean, entry) if archive.file_of(clean, entry) else {}
        rows["documents"].append(_document_row(entry, document))
        known = _Known(document)
        for name, make in _ROWS.items():
            for part in document.get(name, ()):
                rows[name].append({"document": entry.path, **make(known, part)})
    return rows


class _Known:
    """What the rows of a document need of its other parts, worked out once."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.boxes = archive.Boxes(document)
        self.on_page = {name: Counter(p["page"] for p in document.get(name, ())) for name in ("repairs", "holes")}


def _document_row(entry: Entry, document: Json) -> Json:
    record, quality, source = (document.get(name) or {} for name in ("record", "quality", "source"))
    fields = {
        name: archive.value(record, name) for name in ("title", "issuer", "superior", "place", "urgency", "secrecy")
    }
    signers = [s.get("name") or s.get("position") for s in record.get("signers", ())]
    counts = {
        name: len(document.get(name, ())) for name in ("sections", "citations", "repairs", "suggestions", "holes")
    }
    iso = archive.iso_date(record.get("date"))
    return {
        "document": entry.path,
        "id": document.get("id"),
        "status": entry.status,
        "error": entry.error,
        "kind": archive.normal(record, "kind"),
        "number": archive.number_of(record),
        **fields,
        "date": _date(iso),
        "date_iso": iso,
        "year": int(iso[:4]) if iso else None,
        "family": record.get("family"),
        "signer": "; ".join(name for name in signers if name) or None,
        "bytes": source.get("bytes"),
        "characters": len(document.get("text", "")),
        "pages": len(document.get("pages", ())) or entry.pages,
        "ocr_pages": sum(page["method"] != "embedded" for page in document.get("pages", ())),
        **counts,
        "legibility": quality.get("legibility"),
        "needs_review": quality.get("needs_review"),
        "reasons": "; ".join(quality.get("reasons", ())) or None,
        "seconds": entry.seconds,
    }


def _page_row(known: _Known, page: Json) -> Json:
    counts = {name: counted[page["number"]] for name, counted in known.on_page.items()}
    return {
        name: page.get(name)
        for name in ("width", "height", "method", "reason", "legibility", "ocr_confidence", "set_aside")
    } | {"page": page["number"], "characters": page["span"][1] - page["span"][0], **counts}


def _span(part: Json) -> Json:
    return {"start": part["span"][0], "end": part["span"][1]}


def _place(part: Json) -> Json:
    x0, top, x1, bottom = part.get("box") or (None, None, None, None)
    return {"page": part["page"], "x0": x0, "top": top, "x1": x1, "bottom": bottom}


def _section_row(_: _Known, part: Json) -> Json:
    return _span(part) | {
        "section": part["id"],
        "path": " > ".join(part["path"]),
        "flags": "; ".join(part.get("flags", ())) or None,
        **{name: part.get(name) for name in ("parent", "kind", "level", "label", "heading", "page")},
    }


def _paragraph_row(known: _Known, part: Json) -> Json:
    start, end = part["span"]
    text = archive.text_of(known.document, part["span"])
    return (
        _span(part)
        | _place({"page": part["page"], "box": known.boxes.around((start, end), part["page"])})
        | {"section": part.get("section"), "kind": part.get("kind"), "text": text}
    )


def _citation_row(_: _Known, part: Json) -> Json:
    provisions = (" ".join(f"{n} {v}" for n, v in p.items() if v) for p in part.get("provisions", ()))
    return (
        _span(part)
        | _place(part)
        | {
            "citation": part["id"],
            "number": archive.number_of(part),
            "date": _date(part.get("date")),
            "date_iso": part.get("date"),
            "provisions": "; ".join(filter(None, provisions)) or None,
            **{
                name: part.get(name)
                for name in ("section", "text", "kind", "issuer", "target", "archived", "relation", "confidence")
            },
        }
    )


def _change_row(_: _Known, part: Json) -> Json:
    return (
        _span(part)
        | _place(part)
        | {name: part.get(name) for name in ("before", "after", "cause", "method", "confidence")}
    )


def _hole_row(_: _Known, part: Json) -> Json:
    found: list[dict[str, Any]] = list(part.get("candidates", ()))
    best = found[0] if found else {}
    return (
        _span(part)
        | _place(part)
        | {"candidate": best.get("text"), "candidate_confidence": best.get("confidence"), "candidates": len(found)}
    )


def _date(iso: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(iso) if iso and len(iso) == 10 else None
    except ValueError:
        return None


_ROWS = {
    "pages": _page_row,
    "sections": _section_row,
    "paragraphs": _paragraph_row,
    "citations": _citation_row,
    "repairs": _change_row,
    "holes": _hole_row,
    "suggestions": _change_row,
}
