"""Every class of damage that the file itself can undo comes out as printed; healthy documents are not touched."""

from pathlib import Path

import pytest

from pipeline.config import Config, RepairConfig
from pipeline.document import Cause, RepairedDocument
from pipeline.extract import extract
from pipeline.repair import repair
from tests.generator import damage, texts
from tests.test_repair_ledger import replayed

CLASSES = {c.name: c for c in (damage.CLASSES.values() if isinstance(damage.CLASSES, dict) else damage.CLASSES)}
LAYOUT = {"tracked", "fake-bold"}
"""Undone by `extract` already."""
EXACT = [n for n, c in CLASSES.items() if c.exact and c.cause and n not in LAYOUT]
HEALTHY = [n for n, c in CLASSES.items() if c.cause is None and c.exact]


def repaired(name: str, folder: Path) -> tuple[RepairedDocument, str]:
    made = damage.build(texts.TEXTS[CLASSES[name].text], name, 1)
    path = folder / f"{name}.pdf"
    path.write_bytes(made.pdf)
    return repair(extract(path, path.name, Config()), RepairConfig()), made.truth


def squeezed(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize("name", EXACT)
def test_exact_damage_comes_out_as_printed(name: str, tmp_path: Path) -> None:
    done, truth = repaired(name, tmp_path)
    assert squeezed(done.text) == squeezed(truth)
    assert replayed(done) == done.raw_text
    assert done.holes == ()


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_documents_are_not_touched(name: str, tmp_path: Path) -> None:
    done, truth = repaired(name, tmp_path)
    assert [r for r in done.repairs if r.cause not in (Cause.PAGE_FURNITURE, Cause.DECOMPOSED)] == []
    assert squeezed(done.text) == squeezed(truth)
