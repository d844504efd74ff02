"""The command line: `python -m pipeline COMMAND`; heavy imports happen inside the commands that need them."""

import argparse
import contextlib
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline import __version__, config
from pipeline.errors import ExitCode, PipelineError, SettingsError

EXAMPLES = """\
examples:
  python -m pipeline ingest data/raw data/clean     every document of a folder, to JSON
  python -m pipeline show report.pdf --text         the repaired text of one document
  python -m pipeline search data/clean "thi dua"    sections and paragraphs, with or without marks
  python -m pipeline verify data/raw data/clean     is everything there, unchanged and reversible?

exit codes: 0 all done (clean or to review), 1 some documents failed, 2 usage or settings,
            3 a tool is missing, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code; errors go to stderr with their code and advice."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except PipelineError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted; what was done is kept, run again to go on", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return ExitCode.OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipeline",
        description="Vietnamese office and archive PDFs to structured JSON.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str, *places: str,
            kind: Callable[[str], Path | str] | None = None) -> argparse.ArgumentParser:  # fmt: skip
        command = commands.add_parser(name, help=text, description=text)
        for place in places:
            command.add_argument(place, type=kind or _folder)
        command.add_argument("--settings", type=Path, metavar="FILE", help="settings file (default: pipeline.toml)")
        command.set_defaults(command=run)
        return command

    ingest = add("ingest", _ingest, "read every document of RAW and write its JSON to CLEAN; folders or URLs",
                 "raw", "clean", kind=_place)  # fmt: skip
    ingest.add_argument("--workers", type=int, default=0, metavar="N", help="child processes (default: one a core)")
    ingest.add_argument("--prune", action="store_true", help="forget raw files that are gone and delete their JSON")
    ingest.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="read them on the workers of a Dask scheduler")
    show = add("show", _show, "one document to stdout as JSON", "file")
    show.add_argument("--text", action="store_true", help="only the repaired text")
    add("pdf", _pdf, "a copy whose text can be searched and copied; the original is not touched", "file", "out")
    add("check", _check, "are the tools, the language data, the models and the settings there?")
    schema = add("schema", _schema, "the JSON Schema of the documents")
    schema.add_argument("--markdown", action="store_true", help="explained for people: the tables of docs/output.md")
    add("status", _status, "counts, what to look at, what is slow, and the versions", "clean", kind=_place)
    add("verify", _verify, "raw files re-hashed, ledgers replayed, documents against the schema", "raw", "clean",
        kind=_place)  # fmt: skip
    add("tables", _tables, "the documents as Parquet tables", "clean", "out")
    add("report", _report, "a static site for eyes: page images beside the repaired text", "raw", "clean", "out")
    review = add("review", _review, "the report with decisions by keyboard, on this machine only", "raw", "clean")
    review.add_argument("--port", type=int, default=8765)
    review.add_argument("--who", metavar="NAME", help="the name on decisions (default: the user's)")
    truth = add("truth", _truth, "how the tool does by itself where people decided", "raw", "clean")
    truth.add_argument("--out", type=Path, metavar="FOLDER", help="write what they decided as truth files")
    search = add("search", _search, "find sections and paragraphs", "clean")
    search.add_argument("query", nargs="?", default="")
    for name in ("kind", "issuer", "since", "until", "number", "cites"):
        search.add_argument(f"--{name}", help=f"only documents with this {name}")
    search.add_argument("--limit", type=int, default=10)
    citations = add("citations", _citations, "who cites what, across the archive", "clean")
    citations.add_argument("--graphml", type=Path, metavar="FILE")
    citations.add_argument("--csv", type=Path, metavar="FILE")
    metadata = add("metadata", _metadata, "archive metadata as CSV and XML", "clean", "out")
    metadata.add_argument(
        "--type-codes", action="store_true", help="fill typeName; check the table first (docs/metadata.md)"
    )
    export = add("export", _export, "what changed since the last time, for a search engine or database", "clean")
    export.add_argument("out", help="a folder for files, or an address: https://HOST:PORT, postgresql://HOST/BASE")
    engines = ["opensearch", "elasticsearch", "typesense", "postgres", "jsonl"]
    export.add_argument("--to", required=True, choices=engines)
    export.add_argument("--name", default="archive", help="first part of the names of indexes or tables (archive)")
    export.add_argument("--state", type=Path, metavar="FILE", help="remembers what went over (OUT or CLEAN/.export)")
    export.add_argument("--full", action="store_true", help="hand over everything once more")
    export.epilog = "A server's key, or user and password, are read from EXPORT_KEY, EXPORT_USER, EXPORT_PASSWORD."
    return parser


def _settings(options: argparse.Namespace) -> config.Config:
    path = options.settings
    if path is None and Path("pipeline.toml").is_file():
        path = Path("pipeline.toml")
    return config.load(path)


def _folder(text: str) -> Path:
    """A path; a URL is refused, since most commands read where they like in a folder."""
    if "://" in text:
        raise argparse.ArgumentTypeError(f"{text}: this command needs a local folder; copy the documents to one")
    return Path(text)


def _place(text: str) -> Path | str:
    """A folder's path, or a URL; see `places.place`, which is not loaded for a path."""
    if "://" not in text:
        return Path(text)
    from pipeline.places import place

    return place(text)


def _with_caches(settings: config.Config, clean: Path | str) -> config.Config:
    """The settings with caches beside the documents, unless they name other folders."""
    from pipeline.places import documents_at

    folder = documents_at(clean, settings.run.state).state / ".cache"
    ocr = replace(settings.ocr, cache=settings.ocr.cache or str(folder / "ocr"))
    run = replace(settings.run, cache=settings.run.cache or str(folder / "rooms"))
    return replace(settings, ocr=ocr, run=run)


def _ingest(options: argparse.Namespace) -> int:
    from pipeline.ingest import ingest
    from pipeline.progress import reporter, summarise
    from pipeline.raw import RawFile

    settings = _with_caches(_settings(options), options.clean)
    if options.workers:
        settings = replace(settings, run=replace(settings.run, workers=options.workers))
    with contextlib.ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, _interrupt))
        started, finished = reporter(stack)

        def run(files: list[RawFile], done: Callable[..., None]) -> None:
            if options.scheduler:
                from pipeline.scheduler import run_on_cluster

                run_on_cluster(options.scheduler, options.raw, options.clean, settings, files, done)
            else:
                from pipeline.remote import run_anywhere

                run_anywhere(options.raw, options.clean, settings, files, done)

        summary = ingest(options.raw, options.clean, settings, run, started, finished, prune=options.prune)
    print(summarise(summary, options.clean))
    return ExitCode.SOME_FAILED if any(row.status == "failed" for row in summary.rows) else ExitCode.OK


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _show(options: argparse.Namespace) -> int:
    from pipeline.ingest import read_document
    from pipeline.write import to_bytes

    document = read_document(options.file, _settings(options))
    sys.stdout.buffer.write(document.text.encode() + b"\n" if options.text else to_bytes(document))
    return ExitCode.OK


def _pdf(options: argparse.Namespace) -> int:
    from pipeline.searchable import write_pdf

    print(write_pdf(options.file, options.out, _settings(options)))
    return ExitCode.OK


def _check(options: argparse.Namespace) -> int:
    from pipeline import versions
    from pipeline.extract import ocr

    settings = _settings(options)
    print(f"settings  {settings.fingerprint()}")
    print(f"models    {versions.models()}")
    print(f"ocr       {ocr.engine(settings.ocr)}")
    return ExitCode.OK


def _schema(options: argparse.Namespace) -> int:
    if options.markdown:
        from pipeline.write.reference import markdown

        sys.stdout.buffer.write(markdown().encode())
        return ExitCode.OK
    from pipeline.write import schema_bytes

    sys.stdout.buffer.write(schema_bytes())
    return ExitCode.OK


def _status(options: argparse.Namespace) -> int:
    from pipeline.status import status

    print(status(options.clean, _settings(options)))
    return ExitCode.OK


def _verify(options: argparse.Namespace) -> int:
    from pipeline.audit import verify

    problems = verify(options.raw, options.clean, _settings(options))
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems" if problems else "everything holds")
    return ExitCode.SOME_FAILED if problems else ExitCode.OK


def _tables(options: argparse.Namespace) -> int:
    from pipeline.frames import write_tables

    done = write_tables(options.clean, options.out)
    print(f"documents  {done.written} read, {done.unchanged} as before, {done.removed} taken out")
    print("rows       " + ", ".join(f"{name} {rows}" for name, rows in done.rows.items()))
    return ExitCode.OK


def _report(options: argparse.Namespace) -> int:
    from pipeline.report import write_report

    number = write_report(options.raw, options.clean, options.out, _settings(options).limits)
    print(f"{number} documents; open {options.out / 'index.html'}")
    return ExitCode.OK


def _review(options: argparse.Namespace) -> int:
    import getpass

    from pipeline.ingest import again
    from pipeline.review import serve
    from pipeline.workers import run_in_children

    settings = _with_caches(_settings(options), options.clean)

    def read(path: str) -> None:
        again(options.raw, options.clean, path, settings,
              lambda files, done: run_in_children(options.raw, options.clean, settings, files, done))  # fmt: skip

    print(f"http://127.0.0.1:{options.port}/  (Ctrl+C ends it)", flush=True)
    serve(options.raw, options.clean, options.who or getpass.getuser(), read, options.port, settings.limits)
    return ExitCode.OK


def _truth(options: argparse.Namespace) -> int:
    from pipeline import truth
    from pipeline.ingest import read_document

    settings = _with_caches(_settings(options), options.clean)
    found = list(truth.truths(options.raw, options.clean, lambda path, name: read_document(path, settings, name)))
    if options.out:
        truth.write(found, options.out)
    print(truth.measured(found).describe())
    return ExitCode.OK


def _search(options: argparse.Namespace) -> int:
    from pipeline.search import index, query

    if not (options.query or options.number or options.cites):
        raise SettingsError("say what to look for")
    place = options.clean / ".search"
    index.update(options.clean, place)
    filters = {name: getattr(options, name) for name in ("kind", "issuer", "since", "until", "number", "cites")}
    hits = query.search(place, options.query, limit=options.limit, **filters)
    if not hits:
        print("nothing found", file=sys.stderr)
    for hit in hits:
        print(f"{hit.document}  page {hit.page}  {' / '.join(hit.path)}\n    {hit.snippet}")
    return ExitCode.OK


def _citations(options: argparse.Namespace) -> int:
    from pipeline.network import read_network

    network = read_network(options.clean)
    if options.graphml:
        network.write_graphml(options.graphml)
    if options.csv:
        network.write_csv(options.csv)
    print(network.describe())
    return ExitCode.OK


def _metadata(options: argparse.Namespace) -> int:
    from pipeline.metadata import write

    done = write(options.clean, options.out, with_type_codes=options.type_codes)
    print(f"documents  {done.documents} described in {options.out}, {len(done.shortened)} values cut to their length")
    for line in done.shortened:
        print(f"cut        {line}")
    return ExitCode.OK


def _export(options: argparse.Namespace) -> int:
    import os
    from urllib.parse import urlsplit

    from pipeline.export import Access, export

    if "://" in options.out and urlsplit(options.out).password is not None:
        raise SettingsError("a password in a command is seen by all users of the machine; put it in EXPORT_PASSWORD")
    access = Access(*(os.environ.get(f"EXPORT_{name}") for name in ("KEY", "USER", "PASSWORD")))
    done = export(options.clean, options.to, options.out, name=options.name, access=access,
                  state=options.state, full=options.full)  # fmt: skip
    print(f"documents  {done.documents} handed over in {done.passages} passages, {done.deleted} taken out, "
          f"{done.unchanged} unchanged, {len(done.refused)} refused")  # fmt: skip
    if done.batch:
        print(f"written to {done.batch}")
    for line in done.refused:
        print(line, file=sys.stderr)
    return ExitCode.SOME_FAILED if done.refused else ExitCode.OK


if __name__ == "__main__":
    sys.exit(main())
