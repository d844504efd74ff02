"""JSON of a large document in pieces, so that it never lies in memory whole."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import chain
from types import GenericAlias
from typing import Any, get_type_hints

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

    def of(self, document: Any) -> Iterator[bytes]:
        """The JSON of an instance, field after field, long lists in several pieces.

        Raises:
            ValueError: something cannot be written as JSON, such as half a surrogate pair.
        """
        sign = b"{"
        for name, adapter in self._fields.items():
            yield sign + json.dumps(name).encode() + b":"
            value = getattr(document, name)
            if _is_long(value):
                for number, part in enumerate(_parts(value)):
                    yield (b"," if number else b"[") + adapter.dump_json((part,))[2:-2]
                yield b"]"
            else:
                yield adapter.dump_json((value,))[1:-1]
            sign = b","
        yield b"}"

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
