"""A document as it was written, looked into field by field: what nobody asks for stays bytes.

A long damaged document is 300 MB of JSON, as Python objects 2.2 GB and ten seconds; one look into it takes half a
second.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from pipeline.document import Source
from pipeline.write.contract import Exported, PageOut, ProducedBy, Quality
from pipeline.write.serial import fields


class Head(NamedTuple):
    """What a document says of itself beside its text."""

    id: str
    source: Source
    produced_by: ProducedBy
    pages: tuple[PageOut, ...]
    quality: Quality


def head(document: Exported) -> Head:
    """The head of a document."""
    return Head(*(getattr(document, name) for name in Head._fields))


class Written(Mapping[str, Any]):
    """The fields of a document in plain Python objects, each read when it is asked for."""

    def __init__(self, data: bytes) -> None:
        """Find the fields.

        Raises:
            ValueError: the bytes are no JSON object.
        """
        self._fields = msgspec.json.decode(data, type=dict[str, msgspec.Raw])

    def __getitem__(self, name: str) -> Any:
        return json.loads(bytes(self._fields[name]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def typed(self, name: str) -> Any:
        """A field as `Exported` holds it.

        Raises:
            KeyError: the document has no such field.
            ValueError: the field's value is not of its type.
        """
        return fields().value(name, bytes(self._fields[name]))

    def head(self) -> Head:
        """The head of the document.

        Raises:
            KeyError, ValueError: this is no document.
        """
        return Head(*map(self.typed, Head._fields))

    def whole(self) -> Exported:
        """The document.

        Raises:
            TypeError, ValueError: a field is missing or not of its type.
        """
        return Exported(**{name: self.typed(name) for name in self if name in fields().names})

    def replaced(self, name: str, value: Any) -> bytes:
        """The document with another value of a field, typed as `Exported` holds it; all other bytes stay."""
        new = b"".join(fields().json(name, value))
        parts: list[bytes | msgspec.Raw] = [b"{"]
        for field, old in self._fields.items():
            parts += [json.dumps(field).encode(), b":", new if field == name else old, b","]
        parts[-1] = b"}\n"
        return b"".join(parts)
