"""The tool by itself on what people decided about the documents of data/raw (data/corrections), if they did."""

from pathlib import Path

from tests.quality.documents import BUILD, ROOT


def figures(shared: Path) -> dict[str, float]:
    """Share of decided places, and of named glyphs, that need nobody; `shared` is not needed."""
    from pipeline import truth
    from pipeline.config import Config, OcrConfig
    from pipeline.ingest import read_document

    raw, clean = ROOT / "data" / "raw", ROOT / "data" / "clean"
    if not (ROOT / "data" / "corrections").is_dir() or not (clean / "manifest.jsonl").is_file():
        return {}
    config = Config(ocr=OcrConfig(cache=str(BUILD / "ocr")))
    found = truth.measured(list(truth.truths(raw, clean, lambda path, name: read_document(path, config, name))))
    out = {"corrections.places": found.right / found.places} if found.places else {}
    return out | ({"corrections.glyphs": found.glyph_right / found.glyph_uses} if found.glyph_uses else {})
