"""Bytes of a document and of the JSON Schema, both from the types by pydantic."""

import functools
import json
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from pipeline.write.contract import SCHEMA_VERSION, Exported
from pipeline.write.pieces import Pieces


@functools.cache
def _adapter() -> TypeAdapter[Exported]:
    return TypeAdapter(Exported)


@functools.cache
def fields() -> Pieces:
    """What writes and reads the fields of a document."""
    return Pieces(Exported)


def to_pieces(document: Exported) -> Iterator[bytes]:
    """The bytes of `to_bytes`, one piece after another."""
    yield from fields().of(document)
    yield b"\n"


def to_bytes(document: Exported) -> bytes:
    """The document as JSON in UTF-8, one line with a newline at its end; equal documents give equal bytes."""
    return b"".join(to_pieces(document))


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of an exported document."""
    described = _adapter().json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"vietnamese-report-{SCHEMA_VERSION}",
        **described,
    }


def schema_bytes() -> bytes:
    """The JSON Schema as it stands in docs/schema.json."""
    return (json.dumps(schema(), ensure_ascii=False, indent=2) + "\n").encode()
