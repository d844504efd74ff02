"""Files made to break a reader, each with the codes that it may end with and what must be read of it."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

TEXT = b"BT /F1 12 Tf 72 700 Td (Trang mot cua bao cao nay) Tj ET"
FONT = b"/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"


class Hostile(NamedTuple):
    """``codes``: error codes that are right, None where the document is read; ``text``: what must be read then."""

    make: Callable[[], bytes]
    codes: frozenset[str | None] = frozenset({None})
    text: str | None = None


def pdf(pages=1, contents=TEXT, change=None, **save):
    made = pikepdf.new()
    font = made.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    for _ in range(pages):
        made.pages.append(pikepdf.Page(made.make_indirect(Dictionary(
            Type=Name.Page, MediaBox=[0, 0, 595, 842], Contents=Stream(made, contents),
            Resources=Dictionary(Font=Dictionary(F1=font)),
        ))))  # fmt: skip
    if change:
        change(made, made.pages[0].obj if pages else None)
    out = io.BytesIO()
    made.save(out, **save)
    return out.getvalue()


def handmade(*objects, root=1, trailer=b""):
    """A PDF of these object bodies, as they stand."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"<</Size %d /Root %d 0 R %s>>" % (len(objects) + 1, root, trailer.replace(b"START", b"%d" % start))
    return bytes(out + b"trailer " + trailer + b"\nstartxref\n%d\n%%%%EOF\n" % start)


def packed(data, extra=b"", filters=b"/FlateDecode"):
    return b"<</Length %d /Filter %s %s>>\nstream\n" % (len(data), filters, extra) + data + b"\nendstream"


def flate(data, extra=b""):
    return packed(zlib.compress(data, 9), extra)


def page_of(contents, resources=b"", *more, entries=b"", catalog=CATALOG):
    """One page; ``more`` are objects from 5 on."""
    stream = contents if contents.startswith(b"<<") else flate(contents)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<%s>>%s>>" % (resources, entries)
    return handmade(catalog, PAGES, page, stream, *more)


def boxed(box, entries=b""):
    page = b"<</Type/Page/Parent 2 0 R/MediaBox %s/Contents 4 0 R/Resources<<%s>>%s>>" % (box, FONT, entries)
    return handmade(CATALOG, PAGES, page, flate(TEXT))


def in_type0(descendant, entries=b"", *more):
    """A page whose font is a composite one; its descendant is object 5."""
    font = b"/Font<</F1<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[5 0 R]%s>>>>" % entries
    return page_of(b"BT /F1 12 Tf 72 700 Td <00410042> Tj ET", font, descendant, *more)


def bomb():
    data = zlib.compress(b"q Q " * (300 << 18), 9)  # 300 MiB of operators that do nothing
    return page_of(packed(zlib.compress(data, 9), filters=b"[/FlateDecode/FlateDecode]"))


def laughs(levels=12, times=12):
    """Forms that show the next form a dozen times, twelve levels deep."""
    forms = []
    for level in range(levels):
        following = b"/X Do " * times if level < levels - 1 else b"0 0 m 9 9 l S"
        forms.append(flate(following, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>" % (
            6 + level)))  # fmt: skip
    return page_of(TEXT + b" /X Do", FONT + b"/XObject<</X 5 0 R>>", *forms)


def object_stream(own=True, index=b""):
    """A file whose objects lie in an object stream; ``own``: the stream is said to lie in itself."""
    inner = [b"<</Type/Catalog/Pages 2 0 R>>", PAGES, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"]
    heads, body = [], b""
    for number, data in enumerate(inner, 1):
        heads.append(b"%d %d" % (number, len(body)))
        body += data + b" "
    head = b" ".join(heads) + b" "
    out = b"%PDF-1.5\n"
    place = len(out)
    out += b"4 0 obj\n" + flate(head + body, b"/Type/ObjStm/N 3/First %d" % len(head)) + b"\nendobj\n"
    start = len(out)
    rows = [struct.pack(">BHB", 0, 0, 0)] + [struct.pack(">BHB", 2, 4, i) for i in range(3)]
    rows.append(struct.pack(">BHB", 2, 4, 0) if own else struct.pack(">BHB", 1, place, 0))
    table = flate(b"".join(rows), b"/Type/XRef/Size 5/W[1 2 1]/Root 1 0 R" + index)
    return out + b"5 0 obj\n" + table + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % start


def truetype(groups):
    """A TrueType font of nothing but a cmap of format 12 with these (first, last, glyph) groups."""
    table = struct.pack(">HHIII", 12, 0, 16 + 12 * len(groups), 0, len(groups))
    table += b"".join(struct.pack(">III", *group) for group in groups)
    cmap = struct.pack(">HHHHI", 0, 1, 3, 10, 12) + table
    return struct.pack(">IHHHH", 0x00010000, 1, 16, 0, 0) + struct.pack(">4sIII", b"cmap", 0, 28, len(cmap)) + cmap


def with_script(made, page):
    made.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.launchURL('http://example.com')")
    made.Root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array(["a", Dictionary(S=Name.JavaScript, JS="while(1);")]))
    )
    page.AA = Dictionary(O=Dictionary(S=Name.Launch, F="/bin/sh"))
    made.attachments["../../etc/passwd.txt"] = pikepdf.AttachedFileSpec(
        made, b"secret", filename="../../etc/passwd.txt"
    )


def with_font(**entries):
    def change(made, page):
        font = page.Resources.Font.F1
        for name, value in entries.items():
            font[f"/{name}"] = Stream(made, value) if isinstance(value, bytes) else value

    return change


def with_picture(width, height, data=None, kind=Name.FlateDecode, bits=8):
    def change(made, page):
        image = Stream(made, zlib.compress(b"\0" * 1_000) if data is None else data, Type=Name.XObject, Subtype=Name.Image,
                       Width=width, Height=height, BitsPerComponent=bits, ColorSpace=Name.DeviceGray, Filter=kind)  # fmt: skip
        page.Resources.XObject = Dictionary(Im0=image)
        page.Contents = Stream(made, b"q 595 0 0 842 0 0 cm /Im0 Do Q")

    return change


def with_itself(made, page):
    form = made.make_indirect(Stream(made, b"/X Do /X Do", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9]))
    form.Resources = Dictionary(XObject=Dictionary(X=form))
    page.Resources.XObject = Dictionary(X=form)
    page.Contents = Stream(made, TEXT + b" /X Do")


def deep_tree(levels):
    """A page under so many nodes."""
    nodes = [b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (number + 1) for number in range(2, 2 + levels)]
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<<%s>>>>" % (levels + 3, FONT)
    return handmade(CATALOG, *nodes, page, flate(TEXT))


def damaged(data):
    """A page whose packed contents break off in their second half."""
    whole = zlib.compress(data, 1)
    return page_of(packed(whole[: len(whole) // 2] + b"\xff" * 64 + whole[len(whole) // 2 + 64 :]), FONT)


def picture(size, kind="PNG", **options):
    out = io.BytesIO()
    Image.new("1", size, 1).save(out, kind, **options)
    return out.getvalue()


def tiff(pages, ring=False):
    """A TIFF of so many white pages of 8 x 8 dots; ``ring``: the last is followed by the first."""
    out = bytearray(b"II*\0\x08\0\0\0")
    for number in range(pages):
        data = len(out) + 2 + 12 * 9 + 4
        following = (8 if ring else 0) if number == pages - 1 else data + 8
        tags = [
            (256, 3, 8),
            (257, 3, 8),
            (258, 3, 1),
            (259, 3, 1),
            (262, 3, 1),
            (273, 4, data),
            (277, 3, 1),
            (278, 3, 8),
            (279, 4, 8),
        ]
        out += struct.pack("<H", 9) + b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
        out += struct.pack("<I", following) + b"\xff" * 8
    return bytes(out)


def with_chunk(name, body):
    """A PNG with one more chunk after its head."""
    made = picture((100, 100))
    return (
        made[:33] + struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) + made[33:]
    )


def entities(head):
    """A page whose metadata are XML with such a head, which is to be used once as ``&m;``."""
    body = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description>&m;</rdf:Description></rdf:RDF></x:xmpmeta>'
    xml = b'<?xml version="1.0"?><!DOCTYPE x [' + head + b"]>" + body
    return page_of(
        TEXT, FONT, b"<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n" % len(xml) + xml + b"\nendstream",
        catalog=b"<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R>>",
    )  # fmt: skip


def _codes(*codes: str | None) -> frozenset[str | None]:
    return frozenset(codes)


RING = handmade(  # pdfminer follows these references for ever
    b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids 5 0 R/Count 4 0 R>>", b"null", b"5 0 R", b"4 0 R"
)
ANOTHER_RING = (b"6 0 R", b"5 0 R")  # objects 5 and 6
READ, BROKEN = frozenset({None}), _codes("broken-pdf", "no-pages")
EITHER = READ | BROKEN
CMAP = (
    b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange %s endcmap end"
)
CID = b"<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>%s>>"
JPX = (
    b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 \0\0\0\0jp2 \0\0\0\x2djp2h\0\0\0\x16ihdr\0\0\xea\x60\0\0\xea\x60\0\1\7\7\0\0"
    b"\0\0\0\x0fcolr\1\0\0\0\0\0\x11\0\0\0\0jp2c\xff\x4f\xff\x51\0\x29\0\0\0\0\xea\x60\0\0\xea\x60\0\0\0\0\0\0\0\0\0\0\xea\x60"
    b"\0\0\xea\x60\0\0\0\0\0\0\0\0\0\1\7\1\1\xff\xd9"
)
JBIG2 = b"\0\0\0\0\x30\0\1\0\0\0\x13" + struct.pack(">IIIIBH", 60_000, 60_000, 0, 0, 0, 0)
ENCRYPT = b"/ID[<00><00>]/Encrypt<</Filter/%s/V %d/R 3/O<00>/U<00>/P -4/Length 128>>"
ENTITIES = b'<!ENTITY a "aaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 20) for level in range(12)
)
MARK = "Trang mot cua bao cao nay"

#: Structure: references, trees, tables.
STRUCTURE = {
    "ring.pdf": Hostile(lambda: RING, BROKEN),
    "ring in the info.pdf": Hostile(lambda: handmade(
        CATALOG, PAGES, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<" + FONT + b">>>>",
        flate(TEXT), *ANOTHER_RING, trailer=b"/Info 5 0 R"), READ, MARK),
    "ring of contents.pdf": Hostile(lambda: handmade(
        CATALOG, PAGES, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R>>", b"null", *ANOTHER_RING)),
    "ring of resources.pdf": Hostile(lambda: handmade(
        CATALOG, PAGES, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources 5 0 R>>", flate(TEXT),
        *ANOTHER_RING)),
    "ring of boxes.pdf": Hostile(lambda: page_of(
        TEXT, FONT, *ANOTHER_RING, entries=b"/MediaBox 5 0 R/CropBox[5 0 R 0 0 0]/Rotate 6 0 R"), READ, MARK),
    "ring of fonts.pdf": Hostile(lambda: page_of(
        TEXT, b"/Font<</F1 7 0 R>>", *ANOTHER_RING,
        b"<</Type/Font/Subtype/TrueType/BaseFont/X/Widths 5 0 R/FontDescriptor 6 0 R/ToUnicode 5 0 R/Encoding 6 0 R>>")),
    "chain of references.pdf": Hostile(lambda: page_of(
        TEXT, FONT, *(b"%d 0 R" % n for n in range(6, 2_000)), b"0", entries=b"/Rotate 5 0 R"), READ, MARK),
    "parent of itself.pdf": Hostile(lambda: page_of(TEXT, FONT, entries=b"/Parent 3 0 R"), READ, MARK),
    "tables in a ring.pdf": Hostile(lambda: handmade(
        CATALOG, PAGES, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<" + FONT + b">>>>",
        flate(TEXT), trailer=b"/Prev START /XRefStm START"), READ, MARK),
    "outlines in a ring.pdf": Hostile(lambda: page_of(
        TEXT, FONT, b"<</First 6 0 R/Last 6 0 R>>", b"<</Title(a)/Next 6 0 R/First 5 0 R/Last 5 0 R/Parent 5 0 R>>",
        catalog=b"<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R>>"), READ, MARK),
    "labels in a ring.pdf": Hostile(lambda: page_of(
        TEXT, FONT, b"<</Kids[5 0 R 5 0 R]>>", catalog=b"<</Type/Catalog/Pages 2 0 R/PageLabels 5 0 R>>"), READ, MARK),
    "names in a ring.pdf": Hostile(lambda: page_of(
        TEXT, FONT, b"<</Kids[5 0 R 5 0 R]>>", catalog=b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles 5 0 R>>>>"),
        READ, MARK),
    "structure in a ring.pdf": Hostile(lambda: page_of(
        TEXT, FONT, b"<</Type/StructTreeRoot/K[5 0 R]/ParentTree 5 0 R/Kids[5 0 R]>>",
        catalog=b"<</Type/Catalog/Pages 2 0 R/StructTreeRoot 5 0 R>>"), READ, MARK),
    "stream in itself.pdf": Hostile(object_stream, EITHER),
    "table of a billion.pdf": Hostile(lambda: object_stream(False, b"/Index[0 1000000000000]"), EITHER),
    "table of a billion without pages.pdf": Hostile(
        lambda: object_stream(False, b"/Index[0 1000000000000]").replace(b"/Root 1 0 R", b"/Root 9 0 R"), EITHER),
    "huge count.pdf": Hostile(lambda: handmade(
        CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 1000000>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"),
        _codes("too-many-pages")),
    "count below nought.pdf": Hostile(lambda: handmade(
        CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count -7>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<" + FONT + b">>>>", flate(TEXT)),
        READ, MARK),
    "one page million times.pdf": Hostile(lambda: handmade(
        CATALOG, b"<</Type/Pages/Count 1/Kids[" + b"3 0 R " * 100_000 + b"]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"), _codes(None, "too-many-pages")),
    "more pages than it says.pdf": Hostile(lambda: pdf(600).replace(b"/Count 600", b"/Count 1  "), _codes("too-many-pages")),
    "tree without end.pdf": Hostile(lambda: handmade(
        CATALOG, PAGES, b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R]/Count 1>>"), BROKEN),
    "deep tree.pdf": Hostile(lambda: deep_tree(3_000), EITHER),
    "length in a ring.pdf": Hostile(lambda: page_of(b"<</Length 4 0 R>>\nstream\nBT ET\nendstream")),
    "font of endless length.pdf": Hostile(lambda: page_of(
        TEXT, b"/Font<</F1<</Type/Font/Subtype/TrueType/BaseFont/X/FontDescriptor<</FontName/X/Flags 4/FontFile2 5 0 R>>>>>>",
        b"<</Length 99999999999999999999>>\nstream\nabc\nendstream")),
    "deep arrays.pdf": Hostile(lambda: page_of(b"[" * 200_000 + b"]" * 200_000 + b" TJ")),
    "deep dictionaries.pdf": Hostile(lambda: handmade(
        b"<</Type/Catalog/Pages 2 0 R/A " + b"<</A " * 20_000 + b"1" + b">>" * 20_000 + b">>", PAGES,
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"), EITHER),
    "one long line.pdf": Hostile(lambda: b"%PDF-1.7 " + b"a" * 30_000_000, BROKEN),
    "a long line at the end.pdf": Hostile(lambda: pdf() + b"\n%" + b"a" * 30_000_000, EITHER),
    "cut.pdf": Hostile(lambda: pdf(20)[:1500], EITHER),
    "head only.pdf": Hostile(lambda: b"%PDF-1.7\n", BROKEN),
    "no pages.pdf": Hostile(lambda: pdf(0), _codes("no-pages")),
    "owner password.pdf": Hostile(lambda: pdf(encryption=pikepdf.Encryption(owner="o", user="")), READ, MARK),
    "password.pdf": Hostile(lambda: pdf(encryption=pikepdf.Encryption(owner="o", user="u")), _codes("encrypted-pdf")),
    "certificates.pdf": Hostile(lambda: handmade(CATALOG, PAGES, b"<</Type/Page>>", trailer=ENCRYPT % (b"Adobe.PubSec", 4)),
                                _codes("encrypted-pdf")),
    "unknown cipher.pdf": Hostile(lambda: handmade(CATALOG, PAGES, b"<</Type/Page>>", trailer=ENCRYPT % (b"Standard", 99)),
                                  _codes("encrypted-pdf")),
    "cipher in a ring.pdf": Hostile(lambda: handmade(
        CATALOG, PAGES, b"<</Type/Page>>", b"4 0 R", trailer=b"/ID[<00><00>]/Encrypt 4 0 R"), EITHER | _codes("encrypted-pdf")),
    "entities.pdf": Hostile(lambda: entities(ENTITIES), READ, MARK),
    "entities in a broken file.pdf": Hostile(lambda: entities(ENTITIES).replace(b"startxref", b"startxxxx"), READ, MARK),
    "entity of a file.pdf": Hostile(
        lambda: entities(b'<!ENTITY m SYSTEM "file:///etc/passwd">').replace(b"startxref", b"startxxxx"), READ, MARK),
    "script.pdf": Hostile(lambda: pdf(change=with_script), READ, MARK),
}  # fmt: skip

#: Pages: boxes, contents, filters, images.
PAGE = {
    "whole.pdf": Hostile(pdf, READ, MARK),
    **{f"box {i}.pdf": Hostile(lambda box=box: boxed(box), READ, MARK) for i, box in enumerate((
        b"[595 842 0 0]", b"[0 0 0 0]", b"[0 0 " + b"9" * 400 + b" 842]", b"[0 0 595]", b"[/a 5]", b"[(x) null 1 1]", b"7",
        b"[0 0 1000000000000 1000000000000]", b"[-5 -5 590 840]", b"null"))},
    **{f"rotation {i}.pdf": Hostile(lambda turn=turn: boxed(b"[0 0 595 842]", b"/Rotate " + turn), READ, MARK)
       for i, turn in enumerate((b"45", b"-90", b"1" + b"0" * 30, b"/x", b"90.5", b"[90]"))},
    "bomb.pdf": Hostile(bomb, READ),
    "million operators.pdf": Hostile(lambda: page_of(TEXT + b" 0 0 m 9 9 l S" * 350_000, FONT), READ, MARK),
    "operands without operator.pdf": Hostile(lambda: page_of(b"1 " * 400_000 + b"q Q " * 100_000 + TEXT, FONT), READ, MARK),
    "many states.pdf": Hostile(lambda: page_of(b"q " * 300_000)),
    "laughs.pdf": Hostile(laughs),
    "form in itself.pdf": Hostile(lambda: pdf(change=with_itself), READ, MARK),
    "huge numbers.pdf": Hostile(lambda: page_of(b"BT /F1 1e308 Tf 1e308 0 0 1e308 1e308 -1e308 Tm (a) Tj ET " * 3)),
    "numbers without end.pdf": Hostile(lambda: page_of(TEXT + b" BT /F1 " + b"9" * 400 + b" Tf (a) Tj ET", FONT)),
    "inline image without end.pdf": Hostile(lambda: page_of(TEXT + b" BI /W 1 /H 1 ID " + b"E" * 2_000_000, FONT), READ, MARK),
    "damaged contents.pdf": Hostile(lambda: damaged(TEXT + b" 0 0 m" + b"".join(b" %d %d l" % (i, i * i) for i in range(200_000)))),
    **{f"filter {i}.pdf": Hostile(lambda f=f, d=d, x=x: page_of(packed(d, x, f), FONT)) for i, (f, d, x) in enumerate((
        (b"/LZWDecode", bytes(range(256)) * 2_000, b""), (b"/LZWDecode", b"\x80" + b"\0" * 300_000, b""),
        (b"/RunLengthDecode", b"\x81q" * 500_000, b""), (b"/ASCII85Decode", b"z" * 500_000 + b"}{", b""),
        (b"/ASCIIHexDecode", b"7" * 1_000_001 + b"g", b""), (b"/Crypt", TEXT, b""), (b"/Nonsense", TEXT, b""),
        (b"/JBIG2Decode", TEXT, b""), (b"/CCITTFaxDecode", b"\0\1" * 1_000, b"/DecodeParms<</Columns 100000000/K -1>>"),
        (b"/FlateDecode", zlib.compress(TEXT), b"/DecodeParms<</Predictor 12/Columns 2000000000>>"),
        (b"/FlateDecode", zlib.compress(TEXT), b"/DecodeParms<</Predictor 2/Columns 0>>"),
        (b"/FlateDecode", zlib.compress(TEXT), b"/DecodeParms<</Predictor 15/Columns -1/Colors 99999>>"),
        (b"[" + b"/FlateDecode " * 5_000 + b"]", zlib.compress(TEXT), b"")))},
    "huge image.pdf": Hostile(lambda: pdf(change=with_picture(60_000, 60_000)), _codes(None, "image-too-large", "ocr-failed")),
    "20000 by 20000 in a page.pdf": Hostile(lambda: pdf(change=with_picture(20_000, 20_000))),
    "pattern in itself.pdf": Hostile(lambda: page_of(
        b"/Pattern cs /P scn 0 0 595 842 re f", b"/Pattern<</P 5 0 R>>", flate(
            b"/Pattern cs /P scn 0 0 9 9 re f", b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 10 10]/XStep 0.0001"
            b"/YStep 0.0001/Resources<</Pattern<</P 5 0 R>>>>"))),
    "mask in itself.pdf": Hostile(lambda: page_of(
        b"/G gs 0 0 595 842 re f", b"/ExtGState<</G 6 0 R>>", flate(
            b"/G gs 0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Group<</S/Transparency>>/Resources<</ExtGState<</G 6 0 R>>>>"),
        b"<</SMask<</S/Luminosity/G 5 0 R>>>>")),
    "huge image of JPEG 2000.pdf": Hostile(lambda: pdf(change=with_picture(60_000, 60_000, JPX, Name.JPXDecode))),
    "huge image of JBIG2.pdf": Hostile(lambda: pdf(change=with_picture(60_000, 60_000, JBIG2, Name.JBIG2Decode, 1))),
    "no size.pdf": Hostile(lambda: pdf(change=with_picture(0, -5))),
    "one pixel.pdf": Hostile(lambda: pdf(change=with_picture(1, 1))),
}  # fmt: skip

#: Fonts and their maps.
FONTS = {
    "map of everything.pdf": Hostile(lambda: pdf(change=with_font(
        ToUnicode=CMAP % b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange"))),
    "map of everything in words.pdf": Hostile(lambda: pdf(change=with_font(
        ToUnicode=CMAP % b"1 beginbfrange (\\000\\000\\000\\000)%x\n(\\377\\377\\377\\377) <0041> endbfrange")), READ, MARK),
    "map of everything many times.pdf": Hostile(lambda: pdf(change=with_font(
        ToUnicode=CMAP % (b"100 beginbfrange " + b"<0000> <FFFF> <0041> " * 3_000 + b"endbfrange")))),
    "map of nonsense.pdf": Hostile(lambda: pdf(change=with_font(
        ToUnicode=CMAP % b"9 beginbfchar <zz> <D800> <01> [ <0041 endbfchar << /a"))),
    "map beyond Unicode.pdf": Hostile(lambda: pdf(change=with_font(
        ToUnicode=CMAP % b"2 beginbfrange <00> <FF> <FFFFFFF0> <00> <FF> [<0041> 7 /a (b) <" + b"41" * 9_999 + b">] endbfrange"))),
    "map that uses maps.pdf": Hostile(lambda: pdf(change=with_font(ToUnicode=CMAP % (b"/UniGB-UTF16-H usecmap " * 50_000))), READ, MARK),
    "map to marks.pdf": Hostile(lambda: pdf(contents=b"BT /F1 12 Tf 72 700 Td (" + b"a" * 60 + b") Tj ET", change=with_font(
        ToUnicode=CMAP % (b"1 beginbfchar <61> <0061" + b"0301" * 400 + b"> endbfchar")))),
    "map outside.pdf": Hostile(lambda: pdf(change=with_font(Encoding=Name("/../../../../tmp/evil"), Subtype=Name.Type0))),
    "font of nonsense.pdf": Hostile(lambda: pdf(change=with_font(
        Subtype=Name.TrueType, FontDescriptor=Dictionary(Type=Name.FontDescriptor, FontName=Name.X, Flags=-(2**31)),
        Widths=Name.none, FirstChar=10**9, LastChar=-1))),
    "font in itself.pdf": Hostile(lambda: in_type0(
        b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[5 0 R]>>")),
    "widths of a billion.pdf": Hostile(lambda: in_type0(CID % b"/W[0 2000000000 500]")),
    "widths of a billion, upright.pdf": Hostile(lambda: in_type0(
        CID % b"/W2[0 2000000000 500 1 1]", b"/Encoding/Identity-V")),
    "codes of a billion.pdf": Hostile(lambda: in_type0(
        CID % b"/FontDescriptor<</Type/FontDescriptor/FontName/X/Flags 4/FontFile2 6 0 R>>", b"",
        flate(truetype([(0, 0xFFFFFFFF, 0)]))), _codes(None, "memory-limit")),
    "glyph that shows itself.pdf": Hostile(lambda: page_of(
        b"BT /F1 12 Tf 72 700 Td (aaa) Tj ET",
        b"/Font<</F1 5 0 R>>", b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/CharProcs<</a 6 0 R>>"
        b"/Encoding<</Differences[97/a]>>/FirstChar 97/LastChar 97/Widths[1]/Resources<</Font<</F1 5 0 R>>>>>>",
        flate(b"1 0 d0 BT /F1 12 Tf (aaa) Tj ET"))),
    "glyph without size.pdf": Hostile(lambda: page_of(
        b"BT /F1 12 Tf 72 700 Td (aaa) Tj ET",
        b"/Font<</F1<</Type/Font/Subtype/Type3/FontBBox[0 0 0 0]/FontMatrix[0 0 0 0 0 0]/CharProcs<<>>/Widths[0]>>>>")),
    "many fonts.pdf": Hostile(lambda: page_of(
        TEXT, b"/Font<<" + b"".join(b"/F%d<</Type/Font/Subtype/Type1/BaseFont/Helvetica/N %d>>" % (i, i) for i in range(3_000))
        + b">>"), READ, MARK),
    "no em.pdf": Hostile(lambda: pdf(change=with_font(
        Subtype=Name.TrueType, BaseFont=Name.X, FontDescriptor=Dictionary(Type=Name.FontDescriptor, FontName=Name.X, Flags=4)))),
}  # fmt: skip


def form(content, resources=b"", extra=b""):
    return flate(content, b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<<%s>>%s" % (resources, extra))


def tile(content, resources=b"", step=b"20"):
    return flate(content, b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 20 20]/XStep %s/YStep %s"
                 b"/Resources<<%s>>" % (step, step, resources))  # fmt: skip


def drawn_font(glyph, resources):
    """A Type3 font whose one letter, a, is drawn by the stream of this number."""
    return (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/CharProcs<</a %d 0 R>>"
        b"/Encoding<</Differences[97/a]>>/FirstChar 97/LastChar 97/Widths[1]/Resources<<%s>>>>" % (glyph, resources)
    )


def shown_by(content, *objects, form=b"/X Do", resources=b"/XObject<</X 5 0 R>>"):
    """A page with a line of text that then shows object 5."""
    return page_of(content + b" " + form, FONT[:-2] + b">>" + resources, *objects)


def masked(number):
    return b"/ExtGState<</G<</SMask<</S/Luminosity/G %d 0 R>>>>>>" % number


def drawn_over(subtype, *forms, entries=b""):
    """A page with an annotation whose appearance is object 6."""
    note = b"<</Type/Annot/Subtype/%s/Rect[10 10 200 200]/F 4%s/AP<</N 6 0 R>>>>" % (subtype, entries)
    return page_of(TEXT, FONT, note, *forms, entries=b"/Annots[5 0 R]")


def chain(make, levels=12):
    """Objects from 5 on, each of which shows the next a dozen times."""
    return [make(6 + level) for level in range(levels)]


TWICE, PAINTED = b"/X Do /X Do", b"/Pattern cs /P scn 0 0 20 20 re f /P scn 0 0 9 9 re f"
GROUP = b"/Group<</S/Transparency/CS/DeviceGray>>"
PAINT, MASK = (
    {"form": PAINTED, "resources": b"/Pattern<</P 5 0 R>>"},
    {"form": b"/G gs 0 0 99 99 re f", "resources": masked(5)},
)
LETTERS = b"BT /F2 12 Tf 72 600 Td (aaa) Tj ET"


def lettered(*objects):
    """A page with a line of text and one in a Type3 font, object 5."""
    return page_of(TEXT + b" " + LETTERS, FONT[:-2] + b"/F2 5 0 R>>", *objects)


#: Pages with text of their own that no viewer may be asked to draw: what they show leads on and on.
UNSAFE = {
    "form in itself.pdf": lambda: shown_by(TEXT, form(TWICE, b"/XObject<</X 5 0 R>>")),
    "forms in one another.pdf": lambda: shown_by(
        TEXT, form(TWICE, b"/XObject<</X 6 0 R>>"), form(TWICE, b"/XObject<</X 5 0 R>>")),
    "pattern of itself.pdf": lambda: shown_by(TEXT, tile(PAINTED, b"/Pattern<</P 5 0 R>>"), **PAINT),
    "patterns of one another.pdf": lambda: shown_by(
        TEXT, tile(PAINTED, b"/Pattern<</P 6 0 R>>"), tile(PAINTED, b"/Pattern<</P 5 0 R>>"), **PAINT),
    "patterns without end.pdf": lambda: shown_by(
        TEXT, *chain(lambda n: tile(b"/Pattern cs " + b"/P scn 0 0 20 20 re f " * 12, b"/Pattern<</P %d 0 R>>" % n)),
        tile(b"0 0 m 9 9 l S"), **PAINT),
    "pattern with a form in itself.pdf": lambda: shown_by(
        TEXT, tile(b"/X Do", b"/XObject<</X 6 0 R>>"), form(TWICE, b"/XObject<</X 6 0 R>>"), **PAINT),
    "mask of itself.pdf": lambda: shown_by(TEXT, form(b"/G gs 0 0 9 9 re f 0 0 9 9 re f", masked(5), GROUP), **MASK),
    "masks without end.pdf": lambda: shown_by(
        TEXT, *chain(lambda n: form(b"/G gs " + b"0 0 400 400 re f " * 12, masked(n), GROUP)),
        form(b"0 0 9 9 re f", b"", GROUP), **MASK),
    "mask with a form in itself.pdf": lambda: shown_by(TEXT, form(TWICE, b"/XObject<</X 5 0 R>>", GROUP), **MASK),
    "letter with a form in itself.pdf": lambda: lettered(
        drawn_font(6, b"/XObject<</X 7 0 R>>"), flate(b"1 0 d0 /X Do"), form(TWICE, b"/XObject<</X 7 0 R>>")),
    "letters of letters.pdf": lambda: lettered(*(
        part for n in range(5, 29, 2) for part in (
            drawn_font(n + 1, b"/Font<</F1 %d 0 R>>" % (n + 2 if n < 27 else 5)),
            flate(b"1 0 d0 BT /F1 1 Tf (" + b"a" * 12 + b") Tj ET" if n < 27 else b"1 0 d0 0 0 m 9 9 l S")))),
    **{f"{kind} with a form in itself.pdf": lambda kind=kind: drawn_over(
        kind.encode(), form(TWICE, b"/XObject<</X 6 0 R>>")) for kind in ("Stamp", "Square", "Link")},
    "field with a form in itself.pdf": lambda: drawn_over(
        b"Widget", form(TWICE, b"/XObject<</X 6 0 R>>"), entries=b"/FT/Tx/T(a)"),
}  # fmt: skip

#: Pages with text of their own whose drawing takes too much although nothing in them leads back.
HEAVY = {
    "steps of nearly nothing.pdf": lambda: shown_by(TEXT, tile(b"0 0 9 9 re f", step=b"0.00001"),
                                                    form=b"/Pattern cs /P scn 0 0 595 842 re f",
                                                    resources=b"/Pattern<</P 5 0 R>>"),
    "shading of a long function.pdf": lambda: shown_by(
        TEXT, packed(zlib.compress(b"{" + b"dup 360 mul sin " * 5_000 + b"pop 0 exch 0 }"),
                     b"/FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1 0 1]"), form=b"/S sh",
        resources=b"/Shading<</S<</ShadingType 1/ColorSpace/DeviceRGB/Domain[0 1 0 1]/Matrix[595 0 0 842 0 0]"
                  b"/Function 5 0 R>>>>"),
    "many shadings.pdf": lambda: shown_by(
        TEXT, form=b"/S sh " * 50_000,
        resources=b"/Shading<</S<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 500 500]/Extend[true true]"
                  b"/Function<</FunctionType 2/Domain[0 1]/C0[0 0 0]/C1[1 1 1]/N 1>>>>>>"),
    "many groups.pdf": lambda: shown_by(
        TEXT, form(b"/G gs 0 0 595 842 re f", b"/ExtGState<</G<</ca 0.5/BM/Multiply>>>>", b"/Group<</S/Transparency/I true>>"),
        form=b"/X Do " * 20_000),
}  # fmt: skip

#: What is no PDF.
OTHERS = {
    "empty.pdf": Hostile(lambda: b"", _codes("empty-file")),
    "text.pdf": Hostile(lambda: "Kế hoạch".encode(), _codes("not-a-pdf")),
    "really.txt": Hostile(pdf, READ, MARK),
    "binary.txt": Hostile(lambda: bytes(range(256)), _codes("broken-text")),
    "huge picture.png": Hostile(lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\0\0\0\1\0\0\x08\0\0\0\0" + zlib.crc32(
        b"IHDR\0\1\0\0\0\1\0\0\x08\0\0\0\0").to_bytes(4, "big"), _codes("image-too-large", "broken-image")),
    "20000 by 20000.png": Hostile(lambda: picture((20_000, 20_000)), _codes("image-too-large")),
    "20000 by 20000.tif": Hostile(lambda: picture((20_000, 20_000), "TIFF", compression="group4"), _codes("image-too-large")),
    "one pixel.png": Hostile(lambda: picture((1, 1)), READ, ""),
    "one pixel high.png": Hostile(lambda: picture((3_000, 1)), READ, ""),
    "blank.png": Hostile(lambda: picture((1_600, 2_200)), READ, ""),
    "cut.jpg": Hostile(lambda: b"\xff\xd8\xff\xe0\0\x10JFIF", _codes("broken-image")),
    "100000 pages.tif": Hostile(lambda: tiff(100_000), _codes("too-many-pages")),
    "pages in a ring.tif": Hostile(lambda: tiff(3, ring=True), READ, ""),
    "form feeds.txt": Hostile(lambda: b"\f" * 1_000_000, _codes("too-many-pages")),
    "marks.txt": Hostile(lambda: ("a" + "\u0301" * 200_000).encode(), READ),
    "packed words.png": Hostile(lambda: with_chunk(b"zTXt", b"k\0\0" + zlib.compress(b"a" * (200 << 20), 9)), _codes("broken-image")),
    "wide.png": Hostile(lambda: picture((1_000_000, 1)), READ, ""),
    "program.exe": Hostile(lambda: b"MZ", _codes("unsupported-file")),
}  # fmt: skip

FILES = {**STRUCTURE, **PAGE, **FONTS, **OTHERS}
