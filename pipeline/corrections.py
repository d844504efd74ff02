"""What people decided about a document: kept beside the clean folder by raw hash, applied by every later ingest.

A decision names raw letters and the text that they stand for. Its place is found again by the letters and what stood
around them, so that it outlives another OCR engine; one whose place is gone is reported, never dropped.
"""

import fcntl
import hashlib
import json
import os
import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import regex

from pipeline import vietnamese
from pipeline.document import (
    Box,
    Cause,
    Hole,
    Repair,
    RepairedDocument,
    RepairMethod,
    Repairs,
    Span,
    TextLine,
    enclosing,
    rounded,
)

ACTIONS = frozenset({"accept", "reject", "type", "note"})
UNREADABLE = "unreadable"
"""The action of a line of the file that is no decision: it is reported with the unplaced ones."""
UNPLACED = "correction-unplaced"
"""The reason a document with unplaced decisions gives for being looked at."""
CONTEXT = 20
NEAR = 2_000
HOLE = "\ufffd"
_SHA256 = regex.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of a corrections file: raw letters ``before`` at ``raw_span`` stand for ``after``.

    ``after`` is the accepted or typed text, None for a rejection and a note; ``context`` is the raw text on both sides.
    """

    id: str
    who: str
    when: str
    raw_sha256: str
    action: str
    raw_span: Span
    before: str
    context: tuple[str, str]
    after: str | None = None
    note: str | None = None
    font: str | None = None


class Placed(NamedTuple):
    """A decision with the raw letters it applies to now; ``state`` is placed, superseded, unplaced or note."""

    decision: Decision
    span: Span | None
    state: str


def folder_of(clean: Path) -> Path:
    """Where the corrections of a clean folder lie: beside it, so that deleting the output keeps them."""
    return clean.absolute().parent / "corrections"


def decide(raw_text: str, sha256: str, who: str, action: str, raw_span: Span, after: str | None = None,
           note: str | None = None) -> Decision:  # fmt: skip
    """A decision about raw letters, made now; typed text is kept in normal form and on one line.

    Raises:
        ValueError: no such action, a span outside the text, or no text where the action needs one.
    """
    start, end = raw_span
    if action not in ACTIONS:
        raise ValueError(f"no such action: {action}")
    if not 0 <= start <= end <= len(raw_text):
        raise ValueError(f"no such place: {start}-{end}")
    if action in ("accept", "type"):
        if after is None:
            raise ValueError("no text")
        after = one_line(after)
        if after and unicodedata.combining(after[0]):
            raise ValueError("the text begins with a mark without its letter")
        if HOLE in after:
            raise ValueError("the text still has a hole")
    else:
        after = None
    around = raw_text[max(0, start - CONTEXT) : start], raw_text[end : end + CONTEXT]
    when = datetime.now(UTC).isoformat(timespec="seconds")
    name, remark = one_line(who) or "?", (one_line(note) or None) if note else None
    return Decision(
        uuid.uuid4().hex, name, when, sha256, action, (start, end), raw_text[start:end], around, after, remark
    )


def one_line(text: str) -> str:
    """The text in normal form on one line, without control characters."""
    clean = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) != "Cc")
    return unicodedata.normalize("NFC", clean)


def append(folder: Path, decision: Decision) -> None:
    """Add a decision to the file of its document: locked, in one write, flushed; what stands there stays.

    Raises:
        ValueError: the hash is none.
        OSError: the folder cannot be written.
    """
    append_line(_file(folder, decision.raw_sha256), asdict(decision))


def append_line(path: Path, record: dict[str, Any]) -> None:
    """Add a line of JSON to a file that only grows, made with its folder if it is not there.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    line = (json.dumps(record, ensure_ascii=False) + "\n").encode()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            line = b"\n" + line  # a writer died in the middle of a line; that line is reported, this one is whole
        if os.write(handle, line) != len(line):
            raise OSError("the disk is full")
        os.fsync(handle)
    finally:
        os.close(handle)


def load(folder: Path, sha256: str) -> tuple[Decision, ...]:
    """The decisions about a document in the order they were made; none where nobody decided anything."""
    try:
        lines = _file(folder, sha256).read_bytes().splitlines()
    except FileNotFoundError:
        return ()
    return tuple(_read(line, number, sha256) for number, line in enumerate(lines, 1) if line.strip())


def digest(folder: Path, sha256: str | None) -> str:
    """What tells a state of a document's corrections from another, "" where there are none."""
    try:
        return hashlib.sha256(_file(folder, sha256 or "").read_bytes()).hexdigest()[:16]
    except (OSError, ValueError):
        return ""


def _file(folder: Path, sha256: str) -> Path:
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"not a hash: {sha256}")
    return folder / f"{sha256}.jsonl"


def _read(line: bytes, number: int, sha256: str) -> Decision:
    try:
        found: dict[str, Any] = json.loads(line)
        (start, end), (left, right) = found["raw_span"], found["context"]
        texts = [found[name] for name in ("id", "who", "when", "action", "before")] + [left, right]
        optional = [found.get(name) for name in ("after", "note", "font")]
        if not all(isinstance(t, str) for t in texts) or not all(t is None or isinstance(t, str) for t in optional):
            raise ValueError("not text")
        if found["action"] not in ACTIONS or found["raw_sha256"] != sha256:
            raise ValueError("not a decision of this document")
        if found["action"] in ("accept", "type") and optional[0] is None:
            raise ValueError("no text")
        return Decision(texts[0], texts[1], texts[2], sha256, texts[3], (int(start), int(end)), texts[4],
                        (left, right), *optional)  # fmt: skip
    except (ValueError, KeyError, TypeError):
        shown = line.decode("utf-8", "replace")[:200]
        return Decision(f"line-{number}", "?", "", sha256, UNREADABLE, (0, 0), "", ("", ""), None, shown)


def place(raw_text: str, decision: Decision) -> Span | None:
    """Where a decision's letters stand in a raw text now: there, else near, else where they are unique; else None.

    >>> d = decide("ab xcd ef", "0" * 64, "a", "type", (3, 6), "đcd")
    >>> place("ab xcd ef", d), place("one more ab xcd ef", d), place("ab cd ef", d)
    ((3, 6), (12, 15), None)
    """
    (start, end), before, (left, right) = decision.raw_span, decision.before, decision.context
    if raw_text[start:end] == before and 0 <= start <= end:
        around = raw_text[max(0, start - CONTEXT) : start], raw_text[end : end + CONTEXT]
        if around == (left, right):
            return start, end
    for many in (CONTEXT, CONTEXT // 2, CONTEXT // 4):
        near_left, near_right = left[-many:], right[:many]
        found = _places(raw_text, near_left + before + near_right)
        if len(near_left) + len(near_right) + len(before) < 4 or not found:
            continue
        close = [at for at in found if abs(at + len(near_left) - start) <= NEAR]
        for offered in (found, close):
            if len(offered) == 1:
                at = offered[0] + len(near_left)
                return at, at + len(before)
    return None


def _places(text: str, part: str) -> list[int]:
    out, at = [], text.find(part) if part else -1
    while at >= 0:
        out.append(at)
        at = text.find(part, at + 1)
    return out


def settle(raw_text: str, decisions: Iterable[Decision]) -> tuple[Placed, ...]:
    """Every decision with its place; of two about the same letters the later one counts, and both stay on record."""
    out: list[Placed] = []
    for decision in decisions:
        span = None if decision.action == UNREADABLE else place(raw_text, decision)
        state = "unplaced" if span is None else "note" if decision.action == "note" else "placed"
        if span is not None and state == "placed":
            out = [
                p._replace(state="superseded") if p.state == "placed" and p.span and _meet(p.span, span) else p
                for p in out
            ]
        out.append(Placed(decision, span, state))
    return tuple(out)


def _meet(one: Span, other: Span) -> bool:
    """Whether two raw spans share letters; an empty span meets what holds it or begins or ends with it."""
    if one[0] == one[1] or other[0] == other[1]:
        return one[0] <= other[1] and other[0] <= one[1]
    return one[0] < other[1] and other[0] < one[1]


def repairs_of(document: dict[str, Any]) -> list[Repair]:
    """The repairs of an exported document, as far as places are concerned: without boxes."""
    return [
        Repair(tuple(r["span"]), tuple(r["raw_span"]), r["before"], r["after"], Cause(r["cause"]),
               RepairMethod(r["method"]), r["confidence"], r["page"], None) for r in document["repairs"]
    ]  # fmt: skip


def text_place(repairs: Sequence[Repair], raw_span: Span) -> tuple[Span, Span]:
    """The span of the text that raw letters became, and those letters, both widened to whole repairs.

    Insertions at either edge belong to the letters.
    """
    start, end = raw_span
    shift, low, high = 0, None, None
    raw_start, raw_end = start, end
    for repair in repairs:
        if _meet(repair.raw_span, raw_span) and not (start == end and _outside(repair.raw_span, start)):
            if low is None:
                low = repair.span[0] - max(0, repair.raw_span[0] - start)
                raw_start = min(start, repair.raw_span[0])
            high = repair.span[1] + max(0, end - repair.raw_span[1])
            raw_end = max(end, repair.raw_span[1])
        elif repair.raw_span[1] <= start:
            shift = repair.span[1] - repair.raw_span[1]
    if low is None or high is None:
        return (start + shift, end + shift), raw_span
    return (low, high), (raw_start, raw_end)


def _outside(repair: Span, at: int) -> bool:
    """Whether a repair of some letters only touches an empty place."""
    return repair[0] != repair[1] and not repair[0] < at < repair[1]


def apply(repaired: RepairedDocument, decisions: Iterable[Decision]) -> tuple[RepairedDocument, tuple[Decision, ...]]:
    """The document with people's decisions in it, and the decisions whose place is gone.

    The repairs of the result still give its raw text when replayed backwards; lines, pages and holes move along.
    """
    settled = settle(repaired.raw_text, decisions)
    unplaced = [p.decision for p in settled if p.state == "unplaced"]
    for placed in settled:
        if placed.state == "placed" and placed.span is not None:
            changed = _applied(repaired, placed.decision, placed.span)
            if changed is None:
                unplaced.append(placed.decision)
            else:
                repaired = changed
    return repaired, tuple(unplaced)


def _applied(document: RepairedDocument, decision: Decision, span: Span) -> RepairedDocument | None:
    """The document with one decision made, None where its letters are no longer ones of their own."""
    (start, end), (raw_start, raw_end) = text_place(document.repairs, span)
    touched = [r for r in document.repairs if _inside(r, (raw_start, raw_end), span)]
    if any(r.cause == Cause.PAGE_FURNITURE for r in touched) or "\n" in document.raw_text[raw_start:raw_end]:
        return None
    after = unicodedata.normalize("NFC", decision.before if decision.action == "reject" else decision.after or "")
    around = _around(touched, span)
    if around is None:
        return None
    text = around[0] + after + around[1]
    before, now = document.raw_text[raw_start:raw_end], document.text[start:end]
    rest = [r for r in document.repairs if r not in touched]
    line = _line_at(document.lines, start, end)
    if before != text:
        box = _box(touched) or (rounded(line.box) if line else None)
        page = touched[0].page if touched else line.page if line else _page_at(document, start)
        if decision.action == "reject":
            new = Repair((start, start + len(text)), (raw_start, raw_end), before, text, Cause.DECOMPOSED,
                         RepairMethod.NORMALISATION, 1.0, page, box)  # fmt: skip
        else:
            kept = touched[0].cause if touched and text == now else Cause.CORRECTION
            same = touched[0].glyphs if touched and touched[0].raw_span == (raw_start, raw_end) else ()
            new = Repair((start, start + len(text)), (raw_start, raw_end), before, text, kept, RepairMethod.PERSON, 1.0,
                         page, box, same)  # fmt: skip
        rest.append(new)
    return _rebuilt(document, rest, (start, end), (raw_start, raw_end), text, line)


def _inside(repair: Repair, wide: Span, span: Span) -> bool:
    if span[0] == span[1] and _outside(repair.raw_span, span[0]):
        return False
    return _meet(repair.raw_span, span) and wide[0] <= repair.raw_span[0] and repair.raw_span[1] <= wide[1]


def _around(touched: Sequence[Repair], span: Span) -> tuple[str, str] | None:
    """What the outer repairs made of letters outside a span: told where they went letter by letter, else None."""
    left = right = ""
    for repair in touched:
        (a, b), same = repair.raw_span, len(repair.before) == len(repair.after)
        if a < span[0]:
            if not same:
                return None
            left = repair.after[: span[0] - a]
        if b > span[1]:
            if not same:
                return None
            right = repair.after[span[1] - a :]
    return left, right


def _rebuilt(document: RepairedDocument, repairs: list[Repair], old: Span, raw: Span, text: str,
             line: TextLine | None) -> RepairedDocument:  # fmt: skip
    """The document with ``text`` in place of its ``old`` span and everything after it moved."""
    start, end = old
    more = len(text) - (end - start)

    def moved(span: Span) -> Span:
        first = span[0] if span[0] <= start else span[0] + more if span[0] >= end else start
        last = span[1] + more if span[1] >= end else span[1] if span[1] <= start else start + len(text)
        return first, max(first, last)

    def shifted(span: Span) -> Span:
        return span if span[1] <= start else (span[0] + more, span[1] + more)

    whole = document.text[:start] + text + document.text[end:]
    kept = [
        r if r.raw_span == raw and r.span[0] == start else replace(r, span=shifted_repair(r, raw, more))
        for r in repairs
    ]
    holes = [replace(h, span=shifted(h.span)) for h in document.holes if not (h.span[0] < end and start < h.span[1])]
    page = _page_at(document, start)
    holes += [
        Hole((start + i, start + i + 1), page, line.box if line else None) for i, c in enumerate(text) if c == HOLE
    ]
    pages = []
    for p in document.pages:
        at = moved(p.span)
        touched = p.span[0] <= start and end <= p.span[1]
        pages.append(replace(p, span=at, legibility=round(vietnamese.legibility(whole[at[0] : at[1]]), 4) if touched
                             else p.legibility))  # fmt: skip
    return replace(
        document, text=whole, pages=tuple(pages), lines=tuple(replace(n, span=moved(n.span)) for n in document.lines),
        repairs=Repairs(sorted(kept, key=lambda r: (r.raw_span, r.span))),
        suggestions=tuple(replace(s, span=shifted(s.span)) for s in document.suggestions
                          if not (s.span[0] < end and start < s.span[1])),
        holes=tuple(sorted(holes, key=lambda h: h.span)),
        insertions=tuple(replace(i, span=moved(i.span)) for i in document.insertions),
        unsure=tuple(replace(u, span=shifted(u.span)) for u in document.unsure
                     if not (u.span[0] < end and start < u.span[1])),
    )  # fmt: skip


def shifted_repair(repair: Repair, raw: Span, more: int) -> Span:
    """The span of another repair after the text at some raw letters grew by ``more``; told by its raw letters."""
    before = repair.raw_span[1] <= raw[0] and not (repair.raw_span[0] == raw[0] == raw[1])
    if before or repair.raw_span[1] < raw[1]:
        return repair.span
    return repair.span[0] + more, repair.span[1] + more


def _line_at(lines: Sequence[TextLine], start: int, end: int) -> TextLine | None:
    return next((line for line in lines if line.span[0] <= start and end <= line.span[1]), None)


def _page_at(document: RepairedDocument, at: int) -> int:
    return next((p.number for p in reversed(document.pages) if p.span[0] <= at), 1)


def _box(repairs: Sequence[Repair]) -> Box | None:
    boxes = [r.box for r in repairs if r.box]
    return enclosing(boxes) if boxes else None


def trimmed(seen: str, typed: str) -> tuple[Span, str]:
    """The part of a line that was changed, in whole words, and its new text; (0, 0) where nothing was.

    >>> trimmed("ngày 1 tháng nam", "ngày 1 tháng năm")
    ((13, 16), 'năm')
    """
    typed = one_line(typed)
    if seen == typed:
        return (0, 0), ""
    start = 0
    while start < min(len(seen), len(typed)) and seen[start] == typed[start]:
        start += 1
    back = 0
    while back < min(len(seen), len(typed)) - start and seen[-1 - back] == typed[-1 - back]:
        back += 1
    while start and not seen[start - 1].isspace():
        start -= 1
    while back and not seen[len(seen) - back].isspace():
        back -= 1
    return (start, len(seen) - back), typed[start : len(typed) - back]
