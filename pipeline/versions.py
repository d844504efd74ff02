"""Which version of each room makes a document: digests of its code, of its files of `models/`, and of its settings.

What a room stands on is read from the source: the modules it imports, and the files of `models/` that these name. So a
room's version changes with what it uses, and with nothing else.
"""

import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import regex

from pipeline import __version__, knowledge
from pipeline.config import Config
from pipeline.errors import OcrUnavailable
from pipeline.write import ProducedBy

ROOMS = ("extract", "repair", "segment", "write")
"""In the order in which a document walks through them."""
_PACKAGE = Path(__file__).resolve().parent
_ROOTS = {"write": ("write", "reading")}
"""Where a room's code begins, unless at the package of its name: the road itself changes the last step alone."""
_BY_VALUE = {"config", "errors"}
"""Modules whose code decides no document: settings have their own digest, and an error makes no document."""
_IMPORT = regex.compile(
    rb"(?m)^[ \t]*(?:from[ \t]+pipeline(?P<of>[\w.]*)[ \t]+import[ \t]+(?:\((?P<names>[^)]*)\)|(?P<names>[^\n#]*))"
    rb"|import[ \t]+pipeline\.(?P<of>[\w.]+))"
)


class Versions(NamedTuple):
    """What decides a document's bytes besides the raw file, the OCR engine and people's corrections."""

    software: str
    extract: str
    repair: str
    segment: str
    write: str
    models: str
    settings: str


@functools.cache
def present(config: Config) -> Versions:
    """The versions at work now."""
    rooms = {room: _digest(_sources(room)) for room in ROOMS}
    return Versions(software=__version__, models=models(), settings=config.fingerprint(), **rooms)


@functools.cache
def through(room: str, config: Config) -> str:
    """Digest of all that decides what this room gives: its own version and those of the rooms before it."""
    rooms = ROOMS[: ROOMS.index(room) + 1]
    parts = [(_digest(_sources(one)), knowledge.digest(tables(one)), config.fingerprint(one)) for one in rooms]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def produced_by(config: Config, engine: str | None) -> ProducedBy:
    """The versions as a document names them."""
    return ProducedBy(__version__, code(), models(), config.fingerprint(), engine)


def engine(config: Config) -> str:
    """The OCR engine at hand with its language data; empty where there is none, and then what one once read stays."""
    from pipeline.extract import ocr

    try:
        return ocr.engine(config.ocr)
    except OcrUnavailable:
        return ""


@functools.cache
def code() -> str:
    """Digest over the source of the four rooms and of what they stand on."""
    return _digest(set().union(*map(_sources, ROOMS)))


@functools.cache
def models() -> str:
    """Digest over the files of `models/` that the rooms read."""
    return knowledge.digest(frozenset().union(*map(tables, ROOMS)))


@functools.cache
def _sources(room: str) -> frozenset[Path]:
    """The modules that a room is made of: what it imports, and what that imports; not the other rooms."""
    found: set[Path] = set()
    waiting = [module for name in _ROOTS.get(room, (room,)) for module in _modules(name)]
    while waiting:
        file = waiting.pop()
        name = file.relative_to(_PACKAGE).parts[0].removesuffix(".py")
        if file in found or name in _BY_VALUE or (name in ROOMS and name != room):
            continue
        found.add(file)
        waiting += imported(file.read_bytes())
    return frozenset(found)


def imported(source: bytes) -> list[Path]:
    """The modules of the pipeline that a source text imports anywhere in it."""
    found = []
    for match in _IMPORT.finditer(source):
        package = match["of"].decode().strip(".").replace(".", "/")
        names = [part.split()[0] for part in (match["names"] or b"").decode().split(",") if part.split()]
        found += _modules(package) if package else []
        for name in names:
            found += _modules(f"{package}/{name}".lstrip("/"))
    return found


def _modules(name: str) -> list[Path]:
    """The file of a module or package, and the packages that its import runs; nothing where there is no such."""
    place = _PACKAGE / name
    own = [file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()]
    packages = [folder / "__init__.py" for folder in place.parents if _PACKAGE in folder.parents]
    return own and [*own, *filter(Path.is_file, packages)]


@functools.cache
def tables(room: str) -> frozenset[str]:
    """The files of `models/` that the modules of a room name, by their names or by their folder's."""
    texts = [file.read_bytes() for file in _sources(room)]
    return frozenset(name for name in knowledge.names() if any(_names(text, name) for text in texts))


def _names(text: bytes, table: str) -> bool:
    folder, slash, _ = table.partition("/")
    wanted = [f'"{table}"', *([f'"{folder}/', f'"{folder}"'] if slash else [])]
    return any(one.encode() in text for one in wanted)


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(_PACKAGE).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
