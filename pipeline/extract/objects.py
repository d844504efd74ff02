"""The objects of a PDF as pdfminer reads them, with an end to every chase that a made-up file can start.

pdfminer follows references, tables and ranges wherever they lead. Here what leads back to itself is an error, what a
page may hold is bounded, and whatever else takes too long is cut off by a clock of CPU time.
"""

import contextlib
import io
import signal
import threading
import zlib
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pikepdf
import regex
from pdfminer.cmapdb import CMapParser, FileUnicodeMap
from pdfminer.pdfdocument import PDFDocument, PDFNoPageLabels, PDFNoValidXRef, PDFXRefStream
from pdfminer.pdfexceptions import PDFObjectNotFound
from pdfminer.pdfinterp import PDFContentParser
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import (
    LITERALS_FLATE_DECODE,
    LITERALS_LZW_DECODE,
    LITERALS_RUNLENGTH_DECODE,
    PDFObjRef,
    PDFStream,
    int_value,
    resolve1,
)
from pdfminer.psexceptions import PSEOF

CPU_SECONDS = 60.0
"""For opening a file and for each page: a thousand times what a full page takes."""
_MOST_CODES = 0x11000
"""Codes that the ranges of one map may span: the 65,536 of two bytes, and some said twice."""
_MOST_BYTES = 256 << 20
"""What one stream may hold when unpacked: five times the largest page contents met in the wild."""
_PIECE = 1 << 16
_LONGEST_ROW = 1 << 20
_LINE_END = regex.compile(rb"\r\n|\r|\n")
_LAST_TABLE = regex.compile(rb"startxref\s+(\d{1,10})\s")


class TooMuch(Exception):
    """A stream or page holds more than one may."""


class TooLong(BaseException):
    """The CPU time ran out; no `Exception`, so that no library takes it for one of its own and goes on."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise `TooLong` inside the block once it has used so many CPU seconds.

    Python code is cut off; what a C library does in one call is not. Only the main thread has this clock; in a child
    process of the pipeline that is the one which reads.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, stop)
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


class Parser(PDFParser):  # type: ignore[misc]
    """Reads lines in one search; pdfminer copies a long one anew for every 4 KiB."""

    BUFSIZ = 1 << 14
    fp: io.BytesIO
    buf: bytes
    bufpos: int
    charpos: int

    def nextline(self) -> tuple[int, bytes]:
        """Offset and bytes of the next line, its end included."""
        self.fillbuf()
        start = self.bufpos + self.charpos
        data = self.fp.getvalue()  # no copy: the bytes that the file was made of
        found = _LINE_END.search(data, start)
        if found is None:
            self.charpos = len(self.buf)
            raise PSEOF("Unexpected EOF")
        end = found.end()
        if end <= self.bufpos + len(self.buf):
            self.charpos = end - self.bufpos
        else:
            self.fp.seek(end)
            self.bufpos, self.buf, self.charpos = end, b"", 0
        return start, data[start:end]


class Document(PDFDocument):  # type: ignore[misc]
    """A PDF whose objects are found in time that grows with the file alone.

    What leads back to itself (a reference, an object stream, the length of a stream) or cannot be made out counts as
    not there; ``rings`` says how often that was met.
    """

    def __init__(self, parser: Parser, *, fallback: bool) -> None:
        self.rings = 0
        self._asked: set[int] = set()
        self._tables: set[int] = set()
        super().__init__(parser, fallback=fallback)

    def getobj(self, objid: int) -> Any:
        """The object of this number, references followed to their end."""
        if objid in self._asked:
            self.rings += 1
            raise PDFObjectNotFound(objid)
        self._asked.add(objid)
        try:
            try:
                found = super().getobj(objid)
            except (ArithmeticError, LookupError, TypeError, ValueError, AssertionError) as error:
                self.rings += 1
                raise PDFObjectNotFound(objid) from error
            if type(found) is PDFStream:
                found.__class__ = Stream
            while isinstance(found, PDFObjRef):
                found = self.getobj(found.objid)
            return found
        finally:
            self._asked.discard(objid)

    def find_xref(self, parser: Parser) -> int:
        """Where the last cross-reference table starts."""
        data = parser.fp.getvalue()
        found = _LAST_TABLE.match(data, max(0, data.rfind(b"startxref")))
        if not found or int(found[1]) >= len(data):
            raise PDFNoValidXRef("no startxref")
        return int(found[1])

    def read_xref_from(self, parser: Parser, start: int, xrefs: list[Any]) -> None:
        """Read a table and those before it, each once."""
        if start not in self._tables:
            self._tables.add(start)
            super().read_xref_from(parser, start, xrefs)
        for table in xrefs:
            if isinstance(table, PDFXRefStream) and table.entlen:
                held = len(table.data or b"") // table.entlen  # it may claim to list more than it holds
                table.ranges = [(first, min(count, held)) for first, count in table.ranges]

    def get_page_labels(self) -> Iterator[str]:
        """None: nothing here needs them, and their tree may have no end."""
        raise PDFNoPageLabels

    def forget_streams(self) -> None:
        """Let go of the streams read so far: contents and images of pages that are done."""
        for number in [n for n, (found, _) in self._cached_objs.items() if isinstance(found, PDFStream)]:
            del self._cached_objs[number]


class Stream(PDFStream):  # type: ignore[misc]
    """A stream that is unpacked within a bound, and as far as it goes where it is damaged."""

    cut = False
    """The data break off."""
    rawdata: bytes | None
    decipher: Any
    _filters: list[tuple[Any, Any]] | None = None

    def get_filters(self) -> list[tuple[Any, Any]]:
        """The filters that are still to be undone, with their parameters."""
        return super().get_filters() if self._filters is None else self._filters

    def decode(self) -> None:
        """Unpack the data.

        pdfminer takes time with the square of the length where zlib data are damaged, and for all LZW data.

        Raises:
            TooMuch: it holds more than a stream may.
        """
        data, filters = self.rawdata or b"", self.get_filters()
        if any(isinstance(p, dict) and int_value(p.get("Columns")) > _LONGEST_ROW for _, p in filters):
            raise TooMuch("a row of a predictor is too long")
        if self.decipher:
            data, self.decipher = self.decipher(self.objid, self.genno, data, self.attrs), None
        while filters:
            name, options = filters[0]
            if name in LITERALS_FLATE_DECODE:
                data, cut = inflated(data)
                self.cut = self.cut or cut
            elif name in LITERALS_LZW_DECODE:
                early = int_value(options.get("EarlyChange", 1)) if isinstance(options, dict) else 1
                data = _by_qpdf(data, "/LZWDecode", {"/EarlyChange": early})
            elif name in LITERALS_RUNLENGTH_DECODE:
                data = _by_qpdf(data, "/RunLengthDecode", {})
            else:
                break
            if options and "Predictor" in options:  # undone along with its filter
                filters = [(LITERALS_FLATE_DECODE[0], options), *filters[1:]]
                data = zlib.compress(data, 0)
                break
            filters = filters[1:]
        self.rawdata, self._filters = data, filters
        super().decode()


def _by_qpdf(data: bytes, name: str, options: dict[str, int]) -> bytes:
    with pikepdf.new() as pdf:
        packed = pikepdf.Stream(pdf, data, Filter=pikepdf.Name(name))
        if options:
            packed.DecodeParms = pikepdf.Dictionary(options)
        return packed.read_bytes(pikepdf.StreamDecodeLevel.specialized)


def inflated(data: bytes) -> tuple[bytes, bool]:
    """What zlib data hold, as far as it can be read, and whether it breaks off; a wrong check sum is no break.

    Raises:
        TooMuch: more than a stream may hold.
    """
    unpacker = zlib.decompressobj()
    pieces: list[bytes] = []
    size = 0
    for at in range(0, len(data), _PIECE):
        piece, before = data[at : at + _PIECE], unpacker.copy()
        try:
            pieces.append(unpacker.decompress(piece, _MOST_BYTES + 1))
        except zlib.error as error:
            pieces += _last(before, piece)
            return b"".join(pieces), "data check" not in str(error)
        size += len(pieces[-1])
        if size > _MOST_BYTES:
            raise TooMuch("a stream holds too much")
        if unpacker.eof:
            break
    return b"".join(pieces), False


def _last(unpacker: Any, piece: bytes) -> Iterator[bytes]:
    """What comes out before the error in a piece."""
    with contextlib.suppress(zlib.error):
        for at in range(len(piece)):
            yield unpacker.decompress(piece[at : at + 1])


class Content(PDFContentParser):  # type: ignore[misc]
    """Reads the contents of a page; pdfminer copies the data of an inline image anew for every letter E in it."""

    BUFSIZ = 1 << 18
    buf: bytes
    charpos: int

    def get_inline_data(self, pos: int, target: bytes = b"EI") -> tuple[int, bytes]:
        """Offset and bytes of an inline image, up to ``target`` and a blank."""
        self.seek(pos)
        data = bytearray()
        seen = 0
        while seen <= len(target):
            self.fillbuf()
            if seen:
                letter = self.buf[self.charpos : self.charpos + 1]
                data += letter
                self.charpos += 1
                whole = seen >= len(target) and letter.isspace()
                seen = seen + 1 if whole or letter == target[seen : seen + 1] else 0
                continue
            at = self.buf.find(target[0], self.charpos)
            seen = int(at >= 0)
            end = at + 1 if seen else len(self.buf)
            data += self.buf[self.charpos : end]
            self.charpos = end
        image = bytes(data[: -(len(target) + 1)])
        return pos, image.removesuffix(b"\n").removesuffix(b"\r")


class MapParser(CMapParser):  # type: ignore[misc]
    """Reads a ToUnicode map; of ranges that span more codes than there are, only the first code counts."""

    def __init__(self, found: FileUnicodeMap, data: bytes) -> None:
        super().__init__(found, io.BytesIO(data))
        self._left = _MOST_CODES

    def do_keyword(self, pos: int, token: Any) -> None:
        """Bound the ranges before they are spelt out."""
        if token in (self.KEYWORD_ENDBFRANGE, self.KEYWORD_ENDCIDRANGE):
            for i in range(0, len(self.curstack) - 1, 3):
                (_, first), (place, last) = self.curstack[i : i + 2]
                if not (isinstance(first, bytes) and isinstance(last, bytes)):
                    continue
                span = int.from_bytes(last, "big") - int.from_bytes(first, "big") + 1
                if span > self._left:
                    self.curstack[i + 1] = (place, first)
                else:
                    self._left -= max(span, 0)
        super().do_keyword(pos, token)


def unicode_map(data: bytes) -> FileUnicodeMap:
    """A ToUnicode map, as far as it can be read."""
    found = FileUnicodeMap()
    with contextlib.suppress(Exception):
        MapParser(found, data).run()
    return found


def dictionary(value: Any) -> dict[str, Any]:
    """What a value leads to, if that is a dictionary; an empty one for anything else."""
    found = resolve1(value)
    return found if isinstance(found, dict) else {}


def name_of(value: Any) -> str:
    """The name that a value leads to; empty for anything else."""
    return str(getattr(resolve1(value), "name", ""))


def bounded(widths: Any, group: int) -> list[Any]:
    """The array ``W`` (groups of 3 numbers) or ``W2`` (of 5) of a font, no range longer than there are codes."""
    found: list[Any] = []
    run: list[int] = []
    for value in widths if isinstance(widths, (list, tuple)) else ():
        value = resolve1(value)
        found.append(value)
        if not isinstance(value, (int, float)):
            run = []
            continue
        run.append(len(found) - 1)
        if len(run) == group:
            first, last = found[run[0]], found[run[1]]
            if last - first > _MOST_CODES:
                found[run[1]] = first
            run = []
    return found


class Page(PDFPage):  # type: ignore[misc]
    """A page; what its boxes and rotation say that is no box or number counts as not said."""

    def _parse_mediabox(self, value: Any) -> Any:
        return _box(value) or super()._parse_mediabox(None)

    def _parse_cropbox(self, value: Any, mediabox: Any) -> Any:
        return _box(value) or mediabox


def _box(value: Any) -> tuple[float, float, float, float] | None:
    try:
        x0, y0, x1, y1 = (float(resolve1(side)) for side in resolve1(value))
    except (TypeError, ValueError, OverflowError):
        return None
    x0, y0, x1, y1 = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
    return (x0, y0, x1, y1) if x1 - x0 > 0 and y1 - y0 > 0 else None
