"""Does a word rank above its syllables apart? "tiền đề" (premise) above "số tiền đề nghị" (the sum requested).

    python -m tests.quality.search_words --shared PATH

`search_words.jsonl` has words and, found by reading the corpus, longer phrases in which the syllables are not that word. A
document is right where they stand outside such phrases, wrong where they stand only inside; damaged documents do not
count. Each question is asked of an index with the words of underthesea and of one with syllables alone.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from pipeline.search import index, query
from tests.quality import search

_FILE = Path(__file__).with_name("search_words.jsonl")
WORDS = [json.loads(line) for line in _FILE.read_text("utf-8").splitlines()]


def judged(word: str, apart: list[str], text: str) -> bool | None:
    """Whether the text holds the word; None where it does not even hold its syllables, or is damaged."""
    plain = " ".join(text.lower().split())
    found = plain.count(word)
    if not found or "\ufffd" in text:
        return None
    return found > sum(plain.count(phrase) for phrase in apart)


def ranked(store: Path, texts: dict[str, str], asked: dict[str, str]) -> dict[str, float]:
    """Shares of questions with a right first hit, and of pairs of a right and a wrong hit in the right order."""
    firsts, pairs = [], []
    for entry in WORDS:
        hits = [hit.document for hit in query.search(store, asked[entry["query"]], limit=20)]
        marks = [mark for name in hits if (mark := judged(entry["query"], entry["apart"], texts[name])) is not None]
        firsts.append(bool(marks) and marks[0])
        pairs += [a > b for i, a in enumerate(marks) for b in marks[i + 1 :] if a != b]
    return {"first": statistics.mean(firsts), "pairs": statistics.mean(pairs) if pairs else 1.0}


def compare(shared: Path) -> dict[str, float]:
    """The shares with words and without, typed with marks and without."""
    from pipeline.vietnamese import fold

    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        (folder / "clean").mkdir()
        search.build(shared, folder / "clean")
        texts = {}
        found = {}
        for name in ("words", "syllables"):
            for file in (folder / "clean").glob("*.json"):
                document = json.loads(file.read_bytes())
                texts[file.stem] = document["text"]
                if name == "syllables":
                    file.write_text(json.dumps(document | {"words": []}, ensure_ascii=False), encoding="utf-8")
            index.update(folder / "clean", folder / name)
            marked = {entry["query"]: entry["query"] for entry in WORDS}
            for sort, asked in (("marked", marked), ("unmarked", {word: fold(word) for word in marked})):
                for measure, value in ranked(folder / name, texts, asked).items():
                    found[f"search.words.{sort}.{measure}.{name}"] = round(value, 4)
        return found


def figures(shared: Path) -> dict[str, float]:
    """Measures for `make quality`."""
    return compare(shared) if (shared / "corpus").is_dir() else {}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=Path, required=True)
    print(json.dumps(compare(parser.parse_args().shared), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
