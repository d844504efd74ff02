"""Who cites what across the archive: citations resolved against the ingested documents, and the graph of them.

An index beside the documents (SQLite) holds what each document says of itself and what it cites. A document that
changed is read again; then only citations are resolved anew whose key it touches. The outcome does not depend on
the order in which documents came.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.document import GlyphKey
from pipeline.ledger import Row
from pipeline.places import Documents
from pipeline.vietnamese import fold
from pipeline.write import Written

INDEX = ".citations.sqlite"

_TABLES = """
CREATE TABLE IF NOT EXISTS documents (path PRIMARY KEY, mark, id, key, kind, symbol, date, place, title);
CREATE INDEX IF NOT EXISTS documents_key ON documents (key);
CREATE TABLE IF NOT EXISTS citations
  (path, number, key, kind, symbol, date, place, target, relation, archived, step, PRIMARY KEY (path, number));
CREATE INDEX IF NOT EXISTS citations_key ON citations (key);
CREATE TABLE IF NOT EXISTS glyphs (path, font, shape, count, PRIMARY KEY (path, font, shape));
CREATE INDEX IF NOT EXISTS glyphs_shape ON glyphs (shape);
"""


def key(number: str | None, symbol: str | None) -> str | None:
    """What two writings of one document's number share: no marks, no leading zeros, one kind of separator.

    >>> key("085", "KH-CTĐ") == key("85", "KH/CTD")
    True
    """
    if not number or not symbol:
        return None
    letters = "".join(c if c.isalnum() else "-" for c in fold(symbol.replace("&", "")))
    return f"{fold(number).lstrip('0')}/{letters}"


def resolve(documents: Documents, rows: Iterable[Row]) -> int:
    """Bring index and documents up to date: `archived` of every citation names the archived document or is null.

    A citation names a document when number and symbol are equal (marks and separators aside), the kinds do not
    disagree, the dates and places do not either, and only one document fits. Returns the number of documents rewritten.
    """
    documents.refresh()
    held = ((row.path, row.output, documents.mark(row.output)) for row in rows if row.output is not None)
    outputs = {path: (output, mark) for path, output, mark in held if mark is not None}
    with _opened(documents.state) as index:
        touched = _update(index, documents, outputs)
        changed = _match(index, touched)
        for path in sorted(changed):
            _rewrite(index, documents, outputs[path][0], path)
        return len(changed)


@contextlib.contextmanager
def _opened(clean: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(_connect(clean / INDEX)) as index, index:
        yield index


def _connect(file: Path) -> sqlite3.Connection:
    """The index; a file that is no database is deleted, since all of it comes from the documents."""
    index = sqlite3.connect(file)
    try:
        index.executescript(_TABLES)
    except sqlite3.OperationalError:
        index.close()
        raise
    except sqlite3.DatabaseError:
        index.close()
        file.unlink()
        index = sqlite3.connect(file)
        index.executescript(_TABLES)
    return index


def _update(index: sqlite3.Connection, documents: Documents, outputs: Mapping[str, tuple[str, str]]) -> set[str]:
    """Read the documents that changed into the index; the keys they touch."""
    marks = dict(index.execute("SELECT path, mark FROM documents"))
    present, touched = set(), set()
    for path, (output, mark) in outputs.items():
        if marks.get(path) != mark:
            touched |= _forget(index, path)
            try:
                touched |= _read(index, documents.read(output), path, mark)
            except (ValueError, KeyError, TypeError, AttributeError):  # spoilt by others: `verify` says so
                touched |= _forget(index, path)
                continue
        present.add(path)
    for path in set(marks) - present:
        touched |= _forget(index, path)
    return touched


def _forget(index: sqlite3.Connection, path: str) -> set[str]:
    keys = {
        found for (found,) in index.execute("SELECT key FROM documents WHERE path = ? AND key IS NOT NULL", (path,))
    }
    index.execute("DELETE FROM documents WHERE path = ?", (path,))
    index.execute("DELETE FROM citations WHERE path = ?", (path,))
    index.execute("DELETE FROM glyphs WHERE path = ?", (path,))
    return keys


def _read(index: sqlite3.Connection, data: bytes, path: str, mark: str) -> set[str]:
    document = Written(data)
    record = document["record"]
    own = key(_value(record, "number"), _value(record, "symbol"))
    place = _place(_value(record, "issuer"), _value(record, "place"))
    kind = _value(record, "kind") or ""
    date = (record["date"] or {}).get("iso") or ""
    described = (
        path,
        mark,
        document["id"],
        own,
        fold(kind),
        _value(record, "symbol"),
        date,
        place,
        _value(record, "title"),
    )
    index.execute("INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?)", described)
    glyphs = [(path, glyph["font"], glyph["shape"], glyph["count"]) for glyph in document.get("glyphs", ())]
    index.executemany("INSERT INTO glyphs VALUES (?,?,?,?)", glyphs)
    touched = {own} if own else set()
    for number, citation in enumerate(document["citations"]):
        cited = key(
            citation["normal"].get("number", citation["number"]), citation["normal"].get("symbol", citation["symbol"])
        )
        if citation["kind"] == "internal":
            continue
        if cited:
            touched.add(cited)
        issuer = citation["normal"].get("issuer", citation["issuer"])
        index.execute(
            "INSERT INTO citations VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (path, number, cited, fold(citation["kind"] or ""), citation["symbol"], citation["date"] or "",
             _place(issuer, None), citation["target"], citation["relation"], citation["archived"],
             citation["archived_by"]),
        )  # fmt: skip
    return touched


def _value(record: dict[str, Any], name: str) -> str | None:
    field = record[name]
    return field["value"] if field else None


def _place(issuer: str | None, place: str | None) -> str:
    """The province that an issuer's name ends with, folded; else the place of issue."""
    folded = fold(issuer or "")
    for word in ("tinh ", "thanh pho ", "tinh uy ", "thanh uy "):
        if word in folded:
            return folded.rsplit(word, 1)[1].strip()
    return fold(place or "")


def _match(index: sqlite3.Connection, touched: set[str]) -> set[str]:
    """Resolve the citations of the touched keys; the paths of documents whose `archived` changed."""
    changed = set()
    for found in touched:
        documents = index.execute(
            "SELECT id, kind, symbol, date, place FROM documents WHERE key = ?", (found,)
        ).fetchall()
        cites = index.execute(
            "SELECT path, number, kind, symbol, date, place, archived, step FROM citations WHERE key = ?", (found,)
        ).fetchall()
        for path, number, kind, symbol, date, place, archived, step in cites:
            now = _one(documents, kind, symbol, date, place)
            if now != (archived, step):
                index.execute(
                    "UPDATE citations SET archived = ?, step = ? WHERE path = ? AND number = ?", (*now, path, number)
                )
                changed.add(path)
    return changed


def _one(documents: list[Any], kind: str, symbol: str, date: str, place: str) -> tuple[str | None, str | None]:
    """The one document that fits, and the step that matched: ``exact`` or ``folded``."""

    def fits(document: Any) -> bool:
        _, its_kind, _, its_date, its_place = document
        size = min(len(date), len(its_date))
        return (
            (not kind or not its_kind or kind == its_kind or kind == "van ban")
            and date[:size] == its_date[:size]
            and (not place or not its_place or place in its_place or its_place in place)
        )

    fitting = [document for document in documents if fits(document)]
    exact = [d for d in fitting if d[2] == symbol and d[3] == date and date]
    for step, found in (("exact", exact), ("folded", fitting)):
        names = {document[0] for document in found}
        if len(names) == 1:
            return names.pop(), step
    return None, None


def _rewrite(index: sqlite3.Connection, documents: Documents, output: str, path: str) -> None:
    """Write a document anew with the `archived` of the index."""
    document = Written(documents.read(output))
    named = {
        number: (archived, step)
        for number, archived, step in index.execute(
            "SELECT number, archived, step FROM citations WHERE path = ?", (path,)
        )
    }
    citations = tuple(
        replace(citation, archived=named[i][0], archived_by=named[i][1]) if i in named else citation
        for i, citation in enumerate(document.typed("citations"))
    )
    documents.write(output, document.replaced("citations", citations))
    index.execute("UPDATE documents SET mark = ? WHERE path = ?", (documents.mark(output), path))


@dataclass(frozen=True, slots=True)
class Edge:
    """One document cites another: paths and identifiers; `archived` is the cited document's path where it is held."""

    citing: str
    target: str
    relation: str | None
    archived: str | None


@dataclass(frozen=True, slots=True)
class Network:
    """The citations of an archive."""

    titles: dict[str, str]
    edges: tuple[Edge, ...]

    def describe(self) -> str:
        """Counts, the most cited, and what is cited but not in the archive."""
        cited: dict[str, set[str]] = {}
        for edge in self.edges:
            cited.setdefault(edge.archived or edge.target, set()).add(edge.citing)
        ranked = sorted(cited.items(), key=lambda item: (-len(item[1]), item[0]))
        held = {edge.archived for edge in self.edges if edge.archived}
        missing = [(target, by) for target, by in ranked if target not in held]
        counts = f"{len(self.titles)} documents, {len(self.edges)} citations of {len(cited)} documents"
        lines = [f"{counts}, {len(held)} of them in the archive"]
        lines += ["most cited:"] + [f"  {len(by):5}  {target}" for target, by in ranked[:10]]
        lines += ["cited but not in the archive:"] + [f"  {len(by):5}  {target}" for target, by in missing[:10]]
        return "\n".join(lines)

    def write_csv(self, path: Path) -> None:
        """One line a citation: citing, target, relation, archived."""
        import csv

        from pipeline.metadata import guarded

        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["citing", "target", "relation", "archived"])
            writer.writerows(
                [guarded(e.citing), guarded(e.target), e.relation or "", guarded(e.archived or "")] for e in self.edges
            )

    def write_graphml(self, path: Path) -> None:
        """The graph for Gephi, yEd or networkx: documents and cited documents as nodes."""
        import networkx

        graph = networkx.MultiDiGraph()
        for name, title in self.titles.items():
            graph.add_node(name, title=title, archived=True)
        for edge in self.edges:
            graph.add_edge(edge.citing, edge.archived or edge.target, relation=edge.relation or "")
        networkx.write_graphml(graph, path)


def glyphs_shown(clean: Path) -> dict[str, list[GlyphKey]]:
    """The glyphs whose letter had to be found, by the path of the document that shows them."""
    found: dict[str, list[GlyphKey]] = {}
    with _opened(clean) as index:
        for path, font, shape in index.execute("SELECT path, font, shape FROM glyphs"):
            found.setdefault(path, []).append((font, shape))
    return found


def showing(clean: Path, glyphs: Iterable[GlyphKey]) -> list[dict[str, int]]:
    """For each glyph the paths of the documents that show it, with how often each does."""
    asked = "SELECT path, count FROM glyphs WHERE font = ? AND shape = ? ORDER BY path"
    with _opened(clean) as index:
        return [dict(index.execute(asked, glyph)) for glyph in glyphs]


def read_network(clean: Path) -> Network:
    """The network of a clean folder, from its index."""
    with _opened(clean) as index:
        titles = {path: title or "" for path, title in index.execute("SELECT path, title FROM documents ORDER BY path")}
        held = dict(index.execute("SELECT id, path FROM documents ORDER BY path DESC"))
        edges = tuple(
            Edge(citing, target, relation, held.get(archived))
            for citing, target, relation, archived in index.execute(
                "SELECT path, target, relation, archived FROM citations WHERE target IS NOT NULL ORDER BY path, number"
            )
        )
    return Network(titles, edges)
