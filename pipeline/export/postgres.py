"""PostgreSQL 13 and later with `unaccent` and `pg_trgm`: three tables, filled by COPY.

Words are folded before they come in, because `unaccent` may not be used in a generated column; a question is folded by
`lower(unaccent(…))`, which gives the same letters. Numbers have a column of their own, because the text parser of
PostgreSQL breaks "34/2016/NĐ-CP" at its signs.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pipeline.errors import SettingsError, ToolMissing
from pipeline.export.rows import Row, Rows

COLUMNS: dict[str, dict[str, str]] = {
    "documents": {
        "id": "text PRIMARY KEY",
        "path": "text NOT NULL",
        "source_id": "text",
        "kind": "text",
        "number": "text",
        "number_key": "text",
        "title": "text",
        "title_folded": "text",
        "issuer": "text",
        "issuer_folded": "text",
        "superior": "text",
        "place": "text",
        "date": "text",
        "days": "daterange",
        "signers": "text[]",
        "family": "text",
        "urgency": "text",
        "secrecy": "text",
        "pages": "integer",
        "holes": "integer",
        "legibility": "real",
        "needs_review": "boolean",
    },
    "passages": {
        "id": "text PRIMARY KEY",
        "document": "text NOT NULL REFERENCES {name}_documents ON DELETE CASCADE",
        "section": "text",
        "labels": "text[]",
        "heading": "text",
        "page": "integer",
        "start": "integer",
        "text": "text NOT NULL",
        "text_folded": "text NOT NULL",
        "numbers": "text[]",
        "box": "real[]",
    },
    "citations": {
        "document": "text NOT NULL REFERENCES {name}_documents ON DELETE CASCADE",
        "id": "text",
        "text": "text NOT NULL",
        "kind": "text",
        "number": "text",
        "number_key": "text",
        "date": "text",
        "days": "daterange",
        "issuer": "text",
        "target": "text",
        "archived": "text",
        "relation": "text",
        "page": "integer",
        "confidence": "real",
    },
}
_INDEXES = """\
CREATE INDEX IF NOT EXISTS {name}_number ON {name}_documents USING gin (number_key gin_trgm_ops);
CREATE INDEX IF NOT EXISTS {name}_title ON {name}_documents USING gin (title_folded gin_trgm_ops);
CREATE INDEX IF NOT EXISTS {name}_days ON {name}_documents USING gist (days);
CREATE INDEX IF NOT EXISTS {name}_found ON {name}_passages USING gin (found);
CREATE INDEX IF NOT EXISTS {name}_owner ON {name}_passages (document);
CREATE INDEX IF NOT EXISTS {name}_cited ON {name}_citations (number_key);
CREATE INDEX IF NOT EXISTS {name}_citing ON {name}_citations (document);
"""


def schema(name: str) -> str:
    """The statements that make the tables where they are not there."""
    found = ["CREATE EXTENSION IF NOT EXISTS unaccent;", "CREATE EXTENSION IF NOT EXISTS pg_trgm;"]
    for table, columns in COLUMNS.items():
        parts = [f"{column} {form.format(name=name)}" for column, form in columns.items()]
        if table == "passages":
            parts.append("found tsvector GENERATED ALWAYS AS (to_tsvector('simple', text_folded)) STORED")
        if table == "citations":
            parts.append("PRIMARY KEY (document, id)")
        inside = ",\n  ".join(parts)
        found.append(f"CREATE TABLE IF NOT EXISTS {name}_{table} (\n  {inside}\n);")
    return "\n".join(found) + "\n" + _INDEXES.format(name=name)


def cells(row: Row, table: str) -> list[Any]:
    """A row's values in the order of the table's columns, its days as a range."""
    days = f"[{row['first_day']},{row['last_day']}]" if row.get("first_day") else None
    return [days if column == "days" else row.get(column) for column in COLUMNS[table]]


def copied(values: list[Any]) -> str:
    r"""A line for COPY in its text format.

    >>> copied(["a\tb", None, True, ["x", 'y"']])
    'a\\tb\t\\N\tt\t{"x","y\\\\""}\n'
    """
    return "\t".join(r"\N" if value is None else _escaped(_literal(value)) for value in values) + "\n"


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, list):
        quoted = (str(v).replace("\\", "\\\\").replace('"', '\\"') for v in value)
        return "{" + ",".join(f'"{v}"' for v in quoted) + "}"
    return str(value)


def _escaped(text: str) -> str:
    for letter, code in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"), ("\x00", "")):
        text = text.replace(letter, code)
    return text


class Copies:
    """Hands on lines for COPY; a document that comes again is taken out first, and takes its rows with it."""

    def __init__(self, write: Callable[[str, str], None]) -> None:
        self._write = write

    def delete(self, document: str | None, passages: list[str]) -> None:
        """Take out the document; passages of a changed document go with it in `put`."""
        if document:
            self._write("gone", copied([document]))

    def put(self, found: Rows) -> None:
        """Replace the document with its passages and citations."""
        ident = found.document["id"]
        self._write("gone", copied([ident]))
        self._write("documents", copied(cells(found.document, "documents")))
        for row in found.passages:
            self._write("passages", copied(cells(row, "passages")))
        for row in found.document["citations"]:
            self._write("citations", copied(cells(row | {"document": ident}, "citations")))


def _copy(name: str, table: str) -> str:
    return f"COPY {name}_{table} ({', '.join(COLUMNS[table])}) FROM STDIN"


def _forget(name: str) -> str:
    return f"DELETE FROM {name}_documents USING {name}_gone g WHERE {name}_documents.id = g.id"


@contextmanager
def opened(place: Path | str, name: str, key: str | None) -> Iterator[Copies]:
    """A sink into a database, in one transaction, or into a batch folder with `load.sql` for psql."""
    if isinstance(place, str):
        with _database(place, name) as sink:
            yield sink
        return
    place.mkdir(parents=True)
    with _files(place) as sink:
        yield sink
    copies = "".join(
        _copy(name, table).replace("COPY", "\\copy").replace("STDIN", f"'{table}.copy'") + "\n" for table in COLUMNS
    )
    (place / "schema.sql").write_text(schema(name), encoding="utf-8")
    (place / "load.sql").write_text(
        "-- psql -v ON_ERROR_STOP=1 -f load.sql, from this folder\n\\encoding UTF8\n\\ir schema.sql\nBEGIN;\n"
        f"CREATE TEMP TABLE {name}_gone (id text);\n\\copy {name}_gone FROM 'gone.copy'\n{_forget(name)};\n"
        f"{copies}DROP TABLE {name}_gone;\nCOMMIT;\n",
        encoding="utf-8",
    )


@contextmanager
def _files(folder: Path) -> Iterator[Copies]:
    with ExitStack() as stack:
        files = {
            part: stack.enter_context((folder / f"{part}.copy").open("w", encoding="utf-8"))
            for part in ("gone", *COLUMNS)
        }

        def write(part: str, line: str) -> None:
            files[part].write(line)

        yield Copies(write)


@contextmanager
def _database(address: str, name: str) -> Iterator[Copies]:
    """Rows wait in temporary files, because COPY to one table must end before the next begins."""
    try:
        import psycopg
    except ImportError as error:
        raise ToolMissing("psycopg is not installed: pip install 'psycopg[binary]'") from error
    import tempfile

    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        with _files(folder) as sink:
            yield sink
        try:
            with psycopg.connect(address) as connection, connection.cursor() as cursor:
                cursor.execute(schema(name))
                cursor.execute(f"CREATE TEMP TABLE {name}_gone (id text) ON COMMIT DROP")
                _fill(cursor, f"COPY {name}_gone FROM STDIN", folder / "gone.copy")
                cursor.execute(_forget(name))
                for table in COLUMNS:
                    _fill(cursor, _copy(name, table), folder / f"{table}.copy")
        except psycopg.Error as error:
            raise SettingsError(f"PostgreSQL: {error}") from error


def _fill(cursor: Any, statement: str, file: Path) -> None:
    with cursor.copy(statement) as copy, file.open("rb") as lines:
        while block := lines.read(1 << 20):
            copy.write(block)
