"""What the index keeps of a document: keys of words and numbers, and passages with their place on paper.

Keys are made here for both the index and the question, so that they always agree:

* an *exact* key keeps the marks, in lower case, NFC, with the tone on one place (hoà and hòa are one key);
* a *folded* key has no marks;
* a *number* key has no marks, spaces or punctuation: "85/KH-CTĐ", "85 KH CTD" and "85-kh-ctđ" are "85khctd".
"""

import bisect
import functools
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import regex

from pipeline import archive
from pipeline.document import Span
from pipeline.vietnamese import fold, nfc

HOLE = "\ufffd"
_TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}\ufffd]+")
_NUMBER = regex.compile(
    r"\d{1,6}[\p{L}]?(?:\s?[/-]\s?\d{2,4})?\s?[/-]\s?[\p{Lu}&]{1,}[\p{L}\d&.]*"
    r"(?:\s?[/-]\s?[\p{Lu}\d][\p{L}\d&.]*){0,4}"
)
_PIECES = regex.compile(r"[\p{N}]+|[\p{L}\p{M}]+")
_TONES = "\u0300\u0309\u0303\u0301\u0323"
_MOVED = regex.compile(rf"(o[ae]|uy)([{_TONES}])$")
_LONGEST = 1_200
"""Characters of a passage: some ten printed lines, enough to judge a hit by."""


class Token(NamedTuple):
    """A run of letters and digits: where it stands and its keys."""

    start: int
    end: int
    exact: str
    folded: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Paragraphs of one section that follow each other, up to some 1,200 characters.

    ``start`` is the offset of ``text`` in the document's text; ``lines`` are ``(page, box, start, end)``, offsets
    into the passage; ``words`` are keys of the words of several syllables, joined by "_".
    """

    section: str | None
    path: tuple[str, ...]
    heading: str | None
    page: int
    start: int
    text: str
    lines: tuple[tuple[int, tuple[float, ...], int, int], ...]
    words: tuple[str, ...]


def exact_key(word: str) -> str:
    """The word in lower case, NFC, its tone on the first vowel of open oa, oe, uy (hoà → hòa).

    >>> exact_key("Hoà"), exact_key("THUỶ"), exact_key("quý"), exact_key("hoàn")
    ('hòa', 'thủy', 'quý', 'hoàn')
    """
    key = nfc(word.lower())
    if key.isascii() or key.startswith("qu"):
        return key
    letters = unicodedata.normalize("NFD", key)
    return nfc(_MOVED.sub(lambda m: m[1][0] + m[2] + m[1][1], letters))


@functools.lru_cache(maxsize=100_000)
def _keys(word: str) -> tuple[str, str]:
    exact = exact_key(word)
    return exact, fold(exact)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text with their exact and folded keys; a hole is a letter of the word it stands in."""
    for match in _TOKEN.finditer(text):
        yield Token(match.start(), match.end(), *_keys(match[0]))


def keys(text: str) -> tuple[list[str], list[str]]:
    """The exact and the folded keys of a text's tokens, in order."""
    pairs = [_keys(word) for word in _TOKEN.findall(text)]
    return [exact for exact, _ in pairs], [folded for _, folded in pairs]


def spans_of(text: str, wanted: Container[str]) -> list[Span]:
    """Where the tokens stand whose folded key is wanted."""
    return [match.span() for match in _TOKEN.finditer(text) if _keys(match[0])[1] in wanted]


def number_key(number: str) -> str:
    """The key under which every way of writing a number meets.

    >>> number_key("85/KH-CTĐ") == number_key("85 KH CTD") == number_key("85-KH-CTĐ")
    True
    """
    return "".join(
        piece.lstrip("0") or "0" if piece[0].isdigit() else piece for piece in _PIECES.findall(fold(nfc(number)))
    )


def number_heads(number: str) -> list[str]:
    """Keys of the beginnings of a number with at least two parts (30/2020, 30/2020/NĐ), and of the whole.

    >>> number_heads("30/2020/NĐ-CP")
    ['302020', '302020nd', '302020ndcp']
    """
    pieces = _PIECES.findall(number)
    return [number_key("/".join(pieces[:n])) for n in range(2, len(pieces) + 1)]


def asked_numbers(text: str) -> list[str]:
    """Keys of all that may be a number in a question, however it is written: up to eight parts from a digit on."""
    pieces = _PIECES.findall(nfc(text))
    found: list[str] = []
    for i, piece in enumerate(pieces):
        if piece[0].isdigit():
            found += [number_key("/".join(pieces[i:j])) for j in range(i + 2, min(i + 8, len(pieces)) + 1)]
    return list(dict.fromkeys(found))


def kind_keys(kind: str | None, number: str | None) -> list[str]:
    """The key of a kind with the first part of its number, as people name a document they know: "kế hoạch 143"."""
    pieces = _PIECES.findall(number or "")
    return [number_key(f"{kind} {pieces[0]}")] if kind and pieces else []


def asked_kinds(asked: Sequence[str]) -> list[str]:
    """Keys of one to four words before a number in a question, "số" left out: "quyet dinh so 30"."""
    found = []
    for i, key in enumerate(asked):
        if key.isdigit():
            before = [word for word in asked[max(0, i - 5) : i] if word != "so"]
            found += [number_key(" ".join([*before[-n:], key])) for n in range(1, min(4, len(before)) + 1)]
    return list(dict.fromkeys(found))


def numbers_in(text: str) -> list[str]:
    """The numbers with a symbol that stand in a text, as printed."""
    return [match[0] for match in _NUMBER.finditer(text)]


def word_keys(words: Iterable[Any], text: str, start: int, end: int) -> list[str]:
    """Keys of the words of several syllables in a stretch of text, with marks and folded."""
    keys: list[str] = []
    for left, right in words:
        if start <= left and right <= end:
            parts = list(tokens(text[left:right]))
            if len(parts) > 1:
                keys += ["_".join(p.exact for p in parts), "_".join(p.folded for p in parts)]
    return keys


def passages(document: Mapping[str, Any]) -> list[Passage]:
    """The passages of a document in reading order; together they hold every paragraph."""
    text: str = document["text"]
    sections = {section["id"]: section for section in document.get("sections", ())}
    words = sorted(map(tuple, document.get("words", ())))
    lines = sorted(document.get("lines", ()), key=lambda line: line["span"])
    starts = [line["span"][0] for line in lines]
    paragraphs = document.get("paragraphs") or [
        {"span": p["span"], "section": None, "page": p["number"]} for p in document.get("pages", ())
    ]
    found = []
    for section, page, (start, end) in _joined(paragraphs):
        while start < end:
            stop = _cut(text, start, end)
            near = lines[max(0, bisect.bisect_right(starts, start) - 1) : bisect.bisect_left(starts, stop)]
            place = tuple(
                (line["page"], tuple(line["box"]), max(0, line["span"][0] - start), line["span"][1] - start)
                for line in near
                if line["span"][1] > start
            )
            inside = words[bisect.bisect_left(words, (start, start)) : bisect.bisect_left(words, (stop, stop))]
            owner = sections.get(section) or {}
            found.append(
                Passage(
                    section,
                    tuple(owner.get("path", ())),
                    owner.get("heading"),
                    place[0][0] if place else page,
                    start,
                    text[start:stop],
                    place,
                    tuple(word_keys(inside, text, start, stop)),
                )
            )
            start = stop
    return found


def _joined(paragraphs: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str | None, int, Span]]:
    current: tuple[str | None, int, Span] | None = None
    for paragraph in paragraphs:
        (start, end), section = paragraph["span"], paragraph.get("section")
        if current and current[0] == section and current[2][0] <= start and end - current[2][0] <= _LONGEST:
            current = section, current[1], (current[2][0], max(end, current[2][1]))
            continue
        if current:
            yield current
        current = section, paragraph["page"], (start, end)
    if current:
        yield current


def _cut(text: str, start: int, end: int) -> int:
    if end - start <= _LONGEST:
        return end
    for mark in (". ", "; ", ".\n", "\n", " "):
        cut = text.rfind(mark, start + _LONGEST // 2, start + _LONGEST)
        if cut > 0:
            return cut + len(mark)
    return start + _LONGEST


def damaged_keys(text: str) -> list[str]:
    """Folded keys of the words with a hole, a run of holes as one."""
    if HOLE not in text:
        return []
    return [regex.sub(f"{HOLE}+", HOLE, key) for key in keys(text)[1] if HOLE in key and key.strip(HOLE)]


def damage_patterns(folded: str) -> list[str]:
    """What is left of a word when one stretch of it, or two letters apart, are lost; at least one letter stays."""
    size = len(folded)
    if not 2 <= size <= 7 or not folded.isalpha():
        return []
    found = {folded[:i] + HOLE + folded[j:] for i in range(size) for j in range(i + 1, size + 1) if j - i < size}
    found |= {
        folded[:i] + HOLE + folded[i + 1 : j] + HOLE + folded[j + 1 :]
        for i in range(size)
        for j in range(i + 2, size)
        if size > 2
    }
    return sorted(found)


def typed_keys(folded: str) -> str | None:
    """The syllable without marks that these Telex or VNI keys would have typed; None if they hold no such keys.

    >>> typed_keys("nuwowcs"), typed_keys("ddua"), typed_keys("kie61m"), typed_keys("thua")
    ('nuoc', 'dua', 'kiem', None)
    """
    if regex.fullmatch(r"[a-z]+(?:\d[a-z]*){1,3}", folded):
        return regex.sub(r"\d", "", folded)
    [(head, first, rest)] = regex.findall(r"(?s)\A([^aeiouyw]*)([aeiouyw]?)(.*)\Z", folded)
    tail = regex.sub(r"([aeo])\1", r"\1", ("u" if first == "w" else first) + regex.sub("[sfrxjzw]", "", rest))
    plain = ("d" if head == "dd" else head) + tail
    return plain if plain != folded and folded.isascii() and folded.isalpha() else None


def candidate_words(document: Mapping[str, Any]) -> list[str]:
    """The words that the candidates of a document's holes would make, for a search that also finds those."""
    text: str = document["text"]
    found = []
    for hole in document.get("holes", ()):
        start, end = hole["span"]
        left, right = start, end
        while left and text[left - 1].isalpha():
            left -= 1
        while right < len(text) and text[right].isalpha():
            right += 1
        found += [text[left:start] + option["text"] + text[end:right] for option in hole.get("candidates", ())[:3]]
    return found


def date_range(iso: str | None) -> tuple[int, int] | None:
    """First and last day that a date may mean, as numbers yyyymmdd; None without a date.

    >>> date_range("2023-04"), date_range("2023")
    ((20230401, 20230431), (20230101, 20231231))
    """
    if not iso or not regex.fullmatch(r"\d{4}(-\d\d){0,2}", iso):
        return None
    year, month, day = (*map(int, iso.split("-")), 0, 0)[:3]
    return year * 10_000 + (month or 1) * 100 + (day or 1), year * 10_000 + (month or 12) * 100 + (day or 31)


def identity(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a document says of itself, as one flat row: kind, number, title, issuer, date and who signed."""
    record = document.get("record") or {}
    row: dict[str, Any] = {
        name: archive.normal(record, name)
        for name in ("kind", "title", "issuer", "superior", "place", "urgency", "secrecy")
    }
    signers = [signer["name"] for signer in record.get("signers", ()) if signer.get("name")]
    return row | {
        "number": archive.number_of(record),
        "date": archive.iso_date(record.get("date")),
        "signers": signers,
        "family": record.get("family"),
    }
