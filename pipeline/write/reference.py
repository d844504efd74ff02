"""The exported document explained, as Markdown: types and fields from the schema, meanings and examples by hand.

Meanings stand in `fields.csv`, a row a field or value; a test finds every one that is missing, left over, or whose
example is not of the field's type. What holds for all of it stands in `output.md`.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.write.serial import schema

Json = Mapping[str, Any]
ROOT = "Document"
_FILE, _HEAD = Path(__file__).with_name("fields.csv"), Path(__file__).with_name("output.md")
_TUPLES = {2: "span", 4: "box"}


def described() -> dict[tuple[str, str], tuple[str, str]]:
    """Meaning and example ("" for none) of each field or value, by type and name."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {(row["type"], row["name"]): (row["meaning"], row["example"]) for row in csv.DictReader(file)}


def types() -> dict[str, Json]:
    """The types of the contract, the document first, then as they are met in it."""
    whole = schema()
    found: dict[str, Json] = {ROOT: whole}
    waiting = _names(whole["properties"])
    for name in waiting:
        if name not in found:
            found[name] = whole["$defs"][name]
            waiting += _names(whole["$defs"][name].get("properties", {}))
    return found


def _names(part: Any) -> list[str]:
    if isinstance(part, Mapping):
        own = [part["$ref"].rpartition("/")[2]] if "$ref" in part else []
        return own + [name for value in part.values() for name in _names(value)]
    return [name for value in part for name in _names(value)] if isinstance(part, list) else []


def form(field: Json) -> str:
    """A field's type in words.

    >>> form({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]})
    'list of string, or null'
    """
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in field:
        return ", or ".join(map(form, field["anyOf"]))
    if field.get("type") == "array":
        if "prefixItems" in field:
            return _TUPLES[len(field["prefixItems"])]
        return f"list of {form(field['items'])}"
    if field.get("type") == "object":
        return f"map of string to {form(field['additionalProperties'])}"
    return str(field["type"])


def markdown() -> str:
    """`docs/output.md`: what holds for the whole document, then a section for each type with its fields or values."""
    lines = (line for name, kind in types().items() for line in _section(name, kind))
    return _HEAD.read_text("utf-8") + "\n".join(lines)


def _section(name: str, kind: Json) -> Iterator[str]:
    meanings = described()
    yield from (f"## {name}", "", " ".join(kind["description"].split()).replace("``", "`"), "")
    if "enum" in kind:
        yield from ("| value | meaning |", "| --- | --- |")
        yield from (f"| `{value}` | {meanings[name, value][0]} |" for value in kind["enum"])
    else:
        yield from ("| field | type | meaning | example |", "| --- | --- | --- | --- |")
        for field, part in kind["properties"].items():
            meaning, example = meanings[name, field]
            yield f"| `{field}` | {form(part)} | {meaning} | {f'`{example}`' if example else ''} |"
    yield ""
