"""Train `models/language/` from text: `python models/build/language.py CORPUS_DIR OUT_DIR`.

Reads CORPUS_DIR/train/*.jsonl.xz (or CORPUS_DIR/*.jsonl.xz) in the order of their names. N-grams of one to four
syllables, interpolated absolute discounting with three discounts an order (Chen and Goodman 1999, without
continuation counts), pruned to ENTRIES by weighted difference (Seymore and Rosenfeld 1996), bytes instead of floats,
stored as an xor table. The same input gives the same bytes.
"""

import itertools
import json
import lzma
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import marisa_trie
import numpy as np
import numpy.typing as npt
import regex

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pipeline.repair import language

ENTRIES = 3_500_000
VOCABULARY = 60_000
LEAST = {1: 4, 2: 2, 3: 2, 4: 3}
"""Counts below these are left out, by order."""
TIMES = {"admin2025": 3, "laws_office": 3, "tax_admin": 3}
"""Small collections of just the documents we meet count several times."""
PAIR_LEAST, PAIR_GAIN = 10, 5.0
"""Pairs seen less often, or nearer to what their second word does alone, have no case of their own."""
LETTERS_FROM = ("admin2025", "laws_office", "laws_vlc", "tax_admin")

Words = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]


def documents(folder: Path) -> Iterator[tuple[str, str]]:
    """Name of the collection and text of every document."""
    inner = folder / "train"
    for path in sorted((inner if inner.is_dir() else folder).glob("*.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield path.name.split(".")[0], unicodedata.normalize("NFC", json.loads(line)["text"])


def read(folder: Path) -> tuple[npt.NDArray[np.uint32], list[str], Counter[str]]:
    """All tokens as numbers of their types, the types as printed, and the letters' counts."""
    pattern = regex.compile(language.TOKEN)
    types: defaultdict[str, int] = defaultdict(itertools.count().__next__)
    parts, letters = [], Counter[str]()
    for name, text in documents(folder):
        numbers = np.array([types[t] for t in ["\n", *pattern.findall(text)]], dtype=np.uint32)
        parts.extend([numbers] * TIMES.get(name, 1))
        if name in LETTERS_FROM:
            letters.update(c for c in text if c.isalpha())
    return np.concatenate(parts), list(types), letters


def vocabulary(tokens: npt.NDArray[np.uint32], types: list[str]) -> tuple[Words, marisa_trie.Trie, Any, Any]:
    """The tokens as ids, the trie of the words, and per id its counts (all, title, upper)."""
    counts = np.bincount(tokens, minlength=len(types))
    folded: Counter[str] = Counter()
    forms = [language.one_style(t.lower()) if t[0].isalpha() else "" for t in types]
    for form, count in zip(forms, counts.tolist(), strict=True):
        if form and len(form) < 24:
            folded[form] += count
    kept = sorted(folded.items(), key=lambda item: (-item[1], item[0]))[:VOCABULARY]
    trie = marisa_trie.Trie(sorted(word for word, count in kept if count >= LEAST[1]))
    ids = np.empty(len(types), dtype=np.uint64)
    for i, (shape, form) in enumerate(zip(types, forms, strict=True)):
        if shape[0].isdigit():
            ids[i] = language.NUMBER
        elif not form:
            ids[i] = language.BOUNDARY
        else:
            found = trie.get(form)
            ids[i] = language.UNKNOWN if found is None else found + language.FIRST_WORD
    size = len(trie) + language.FIRST_WORD
    titled = np.array([len(t) > 1 and t[0].isupper() and not t.isupper() for t in types])
    upper = np.array([t.isupper() for t in types])
    stream = ids[tokens]
    inside = np.empty(len(stream), dtype=bool)
    inside[0], inside[1:] = False, stream[:-1] != language.BOUNDARY
    capital = np.zeros(len(stream), dtype=bool)
    capital[1:] = (titled | upper)[tokens[:-1]]
    small = np.zeros(len(stream), dtype=bool)
    small[1:] = np.array([t.islower() for t in types])[tokens[:-1]]
    shares: dict[str, Floats] = {}
    mixed = inside & ~upper[tokens]
    for name, mark, where in (
        ("any", titled, mixed),
        ("small", titled, mixed & small),
        ("title", titled, mixed & capital),
        ("upper", upper, np.ones(len(stream), dtype=bool)),
    ):
        held = stream[where].astype(np.int64)
        prior = shares["any"] if name in ("small", "title") else np.full(size, 0.1)
        total = np.bincount(held, minlength=size)
        shares[name] = (np.bincount(held[mark[tokens[where]]], minlength=size) + prior) / (total + 1.0)
    pairs = pair_cases(stream, titled[tokens], (mixed & small, mixed & capital), shares)
    kept_tokens = np.ones(len(stream), dtype=bool)
    kept_tokens[1:] = (stream[1:] != language.BOUNDARY) | (stream[:-1] != language.BOUNDARY)
    return stream[kept_tokens], trie, shares, pairs


def pair_cases(
    stream: Words, titled: npt.NDArray[np.bool_], wheres: tuple[npt.NDArray[np.bool_], ...], shares: dict[str, Floats]
) -> Any:
    """Pairs of words whose second has its capital more or less often than by itself.

    The key is (case of the first << 32 | first << 16 | second).
    """
    found = []
    for case, where in enumerate(wheres):
        spots = np.flatnonzero(where)
        keys = (np.uint64(case) << np.uint64(32)) | stream[spots - 1] << np.uint64(16) | stream[spots]
        order = np.argsort(keys, kind="stable")
        keys, marks = keys[order], titled[spots][order]
        starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
        total = np.diff(np.append(starts, len(keys)))
        capitals = np.add.reduceat(marks.astype(np.int64), starts)
        alone = shares["small" if case == 0 else "title"][(keys[starts] & np.uint64(0xFFFF)).astype(np.int64)]
        share = (capitals + alone) / (total + 1.0)
        far = total * np.abs(share - alone) > PAIR_GAIN * np.sqrt(np.maximum(total * alone * (1 - alone), 0.3))
        keep = (total >= PAIR_LEAST) & far
        row = np.zeros(int(keep.sum()), dtype=[("key", "<u8"), ("share", "u1")])
        row["key"], row["share"] = keys[starts][keep], np.rint(share[keep] * 255)
        found.append(row)
    return np.concatenate(found)


def count(stream: Words, order: int) -> tuple[Words, npt.NDArray[np.int64], dict[int, int]]:
    """Sorted keys of the n-grams, their counts, and how many keys have 1, 2, 3 and 4."""
    keys = np.zeros(len(stream) - order + 1, dtype=np.uint64)
    good = np.ones(len(keys), dtype=bool)
    for i in range(order):
        part = stream[i : len(stream) - order + 1 + i]
        keys = keys << np.uint64(16) | part
        if 0 < i < order - 1:
            good &= part != language.BOUNDARY
        if order > 2:
            good &= part != language.UNKNOWN
    keys = np.sort(keys[good])
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    counts = np.diff(np.append(starts, len(keys)))
    return keys[starts], counts, {n: int((counts == n).sum()) for n in range(1, 5)}


def discounts(many: dict[int, int]) -> tuple[float, float, float]:
    """The discounts for counts of 1, 2 and more."""
    y = many[1] / max(1, many[1] + 2 * many[2])
    found = [n - (n + 1) * y * many[n + 1] / max(1, many[n]) for n in (1, 2, 3)]
    return min(0.95, max(0.1, found[0])), min(1.9, max(0.1, found[1])), min(2.9, max(0.1, found[2]))


class Order:
    """The n-grams of one order: keys, probabilities, gain over backing off, and back-off weights."""

    def __init__(self, stream: Words, order: int, lower: "Order | None", unigrams: Floats) -> None:
        """Count one order and interpolate it with the one below."""
        keys, counts, many = count(stream, order)
        contexts = keys >> np.uint64(16)
        starts = np.flatnonzero(np.concatenate(([True], contexts[1:] != contexts[:-1])))
        group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(keys))))
        totals = np.add.reduceat(counts, starts)
        one, two, more = discounts(many)
        taken = np.where(counts == 1, one, np.where(counts == 2, two, more))
        held = np.where(counts >= LEAST[order], counts - taken, 0.0) / totals[group]
        left = 1.0 - np.add.reduceat(held, starts)
        enough = counts >= LEAST[order]
        self.keys, self.lower = keys[enough], lower
        if lower is None:
            below = unigrams[(self.keys & np.uint64(0xFFFF)).astype(np.int64)]
        else:
            below = lower.find(self.keys & np.uint64((1 << 16 * (order - 1)) - 1))
        self.below = below
        rest = left[group[enough]] * below
        self.probability = held[enough] + rest
        self.gain = counts[enough] * np.log(self.probability / rest)
        self.needed = np.zeros(len(self.keys), dtype=bool)
        print(f"order {order}: {len(keys)} kinds, {len(self.keys)} kept, discounts {one:.2f} {two:.2f} {more:.2f}")

    def find(self, keys: Words) -> Floats:
        """The probabilities of n-grams of this order, backing off for those left out."""
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found = np.where(self.keys[places] == keys, self.probability[places], 1e-7)
        return np.maximum(found, 1e-7)

    def backoffs(self, kept: npt.NDArray[np.bool_]) -> tuple[Words, Floats]:
        """The contexts of the n-grams kept and the weights of what they leave over."""
        contexts = self.keys[kept] >> np.uint64(16)
        starts = np.flatnonzero(np.concatenate(([True], contexts[1:] != contexts[:-1])))
        above = 1.0 - np.add.reduceat(self.probability[kept], starts)
        under = 1.0 - np.add.reduceat(self.below[kept], starts)
        return contexts[starts], np.clip(np.maximum(above, 1e-4) / np.maximum(under, 1e-4), 1e-4, 1.0)


def train(stream: Words, size: int) -> tuple[Floats, Floats, Words, npt.NDArray[np.uint32]]:
    """Unigram probabilities and back-off weights, and keys and payloads of all longer n-grams."""
    counts = np.bincount(stream.astype(np.int64), minlength=size) + 0.5
    unigrams = counts / counts.sum()
    orders: list[Order] = []
    for length in (2, 3, 4):
        orders.append(Order(stream, length, orders[-1] if orders else None, unigrams))
    gains = np.concatenate([o.gain for o in orders])
    limit = np.partition(gains, len(gains) - ENTRIES)[len(gains) - ENTRIES] if len(gains) > ENTRIES else -np.inf
    weights: tuple[Words, Floats] | None = None
    keys, payloads = [], []
    for order in reversed(orders):
        kept = (order.gain > limit) | order.needed
        held = order.probability[kept]
        backs = np.zeros(len(held))
        if weights is not None:
            backs[np.searchsorted(order.keys[kept], weights[0])] = -np.log(weights[1])
        bytes_of = np.clip(np.rint(-np.log(held) * language.PROBABILITY_STEP), 0, 255).astype(np.uint32)
        bytes_of |= np.clip(np.rint(backs * language.BACKOFF_STEP), 0, 255).astype(np.uint32) << np.uint32(8)
        keys.append(order.keys[kept])
        payloads.append(bytes_of)
        weights = order.backoffs(kept)
        if order.lower is not None:
            order.lower.needed[np.searchsorted(order.lower.keys, weights[0])] = True
        print(f"{len(held)} n-grams stored, gain above {limit:.2f}")
    assert weights is not None
    backoffs = np.ones(size)
    backoffs[weights[0].astype(np.int64)] = weights[1]
    return unigrams, backoffs, np.concatenate(keys), np.concatenate(payloads)


def table(keys: Words, payloads: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The xor table: peel the keys that are alone in a place, round by round, then fill in backwards."""
    part = int(len(keys) * 1.24) // 3 + 32
    where, prints = language.places(keys, part)
    wanted = prints << np.uint32(16) | payloads
    degree = np.bincount(where.ravel(), minlength=3 * part)
    holder = np.zeros(3 * part, dtype=np.int64)
    for row in where:
        np.bitwise_xor.at(holder, row, np.arange(len(keys)))
    rounds: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]] = []
    alone = np.flatnonzero(degree == 1)
    done = 0
    while len(alone):
        held, first = np.unique(holder[alone], return_index=True)
        rounds.append((held, alone[first]))
        done += len(held)
        touched = where[:, held]
        np.subtract.at(degree, touched.ravel(), 1)
        np.bitwise_xor.at(holder, touched.ravel(), np.tile(held, 3))
        touched = np.unique(touched)
        alone = touched[degree[touched] == 1]
    if done != len(keys):
        raise SystemExit(f"the table does not close: {len(keys) - done} n-grams are left; change ENTRIES")
    out = np.zeros(3 * part, dtype=np.uint32)
    for held, slot in reversed(rounds):
        a, b, c = where[:, held]
        out[slot] = 0
        out[slot] = out[a] ^ out[b] ^ out[c] ^ wanted[held]
    return out


def main(corpus: str, out: str) -> None:
    """Read, count, prune, write."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    tokens, types, letters = read(Path(corpus))
    print(f"{len(tokens)} tokens, {len(types)} types")
    stream, trie, shares, pairs = vocabulary(tokens, types)
    unigrams, backoffs, keys, payloads = train(stream, len(trie) + language.FIRST_WORD)
    words = np.zeros(len(unigrams), dtype=[(n, "u1") for n in ("probability", "backoff", *sorted(shares))])
    words["probability"] = np.clip(np.rint(-np.log(unigrams) * language.PROBABILITY_STEP), 0, 255)
    words["backoff"] = np.clip(np.rint(-np.log(backoffs) * language.BACKOFF_STEP), 0, 255)
    for name, share in shares.items():
        words[name] = np.rint(share * 255)
    trie.save(str(folder / "words.marisa"))
    np.save(folder / "unigrams.npy", words)
    np.save(folder / "ngrams.npy", table(keys, payloads))
    common = {c: n for c, n in sorted(letters.items()) if n >= 20}
    (folder / "letters.json").write_text(json.dumps(common, ensure_ascii=False, indent=0) + "\n", "utf-8")
    np.save(folder / "cases.npy", pairs)
    print(f"{len(pairs)} pairs with a case of their own")
    print(f"{len(trie)} words, {len(keys)} n-grams")


if __name__ == "__main__":
    main(*sys.argv[1:])
