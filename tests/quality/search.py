"""Measure the search against SQLite FTS5 and plain substring; prints one JSON object.

    python -m tests.quality.search --shared PATH

`PATH/corpus/dev` gives the documents (decisions, circulars, Wikipedia pages), made into small contract JSON in a
temporary folder. The documents that answer a question of the sort "damaged", and every fourth of the others, lose one
marked letter in twelve to a hole. Questions and answers: `search_queries.jsonl`, written by hand with the search, and
`search_others.jsonl`, of other kinds and written when the search was done: nothing was changed for them.
"""

import argparse
import itertools
import json
import lzma
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import regex

from pipeline.search import index, query
from pipeline.segment import nlp
from pipeline.vietnamese import marked_letters

CORPORA = ("admin2025", "phapdien_docs", "wiki2017")
Json = dict[str, Any]


def _questions(name: str) -> list[Json]:
    return [json.loads(line) for line in Path(__file__).with_name(name).read_text("utf-8").splitlines()]


QUERIES, OTHERS = _questions("search_queries.jsonl"), _questions("search_others.jsonl")


def field(value: str | None) -> Json | None:
    """A field of a record, found nowhere in particular."""
    return {"value": value, "span": [0, 0], "confidence": 1.0, "normal": None} if value else None


def damage(text: str) -> str:
    """The text with one marked letter in twelve lost."""
    marked, count, out = marked_letters(), 0, []
    for letter in text:
        count += letter in marked
        out.append("\ufffd" if letter in marked and count % 12 == 0 else letter)
    return "".join(out)


def contract(row: Json, damaged: bool) -> Json:
    """The least of a contract document that a search needs."""
    text = damage(row["text"]) if damaged else row["text"]
    paragraphs, lines, start = [], [], 0
    for line in text.split("\n"):
        span = [start, start + len(line)]
        paragraphs.append({"span": span, "section": None, "page": 1, "kind": "text"})
        lines.append({"page": 1, "box": [85, 60, 500, 72], "span": span})
        start += len(line) + 1
    number = regex.search(r"\d[\w.]*[/-]\S+", row["title"])
    printed, slash, symbol = number[0].partition("/") if number else ("", "", "")
    kind = row.get("kind") or regex.split(r" số ", row["title"])[0] if number else None
    day = regex.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", row.get("date") or "")
    date = {"year": int(day[3]), "month": int(day[2]), "day": int(day[1])} if day else None
    record = {
        "kind": field(kind),
        "number": field(printed),
        "symbol": field(symbol if slash else None),
        "title": field(None if number else row["title"]),
        "issuer": field(row.get("issuer")),
        "date": date,
        "signers": [],
    }
    return {
        "schema": {"name": "vietnamese-report"},
        "id": row["id"],
        "text": text,
        "paragraphs": paragraphs,
        "lines": lines,
        "record": record,
        "sections": [],
        "citations": [],
        "words": nlp.words(text, [(line["span"][0], line["span"][1]) for line in lines]),
        "holes": [],
    }


def build(shared: Path, clean: Path) -> dict[str, str]:
    """Write the clean folder; text by document name."""
    texts = {}
    wanted = tuple(name for q in QUERIES if q["sort"] == "damaged" for name in q["answers"])
    others = tuple(name for q in QUERIES if q["sort"] != "damaged" for name in q["answers"])
    number = 0
    for corpus in CORPORA:
        with lzma.open(shared / "corpus" / "dev" / f"{corpus}.jsonl.xz", "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                number += 1
                lost = row["id"].startswith(wanted) or (number % 4 == 0 and not row["id"].startswith(others))
                document = contract(row, lost)
                (clean / f"{row['id']}.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
                texts[row["id"]] = f"{row['title']}\n{row.get('issuer') or ''}\n{document['text']}"
    return texts


def full_text(texts: dict[str, str]) -> Callable[[Json], list[str]]:
    """SQLite FTS5 as its manual sets it up for accents."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE t USING fts5(name UNINDEXED, body, tokenize='unicode61 remove_diacritics 2')")
    base.executemany("INSERT INTO t VALUES (?, ?)", texts.items())

    def ask(question: Json) -> list[str]:
        words = regex.findall(r"[\p{L}\p{N}]+", question["query"])
        match = " OR ".join(f'"{word}"' for word in words)
        found = base.execute("SELECT name FROM t WHERE t MATCH ? ORDER BY bm25(t) LIMIT 10", (match,))
        return [name for (name,) in found]

    return ask


def substring(texts: dict[str, str]) -> Callable[[Json], list[str]]:
    """The whole question as it is typed, case free, by how often it stands there."""
    lower = {name: text.lower() for name, text in texts.items()}

    def ask(question: Json) -> list[str]:
        asked = question["query"].lower()
        found = {name: count for name, text in lower.items() if (count := text.count(asked))}
        return sorted(found, key=lambda name: -found[name])[:10]

    return ask


def measure(ask: Callable[[Json], list[str]], questions: list[Json]) -> Json:
    """Recall among the first ten, mean reciprocal rank, and milliseconds (of the clock, of the processor) once warm."""
    for question in questions:
        ask(question)
    recall: dict[str, list[float]] = {}
    ranks, times, busy, missed = [], [], [], []
    for question in questions:
        start, worked = time.perf_counter(), time.process_time()
        found = ask(question)[:10]
        times.append((time.perf_counter() - start) * 1_000)
        busy.append((time.process_time() - worked) * 1_000)
        hits = [any(name.startswith(answer) for name in found) for answer in question["answers"]]
        recall.setdefault(question["sort"], []).append(sum(hits) / len(hits))
        place = [i for i, name in enumerate(found, 1) if name.startswith(tuple(question["answers"]))]
        ranks.append(1 / place[0] if place else 0.0)
        if not all(hits):
            missed.append(question["query"])
    everything = [share for shares in recall.values() for share in shares]
    return {
        "recall_at_10": round(statistics.mean(everything), 4),
        "mrr": round(statistics.mean(ranks), 4),
        "p50_ms": round(statistics.median(times), 2),
        "p95_ms": round(sorted(times)[int(0.95 * len(times))], 2),
        "cpu_p95_ms": round(sorted(busy)[int(0.95 * len(busy))], 2),
        "by_sort": {sort: round(statistics.mean(shares), 3) for sort, shares in recall.items()},
        "missed": missed,
    }


def while_updated(clean: Path, store: Path, ask: Callable[[Json], list[str]], rounds: int = 3) -> Json:
    """The same questions while another process changes ten documents and updates the index, over and over."""
    worker = subprocess.Popen([sys.executable, "-m", "tests.quality.search", "--update", str(clean), str(store)])
    try:
        found = [measure(ask, QUERIES) for _ in range(rounds)]
    finally:
        worker.terminate()
        worker.wait()
    return {
        "recall_at_10": min(part["recall_at_10"] for part in found),
        "p95_ms": statistics.median(part["p95_ms"] for part in found),
        "cpu_p95_ms": statistics.median(part["cpu_p95_ms"] for part in found),
    }


def keep_updating(clean: Path, store: Path) -> None:
    """Change ten documents and update the index, until the process is ended."""
    files = sorted(clean.glob("*.json"))
    for turn in itertools.count():
        for file in files[turn * 10 % len(files) :][:10]:
            document = json.loads(file.read_bytes()) | {"turn": turn}
            file.with_suffix(".part").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
            file.with_suffix(".part").replace(file)
        index.update(clean, store)


def figures(shared: Path) -> dict[str, float]:
    """Measures for `make quality`."""
    if not (shared / "corpus").is_dir():
        return {}
    result = compare(shared)
    return {
        f"search.{measure}.{name}{suffix}": float(
            result[name + suffix]["recall_at_10" if measure == "recall" else "mrr"]
        )
        for measure in ("recall", "rank")
        for name in ("ours", "sqlite_fts5", "substring")
        for suffix in ("", ".others")
    }


def compare(shared: Path) -> Json:
    """Build, ask all three, and say how each did."""
    folder = Path(tempfile.mkdtemp(prefix="search-"))
    try:
        clean, store = folder / "clean", folder / "index"
        clean.mkdir()
        texts = build(shared, clean)
        start = time.perf_counter()
        summary = index.update(clean, store)
        seconds = time.perf_counter() - start

        def ours(question: Json) -> list[str]:
            hits = query.search(store, question["query"], **question.get("filters", {}))
            return [hit.document for hit in hits]

        engines = {"ours": ours, "sqlite_fts5": full_text(texts), "substring": substring(texts)}
        return {
            "documents": len(texts),
            "characters": sum(map(len, texts.values())),
            "queries": len(QUERIES),
            "passages": summary.passages,
            "index_seconds": round(seconds, 1),
            "index_mb": round(sum(f.stat().st_size for f in store.rglob("*") if f.is_file()) / 1e6, 1),
            **{name: measure(ask, QUERIES) for name, ask in engines.items()},
            **{f"{name}.others": measure(ask, OTHERS) for name, ask in engines.items()},
            "while_updated": while_updated(clean, store, ours),
        }
    finally:
        shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--update", type=Path, nargs=2, metavar=("CLEAN", "INDEX"))
    options = parser.parse_args()
    if options.update:
        keep_updating(*options.update)
    print(json.dumps(compare(options.shared), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
