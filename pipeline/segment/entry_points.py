"""What spaCy imports to find our factories: it expects that the import itself registers them.

The one module of the project that does something when imported; nothing of the project imports it.
"""

from pipeline.segment.nlp import make_citations, make_record, make_sections, register

__all__ = ["make_citations", "make_record", "make_sections"]

register()
