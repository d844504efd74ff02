"""The clean folder for other search engines and databases; `export.export` is the door."""

from pipeline.export.run import TARGETS, ExportSummary, export

__all__ = ["TARGETS", "ExportSummary", "export"]
