"""A static site for eyes: what went in, what was repaired, where to look first. Works from a file, without network."""

from pipeline.report.site import write_report

__all__ = ["write_report"]
