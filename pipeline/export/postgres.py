"""PostgreSQL 13 and later with `unaccent` and `pg_trgm`: three tables, filled by COPY.

Words are folded before they come in, because `unaccent` may not be used in a generated column; a question is folded by
`lower(unaccent(…))`, which gives the same letters. Numbers have a column of their own, because the text parser of
PostgreSQL breaks "34/2016/NĐ-CP" at its signs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.errors import ServerUnavailable, SettingsError, ToolMissing
from pipeline.export.rows import Batch, Refused, Row
from pipeline.export.web import Access

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


def copies(batch: Batch) -> dict[str, list[str]]:
    """The lines for COPY of a batch, by table; `gone` holds the ids of documents to take out first, rows and all."""
    idents = [*batch.gone, *(found.document["id"] for found in batch.found)]
    lines = {"gone": [copied([ident]) for ident in idents]}
    lines["documents"] = [copied(cells(found.document, "documents")) for found in batch.found]
    lines["passages"] = [copied(cells(row, "passages")) for found in batch.found for row in found.passages]
    lines["citations"] = [
        copied(cells(row | {"document": found.document["id"]}, "citations"))
        for found in batch.found
        for row in found.document["citations"]
    ]
    return lines


def _copy(name: str, table: str) -> str:
    return f"COPY {name}_{table} ({', '.join(COLUMNS[table])}) FROM STDIN"


def _forget(name: str) -> str:
    return f"DELETE FROM {name}_documents USING {name}_gone g WHERE {name}_documents.id = g.id"


class Files:
    """Appends lines for COPY to a file a table."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hand_over(self, batch: Batch) -> list[Refused]:
        """Write the lines; nothing is refused."""
        for table, lines in copies(batch).items():
            with (self._folder / f"{table}.copy").open("a", encoding="utf-8") as file:
                file.writelines(lines)
        return []


@contextmanager
def files(folder: Path, name: str) -> Iterator[Files]:
    """A sink into a new folder, with `schema.sql` and `load.sql` for psql, which loads it in one transaction."""
    sink = Files(folder)
    sink.hand_over(Batch([], [], []))
    loads = "".join(
        _copy(name, table).replace("COPY", "\\copy").replace("STDIN", f"'{table}.copy'") + "\n" for table in COLUMNS
    )
    (folder / "schema.sql").write_text(schema(name), encoding="utf-8")
    (folder / "load.sql").write_text(
        "-- psql -v ON_ERROR_STOP=1 -f load.sql, from this folder\n\\encoding UTF8\n\\ir schema.sql\nBEGIN;\n"
        f"CREATE TEMP TABLE {name}_gone (id text);\n\\copy {name}_gone FROM 'gone.copy'\n{_forget(name)};\n"
        f"{loads}DROP TABLE {name}_gone;\nCOMMIT;\n",
        encoding="utf-8",
    )
    yield sink


class Database:
    """Copies each batch in a transaction of its own, and where that fails each of its documents."""

    def __init__(self, connection: Any, name: str, unfit: type[Exception]) -> None:
        self._connection, self._name, self._unfit = connection, name, unfit

    def hand_over(self, batch: Batch) -> list[Refused]:
        """Replace the documents of the batch; of a document that does not fit the tables nothing is left."""
        try:
            self._copy(batch)
            return []
        except self._unfit as error:
            if not batch.found:
                raise
            if len(batch.found) == 1:
                [found] = batch.found
                self._copy(Batch([*batch.gone, found.document["id"]], batch.stale, []))
                return [Refused(found.document["id"], str(error).strip())]
        parts = [Batch(batch.gone, batch.stale, [])] + [Batch([], [], [found]) for found in batch.found]
        return [refused for part in parts for refused in self.hand_over(part)]

    def _copy(self, batch: Batch) -> None:
        lines = copies(batch)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE {self._name}_gone (id text) ON COMMIT DROP")
            _fill(cursor, f"COPY {self._name}_gone FROM STDIN", lines["gone"])
            cursor.execute(_forget(self._name))
            for table in COLUMNS:
                _fill(cursor, _copy(self._name, table), lines[table])


@contextmanager
def server(address: str, name: str, access: Access) -> Iterator[Database]:
    """A sink into a database; tables are made if they are not there.

    What the address does not hold comes from `access`, then from where libpq looks (`PGPASSWORD`, `~/.pgpass`).
    """
    try:
        import psycopg
    except ImportError as error:
        raise ToolMissing("psycopg is not installed: pip install 'psycopg[binary]'") from error
    said = {"user": access.user, "password": access.password}
    try:
        known = psycopg.conninfo.conninfo_to_dict(address)
        more = {field: value for field, value in said.items() if value and field not in known}
        with psycopg.connect(address, autocommit=True, **more) as connection:  # type: ignore[arg-type]
            connection.execute(schema(name))
            yield Database(connection, name, psycopg.DataError)
    except psycopg.OperationalError as error:
        raise ServerUnavailable(f"PostgreSQL: {error}") from error
    except psycopg.Error as error:
        raise SettingsError(f"PostgreSQL: {error}") from error


def _fill(cursor: Any, statement: str, lines: list[str]) -> None:
    with cursor.copy(statement) as copy:
        copy.write("".join(lines))
