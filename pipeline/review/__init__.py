"""The review: the report served on this machine only, with decisions that every later ingest applies."""

from pipeline.review.server import application, serve

__all__ = ["application", "serve"]
