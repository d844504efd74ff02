"""Annotated, sample and shipped documents through the whole road, by the measures of tools/score.py.

The scorer is read from beside the annotations, not written again.
"""

import importlib.util
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build" / "quality"


def scorer(shared: Path) -> ModuleType | None:
    path = shared / "tools" / "score.py"
    if not path.is_file():
        return None
    spec = importlib.util.spec_from_file_location("score", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(path: Path) -> dict[str, Any]:
    """The exported document of a file as JSON, or its error code under "failed"."""
    from pipeline.config import Config, OcrConfig
    from pipeline.errors import DocumentError
    from pipeline.ingest import read_document
    from pipeline.write import to_bytes

    cache = BUILD / "ocr"
    try:
        return json.loads(to_bytes(read_document(path, Config(ocr=OcrConfig(cache=str(cache))))))
    except DocumentError as error:
        return {"failed": error.code, "message": str(error)}


def read_all(paths: list[Path]) -> dict[Path, dict[str, Any]]:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(paths, pool.map(read, paths), strict=True))


def annotated(shared: Path) -> dict[str, float]:
    """Record, sections, citations and letters of the annotated documents and pages."""
    score = scorer(shared)
    if score is None:
        return {}
    truths = sorted((shared / "annotated").rglob("*.json"))
    files = [p.with_name(json.loads(p.read_text("utf-8"))["file"]) for p in truths]
    files = [f if f.exists() else f.with_name(t.stem + f.suffix) for f, t in zip(files, truths, strict=True)]
    pages = sorted((shared / "annotated").rglob("pages/*.pdf"))
    documents = read_all(files + pages)
    clean = BUILD / "annotated"
    clean.mkdir(parents=True, exist_ok=True)
    for old in clean.glob("*.json"):
        old.unlink()
    names = {f: json.loads(t.read_text("utf-8"))["file"] for f, t in zip(files, truths, strict=True)}
    for path, document in documents.items():
        if "failed" not in document:
            (clean / (names.get(path, path.name) + ".json")).write_text(
                json.dumps(document, ensure_ascii=False), "utf-8"
            )
    argv, sys.argv = sys.argv, ["score.py", str(clean), str(shared / "annotated")]
    try:
        score.main()
        total = run_json(score, clean, shared / "annotated")
    finally:
        sys.argv = argv
    out = {f"annotated.{k}": total[k] for k in (
        "record", "sections_f1", "headings", "citations_f1", "spans_f1", "date", "issuer", "provisions",
    ) if total.get(k) is not None}  # fmt: skip
    for prefix, name in (("a", "scans"), ("b", "damaged")):
        rows = [(score.score_text(documents[p].get("text", ""), p.with_suffix(".txt").read_text("utf-8")))
                for p in pages if p.name.startswith(prefix)]  # fmt: skip
        chars, marked = sum(r["chars"] for r in rows), sum(r["marked"] for r in rows)
        out[f"pages.{name}.letters"] = 1 - sum(r["cer"] * r["chars"] for r in rows) / chars
        out[f"pages.{name}.diacritics"] = sum(r["diacritics"] * r["marked"] for r in rows) / marked
        out[f"pages.{name}.syllables"] = sum(r["syllables"] for r in rows) / len(rows)
    out["annotated.reversible"] = total["reversible"] / total["documents"]
    return out


def run_json(score: ModuleType, clean: Path, truth: Path) -> dict[str, Any]:
    import contextlib
    import io

    sys.argv = ["score.py", str(clean), str(truth), "--json"]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        score.main()
    return json.loads(out.getvalue())["total"]


def samples(shared: Path) -> dict[str, float]:
    """Real documents of every class: read, reversible, and the healthy ones untouched."""
    from pipeline.audit import replay_backwards

    paths = sorted((shared / "samples").glob("*.pdf"))
    if not paths:
        return {}
    documents = read_all(paths)
    failed = {p.name: d for p, d in documents.items() if "failed" in d}
    for name, document in failed.items():
        print(f"failed   {name}: {document['message']}")
    whole = [d for d in documents.values() if "failed" not in d]
    healthy = [d for p, d in documents.items() if p.name.startswith("clean-") and "failed" not in d]
    changes = [
        (d["source"]["path"], r["before"], r["after"], r["cause"]) for d in healthy for r in d["repairs"]
        if r["cause"] not in ("page-furniture", "decomposed") and d["pages"][r["page"] - 1]["method"] == "embedded"
    ]  # fmt: skip
    for change in changes[:20]:
        print("changed in a healthy document:", *change)
    return {
        "samples.read": len(whole) / len(paths),
        "samples.reversible": sum(replay_backwards(d) == d["raw_text"] for d in whole) / len(whole),
        "samples.healthy_untouched": sum(not any(c[0] == d["source"]["path"] for c in changes) for d in healthy)
        / len(healthy),
    }


def shipped(shared: Path) -> dict[str, float]:
    """Letters, section paths, headings and citations of the shipped documents right, by their truth in tests/data."""
    score = scorer(shared)
    paths = sorted(p for p in (ROOT / "data" / "raw").iterdir() if p.suffix in (".pdf", ".txt"))
    out: dict[str, float] = {}
    for path, document in read_all(paths).items():
        stem = "plan" if path.stem.startswith("plan") else "report"
        truth = json.loads((ROOT / "tests" / "data" / f"{stem}.truth.json").read_text("utf-8"))
        if score is None or "failed" in document:
            out[f"shipped.{path.name}.read"] = float("failed" not in document)
            continue
        printed = {"plan": ROOT / "tests" / "data" / "plan-repaired.txt"}.get(stem, ROOT / "data/raw/report-clean.txt")
        out[f"shipped.{path.name}.letters"] = 1 - score.score_text(document["text"], printed.read_text("utf-8"))["cer"]
        sections = score.score_sections(document, truth["sections"], set())
        citations = score.score_citations(document, truth["citations"], set())
        out[f"shipped.{path.name}.sections"] = sections["f1"]
        out[f"shipped.{path.name}.headings"] = sections["headings"] / max(1, sections["headings_asked"])
        if truth["citations"]:
            out[f"shipped.{path.name}.citations"] = citations["f1"]
    return out
