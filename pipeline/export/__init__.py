"""The clean folder for other search engines and databases; `export.export` is the door."""

from pipeline.export.run import TARGETS, ExportSummary, export
from pipeline.export.web import Access

__all__ = ["TARGETS", "Access", "ExportSummary", "export"]
