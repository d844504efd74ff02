"""Bytes, images and texts, injured. What is made depends on the `random.Random` that is handed in and on nothing else."""

import contextlib
import io
import struct
import zlib
from random import Random

from PIL import Image, ImageDraw

TOKENS = [
    b"0", b"-1", b"1e999", b"99999999999999999999", b"null", b"true", b"<<", b">>", b"[", b"]", b"(", b")", b"<", b">",
    b"endobj", b"stream\n", b"endstream", b"R", b"1 0 R", b"/Type", b"/Kids", b"/Parent", b"/Length", b"/Filter",
    b"/FlateDecode", b"/DCTDecode", b"BT", b"ET", b"Tj", b"TJ", b"Tf", b"Do", b"q", b"Q", b"cm", b"Tm", b"/F1", b"BI",
    b"ID", b"EI", b"beginbfchar", b"beginbfrange", b"endbfrange", b"<FFFF>", b"xref", b"trailer", b"startxref", b"%%EOF",
]  # fmt: skip


def injured(data: bytes, chance: Random, most: int = 12) -> bytes:
    """The bytes with one to so many injuries, whatever they are."""
    out = bytearray(data)
    for _ in range(chance.randint(1, most)):
        at, size = chance.randrange(max(1, len(out))), chance.choice([1, 2, 8, 64, 512])
        kind = chance.randrange(7)
        if kind == 0:
            out[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            del out[at : at + size]
        elif kind == 2:
            out[at:at] = out[at : at + size] * chance.randint(1, 3)
        elif kind == 3:
            other = chance.randrange(max(1, len(out)))
            out[at : at + size] = out[other : other + size]
        elif kind == 4:
            token = chance.choice(TOKENS)
            start = out.find(token, at)
            if start >= 0:
                out[start : start + len(token)] = chance.choice(TOKENS)
        elif kind == 5:
            out[at : at + size] = b" " + chance.choice(TOKENS) + b" "
        elif chance.random() < 0.1:
            del out[at:]
    return bytes(out)


def picture(number: int, chance: Random) -> tuple[str, bytes]:
    """A small image file with its chunks, segments or directory injured, and its check sums right in two of three."""
    mode = chance.choice(["1", "L", "RGB", "RGBA", "P", "I;16", "CMYK", "LA", "F"])
    kind = chance.choice(["PNG", "JPEG", "TIFF"])
    image = Image.new("L", (chance.choice([1, 3, 200, 400]), chance.choice([1, 2, 90])), 255)
    ImageDraw.Draw(image).text((4, 4), "So 12/KH-SNV", fill=0)
    usable = {"PNG": ("1", "L", "RGB", "RGBA", "P", "I;16", "LA"), "JPEG": ("L", "RGB", "CMYK")}.get(kind, (mode,))
    mode = mode if mode in usable else "L"
    image = image.convert("I;16" if mode == "I;16" else mode) if mode != "P" else image.convert("RGB").quantize(8)
    out = io.BytesIO()
    options = (
        {"compression": chance.choice([None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])} if kind == "TIFF" else {}
    )
    if kind == "TIFF" and chance.random() < 0.4:
        options |= {"save_all": True, "append_images": [image.rotate(turn) for turn in range(chance.randint(1, 4))]}
    if chance.random() < 0.5:
        options["dpi"] = chance.choice([(72, 72), (300, 300), (1, 100_000)])
    image.save(out, kind, **options)
    change = {"PNG": _png, "TIFF": _tiff}.get(kind, lambda data, chance: injured(data, chance, 4))
    data = change(out.getvalue(), chance) if chance.random() < 0.67 else injured(out.getvalue(), chance)
    return f"{number}.{kind.lower()}", data or b"\xff\xd8\xff"


def _png(data: bytes, chance: Random) -> bytes:
    chunks, at = [], 8
    while at + 12 <= len(data):
        size = struct.unpack_from(">I", data, at)[0]
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(chunks))
        name, body = chunks[at]
        kind = chance.randrange(5)
        if kind == 0 and len(chunks) > 1:
            del chunks[at]
        elif kind == 1:
            chunks.insert(
                at, (chance.choice([name, b"tEXt", b"iTXt", b"eXIf", b"acTL", b"tRNS", b"PLTE", b"IEND"]), body)
            )
        elif kind == 2 and name == b"IDAT":
            with contextlib.suppress(zlib.error):
                chunks[at] = (name, zlib.compress(injured(zlib.decompressobj().decompress(body), chance, 3)))
        else:
            chunks[at] = (name, injured(body, chance, 2))
    return data[:8] + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def _tiff(data: bytes, chance: Random) -> bytes:
    """Entries of the first directory changed; or the next directory is said to be this one."""
    order = "<" if data[:2] == b"II" else ">"
    out = bytearray(data)
    start = struct.unpack_from(order + "I", out, 4)[0]
    count = struct.unpack_from(order + "H", out, start)[0]
    for _ in range(chance.randint(1, 4)):
        row = start + 2 + 12 * chance.randrange(count)
        kind = chance.randrange(5)
        if kind == 0:
            struct.pack_into(order + "I", out, start + 2 + 12 * count, chance.choice([start, 8, len(out), 2**32 - 1]))
        elif kind == 1:
            struct.pack_into(
                order + "H", out, row, chance.choice([254, 256, 257, 258, 259, 262, 273, 277, 279, 282, 322, 34_665])
            )
        elif kind == 2:
            struct.pack_into(order + "H", out, row + 2, chance.randrange(16))
        else:
            value = chance.choice([0, 1, 3, 65_535, 2**31, 2**32 - 1, start, len(out)])
            struct.pack_into(order + "I", out, row + chance.choice([4, 8]), value)
    return bytes(out)


PIECES = """Điều|Khoản|khoản 1|điểm a|1.|a)|I.|Chương|Mục|Phần thứ nhất|Số:|Số: 12/KH-SNV|12/2020/NĐ-CP|ngày 05 tháng 3 năm 2020|
ngày|tháng|năm 99999999999|Căn cứ|của|và|,|;|:|.|/|-|–|QĐ-UBND|UBND|Nghị định số|Kế hoạch số 85/KH-CTĐ ngày 17/4/2023 của|KẾ HOẠCH|
QUYẾT ĐỊNH|Nơi nhận:|KT. CHỦ TỊCH|(Đã ký)|Nguyễn Văn An|sau đây gọi tắt là|"|“|”|(|)|[|]|<b>|=HYPERLINK("x")|đ|\u0301|\u0323|\u200b|\u202e|
\ufeff|\u2028|\u0085|\x0b|\x1c|\ufffd|\u00a0|IX|XIV|1.1.1.1.1|Phụ lục|\U0001f600|MDCCLXXVI|0|1234567890123456789012345678901234567890""".replace("\n", "").split("|")  # fmt: skip
ENCODINGS = (
    "utf-8",
    "utf-8",
    "utf-8",
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-be",
    "utf-32",
    "cp1258",
    "latin-1",
    "utf-7",
)


def text(chance: Random) -> bytes:
    """Pieces of official papers in any order and number, in some encoding, a third of them with injured bytes."""
    size = chance.choice([1, 5, 40, 300, 2_000])
    some = chance.sample(PIECES, chance.choice([1, 2, 3, len(PIECES)]))
    gaps = chance.choice([[" "], ["\n"], [""], [" ", "\n"], [" ", "\n", "\r\n", "\t", "\f", "\r", "\n\n", "   "]])
    made = "".join(chance.choice(some) + chance.choice(gaps) for _ in range(size))
    data = made.encode(chance.choice(ENCODINGS), "replace")
    return (injured(data, chance) if chance.random() < 0.33 else data) or b"\n"
