"""Scans: annotated pages and generated ones beside plain Tesseract; hidden layers kept or thrown away.

    python -m tests.quality.scans [--shared DIR] [--kind NAME ...] [--show]

Plain Tesseract is ``tesseract -l vie --psm 3`` on the page drawn at the scan's own resolution. Syllables are the
order-free F1 of the words parted by white space. OCR is kept in build/quality/ocr, so that only what changed is read.
"""

import argparse
import collections
import functools
import hashlib
import io
import os
import subprocess
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from rapidfuzz.distance import Levenshtein

from tests.generator import build, scans, texts
from tests.generator.samples import plan_markup, report_markup
from tests.quality.documents import BUILD, ROOT, read

CLEAN = ("good",)
POOR = tuple(name for name in scans.PRESETS if name not in CLEAN)
TEXTS: dict[str, Callable[[], str]] = {"letter": lambda: texts.OFFICIAL, "plan": plan_markup, "report": report_markup}
FOREIGN_SAMPLES = {("a05-angiang-2017.pdf", 1)}
"""Pages of real scans whose hidden layer an engine without Vietnamese wrote; all other layers were read to be good."""


class Case(NamedTuple):
    """One generated scan."""

    text: str
    family: str
    preset: str
    seed: int


@dataclass(frozen=True, slots=True)
class Score:
    """Letters and marked letters of a truth, how many of them are right, and the words shared with it."""

    letters: int
    wrong: int
    marked: int
    marked_right: int
    shared: int
    words: int

    @property
    def syllables(self) -> float:
        return 2 * self.shared / max(1, self.words)


def cases() -> list[Case]:
    """Clean scans of three texts and three faces; every poor kind with the letter, four of them with the report too."""
    families = ("serif", "sans", "mono")
    found = [Case("letter", family, "good", 0) for family in families]
    found += [Case("plan", "serif", "good", 1), Case("plan", "sans", "good", 2), Case("report", "serif", "good", 3)]
    for n, preset in enumerate(POOR):
        found += [Case("letter", families[(n + seed) % 3], preset, seed) for seed in (1, 2)]
        found.append(Case("plan", families[n % 2], preset, 3))
    return [*found, *(Case("report", "serif", p, 4) for p in ("faint", "bitonal", "low", "photographed"))]


def scored(found: str, truth: str) -> Score:
    found, truth = _squeezed(found), _squeezed(truth)
    right: set[int] = set()
    wrong = 0
    for op in Levenshtein.opcodes(found, truth):
        if op.tag == "equal":
            right.update(range(op.dest_start, op.dest_end))
        else:
            wrong += max(op.src_end - op.src_start, op.dest_end - op.dest_start)
    marked = [i for i, letter in enumerate(truth) if _is_marked(letter)]
    a, b = collections.Counter(found.split()), collections.Counter(truth.split())
    words = sum(a.values()) + sum(b.values())
    return Score(len(truth), wrong, len(marked), sum(i in right for i in marked), sum((a & b).values()), words)


def _squeezed(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _is_marked(letter: str) -> bool:
    return letter in "đĐ" or len(unicodedata.normalize("NFD", letter)) > 1


def plain(path: Path) -> str:
    """What Tesseract alone reads on the pages of a PDF."""
    from pipeline.config import OcrConfig
    from pipeline.extract import image

    data = path.read_bytes()
    kept = BUILD / "ocr" / "plain" / (hashlib.sha256(data).hexdigest() + ".txt")
    if kept.is_file():
        return kept.read_text("utf-8")
    found = []
    for number in range(_page_count(data)):
        dpi = round(image.native_dpi(data, number) or 300)
        found.append(_tesseract(image.render(data, number, dpi, OcrConfig()), dpi, "vie"))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("\n".join(found), "utf-8")
    return "\n".join(found)


def _page_count(data: bytes) -> int:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        return len(document)
    finally:
        document.close()


def _tesseract(page: Image.Image, dpi: int, language: str) -> str:
    with tempfile.NamedTemporaryFile(suffix=".ppm") as file:
        page.save(file, "PPM")
        file.flush()
        options = ["-l", language, "--psm", "3", "--dpi", str(dpi)]
        run = subprocess.run(["tesseract", file.name, "-", *options], capture_output=True, check=True)
    return run.stdout.decode("utf-8", "replace")


@functools.cache
def _printed(text: str, family: str) -> tuple[bytes, str]:
    made = build(TEXTS[text](), "clean-type0", family=family)
    return made.pdf, made.truth


def scanned(case: Case) -> tuple[Path, str]:
    """The scan of a case as a file in build/quality/scans, and its truth."""
    pdf, truth = _printed(case.text, case.family)
    path = BUILD / "scans" / ("-".join(map(str, case)) + ".pdf")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(scans.scan(pdf, scans.PRESETS[case.preset], case.seed))
    return path, truth


class Measured(NamedTuple):
    name: str
    kind: str
    ours: Score
    plain: Score
    citations: list[tuple[str, str, str]]
    """Kind, number and symbol of those read."""
    text: str
    truth: str


def measure_case(case: Case) -> Measured:
    path, truth = scanned(case)
    return measure_page(path, truth, case.preset)


def measure_page(path: Path, truth: str, kind: str) -> Measured:
    document = read(path)
    text = str(document.get("text", ""))
    return Measured(path.stem, kind, scored(text, truth), scored(plain(path), truth), _citations(document), text, truth)


def _citations(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    keys = ("kind", "number", "symbol")
    return sorted(
        tuple("".join(str(c.get(k) or "").casefold().split()) for k in keys)  # type: ignore[misc]
        for c in document.get("citations", ())
    )


def _wanted_citations(text: str) -> list[tuple[str, str, str]]:
    """The citations of a generated text as the pipeline finds them in the printed text."""
    path = BUILD / "scans" / f"{text}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_printed(text, "serif")[1], "utf-8")
    return _citations(read(path))


def measure_all(found: Sequence[Case], shared: Path | None) -> list[Measured]:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        tasks = [pool.submit(measure_case, case) for case in found]
        pages = sorted((shared / "annotated").rglob("pages/a*.pdf")) if shared else []
        tasks += [pool.submit(measure_page, p, p.with_suffix(".txt").read_text("utf-8"), "annotated") for p in pages]
        return [task.result() for task in tasks]


def _total(scores: Sequence[Score]) -> dict[str, float]:
    letters, marked = sum(s.letters for s in scores), sum(s.marked for s in scores)
    return {
        "letters": 1 - sum(s.wrong for s in scores) / letters,
        "diacritics": sum(s.marked_right for s in scores) / marked,
        "syllables": 2 * sum(s.shared for s in scores) / sum(s.words for s in scores),
    }


def figures(shared: Path) -> dict[str, float]:
    """Measures for `make quality`; without `shared` those of generated scans alone."""
    measured = measure_all(cases(), shared)
    print(f"{'page':34} {'letters':>17} {'diacritics':>17} {'syllables':>17}   ours, plain Tesseract, %")
    for one in measured:
        print(_row(one.name, [one.ours], [one.plain]))
    out: dict[str, float] = {}
    for name, kinds in (("clean", CLEAN), ("poor", POOR), ("annotated", ("annotated",))):
        group = [m for m in measured if m.kind in kinds]
        if not group:
            continue
        print(_row(f"all {name}", [m.ours for m in group], [m.plain for m in group]))
        ours, beside = _total([m.ours for m in group]), _total([m.plain for m in group])
        if name == "annotated":
            out["scans.annotated.syllables"] = ours["syllables"]
            out["scans.annotated.letter_errors_saved"] = 1 - (1 - ours["letters"]) / (1 - beside["letters"])
            out["scans.annotated.diacritic_errors_saved"] = 1 - (1 - ours["diacritics"]) / (1 - beside["diacritics"])
        else:
            out[f"scans.{name}.syllables"] = ours["syllables"]
            wanted = {m.name: _wanted_citations(m.name.split("-")[0]) for m in group}
            hits = sum((collections.Counter(wanted[m.name]) & collections.Counter(m.citations)).total() for m in group)
            out[f"scans.{name}.citations"] = hits / sum(map(len, wanted.values()))
    return {**out, **layers(shared)}


def _row(name: str, ours: Sequence[Score], beside: Sequence[Score]) -> str:
    a, b = _total(ours), _total(beside)
    return f"{name:34} " + " ".join(f"{a[k] * 100:8.2f} {b[k] * 100:8.2f}" for k in a)


# --- hidden layers --------------------------------------------------------------------------------


def layers(shared: Path) -> dict[str, float]:
    """Of layers that an engine without Vietnamese wrote, the share detected; of good ones, the share kept."""
    verdicts = [(foreign, kept) for foreign, kept, _ in _real_layers(shared)] + _made_layers()
    foreign = [not kept for is_foreign, kept in verdicts if is_foreign]
    good = [kept for is_foreign, kept in verdicts if not is_foreign]
    out = {}
    if foreign:
        out["scans.layers.foreign_detected"] = sum(foreign) / len(foreign)
    if good:
        out["scans.layers.good_kept"] = sum(good) / len(good)
    print(f"hidden layers: {len(foreign)} foreign, {len(good)} good")
    return out


def _judged(data: bytes) -> list[tuple[int, bool]]:
    """The numbers of the pages that are an image with a hidden layer, and whether the layer is kept."""
    from pipeline.config import OcrConfig
    from pipeline.document import Method
    from pipeline.errors import DocumentError
    from pipeline.extract import choice, layout, pdf

    found = []
    try:
        with pdf.PdfFile(data, "x.pdf", 5000) as file:
            for raw in file.pages():
                if choice.coverage(raw) < 0.6:
                    continue
                chosen = choice.choose(raw, layout.lines(raw, file.faces(), []), OcrConfig())
                if chosen.reason in ("ocr-layer-kept", "foreign-text-layer"):
                    found.append((raw.number, chosen.method is Method.EMBEDDED))
    except DocumentError:
        pass
    return found


def _real_layers(shared: Path) -> list[tuple[bool, bool, str]]:
    paths = sorted([*(shared / "samples").glob("*.pdf"), *(shared / "annotated").rglob("*.pdf")])
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        judged = pool.map(_judged_file, paths)
        found = [
            ((path.name, number) in FOREIGN_SAMPLES, kept, f"{path.name} {number}")
            for path, pages in zip(paths, judged, strict=True)
            for number, kept in pages
        ]
    for foreign, kept, name in found:
        if foreign == kept:
            print("layer", "kept though foreign:" if kept else "thrown away though good:", name)
    return found


def _judged_file(path: Path) -> list[tuple[int, bool]]:
    return _judged(path.read_bytes())


def _made_layers() -> list[tuple[bool, bool]]:
    """Scans of the three texts and an English one, with the layer that the engine writes with and without Vietnamese."""
    languages = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True).stdout.split()
    sheets = [(text, preset) for text in TEXTS for preset in ("good", "office", "faint")] + [("english", "office")]
    tasks = [(t, p, la) for t, p in sheets for la in ("vie", "eng") if la in languages]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(_made_layer, tasks))
    return [
        (language == "eng" and text != "english", kept)
        for (text, _, language), pages in zip(tasks, found, strict=True)
        for kept in pages
    ]


def _made_layer(task: tuple[str, str, str]) -> list[bool]:
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    text, preset, language = task
    markup = texts.ENGLISH if text == "english" else TEXTS[text]()
    how = scans.PRESETS[preset]
    pages = scans.degrade(scans.render(build(markup, "clean-type0").pdf, how.dpi), how, 7)[:2]
    pdfmetrics.registerFont(TTFont("Serif", str(texts_face())))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=True)
    for page in pages:
        canvas.drawImage(ImageReader(page), 0, 0, 595, 842)
        lines = canvas.beginText(71, 780)
        lines.setFont("Serif", 11)
        lines.setTextRenderMode(3)
        for line in _kept_reading(page, how.dpi, language).split("\n"):
            if line.strip():
                lines.textLine(line)
        canvas.drawText(lines)
        canvas.showPage()
    canvas.save()
    return [kept for _, kept in _judged(out.getvalue())]


def texts_face() -> Path:
    from tests.generator.fonts import FONT_FOLDER

    return FONT_FOLDER / "LiberationSerif-Regular.ttf"


def _kept_reading(page: Image.Image, dpi: int, language: str) -> str:
    kept = BUILD / "ocr" / "plain" / f"{language}-{hashlib.sha256(page.tobytes()).hexdigest()}.txt"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(_tesseract(page, dpi, language), "utf-8")
    return kept.read_text("utf-8")


def show(one: Measured) -> None:
    """Print the lines of the truth that the reading lacks, and the lines read that are not in the truth."""
    found, wanted = one.text.split("\n"), one.truth.split("\n")
    for line in wanted:
        if line not in found:
            near = min(found, key=lambda other: Levenshtein.distance(line, other), default="")
            print(f"  - {line}\n  + {near}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--kind", nargs="*", choices=list(scans.PRESETS), help="only these kinds of generated scans")
    parser.add_argument("--show", action="store_true", help="print the lines that were read wrongly")
    options = parser.parse_args()
    if options.kind is None:
        for name, value in figures(options.shared).items():
            print(f"{name:44} {value:.5f}")
        return
    for one in measure_all([c for c in cases() if c.preset in options.kind], None):
        print(_row(one.name, [one.ours], [one.plain]))
        if options.show:
            show(one)


if __name__ == "__main__":
    main()
