"""What people decided as truth: a set to measure the tool on an archive's own papers, and how it does there by itself.

For every decided place the document is read once more without any decision, and the two readings are compared. Pages
with a decision and no doubt left are truth as a whole: their text is written down in the form that annotated documents
have (one printed line a line, furniture left out).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import corrections, glyphs
from pipeline.archive import entries, file_of, read
from pipeline.document import Repair, Span
from pipeline.errors import DocumentError
from pipeline.manifest import Entry
from pipeline.report.marks import doubts
from pipeline.write import Exported, replace_file

Alone = Callable[[Path, str], Exported]
"""Reads a raw file, given with its name in the archive, without anybody's decisions."""


@dataclass(frozen=True, slots=True)
class Place:
    """One decided place: what a person says stands there, and what the tool reads there by itself."""

    page: int
    raw_span: Span
    action: str
    truth: str
    alone: str
    who: str
    when: str

    @property
    def right(self) -> bool:
        """Whether the tool needs nobody here."""
        return self.truth == self.alone


@dataclass(frozen=True, slots=True)
class Truth:
    """What people say of one document."""

    path: str
    places: tuple[Place, ...]
    pages: dict[int, str]
    """Text of the pages that are truth as a whole, by number."""
    glyphs: Counter[bool] = field(default_factory=Counter)
    """Uses of glyphs that a person named: read as told (True) or not (False) by the tool itself."""


def truths(raw: Path, clean: Path, alone: Alone) -> Iterator[Truth]:
    """The documents that people decided something about, by path.

    Left out: documents whose raw file is gone or fails, and those that other software gives other raw letters than the
    clean folder has (an ingest brings both in step).
    """
    folder = corrections.folder_of(clean)
    told = glyphs.told(glyphs.load(folder))
    for entry in entries(clean):
        source, output = raw / entry.path, file_of(clean, entry)
        if entry.output is None or output is None or not source.is_file():
            continue
        decisions = corrections.load(folder, entry.sha256 or "")
        document = read(clean, entry)
        shown = [g for g in document.get("glyphs", ()) if (g["font"], g["shape"]) in told]
        if not decisions and not shown:
            continue
        try:
            by_itself = alone(source, entry.path)
        except DocumentError:
            continue
        if by_itself.raw_text == document["raw_text"]:
            yield _truth(entry, document, by_itself, decisions, told)


def _truth(entry: Entry, document: dict[str, Any], alone: Exported, decisions: tuple[corrections.Decision, ...],
           told: dict[tuple[str, str], str]) -> Truth:  # fmt: skip
    decided = corrections.repairs_of(document)
    places = []
    for one in corrections.settle(document["raw_text"], decisions):
        if one.state != "placed" or one.span is None:
            continue
        here, there, raw_span = _both(decided, alone.repairs, one.span)
        page = next((p["number"] for p in document["pages"] if p["raw_span"][0] <= raw_span[0] < p["raw_span"][1]), 1)
        places.append(
            Place(page, raw_span, one.decision.action, document["text"][slice(*here)], alone.text[slice(*there)],
                  one.decision.who, one.decision.when)
        )  # fmt: skip
    open_pages = {doubt.page for doubt in doubts(document)}
    whole = {place.page for place in places} - open_pages
    uses: Counter[bool] = Counter()
    for glyph in alone.glyphs:
        if glyph.key in told:
            uses[glyph.text == told[glyph.key]] += glyph.count
    return Truth(
        entry.path,
        tuple(places),
        {p["number"]: document["text"][slice(*p["span"])] for p in document["pages"] if p["number"] in whole},
        uses,
    )


def _both(one: list[Repair], other: Sequence[Repair], raw_span: Span) -> tuple[Span, Span, Span]:
    """The spans of two texts over the same raw letters, widened until they are whole repairs of both."""
    while True:
        here, raw_here = corrections.text_place(one, raw_span)
        there, raw_there = corrections.text_place(other, raw_here)
        if raw_there == raw_span:
            return here, there, raw_span
        raw_span = raw_there


@dataclass(frozen=True, slots=True)
class Measured:
    """How the tool does by itself on what people decided."""

    documents: int
    places: int
    right: int
    actions: dict[str, tuple[int, int]]
    """Places and right ones by action."""
    glyph_uses: int
    glyph_right: int
    pages: int

    def describe(self) -> str:
        """A few lines for the terminal."""
        share = f" ({self.right / self.places:.1%})" if self.places else ""
        lines = [f"{self.documents} documents, {self.places} decided places; right without them: {self.right}{share}"]
        lines += [f"  {action:8} {right} of {number}" for action, (number, right) in sorted(self.actions.items())]
        if self.glyph_uses:
            lines.append(f"  glyphs   {self.glyph_right} of {self.glyph_uses} uses")
        return "\n".join([*lines, f"{self.pages} pages are truth as a whole"])


def measured(found: list[Truth]) -> Measured:
    """The figures over all documents."""
    places = [place for truth in found for place in truth.places]
    actions: dict[str, tuple[int, int]] = {}
    for place in places:
        number, right = actions.get(place.action, (0, 0))
        actions[place.action] = number + 1, right + place.right
    uses = sum((truth.glyphs for truth in found), Counter[bool]())
    return Measured(
        len(found), len(places), sum(p.right for p in places), actions, uses.total(), uses[True],
        sum(len(truth.pages) for truth in found),
    )  # fmt: skip


def write(found: list[Truth], out: Path) -> None:
    """One truth file a document, named like it with `.json` behind; files of documents without decisions stay."""
    for truth in found:
        data = {
            "file": truth.path,
            "pages": sorted(truth.pages),
            "text": {str(number): text for number, text in sorted(truth.pages.items())},
            "places": [
                {"page": p.page, "raw_span": p.raw_span, "text": p.truth, "action": p.action, "who": p.who,
                 "when": p.when}
                for p in truth.places
            ],
        }  # fmt: skip
        replace_file(out / f"{truth.path}.json", json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n")
