"""What the pages call things: Vietnamese for the archivist, the stable code beside it as English."""

from typing import NamedTuple


class Label(NamedTuple):
    """A name in both languages."""

    vi: str
    en: str


LABELS = {
    "missing-character-map": Label("phông thiếu bảng mã", "missing character map"),
    "wrong-character-map": Label("phông sai bảng mã", "wrong character map"),
    "legacy-encoding": Label("bảng mã cũ (TCVN3, VNI…)", "legacy encoding"),
    "mojibake": Label("đọc sai bảng mã", "mojibake"),
    "decomposed": Label("dấu tách rời", "decomposed marks"),
    "lost-letter": Label("mất chữ", "lost letter"),
    "ocr-misreading": Label("OCR đọc nhầm", "OCR misreading"),
    "spacing": Label("khoảng trắng", "spacing"),
    "page-furniture": Label("đầu trang, chân trang đã bỏ", "page furniture left out"),
    "correction": Label("người sửa", "correction by a person"),
    "author-mistake": Label("có thể tác giả viết nhầm", "perhaps the author's mistake"),
    "font-program": Label("theo phông chữ nhúng", "from the font program"),
    "glyph-shape": Label("theo hình chữ", "from the glyph's shape"),
    "ocr-vote": Label("theo OCR", "from OCR"),
    "code-table": Label("theo bảng mã", "from a code table"),
    "language-model": Label("theo mô hình ngôn ngữ", "from the language model"),
    "normalisation": Label("chuẩn hoá Unicode", "Unicode normal form"),
    "layout": Label("theo bố cục trang", "from the layout"),
    "person": Label("người quyết định", "a person's decision"),
    "embedded": Label("chữ có sẵn, không qua OCR", "own text"),
    "ocr": Label("nhận dạng OCR", "OCR"),
    "mixed": Label("chữ có sẵn và OCR", "text layer and OCR"),
    "clean": Label("tốt", "clean"),
    "review": Label("cần xem", "review"),
    "failed": Label("không đọc được", "failed"),
    "holes": Label("còn chỗ trống", "holes"),
    "low-legibility": Label("khó đọc", "low legibility"),
    "low-ocr-confidence": Label("OCR không chắc", "low OCR confidence"),
    "unsure-repairs": Label("có chỗ sửa chưa chắc", "unsure repairs"),
    "no-text": Label("không có chữ", "no text"),
    "correction-unplaced": Label("có quyết định không còn tìm thấy chỗ", "a correction lost its place"),
    "accept": Label("chấp nhận", "accepted"),
    "reject": Label("trả lại như cũ", "rejected"),
    "type": Label("gõ lại", "typed"),
    "note": Label("ghi chú", "note"),
    "unreadable": Label("dòng hỏng trong tệp", "unreadable line"),
    "placed": Label("được áp dụng", "applies"),
    "superseded": Label("đã bị quyết định sau thay", "superseded by a later one"),
    "unplaced": Label("không tìm thấy chỗ", "place not found"),
}


def vi(code: str) -> str:
    """The Vietnamese name of a code, the code itself where it has none."""
    return LABELS[code].vi if code in LABELS else code


def en(code: str) -> str:
    """The English name of a code, with spaces where it has none."""
    return LABELS[code].en if code in LABELS else code.replace("-", " ")
