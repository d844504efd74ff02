"""Room 2: damaged → right, every change recorded; the original is never lost."""

from pipeline.repair.rules import repair

__all__ = ["repair"]
