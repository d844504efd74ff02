"""The shipped documents through the whole road: every letter as it was printed."""

from pathlib import Path

import pytest

from pipeline.config import Config, SegmentConfig
from pipeline.ingest import read_document

ROOT = Path(__file__).resolve().parent.parent
PLAN = (ROOT / "tests" / "data" / "plan-repaired.txt").read_text("utf-8").split()
PAGE_NUMBERS = {"2", "3", "4", "5", "6", "7"}
"""Alone on a line of the report's text: furniture."""


@pytest.mark.parametrize("name", ["plan-garbled.txt", "plan-lost-letters.pdf"])
def test_lost_letters_come_back(name):
    assert read_document(ROOT / "data" / "raw" / name, Config(segment=SegmentConfig(words=False))).text.split() == PLAN


@pytest.mark.parametrize("name", ["report.pdf", "report-tcvn3.pdf", "report-clean.txt"])
def test_the_report_reads_the_same_from_each_of_its_files(name):
    text = read_document(ROOT / "data" / "raw" / name, Config(segment=SegmentConfig(words=False))).text
    wanted = [line.strip() for line in (ROOT / "data" / "raw" / "report-clean.txt").read_text("utf-8").splitlines()]
    assert text.split() == " ".join(line for line in wanted if line not in PAGE_NUMBERS).split()
