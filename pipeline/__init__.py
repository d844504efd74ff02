"""From Vietnamese office PDFs to structured JSON: extract, repair, segment, write."""

__version__ = "0.1.0"
