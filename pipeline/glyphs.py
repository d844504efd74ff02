"""What people said of glyphs: the outline memory of an archive, kept among its corrections.

A word about a glyph names a font, a shape drawn in it, and the letter that it stands for. It holds in every document
of the archive whose own maps do not tell that glyph; the shipped models stay as they are.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import regex

from pipeline.corrections import HOLE, append_line, one_line
from pipeline.document import GlyphKey, ReadGlyph, RepairMethod

FILE = "glyphs.jsonl"
LONGEST = 4
"""Letters that one glyph can stand for (ffi and the like)."""
_SHAPE = regex.compile(r"[0-9a-f]{16}")
_HEX = regex.compile(r"[0-9a-f]{32}|[0-9a-f]{64}|")


@dataclass(frozen=True, slots=True)
class Word:
    """One line of the file: ``shape`` in ``font`` stands for ``after``; None takes what was said before back."""

    id: str
    who: str
    when: str
    font: str
    shape: str
    after: str | None
    raw_sha256: str
    """The document in which it was seen."""
    decision: str
    """Id of the decision about a place that led to it, "" without one."""

    @property
    def key(self) -> GlyphKey:
        """What it is about."""
        return self.font, self.shape


def say(who: str, key: GlyphKey, after: str | None, raw_sha256: str = "", decision: str = "") -> Word:
    """A word about a glyph, said now.

    Raises:
        ValueError: no shape, no hash, or not one to four letters.
    """
    font, shape = key
    if not _SHAPE.fullmatch(shape) or not _HEX.fullmatch(raw_sha256) or not _HEX.fullmatch(decision):
        raise ValueError("not a glyph")
    if after is not None:
        after = one_line(after)
        if not 0 < len(after) <= LONGEST or after.isspace() or HOLE in after:
            raise ValueError("a glyph stands for one to four letters")
    when = datetime.now(UTC).isoformat(timespec="seconds")
    return Word(uuid.uuid4().hex, one_line(who) or "?", when, font, shape, after, raw_sha256, decision)


def append(folder: Path, word: Word) -> None:
    """Add a word to the archive's file; what stands there stays.

    Raises:
        OSError: the folder cannot be written.
    """
    append_line(folder / FILE, asdict(word))


def load(folder: Path) -> tuple[Word, ...]:
    """All that was said, in order; lines that are no word are left out and stay in the file."""
    try:
        lines = (folder / FILE).read_bytes().splitlines()
    except FileNotFoundError:
        return ()
    return tuple(word for line in lines if (word := _read(line)) is not None)


def _read(line: bytes) -> Word | None:
    try:
        word = Word(**json.loads(line))
        texts = (word.id, word.who, word.when, word.font, word.shape, word.raw_sha256, word.decision)
        good = all(isinstance(t, str) for t in texts) and _SHAPE.fullmatch(word.shape)
        after = word.after is None or (isinstance(word.after, str) and 0 < len(word.after) <= LONGEST)
    except (ValueError, TypeError):
        return None
    return word if good and after else None


def told(words: Iterable[Word]) -> dict[GlyphKey, str]:
    """The letter of each glyph; of two words about one the later counts."""
    last = {word.key: word.after for word in words}
    return {key: after for key, after in last.items() if after is not None}


def state(told: Mapping[GlyphKey, str], shown: Iterable[GlyphKey]) -> str:
    """What tells one state of people's words about a document's glyphs from another; "" where there are none.

    >>> state({("A", "0"): "a"}, [("B", "0")]), len(state({("A", "0"): "a"}, [("A", "0")]))
    ('', 16)
    """
    said = sorted((*key, told[key]) for key in set(shown) & told.keys())
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16] if said else ""


def agree(told: Mapping[GlyphKey, str], shown: Iterable[ReadGlyph]) -> bool:
    """Whether a document's glyphs were read with just these words."""
    return all(told.get(glyph.key) == (glyph.text if glyph.method == RepairMethod.PERSON else None) for glyph in shown)
