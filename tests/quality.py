"""Quality on record: annotated and generated documents against pinned floors (`make quality`).

    python -m tests.quality [--shared DIR] [--json] [--only PART ...]

Parts: `shipped` (the documents of data/raw), `annotated` and `samples` (where --shared holds them), `damage` (the
generator's classes), `language` (the language model on text set aside). The measures of documents are those
of tools/score.py beside the annotations; they are read from there, not written again.
"""

import argparse
import importlib.util
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ.setdefault("OMP_THREAD_LIMIT", "1")

ROOT = Path(__file__).resolve().parent.parent
FLOORS = Path(__file__).with_name("floors.json")
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


def measure_annotated(shared: Path, score: ModuleType) -> dict[str, float]:
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


def measure_samples(shared: Path) -> dict[str, float]:
    from pipeline.audit import replay_backwards

    paths = sorted((shared / "samples").glob("*.pdf"))
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


def measure_shipped(score: ModuleType | None) -> dict[str, float]:
    """Section paths, headings and citations of the shipped documents right, by their truth in tests/data."""
    paths = sorted(p for p in (ROOT / "data" / "raw").iterdir() if p.suffix in (".pdf", ".txt"))
    out: dict[str, float] = {}
    for path, document in read_all(paths).items():
        stem = "plan" if path.stem.startswith("plan") else "report"
        truth = json.loads((ROOT / "tests" / "data" / f"{stem}.truth.json").read_text("utf-8"))
        if score is None or "failed" in document:
            out[f"shipped.{path.name}.read"] = float("failed" not in document)
            continue
        sections = score.score_sections(document, truth["sections"], set())
        citations = score.score_citations(document, truth["citations"], set())
        out[f"shipped.{path.name}.sections"] = sections["f1"]
        out[f"shipped.{path.name}.headings"] = sections["headings"] / max(1, sections["headings_asked"])
        if truth["citations"]:
            out[f"shipped.{path.name}.citations"] = citations["f1"]
    return out


def measure_damage() -> dict[str, float]:
    """Letters of the generator's classes: restored share and wrong changes, exact classes apart."""
    from tests.measure_damage import measure

    return measure()


def measure_language(shared: Path) -> dict[str, float]:
    import subprocess

    run = subprocess.run(
        [sys.executable, "-m", "tests.measure_language", "--shared", str(shared)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    if run.returncode:
        print(run.stderr[-2000:])
        return {}
    found = json.loads(run.stdout)
    return {f"language.{k}": v for k, v in flat(found).items()}


def flat(data: dict[str, Any], prefix: str = "") -> dict[str, float]:
    out = {}
    for key, value in data.items():
        if isinstance(value, dict):
            out.update(flat(value, f"{prefix}{key}."))
        elif isinstance(value, int | float):
            out[prefix + key] = float(value)
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--only", nargs="*", default=["shipped", "annotated", "samples", "damage", "language"])
    options = parser.parse_args()
    score = scorer(options.shared)
    measured: dict[str, float] = {}
    if "shipped" in options.only:
        measured.update(measure_shipped(score))
    if "annotated" in options.only and score is not None:
        measured.update(measure_annotated(options.shared, score))
    if "samples" in options.only and (options.shared / "samples").is_dir():
        measured.update(measure_samples(options.shared))
    if "damage" in options.only:
        measured.update(measure_damage())
    if "language" in options.only and (options.shared / "corpus").is_dir():
        measured.update(measure_language(options.shared))
    return compare(measured, json.loads(FLOORS.read_text("utf-8")))


def compare(measured: dict[str, float], floors: dict[str, float]) -> int:
    """Print each measure beside its floor; 1 when one lies below."""
    below = 0
    for name, value in measured.items():
        floor = floors.get(name)
        bad = floor is not None and value < floor - 1e-9
        below += bad
        print(
            f"{'BELOW' if bad else '':5} {name:48} {value:9.4f}  {'floor ' + format(floor, '.4f') if floor is not None else ''}"
        )
    print(f"{below} measures below their floor" if below else "no measure below its floor")
    return int(below > 0)


if __name__ == "__main__":
    sys.exit(main())
