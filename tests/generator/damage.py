"""The classes of damage: each a small function that says how the fonts of a document lie, or how its lines are drawn.

A class never changes what is seen on the page. `CLASSES` lists them by name; `build` makes a document of one.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from tests.generator import scans, texts
from tests.generator.fonts import face
from tests.generator.legacy import DOUBLE, SINGLE
from tests.generator.pages import PageLine, parse, place, truth
from tests.generator.pdf import FontPlan, Unit, Writer

Split = Callable[[PageLine], list[Unit]]
Arrange = Callable[[list[Unit]], list[Unit]]
Plan = Callable[[str, str], FontPlan]


@dataclass(frozen=True, slots=True)
class Job:
    """What a class may look at when it chooses its damage."""

    pages: list[list[PageLine]]
    rng: Random
    family: str

    @property
    def letters(self) -> list[str]:
        """The letters of the document with marks, commonest first."""
        count = Counter(c for p in self.pages for x in p for c in x.text if c.isalpha() and ord(c) > 127)
        return [c for c, _ in sorted(count.items(), key=lambda item: (-item[1], item[0]))]

    def some_letters(self) -> frozenset[str]:
        """A set of letters to lose: 8 to 16 of the commonest with marks, and a few without."""
        marked = self.letters[:40]
        plain = [c for c in "bghklmpqtvxBKLNT" if any(c in x.text for p in self.pages for x in p)]
        count = self.rng.randint(8, 16)
        found = self.rng.sample(marked, min(len(marked), count))
        return frozenset(found + self.rng.sample(plain, min(3, len(plain))))


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a document's lines become glyphs, and what its fonts are like."""

    plan: Plan
    split: Split = field(default=lambda line: plain(line))
    arrange: Arrange = field(default=lambda units: units)
    twice: bool = False
    layer: Callable[[str], str] | None = None
    """Set for a scan: the page is an image, and this gives the text of the hidden layer's line."""
    lost: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DamageClass:
    """One way in which text layers break.

    ``cause`` is a value of `pipeline.document.Cause`, or None for documents that must not be touched; ``exact`` says
    that the file itself still knows every letter (its font programs' character maps, names, or a fixed code table).
    """

    name: str
    summary: str
    cause: str | None
    exact: bool
    text: str
    """Name of the text in `texts` that the class is made from when no text is given."""
    family: str
    scheme: Callable[[Job], Scheme]


@dataclass(frozen=True, slots=True)
class Generated:
    """A document and its truth: the letters a reader sees, NFC, pages joined by a line break."""

    pdf: bytes
    truth: str
    pages: tuple[str, ...]
    damage: str
    exact: bool
    lost: frozenset[str]
    damaged_fonts: frozenset[str] = frozenset()
    """Names, in the resources of the pages, of the fonts whose text layer shows another letter than is drawn."""


CLASSES: dict[str, DamageClass] = {}


Scheming = Callable[[Job], Scheme]


def _class(
    name: str, cause: str | None, *, exact: bool = True, text: str = "report", family: str = "serif"
) -> Callable[[Scheming], Scheming]:
    def register(function: Callable[[Job], Scheme]) -> Callable[[Job], Scheme]:
        summary = " ".join((function.__doc__ or "").split())
        CLASSES[name] = DamageClass(name, summary, cause, exact, text, family, function)
        return function

    return register


def build(text: str, damage: str = "clean-type0", seed: int = 0, family: str | None = None) -> Generated:
    """Print a text with one class of damage.

    Args:
        text: Lines, with the marks of `pages` if wanted.
        damage: A name of `CLASSES`.
        seed: Chooses the lost letters, codes and the like.
        family: ``serif``, ``sans`` or ``mono``; the class's own when None.

    Raises:
        FontsMissingError: The free fonts are not installed.
        KeyError: There is no such class.
    """
    kind = CLASSES[damage]
    family = family or kind.family
    pages = parse(text)
    rng = Random(f"{damage}:{seed}")
    scheme = kind.scheme(Job(pages, rng, family))
    read = truth(pages)
    if scheme.layer is not None:
        pdf, wrong = _scan_with_layer(text, scheme, rng, family, seed), frozenset[str]()
    else:
        writer = Writer(family, scheme.plan, rng)
        pdf = draw(pages, scheme, writer, family)
        wrong = writer.damaged_fonts()
    return Generated(pdf, "\n".join(read), tuple(read), damage, kind.exact, scheme.lost, wrong)


def draw(pages: list[list[PageLine]], scheme: Scheme, writer: Writer, family: str) -> bytes:
    """The document that a scheme makes of styled pages."""
    for lines in pages:
        contents = []
        for placed in place(lines, family):
            units = scheme.arrange(_stretched(scheme.split(placed.line), placed.space, family))
            contents.append(writer.line(placed, units))
            if scheme.twice and placed.line.bold:
                contents.append(writer.line(placed, units, dx=0.35))
        writer.page(contents)
    return writer.finish()


def _stretched(units: list[Unit], factor: float, family: str) -> list[Unit]:
    if abs(factor - 1) < 1e-6:
        return units
    out = []
    for unit in units:
        if unit.shows == " " and unit.draw == " ":
            unit = replace(unit, advance=_advance(unit, family) * factor)
        out.append(unit)
    return out


def _advance(unit: Unit, family: str) -> float:
    if unit.advance is not None:
        return unit.advance
    source = face(family, unit.style)
    return source.width(unit.draw) * 1000 / source.upem


def _scan_with_layer(text: str, scheme: Scheme, rng: Random, family: str, seed: int) -> bytes:
    """Page images with the scheme's hidden text over them."""
    pages = parse(text)
    plain_scheme = Scheme(_plans())
    clean = draw(pages, plain_scheme, Writer(family, plain_scheme.plan, Random(0)), family)
    images = scans.degrade(scans.render(clean, 150), scans.Scan(dpi=150, skew=0.0, noise=6.0), seed)
    writer = Writer(family, scheme.plan, rng)
    assert scheme.layer is not None
    for lines, image in zip(pages, images, strict=True):
        contents = []
        for placed in place(lines, family):
            line = replace(placed.line, text=scheme.layer(placed.line.text), bold=False, italic=False, bold_to=None)
            contents.append(writer.line(placed, plain(line), hidden=True))
        writer.page(contents, [(scans.jpeg(image, 60), image.width, image.height)])
    return writer.finish("Scanner")


# --- how lines split into glyphs ---------------------------------------------------------------


def plain(line: PageLine) -> list[Unit]:
    """One glyph a letter."""
    return [Unit(c, c, line.style_at(i)) for i, c in enumerate(line.text)]


def _bytes_of(letter: str, table: Mapping[str, bytes]) -> bytes | None:
    if letter in table:
        return table[letter]
    if ord(letter) < 128:
        return letter.encode()
    if unicodedata.normalize("NFD", letter)[0] != letter or letter in "Đđ":
        return None
    try:
        code = letter.encode("cp1252")
    except UnicodeEncodeError:
        return None
    return code if code not in table.values() else None


def single_byte(table: Mapping[str, bytes]) -> Split:
    """One byte a letter; capitals without a byte are small-letter bytes in a capitals font (variant ``H``)."""

    def split(line: PageLine) -> list[Unit]:
        units: list[Unit] = []
        start = 0
        for word in line.text.split(" "):
            capitals = (
                word.upper() == word
                and any(c.isalpha() for c in word)
                and any(_bytes_of(c, table) is None for c in word)
            )
            for i, letter in enumerate(word, start):
                units.append(_byte_unit(letter, line.style_at(i), table, capitals))
            start += len(word) + 1
            if start <= len(line.text):
                units.append(Unit(" ", " ", line.style_at(start - 1), "", 0x20))
        return units

    return split


def _byte_unit(letter: str, style: str, table: Mapping[str, bytes], capitals: bool) -> Unit:
    small = _bytes_of(letter.lower(), table)
    if capitals and letter.isalpha() and small is not None and len(letter.lower()) == 1:
        return Unit(letter, letter, style, "H", small[0])
    code = _bytes_of(letter, table)
    if code is not None:
        return Unit(letter, letter, style, "", code[0])
    if letter.isupper() and small is not None:
        return Unit(letter, letter, style, "H", small[0])
    return Unit(letter, letter, style, "uni")


def double_byte(table: Mapping[str, bytes]) -> Split:
    """A base byte and a mark byte a letter; the mark is a glyph of its own without advance."""

    def split(line: PageLine) -> list[Unit]:
        units: list[Unit] = []
        for i, letter in enumerate(line.text):
            code, style = _bytes_of(letter, table), line.style_at(i)
            if code is None:
                units.append(Unit(letter, letter, style, "uni"))
            elif len(code) == 1:
                units.append(Unit(letter, letter, style, "", code[0]))
            else:
                base = _base(letter, code[0], table)
                units.append(Unit(base, base, style, "", code[0]))
                units.append(Unit(_mark(letter, base), "", style, "", code[1]))
        return units

    return split


def _base(letter: str, code: int, table: Mapping[str, bytes]) -> str:
    if code < 128:
        return chr(code)
    return next(c for c, b in table.items() if b == bytes([code]))


def _mark(letter: str, base: str) -> str:
    """The drawing of the marks that the letter has and the base has not, on a letter of the same case."""
    marks = unicodedata.normalize("NFD", letter)[len(unicodedata.normalize("NFD", base)) :]
    on = unicodedata.normalize("NFC", ("A" if letter.isupper() else "a") + marks)
    return "+" + on if len(on) == 1 else "+" + letter


def _split_marks(line: PageLine) -> list[Unit]:
    """Base and marks as glyphs of their own, in the order of NFD; ơ, ư and đ stay whole."""
    units: list[Unit] = []
    for i, letter in enumerate(line.text):
        style = line.style_at(i)
        parts = unicodedata.normalize("NFD", letter)
        keep = 2 if parts[1:2] == "\u031b" else 1
        base = unicodedata.normalize("NFC", parts[:keep])
        units.append(Unit(base, base, style))
        source = face("serif", style)
        shapes = parts[keep:] if len(parts[keep:]) == 2 else ""
        for mark in parts[keep:]:
            on = unicodedata.normalize("NFC", ("A" if letter.isupper() else "a") + mark)
            lean = (source.width("A" if letter.isupper() else "a") - source.width(base)) / 2 * 1000 / source.upem
            drawing = "+" + on if len(on) == 1 else "+" + letter
            shape = next((m for m in shapes if m in "\u0302\u0306"), mark)
            if mark not in (shape, "\u0323"):
                drawing = "^" + unicodedata.normalize("NFC", ("A" if letter.isupper() else "a") + shape + mark)
            units.append(Unit(drawing, mark, style, pull=lean))
    return units


# --- plans of fonts ----------------------------------------------------------------------------


def _plans(regular: FontPlan | None = None, **styles: FontPlan) -> Plan:
    """The same plan for all fonts, but for the styles or variants named."""
    base = regular or FontPlan()
    return lambda style, variant: styles.get(variant) or styles.get(style) or base


SIMPLE = FontPlan(kind="truetype", coding="free", cmap="codes")
"""A subset with codes of its own, as PDF printers write it."""


def _mapped(change: Mapping[str, str | None]) -> Callable[[Unit], str | None]:
    return lambda unit: change.get(unit.shows, unit.shows)


def _lossy(job: Job, plan: FontPlan, value: str | None) -> Scheme:
    """The plan with a set of letters mapped to a value (None: no entry)."""
    lost = job.some_letters()
    return Scheme(_plans(replace(plan, claim=_mapped(dict.fromkeys(lost, value)))), lost=lost)


# --- clean -------------------------------------------------------------------------------------


@_class("clean-type0", None)
def _clean_type0(job: Job) -> Scheme:
    """Healthy: composite TrueType fonts, Identity-H, complete ToUnicode, as Word writes them."""
    return Scheme(_plans())


@_class("clean-simple", None)
def _clean_simple(job: Job) -> Scheme:
    """Healthy: simple subset fonts with complete ToUnicode, as PDF printers write them."""
    return Scheme(_plans(SIMPLE))


@_class("clean-sans", None, family="sans")
def _clean_sans(job: Job) -> Scheme:
    """Healthy, in an Arial-like face."""
    return Scheme(_plans())


@_class("clean-mono", None, family="mono")
def _clean_mono(job: Job) -> Scheme:
    """Healthy, in a typewriter face."""
    return Scheme(_plans())


@_class("clean-type1c", None)
def _clean_type1c(job: Job) -> Scheme:
    """Healthy: CFF subsets with ToUnicode, as cairo and Ghostscript write them."""
    return Scheme(_plans(replace(SIMPLE, kind="type1c", cmap="none")))


@_class("clean-type3", None)
def _clean_type3(job: Job) -> Scheme:
    """Healthy: Type3 fonts with ToUnicode."""
    return Scheme(_plans(replace(SIMPLE, kind="type3")))


def _ansi_split(line: PageLine) -> list[Unit]:
    """Letters of Windows-1252 through a simple WinAnsi font, the others through a composite one: Word's habit."""
    units = []
    for unit in plain(line):
        try:
            code = unit.draw.encode("cp1252")[0]
        except UnicodeEncodeError:
            units.append(unit)
        else:
            units.append(replace(unit, variant="ansi", code=code))
    return units


ANSI = FontPlan(kind="truetype", coding="fixed", encoding="WinAnsiEncoding", cmap="codes")


@_class("clean-word-mix", None)
def _clean_word_mix(job: Job) -> Scheme:
    """Healthy: Western letters in simple WinAnsi fonts without ToUnicode, the others in composite ones, as by Word."""
    return Scheme(_plans(ansi=replace(ANSI, claim=None)), split=_ansi_split)


@_class("english", None, text="english")
def _english(job: Job) -> Scheme:
    """Not damage: an English page."""
    return Scheme(_plans())


@_class("code", None, text="code", family="mono")
def _code(job: Job) -> Scheme:
    """Not damage: program text."""
    return Scheme(_plans())


@_class("toneless", None, text="toneless")
def _toneless(job: Job) -> Scheme:
    """Not damage: Vietnamese typed without marks."""
    return Scheme(_plans())


@_class("foreign-names", None, text="foreign")
def _foreign(job: Job) -> Scheme:
    """Not damage: French, Czech, Icelandic and minority names inside Vietnamese."""
    return Scheme(_plans())


@_class("formulas", None, text="formulas")
def _formulas(job: Job) -> Scheme:
    """Not damage: formulas, units and tables of figures."""
    return Scheme(_plans())


# --- entries of ToUnicode that are missing or say nothing ---------------------------------------


@_class("missing-type0", "missing-character-map")
def _missing_type0(job: Job) -> Scheme:
    """ToUnicode lacks a set of letters, composite fonts: ``(cid:N)``."""
    return _lossy(job, FontPlan(), None)


@_class("missing-simple", "missing-character-map")
def _missing_simple(job: Job) -> Scheme:
    """ToUnicode lacks a set of letters, simple fonts: wrong letters, silently; the program keeps glyph names."""
    return _lossy(job, replace(SIMPLE, names=True), None)


@_class("lost-space", "lost-letter")
def _lost_space(job: Job) -> Scheme:
    """A set of letters is mapped to the space; the fonts keep their character maps."""
    return _lossy(job, FontPlan(), " ")


@_class("lost-space-bare", "lost-letter", exact=False)
def _lost_space_bare(job: Job) -> Scheme:
    """A set of letters is mapped to the space, and the font programs know nothing: only the shape is left."""
    return _lossy(job, FontPlan(cmap="none"), " ")


@_class("lost-space-simple", "lost-letter", exact=False)
def _lost_space_simple(job: Job) -> Scheme:
    """A set of letters is mapped to the space, simple fonts without names."""
    return _lossy(job, SIMPLE, " ")


@_class("lost-fffd", "missing-character-map")
def _lost_fffd(job: Job) -> Scheme:
    """A set of letters is mapped to U+FFFD."""
    return _lossy(job, FontPlan(), "\ufffd")


@_class("lost-nul", "missing-character-map")
def _lost_nul(job: Job) -> Scheme:
    """A set of letters is mapped to U+0000."""
    return _lossy(job, FontPlan(), "\0")


@_class("lost-empty", "missing-character-map")
def _lost_empty(job: Job) -> Scheme:
    """A set of letters is mapped to the empty string."""
    return _lossy(job, FontPlan(), "")


@_class("lost-private", "missing-character-map")
def _lost_private(job: Job) -> Scheme:
    """A set of letters is mapped to private-use code points."""
    lost = job.some_letters()
    change = {c: chr(0xF000 + n) for n, c in enumerate(sorted(lost), 0x41)}
    return Scheme(_plans(FontPlan(claim=_mapped(change))), lost=lost)


@_class("lost-one-style", "lost-letter")
def _lost_one_style(job: Job) -> Scheme:
    """Letters lost in the regular font only; bold headings are whole."""
    lost = job.some_letters()
    return Scheme(_plans(bold=FontPlan(), regular=FontPlan(claim=_mapped(dict.fromkeys(lost, " ")))), lost=lost)


# --- no ToUnicode at all ------------------------------------------------------------------------


@_class("no-map-cmap", "missing-character-map")
def _no_map_cmap(job: Job) -> Scheme:
    """No ToUnicode, Identity-H; the font program keeps its character map."""
    return Scheme(_plans(FontPlan(claim=None)))


@_class("no-map-names", "missing-character-map")
def _no_map_names(job: Job) -> Scheme:
    """No ToUnicode, Identity-H; the program has no character map but glyph names."""
    return Scheme(_plans(FontPlan(claim=None, cmap="none", names=True)))


@_class("no-map-bare", "missing-character-map", exact=False)
def _no_map_bare(job: Job) -> Scheme:
    """No ToUnicode, no character map, no names: only the shapes of the glyphs are left."""
    return Scheme(_plans(FontPlan(claim=None, cmap="none", coding="permuted")))


@_class("no-map-simple", "missing-character-map", exact=False)
def _no_map_simple(job: Job) -> Scheme:
    """Simple symbolic fonts without ToUnicode: wrong letters."""
    return Scheme(_plans(replace(SIMPLE, claim=None)))


@_class("no-map-type3", "missing-character-map", exact=False)
def _no_map_type3(job: Job) -> Scheme:
    """Type3 fonts whose ToUnicode is lost."""
    return Scheme(_plans(replace(SIMPLE, kind="type3", claim=None)))


@_class("missing-type3", "missing-character-map", exact=False)
def _missing_type3(job: Job) -> Scheme:
    """Type3 fonts whose ToUnicode lacks a set of letters."""
    return _lossy(job, replace(SIMPLE, kind="type3"), None)


@_class("no-map-type1c", "missing-character-map", exact=False)
def _no_map_type1c(job: Job) -> Scheme:
    """CFF subsets with made-up glyph names and no ToUnicode."""
    return Scheme(_plans(replace(SIMPLE, kind="type1c", cmap="none", claim=None)))


@_class("lost-type1c", "lost-letter")
def _lost_type1c(job: Job) -> Scheme:
    """CFF subsets with honest glyph names; ToUnicode maps a set of letters to the space."""
    return _lossy(job, replace(SIMPLE, kind="type1c", cmap="none", names=True), " ")


# --- maps that say something wrong --------------------------------------------------------------


@_class("shifted", "wrong-character-map")
def _shifted(job: Job) -> Scheme:
    """ToUnicode repeats the glyph numbers, 29 below ASCII: ``C`` is said to be ``&``."""

    def claim(unit: Unit) -> str:
        gid = face(job.family, unit.style).original_gid(unit.draw)
        return chr(gid) if gid >= 0x20 else " "

    return Scheme(_plans(FontPlan(coding="original", claim=claim)))


@_class("shifted-bare", "wrong-character-map", exact=False)
def _shifted_bare(job: Job) -> Scheme:
    """As ``shifted``, and the programs have lost their character maps."""
    scheme = _shifted(job)
    return replace(scheme, plan=lambda style, variant: replace(_shifted(job).plan(style, variant), cmap="none"))


def _permutation(job: Job) -> dict[str, str | None]:
    found = {c for p in job.pages for x in p for c in x.text if c.isalpha()}
    change: dict[str, str | None] = {}
    for group in (sorted(c for c in found if c.islower()), sorted(c for c in found if c.isupper())):
        mixed = job.rng.sample(group, len(group))
        change |= dict(zip(group, mixed, strict=True))
    return change


@_class("permuted", "wrong-character-map")
def _permuted(job: Job) -> Scheme:
    """ToUnicode mixes up the letters; the programs keep their character maps."""
    return Scheme(_plans(FontPlan(claim=_mapped(_permutation(job)), coding="permuted")))


@_class("permuted-bare", "wrong-character-map", exact=False)
def _permuted_bare(job: Job) -> Scheme:
    """ToUnicode mixes up the letters, and the programs know nothing."""
    return Scheme(_plans(FontPlan(claim=_mapped(_permutation(job)), cmap="none")))


@_class("permuted-bold", "wrong-character-map")
def _permuted_bold(job: Job) -> Scheme:
    """ToUnicode mixes up the letters in the bold font only."""
    return Scheme(_plans(bold=FontPlan(claim=_mapped(_permutation(job)))))


@_class("u01a3-bold", "wrong-character-map")
def _u01a3_bold(job: Job) -> Scheme:
    """ư and Ư are said to be ƣ and Ƣ in bold only: Word 2007-2010."""
    change = {"ư": "ƣ", "Ư": "Ƣ"}
    return Scheme(_plans(bold=FontPlan(claim=_mapped(change))), lost=frozenset(change))


@_class("u01a3-all", "wrong-character-map")
def _u01a3_all(job: Job) -> Scheme:
    """ư and Ư are said to be ƣ and Ƣ everywhere."""
    change = {"ư": "ƣ", "Ư": "Ƣ"}
    return Scheme(_plans(FontPlan(claim=_mapped(change))), lost=frozenset(change))


@_class("eth", "wrong-character-map")
def _eth(job: Job) -> Scheme:
    """đ and Đ are said to be ð and Ð."""
    change = {"đ": "ð", "Đ": "Ð"}
    return Scheme(_plans(FontPlan(claim=_mapped(change))), lost=frozenset(change))


@_class("n-tilde", "wrong-character-map")
def _n_tilde(job: Job) -> Scheme:
    """đ and Đ are said to be ñ and Ñ."""
    change = {"đ": "ñ", "Đ": "Ñ"}
    return Scheme(_plans(FontPlan(claim=_mapped(change))), lost=frozenset(change))


@_class("capital-eth", "wrong-character-map")
def _capital_eth(job: Job) -> Scheme:
    """Đ alone is said to be Ð."""
    return Scheme(_plans(FontPlan(claim=_mapped({"Đ": "Ð"}))), lost=frozenset("Đ"))


@_class("phonetic", "wrong-character-map")
def _phonetic(job: Job) -> Scheme:
    """Letters are said to be their phonetic look-alikes: a Foxit printer."""
    change = {"a": "ɑ", "b": "ɓ", "e": job.rng.choice("ɛə"), "g": "ɡ", "đ": "ɗ"}
    return Scheme(_plans(FontPlan(claim=_mapped(change))), lost=frozenset(change))


@_class("ghostscript-thorn", "wrong-character-map")
def _thorn(job: Job) -> Scheme:
    """Ệ ệ Ự ự are said to be Þ ß þ ÿ: Ghostscript after Chromium."""
    change = dict(zip("ỆệỰự", "Þßþÿ", strict=True))
    return Scheme(_plans(FontPlan(claim=_mapped(change))), lost=frozenset(change))


@_class("macroman", "mojibake")
def _macroman(job: Job) -> Scheme:
    """Windows-1252 bytes of the Western letters are read as MacRoman; the other letters are whole."""

    def claim(unit: Unit) -> str:
        assert unit.code is not None
        return bytes([unit.code]).decode("mac_roman")

    return Scheme(_plans(ansi=replace(ANSI, claim=claim)), split=_ansi_split)


@_class("utf8-cp1252", "mojibake")
def _utf8_cp1252(job: Job) -> Scheme:
    """Letters are said to be their UTF-8 bytes read as Windows-1252: ``Ä‘`` for đ."""
    return Scheme(_plans(FontPlan(claim=lambda unit: "".join(_cp1252(b) for b in unit.shows.encode()))))


@_class("utf8-latin1", "mojibake")
def _utf8_latin1(job: Job) -> Scheme:
    """Letters are said to be their UTF-8 bytes read as Latin-1."""
    return Scheme(_plans(FontPlan(claim=lambda unit: unit.shows.encode().decode("latin-1"))))


def _cp1252(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


# --- character sets of the 1990s ----------------------------------------------------------------


def _ansi_claim(unit: Unit) -> str:
    assert unit.code is not None
    return _cp1252(unit.code)


def _legacy(split: Split, name: str, mapped: bool) -> Scheme:
    """Bytes of an old character set through fonts that call them Western letters."""
    claim = _ansi_claim if mapped else None

    def plan(style: str, variant: str) -> FontPlan:
        if variant == "uni":
            return FontPlan()
        look = {"regular": "", "bold": ",Bold", "italic": ",Italic"}[style]
        return replace(ANSI, claim=claim, name=name + ("H" if variant == "H" else "") + look)

    return Scheme(plan, split=split)


@_class("tcvn3", "legacy-encoding")
def _tcvn3(job: Job) -> Scheme:
    """TCVN3 bytes through .VnTime and .VnTimeH, WinAnsi encoding, no ToUnicode."""
    return _legacy(single_byte(SINGLE["tcvn3"]), ".VnTime", False)


@_class("tcvn3-mapped", "legacy-encoding")
def _tcvn3_mapped(job: Job) -> Scheme:
    """TCVN3 bytes with a ToUnicode map of the Western letters."""
    return _legacy(single_byte(SINGLE["tcvn3"]), ".VnTime", True)


@_class("tcvn3-renamed", "legacy-encoding")
def _tcvn3_renamed(job: Job) -> Scheme:
    """TCVN3 bytes through a font whose name says nothing of it."""
    return _legacy(single_byte(SINGLE["tcvn3"]), "Helvetica-Narrow", True)


@_class("viscii", "legacy-encoding")
def _viscii(job: Job) -> Scheme:
    """VISCII bytes."""
    return _legacy(single_byte(SINGLE["viscii"]), "VIHeoMay", True)


@_class("vps", "legacy-encoding")
def _vps(job: Job) -> Scheme:
    """VPS bytes."""
    return _legacy(single_byte(SINGLE["vps"]), "VPSTimes", True)


@_class("vietware-f", "legacy-encoding")
def _vietware_f(job: Job) -> Scheme:
    """Vietware F bytes (one a letter)."""
    return _legacy(single_byte(SINGLE["vietware-f"]), "SVNtimes", True)


@_class("vni", "legacy-encoding")
def _vni(job: Job) -> Scheme:
    """VNI-Windows: base byte and mark byte."""
    return _legacy(double_byte(DOUBLE["vni"]), "VNI-Times", False)


@_class("vni-mapped", "legacy-encoding")
def _vni_mapped(job: Job) -> Scheme:
    """VNI-Windows with a ToUnicode map of the Western letters."""
    return _legacy(double_byte(DOUBLE["vni"]), "VNI-Times", True)


@_class("vietware-x", "legacy-encoding")
def _vietware_x(job: Job) -> Scheme:
    """Vietware X: base byte and mark byte."""
    return _legacy(double_byte(DOUBLE["vietware-x"]), "VNtimes new roman", True)


@_class("bkhcm2", "legacy-encoding")
def _bkhcm2(job: Job) -> Scheme:
    """BKHCM2: base byte and mark byte."""
    return _legacy(double_byte(DOUBLE["bkhcm2"]), "VNbkTimes", True)


@_class("windows-1258", "legacy-encoding")
def _windows_1258(job: Job) -> Scheme:
    """Windows-1258 bytes read as Windows-1252."""
    return _legacy(double_byte(DOUBLE["windows-1258"]), "TimesNewRoman", True)


@_class("two-encodings", "legacy-encoding")
def _two_encodings(job: Job) -> Scheme:
    """TCVN3 body with VNI headings in one document."""
    body, heads = single_byte(SINGLE["tcvn3"]), double_byte(DOUBLE["vni"])

    def split(line: PageLine) -> list[Unit]:
        if line.bold and line.bold_to is None:
            return [u if u.variant == "uni" else replace(u, variant="vni") for u in heads(line)]
        return body(line)

    def plan(style: str, variant: str) -> FontPlan:
        scheme = _legacy(split, "VNI-Times" if variant == "vni" else ".VnTime", True)
        return scheme.plan(style, "" if variant == "vni" else variant)

    return Scheme(plan, split=split)


@_class("half-legacy", "legacy-encoding")
def _half_legacy(job: Job) -> Scheme:
    """TCVN3 in the bold font only; the body is healthy Unicode."""
    old = single_byte(SINGLE["tcvn3"])

    def split(line: PageLine) -> list[Unit]:
        return old(line) if line.bold and line.bold_to is None else [replace(u, variant="uni") for u in plain(line)]

    return Scheme(_legacy(split, ".VnTime", True).plan, split=split)


# --- marks ---------------------------------------------------------------------------------------


@_class("nfd", "decomposed")
def _nfd(job: Job) -> Scheme:
    """Marks are glyphs of their own, each after its letter."""
    return Scheme(_plans(FontPlan(names=True)), split=_split_marks)


@_class("nfd-text", "decomposed")
def _nfd_text(job: Job) -> Scheme:
    """Whole glyphs whose ToUnicode entries are decomposed."""
    return Scheme(_plans(FontPlan(claim=lambda unit: unicodedata.normalize("NFD", unit.shows))))


@_class("second-pass", "decomposed")
def _second_pass(job: Job) -> Scheme:
    """A line's bare letters first, then all its marks."""
    return Scheme(_plans(FontPlan(names=True)), split=_split_marks, arrange=lambda units: _late(units, job.family))


def _late(units: list[Unit], family: str) -> list[Unit]:
    at, first, marks = 0.0, [], []
    for unit in units:
        if unit.draw[0] == "+" and len(unit.draw) > 1:
            marks.append((at, unit))
        else:
            first.append(unit)
            at += _advance(unit, family)
    return first + [replace(u, pull=u.pull + x - at) for x, u in marks]


@_class("spacing-marks", "decomposed")
def _spacing_marks(job: Job) -> Scheme:
    """Marks are glyphs that claim to be spacing accents (´ ` ˆ ˜ …)."""
    spacing = {"\u0300": "`", "\u0301": "´", "\u0302": "ˆ", "\u0303": "˜", "\u0306": "˘", "\u0309": "̉", "\u0323": "."}
    return Scheme(_plans(FontPlan(claim=_mapped(spacing), names=True)), split=_split_marks)


# --- spaces --------------------------------------------------------------------------------------


@_class("inner-spaces", "spacing")
def _inner_spaces(job: Job) -> Scheme:
    """Space glyphs inside syllables, without room on the page: "quy đ ịnh t ại"."""

    def arrange(units: list[Unit]) -> list[Unit]:
        out: list[Unit] = []
        for before, unit in zip([None, *units], units, strict=False):
            inside = before is not None and before.draw.isalpha() and unit.draw.isalpha() and ord(unit.draw) > 127
            if inside and job.rng.random() < 0.25:
                out.append(Unit(" ", " ", unit.style, advance=0.0))
            out.append(unit)
        return out

    return Scheme(_plans(), arrange=lambda units: arrange(units))


@_class("no-spaces", "spacing")
def _no_spaces(job: Job) -> Scheme:
    """No space glyphs: words are parted by gaps alone."""

    def arrange(units: list[Unit]) -> list[Unit]:
        out: list[Unit] = []
        for unit in units:
            if unit.draw == " " and out:
                wide = _advance(out[-1], job.family) + _advance(unit, job.family)
                out[-1] = replace(out[-1], advance=wide)
            else:
                out.append(unit)
        return out

    return Scheme(_plans(), arrange=arrange)


@_class("pulled-spaces", "spacing")
def _pulled_spaces(job: Job) -> Scheme:
    """Space glyphs drawn before the last letter of the word that they end: "cộn g hoà"."""

    def arrange(units: list[Unit]) -> list[Unit]:
        out = list(units)
        for i in range(2, len(out)):
            if out[i].draw == " " and out[i - 1].draw.isalpha() and job.rng.random() < 0.3:
                last, space = out[i - 1], out[i]
                wide, gap = _advance(last, job.family), _advance(space, job.family)
                out[i - 1] = replace(space, pull=wide, advance=0.0)
                out[i] = replace(last, advance=wide + gap)
        return out

    return Scheme(_plans(), arrange=arrange)


@_class("tracked", "spacing")
def _tracked(job: Job) -> Scheme:
    """Bold headings with letters spaced out; the spaces between words must be kept.

    Only short ones: set wider, a line of a two-column letterhead would run into the other column.
    """

    def arrange(units: list[Unit]) -> list[Unit]:
        if not units or units[0].style != "bold" or len(units) > 20:
            return units
        return [replace(u, advance=_advance(u, job.family) + 150) for u in units]

    return Scheme(_plans(), arrange=arrange)


@_class("fake-bold", "spacing")
def _fake_bold(job: Job) -> Scheme:
    """Bold text drawn twice, a hair apart."""
    return Scheme(_plans(), twice=True)


# --- hidden layers over scans --------------------------------------------------------------------


@_class("ocr-layer-good", None, exact=False)
def _ocr_layer_good(job: Job) -> Scheme:
    """A scan with a hidden layer that reads it rightly."""
    return Scheme(_plans(), layer=lambda text: text)


@_class("ocr-layer-wrong-language", "ocr-misreading", exact=False)
def _ocr_layer_wrong(job: Job) -> Scheme:
    """A scan read by an engine without Vietnamese: no marks, odd letters, "C6ng b5 Danh mgc"."""

    def misread(text: str) -> str:
        out = []
        for letter in text:
            parts = unicodedata.normalize("NFD", letter)
            bare = {"đ": "d", "Đ": "D"}.get(parts[0], parts[0])
            if len(parts) > 1 and job.rng.random() < 0.5:
                bare = {"o": "6", "a": "6", "e": "6", "u": "g", "i": "l", "O": "0", "E": "B", "U": "TJ"}.get(bare, bare)
            elif len(parts) > 1 and job.rng.random() < 0.2:
                bare += "'"
            out.append(bare)
        return "".join(out)

    return Scheme(_plans(), layer=misread)


def text_of(name: str) -> str:
    """The text that a class is made from when none is given."""
    return texts.TEXTS[name]
