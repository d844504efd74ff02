"""Labels that can open a division: article (Điều), Roman, Arabic, decimal, letters, and what follows each.

A label is read with every style it can have ("i)" is a letter after "h)" and a Roman number before "ii)");
which one holds is decided by the list that it continues.
"""

import itertools
from dataclasses import dataclass, replace

import regex

from pipeline.document import SectionKind
from pipeline.segment.numerals import LETTERS, ordinal, roman
from pipeline.vietnamese import fold

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_LETTER = {
    "a": "aăâáàảãạắằẳẵặấầẩẫậ",
    "e": "eêéèẻẽẹếềểễệ",
    "i": "iíìỉĩị",
    "o": "oôơóòỏõọốồổỗộớờởỡợ",
    "u": "uưúùủũụứừửữự",
    "d": "dđð",
}
"""What OCR reads for a letter whose marks it gets wrong."""


def _misread(name: str) -> str:
    """A pattern for a word in either case with any marks on its letters."""
    classes = (f"[{_LETTER[c]}{_LETTER[c].upper()}]" if c in _LETTER else rf"[{c}{c.upper()}]" for c in fold(name))
    return "".join(classes).replace("[  ]", r"\s+")


_WORDS = {name: _misread(name) for name in ("phần", "chương", "tiểu mục", "mục", "điều")}
_NAMED = regex.compile(
    r"(?P<name>"
    + "|".join(_WORDS[name] for name in ("phần", "chương", "tiểu mục", "mục"))
    + r")\s+(?P<number>(?i:thứ)\s+(?:mười\s+(?:một|hai|ba|bốn|tư|lăm)|\p{L}+)|[IVXLivx]{1,7}|\d{1,3}[a-zđ]?|[A-ZĐ])"
    r"(?=$|[\s.:,\-–)])\s*(?P<mark>[.:\-–)]?)\s*"
)
_ARTICLE = regex.compile(
    rf"(?P<label>(?P<name>{_WORDS['điều']})\s*(?P<number>\d{{1,4}}[a-zđ]?\d{{0,2}}))\s*(?P<mark>[.:]|[-–](?=\s))?\s*"
)
_PLAIN = regex.compile(
    r"(?P<open>\()?(?P<label>[IVXL]{1,7}|[ivxl]{1,5}|[A-HK]|[a-zđ]\d?|\d{1,3}(?:\.\d{1,3}){0,5}[a-zđ]?)"
    r"(?P<mark>\s?\)\.?|\s?\.\s?[-–/]|\s?[./]|\s?[-–](?=\s|\p{Lu})|(?=\s))\s*"
)
_STEP = {"phần": 0, "chương": 1, "mục": 2, "tiểu mục": 3}
_USUAL = {fold(name): name for name in (*_STEP, "điều")}
_ROMAN_MARKED = regex.compile(r"[IVXLÍÌỈĨỊ]{1,7}(?=\s?[.)\-–])")
_MARKED_I = str.maketrans("ÍÌỈĨỊ", "IIIII")
_MARKED = str.maketrans({c: letter for letter in "aeiou" for c in _LETTER[letter]})
_KINDS = {
    "part": SectionKind.PART,
    "chapter": SectionKind.CHAPTER,
    "section": SectionKind.SECTION,
    "subsection": SectionKind.SECTION,
    "article": SectionKind.ARTICLE,
}
NAMED = ("part", "chapter", "section", "subsection", "article")
"""The styles with a fixed rank, outermost first."""


@dataclass(frozen=True, slots=True)
class Label:
    """One reading of a label. ``style`` tells lists apart; ``numbers`` is its place in the list."""

    text: str
    style: str
    numbers: tuple[int, ...]
    length: int
    """How many characters of the line it takes, mark and spaces included."""
    mark: str = ""
    noted: bool = False
    """Read as a label with the number of a footnote glued to it ("8.5" = "8." and footnote 5)."""
    misread: bool = False
    """Its letters were read in another way than they stand there ("Điéu 1", "Ỉ.", a second "d)")."""

    @property
    def named(self) -> bool:
        """Whether the label names its kind (Chương, Điều …)."""
        return self.style in NAMED


def _count(text: str) -> int:
    """The number that a text opens with; it must open with a digit."""
    return int("".join(itertools.takewhile(str.isdecimal, text)))


def follows(label: Label, last: tuple[int, ...], last_text: str) -> bool:
    """Whether the label is the next one after the last of its list."""
    if label.style.startswith(("letter", "capital")):
        before, now = last_text[:1].lower(), label.text[:1].lower()
        return any(
            before in order and now in order and order.index(now) == order.index(before) + 1
            for order in (LETTERS, _LATIN)
        ) or (before == now and label.text[1:] > last_text[1:])
    return label.numbers[:-1] == last[:-1] and (
        label.numbers[-1] == last[-1] + 1 or (label.numbers[-1] == last[-1] and label.text > last_text)
    )


def kind_of(label: Label, under_article: bool) -> SectionKind:
    """The kind of division a label makes: clause (khoản) and point (điểm) only under an article."""
    if label.style in _KINDS:
        return _KINDS[label.style]
    if under_article and label.style.startswith("arabic"):
        return SectionKind.CLAUSE
    if under_article and label.style.startswith("letter"):
        return SectionKind.POINT
    return SectionKind.DIVISION


def _named(line: str) -> Label | None:
    match = _NAMED.match(line)
    if match is None:
        return None
    name = _USUAL[" ".join(fold(match["name"]).split())]
    number = match["number"]
    value = (
        _count(number)
        if number[0].isdigit()
        else (ordinal(number) if " " in number else roman(number) or ord(number[0].upper()) - 64)
    )
    if value is None:
        return None
    text, misread = _written(match["name"], name, number)
    return Label(text, NAMED[_STEP[name]], (value,), match.end(), match["mark"], misread=misread)


def _written(printed: str, name: str, number: str) -> tuple[str, bool]:
    """The label with its word in the usual spelling, the printed case kept; and whether it was printed otherwise."""
    tight = " ".join(printed.split())
    usual = name.upper() if tight.isupper() else name.capitalize() if tight[0].isupper() else name
    misread = tight.lower() not in {name, "ðiều"} and usual != tight
    return f"{usual if misread else tight} {' '.join(number.split())}", misread


def _readings(text: str, opened: bool, mark: str) -> list[tuple[str, tuple[int, ...]]]:
    shape = "()" if opened and mark.startswith(")") else mark[:1]
    if text[0].isdigit():
        parts = tuple(_count(part) for part in text.split("."))
        return [("arabic" + shape, parts)] if len(parts) == 1 else [(f"decimal{len(parts)}", parts)]
    readings: list[tuple[str, tuple[int, ...]]] = []
    value = roman(text)
    if text.isupper():
        if value:
            readings.append(("roman" + ("()" if opened else ""), (value,)))
        if len(text) == 1:
            readings.append(("capital" + shape, (ord(text) - 64,)))
        return readings
    if len(text) == 1 or text[1:].isdigit():
        order = LETTERS.find(text[0]) + 1
        readings.append(("letter" + shape, (order or 99,)))
    if value:
        readings.append(("small-roman" + shape, (value,)))
    return readings


def read(line: str) -> tuple[Label, ...]:
    """The readings of the label that opens a line; empty where none does."""
    named = _named(line)
    if named is not None:
        return (named,)
    match = _ARTICLE.match(line)
    if match is not None:
        number = _count(match["number"])
        note = regex.match(r"\d{1,3}\s+(?=[\p{Lu}(])", line[match.end() :]) if match["mark"] else None
        length = match.end() + (note.end() if note else 0)
        text, misread = _written(match["name"], "điều", match["number"])
        whole = Label(text, "article", (number,), length, match["mark"] or "", misread=misread)
        digits = match["number"]
        cuts = range(1, len(digits)) if digits.isdecimal() else ()
        return (
            whole,
            *(replace(whole, text=text[: k - len(digits)], numbers=(int(digits[:k]),), noted=True) for k in cuts),
        )
    return _plain(line)


def _plain(line: str) -> tuple[Label, ...]:
    """The readings of a label without a word: numbers and letters."""
    marked = _ROMAN_MARKED.match(line)
    if marked and not marked[0].isascii():
        return tuple(
            replace(label, misread=True) for label in _plain(marked[0].translate(_MARKED_I) + line[marked.end() :])
        )
    if line[1:2] == ")" and line[0] != line[0].translate(_MARKED):
        return tuple(replace(label, misread=True) for label in _plain(line[0].translate(_MARKED) + line[1:]))
    match = _PLAIN.match(line)
    if match is None:
        return ()
    text, mark, opened = match["label"], match["mark"].strip(), match["open"] is not None
    decimal = "." in text
    if opened != mark.startswith(")") and opened:
        return ()
    if not mark and not decimal:
        return ()
    if decimal and any(_count(p) > 99 or p[0] == "0" for p in text.split(".")):
        return ()
    rest = line[match.end() :]
    note = regex.match(r"\d{1,3}\s+(?=\p{Lu}\p{L}|\()", rest) if mark == ")" and text[0].isalpha() else None
    if note:  # "b)8 Đang bị …", "b)9 (được bãi bỏ)": the number of a footnote glued to the label
        length = match.end() + note.end()
        return tuple(Label(text, style, numbers, length, mark) for style, numbers in _readings(text, opened, mark))
    if (rest[:1].isdigit() and not match[0][-1:].isspace()) or (text[0].isalpha() and mark == "/"):
        return ()
    found = [
        Label(text, style, numbers, match.end(), mark)
        for style, numbers in _readings(text, opened, mark)
        if numbers[0] > 0
    ]
    if decimal and text.count(".") == 1 and not mark and text.replace(".", "").isdigit():
        outer = text.split(".")[0]
        found.append(Label(outer, "arabic.", (int(outer),), match.end(), ".", noted=True))
    if text == "d":
        found += [replace(label, text="đ", numbers=(LETTERS.index("đ") + 1,), misread=True) for label in found]
    return tuple(found)
