"""PDFs injured by their structure: objects, contents, maps, fonts, tables, encryption; and the choice of what is injured.

pikepdf reads a PDF and writes it again, so that the injury lies in what a reader has to understand, not only in its
bytes. What is made depends on the `random.Random` that is handed in and on nothing else.
"""

import io
import struct
import warnings
from collections.abc import Callable
from decimal import Decimal
from random import Random

import pikepdf
import regex
from pikepdf import Array, Dictionary, Name, Object, Operator, Stream, String

from tests.mutated_plain import injured, picture, text

NUMBERS = [0, 1, -1, 2, 7, 90, 255, 65_535, 65_536, 2**31 - 1, -(2**31), 2**32, 2**63 - 1, -(2**63)]
REALS = ["0.5", "-0.0000001", "1" + "0" * 40, "-1" + "0" * 400, "0." + "3" * 200]
KEYS = """Type Subtype Kids Count Parent MediaBox CropBox Rotate UserUnit Resources Contents Annots AP N AS Rect F V FT T Fields
AcroForm Font XObject ExtGState ColorSpace Pattern BaseFont Encoding Differences BaseEncoding ToUnicode Widths FirstChar LastChar
W W2 DW DW2 CIDToGIDMap CIDSystemInfo Registry Ordering DescendantFonts FontDescriptor FontFile FontFile2 FontFile3 FontBBox
FontMatrix CharProcs Flags Ascent Descent FontName Filter DecodeParms Predictor Columns Colors Length1 BitsPerComponent Width
Height ImageMask SMask Decode Matrix BBox Group StructTreeRoot Names EmbeddedFiles Outlines PageLabels Metadata UseCMap
WMode Name FormType DA Q Ff Opt Contents Popup Prev Next First Last Title OCProperties Lang MarkInfo""".split()  # noqa: SIM905
OPERATORS = """q Q cm w J j M d ri i gs m l c v y h re S s f F f* B B* b b* n W W* BT ET Tc Tw Tz TL Tf Tr Ts Td TD Tm T* Tj
TJ ' " d0 d1 CS cs SC SCN sc scn G g RG rg K k sh Do MP DP BMC BDC EMC BX EX""".split()  # noqa: SIM905
BRANCHES = ("objects", "contents", "maps", "fonts", "tables", "cipher", "bytes", "pictures", "text")
_WORD = regex.compile(rb"<[0-9A-Fa-f \n]*>|[^\s<>\[\]()]+|[\[\]]")
_ENTRY = regex.compile(rb"\d{10} \d{5} [nf]")
_NUMBERED = regex.compile(rb"/(Length|Prev|Size|N|First|Count|W|Index|V|R|P|Length1)[ \[]*(-?\d+)")


def broken(originals: list[bytes], number: int, chance: Random) -> tuple[str, bytes]:
    """A name and an injured file; PDFs are made from the originals in turn, every kind of injury from each."""
    kind = BRANCHES[number % len(BRANCHES)]
    if kind == "pictures":
        return picture(number, chance)
    if kind == "text":
        return f"{number}.txt", text(chance)
    data = originals[number // len(BRANCHES) % len(originals)]
    if kind == "bytes":
        return f"{number}.pdf", injured(data, chance) or b"%PDF"
    return f"{number}.pdf", pdf(data, kind, chance)


def pdf(data: bytes, kind: str, chance: Random) -> bytes:
    """The PDF with injuries of a kind; where pikepdf cannot write what was made of it, its bytes are injured."""
    change = {"objects": _objects, "contents": _contents, "maps": _maps, "fonts": _fonts}.get(kind)
    modes = pikepdf.ObjectStreamMode
    tables = kind == "tables"
    try:
        with pikepdf.open(io.BytesIO(data)) as made:
            if change:
                change(made, chance)
            if kind == "cipher":
                secret = pikepdf.Encryption(
                    owner="o", user=chance.choice(["", "", "u"]), R=3, aes=False, metadata=False
                )
                return _ciphered(_saved(made, encryption=secret, static_id=True), chance)
            mode = chance.choice([modes.disable, modes.generate]) if tables else modes.disable
            packed = chance.random() < 0.5 and not tables
            out = _saved(made, deterministic_id=True, object_stream_mode=mode, compress_streams=packed,
                         linearize=chance.random() < 0.05,
                         stream_decode_level=pikepdf.StreamDecodeLevel[("none" if packed else "generalized")])  # fmt: skip
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, KeyError, OverflowError):
        return injured(data, chance)
    if tables:
        return _tables(out, chance)
    return injured(out, chance, 3) if chance.random() < 0.15 else out


def _saved(made: pikepdf.Pdf, **options: object) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.save(out, fix_metadata_version=False, **options)
    return out.getvalue()


# --- values and objects


def _wild(made: pikepdf.Pdf, chance: Random, depth: int = 0) -> object:
    """A value of any type: numbers of any size, names, letters, arrays, dictionaries, references that may form a ring."""
    kind = chance.randrange(12)
    if kind < 2:
        return chance.choice(NUMBERS)
    if kind == 2:
        return Decimal(chance.choice(REALS))
    if kind == 3:
        return Name("/" + chance.choice([*KEYS, *OPERATORS, "x" * 500, "\u1ebf", "../../x", "Identity-H", "none"]))
    if kind == 4:
        return String(chance.choice(["", "a", "\u1ebf\U0001f600", "<script>", "=1+1", "\x00", "(" * 50, "D:2023"]))
    if kind == 5:
        return chance.choice([None, True, False])
    if kind in (6, 7, 8) and len(made.objects) > 1:
        found = made.objects[chance.randrange(len(made.objects))]
        return found if found.is_indirect else None
    if kind == 9:
        data = bytes(chance.randrange(256) for _ in range(chance.choice([0, 1, 40, 400])))
        return made.make_stream(chance.choice([data, b"q 1 0 0 1 0 0 cm /F1 Do", b"BT /F1 9 Tf (a) Tj"]))
    inner = [] if depth > 2 else [_wild(made, chance, depth + 1) for _ in range(chance.choice([0, 1, 2, 4, 6]))]
    if kind == 10:
        return Array(inner * chance.choice([1, 1, 1, 300]))
    return Dictionary({f"/{chance.choice(KEYS)}": value for value in inner if value is not None})


def _holders(made: pikepdf.Pdf) -> list[Object]:
    """Every dictionary, stream and array of the file."""
    found: list[Object] = []
    waiting = [made.trailer.Root, *[held for held in made.objects if held is not None]]
    seen: set[object] = set()
    while waiting:
        held = waiting.pop(0)
        if not isinstance(held, (Dictionary, Stream, Array)) or (held.is_indirect and held.objgen in seen):
            continue
        if held.is_indirect:
            seen.add(held.objgen)
        inside = list(held) if isinstance(held, Array) else [value for _, value in held.items()]
        if inside:
            found.append(held)
        waiting += [value for value in inside if isinstance(value, (Dictionary, Stream, Array))]
    return found


def _objects(made: pikepdf.Pdf, chance: Random) -> None:
    holders = _holders(made)
    for _ in range(chance.randint(1, 6)):
        held, kind = chance.choice(holders), chance.randrange(8)
        if isinstance(held, Array):
            if not len(held):
                continue
            at = chance.randrange(len(held))
            if kind == 0:
                del held[at]
            elif kind == 1:
                held.append(held[at])
            else:
                held[at] = _wild(made, chance)
            continue
        names = sorted(key for key in held.keys() if key != "/Length")  # noqa: SIM118
        if not names:
            continue
        name = chance.choice(names)
        if kind == 0:
            del held[name]
        elif kind == 1:
            held[name] = held[chance.choice(names)]
        elif kind == 2:
            held[f"/{chance.choice(KEYS)}"] = _wild(made, chance)
        elif kind == 3:
            held[name] = held if held.is_indirect else made.Root
        elif kind == 4 and isinstance(held, Stream):
            other = chance.choice([one for one in holders if isinstance(one, Stream)])
            held.write(injured(other.read_raw_bytes(), chance, 4))
        elif kind == 5 and "/Kids" in names:
            held.Kids = Array([*held.Kids, chance.choice([held, *held.Kids])] * chance.choice([1, 2, 50]))
        else:
            value = _wild(made, chance)
            if value is None:
                del held[name]
            else:
                held[name] = value


# --- contents, maps, fonts


def _streams(made: pikepdf.Pdf, wanted: Callable[[Stream, bytes], bool]) -> list[tuple[Stream, bytes]]:
    found = []
    for held in made.objects:
        if isinstance(held, Stream):
            try:
                data = held.read_bytes()
            except pikepdf.PdfError:
                continue
            if wanted(held, data):
                found.append((held, data))
    return found


def _contents(made: pikepdf.Pdf, chance: Random) -> None:
    """Operators of pages, forms and glyphs dropped, doubled, swapped, with operands of another type, out of balance."""
    shown = _streams(
        made, lambda held, data: b"Tj" in data or b"TJ" in data or b" d0" in data or held.get("/Subtype") == "/Form"
    )
    held, _ = chance.choice(shown)
    code = [(list(operands), operator) for operands, operator in pikepdf.parse_content_stream(held)]
    for _ in range(chance.randint(1, 10)):
        at, kind = chance.randrange(max(1, len(code))), chance.randrange(9)
        if not code or kind == 0:
            extra = [_wild(made, chance) for _ in range(chance.randrange(7))]
            code.insert(at, ([_direct(one) for one in extra], Operator(chance.choice(OPERATORS))))
        elif kind == 1:
            del code[at : at + chance.choice([1, 1, 5, 40])]
        elif kind == 2:
            code[at:at] = code[at : at + 3] * chance.choice([1, 10, 300])
        elif kind == 3:
            other = chance.randrange(len(code))
            code[at], code[other] = code[other], code[at]
        elif kind == 4:
            code[at] = (code[at][0], Operator(chance.choice(OPERATORS)))
        elif kind == 5:
            code[at:at] = [([], Operator(chance.choice(["q", "Q", "BT", "ET", "EMC", "BX"])))] * chance.choice(
                [1, 1_000]
            )
        elif kind == 6:
            code[at] = ([_direct(_wild(made, chance)) for _ in code[at][0]], code[at][1])
        elif kind == 7:
            number = chance.choice([*NUMBERS[:12], Decimal(chance.choice(REALS))])
            code[at] = ([number if isinstance(one, (int, Decimal)) else one for one in code[at][0]], code[at][1])
        else:
            code[at] = (code[at][0] * chance.choice([0, 2, 60]), code[at][1])
    held.write(pikepdf.unparse_content_stream(code))


def _direct(value: object) -> object:
    """A value as contents may hold it: no streams and no references."""
    if isinstance(value, Stream) or (isinstance(value, Object) and value.is_indirect):
        return Name.X
    if isinstance(value, Array):
        return Array([_direct(one) for one in value])
    if isinstance(value, Dictionary):
        return Dictionary({key: _direct(one) for key, one in value.items()})
    return value


def _maps(made: pikepdf.Pdf, chance: Random) -> None:
    """Words of ToUnicode maps exchanged: codes of other lengths, ranges without end, arrays, missing ends."""
    words = [b"<00>", b"<FFFF>", b"<0000>", b"<FFFFFFFF>", b"<D800>", b"<>", b"<0>", b"<110000>", b"[", b"]", b"beginbfrange",
             b"endbfrange", b"beginbfchar", b"endbfchar", b"begincidrange", b"endcidrange", b"beginnotdefrange", b"usecmap",
             b"/Identity-H", b"endcmap", b"begincodespacerange", b"endcodespacerange", b"99999999", b"-1", b"def", b"<0041" + b"0300" * 400 + b">"]  # fmt: skip
    for held, data in _streams(made, lambda held, data: b"begincmap" in data):
        found = list(_WORD.finditer(data))
        out, last = [], 0
        changes = {chance.randrange(len(found)) for _ in range(chance.choice([1, 2, 8, 60]))}
        for at in sorted(changes):
            out += [data[last : found[at].start()], b" ".join(chance.choices(words, k=chance.choice([0, 1, 1, 3])))]
            last = found[at].end()
        held.write(b"".join([*out, data[last:]]))


def _fonts(made: pikepdf.Pdf, chance: Random) -> None:
    """Programs of fonts: a number of a table, an offset or a length of the directory, any byte; the file's other parts hold."""
    for held in made.objects:
        if not isinstance(held, Dictionary):
            continue
        for key in ("/FontFile", "/FontFile2", "/FontFile3"):
            if key not in held or not isinstance(held[key], Stream):
                continue
            data = bytearray(held[key].read_bytes())
            for _ in range(chance.choice([1, 2, 4, 30])):
                if len(data) < 16:
                    break
                tables = struct.unpack_from(">H", data, 4)[0] if key == "/FontFile2" else 0
                kind = chance.randrange(4)
                if kind == 0 and 0 < tables < 64 and len(data) > 12 + 16 * tables:
                    at = 12 + 16 * chance.randrange(tables) + chance.choice([8, 12])
                    struct.pack_into(">I", data, at, chance.choice([0, 1, len(data), 2**31, 2**32 - 1]))
                elif kind == 1:
                    at = chance.randrange(len(data) - 4) & ~1
                    struct.pack_into(">H", data, at, chance.choice([0, 1, 0x7FFF, 0x8000, 0xFFFF]))
                elif kind == 2 and 0 < tables < 64 and len(data) > 12 + 16 * tables:
                    row = 12 + 16 * chance.randrange(tables)
                    start, size = struct.unpack_from(">II", data, row + 8)
                    if 4 < size <= len(data) - start:
                        struct.pack_into(
                            ">H", data, start + (chance.randrange(min(size - 2, 64)) & ~1), chance.randrange(65_536)
                        )
                else:
                    data = bytearray(injured(bytes(data), chance, 1))
            held[key].write(bytes(data))


# --- tables, cipher


def _tables(data: bytes, chance: Random) -> bytes:
    """Cross-reference tables, lengths, object streams, doubled keys, with everything else as it was."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 5)):
        kind = chance.randrange(6)
        numbers, entries = list(_NUMBERED.finditer(out)), list(_ENTRY.finditer(out))
        if kind == 0 and entries:
            found = chance.choice(entries)
            place = chance.choice([0, len(out), 9_999_999_999, chance.randrange(len(out))])
            out[found.start() : found.end()] = b"%010d %05d %s" % (
                place,
                chance.choice([0, 65_535]),
                chance.choice([b"n", b"f"]),
            )
        elif kind in (1, 2) and numbers:
            found = chance.choice(numbers)
            value = chance.choice([*NUMBERS, int(found[2]) + chance.randint(-9, 9), chance.randrange(len(out))])
            out[found.start(2) : found.end(2)] = b"%d" % value
        elif kind == 3:
            at = out.rfind(b"startxref")
            if at >= 0:
                out[at:] = b"startxref\n%d\n%%%%EOF\n" % chance.choice([0, -1, 2**40, chance.randrange(len(out))])
        elif kind == 4:
            places = [found.end() for found in regex.finditer(rb"<<", out)]
            if places:
                at = chance.choice(places)
                out[at:at] = b" /%s %s " % (
                    chance.choice(KEYS).encode(),
                    chance.choice([b"null", b"1 0 R", b"-7", b"[]", b"(x)"]),
                )
        else:
            at = max(out.rfind(b"/ObjStm"), out.rfind(b"/XRef"), out.rfind(b"\nxref"), 0)
            end = min(len(out), at + 2_000)
            out[at:end] = injured(bytes(out[at:end]), chance, 3)
    return bytes(out)


def _ciphered(data: bytes, chance: Random) -> bytes:
    """An encrypted file whose dictionary of encryption is injured, in three of four."""
    at = data.rfind(b"/Filter /Standard")
    start, end = data.rfind(b"<<", 0, at), data.find(b"endobj", at)
    if at < 0 or start < 0 or end < 0 or chance.random() < 0.25:
        return injured(data, chance, 2)
    inside = data[start:end]
    found = list(_NUMBERED.finditer(inside))
    if found and chance.random() < 0.6:
        one = chance.choice(found)
        inside = inside[: one.start(2)] + b"%d" % chance.choice([*NUMBERS, 3, 4, 5, 6, 40, 128]) + inside[one.end(2) :]
    else:
        inside = injured(inside, chance, 2)
    return data[:start] + inside + data[end:]
