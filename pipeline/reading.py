"""The road: one document through the four rooms, as far as its results are not kept already."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from pipeline import corrections, glyphs, versions
from pipeline.config import Config
from pipeline.document import GlyphKey, RepairedDocument
from pipeline.kept import kept
from pipeline.raw import digest
from pipeline.write import Exported, export


class Reading(NamedTuple):
    """A document, and the first room that had to be entered for it."""

    document: Exported
    begun: str
    corrections: str
    """Digest of the corrections that were applied, and of people's words about glyphs that the document shows."""


def read_document(path: Path, config: Config | None = None, relative: str | None = None,
                  decided: Path | None = None) -> Exported:  # fmt: skip
    """The document in a file: extracted, repaired, segmented; nothing is written beside the cache of the settings.

    Args:
        path: a PDF, an image, or a text file.
        config: settings; the defaults without.
        relative: what to call the file in `source.path`; its name without.
        decided: folder of people's words about glyphs, which repair takes, and corrections, which are applied after it.

    Raises:
        DocumentError: the file cannot be read; `code` says why.
    """
    return read(path, config or Config(), relative or path.name, decided).document


def read(path: Path, config: Config, relative: str, decided: Path | None) -> Reading:
    """`read_document`, with the room where it began."""
    from pipeline.segment import segment

    told = glyphs.told(glyphs.load(decided)) if decided else {}
    repaired, begun = _repaired(path, config, relative, told)
    state = corrections.digest(decided, repaired.source.sha256) if decided else ""
    decisions = corrections.load(decided, repaired.source.sha256) if decided else ()
    corrected, unplaced = corrections.apply(repaired, decisions)
    segmented = segment(corrected, config.segment)
    document = export(segmented, versions.produced_by(config, repaired.engine))
    if unplaced:
        reasons = (*document.quality.reasons, corrections.UNPLACED)
        document = replace(document, quality=replace(document.quality, needs_review=True, reasons=reasons))
    return Reading(document, begun, state + glyphs.state(told, (glyph.key for glyph in document.glyphs)))


def _repaired(path: Path, config: Config, relative: str, told: Mapping[GlyphKey, str]) -> tuple[RepairedDocument, str]:
    """The repaired document and the first room that had to be entered after those whose results are kept."""
    from pipeline.extract import extract, look_again
    from pipeline.repair import repair

    store = kept(config)
    sha256 = digest(path) if store else None
    done = store.repaired(sha256, relative) if store and sha256 else None
    if done and glyphs.agree(told, done.glyphs):
        return replace(done, source=replace(done.source, path=relative)), "segment"
    begun, extracted = "repair", store.extracted(sha256, relative) if store and sha256 else None
    if extracted:
        source = replace(extracted.source, path=relative)
        extracted = replace(extracted, source=source, look=look_again(extracted, path, config))
    else:
        begun, extracted = "extract", extract(path, relative, config)
    repaired = repair(extracted, config.repair, told)
    if store and begun == "extract":
        store.keep(extracted, relative)
    if store:
        store.keep(repaired, relative)
    return repaired, begun
