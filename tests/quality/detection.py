"""Whether repair takes those fonts for damaged that are, and no others: generated, damaged on purpose, and real ones.

A font counts as damaged when its text layer shows another letter than it draws for a code in use, and as detected when
repair changes a letter of it, or leaves a hole, for such a cause. Of a real document with a damaged layer at least one
font must be detected; of a real healthy one none may be.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pikepdf

from pipeline.config import Config
from pipeline.document import Cause, ExtractedDocument, Glyph, RepairedDocument
from pipeline.extract import extract
from pipeline.repair import repair
from tests.generator import CLASSES, build
from tests.generator.damage import text_of

CAUSES = {Cause.MISSING_CHARACTER_MAP, Cause.WRONG_CHARACTER_MAP, Cause.LOST_LETTER, Cause.LEGACY_ENCODING,
          Cause.MOJIBAKE}  # fmt: skip
SEEDS = (0, 1)


class Tally(NamedTuple):
    """Fonts (or documents) that are damaged and detected, detected though sound, damaged though not detected."""

    name: str
    hits: int
    false: int
    missed: int


def raw_cells(document: ExtractedDocument) -> Iterator[Glyph | None]:
    """The glyph of each letter of the raw text."""
    for number, page in enumerate(document.pages):
        if number:
            yield None
        for index, line in enumerate(page.lines):
            if index:
                yield None
            yield from line.cells or [None] * len(line.text)


def detected(document: ExtractedDocument, repaired: RepairedDocument) -> set[str]:
    """The keys of the fonts of which repair changed a letter, or left a hole, because of their codes."""
    cells = list(raw_cells(document))
    assert len(cells) == len(repaired.raw_text)
    spans = [r.raw_span for r in repaired.repairs if r.cause in CAUSES]
    return {cell.font for start, end in spans for cell in cells[start:end] if cell is not None}


def read(pdf: bytes) -> tuple[ExtractedDocument, RepairedDocument]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.pdf"
        path.write_bytes(pdf)
        document = extract(path, path.name, Config())
        return document, repair(document, Config().repair)


def used(document: ExtractedDocument) -> set[str]:
    """The fonts that show a letter on the pages."""
    return {c.font for p in document.pages for line in p.lines for c in line.cells if c is not None and c.text != " "}


def generated(task: tuple[str, int]) -> Tally:
    name, seed = task
    made = build(text_of(CLASSES[name].text), name, seed)
    with pikepdf.open(BytesIO(made.pdf)) as file:
        numbers = {key.lstrip("/"): str(font.objgen[0]) for key, font in file.pages[0].Resources.Font.items()}
    document, repaired = read(made.pdf)
    damaged = {numbers[f] for f in made.damaged_fonts} & used(document)
    found = detected(document, repaired)
    return Tally(f"{name}:{seed}", len(damaged & found), len(found - damaged), len(damaged - found))


def sample(path: Path) -> Tally:
    """A real document: its fonts where it is healthy, the document as one where it is damaged."""
    document = extract(path, path.name, Config())
    found = detected(document, repair(document, Config().repair))
    if path.name.startswith("clean-"):
        return Tally(path.name, 0, len(found), 0)
    return Tally(path.name, int(bool(found)), 0, int(not found))


def shares(group: str, tallies: list[Tally]) -> dict[str, float]:
    """Precision and recall over all fonts of a group."""
    for tally in tallies:
        if tally.false or tally.missed:
            print(f"detection  {tally.name:40} hits {tally.hits} false {tally.false} missed {tally.missed}")
    hits, false, missed = (sum(column) for column in zip(*(t[1:] for t in tallies), strict=True))
    return {
        f"detection.{group}.precision": hits / max(1, hits + false),
        f"detection.{group}.recall": hits / max(1, hits + missed),
    }


def figures(shared: Path) -> dict[str, float]:
    """Precision and recall on generated classes, and on these with the real documents of `shared`."""
    tasks = [(n, s) for n, k in CLASSES.items() if k.cause is None or Cause(k.cause) in CAUSES for s in SEEDS]
    tasks = [(name, seed) for name, seed in tasks if not name.startswith("ocr-layer")]
    samples = sorted((shared / "samples").glob("*.pdf"))
    samples = [p for p in samples if p.name.split("-")[0] in ("clean", "legacy", "damaged")]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        made, real = list(pool.map(generated, tasks)), list(pool.map(sample, samples))
    return {**shares("generated", made), **(shares("all", made + real) if real else {})}
