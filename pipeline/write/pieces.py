"""JSON of a large document in pieces, so that it never lies in memory whole."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from types import GenericAlias
from typing import Any, get_type_hints

from pydantic import ConfigDict, TypeAdapter

_AT_ONCE = 5_000
"""Items of a list in one piece; a change of the ledger takes some 230 bytes."""


class Pieces:
    """What writes the instances of a dataclass as JSON, in the same bytes as pydantic does."""

    def __init__(self, kind: type, config: ConfigDict | None = None) -> None:
        """Get ready for a dataclass; `config` are pydantic's settings for all that it holds."""
        hints: dict[str, Any] = get_type_hints(kind)
        self._fields: dict[str, TypeAdapter[Any]] = {}
        for field in fields(kind):
            self._fields[field.name] = in_tuple(hints[field.name], config)

    def of(self, document: Any) -> Iterator[bytes]:
        """The JSON of an instance, field after field, long lists in several pieces.

        Raises:
            ValueError: something cannot be written as JSON, such as half a surrogate pair.
        """
        sign = b"{"
        for name, adapter in self._fields.items():
            yield sign + json.dumps(name).encode() + b":"
            yield from _value(adapter, getattr(document, name))
            sign = b","
        yield b"}"


def in_tuple(kind: object, config: ConfigDict | None) -> TypeAdapter[Any]:
    """What writes and reads a tuple of one thing of a kind: of a dataclass itself pydantic takes no settings."""
    held: Any = GenericAlias(tuple, (kind,))
    return TypeAdapter(held, config=config)


def _value(adapter: TypeAdapter[Any], value: Any) -> Iterator[bytes]:
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) <= _AT_ONCE:
        yield adapter.dump_json((value,))[1:-1]
        return
    for start in range(0, len(value), _AT_ONCE):
        yield (b"," if start else b"[") + adapter.dump_json((value[start : start + _AT_ONCE],))[2:-2]
    yield b"]"
