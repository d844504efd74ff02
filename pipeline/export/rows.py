"""What every target gets of a document: one flat row, its citations, and its passages.

Ids are stable: they come from the path under the raw folder, so that a changed file replaces itself. `…_folded` are
the same words without marks, for engines that do not fold đ; `number_key` is a number without marks, spaces and signs.
"""

import calendar
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from pipeline import archive
from pipeline.search import records
from pipeline.vietnamese import fold

Row = dict[str, Any]


class Rows(NamedTuple):
    """A document's rows; passages are in reading order."""

    document: Row
    passages: list[Row]


class Batch(NamedTuple):
    """What goes over in one go: documents to take out whole, passages to take out, rows to put in by id.

    A document's rows never lie in two batches.
    """

    gone: list[str]
    stale: list[str]
    found: list[Rows]


class Refused(NamedTuple):
    """A document that a target would not take, and why; nothing of it is left there."""

    document: str
    reason: str


def document_id(path: str) -> str:
    """The id of a document in every target: 32 hex digits over its path."""
    return hashlib.sha256(path.encode()).hexdigest()[:32]


def passage_id(path: str, number: int) -> str:
    """The id of a passage, counted from 0."""
    return f"{document_id(path)}-{number}"


def owner(ident: str) -> str:
    """The id of the document that a row belongs to."""
    return ident.partition("-")[0]


def first_and_last(iso: str | None) -> tuple[str, str] | None:
    """The days that a date may mean, as ISO dates; None for no date or one that no calendar has.

    >>> first_and_last("2023-02"), first_and_last("2023-02-31")
    (('2023-02-01', '2023-02-28'), None)
    """
    days = records.date_range(iso)
    if not iso or not days:
        return None
    year, month = days[1] // 10_000, days[1] // 100 % 100
    if not (1 <= month <= 12 and 1 <= year <= 9999):
        return None
    length = calendar.monthrange(year, month)[1]
    last = days[1] % 100 if iso.count("-") == 2 else length
    if not 1 <= last <= length:
        return None
    first = days[0]
    return f"{first // 10_000:04d}-{first // 100 % 100:02d}-{first % 100:02d}", f"{year:04d}-{month:02d}-{last:02d}"


def rows(path: str, document: Mapping[str, Any]) -> Rows:
    """The rows of a document."""
    who = records.identity(document)
    quality = document.get("quality") or {}
    days = first_and_last(who["date"])
    ident = document_id(path)
    shared = {
        "kind": who["kind"],
        "number": who["number"],
        "issuer": who["issuer"],
        "first_day": days[0] if days else None,
        "last_day": days[1] if days else None,
    }
    head = {
        "id": ident,
        "path": path,
        "source_id": document.get("id"),
        **shared,
        "number_key": records.number_key(who["number"]) if who["number"] else None,
        "title": who["title"],
        "title_folded": fold(who["title"] or "") or None,
        "issuer_folded": fold(who["issuer"] or "") or None,
        "superior": who["superior"],
        "place": who["place"],
        "date": who["date"],
        "signers": who["signers"],
        "family": who["family"],
        "urgency": who["urgency"],
        "secrecy": who["secrecy"],
        "pages": len(document.get("pages", ())),
        "holes": len(document.get("holes", ())),
        "legibility": quality.get("legibility"),
        "needs_review": bool(quality.get("needs_review")),
        "citations": [_citation(c) for c in document.get("citations", ())],
    }
    boxes = archive.Boxes(document)
    passages = [
        {
            "id": passage_id(path, number),
            "document": ident,
            "path": path,
            **shared,
            "section": part.section,
            "labels": list(part.path),
            "heading": part.heading,
            "page": part.page,
            "start": part.start,
            "text": part.text,
            "text_folded": " ".join(records.keys(part.text)[1]),
            "words": sorted(set(part.words)),
            "numbers": sorted({records.number_key(n) for n in records.numbers_in(part.text)}),
            "box": list(boxes.around((part.start, part.start + len(part.text)), part.page) or ()),
        }
        for number, part in enumerate(records.passages(document))
    ]
    return Rows(head, passages)


def _citation(part: Mapping[str, Any]) -> Row:
    number = archive.number_of(part)
    days = first_and_last(part.get("date"))
    return {
        "id": part["id"],
        "text": part["text"],
        "kind": part.get("kind"),
        "number": number,
        "number_key": records.number_key(number) if number else None,
        "date": part.get("date"),
        "first_day": days[0] if days else None,
        "last_day": days[1] if days else None,
        "issuer": part.get("issuer"),
        "target": part.get("target"),
        "archived": part.get("archived"),
        "relation": part.get("relation"),
        "page": part["page"],
        "confidence": part.get("confidence"),
    }
