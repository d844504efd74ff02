"""JSON of a large document in pieces, so that it never lies in memory whole."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import chain
from types import GenericAlias
from typing import Any, get_type_hints

import msgspec
from pydantic import ConfigDict, TypeAdapter

_AT_ONCE = 5_000
"""Items of a list in one piece; a change of the ledger takes some 230 bytes."""


class Pieces:
    """What writes the instances of a dataclass as JSON, in the same bytes as pydantic does, and reads them again."""

    def __init__(self, kind: type, config: ConfigDict | None = None) -> None:
        """Get ready for a dataclass; `config` are pydantic's settings for all that it holds."""
        self._kind = kind
        hints: dict[str, Any] = get_type_hints(kind)
        self._fields: dict[str, TypeAdapter[Any]] = {}
        for field in fields(kind):  # of a dataclass itself pydantic takes no settings, of a tuple with one it does
            held: Any = GenericAlias(tuple, (hints[field.name],))
            self._fields[field.name] = TypeAdapter(held, config=config)

    @property
    def names(self) -> Collection[str]:
        """The names of the fields."""
        return self._fields.keys()

    def of(self, document: Any) -> Iterator[bytes]:
        """The JSON of an instance, field after field, long lists in several pieces.

        Raises:
            ValueError: something cannot be written as JSON, such as half a surrogate pair.
        """
        sign = b"{"
        for name in self._fields:
            yield sign + json.dumps(name).encode() + b":"
            yield from self.json(name, getattr(document, name))
            sign = b","
        yield b"}"

    def json(self, name: str, value: Any) -> Iterator[bytes]:
        """The JSON of a field's value, a long list in several pieces.

        Raises:
            ValueError: something cannot be written as JSON.
        """
        adapter = self._fields[name]
        if _is_long(value):
            for number, part in enumerate(_parts(value)):
                yield (b"," if number else b"[") + adapter.dump_json((part,))[2:-2]
            yield b"]"
        else:
            yield adapter.dump_json((value,))[1:-1]

    def value(self, name: str, written: bytes) -> Any:
        """A field's value from its JSON; a long list is read in several pieces.

        Raises:
            KeyError: there is no such field.
            ValueError: the JSON is not that of such a value.
        """
        adapter = self._fields[name]
        items = msgspec.json.decode(written, type=list[msgspec.Raw]) if written.startswith(b"[") else []
        if len(items) <= _AT_ONCE:
            return adapter.validate_json(b"[" + written + b"]")[0]
        return _whole([adapter.validate_json(b"[[" + b",".join(part) + b"]]")[0] for part in _parts(items)])

    def lines(self, document: Any) -> Iterator[bytes]:
        """An instance as lines that `joined` reads: a field's name and JSON of its value, or of so much of a long list.

        Raises:
            ValueError: something cannot be written as JSON.
        """
        for name, adapter in self._fields.items():
            for part in _parts(getattr(document, name)):
                yield name.encode() + b"\t" + adapter.dump_json((part,)) + b"\n"

    def joined(self, lines: Iterable[bytes]) -> Any:
        """The instance that was written as lines; of long lists never more than a part lies there as JSON.

        Raises:
            KeyError, TypeError, ValueError: the lines are not those of an instance.
        """
        found: dict[str, list[Any]] = {}
        for line in lines:
            name, _, value = line.decode().partition("\t")
            found.setdefault(name, []).extend(self._fields[name].validate_json(value))
        return self._kind(**{name: _whole(parts) for name, parts in found.items()})


def _is_long(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and len(value) > _AT_ONCE


def _parts(value: Any) -> Iterator[Any]:
    if _is_long(value):
        yield from (value[start : start + _AT_ONCE] for start in range(0, len(value), _AT_ONCE))
    else:
        yield value


def _whole(parts: list[Any]) -> Any:
    return type(parts[0])(chain.from_iterable(parts)) if len(parts) > 1 else parts[0]
