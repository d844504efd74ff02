"""Measure the search against SQLite FTS5 and plain substring; prints one JSON object.

    python -m tests.quality.search --shared PATH

`PATH/corpus/dev` gives the documents (decisions, circulars, Wikipedia pages), made into small contract JSON in a
temporary folder. The documents that answer a question of the sort "damaged", and every fourth of the others, lose one
marked letter in twelve to a hole. Questions and answers: `search_queries.jsonl`, written by hand.
"""

import argparse
import json
import lzma
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import regex

from pipeline.search import index, query
from pipeline.vietnamese import marked_letters

CORPORA = ("admin2025", "phapdien_docs", "wiki2017")
_FILE = Path(__file__).with_name("search_queries.jsonl")
QUERIES = [json.loads(line) for line in _FILE.read_text("utf-8").splitlines()]
Json = dict[str, Any]


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
        "words": [],
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


def measure(ask: Callable[[Json], list[str]]) -> Json:
    """Recall among the first ten, mean reciprocal rank, and milliseconds (of the clock, of the processor) once warm."""
    for question in QUERIES:
        ask(question)
    recall: dict[str, list[float]] = {}
    ranks, times, busy, missed = [], [], [], []
    for question in QUERIES:
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


def figures(shared: Path) -> dict[str, float]:
    """Measures for `make quality`."""
    if not (shared / "corpus").is_dir():
        return {}
    result = compare(shared)
    return {f"search.recall.{k}": float(result[k]["recall_at_10"]) for k in ("ours", "sqlite_fts5", "substring")}


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

        return {
            "documents": len(texts),
            "characters": sum(map(len, texts.values())),
            "queries": len(QUERIES),
            "passages": summary.passages,
            "index_seconds": round(seconds, 1),
            "index_mb": round(sum(f.stat().st_size for f in store.rglob("*") if f.is_file()) / 1e6, 1),
            "ours": measure(ours),
            "sqlite_fts5": measure(full_text(texts)),
            "substring": measure(substring(texts)),
        }
    finally:
        shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=Path, required=True)
    print(json.dumps(compare(parser.parse_args().shared), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
